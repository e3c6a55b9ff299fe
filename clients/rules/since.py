"""Values that hold from a day on, until a later one takes their place. Pure."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
ONE_DAY = dt.timedelta(days=1)


class Changes(Generic[T]):
    """The history of one value. Of two changes on one day the later given one holds."""

    __slots__ = ("_days", "_values")

    def __init__(self, changes: Iterable[tuple[dt.date, T]] = ()) -> None:
        found = dict(changes)
        self._days: Sequence[dt.date] = sorted(found)
        self._values: Sequence[T] = [found[day] for day in self._days]

    @property
    def days(self) -> Sequence[dt.date]:
        """The days something changed on."""
        return self._days

    def on(self, day: dt.date) -> T | None:
        """What holds on a day; None before the first change."""
        place = bisect_right(self._days, day)
        return self._values[place - 1] if place else None

    def between(self, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date, T | None]]:
        """What holds from ``first`` to ``last``, both included: (first day, last day, value) one after another,
        without a gap; None before the first change."""
        while first <= last:
            place = bisect_right(self._days, first)
            end = min(last, self._days[place] - ONE_DAY) if place < len(self._days) else last
            yield first, end, self._values[place - 1] if place else None
            first = end + ONE_DAY
