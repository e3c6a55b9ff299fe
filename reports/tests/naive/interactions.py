"""Interactions a second time: event by event."""

from collections import Counter
from typing import Any

from clients.models import Client
from crm import clock
from interactions.models import Event, EventKind
from reports.tests.naive.asking import Asked

QUERIES = [{"category": "A"}, {"period": "365", "kind": "1"}]
#: So many clients have a line.
SHOWN = 20
#: So many kinds have a column of their own.
KINDS = 3


def numbers_of(ask: Asked, event: Event) -> list[str]:
    """The columns an event is counted in."""
    kind = {each.pk: each for each in ask.all(EventKind)}[event.kind_id]
    if event.status == "planned":
        client = {each.pk: each for each in ask.all(Client)}[event.client_id]
        if client.manager_id is None and client.exchange_since is not None and not may_work_there(ask, event):
            return []
        return ["overdue" if clock.local_date(event.occurred_at) < ask.today else "planned"]
    is_fact = event.status == "done" and event.approval not in ("pending", "rejected")
    if not is_fact or not ask.during(clock.local_date(event.occurred_at)):
        return []
    found = ["steps"] if kind.is_system else ["done", f"kind_{kind.pk}"]
    return [*found, "counted"] if event.counted_on else found


def may_work_there(ask: Asked, event: Event) -> bool:
    """Directors and administrators may, and who helps with the client."""
    from clients.models import CoManager, Manager

    who = {each.pk: each for each in ask.all(Manager)}[event.responsible_id]
    helps = any(row.client_id == event.client_id and row.manager_id == who.pk for row in ask.all(CoManager))
    return who.role == "director" or who.is_staff or helps


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    clients = {each.pk: each for each in ask.all(Client)}
    by_manager: dict[int, Counter] = {}
    by_client: dict[int, Counter] = {}
    for event in ask.all(Event):
        if event.responsible_id not in ask.whose:
            continue
        if ask.query.get("category") and clients[event.client_id].category != ask.query["category"]:
            continue
        if ask.query.get("kind") and str(event.kind_id) != ask.query["kind"]:
            continue
        for column in numbers_of(ask, event):
            by_manager.setdefault(event.responsible_id, Counter())[column] += 1
            by_client.setdefault(event.client_id, Counter())[column] += 1
    total = sum(by_manager.values(), Counter())
    by_hand = [kind for kind in ask.all(EventKind) if not kind.is_system]
    order = [f"kind_{kind.pk}" for kind in sorted(by_hand, key=lambda kind: (kind.position, kind.name))]
    found: dict[tuple[str, str, str], Any] = {("kinds", key.replace("_", " "), "done"): total[key] for key in order}
    for numbers in (*by_manager.values(), *by_client.values()):
        for key in order[KINDS:]:
            numbers["others"] += numbers.pop(key, 0)
    for line, whose in ask.lines():
        for pk in whose:
            for column, number in by_manager.get(pk, Counter()).items():
                found["managers", line, column] = found.get(("managers", line, column), 0) + number
    touched = [pk for pk, numbers in by_client.items() if numbers["done"]]
    for pk in sorted(touched, key=lambda pk: (-by_client[pk]["done"], pk))[:SHOWN]:
        for column, number in by_client[pk].items():
            found["clients", f"client {pk}", column] = number
    return found
