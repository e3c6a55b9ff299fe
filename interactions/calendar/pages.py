"""What the pages of the calendar show: columns of days or of people with their events in place, months, agendas, and
how full everybody's days are."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from clients.models import Manager
from clients.working_hours import read_schedules, zone_of
from interactions.calendar.reading import Entry, days_off, entries
from interactions.rules import load
from interactions.rules.calendar_grid import (
    DAY_MINUTES,
    Piece,
    drawn_end,
    gaps,
    hours_shown,
    pieces,
    side_by_side,
)
from interactions.rules.load import Load
from interactions.selectors.days import local_start, local_today

_A_DAY = dt.timedelta(days=1)
#: Entries of a day in a month; the rest is on the page of the day.
IN_A_CELL = 4
#: Lanes the style sheet knows.
_LANES = 12
#: What the grid is drawn to, in minutes.
_STEP = 5


@dataclass(frozen=True, slots=True)
class Block:
    """An entry in its place in a column: ``css`` are the classes that put it there."""

    entry: Entry
    css: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one person."""

    day: dt.date
    person: Manager
    off: str
    is_working: bool
    load: Load
    entries: list[Entry]

    @property
    def is_today(self) -> bool:
        return self.day == local_today()

    @property
    def clashes(self) -> bool:
        return any(entry.clashes for entry in self.entries)

    @property
    def first(self) -> list[Entry]:
        return self.entries[:IN_A_CELL]

    @property
    def more(self) -> int:
        return max(len(self.entries) - IN_A_CELL, 0)


@dataclass(frozen=True, slots=True)
class Column:
    """One day of one person by the hour. ``shades``: where nobody works; ``now``: where the day has come to."""

    cell: Cell
    blocks: list[Block]
    shades: list[str]
    now: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns side by side, and the hours they all show."""

    columns: list[Column]
    hours: range

    @property
    def load(self) -> Load:
        return load.total(column.cell.load for column in self.columns)


@dataclass(frozen=True, slots=True)
class Row:
    """The days of one person in the table of a department."""

    person: Manager
    cells: list[Cell]

    @property
    def load(self) -> Load:
        return load.total(cell.load for cell in self.cells)


class Span:
    """Everything about some people on some days that follow one another, read at once for one reader."""

    def __init__(self, reader: Manager, people: Sequence[Manager], days: Sequence[dt.date]) -> None:
        self.people, self.days = people, days
        self.zone = timezone.get_current_timezone()
        keys = [person.pk for person in people]
        # A day more on both sides: a colleague's day may begin or end on another one of the reader's.
        self.off = days_off(reader, keys, days[0] - _A_DAY, days[-1] + _A_DAY)
        self.schedules = read_schedules(people)
        self.pieces: dict[tuple[int, dt.date], list[Piece]] = defaultdict(list)
        for entry in entries(reader, keys, local_start(days[0]), local_start(days[-1] + _A_DAY)):
            for piece in pieces(entry, entry.start, entry.end, self.zone):
                self.pieces[entry.responsible_id, piece.day].append(piece)

    def cell(self, person: Manager, day: dt.date) -> Cell:
        found = self.pieces[person.pk, day]
        capacity = self._capacity(person, day)
        return Cell(
            day=day,
            person=person,
            off=self.off.of(person.pk, day),
            is_working=capacity > 0,
            load=Load(sum(piece.end - piece.start for piece in found), capacity),
            entries=[piece.what for piece in found],
        )

    def rows(self) -> list[Row]:
        """A row for each of the people."""
        return [Row(person, [self.cell(person, day) for day in self.days]) for person in self.people]

    def cells(self) -> list[Cell]:
        """The days of the first (the only) person."""
        return self.rows()[0].cells

    def grid(self) -> Grid:
        """Days of one person, or one day of several, by the hour."""
        pairs = [(person, day) for person in self.people for day in self.days]
        work = {(person.pk, day): list(self._work(person, day)) for person, day in pairs}
        opens = min((piece.start for some in work.values() for piece in some), default=9 * 60)
        closes = max((piece.end for some in work.values() for piece in some), default=18 * 60)
        drawn = [piece for person, day in pairs for piece in self.pieces[person.pk, day]]
        hours = hours_shown(drawn, opens, closes)
        first, last = hours.start * 60, hours.stop * 60
        columns = [
            Column(
                cell=self.cell(person, day),
                blocks=_blocks(self.pieces[person.pk, day]),
                shades=[_place(*gap) for gap in gaps(work[person.pk, day], first, last)],
                now=_now(day, first, last),
            )
            for person, day in pairs
        ]
        return Grid(columns, hours)

    def _capacity(self, person: Manager, day: dt.date) -> int:
        schedule = self.schedules.of(person.pk, day)
        off = {day} if self.off.of(person.pk, day) else ()
        return load.capacity(day, schedule.weekdays, schedule.minutes_a_day, off)

    def _work(self, person: Manager, day: dt.date) -> Iterator[Piece]:
        """When a person works on one of the reader's days, by the reader's clock."""
        zone = zone_of(person)
        for theirs in (day - _A_DAY, day, day + _A_DAY):
            if self._capacity(person, theirs):
                schedule = self.schedules.of(person.pk, theirs)
                start = dt.datetime.combine(theirs, schedule.starts_at, tzinfo=zone)
                end = dt.datetime.combine(theirs, schedule.ends_at, tzinfo=zone)
                yield from (piece for piece in pieces(person, start, end, self.zone) if piece.day == day)


def weeks(cells: Sequence[Cell]) -> list[Sequence[Cell]]:
    """The days of a month, a week in a row."""
    return [cells[n : n + 7] for n in range(0, len(cells), 7)]


def _blocks(found: Sequence[Piece]) -> list[Block]:
    return [
        Block(
            placed.piece.what,
            f"{_place(placed.piece.start, drawn_end(placed.piece))} "
            f"lane{min(placed.lane, _LANES - 1)} of{min(placed.lanes, _LANES)}",
        )
        for placed in side_by_side(found)
    ]


def _place(start: int, end: int) -> str:
    """The classes that draw from one minute of the day to another (calendar.css)."""
    start -= start % _STEP
    length = min(end, DAY_MINUTES) - start
    return f"t{start // 60} m{start % 60} lh{length // 60} lm{length % 60 // _STEP * _STEP}"


def _now(day: dt.date, first: int, last: int) -> str:
    here = timezone.localtime()
    minute = here.hour * 60 + here.minute
    return _place(minute, minute + _STEP) if here.date() == day and first <= minute < last else ""
