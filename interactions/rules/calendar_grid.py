"""How a calendar is laid out: which days a view shows, where on a day each event stands, and what clashes.

Everything is told by the clock on the wall of one time zone. On the day that clock is put forward or back an event
stands where the clock shows it, and is drawn as long as it lasts.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

_A_DAY = dt.timedelta(days=1)
_A_MINUTE = dt.timedelta(minutes=1)
#: Minutes of a day as the clock shows them.
DAY_MINUTES = 24 * 60
#: What lasts less is still drawn so high that its words can be read.
SHORTEST = 20
#: So many days the agenda looks ahead.
AGENDA_DAYS = 14


class View(StrEnum):
    """What one looks at."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    AGENDA = "agenda"


def days_shown(view: View, day: dt.date) -> list[dt.date]:
    """The days of the view that ``day`` is in. Weeks begin on Monday; a month is shown in whole weeks."""
    match view:
        case View.MONTH:
            return [each for week in calendar.Calendar().monthdatescalendar(day.year, day.month) for each in week]
        case View.WEEK:
            monday = day - day.weekday() * _A_DAY
            return [monday + n * _A_DAY for n in range(7)]
        case View.DAY:
            return [day]
        case View.AGENDA:
            return [day + n * _A_DAY for n in range(AGENDA_DAYS)]


def stepped(view: View, day: dt.date, by: int) -> dt.date:
    """The same place in the next (1) or the previous (-1) period; of a shorter month the last day."""
    match view:
        case View.MONTH:
            months = day.year * 12 + day.month - 1 + by
            year, month = months // 12, months % 12 + 1
            return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
        case View.WEEK:
            return day + by * 7 * _A_DAY
        case View.DAY:
            return day + by * _A_DAY
        case View.AGENDA:
            return day + by * AGENDA_DAYS * _A_DAY


@dataclass(frozen=True, slots=True)
class Piece:
    """What of something falls on one day: from the minute ``start`` to the minute ``end``, by the clock."""

    what: Any
    day: dt.date
    start: int
    end: int


def pieces(what: Any, start: dt.datetime, end: dt.datetime, zone: dt.tzinfo) -> Iterator[Piece]:
    """The days ``what`` falls on, in their order. What ends at midnight does not reach into the next day."""
    begins = start.astimezone(zone)
    length = max(end - start, dt.timedelta())
    last = (end - _A_MINUTE).astimezone(zone).date() if length else begins.date()
    if last <= begins.date():
        # As long as it lasts: between two hours the clock shows twice, or one it skips, the clock tells otherwise.
        first = begins.hour * 60 + begins.minute
        yield Piece(what, begins.date(), first, min(first + length // _A_MINUTE, DAY_MINUTES))
        return
    ends = end.astimezone(zone)
    yield Piece(what, begins.date(), begins.hour * 60 + begins.minute, DAY_MINUTES)
    day = begins.date() + _A_DAY
    while day <= last:
        whole = day < ends.date()
        yield Piece(what, day, 0, DAY_MINUTES if whole else ends.hour * 60 + ends.minute)
        day += _A_DAY


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece in the lane it stands in, of so many lanes side by side."""

    piece: Piece
    lane: int
    lanes: int


def side_by_side(found: Iterable[Piece]) -> list[Placed]:
    """Pieces of one day in lanes: what is drawn at the same height never shares one, and there are as few of them as
    can be. Each group of pieces that overlap one another has its own number of lanes."""
    placed: list[Placed] = []
    group: list[tuple[Piece, int]] = []
    ends: list[int] = []  # of the last piece in each lane

    def close() -> None:
        placed.extend(Placed(piece, lane, len(ends)) for piece, lane in group)
        group.clear()
        ends.clear()

    for piece in sorted(found, key=lambda piece: (piece.start, -piece.end)):
        if ends and piece.start >= max(ends):
            close()
        lane = next((n for n, end in enumerate(ends) if end <= piece.start), len(ends))
        ends[lane : lane + 1] = [drawn_end(piece)]
        group.append((piece, lane))
    close()
    return placed


def drawn_end(piece: Piece) -> int:
    """The minute down to which a piece is drawn."""
    return max(piece.end, piece.start + SHORTEST)


def hours_shown(found: Iterable[Piece], opens: int, closes: int) -> range:
    """The hours a page of days shows: those of work with one before and after, and whatever lies outside of them."""
    first, last = opens - 60, closes + 60
    for piece in found:
        first, last = min(first, piece.start), max(last, drawn_end(piece))
    return range(max(first, 0) // 60, -(-min(last, DAY_MINUTES) // 60))


class Stretch(NamedTuple):
    """When something is, and whether it is an appointment: what has no end of its own is only to be done about then."""

    start: dt.datetime
    end: dt.datetime
    is_fixed: bool


def clash(one: Stretch, other: Stretch) -> bool:
    """Whether both cannot be kept. Two things to be done about the same time are no clash; what ends when the other
    begins is none either."""
    return (one.is_fixed or other.is_fixed) and one.start < other.end and other.start < one.end


def clashing(stretches: Sequence[Stretch]) -> set[int]:
    """The places in the list of those that clash with another one in it."""
    found: set[int] = set()
    by_start = sorted(range(len(stretches)), key=lambda n: stretches[n].start)
    for place, n in enumerate(by_start):
        for other in by_start[place + 1 :]:
            if stretches[other].start >= stretches[n].end:
                break
            if clash(stretches[n], stretches[other]):
                found |= {n, other}
    return found


def gaps(found: Iterable[Piece], first: int, last: int) -> list[tuple[int, int]]:
    """What of the minutes from ``first`` to ``last`` no piece covers."""
    left: list[tuple[int, int]] = []
    for piece in sorted(found, key=lambda piece: piece.start):
        if piece.start > first:
            left.append((first, min(piece.start, last)))
        first = max(first, piece.end)
    return [*left, (first, last)] if first < last else left
