"""To whom an inquiry goes that is nobody's. Pure: rules, people and turns are read by the caller."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

EVENLY, LOAD = "evenly", "load"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of an inquiry: keys of dictionaries and the amount; None where nobody has said."""

    source: int | None = None
    region: int | None = None
    product: int | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a rule asks for; empty fits everything, also what is not known."""

    sources: frozenset[int] = frozenset()
    regions: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a rule may choose.

    Attributes:
        is_here: works here, and is not away today.
        given_at: when this rule last gave him something; None: never.
        load: how many clients he holds.
    """

    pk: int
    is_here: bool = True
    given_at: dt.datetime | None = None
    load: int = 0


def mismatches(conditions: Conditions, wanted: Wanted) -> list[str]:
    """Which conditions an inquiry does not meet: "source", "region", "product", "amount". What is asked for and not
    known is not met."""
    asked = (
        ("source", conditions.sources, wanted.source),
        ("region", conditions.regions, wanted.region),
        ("product", conditions.products, wanted.product),
    )
    missed = [name for name, allowed, value in asked if allowed and value not in allowed]
    if not _within(wanted.amount, conditions.amount_from, conditions.amount_to):
        missed.append("amount")
    return missed


def whose_turn(method: str, candidates: Iterable[Candidate]) -> int | None:
    """The key of who is next; None when nobody is here.

    ``evenly``: who was given one longest ago, before all who never was. ``load``: who holds the fewest clients, and
    among equals as evenly.
    """
    here = [candidate for candidate in candidates if candidate.is_here]
    if not here:
        return None
    if method == LOAD:
        return min(here, key=lambda each: (each.load, *_turn(each))).pk
    return min(here, key=_turn).pk


def _turn(candidate: Candidate) -> tuple[bool, float, int]:
    given = candidate.given_at
    return given is not None, given.timestamp() if given else 0.0, candidate.pk


def _within(amount: Decimal | None, least: Decimal | None, most: Decimal | None) -> bool:
    if least is None and most is None:
        return True
    if amount is None:
        return False
    return (least is None or amount >= least) and (most is None or amount <= most)
