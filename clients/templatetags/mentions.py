"""Texts with the people named in them."""

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from clients.rules.mentions import find

register = template.Library()


@register.filter
def mentions(text: str | None) -> SafeString:
    """The text, escaped, with "@anna" set off: ``{{ event.text|mentions|linebreaksbr }}``."""
    text, end, pieces = text or "", 0, []
    if "@" not in text:
        return conditional_escape(text)
    for found in find(text):
        pieces.append((text[end : found.start], text[found.start : found.end]))
        end = found.end
    marked = format_html_join("", '{}<span class="sv-mention">{}</span>', pieces)
    return format_html("{}{}", marked, text[end:])
