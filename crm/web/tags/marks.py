"""Icons and initials."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.base import Node, Parser, TextNode, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.web import text

register = template.Library()


def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of bootstrap-icons. With a label it speaks for itself; without one it only decorates."""
    extra = f" {css}" if css else ""
    if label:
        return format_html(
            '<i class="bi bi-{}{}" role="img" aria-label="{}" title="{}"></i>', name, extra, label, label
        )
    return _decoration(name, extra)


@lru_cache(maxsize=512)
def _decoration(name: str, extra: str) -> SafeString:
    return format_html('<i class="bi bi-{}{}" aria-hidden="true"></i>', name, extra)


register.simple_tag(icon)
_any_icon = register.tags["icon"]


@register.tag("icon")
def _icon(parser: Parser, token: Token) -> Node:
    """``{% icon "bell" %}``: what is known when the template is read is drawn then."""
    node = _any_icon(parser, token)
    known = [value.var for value in node.args if not value.filters and isinstance(value.var, str)]
    if len(known) < len(node.args) or node.kwargs or node.target_var:
        return node
    return TextNode(icon(*known))


@register.simple_tag
def avatar(name: Any, css: str = "") -> SafeString:
    """A person's or company's initials in a round of one of eight quiet colours, always the same for the same name."""
    words = [word for word in str(name).replace("«", " ").replace('"', " ").split() if word[:1].isalnum()]
    initials = "".join(word[0] for word in words[:2]).upper() or "?"
    tone = sum(map(ord, text.fold(str(name)))) % 8
    return format_html('<span class="sv-avatar sv-tone-{} {}" aria-hidden="true">{}</span>', tone, css, initials)
