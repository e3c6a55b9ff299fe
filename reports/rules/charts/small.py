"""A picture of the size of a word: the direction of one number."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.rules.charts.parts import Number, known

WIDTH, HEIGHT = 84, 22
_EDGE = 3


@dataclass(frozen=True, slots=True)
class Spark:
    """Pieces of one line (it breaks where nothing is known), and the last known value as a dot."""

    pieces: list[str]
    dot_x: float
    dot_y: float
    width: int = WIDTH
    height: int = HEIGHT


def spark(values: Sequence[Number | None]) -> Spark | None:
    """A line as high as the distance between the least and the largest value; one without any lies in the middle.
    None with fewer than two known values."""
    found = known(values)
    if len(found) < 2:
        return None
    lowest, span = min(found), max(found) - min(found)
    step = (WIDTH - 2 * _EDGE) / (len(values) - 1)
    pieces: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            pieces.append([])
            continue
        part = (float(value) - lowest) / span if span else 0.5
        pieces[-1].append((_EDGE + step * index, HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * part))
    drawn = [piece for piece in pieces if piece]
    last_x, last_y = drawn[-1][-1]
    return Spark(
        [" ".join(f"{x:.1f},{y:.1f}" for x, y in piece) for piece in drawn if len(piece) > 1],
        round(last_x, 1),
        round(last_y, 1),
    )
