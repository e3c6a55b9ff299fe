"""Which day "tomorrow" or "in a week" is: the first working day from then on."""

import calendar
import datetime as dt
from collections.abc import Collection

_SATURDAY = 5
_DAY = dt.timedelta(days=1)

#: What may be chosen with one click or key.
QUICK = ("tomorrow", "three_days", "monday", "week", "month")
#: The furthest a quick choice can lie from today, with the holidays it skips.
FURTHEST = dt.timedelta(days=31 + 21)


def is_working(day: dt.date, days_off: Collection[dt.date]) -> bool:
    """Whether people work on a day: neither a weekend nor one of the company's holidays."""
    return day.weekday() < _SATURDAY and day not in days_off


def working_day_from(day: dt.date, days_off: Collection[dt.date]) -> dt.date:
    """The first working day on or after ``day``."""
    while not is_working(day, days_off):
        day += _DAY
    return day


def working_day_after(day: dt.date, number: int, days_off: Collection[dt.date]) -> dt.date:
    """The working day that lies so many of them after ``day``; 0: the day itself, or the first working day from it."""
    found = working_day_from(day, days_off)
    for _each in range(number):
        found = working_day_from(found + _DAY, days_off)
    return found


def quick_day(choice: str, today: dt.date, days_off: Collection[dt.date]) -> dt.date:
    """The working day a quick choice means on ``today``; it always lies ahead.

    Raises:
        ValueError: there is no such choice.
    """
    match choice:
        case "tomorrow":
            day = today + _DAY
        case "three_days":
            day = today + 3 * _DAY
        case "monday":
            day = today + (7 - today.weekday()) * _DAY
        case "week":
            day = today + 7 * _DAY
        case "month":
            day = _in_a_month(today)
        case _:
            raise ValueError(f"no quick choice: {choice!r}")
    return working_day_from(day, days_off)


def _in_a_month(day: dt.date) -> dt.date:
    """The same day of the next month, or its last where there is none."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
