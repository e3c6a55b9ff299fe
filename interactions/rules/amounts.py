"""What lines of a sale come to."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

_KOPECK = Decimal("0.01")


class Line(Protocol):
    """A product of a sale; ``discount`` in per cent of the price."""

    quantity: Decimal
    price: Decimal | None
    discount: Decimal


def line_total(*, quantity: Decimal, price: Decimal | None, discount: Decimal) -> Decimal | None:
    """What a line comes to, to the kopeck; None while it has no price."""
    if price is None:
        return None
    return (Decimal(quantity * price * (100 - discount)) / 100).quantize(_KOPECK, ROUND_HALF_UP)


def lines_total(lines: Iterable[Line]) -> Decimal | None:
    """What the priced lines come to; None when none has a price: that is not the same as nothing."""
    totals = [line_total(quantity=line.quantity, price=line.price, discount=line.discount) for line in lines]
    priced = [total for total in totals if total is not None]
    return sum(priced, Decimal()) if priced else None
