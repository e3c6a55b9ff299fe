"""What came and what went over a period: the period itself, its parts, the picture. Pure: knows neither Django nor the
database."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from reports.rules.charts import Tick, nice_top

ONE_DAY = dt.timedelta(days=1)
#: Days of the report when nobody asks for others.
USUAL_DAYS = 90
#: Longer periods than this are not drawn.
LONGEST = dt.timedelta(days=3660)
#: Up to so many days a bar is a day, up to so many a week; else a month.
_BY_DAY, _BY_WEEK = 14, 400


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both ends included."""

    since: dt.date
    until: dt.date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def __contains__(self, day: dt.date) -> bool:
        return self.since <= day <= self.until


def usual(today: dt.date) -> Period:
    """The last 90 days, today included."""
    return last_days(USUAL_DAYS, today)


def last_days(days: int, today: dt.date) -> Period:
    return Period(today - dt.timedelta(days=days - 1), today)


def named(name: str, today: dt.date) -> Period:
    """The period of a preset: "30", "90", "365" (last days), "month", "quarter", "year" (this one so far),
    "last_month".

    Raises:
        KeyError: no such preset.
    """
    month = today.replace(day=1)
    match name:
        case "30" | "90" | "365":
            return last_days(int(name), today)
        case "month":
            return Period(month, today)
        case "last_month":
            return Period(month - relativedelta(months=1), month - ONE_DAY)
        case "quarter":
            return Period(month - relativedelta(months=(month.month - 1) % 3), today)
        case "year":
            return Period(month.replace(month=1), today)
    raise KeyError(name)


def parts(period: Period) -> list[Period]:
    """The period cut into days, calendar weeks (from Monday) or months, whichever can be drawn; the first and the last
    may be shorter. Together they are the period, and no two overlap."""
    if period.days <= _BY_DAY:
        step = "day"
    else:
        step = "week" if period.days <= _BY_WEEK else "month"
    return list(_parts(period, step))


def _parts(period: Period, step: str) -> Iterator[Period]:
    start = period.since
    while start <= period.until:
        match step:
            case "day":
                end = start
            case "week":
                end = start + dt.timedelta(days=6 - start.weekday())
            case _:
                end = start.replace(day=1) + relativedelta(months=1) - ONE_DAY
        yield Period(start, min(end, period.until))
        start = end + ONE_DAY


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


WIDTH, HEIGHT = 640, 190
LEFT, RIGHT, TOP, BOTTOM = 34, 6, 8, 22
#: Words under the bars: at most so many.
_DATES = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture: "in" or "out", of which part."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    flow: Flow


@dataclass(frozen=True, slots=True)
class FlowChart:
    """What the template draws: two bars side by side for each part of the period."""

    bars: list[Bar]
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def flow_chart(points: Sequence[Flow]) -> FlowChart | None:
    """The picture; None when nothing happened."""
    highest = max((max(point.inward, point.outward) for point in points), default=0)
    if not highest:
        return None
    top = nice_top(highest)
    slot = (WIDTH - LEFT - RIGHT) / len(points)
    # Bars of a short period do not become walls.
    width = min(slot * 0.38, 22)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    bars = []
    for index, point in enumerate(points):
        middle = LEFT + slot * (index + 0.5)
        for kind, value, x in (("in", point.inward, middle - width), ("out", point.outward, middle)):
            if value:
                height = HEIGHT - BOTTOM - y(value)
                bars.append(Bar(kind, round(x, 1), round(y(value), 1), round(width, 1), round(height, 1), point))
    every = -(-len(points) // _DATES)
    return FlowChart(
        bars=bars,
        y_ticks=[Tick(round(y(value), 1), value) for value in (0, top // 2, top)],
        x_ticks=[
            Tick(round(LEFT + slot * (index + 0.5), 1), point.period.since)
            for index, point in enumerate(points)
            if index % every == 0
        ],
    )
