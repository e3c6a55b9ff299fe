"""Pictures of one amount for each of many: bars with targets, and the funnel."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.rules.charts.parts import LETTER, PHONE_LETTER, WIDTH, Box, Label, Number, Shape, Tick, floor_of, shorten

#: A bar with its words.
ROW = 24
_BAR = 14
_TOP, _BOTTOM = 6, 6
#: Letters of a number: longer ones are shortened.
_DIGITS = 8
_NAMES = 24


@dataclass(frozen=True, slots=True)
class Amount:
    """One bar, or one stage.

    Attributes:
        target: what it should reach.
        tone: "green", "yellow", "red" and so on; the accent when empty.
        note: few words after the number.
    """

    label: object
    value: Number | None
    target: Number | None = None
    tone: str = ""
    note: object = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the picture: name at the left, bar, number at the right; ``target``: where the mark stands."""

    name: Label
    bar: Box
    number: Label
    note: str = ""
    target: float | None = None
    goal: Number | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """``middle``: a line through all bars, such as the median."""

    rows: list[Row]
    left: float
    right: float
    height: int
    width: int = WIDTH
    middle: Tick | None = None
    middle_label: str = ""
    unit: str = "count"


@dataclass(frozen=True, slots=True)
class Funnel:
    """Stages from the first down; ``slopes`` join them; ``passed``: the share that went on, between two stages."""

    rows: list[Row]
    slopes: list[Shape]
    passed: list[Label]
    height: int
    width: int = WIDTH
    unit: str = "count"


def bars(
    amounts: Sequence[Amount],
    *,
    middle: Number | None = None,
    middle_label: object = "",
    unit: str = "count",
) -> Bars | None:
    """Bars from left to right, one under another. None when nothing is above zero.

    Args:
        middle: a value marked by a line through all of them; ``middle_label`` says what it is.
    """
    largest = max((max(floor_of(each.value), floor_of(each.target)) for each in amounts), default=0.0)
    largest = max(largest, floor_of(middle))
    if not any(floor_of(each.value) for each in amounts):
        return None
    names = [shorten(each.label, _NAMES) for each in amounts]
    left = 12 + max(len(name) for name in names) * PHONE_LETTER
    right = WIDTH - _room(amounts)
    top = _TOP + (ROW - 8 if middle is not None else 0)
    scale = (right - left) / largest
    rows = []
    for place, (each, name) in enumerate(zip(amounts, names, strict=True)):
        y = top + place * ROW
        long = scale * floor_of(each.value)
        goal = floor_of(each.target)
        rows.append(
            Row(
                name=Label(round(left - 8, 1), y + 16, name),
                bar=Box(
                    round(left, 1),
                    y + 5,
                    round(long, 1),
                    _BAR,
                    each.tone or "accent",
                    name=str(each.label),
                    value=each.value,
                ),
                number=Label(round(right + 8, 1), y + 16, "", each.value),
                note=str(each.note),
                target=round(left + scale * goal, 1) if goal else None,
                goal=each.target,
            )
        )
    line = Tick(round(left + scale * floor_of(middle), 1), middle) if middle is not None else None
    return Bars(
        rows, round(left, 1), round(right, 1), top + len(amounts) * ROW + _BOTTOM, WIDTH, line, str(middle_label), unit
    )


def _room(amounts: Sequence[Amount]) -> float:
    """Room for the numbers at the right: value, target and note."""

    def letters(each: Amount) -> int:
        numbers = [number for number in (each.value, each.target) if number is not None]
        written = sum(min(_DIGITS, len(f"{number:,.0f}") + 2) for number in numbers)
        return written + 3 * (len(numbers) > 1) + len(str(each.note)) + 1

    return 20 + LETTER * max(letters(each) for each in amounts)


_STAGE, _SLOPE = 26, 18


def funnel(stages: Sequence[Amount], *, unit: str = "count") -> Funnel | None:
    """Stages as bars around one middle, joined by slopes with the share that passed. ``note`` stands after the number.
    None without anything in any stage."""
    largest = max((floor_of(each.value) for each in stages), default=0.0)
    if not largest:
        return None
    names = [shorten(each.label, _NAMES) for each in stages]
    left = 12 + max(len(name) for name in names) * PHONE_LETTER
    right = WIDTH - _room(stages)
    middle, scale = (left + right) / 2, (right - left) / largest
    rows, slopes, passed = [], [], []
    for place, (each, name) in enumerate(zip(stages, names, strict=True)):
        y = _TOP + place * (_STAGE + _SLOPE)
        # A stage with anything in it is never invisible.
        long = max(scale * floor_of(each.value), 1.0 if each.value else 0.0)
        box = Box(
            round(middle - long / 2, 1),
            y,
            round(long, 1),
            _STAGE,
            each.tone or "accent",
            name=str(each.label),
            value=each.value,
        )
        if rows:
            above = rows[-1].bar
            slopes.append(
                Shape(
                    f"{above.x},{y - _SLOPE} {above.x + above.width:.1f},{y - _SLOPE} "
                    f"{box.x + box.width:.1f},{y} {box.x},{y}",
                    box.tone,
                )
            )
            if before := floor_of(above.value):
                share = 100 * floor_of(each.value) / before
                passed.append(Label(round(middle, 1), y - 5, "", round(share)))
        rows.append(
            Row(
                name=Label(round(left - 8, 1), y + 17, name),
                bar=box,
                number=Label(round(right + 8, 1), y + 17, "", each.value),
                note=str(each.note),
            )
        )
    return Funnel(rows, slopes, passed, _TOP + len(stages) * (_STAGE + _SLOPE) - _SLOPE + _BOTTOM, WIDTH, unit)
