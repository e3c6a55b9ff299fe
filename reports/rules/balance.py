"""Whether what was, what came and what went make up what is. Pure."""

from decimal import Decimal

Number = int | Decimal


def unexplained(start: Number | None, came: Number, went: Number, end: Number | None) -> Number | None:
    """What is there at the end and did not come, less what went unseen: ``start + came − went + unexplained == end``.

    None where nobody knows the start or the end.
    """
    return None if start is None or end is None else end - (start + came - went)
