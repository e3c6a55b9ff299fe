"""Cells of report tables. Built with ``format_html``: a table has hundreds of them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.templatetags.web import number, share, signed

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
