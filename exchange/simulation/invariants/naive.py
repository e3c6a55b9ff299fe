"""The three dates of a client, computed the slow way: month by month with a calendar, then day by day.

Written from docs/rules.md alone; it shares neither code nor library with the program's own computation.
"""

import calendar
import datetime as dt
from functools import lru_cache

from clients.models import Absence, Holiday, ZonePolicy
from exchange.simulation.invariants.broken import Look

Dates = tuple[dt.date, dt.date, dt.date]


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@lru_cache(maxsize=200_000)
def dates_of(clock: dt.date, months: tuple[int, int, int], frozen: frozenset[dt.date], limit: int | None) -> Dates:
    """Yellow, red, exchange: walk from the clock date, and do not count frozen days (of each year only so many)."""
    yellow, red, last = (months_later(clock, number) for number in months)
    bare = [yellow, red, last + dt.timedelta(days=1)]
    found: list[dt.date] = []
    day, passed, in_year = clock, 0, 0
    while len(found) < 3:
        day += dt.timedelta(days=1)
        if (day.month, day.day) == (1, 1):
            in_year = 0
        if day in frozen and (limit is None or in_year < limit):
            in_year += 1
            continue
        passed += 1
        while len(found) < 3 and passed == (bare[len(found)] - clock).days:
            found.append(day)
    return found[0], found[1], found[2]


class Book:
    """Policies, absences and holidays as they are stored now."""

    def __init__(self, look: Look) -> None:
        self.policies = {
            (row.department_id, row.category): (row.yellow_months, row.red_months, row.detach_months)
            for row in ZonePolicy.objects.all()
        }
        self.limit = look.rule("freeze.limit_days", 60)
        rows = look.rule("freeze.holiday_days", 3)
        everybody = (
            set() if rows is None else _rows_of_holidays(set(Holiday.objects.values_list("date", flat=True)), rows)
        )
        own: dict[int, set[dt.date]] = {}
        if look.rule("freeze.absences", 1) is not None:
            for manager, first, last in Absence.objects.filter(status="approved").values_list(
                "manager_id", "starts_on", "ends_on"
            ):
                own.setdefault(manager, set()).update(
                    first + dt.timedelta(days=number) for number in range((last - first).days + 1)
                )
        self.everybody = frozenset(everybody)
        self.own = {manager: frozenset(days | everybody) for manager, days in own.items()}

    def frozen(self, manager: int) -> frozenset[dt.date]:
        """The days on which the clocks of his clients stand still."""
        return self.own.get(manager, self.everybody)

    def months(self, path: str, category: str) -> tuple[int, int, int]:
        """The policy: of the category in the nearest department, of the category; of the nearest department; of all."""
        departments: list[int | None] = [int(part) for part in path.split("/") if part]
        order = [*reversed(departments), None]
        for wanted in [category, ""]:
            for department in order:
                if (department, wanted) in self.policies:
                    return self.policies[department, wanted]
        return (1, 5, 6)

    def dates(self, manager: int, path: str, category: str, clock: dt.date) -> Dates:
        return dates_of(clock, self.months(path, category), self.frozen(manager), self.limit)

    def due_after(self, manager: int, start: dt.date, days: int) -> dt.date:
        """The day on which so many days have passed that were not frozen."""
        day, in_year, frozen = start, 0, self.frozen(manager)
        while days:
            day += dt.timedelta(days=1)
            if (day.month, day.day) == (1, 1):
                in_year = 0
            if day in frozen and (self.limit is None or in_year < self.limit):
                in_year += 1
            else:
                days -= 1
        return day


def colour(dates: Dates, day: dt.date) -> str:
    """What is published: who is due and stays is red."""
    yellow, red, _leaves = dates
    return "green" if day < yellow else "yellow" if day < red else "red"


def _rows_of_holidays(holidays: set[dt.date], at_least: int) -> set[dt.date]:
    """Every day of the rows that are long enough: from each holiday on as far as holidays go, over weekends between."""
    found: set[dt.date] = set()
    for first in holidays:
        if _step(first, holidays, -1) is not None:
            continue
        last = first
        while (further := _step(last, holidays, 1)) is not None:
            last = further
        if (last - first).days + 1 >= at_least:
            found.update(first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return found


def _step(day: dt.date, holidays: set[dt.date], direction: int) -> dt.date | None:
    """The next holiday of the same row: tomorrow's, or the one behind a weekend."""
    for number in range(1, 4):
        next_day = day + dt.timedelta(days=number * direction)
        if next_day in holidays:
            return next_day
        if next_day.weekday() < 5:
            return None
    return None
