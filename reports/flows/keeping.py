"""What is added up of which rows (:mod:`crm.tallies`)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from crm.tallies import Source, Sums, Tallies, month, year


class What(StrEnum):
    """What flowed. Arrivals that hold also have their reason: "lost_idle"."""

    BEGAN = "began"
    FOUND = "found"
    ENDED = "ended"
    NEW = "new"
    TAKEN = "taken"
    LOST = "lost_"
    UNDONE = "undone"
    WON = "won"
    FAILED = "failed"
    PRICED = "priced"
    WON_NEW = "won_new"


_ORIGIN = {"source": "source_id", "region": "region_id"}
_ONE = {"number": "1", "amount": "0"}


def day_number(vendor: str, day: str) -> str:
    """SQL: a date as ``date.toordinal`` has it."""
    return (
        f"{day} - DATE '0001-01-01' + 1" if vendor == "postgresql" else f"CAST(julianday({day}) - 1721424.5 AS INTEGER)"
    )


def _by_whose(
    vendor: str, what: str, whose: str, day: str, numbers: Mapping[str, str] = _ONE, condition: str = "TRUE"
) -> list[Sums]:
    by = {"what": what, "whose": f"r.{whose}"}
    return [
        Sums("reports.FlowYear", {"year": year(vendor, day), **by}, numbers, condition),
        Sums("reports.FlowMonth", {"month": month(vendor, day), **by}, numbers, condition),
    ]


def _by_all(
    vendor: str,
    what: str,
    whose: str,
    day: str,
    numbers: Mapping[str, str] = _ONE,
    condition: str = "TRUE",
    *,
    first: str = "",
    among: str = "TRUE",
) -> list[Sums]:
    """By whose, by day, and by where the client is from."""
    years, months = _by_whose(vendor, what, whose, day, numbers, condition)
    days = Sums("reports.FlowDay", {"day": day, "what": what}, numbers, condition)
    origins = Sums(
        "reports.FlowOrigin",
        {"month": month(vendor, day), "what": what},
        numbers,
        condition,
        of_client=_ORIGIN,
    )
    return [replace(each, first=first, among=among) for each in (years, months, days, origins)]


def _of_owners(vendor: str) -> Sequence[Sums]:
    begun = {"number": "1", "amount": day_number(vendor, "r.since")}
    ended = {"number": "1", "amount": day_number(vendor, "r.until")}
    return [
        *_by_whose(vendor, f"'{What.BEGAN}'", "manager_id", "r.since", begun),
        *_by_whose(vendor, f"'{What.FOUND}'", "manager_id", "r.since", condition="r.gained = 'created'"),
        *_by_whose(vendor, f"'{What.ENDED}'", "manager_id", "r.until", ended, "r.until IS NOT NULL"),
    ]


def _of_new_clients(vendor: str) -> Sequence[Sums]:
    return _by_all(
        vendor, f"'{What.NEW}'", "manager_id", "r.since", condition="r.gained <> 'imported'", first="since, id"
    )


def _of_arrivals(vendor: str) -> Sequence[Sums]:
    what = f"CASE WHEN r.undone_at IS NULL THEN '{What.LOST}' || r.reason ELSE '{What.UNDONE}' END"
    return _by_all(vendor, what, "manager_id", "r.date")


def _of_claims(vendor: str) -> Sequence[Sums]:
    return _by_all(vendor, f"'{What.TAKEN}'", "manager_id", "r.date")


def _of_sales(vendor: str) -> Sequence[Sums]:
    what = f"CASE WHEN r.status = 'won' THEN '{What.WON}' ELSE '{What.FAILED}' END"
    priced = "r.status = 'won' AND r.amount IS NOT NULL"
    return [
        *_by_all(vendor, what, "responsible_id", "r.closed_on", _money(vendor), "r.closed_on IS NOT NULL"),
        *_by_all(vendor, f"'{What.PRICED}'", "responsible_id", "r.closed_on", condition=priced),
    ]


def _of_first_sales(vendor: str) -> Sequence[Sums]:
    return _by_all(
        vendor,
        f"'{What.WON_NEW}'",
        "responsible_id",
        "r.closed_on",
        _money(vendor),
        first="closed_on, id",
        among="status = 'won'",
    )


def _money(vendor: str) -> dict[str, str]:
    amount = "r.amount * 100" if vendor == "postgresql" else "CAST(round(r.amount * 100) AS INTEGER)"
    return {"number": "1", "amount": f"coalesce({amount}, 0)"}


_OWNERS, _SALES = "clients_ownershipperiod", "interactions_salesprocess"
_OF_SALE = ("client_id", "responsible_id", "status", "closed_on", "amount")

FLOWS = Tallies(
    Source("flow_owner", _OWNERS, ("manager_id", "since", "until", "gained"), _of_owners),
    Source("flow_first", _OWNERS, ("id", "client_id", "manager_id", "since", "gained"), _of_new_clients),
    Source(
        "flow_arrival", "exchange_detachment", ("client_id", "manager_id", "date", "reason", "undone_at"), _of_arrivals
    ),
    Source("flow_claim", "exchange_claim", ("client_id", "manager_id", "date"), _of_claims),
    Source("flow_sale", _SALES, _OF_SALE, _of_sales),
    Source("flow_win", _SALES, ("id", *_OF_SALE), _of_first_sales),
)
