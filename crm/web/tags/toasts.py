"""What was just done, and how it is undone."""

from typing import Any

from django import template

from crm.web import htmx

register = template.Library()


@register.filter
def undo_url(message: Any) -> str:
    """Where a message's *Undo* is posted to; empty where there is none."""
    return htmx.undo_url(message.extra_tags)


_TOAST_ICONS = {"success": "check-circle", "error": "exclamation-octagon", "warning": "exclamation-triangle"}


@register.filter
def toast_icon(message: Any) -> str:
    """The icon of a message's level."""
    return _TOAST_ICONS.get(message.level_tag, "info-circle")
