"""How many points are expected of somebody. Pure."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence

from clients.rules.since import Changes


def overlaid(chain: Sequence[Changes[int | None]]) -> Changes[int]:
    """The norm that rules a department: its own, else that of the one above it. ``chain``: from the department up to
    the company; None is "as above", and where nobody says anything nothing is expected."""
    days = sorted({day for changes in chain for day in changes.days})
    return Changes((day, _first(changes.on(day) for changes in chain)) for day in days)


def _first(values: Iterable[int | None]) -> int:
    return next((value for value in values if value is not None), 0)


def expected_by_day(
    norm: Changes[int], days: Collection[dt.date], first: dt.date, last: dt.date
) -> Iterator[tuple[dt.date, int]]:
    """What is expected on each of these working days, where something is."""
    for since, until, points in norm.between(first, last):
        if points:
            yield from ((day, points) for day in days if since <= day <= until)
