"""Clients and sales once more."""

import calendar
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from clients.models import Client, LeadSource, OwnershipPeriod, Region
from exchange.models import Claim, Detachment, Shelving
from interactions.models import SalesPlan, SalesProcess
from reports.tests.naive.asking import Asked

QUERIES = [
    {"period": "365", "category": "A"},
    {"region": "none", "period": "365"},
    {"source": "1", "period": "365", "compare": "previous"},
    {"since": "2026-01-20", "until": "2026-03-10"},
    {"since": "2017-01-01", "until": "2017-06-30", "compare": "previous"},
]

Row = tuple[int | None, int | None, dt.date, Any]  # whose, client, day, the row


class Company:
    def __init__(self, ask: Asked) -> None:
        self.ask = ask
        self.clients = {each.pk: each for each in ask.all(Client)}
        self.sets: dict[str, list[Row]] = {
            "new": self._asked((p.manager_id, p.client_id, p.since, p) for p in self._first_periods()),
            "taken": self._asked((c.manager_id, c.client_id, c.date, c) for c in ask.all(Claim)),
            "lost": self._asked(
                (d.manager_id, d.client_id, d.date, d) for d in ask.all(Detachment) if d.undone_at is None
            ),
            "archived": self._asked(self._archived()),
            "won": self._asked(
                (s.responsible_id, s.client_id, s.closed_on, s) for s in ask.all(SalesProcess) if s.status == "won"
            ),
        }
        firsts = self._first_wins()
        self.sets["won_new"] = [row for row in self.sets["won"] if row[3].pk in firsts]
        self.sets["won_old"] = [row for row in self.sets["won"] if row[3].pk not in firsts]
        self.sets["back"] = [row for row in self.sets["lost"] if self.clients[row[3].client_id].manager_id]

    def _asked(self, rows: Any) -> list[Row]:
        return [row for row in rows if row[0] in self.ask.whose and self.ask.during(row[2]) and self._is_of(row[1])]

    def _is_of(self, client_id: int | None) -> bool:
        """Whether the client meets the filters."""
        client = self.clients.get(client_id) if client_id else None
        for name, attribute in (("category", "category"), ("region", "region_id"), ("source", "source_id")):
            wanted = self.ask.query.get(name)
            if not wanted:
                continue
            value = getattr(client, attribute) if client else None
            if (value is not None) if wanted == "none" else str(value) != wanted:
                return False
        return True

    def _first_periods(self) -> list[OwnershipPeriod]:
        first: dict[int, OwnershipPeriod] = {}
        for period in sorted(self.ask.all(OwnershipPeriod), key=lambda each: (each.since, each.pk)):
            first.setdefault(period.client_id, period)
        return [period for period in first.values() if period.gained != "imported"]

    def _first_wins(self) -> set[int]:
        first: dict[int, int] = {}
        won = [sale for sale in self.ask.all(SalesProcess) if sale.status == "won"]
        for sale in sorted(won, key=lambda each: (each.closed_on, each.pk)):
            first.setdefault(sale.client_id, sale.pk)
        return set(first.values())

    def _archived(self) -> Any:
        came: dict[int, list[Detachment]] = defaultdict(list)
        for each in sorted(self.ask.all(Detachment), key=lambda each: (each.detached_at, each.pk)):
            came[each.client_id].append(each)
        claimed = {claim.client_id for claim in self.ask.all(Claim)}
        for row in self.ask.all(Shelving):
            client = self.clients[row.client_id]
            before = [each for each in came[client.pk] if each.detached_at <= row.made_at]
            if row.action == "archive" and (before or client.exchange_since or client.pk in claimed):
                yield (before[-1].manager_id if before else client.last_manager_id), client.pk, row.date, row

    def plan(self, whose: set[int | None], since: dt.date, until: dt.date) -> Decimal | None:
        """Day by day."""
        if any(self.ask.query.get(name) for name in ("category", "region", "source")):
            return None
        plans: dict[dt.date, Decimal] = defaultdict(Decimal)
        for each in self.ask.all(SalesPlan):
            if each.manager_id in whose:
                plans[each.month] += each.amount
        found, day = None, since
        while day <= until:
            month = day.replace(day=1)
            if month in plans:
                found = (found or Decimal()) + plans[month] / calendar.monthrange(day.year, day.month)[1]
            day += dt.timedelta(days=1)
        return found

    def numbers(self, is_wanted: Any) -> dict[str, Any]:
        """The figures of the rows that are wanted."""
        rows = {key: [row for row in found if is_wanted(row)] for key, found in self.sets.items()}
        found: dict[str, Any] = {key: len(each) for key, each in rows.items()}
        for key in ("won", "won_new", "won_old"):
            found[f"{key}_sum"] = sum((row[3].amount or Decimal() for row in rows[key]), Decimal())
        priced = [row for row in rows["won"] if row[3].amount is not None]
        found["average"] = found["won_sum"] / len(priced) if priced else None
        found["balance"] = found["new"] + found["taken"] - found["lost"]
        return found


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    company = Company(ask)
    found: dict[tuple[str, str, str], Any] = {}

    def put(table: str, line: str, numbers: dict[str, Any], *columns: str) -> None:
        found.update({(table, line, column): numbers[column] for column in columns})

    def with_plan(numbers: dict[str, Any], *asked: Any) -> dict[str, Any]:
        plan = company.plan(*asked)
        return {**numbers, "plan": plan, "done": 100 * numbers["won_sum"] / plan if plan else None}

    clients = ("new", "taken", "lost", "balance")
    sales = ("won_new", "won_new_sum", "won", "won_sum")
    for line, whose in ask.lines():
        numbers = company.numbers(lambda row, whose=whose: row[0] in whose)
        put("clients", line, numbers, *clients, "archived")
        numbers = with_plan(numbers, whose, ask.since, ask.until)
        put(
            "sales",
            line,
            numbers,
            "won_new",
            "won_new_sum",
            "won_sum",
            "won_old",
            "won_old_sum",
            "average",
            "plan",
            "done",
        )
    lost = company.sets["lost"]
    for reason in [*OwnershipPeriod.Lost.values, ""]:
        some = [row for row in lost if reason in ("", row[3].reason)]
        line = f"reason {reason}" if reason else "total"
        found["losses", line, "lost"] = len(some)
        found["losses", line, "back"] = len([row for row in some if row in company.sets["back"]])
        found["losses", line, "share"] = 100 * len(some) / len(lost) if lost else None
    for table, name, model in (("sources", "source", LeadSource), ("regions", "region", Region)):
        for entry in [None, *(each.pk for each in ask.all(model))]:
            numbers = company.numbers(lambda row, name=name, entry=entry: _of(company, row, name) == entry)
            put(table, f"{name} {entry or 'none'}", numbers, *clients, *sales)
        put(table, "total", company.numbers(lambda row: True), *clients, *sales)
    start = ask.since
    while start <= ask.until:
        last = dt.date(start.year, start.month, calendar.monthrange(start.year, start.month)[1])
        end = min(last, ask.until)
        numbers = company.numbers(lambda row, start=start, end=end: start <= row[2] <= end)
        put(
            "months",
            f"month {start:%Y-%m}",
            with_plan(numbers, ask.whose, start, end),
            *clients,
            *sales,
            "plan",
            "done",
        )
        start = end + dt.timedelta(days=1)
    return found


def _of(company: Company, row: Row, name: str) -> int | None:
    client = company.clients.get(row[1]) if row[1] else None
    return getattr(client, f"{name}_id") if client else None
