"""The state of the zones day by day, as pictures show it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """The state of one day."""

    date: dt.date
    green: int
    yellow: int
    red: int

    @property
    def held(self) -> int:
        return self.green + self.yellow + self.red


def every_week(points: Sequence[Point]) -> list[Point]:
    """The last day and every seventh before it, the newest first: the table beside the picture."""
    return list(points)[::-1][::7]
