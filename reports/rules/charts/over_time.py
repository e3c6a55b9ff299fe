"""Pictures with time from left to right: stacked areas, columns, lines."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from reports.rules.charts.parts import (
    WIDTH,
    Box,
    Label,
    Number,
    Series,
    Shape,
    Tick,
    floor_of,
    known,
    legend,
    nice_top,
    shorten,
    spread,
    thinned,
    tone_of,
)

HEIGHT = 200
LEFT, TOP, BOTTOM = 52, 8, 22
#: Room for words at the right edge, and without any.
WORDS, EDGE = 118, 8
#: So many letters fit into it beside the number.
_LETTERS = 17
#: A column of a short period does not become a wall.
_WIDEST = 34

Moment = dt.date | str


@dataclass(frozen=True, slots=True)
class Axes:
    """What pictures over time share: frame and grid; ``unit`` tells how numbers are written."""

    y_ticks: list[Tick]
    x_ticks: list[Tick]
    left: float
    right: float
    top: float
    bottom: float
    width: int = WIDTH
    height: int = HEIGHT
    unit: str = "count"


@dataclass(frozen=True, slots=True)
class Areas:
    """Stacked areas, the first series at the bottom; ``labels`` tell the last day's values, at the right edge."""

    axes: Axes
    shapes: list[Shape]
    labels: list[Label]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns; ``target``: the line they should reach."""

    axes: Axes
    boxes: list[Box]
    legend: list[Label] = field(default_factory=list)
    target: str = ""
    target_tick: Tick | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines with gaps where nothing is known; a value alone between gaps is a dot, as is the last one of each."""

    axes: Axes
    shapes: list[Shape]
    dots: list[Label]
    labels: list[Label]
    target_tick: Tick | None = None


def _scale(bottom: float, top: float, lowest: float, highest: float) -> tuple[float, float]:
    """Factor and offset of ``y = offset - factor * value``."""
    factor = (bottom - top) / (highest - lowest or 1)
    return factor, bottom + factor * lowest


def _ends(ticks: list[Tick], left: float, right: float) -> list[Tick]:
    """The outermost words begin and end at the frame instead of standing out of it."""
    return [
        Tick(tick.at, tick.value, "start" if tick.at <= left + 1 else "end" if tick.at >= right - 1 else "middle")
        for tick in ticks
    ]


def areas(
    days: Sequence[dt.date], series: Sequence[Series], *, unit: str = "count", height: int = HEIGHT
) -> Areas | None:
    """What a whole is made of, day by day; the first series lies at the bottom. None with fewer than two days, or when
    there is nothing at all."""
    if len(days) < 2 or days[0] == days[-1] or not any(floor_of(v) for each in series for v in each.values):
        return None
    bottom, right, span = height - BOTTOM, WIDTH - WORDS, (days[-1] - days[0]).days
    heights = [sum(floor_of(each.values[index]) for each in series) for index in range(len(days))]
    top = nice_top(max(heights))
    factor, offset = _scale(bottom, TOP, 0, top)
    xs = [LEFT + (right - LEFT) * (day - days[0]).days / span for day in days]
    shapes, middles, floor = [], [], [0.0] * len(days)
    for place, each in enumerate(series):
        ceiling = [low + floor_of(value) for low, value in zip(floor, each.values, strict=True)]
        there = [f"{x:.1f},{offset - factor * high:.1f}" for x, high in zip(xs, ceiling, strict=True)]
        back = [f"{x:.1f},{offset - factor * low:.1f}" for x, low in zip(xs, floor, strict=True)][::-1]
        shapes.append(Shape(" ".join(there + back), tone_of(each, place), str(each.label), each.values[-1] or 0))
        middles.append(offset - factor * (floor[-1] + ceiling[-1]) / 2 + 4)
        floor = ceiling
    # From the top down, as words are placed.
    ys = spread(middles[::-1], TOP + 8, bottom)[::-1]
    labels = [
        Label(right + 8, y, shorten(shape.name, _LETTERS), shape.value, shape.tone)
        for shape, y in zip(shapes, ys, strict=True)
    ]
    middle = days[0] + dt.timedelta(days=span // 2)
    ticks = [Tick(round(LEFT + (right - LEFT) * (d - days[0]).days / span, 1), d) for d in (days[0], middle, days[-1])]
    axes = Axes(_grid(top, factor, offset), _ends(ticks, LEFT, right), LEFT, right, TOP, bottom, WIDTH, height, unit)
    return Areas(axes, shapes, labels)


def columns(
    moments: Sequence[Moment],
    series: Sequence[Series],
    *,
    stacked: bool = False,
    target: Number | Sequence[Number | None] | None = None,
    unit: str = "count",
    height: int = HEIGHT,
) -> Columns | None:
    """Amounts of parts of a period: days, weeks, months.

    Args:
        moments: what is written under each part: its first day, or a word.
        stacked: the series of a part stand on one another, the first at the bottom; else side by side.
        target: what each part should reach: one number, or one for each part (None: it has none).
    """
    targets = (
        [floor_of(t) or None for t in target]
        if isinstance(target, Sequence)
        else [floor_of(target) or None] * len(moments)
    )
    amounts = [[floor_of(each.values[index]) for each in series] for index in range(len(moments))]
    reached = [sum(part) if stacked else max(part, default=0.0) for part in amounts]
    highest = max([*reached, *(t for t in targets if t)], default=0.0)
    if not highest or not any(reached):
        return None
    names = [(shorten(each.label, 30), tone_of(each, place)) for place, each in enumerate(series)]
    keys, head = legend(names, LEFT, WIDTH - EDGE) if len(series) > 1 else ([], 0.0)
    top_y, bottom, right = TOP + head, height - BOTTOM + head, WIDTH - EDGE
    top = nice_top(highest)
    factor, offset = _scale(bottom, top_y, 0, top)
    slot = (right - LEFT) / len(moments)
    abreast = 1 if stacked else len(series)
    wide = min(slot * 0.8 / abreast, _WIDEST)
    boxes = []
    for index, part in enumerate(amounts):
        x, y = LEFT + slot * (index + 0.5) - wide * abreast / 2, bottom
        for (name, tone), amount in zip(names, part, strict=True):
            if amount:
                tall = factor * amount
                y = (y if stacked else bottom) - tall
                boxes.append(Box(_r(x), _r(y), _r(wide), _r(tall), tone, moments[index], name, amount))
            if not stacked:
                x += wide
    steps = [
        f"M{LEFT + slot * index:.1f},{offset - factor * goal:.1f}h{slot:.1f}"
        for index, goal in enumerate(targets)
        if goal
    ]
    same = next(iter(set(targets)), None) if len(set(targets)) == 1 else None
    axes = Axes(
        _grid(top, factor, offset),
        thinned(moments, [LEFT + slot * (index + 0.5) for index in range(len(moments))], right - LEFT),
        LEFT,
        right,
        top_y,
        bottom,
        WIDTH,
        round(height + head),
        unit,
    )
    return Columns(axes, boxes, keys, "".join(steps), Tick(_r(offset - factor * same), same) if same else None)


def lines(
    moments: Sequence[Moment],
    series: Sequence[Series],
    *,
    target: Number | None = None,
    unit: str = "count",
    height: int = HEIGHT,
) -> Lines | None:
    """How values move from part to part, with the last value of each at the right edge; None where no series has two
    known values."""
    values = [value for each in series for value in known(each.values)]
    if not any(len(known(each.values)) > 1 for each in series):
        return None
    lowest, highest = min([0.0, *values]), max([*values, float(target or 0)])
    top, foot = nice_top(highest), -nice_top(-lowest) if lowest < 0 else 0
    bottom, right = height - BOTTOM, WIDTH - WORDS
    factor, offset = _scale(bottom, TOP, foot, top)
    step = (right - LEFT) / max(1, len(moments) - 1)
    xs = [LEFT + step * index for index in range(len(moments))]
    shapes, dots, ends = [], [], []
    for place, each in enumerate(series):
        tone, name = tone_of(each, place), str(each.label)
        run: list[str] = []
        last: Label | None = None
        for x, value in zip(xs, each.values, strict=True):
            if value is None:
                shapes += _run(run, tone, name)
                dots += [last] if last and len(run) == 1 else []
                run = []
                continue
            y = offset - factor * float(value)
            run.append(f"{x:.1f},{y:.1f}")
            last = Label(_r(x), _r(y), name, value, tone)
        shapes += _run(run, tone, name)
        if last:
            dots.append(last)
            ends.append(last)
    ends.sort(key=lambda end: end.y)
    ys = spread([end.y + 4 for end in ends], TOP + 8, bottom)
    labels = [
        Label(right + 10, y, shorten(end.text, _LETTERS), end.value, end.tone) for end, y in zip(ends, ys, strict=True)
    ]
    axes = Axes(
        _grid(top, factor, offset, foot),
        _ends(thinned(moments, xs, right - LEFT), LEFT, right),
        LEFT,
        right,
        TOP,
        bottom,
        WIDTH,
        height,
        unit,
    )
    goal = Tick(_r(offset - factor * float(target)), target) if target else None
    return Lines(axes, shapes, list(dict.fromkeys(dots)), labels, goal)


def _r(value: float) -> float:
    return round(value, 1)


def _grid(top: int, factor: float, offset: float, foot: int = 0) -> list[Tick]:
    return [Tick(_r(offset - factor * value), value) for value in ([foot, 0, top] if foot else [0, top // 2, top])]


def _run(points: list[str], tone: str, name: str) -> list[Shape]:
    """An unbroken piece of a line."""
    return [Shape(" ".join(points), tone, name)] if len(points) > 1 else []
