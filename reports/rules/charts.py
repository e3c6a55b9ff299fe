"""Geometry of the stacked area of zones. Pure: points in, SVG coordinates out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 440, 176
LEFT, RIGHT, TOP, BOTTOM = 34, 94, 8, 22
#: Words at the right edge keep at least this distance.
LINE = 15


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


@dataclass(frozen=True, slots=True)
class Area:
    """One colour: its polygon, and where its words stand at the right edge."""

    zone: str
    polygon: str
    count: int
    label_y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid or a date under it."""

    at: float
    value: int | dt.date


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws."""

    areas: list[Area]
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def nice_top(largest: int) -> int:
    """The next even round number above: the top of the axis. ``nice_top(87) == 100``."""
    for power in range(12):
        for lead in (2, 4, 6, 8, 10):
            if lead * 10**power >= largest:
                return lead * 10**power
    return largest


def stacked_areas(points: Sequence[Point]) -> Chart | None:
    """Red below, yellow on it, green on top, so that both the trouble and the whole are read from the same line.

    None when there are fewer than two days to draw.
    """
    if len(points) < 2 or points[-1].date == points[0].date:
        return None
    top = nice_top(max(1, *(point.held for point in points)))
    span = (points[-1].date - points[0].date).days

    def x(day: dt.date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - points[0].date).days / span

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    areas, floor, last = [], [0] * len(points), points[-1]
    for zone in ("red", "yellow", "green"):
        ceiling = [low + getattr(point, zone) for low, point in zip(floor, points)]
        there = [f"{x(point.date):.1f},{y(high):.1f}" for point, high in zip(points, ceiling)]
        back = [f"{x(point.date):.1f},{y(low):.1f}" for point, low in zip(points, floor)][::-1]
        middle = y((floor[-1] + ceiling[-1]) / 2) + 4
        if areas:
            middle = min(middle, areas[-1].label_y - LINE)
        areas.append(Area(zone, " ".join(there + back), getattr(last, zone), round(middle, 1)))
        floor = ceiling
    middle_day = points[0].date + dt.timedelta(days=span // 2)
    return Chart(
        areas=areas,
        y_ticks=[Tick(round(y(value), 1), value) for value in (0, top // 2, top)],
        x_ticks=[Tick(round(x(day), 1), day) for day in (points[0].date, middle_day, last.date)],
    )


def every_week(points: Sequence[Point]) -> list[Point]:
    """The last day and every seventh before it, the newest first: the table beside the picture."""
    return list(points)[::-1][::7]
