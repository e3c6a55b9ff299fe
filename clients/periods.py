"""Days in words."""

import datetime as dt
from collections.abc import Iterable

from crm.web.tags.times import on_day


def period(first: dt.date, last: dt.date) -> str:
    """ "3–9 Aug", "28 Jul – 3 Aug", "3 Aug", with the year where it is not this one; for use inside sentences."""
    if first == last:
        return on_day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{on_day(last)}"
    return f"{on_day(first)} – {on_day(last)}"


def periods(stretches: Iterable[tuple[dt.date, dt.date]]) -> str:
    """Several of them, by commas."""
    return ", ".join(period(first, last) for first, last in stretches)
