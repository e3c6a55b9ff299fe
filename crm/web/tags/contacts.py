"""Phones one can call, addresses one can write to."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from crm.web import text
from crm.web.escaping import formatted
from crm.web.tags.times import local_time

register = template.Library()


@register.simple_tag
def phone_link(
    phone: Any, zone: str | None = None, css: str = "", *, client: Any = None, person: Any = None
) -> SafeString:
    """A phone number one can press, with the local time beside it when ``zone`` is given and differs.

    With ``client`` (anything with a key and a name; and ``person``, if it is a person's) the result of the call is
    asked for afterwards.
    """
    shown = str(phone or "").strip()
    if not shown:
        return mark_safe("")
    plus = "+" if shown.startswith("+") else ""
    link = formatted(
        '<a class="sv-phone bi bi-telephone{css}" href="tel:{plus}{digits}"{call}>{shown}</a>',
        css=css and f" {css}",
        plus=plus,
        digits=text.digits(shown),
        call=call_attributes(client, person),
        shown=shown,
    )
    return formatted("{link} {time}", link=link, time=local_time(zone)) if zone else link


@register.simple_tag
def call_attributes(client: Any, person: Any = None) -> SafeString:
    """What a ``tel:`` link wears so that the result of the call is asked for afterwards (calls.js)."""
    if not client:
        return mark_safe("")
    whose = formatted(' data-call-person="{pk}"', pk=person.pk) if person else ""
    return formatted(
        ' data-call="{pk}"{whose} data-call-name="{name}"', pk=client.pk, whose=whose, name=person or client
    )


@register.simple_tag
def email_link(address: Any, css: str = "") -> SafeString:
    """An e-mail address one can press."""
    if not address:
        return mark_safe("")
    return format_html(
        '<a class="sv-email bi bi-envelope{}" href="mailto:{}">{}</a>',
        css and f" {css}",
        address,
        address,
    )
