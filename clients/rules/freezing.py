"""Days that do not count against a client: absences of its lead manager and rows of holidays.

The definition (all dates are calendar dates of the company's time zone):

* A *frozen day* of a manager is a day of an approved absence of his, or a day of a frozen holiday row. A holiday row
  is a run of holidays as long as can be, in which the weekend days between two holidays belong to the row; it is frozen
  when it lasts at least ``minimum`` days. Frozen days are a *set*: order does not matter, overlaps count once.
* For a client whose clock counts from D, only frozen days after D count, and of each calendar year only the first
  ``limit`` of them.
* With B the date without freezing, the real date is the smallest day X for which the days of (D, X] that are not
  counted frozen days are as many as the days of (D, B].

So a colour never changes on a counted frozen day, and no date is ever earlier than the bare one.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Frozen:
    """The frozen days of one manager; hashable, so that dates computed with it can be cached.

    Attributes:
        days: ordinals of the days, ascending and without repetition.
        limit: how many of them count in a calendar year, for one client; None: all.
    """

    days: tuple[int, ...] = ()
    limit: int | None = None

    @classmethod
    def of(cls, days: Iterable[dt.date], limit: int | None = None) -> Self:
        """From any days, in any order, with repetitions.

        Raises:
            ValueError: the limit is negative.
        """
        if limit is not None and limit < 0:
            raise ValueError(f"a limit of {limit} days")
        return cls(tuple(sorted({day.toordinal() for day in days})), limit)

    def __bool__(self) -> bool:
        return bool(self.days)

    def counted(self, after: dt.date, until: dt.date) -> int:
        """How many frozen days of (``after``, ``until``] count for a client whose clock counts from ``after``."""
        if not self.days or until <= after:
            return 0
        if self.limit is None:
            return self._between(after.toordinal(), until.toordinal())
        total, first = 0, after.toordinal()
        for year in range(after.year, until.year):
            last = dt.date(year, 12, 31).toordinal()
            total += min(self.limit, self._between(first, last))
            first = last
        return total + min(self.limit, self._between(first, until.toordinal()))

    def counted_days(self, after: dt.date, until: dt.date) -> list[dt.date]:
        """The days that :meth:`counted` counts, ascending."""
        counted: list[dt.date] = []
        in_year: dict[int, int] = {}
        for ordinal in self.days[bisect_right(self.days, after.toordinal()) :]:
            day = dt.date.fromordinal(ordinal)
            if day > until:
                break
            in_year[day.year] = in_year.get(day.year, 0) + 1
            if self.limit is None or in_year[day.year] <= self.limit:
                counted.append(day)
        return counted

    def shifted(self, after: dt.date, bare: dt.date) -> dt.date:
        """The date that was ``bare`` when no day was frozen, for a client whose clock counts from ``after``.

        The smallest X with X = bare + counted(after, X). Both sides grow, so going up from ``bare`` by what is counted
        so far ends at the smallest one; every step jumps over whole absences.
        """
        if not self.days or self.days[-1] <= after.toordinal():
            return bare
        day, missing = bare, self.counted(after, bare)
        while day != (moved := bare + dt.timedelta(days=missing)):
            day, missing = moved, self.counted(after, moved)
        return day

    def _between(self, after: int, until: int) -> int:
        return bisect_right(self.days, until) - bisect_right(self.days, after)


#: No day is frozen: the bare thresholds.
NOTHING = Frozen()


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The days from ``first`` to ``last``, both included; none when they are the wrong way round."""
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def holiday_rows(dates: Iterable[dt.date], minimum: int) -> list[tuple[dt.date, dt.date]]:
    """The rows of holidays that last at least ``minimum`` days, as (first, last day), ascending.

    Weekend days between two holidays belong to the row; those before the first and after the last do not, unless they
    are holidays themselves.
    """
    rows: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(dates)):
        if rows and _only_weekend_between(rows[-1][1], day):
            rows[-1] = (rows[-1][0], day)
        else:
            rows.append((day, day))
    return [(first, last) for first, last in rows if (last - first).days + 1 >= minimum]


def _only_weekend_between(one: dt.date, other: dt.date) -> bool:
    between = range(one.toordinal() + 1, other.toordinal())
    return len(between) <= 2 and all(dt.date.fromordinal(day).weekday() >= _SATURDAY for day in between)


def frozen_days(
    absences: Iterable[tuple[dt.date, dt.date]],
    holidays: Iterable[dt.date],
    *,
    minimum: int | None,
    limit: int | None,
) -> Frozen:
    """The frozen days of one manager: the union of his absences (first and last day) and of the holiday rows.

    ``minimum`` and ``limit`` are the rules "freeze.holiday_days" and "freeze.limit_days"; None: switched off, that is
    no holiday freezes, or any number of days counts.
    """
    rows: Sequence[tuple[dt.date, dt.date]] = () if minimum is None else holiday_rows(holidays, minimum)
    return Frozen.of((day for first, last in (*absences, *rows) for day in days_between(first, last)), limit)


def stretches(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Ascending days as (first, last) of each unbroken stretch, to say them in words."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in days:
        if found and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
