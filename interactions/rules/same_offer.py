"""Whether two people are about to offer a client the same. Pure: no database."""

import datetime as dt
from dataclasses import dataclass

from crm.web.text import fold

#: From so many per cent on two subjects say the same: "Offer of ten pumps" and "ten pumps: offer".
LIKE = 80
#: A shorter subject ("call", "offer") is like that of every other plan.
SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan or an open sale.

    Attributes:
        by: who is responsible.
        on: the day of a plan; None for an open sale, which lasts.
        event_kind: of a plan.
        sale: of a sale its own id, of a plan that of the sale it belongs to.
        sale_kind: the kind of that sale.
        products: what is offered; empty where nobody has said.
        subject: the words of a plan, or the sale's title.
    """

    by: int
    on: dt.date | None = None
    event_kind: int | None = None
    sale: int | None = None
    sale_kind: int | None = None
    products: frozenset[int] = frozenset()
    subject: str = ""


def is_same(one: Offer, other: Offer, *, days: int) -> bool:
    """Whether these are the same offer of two people. Who works on one sale together offers nothing twice.

    Two plans: no more than ``days`` apart, and alike in their subject, or of one kind within sales of one kind that may
    be about the same products. Two sales: of one kind, which may be about the same products. A plan and a sale: the
    plan has a sale of its own to be compared by, or its subject is like the sale's title.
    """
    if one.by == other.by or (one.sale and one.sale == other.sale):
        return False
    if one.on and other.on:
        if abs((one.on - other.on).days) > days:
            return False
        return _alike(one, other) or (one.event_kind == other.event_kind and _same_sale(one, other))
    if one.on is None and other.on is None:
        return _same_sale(one, other)
    return _alike(one, other)


def _same_sale(one: Offer, other: Offer) -> bool:
    if one.sale_kind is None or one.sale_kind != other.sale_kind:
        return False
    return not one.products or not other.products or bool(one.products & other.products)


def _alike(one: Offer, other: Offer) -> bool:
    words = fold(one.subject), fold(other.subject)
    if min(map(len, words)) < SHORTEST:
        return False
    from rapidfuzz.fuzz import token_sort_ratio  # few requests need it, and it is large

    return token_sort_ratio(*words) >= LIKE
