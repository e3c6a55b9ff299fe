"""What the boxes of the client card read."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
    Window,
)

from clients.models import Client, Manager
from clients.rules.zones import Zone
from clients.selectors import nowhere
from crm import clock
from interactions.models import (
    Agreement,
    Event,
    EventParticipant,
    EventStatus,
    HandOver,
    ProcessStatus,
    SalesProcess,
)
from interactions.selectors.days import local_start

#: Events on one page of a client's history; a card with so many stays under 100 KB.
HISTORY_SIZE = 40
#: More sales of one client than this are read in the list of sales, not on the card.
SALES_READ = 60
#: Of a client with more events than that in three months, so many are looked through for who had to do with it.
_LATELY_READ = 300


def history(client: Client, reader: Manager) -> QuerySet[Event]:
    """A client's events, the latest first, with what a row shows; ``continued_by`` is the event that continues it,
    ``returned_at`` when it was returned with its client (see :func:`when_returned`)."""
    return _with_rows(Event.objects.visible_to(reader).filter(client=client))


def _with_rows(events: QuerySet[Event]) -> QuerySet[Event]:
    continuation = Event.objects.filter(continues=OuterRef("pk")).order_by("occurred_at", "pk").values("pk")[:1]
    people = EventParticipant.objects.select_related("person", "manager").order_by("pk")
    return (
        events.select_related("kind", "responsible", "process", "continues", "continues__kind", "approved_by")
        .select_related("stage_change__to_stage")
        .prefetch_related(Prefetch("participants", people), "agreements")
        .annotate(continued_by=Subquery(continuation), returned_at=when_returned())
        .order_by("-occurred_at", "-pk")
    )


def when_returned() -> Subquery:
    """When a cancelled plan was returned because its client went to the exchange, to annotate events with; empty when
    somebody cancelled it, or the client was given back."""
    returns = HandOver.objects.filter(event=OuterRef("pk"), to_manager=None, undone_at=None)
    return Subquery(returns.order_by("-moment").values("moment")[:1])


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest events of a client; ``is_all``: there are no older ones, so what they do not tell is not there."""

    events: list[Event]
    is_all: bool


def latest_of(client: Client) -> Latest:
    """The first page of a client's history, read once for the whole card: most boxes of the card follow from it.

    Only for a client whose card the reader may see: who may read a client may read its events.
    """
    if not hasattr(client, "_latest_events"):
        rows = list(_with_rows(Event.objects.filter(client=client))[: HISTORY_SIZE + 1])
        client._latest_events = Latest(rows[:HISTORY_SIZE], len(rows) <= HISTORY_SIZE)  # type: ignore[attr-defined]
    return client._latest_events  # type: ignore[attr-defined]


def who_worked_with(client: Client) -> list[Manager]:
    """Everybody who is responsible for an event of a client, by name."""
    latest = latest_of(client)
    if not latest.is_all:
        return list(Manager.objects.filter(pk__in=client.events.order_by().values("responsible").distinct()))
    people = {event.responsible_id: event.responsible for event in latest.events}
    return sorted(people.values(), key=lambda who: (who.last_name, who.first_name, who.username))


def next_steps(client: Client, *, limit: int = 10) -> list[Event]:
    """What is planned with a client, the most pressing first."""
    latest = latest_of(client)
    if latest.is_all:
        planned = [event for event in latest.events if event.status == EventStatus.PLANNED]
        return sorted(planned, key=lambda event: (event.occurred_at, event.pk))[:limit]
    rows = Event.objects.planned().filter(client=client).select_related("kind", "responsible", "process")
    return list(rows.order_by("occurred_at", "pk")[:limit])


#: How many open promises are shown, how many settled ones, and how many are read at all.
AGREEMENTS_READ, _SETTLED_SHOWN, _ALL_AGREEMENTS_READ = 10, 8, 30


@dataclass(frozen=True, slots=True)
class Agreements:
    """The promises of both sides: the open ones, the earliest due first; the settled ones, the latest due first."""

    open: list[Agreement]
    settled: list[Agreement]


def agreements_of(client: Client) -> Agreements:
    """What was agreed with a client. One query, made once for the card; none where its events tell everything."""
    if not hasattr(client, "_agreements"):
        found = _read_agreements(client)
        is_open = Agreement.Status.OPEN
        opened = sorted((each for each in found if each.status == is_open), key=_by_due)
        settled = sorted((each for each in found if each.status != is_open), key=_by_due, reverse=True)
        client._agreements = Agreements(opened[:AGREEMENTS_READ], settled[:_SETTLED_SHOWN])  # type: ignore[attr-defined]
    return client._agreements  # type: ignore[attr-defined]


def _read_agreements(client: Client) -> list[Agreement]:
    latest = latest_of(client)
    if latest.is_all:
        return [each for event in latest.events for each in event.agreements.all()]
    is_open = Q(status=Agreement.Status.OPEN)
    rows = Agreement.objects.filter(event__client=client).select_related("event__kind", "event__responsible")
    rows = rows.annotate(open_due=Case(When(is_open, then=F("due_on"))), settled=Case(When(is_open, then=0), default=1))
    order = ("settled", F("open_due").asc(nulls_last=True), F("due_on").desc(nulls_last=True), "-pk")
    return list(rows.order_by(*order)[:_ALL_AGREEMENTS_READ])


def _by_due(agreement: Agreement) -> tuple[bool, dt.date, int]:
    return agreement.due_on is None, agreement.due_on or dt.date.max, agreement.pk


def open_agreements(client: Client) -> list[Agreement]:
    """Promises of both sides that are neither kept nor broken, the earliest due first."""
    return agreements_of(client).open


def sales_of(client: Client) -> list[SalesProcess]:
    """A client's sales, the open ones first, then the latest closed; at most ``SALES_READ``. Read once for the card.

    Each carries the figures of all the client's sales (``n_won`` and so on), which cost no query of their own.
    """
    if not hasattr(client, "_sales"):
        won = Q(status=ProcessStatus.WON)
        rows = SalesProcess.objects.filter(client=client).select_related("kind", "stage", "responsible", "loss_reason")
        rows = rows.annotate(
            n_won=Window(Count("pk", filter=won)),
            n_lost=Window(Count("pk", filter=Q(status=ProcessStatus.LOST))),
            n_open=Window(Count("pk", filter=Q(status=ProcessStatus.OPEN))),
            n_paid=Window(Count("amount", filter=won)),
            total_won=Window(Sum("amount", filter=won)),
            since_won=Window(Min("closed_on", filter=won)),
            last_won=Window(Max("closed_on", filter=won)),
            total_open=Window(Sum("amount", filter=Q(status=ProcessStatus.OPEN))),
        )
        order = (F("closed_on").desc(nulls_first=True), "-started_on", "-pk")
        client._sales = list(rows.order_by(*order)[:SALES_READ])  # type: ignore[attr-defined]
    return client._sales  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a client has brought: deals won, their total and average, lost and open ones, since when and when last;
    ``open_sum`` is what the open ones may bring."""

    won: int
    lost: int
    open: int
    total: Any
    average: Any
    since: dt.date | None
    last: dt.date | None = None
    open_sum: Any = None


def client_figures(client: Client) -> Figures | None:
    """The figures of one client, from its sales; None when it has none."""
    row: Any = next(iter(sales_of(client)), None)
    if row is None:
        return None
    average = row.total_won / row.n_paid if row.n_paid else None
    return Figures(
        row.n_won, row.n_lost, row.n_open, row.total_won, average, row.since_won, row.last_won, row.total_open
    )


def client_since(client: Client) -> dt.date:
    """The day it was entered, or of the first deal won where that was earlier."""
    entered, found = clock.local_date(client.created_at), client_figures(client)
    return min(entered, found.since) if found and found.since else entered


def contacts_since(client: Client, since: dt.date) -> int:
    """How many contacts with a client counted since a day. No query where the card's events reach back so far."""
    latest = latest_of(client)
    if latest.is_all or clock.local_date(latest.events[-1].occurred_at) < since:
        return sum(event.counted_on is not None and event.counted_on >= since for event in latest.events)
    return client.events.filter(counted_on__gte=since).count()


def last_by_each(client: Client, since: dt.date) -> list[Event]:
    """For everybody who had to do with a client since a day the last event: planned or done, of several the latest.
    No query where the card's events reach back so far."""
    latest = latest_of(client)
    events: Iterable[Event] = latest.events
    if not (latest.is_all or clock.local_date(latest.events[-1].occurred_at) < since):
        rows = client.events.filter(occurred_at__gte=local_start(since - dt.timedelta(days=1))).select_related(
            "kind", "responsible"
        )
        events = rows.order_by("-occurred_at", "-pk")[:_LATELY_READ]
    last: dict[int, Event] = {}
    for event in events:
        if event.status != EventStatus.CANCELLED and clock.local_date(event.occurred_at) >= since:
            known = last.setdefault(event.responsible_id, event)
            # What was done says more than what is planned.
            if known.status == EventStatus.PLANNED and event.status == EventStatus.DONE:
                last[event.responsible_id] = event
    return list(last.values())


def last_contact(client: Client) -> Event | None:
    """The event that decided the client's colour; None when nobody has talked with it yet."""
    if client.last_contact_on is None:
        return None
    if getattr(client, "may_see", False):
        # The card reads the latest events anyway, and the deciding one is nearly always among them.
        latest = latest_of(client)
        found = next((event for event in latest.events if event.counted_on == client.last_contact_on), None)
        if found or latest.is_all:
            return found
    return Event.objects.deciding_for(client).select_related("kind", "responsible").first()


def shown_zone(client: Client, today: dt.date) -> str:
    """The colour a client is shown in: red when it is due to leave; "exchange" and "archived" there, "" when nobody
    ever held it."""
    zone = client.zone_on(today)
    if zone is None:
        return nowhere(client)
    return Zone.RED.value if zone is Zone.DUE else zone.value
