"""How much of a manager's working time his plans take."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Level(StrEnum):
    """A load in one word; the pages draw and name each."""

    OFF = "off"
    FREE = "free"
    SOME = "some"
    FULL = "full"
    OVER = "over"


#: From these parts of the working time on a day is no longer free, and is full.
_SOME, _FULL = 0.25, 0.75


@dataclass(frozen=True, slots=True)
class Load:
    """Planned minutes against working minutes. Two things at once are twice the work."""

    planned: int = 0
    capacity: int = 0

    def __add__(self, other: Self) -> "Load":
        return Load(self.planned + other.planned, self.capacity + other.capacity)

    @property
    def percent(self) -> int | None:
        """Of the working time; None where there is none: a day off."""
        return round(100 * self.planned / self.capacity) if self.capacity else None

    @property
    def level(self) -> Level:
        """The load in a word. Whatever is planned for a day off is too much."""
        if not self.capacity:
            return Level.OVER if self.planned else Level.OFF
        if self.planned > self.capacity:
            return Level.OVER
        if self.planned >= _FULL * self.capacity:
            return Level.FULL
        return Level.SOME if self.planned >= _SOME * self.capacity else Level.FREE


def capacity(day: dt.date, weekdays: str, minutes: int, off: Collection[dt.date]) -> int:
    """The working minutes of a day: none on other weekdays than these ("12345": Monday to Friday), on holidays and
    while one is away."""
    works = str(day.isoweekday()) in weekdays and day not in off
    return max(minutes, 0) if works else 0


def total(loads: Iterable[Load]) -> Load:
    """The load of several days, or of several people."""
    return sum(loads, Load())
