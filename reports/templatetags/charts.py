"""What the templates of pictures need: numbers as short as an axis wants them, and the small line of a number."""

import datetime as dt
from collections.abc import Sequence

from django import template
from django.template.defaultfilters import date as format_date
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.rules import charts

register = template.Library()

#: From here on numbers on an axis lose their last digits.
_MILLION, _THOUSAND = 1_000_000, 10_000


@register.filter
def in_chart(value: float | dt.date | str | None, unit: str = "count") -> str:
    """A number, a date or a word as it stands in a picture: "12", "12%", "1.5 M", "14 Mar"."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dt.date):
        # Never "today": pictures are printed and sent.
        return format_date(value, _("j M"))
    number = float(value)
    if abs(number) >= _MILLION:
        return _("%(number)s M") % {"number": _short(number / 1_000_000)}
    if abs(number) >= _THOUSAND:
        return _("%(number)s K") % {"number": _short(number / 1_000)}
    return _("%(share)s%%") % {"share": _short(number)} if unit == "percent" else _short(number)


def _short(number: float) -> str:
    """At most one digit after the point, and none of a zero."""
    rounded = round(number, 1)
    return number_format(rounded, decimal_pos=0 if rounded == int(rounded) else 1, force_grouping=True)


@register.simple_tag
def spark(values: Sequence[float | None], label: str, tone: str = "accent") -> SafeString:
    """A small line of a number's last values, the oldest first; ``label`` says what they are. Nothing when fewer than
    two are known."""
    drawn = charts.spark(values)
    if drawn is None:
        return SafeString("")
    pieces = format_html_join(
        "", '<polyline class="sv-line sv-line-{}" points="{}"/>', ((tone, each) for each in drawn.pieces)
    )
    return format_html(
        '<svg class="sv-spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<circle class="sv-fill-{}" cx="{}" cy="{}" r="2.2"/></svg>',
        drawn.width,
        drawn.height,
        label,
        pieces,
        tone,
        f"{drawn.dot_x:.1f}",
        f"{drawn.dot_y:.1f}",
    )
