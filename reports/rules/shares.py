"""Parts of a whole. Pure."""

from decimal import Decimal

Number = int | float | Decimal


def percent(part: Number, whole: Number) -> float | None:
    """Which share of the whole a part is, in per cent; None where there is no whole."""
    return 100 * float(part) / float(whole) if whole else None


def mean(total: Number, count: int) -> Number | None:
    """What one comes to; None where there is none."""
    return total / count if count else None
