"""Regulations of contact: how often a client of a category is to be spoken with, and what that asks for over a period.

The definition (all dates are calendar dates of the company's time zone):

* A regulation asks for so many contacts a week, month, quarter, half-year or year, from a day on, until a later row of
  the same department, category and kind takes its place. It is never rewritten, so last month stays what it was.
* Of several the most specific rules: a category's beats a department's, a nearer department's a farther one's, a
  department's the company's. Each kind of contact (and "any contact") is asked for by itself.
* The days that ask are those on which the manager holds the client, without his approved absences and the rows of
  holidays that stop the clocks. Over them the regulation comes to a number of contacts, a half and more rounded up:
  of a contact a month held for 20 days one is expected, for 10 days none.
* A contact is due so many days after the last one (or after the manager got the client) as the regulation leaves
  between two; the days that do not ask put it off. A new regulation makes nobody late before its first day.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from clients.rules.freezing import NOTHING, Frozen

ONE_DAY = dt.timedelta(days=1)
#: Regulations are added up in whole numbers: this many parts make one contact (365 days of 7).
PARTS = 365 * 7


class Per(enum.StrEnum):
    """In what time a regulation asks for its contacts."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def parts_a_day(self) -> int:
        """What one contact in this time comes to on one day."""
        return {"week": 365, "month": 84, "quarter": 28, "half_year": 14, "year": 7}[self.value]


@dataclass(frozen=True, slots=True)
class Regulation:
    """One row: from ``since`` on ``times`` contacts ``per`` so long.

    Attributes:
        departments: ids from the root down to the department it is made for; empty: the company.
        category: of which clients; empty: all.
        kind: of which kind of event; None: any contact counts.
        times: 0 asks for none; None ends the row before it: what is above it rules again.
    """

    departments: tuple[int, ...]
    category: str
    kind: int | None
    since: dt.date
    times: int | None
    per: Per = Per.MONTH

    @property
    def segment(self) -> tuple[tuple[int, ...], str, int | None]:
        """A later row of the same segment takes this one's place."""
        return self.departments, self.category, self.kind

    @property
    def parts_a_day(self) -> int:
        return (self.times or 0) * self.per.parts_a_day

    @property
    def days_between(self) -> int | None:
        """How many days may lie between two contacts, at least one; None when none is asked for."""
        return max(1, PARTS // self.parts_a_day) if self.times else None

    def rules(self, departments: Sequence[int], category: str) -> bool:
        """Whether clients of this category are meant, of a manager in the last of ``departments`` (root first)."""
        inside = tuple(departments[: len(self.departments)]) == self.departments
        return inside and self.category in ("", category)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days, both ends included, on which the same regulations are in force, the most specific first."""

    first: dt.date
    last: dt.date
    regulations: tuple[Regulation, ...]

    def ruling(self, departments: Sequence[int], category: str) -> Regulation | None:
        """What rules these clients."""
        return next((each for each in self.regulations if each.rules(departments, category)), None)


class RegulationBook:
    """All regulations there ever were."""

    def __init__(self, rows: Iterable[Regulation]) -> None:
        self._rows = sorted(rows, key=lambda row: row.since)

    @cached_property
    def kinds(self) -> list[int | None]:
        """Of what contacts are asked for anywhere at any time; "any contact" first."""
        return sorted({row.kind for row in self._rows if row.times}, key=lambda kind: kind or 0)

    def in_force(self, kind: int | None, day: dt.date) -> tuple[Regulation, ...]:
        """Those of a kind that are in force on a day, the most specific first."""
        latest = {row.segment: row for row in self._rows if row.kind == kind and row.since <= day}
        found = (row for row in latest.values() if row.times is not None)
        return tuple(sorted(found, key=lambda row: (row.category == "", -len(row.departments), row.departments)))

    def stretches(self, kind: int | None, first: dt.date, last: dt.date) -> list[Stretch]:
        """The days from ``first`` to ``last`` cut where the regulations of a kind change; without those that ask for
        nothing from anybody."""
        found = [Stretch(start, end, self.in_force(kind, start)) for start, end in self._cut(kind, first, last)]
        return [stretch for stretch in found if any(row.times for row in stretch.regulations)]

    def _cut(self, kind: int | None, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
        changes = {row.since for row in self._rows if row.kind == kind and first < row.since <= last}
        starts = sorted({first, *changes}) if first <= last else []
        for start, following in zip(starts, [*starts[1:], last + ONE_DAY], strict=False):
            yield start, following - ONE_DAY


def asking_days(first: dt.date, last: dt.date, frozen: Frozen = NOTHING) -> int:
    """How many of the days from ``first`` to ``last``, both included, ask for something."""
    if last < first:
        return 0
    return (last - first).days + 1 - frozen.counted(first - ONE_DAY, last)


def contacts(parts: int) -> int:
    """Added parts as whole contacts, a half rounded up."""
    return (2 * parts + PARTS) // (2 * PARTS)


def expected(
    stretches: Iterable[Stretch],
    departments: Sequence[int],
    category: str,
    *,
    held_from: dt.date,
    held_until: dt.date,
    frozen: Frozen = NOTHING,
) -> int:
    """How many contacts were to be made with a client held on the days given, both included.

    Args:
        departments: those of its manager, root first.
        frozen: the days that do not ask, without a limit.
    """
    parts = 0
    for stretch in stretches:
        if ruling := stretch.ruling(departments, category):
            days = asking_days(max(stretch.first, held_from), min(stretch.last, held_until), frozen)
            parts += days * ruling.parts_a_day
    return contacts(parts)


def due_on(
    ruling: Regulation, *, last_contact_on: dt.date | None, held_since: dt.date, frozen: Frozen = NOTHING
) -> dt.date | None:
    """By which day the next contact is due; None when none is asked for."""
    if ruling.days_between is None:
        return None
    counted_from = max(last_contact_on or held_since, held_since)
    bare = counted_from + dt.timedelta(days=ruling.days_between)
    return max(frozen.shifted(counted_from, bare), ruling.since)
