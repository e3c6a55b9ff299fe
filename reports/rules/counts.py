"""The figures of the traffic light and how they add up. Pure: knows neither Django nor the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Counts:
    """Clients held, by colour and by when they leave.

    ``green + yellow + red == held``: those due for the exchange are shown red. The leaving ones are cumulative:
    ``due <= leaving_7 <= leaving_30``.
    """

    green: int = 0
    yellow: int = 0
    red: int = 0
    due: int = 0
    leaving_7: int = 0
    leaving_30: int = 0

    @property
    def held(self) -> int:
        return self.green + self.yellow + self.red

    @property
    def at_risk(self) -> int:
        """Yellow and red: what there should be less of."""
        return self.yellow + self.red

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def total(counts: Iterable[Counts]) -> Counts:
    """The sum; zeros of nothing."""
    return sum(counts, start=Counts())


def change(now: Counts, then: Counts | None) -> int | None:
    """By how many there are more yellow and red now; None when nobody knows what was then."""
    return None if then is None else now.at_risk - then.at_risk
