"""How managers are held beside each other fairly: by what each had to work with, never by raw totals; with medians, and
with a mark on what is of too few cases. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median as middle

from reports.rules.periods import ONE_DAY, Period

#: Fewer cases than this say little.
FEW = 5
#: Who worked fewer days than this is not held against others.
LEAST_DAYS = 5
#: For so many days after he came a manager counts as new.
NEW_DAYS = 90
#: Half as good as the median, or worse, is worth a word.
FAR = 2
#: Points of a sparkline.
SLICES = 12


@dataclass(frozen=True, slots=True)
class Showing:
    """What one manager showed in one respect.

    Attributes:
        amount: how much: contacts, money.
        cases: how many documents that is of.
        base: what he had for it: working days, days of clients held, closed sales.
        days: his working days.
    """

    amount: float
    cases: int
    base: float
    days: int


@dataclass(frozen=True, slots=True)
class Place:
    """The place among those with enough cases, the best first; equals share it."""

    place: int
    among: int


@dataclass(frozen=True, slots=True)
class Field:
    """All who are compared in one respect.

    Attributes:
        median: of what they make of what they had; None when nobody can be compared.
        typical: the median of cases to what they had: how many cases may be expected of anybody.
        ranked: what those with enough cases make, the best first.
    """

    median: float | None
    typical: float
    ranked: Sequence[float]

    def is_few(self, showing: Showing) -> bool:
        """Whether it says little: neither he nor anybody else with what he had would have enough cases. Nothing at all
        where others have plenty says a lot."""
        return is_few(max(showing.cases, self.typical * showing.base))

    def place(self, showing: Showing) -> Place | None:
        """None where he is not ranked."""
        value = rate(showing)
        if value is None or showing.days < LEAST_DAYS or self.is_few(showing) or value not in self.ranked:
            return None
        return Place(self.ranked.index(value) + 1, len(self.ranked))


def is_few(cases: float) -> bool:
    return cases < FEW


def rate(showing: Showing) -> float | None:
    """The amount for one of what he had; None where he had nothing to do it with."""
    return showing.amount / showing.base if showing.base else None


def field(showings: Sequence[Showing], *, of_cases: bool, good: str) -> Field:
    """Who is compared, and what is usual among them.

    Args:
        of_cases: what is measured is a share or an average of cases: it is said only where there are enough of them.
        good: "more" or "less".
    """
    worked = [each for each in showings if each.days >= LEAST_DAYS and each.base]
    typical = middle(each.cases / each.base for each in worked) if worked else 0.0
    said = [each for each in worked if not (of_cases and is_few(each.cases))]
    known = Field(median([rate(each) for each in said]), typical, ())
    ranked = sorted(value for each in worked if not known.is_few(each) and (value := rate(each)) is not None)
    return Field(known.median, typical, ranked[::-1] if good == "more" else ranked)


def median(values: Sequence[float | None]) -> float | None:
    """Of what is known; of an even number the mean of the two in the middle."""
    known = [value for value in values if value is not None]
    return middle(known) if known else None


def against(value: float | None, other: float | None) -> float | None:
    """By how many per cent ``value`` is above ``other``; None where that cannot be said."""
    return 100 * (value - other) / other if value is not None and other else None


def is_behind(value: float | None, usual: float | None, good: str) -> bool:
    """Half as good as the median, or worse."""
    if value is None or not usual:
        return False
    return value * FAR <= usual if good == "more" else value >= usual * FAR


def is_new(since: dt.date | None, period: Period) -> bool:
    """Whether who came on that day was new at the end of the period."""
    return since is not None and (period.until - since).days < NEW_DAYS


def slices(period: Period, most: int = SLICES) -> list[Period]:
    """The period in equal parts, as many as can be drawn; the last ones may be a day shorter."""
    count = min(most, period.days)
    whole, rest = divmod(period.days, count)
    found, start = [], period.since
    for index in range(count):
        end = start + ONE_DAY * (whole - 1 + (index < rest))
        found.append(Period(start, end))
        start = end + ONE_DAY
    return found
