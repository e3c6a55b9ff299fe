"""How well a norm is kept. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

#: The norm in percent of itself.
REACHED = 100
#: Below this share of the norm somebody needs a talk.
LOW = 50


def share_of(points: int, norm: int) -> float | None:
    """Points in percent of the norm; None where nothing is expected."""
    return 100 * points / norm if norm else None


def tone_of(share: float | None) -> str:
    """Whether a share of the norm is "good" or "bad"; "" in between, and where nothing is expected."""
    if share is None:
        return ""
    return "good" if share >= REACHED else "bad" if share < LOW else ""


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of whom something is expected reached the norm, and how many earned less than half of it."""

    of: int
    reached: int
    low: int


def kept(shares: Iterable[float | None]) -> Kept:
    """Those of whom nothing is expected are nobody here."""
    known = [share for share in shares if share is not None]
    return Kept(len(known), sum(each >= REACHED for each in known), sum(each < LOW for each in known))
