"""What the pictures are put together from: series, axes, words that keep their distance."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

#: All pictures are this wide, in units of their own: the page scales them.
WIDTH = 520
#: Words above one another keep at least this distance.
LINE = 15
#: The width of a letter, about: there is no font to measure here.
LETTER = 7.0
#: The same on a phone, where words are larger.
PHONE_LETTER = 8.0
#: Colours of series that have none of their own: ``sv-fill-1`` to ``sv-fill-6``.
TONES = 6

Number = int | float


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one for each day or part; None where nothing is known.

    Attributes:
        label: how it is called beside the picture; made to text when drawn.
        tone: its colour: a zone ("green", "yellow", "red", "exchange"), "accent", "muted", or "1" to "6"; by its place
            when empty.
    """

    key: str
    label: object
    values: Sequence[Number | None]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid, or what is written under it; ``anchor``: which end of the words stands there."""

    at: float
    value: Number | dt.date | str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Label:
    """Words in the picture, with the number they are about."""

    x: float
    y: float
    text: str
    value: Number | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; ``title`` and ``value`` are told where the mouse rests."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    title: str | dt.date | Number = ""
    name: str = ""
    value: Number | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon (``points``) or a path of one colour."""

    points: str
    tone: str
    name: str = ""
    value: Number | None = None


def tone_of(series: Series, place: int) -> str:
    return series.tone or str(place % TONES + 1)


def nice_top(largest: float) -> int:
    """The next even round number above: the top of the axis. ``nice_top(87) == 100``."""
    for power in range(15):
        for lead in (2, 4, 6, 8, 10):
            if lead * 10**power >= largest:
                return lead * 10**power
    return int(largest)


def known(values: Sequence[Number | None]) -> list[float]:
    return [float(value) for value in values if value is not None]


def floor_of(value: Number | None) -> float:
    """The value as it is drawn where nothing can go below the axis."""
    return max(0.0, float(value or 0))


def shorten(text: object, letters: int) -> str:
    """At most so many letters, the last one three dots."""
    words = str(text)
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"


def spread(wanted: Sequence[float], first: float, last: float, distance: float = LINE) -> list[float]:
    """Places as near to the wanted ones (ascending) as distance allows, between ``first`` and ``last`` when there is
    room for all."""
    placed: list[float] = []
    for at in wanted:
        placed.append(max(at, first if not placed else placed[-1] + distance))
    ceiling = last
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - distance
    return [round(at, 1) for at in placed]


def legend(series: Sequence[tuple[str, str]], left: float, right: float) -> tuple[list[Label], float]:
    """Names with their colours above the picture, in as many rows as they need; and how high these are."""
    labels, x, y = [], left, 10.0
    for text, tone in series:
        width = 16 + len(text) * LETTER + 14
        if labels and x + width > right:
            x, y = left, y + LINE
        labels.append(Label(round(x, 1), y, text, tone=tone))
        x += width
    return labels, y + 10


def thinned(texts: Sequence[Number | dt.date | str], places: Sequence[float], room: float) -> list[Tick]:
    """What is written under the picture: every one, or every second, third, … when there is no room for all."""
    widest = max((58.0 if isinstance(text, dt.date) else len(str(text)) * LETTER + 8 for text in texts), default=1.0)
    every = max(1, -(-int(len(texts) * widest) // max(1, int(room))))
    return [
        Tick(round(at, 1), text)
        for index, (text, at) in enumerate(zip(texts, places, strict=True))
        if not index % every
    ]
