"""The head's control a second time: client by client, everything that hangs on each looked through by hand."""

import datetime as dt
from collections import defaultdict
from functools import cached_property
from typing import Any

from clients.models import Client, ContactPerson, ContactPoint
from crm import clock
from interactions.models import Event, EventKind, ProcessKind, ProcessLine, SalesProcess, Stage
from reports.tests.naive.asking import Asked

QUERIES = [
    *({"variant": name} for name in ("touches", "interactions", "warm", "interests", "funnel")),
    {"variant": "touches", "period": "365", "compare": "previous"},
    {"variant": "interactions", "category": "A"},
    {"variant": "clients"},
    {"variant": "clients-interests"},
    {"variant": "interests", "kind": "1"},
    {"kind": "1"},
]
PORTRAIT = ("profile", "decision_making", "preferences", "potential", "category", "website")
PORTRAIT_KEYS = ("industry_id", "region_id", "source_id", "employees")
WORST = {"red": 0, "yellow": 1, "green": 2}
COLUMNS = {
    "": ["clients", "green", "yellow", "red", "no_sale", "overdue", "portrait", "contacts"],
    "touches": ["clients", "contacts_made", "touched", "untouched"],
    "interactions": ["clients", "done", "contacts_made", "plans", "overdue_plans", "overdue", "unplanned"],
    "warm": ["clients", "warm", "warm_sale", "warm_contact", "cold"],
    "interests": ["sales", "amount", "idle", "late", "unplanned_sales"],
}


class Company:
    """Everything, and what hangs on what."""

    def __init__(self, ask: Asked) -> None:
        self.ask, self.start = ask, clock.day_start(ask.today)
        self.kinds = {kind.pk: kind for kind in ask.all(EventKind)}
        self.stages = {stage.pk: stage for stage in ask.all(Stage)}

    def of_client(self, model: Any) -> dict[int, list[Any]]:
        found = defaultdict(list)
        for row in self.ask.all(model):
            found[row.client_id].append(row)
        return found

    @cached_property
    def events(self) -> dict[int, list[Event]]:
        return self.of_client(Event)

    @cached_property
    def persons(self) -> dict[int, list[ContactPerson]]:
        return self.of_client(ContactPerson)

    @cached_property
    def points(self) -> dict[int, list[ContactPoint]]:
        return self.of_client(ContactPoint)

    @cached_property
    def sales(self) -> dict[int, list[SalesProcess]]:
        kind = self.ask.query.get("kind", "")
        found = self.of_client(SalesProcess)
        return {
            client: [sale for sale in rows if sale.status == "open" and kind in ("", str(sale.kind_id))]
            for client, rows in found.items()
        }

    def is_reached(self, client: Client) -> bool:
        people = [person for person in self.persons.get(client.pk, []) if person.is_active]
        points = self.points.get(client.pk, [])
        if not people:
            return client.kind == "person" and any(point.person_id is None for point in points)
        return all(any(point.person_id == person.pk for point in points) for person in people)

    def filled(self, client: Client) -> int:
        words = sum(bool(getattr(client, name)) for name in PORTRAIT)
        return words + sum(getattr(client, name) is not None for name in PORTRAIT_KEYS)

    def is_idle(self, sale: SalesProcess) -> bool:
        allowed = self.stages[sale.stage_id].allowed_idle_days if sale.stage_id else None
        since = sale.active_on or sale.started_on
        return allowed is not None and since is not None and (self.ask.today - since).days > allowed

    def facts(self, client: Client) -> dict[str, Any]:
        """All figures of one client."""
        ask, rules = self.ask, self.ask.rules
        events, sales = self.events.get(client.pk, []), self.sales.get(client.pk, [])
        plans = [event for event in events if event.status == "planned"]
        late = [event for event in plans if event.occurred_at < self.start]
        contacts = [event for event in events if ask.during(event.counted_on)]
        done = [
            event
            for event in events
            if event.status == "done"
            and not self.kinds[event.kind_id].is_system
            and event.approval not in ("pending", "rejected")
            and ask.during(clock.local_date(event.occurred_at))
        ]
        problems = {
            "no_sale": not sales,
            "overdue": bool(late),
            "portrait": 100 * self.filled(client) < rules["control.portrait_percent"] * 10,
            "contacts": not self.is_reached(client),
        }
        is_critical = any(bad and rules[f"control.{name}_critical"] is not None for name, bad in problems.items())
        light = "red" if is_critical else "yellow" if any(problems.values()) else "green"
        days = dt.timedelta(days=rules["control.warm_days"])
        is_fresh = client.last_contact_on is not None and client.last_contact_on > ask.today - days
        planned_in = {event.process_id for event in plans if event.occurred_at >= self.start}
        return {
            **problems,
            "clients": 1,
            light: 1,
            "light": light,
            "contacts_made": len(contacts),
            "touched": bool(contacts),
            "untouched": not contacts,
            "done": len(done),
            "plans": len(plans) - len(late),
            "overdue_plans": len(late),
            "unplanned": len(plans) == len(late),
            "warm": bool(sales) or is_fresh,
            "warm_sale": bool(sales),
            "warm_contact": is_fresh,
            "cold": not sales and not is_fresh,
            **self.of_sales(sales, planned_in),
        }

    def of_sales(self, sales: list[SalesProcess], planned_in: set[int | None]) -> dict[str, Any]:
        return {
            "sales": len(sales),
            "amount": sum(sale.amount or 0 for sale in sales),
            "idle": sum(self.is_idle(sale) for sale in sales),
            "late": sum(bool(sale.expected_close_on and sale.expected_close_on < self.ask.today) for sale in sales),
            "unplanned_sales": sum(sale.pk not in planned_in for sale in sales),
        }


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    company, variant = Company(ask), ask.query.get("variant", "")
    category = ask.query.get("category", "")
    clients = [
        client
        for client in ask.all(Client)
        if client.manager_id is not None and client.manager_id in ask.whose and category in ("", client.category)
    ]
    facts = {client.pk: company.facts(client) for client in clients}
    found: dict[tuple[str, str, str], Any] = {}
    if columns := COLUMNS.get(variant):
        for line, whose in ask.lines():
            theirs = [facts[client.pk] for client in clients if client.manager_id in whose]
            found |= {("managers", line, key): sum(each.get(key, 0) for each in theirs) for key in columns}
            if variant == "touches":
                contacts = sum(each["contacts_made"] for each in theirs)
                found["managers", line, "each"] = contacts / len(theirs) if theirs else None
    if variant == "interests":
        found |= _interests(ask, company, clients)
    if variant == "funnel":
        found |= _stages(ask, company, clients)
    if variant in ("clients", "clients-interests") or (not variant and ask.query.get("manager")):
        found |= _lines(company, clients, facts, with_sales=variant == "clients-interests")
    return found


def _interests(ask: Asked, company: Company, clients: list[Client]) -> dict[tuple[str, str, str], Any]:
    found: dict[tuple[str, str, str], Any] = {}
    sales = [sale for client in clients for sale in company.sales.get(client.pk, [])]
    ahead = {e.process_id for e in ask.all(Event) if e.status == "planned" and e.occurred_at >= company.start}
    for kind in ask.all(ProcessKind):
        of_kind = company.of_sales([sale for sale in sales if sale.kind_id == kind.pk], ahead)
        found |= {("kinds", f"kind {kind.pk}", key): value for key, value in of_kind.items()}
    open_sales = {sale.pk for sale in sales}
    pairs = {(line.product_id, line.process_id) for line in ask.all(ProcessLine) if line.process_id in open_sales}
    for product, _sale in pairs:
        place = ("products", f"product {product}", "sales")
        found[place] = found.get(place, 0) + 1
    return found


def _stages(ask: Asked, company: Company, clients: list[Client]) -> dict[tuple[str, str, str], Any]:
    found: dict[tuple[str, str, str], Any] = defaultdict(int)
    for line, whose in ask.lines():
        for client in clients:
            for sale in company.sales.get(client.pk, []) if client.manager_id in whose else ():
                table = f"kind_{sale.kind_id}"
                found[table, line, "sales"] += 1
                found[table, line, "amount"] += sale.amount or 0
                if sale.stage_id:
                    found[table, line, f"stage_{sale.stage_id}"] += 1
    return dict(found)


def _lines(
    company: Company, clients: list[Client], facts: dict[int, dict[str, Any]], *, with_sales: bool
) -> dict[tuple[str, str, str], Any]:
    """The first hundred: the worst first, then who was spoken with longest ago, or never."""
    found: dict[tuple[str, str, str], Any] = {}
    shown = [client for client in clients if facts[client.pk]["sales"]] if with_sales else clients
    shown.sort(key=lambda c: (WORST[facts[c.pk]["light"]], c.last_contact_on or dt.date.min, c.pk))
    for client in shown[:100]:
        said = facts[client.pk]
        line = f"client {client.pk}"
        found |= {("clients", line, key): said[key] for key in ("sales", "amount", "overdue_plans", "contacts_made")}
        found["clients", line, "light"] = said["light"]
        found["clients", line, "portrait"] = 10 * company.filled(client)
        found["clients", line, "reached"] = "missing" if said["contacts"] else "there"
        found["clients", line, "last_contact"] = client.last_contact_on
        for sale in company.sales.get(client.pk, []) if with_sales else ():
            where = company.stages[sale.stage_id] if sale.stage_id else sale.kind
            found["clients", f"sale {sale.pk}", "light"] = str(where)
            found["clients", f"sale {sale.pk}", "amount"] = sale.amount
            found["clients", f"sale {sale.pk}", "last_contact"] = sale.active_on
    return found
