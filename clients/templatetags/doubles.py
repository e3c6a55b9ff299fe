"""Tags of the pages where two clients stand side by side."""

from typing import Any

from django import forms, template
from django.template.defaultfilters import truncatechars
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from clients.double_filter import REASONS
from clients.models import Client
from clients.templatetags.clients import zone_today
from crm.web.tags.zones import zone_badge

register = template.Library()
#: Long texts are compared by their beginning; both are on the cards.
_SHOWN = 300


@register.simple_tag
def merge_choice(form: forms.Form, name: str, value: Any, shown: Any) -> SafeString:
    """One of the values a fact may get, to be chosen; plain words where it is not offered."""
    words = truncatechars(localize(shown), _SHOWN) if shown not in (None, "") else "–"
    bound = form[name]
    if str(value) not in {key for key, _label in bound.field.choices}:
        return format_html("{}", words)
    return format_html(
        '<label class="cl-choice"><input type="radio" class="form-check-input" name="{}" value="{}" aria-label="{}"{}>'
        " <span>{}</span></label>",
        bound.html_name,
        value,
        f"{bound.label}: {words}",
        SafeString(" checked") if str(bound.value()) == str(value) else "",
        words,
    )


@register.simple_tag
def double_side(client: Client) -> SafeString:
    """One client of a pair: what tells it from the other."""
    inn = f"{gettext('INN')} {client.inn}" if client.inn else ""
    facts = [client.city, inn, client.manager.short_name if client.manager else ""]
    return format_html(
        '<a href="{}">{}</a> {}<div class="cl-side">{}</div>',
        client.get_absolute_url(),
        client,
        zone_badge(zone_today(client)) if zone_today(client) else "",
        " · ".join(filter(None, facts)),
    )


@register.filter
def double_reason(reason: str) -> Any:
    """Why two look alike, in words."""
    return dict(REASONS).get(reason, reason)
