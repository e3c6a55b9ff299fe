"""On which days somebody works. Pure."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from clients.rules.since import ONE_DAY, Changes

#: Where nobody has set up a schedule: Monday to Friday.
USUAL_WEEKDAYS = "12345"


def planned_days(
    first: dt.date, last: dt.date, own: Changes[str | None], everybodys: Changes[str | None]
) -> frozenset[dt.date]:
    """The days of the week somebody works on, from ``first`` to ``last``, both included, by his own schedule and,
    where he has none, by everybody's. A schedule is its weekdays: "12345" is Monday to Friday."""
    return frozenset(
        day
        for since, until, weekdays in own.between(first, last)
        for begins, ends, usual in everybodys.between(since, until)
        for day in _on_weekdays(begins, ends, weekdays or usual or USUAL_WEEKDAYS)
    )


@lru_cache(maxsize=256)
def _on_weekdays(first: dt.date, last: dt.date, weekdays: str) -> tuple[dt.date, ...]:
    days = (first + ONE_DAY * n for n in range((last - first).days + 1))
    return tuple(day for day in days if str(day.isoweekday()) in weekdays)


@dataclass(frozen=True, slots=True)
class Worked:
    """The days somebody works on, told by what he shares with many and by what is missing: thousands of people have a
    handful of schedules and some days off each.

    Attributes:
        planned: the days of his schedule.
        missed: those of them on which nothing is expected of him.
    """

    planned: frozenset[dt.date] = frozenset()
    missed: frozenset[dt.date] = frozenset()

    def __len__(self) -> int:
        return len(self.planned) - len(self.missed)

    def __contains__(self, day: object) -> bool:
        return day in self.planned and day not in self.missed

    def __iter__(self) -> Iterator[dt.date]:
        return iter(self.planned - self.missed if self.missed else self.planned)


def worked(
    planned: frozenset[dt.date],
    off: Collection[dt.date],
    *,
    works_from: dt.date | None = None,
    works_until: dt.date | None = None,
) -> Worked:
    """Of the planned days those that are expected of somebody: without days off, from his first day to his last one
    (None: he was here ever, is here still)."""
    missed = planned.intersection(off) if off else frozenset[dt.date]()
    if works_from or works_until:
        begins, ends = works_from or dt.date.min, works_until or dt.date.max
        missed |= {day for day in planned if not begins <= day <= ends}
    return Worked(planned, missed)
