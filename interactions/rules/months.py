"""Calendar months, each named by its first day."""

import datetime as dt
from collections.abc import Iterator


def month_of(day: dt.date) -> dt.date:
    """The month a day is in."""
    return day.replace(day=1)


def shifted(month: dt.date, by: int) -> dt.date:
    """The month ``by`` months later (negative: earlier)."""
    years, index = divmod(month.month - 1 + by, 12)
    return dt.date(month.year + years, index + 1, 1)


def next_month(month: dt.date) -> dt.date:
    """The one after it: where it ends."""
    return shifted(month, 1)


def months_from(first: dt.date, count: int) -> Iterator[dt.date]:
    """So many months in a row."""
    return (shifted(first, step) for step in range(count))
