"""A second, naive implementation of the zones, to compare the real one with. It shares no code and no library with
it."""

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later, or the last day of that month when it has no such day."""
    number = day.year * 12 + (day.month - 1) + months
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def naive_dates(clock: dt.date, months: tuple[int, int, int] = (1, 5, 6)) -> tuple[dt.date, dt.date, dt.date]:
    """yellow_on, red_on, detach_on."""
    yellow, red, leave = (add_months(clock, number) for number in months)
    return yellow, red, dt.date.fromordinal(leave.toordinal() + 1)


def naive_zone(clock: dt.date, day: dt.date, months: tuple[int, int, int] = (1, 5, 6)) -> str:
    """green, yellow, red or due; walks through the ranges one by one."""
    yellow, red, leave = naive_dates(clock, months)
    ranges = [("green", dt.date.min, yellow), ("yellow", yellow, red), ("red", red, leave), ("due", leave, dt.date.max)]
    found = [name for name, first, end in ranges if first <= day < end]
    assert len(found) == 1, (clock, day, found)
    return found[0]


@dataclass(frozen=True)
class State:
    """What a client must look like."""

    last_contact_on: dt.date | None
    clock_date: dt.date | None
    yellow_on: dt.date | None
    red_on: dt.date | None
    detach_on: dt.date | None
    zone: str


def naive_state(
    contacts: Iterable[dt.date],
    assigned_on: dt.date | None,
    today: dt.date,
    months: tuple[int, int, int] = (1, 5, 6),
) -> State:
    """The state of a client with these counted contacts that its manager got on ``assigned_on`` (None: nobody holds
    it)."""
    last = max(contacts, default=None)
    if assigned_on is None:
        return State(last, None, None, None, None, "")
    clock = max([day for day in (last, assigned_on) if day])
    zone = naive_zone(clock, today, months)
    return State(last, clock, *naive_dates(clock, months), "red" if zone == "due" else zone)
