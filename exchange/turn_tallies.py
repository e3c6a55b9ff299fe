"""Turns of colours, added up in the database (:mod:`crm.tallies`)."""

from collections.abc import Sequence

from crm.tallies import Source, Sums, Tallies, month, year

_BY = {name: f"r.{name}" for name in ("manager_id", "from_zone", "to_zone", "cause")}


def _sums(vendor: str) -> Sequence[Sums]:
    numbers, condition = {"number": "1"}, "r.manager_id IS NOT NULL"
    return [
        Sums("exchange.TurnYear", {"year": year(vendor, "r.date"), **_BY}, numbers, condition),
        Sums("exchange.TurnMonth", {"month": month(vendor, "r.date"), **_BY}, numbers, condition),
    ]


TURNS = Tallies(Source("turns", "exchange_zonetransition", ("date", *_BY), _sums))
