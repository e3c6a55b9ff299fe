"""What became of what: ribbons from the states at the left to those at the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.rules.charts.parts import TONES, WIDTH, Box, Label, Number, Shape, floor_of, shorten, spread

HEIGHT = 260
_TOP, _BOTTOM, _GAP, _BLOCK = 10, 10, 10, 12
#: Room for the words on both sides.
_WORDS = 146
_NAMES = 18


@dataclass(frozen=True, slots=True)
class State:
    """Where clients, sales and so on can be; ``tone`` as of :class:`~reports.rules.charts.Series`."""

    key: str
    label: object
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Ribbons:
    """Blocks of both sides, the ribbons between them, and how many each side of each state has."""

    ribbons: list[Shape]
    blocks: list[Box]
    left_labels: list[Label]
    right_labels: list[Label]
    width: int = WIDTH
    height: int = HEIGHT
    unit: str = "count"


def ribbons(
    left: Sequence[State],
    right: Sequence[State],
    flows: Mapping[tuple[str, str], Number],
    *,
    unit: str = "count",
    height: int = HEIGHT,
) -> Ribbons | None:
    """How many went from each state at the left to each at the right: as thick as they are many.

    Args:
        flows: by the keys of both states; what stayed as it was belongs to it too, if it is to be drawn.

    Returns:
        None when nothing went anywhere.

    Raises:
        KeyError: a flow from or to a state that is on neither side.
    """
    amounts = {pair: floor_of(value) for pair, value in flows.items() if floor_of(value)}
    if not amounts:
        return None
    total = sum(amounts.values())
    gaps = max(len(left), len(right)) - 1
    scale = (height - _TOP - _BOTTOM - _GAP * gaps) / total
    x_left, x_right = _WORDS, WIDTH - _WORDS - _BLOCK
    starts, left_blocks = _side(left, [pair[0] for pair in amounts], amounts, x_left, scale)
    ends, right_blocks = _side(right, [pair[1] for pair in amounts], amounts, x_right, scale)
    tones = {state.key: _tone(state, place) for place, state in enumerate(left)}
    names = {state.key: str(state.label) for state in [*right, *left]}
    # In the order of both sides, so that ribbons of one block do not cross more than they must.
    places = ({s.key: n for n, s in enumerate(left)}, {s.key: n for n, s in enumerate(right)})
    drawn = []
    for source, goal in sorted(amounts, key=lambda pair: (places[0][pair[0]], places[1][pair[1]])):
        thick = amounts[source, goal] * scale
        y1, y2 = starts[source], ends[goal]
        starts[source] += thick
        ends[goal] += thick
        drawn.append(
            Shape(
                _path(x_left + _BLOCK, y1, x_right, y2, thick),
                tones[source],
                f"{names[source]} → {names[goal]}",
                flows[source, goal],
            )
        )
    return Ribbons(
        drawn,
        [*left_blocks, *right_blocks],
        _labels(left_blocks, x_left - 8, height),
        _labels(right_blocks, x_right + _BLOCK + 8, height),
        WIDTH,
        height,
        unit,
    )


def _tone(state: State, place: int) -> str:
    return state.tone or str(place % TONES + 1)


def _side(
    states: Sequence[State], keys: Sequence[str], amounts: Mapping[tuple[str, str], float], x: float, scale: float
) -> tuple[dict[str, float], list[Box]]:
    """Where the ribbons of each state begin, and the blocks of one side, from the top down."""
    sums = dict.fromkeys((state.key for state in states), 0.0)
    for key, amount in zip(keys, amounts.values(), strict=True):
        sums[key] += amount
    begins, blocks, y = {}, [], float(_TOP)
    for place, state in enumerate(states):
        if not sums[state.key]:
            continue
        tall, amount = sums[state.key] * scale, sums[state.key]
        begins[state.key] = y
        number = int(amount) if amount == int(amount) else amount
        name = str(state.label)
        blocks.append(Box(x, round(y, 1), _BLOCK, round(tall, 1), _tone(state, place), name=name, value=number))
        y += tall + _GAP
    return begins, blocks


def _path(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    middle = (x1 + x2) / 2
    return (
        f"M{x1:.1f},{y1:.1f}C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}v{thick:.1f}"
        f"C{middle:.1f},{y2 + thick:.1f} {middle:.1f},{y1 + thick:.1f} {x1:.1f},{y1 + thick:.1f}z"
    )


def _labels(blocks: Sequence[Box], x: float, height: int) -> list[Label]:
    ys = spread([box.y + box.height / 2 + 4 for box in blocks], _TOP + 8, height - 4)
    return [
        Label(round(x, 1), y, shorten(box.name, _NAMES), box.value, box.tone) for box, y in zip(blocks, ys, strict=True)
    ]
