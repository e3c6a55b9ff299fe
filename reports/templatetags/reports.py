"""Cells of report tables. Built with ``format_html``: a table has hundreds of them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.templatetags.web import meter, number, share, signed

register = template.Library()


@register.simple_tag
def number_cell(label: str, value: int, url: str, whole: int | None = None) -> SafeString:
    """A number that leads to the rows behind it, with its share of ``whole``. A zero is no link."""
    if not value:
        return format_html('<td class="num" data-label="{}"><span class="sv-faint">0</span></td>', label)
    part = format_html('<span class="sv-share">{}</span>', share(value, whole)) if whole is not None else ""
    return format_html('<td class="num" data-label="{}"><a href="{}">{}</a>{}</td>', label, url, number(value), part)


@register.simple_tag
def change_cell(label: str, value: int | None) -> SafeString:
    """By how many there are more yellow and red than then: more is bad, fewer is good, and the sign says which."""
    if value is None:
        return format_html('<td class="num" data-label="{}"><span class="sv-faint">–</span></td>', label)
    if value == 0:
        return format_html('<td class="num" data-label="{}"><span class="sv-faint">0</span></td>', label)
    if value > 0:
        words = ngettext("%(number)d more yellow and red", "%(number)d more yellow and red", value)
    else:
        words = ngettext("%(number)d fewer yellow and red", "%(number)d fewer yellow and red", -value)
    return format_html(
        '<td class="num" data-label="{}"><span class="{}" title="{}">{}</span></td>',
        label,
        "sv-ink-red" if value > 0 else "sv-ink-green",
        words % {"number": abs(value)},
        signed(value),
    )


@register.simple_tag
def row_name(name: str, kind: str) -> str:
    """The name of a line of the traffic light."""
    return name or (_("Total") if kind == "total" else _("No department"))


@register.simple_tag
def count_link(value: int, url: str, css: str = "") -> SafeString:
    """A number that leads to the rows behind it. A zero is no link."""
    if not value:
        return format_html('<span class="sv-faint">{}</span>', 0)
    return format_html('<a class="{}" href="{}" data-count="{}">{}</a>', css, url, value, number(value))


@register.simple_tag
def count_cell(label: str, value: int, url: str, whole: int | None = None) -> SafeString:
    """The same as a cell of a table, with its share of ``whole``."""
    part = format_html('<span class="sv-share">{}</span>', share(value, whole)) if whole and value else ""
    return format_html('<td class="num" data-label="{}">{}{}</td>', label, count_link(value, url), part)


@register.simple_tag
def count_line(label: str, value: int, url: str, css: str = "") -> SafeString:
    """A line of a list: its name and its number."""
    return format_html('<li class="sv-count-line {}"><span>{}</span> {}</li>', css, label, count_link(value, url))


@register.simple_tag
def funnel_line(label: str, value: int, url: str, whole: int) -> SafeString:
    """A line of a funnel: its name, its number, its share of the whole in words and as a bar."""
    return format_html(
        '<li class="sv-count-line is-funnel"><span>{}</span> <span>{} <span class="sv-share">{}</span></span>{}</li>',
        label,
        count_link(value, url),
        share(value, whole),
        meter(value, whole, share(value, whole)),
    )
