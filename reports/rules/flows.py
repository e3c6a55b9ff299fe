"""What came and what went over a period: the period itself and its parts. Pure: knows neither Django nor the
database."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from reports.rules.periods import Period, parts


@dataclass(frozen=True, slots=True)
class Flow:
    """What happened within one part of the period.

    Attributes:
        came: arrivals on the exchange; ``restored``: brought back from the archive.
        taken: claimed and assigned; ``undone``: given back because the arrival was undone; ``archived``.
    """

    period: Period
    came: int = 0
    restored: int = 0
    taken: int = 0
    undone: int = 0
    archived: int = 0

    @property
    def inward(self) -> int:
        return self.came + self.restored

    @property
    def outward(self) -> int:
        return self.taken + self.undone + self.archived

    @property
    def balance(self) -> int:
        """By how many clients the exchange grew."""
        return self.inward - self.outward


KINDS = ("came", "restored", "taken", "undone", "archived")


def flows(period: Period, by_day: Mapping[tuple[str, dt.date], int]) -> list[Flow]:
    """What each part of the period has, from the numbers of each kind and day."""
    cut = parts(period)
    sums: list[dict[str, int]] = [dict.fromkeys(KINDS, 0) for _part in cut]
    starts = [part.since for part in cut]
    for (kind, day), number in by_day.items():
        if day in period:
            sums[bisect_right(starts, day) - 1][kind] += number
    return [Flow(part, **found) for part, found in zip(cut, sums, strict=True)]


def median(numbers: Mapping[int, int]) -> int | None:
    """The median of values, given how often each occurs: at least half of them are not above it. Of an even number the
    lower of the two in the middle; None of nothing."""
    place, seen = (sum(numbers.values()) + 1) // 2, 0
    for value, times in sorted(numbers.items()):
        seen += times
        if times and seen >= place:
            return value
    return None
