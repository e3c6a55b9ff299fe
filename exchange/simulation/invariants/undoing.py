"""Undo restores exactly: how clients were before they left is kept, and compared with how they are when given back."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Max

from clients.models import Client, OwnershipPeriod
from exchange.simulation.invariants.broken import Look
from exchange.simulation.invariants.naive import Book, colour
from interactions.models import Event, SalesProcess

#: An undo is possible for a week; what is older is forgotten.
_KEPT = dt.timedelta(days=20)


@dataclass(frozen=True, slots=True)
class Before:
    """How a client was while it was held.

    Attributes:
        plans: (event, responsible, when) of all that was planned.
        sales: (sale, responsible) of all that was open.
        period: its open owner period: (id, since, how it came).
    """

    day: dt.date
    manager: int
    last_manager: int | None
    assigned_on: dt.date
    last_contact_on: dt.date | None
    clock_date: dt.date
    plans: frozenset[tuple[int, int, dt.datetime]]
    sales: frozenset[tuple[int, int]]
    period: tuple[int, dt.date, str]


class Befores:
    """The pictures taken of clients that may be about to leave."""

    def __init__(self, look: Callable[[dt.date], Look]) -> None:
        self._look = look
        self._kept: dict[int, Before] = {}
        #: How many were compared.
        self.compared = 0

    def remember(self, client_ids: Iterable[int], day: dt.date) -> None:
        """Keep how these held clients are now."""
        self._kept |= _read(sorted(set(client_ids)), day)

    def forget(self, day: dt.date) -> None:
        """Drop what is too old to be undone."""
        self._kept = {pk: before for pk, before in self._kept.items() if before.day > day - _KEPT}

    def drop(self, client_ids: Iterable[int]) -> None:
        """These clients will not be as they were: they were merged."""
        for pk in client_ids:
            self._kept.pop(pk, None)

    def given_back(self, client_ids: Iterable[int], day: dt.date) -> None:
        """These clients were given back just now: they must be as they were.

        Raises:
            InvariantBroken: one is not.
        """
        look = self._look(day)
        known = [pk for pk in client_ids if pk in self._kept]
        now = _read(known, day)
        for pk in known:
            if pk not in now:
                look.broken("undo gives back", "nobody holds it", client=pk)
            before, after = self._kept[pk], now[pk]
            # The days between are no difference; a contact that was registered on the exchange is one that stays.
            expected = replace(before, day=after.day, last_contact_on=after.last_contact_on)
            if after.last_contact_on != before.last_contact_on:
                expected = replace(expected, clock_date=max(filter(None, (after.last_contact_on, before.assigned_on))))
            if expected != after:
                look.broken("undo restores exactly", f"it was\n{expected}\nand is\n{after}", client=pk)
            self.compared += 1
        _dates(look, known)


def _read(ids: list[int], day: dt.date) -> dict[int, Before]:
    plans: dict[int, set[tuple[int, int, dt.datetime]]] = {pk: set() for pk in ids}
    sales: dict[int, set[tuple[int, int]]] = {pk: set() for pk in ids}
    planned = Event.objects.filter(client__in=ids, status="planned")
    for client, pk, who, when in planned.values_list("client_id", "pk", "responsible_id", "occurred_at"):
        plans[client].add((pk, who, when))
    selling = SalesProcess.objects.filter(client__in=ids, status="open")
    for client, pk, who in selling.values_list("client_id", "pk", "responsible_id"):
        sales[client].add((pk, who))
    periods: dict[int, Any] = {
        holder: tuple(rest)
        for holder, *rest in OwnershipPeriod.objects.filter(client__in=ids, until=None).values_list(
            "client_id", "pk", "since", "gained"
        )
    }
    found = {}
    for row in Client.objects.filter(pk__in=ids, manager__isnull=False):
        assert row.manager_id
        assert row.assigned_on
        assert row.clock_date
        found[row.pk] = Before(
            day=day,
            manager=row.manager_id,
            last_manager=row.last_manager_id,
            assigned_on=row.assigned_on,
            last_contact_on=row.last_contact_on,
            clock_date=row.clock_date,
            plans=frozenset(plans[row.pk]),
            sales=frozenset(sales[row.pk]),
            period=periods.get(row.pk, (0, day, "")),
        )
    return found


def _dates(look: Look, ids: list[int]) -> None:
    """Dates and colour by today's policies and absences: these may have changed while it was away."""
    book = Book(look)
    talked = dict(
        Event.objects.filter(client__in=ids, counted_on__isnull=False)
        .order_by()
        .values("client")
        .annotate(last=Max("counted_on"))
        .values_list("client", "last")
    )
    for client in Client.objects.filter(pk__in=ids).select_related("manager__department"):
        assert client.manager, "it was compared"
        assert client.assigned_on
        path = client.manager.department.path if client.manager.department else ""
        contact = talked.get(client.pk)
        counted_from = max(client.assigned_on, contact) if contact else client.assigned_on
        naive = book.dates(client.manager.pk, path, client.category, counted_from)
        stored = (client.yellow_on, client.red_on, client.detach_on)
        if stored != naive or client.zone != colour(naive, look.day):
            look.broken("undo restores exactly", f"{stored} {client.zone}, not {naive}", client=client.pk)
        if client.exchange_since or client.quarantine_until or client.archived_at:
            look.broken("undo gives back", "it still stands on the exchange", client=client.pk)
