"""Values of reports in words, by their unit."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.template.defaultfilters import date as format_date
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.web.tags.numbers import money, number, signed
from reports.frame.figures import Unit

DASH = "–"


def words(value: Any, unit: Unit) -> str:
    """A value as it is read: "1,204", "12.5%", "3 days"; a dash where nobody knows."""
    if value is None:
        return DASH
    if isinstance(value, dt.date):
        return format_date(value, _("j M Y"))
    if not isinstance(value, int | float | Decimal):
        return str(value)
    match unit:
        case Unit.COUNT if isinstance(value, int) and 0 <= value < 1000:
            return str(value)  # most are; there is nothing to group
        case Unit.COUNT:
            return number(float(value))
        case Unit.CHANGE:
            return signed(str(value))
        case Unit.MONEY:
            return money(value if isinstance(value, int) else Decimal(str(value)).quantize(Decimal(1)))
        case Unit.PERCENT:
            # Translators: a share, such as "12%".
            return _("%(share)s%%") % {"share": _rounded(value)}
        case Unit.DAYS:
            return ngettext("%(days)s day", "%(days)s days", _plural(value)) % {"days": _rounded(value)}
        case Unit.HOURS:
            return ngettext("%(hours)s hour", "%(hours)s hours", _plural(value)) % {"hours": _rounded(value)}
        case Unit.TIMES:
            return f"{_rounded(value)}×"
    return _rounded(value)


def changed(value: Any, then: Any, unit: Unit) -> str:
    """By how much a value is more or less than it was: "+12", "−3.5 pp"; nothing where one of them is unknown."""
    difference = change(value, then)
    if difference is None:
        return ""
    size: Any = abs(difference)
    sign = "+" if difference > 0 else "−" if difference < 0 else ""
    match unit:
        case Unit.DAYS | Unit.HOURS:
            text = _rounded(size)
        case Unit.PERCENT:
            # Translators: percentage points, by which one share is more than another.
            text = _("%(points)s pp") % {"points": _rounded(size)}
        case _:
            text = words(size, unit)
    return f"{sign}{text}"


def change(value: Any, then: Any) -> float | Decimal | None:
    """The difference of two numbers; None where one of them is unknown or no number."""
    numbers = int | float | Decimal
    if not (isinstance(value, numbers) and isinstance(then, numbers)):
        return None
    if isinstance(value, float) or isinstance(then, float):
        return float(value) - float(then)
    return value - then


def _rounded(value: float | Decimal) -> str:
    """At most one place behind the point, none where there is nothing."""
    size: Any = abs(value)
    rounded: Any = round(value, 0 if size >= 100 else 1)
    places = 0 if rounded == int(rounded) else 1
    return number_format(rounded, decimal_pos=places, force_grouping=True)


def _plural(value: float | Decimal) -> int:
    """The number the form of the word goes by; fractions go by the form of many."""
    return int(value) if value == int(value) else 5
