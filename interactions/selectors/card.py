"""What the boxes of the client card read."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
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
from django.db.models.functions import RowNumber

from clients.card_rows import (
    A_YEAR_AGO,
    CLIENT,
    LATELY,
    NAME,
    WHO_WORKED,
    limited,
    name_people,
    number_of,
    register,
    register_count,
    rows_of,
)
from clients.models import Client, Manager
from clients.rules.zones import Zone
from clients.selectors import by_name, nowhere
from crm import clock
from crm.web.prepared import Prepared
from interactions.models import (
    Agreement,
    Event,
    EventKind,
    EventParticipant,
    EventStatus,
    HandOver,
    ProcessStatus,
    SalesProcess,
)

#: Events on one page of a client's history: a card with so many costs little more than one with ten.
HISTORY_SIZE = 20
#: So many plans a card shows.
PLANS_READ = 10
#: More sales of one client than this are read in the list of sales, not on the card.
SALES_READ = 60


def history(client: Client, reader: Manager) -> QuerySet[Event]:
    """A client's events, the latest first, with what a row shows; ``continued_by`` is the event that continues it,
    ``returned_at`` when it was returned with its client (see :func:`when_returned`). Of a recurring event the nearest
    plan stands for those that follow it."""
    return _with_rows(Event.objects.visible_to(reader).filter(client=client))


def _with_rows(events: QuerySet[Event]) -> QuerySet[Event]:
    continuation = Event.objects.filter(continues=OuterRef("pk")).order_by("occurred_at", "pk").values("pk")[:1]
    people = EventParticipant.objects.select_related("person", "manager").order_by("pk")
    return (
        events.filter(~_put_in_ahead())
        .select_related("kind", "responsible", "author", "process", "continues", "continues__kind", "approved_by")
        .select_related("stage_change__to_stage")
        .prefetch_related(Prefetch("participants", people), "agreements")
        .annotate(continued_by=Subquery(continuation), returned_at=when_returned())
        .order_by("-occurred_at", "-pk")
    )


def _put_in_ahead() -> Q:
    """Plans of a recurring event that follow its nearest one, as long as nothing is agreed there: a card would show
    little else."""
    nearer = Event.objects.planned().filter(series=OuterRef("series"), occurred_at__lt=OuterRef("occurred_at"))
    agreed = Agreement.objects.filter(event=OuterRef("pk"))
    return Q(Exists(nearer), status=EventStatus.PLANNED, series__isnull=False) & ~Q(Exists(agreed))


def when_returned() -> Subquery:
    """When a cancelled plan was returned because its client went to the exchange, to annotate events with; empty when
    somebody cancelled it, or the client was given back."""
    returns = HandOver.objects.filter(event=OuterRef("pk"), to_manager=None, undone_at=None)
    return Subquery(returns.order_by("-moment").values("moment")[:1])


def _latest_to_read() -> QuerySet[Event]:
    """The same for the card, which knows kinds, participants and agreements already (``clients.card_rows``)."""
    rows = _with_rows(Event.objects.filter(client=CLIENT)).prefetch_related(None).select_related(None)
    rows = rows.select_related("process", "continues", "stage_change__to_stage")
    own = [field.name for field in Event._meta.concrete_fields]
    further = ("process__title", "continues__subject", "continues__kind_id", "stage_change__to_stage__name")
    return rows.only(*own, *further, "stage_change__event")[: HISTORY_SIZE + 1]


def _of_latest(rows: QuerySet) -> QuerySet:
    latest = Event.objects.filter(~_put_in_ahead(), client=CLIENT).order_by("-occurred_at", "-pk")
    return rows.filter(event__in=latest.values("pk")[: HISTORY_SIZE + 1])


def _last_of_each() -> QuerySet[Event]:
    """Of late: the last that each has done, and the last that each has planned."""
    rows = Event.objects.filter(client=CLIENT, occurred_at__gte=LATELY).exclude(status=EventStatus.CANCELLED)
    newest_first = [F("occurred_at").desc(), F("pk").desc()]
    nth = Window(RowNumber(), partition_by=["responsible", "status"], order_by=newest_first)
    return Event.objects.filter(pk__in=rows.order_by().annotate(nth=nth).filter(nth=1).values("pk"))


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
        rows = _latest(client=client.pk)
        known = {person.pk: person for person in rows_of(client, WHO_WORKED)}
        name_people([(row, key) for row in rows for key in ("responsible", "author", "approved_by")], known=known)
        kinds = {kind.pk: kind for kind in kinds_of_card(client)}
        agreements, participants = _by_event(client, "event-agreements"), _by_event(client, "participants")
        for event in rows:
            event.kind = kinds[event.kind_id]
            if event.continues:
                event.continues.kind = kinds[event.continues.kind_id]
            event._prefetched_objects_cache = {
                "agreements": _known(event.agreements, agreements[event.pk]),
                "participants": _known(event.participants, participants[event.pk]),
            }
        client._latest_events = Latest(rows[:HISTORY_SIZE], len(rows) <= HISTORY_SIZE)  # type: ignore[attr-defined]
    return client._latest_events  # type: ignore[attr-defined]


def kinds_of_card(client: Client) -> list[EventKind]:
    """All kinds of events, in their order. No query of its own on the card."""
    return sorted(rows_of(client, "kinds"), key=lambda kind: (kind.position, kind.name))


def _by_event(client: Client, table: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in sorted(rows_of(client, table), key=lambda row: (getattr(row, "due_on", None) or dt.date.max, row.pk)):
        found[row.event_id].append(row)
    return found


def _known(related: Any, rows: list[Any]) -> Any:
    known = related.all()
    known._result_cache, known._prefetch_done = rows, True
    return known


def who_worked_with(client: Client) -> list[Manager]:
    """Everybody who is responsible for an event of a client, by name. No query of its own on the card."""
    return sorted(rows_of(client, WHO_WORKED), key=by_name)


def next_steps(client: Client, *, limit: int = PLANS_READ) -> list[Event]:
    """What is planned with a client, the most pressing first. No query of its own on the card."""
    kinds = {kind.pk: kind for kind in kinds_of_card(client)}
    planned = sorted(rows_of(client, "planned"), key=lambda event: (event.occurred_at, event.pk))
    for event in planned:
        event.kind = kinds[event.kind_id]
    return planned[:limit]


#: How many open promises are shown, how many settled ones, and how many are read at all.
AGREEMENTS_READ, _SETTLED_SHOWN, _ALL_AGREEMENTS_READ = 10, 8, 30


@dataclass(frozen=True, slots=True)
class Agreements:
    """The promises of both sides: the open ones, the earliest due first; the settled ones, the latest due first."""

    open: list[Agreement]
    settled: list[Agreement]


def agreements_of(client: Client) -> Agreements:
    """What was agreed with a client. No query of its own on the card."""
    if not hasattr(client, "_agreements"):
        found = rows_of(client, "agreements")
        is_open = Agreement.Status.OPEN
        opened = sorted((each for each in found if each.status == is_open), key=_by_due)
        settled = sorted((each for each in found if each.status != is_open), key=_by_due, reverse=True)
        client._agreements = Agreements(opened[:AGREEMENTS_READ], settled[:_SETTLED_SHOWN])  # type: ignore[attr-defined]
    return client._agreements  # type: ignore[attr-defined]


def _agreements_to_read() -> QuerySet[Agreement]:
    is_open = Q(status=Agreement.Status.OPEN)
    rows = Agreement.objects.filter(event__client=CLIENT)
    rows = rows.annotate(open_due=Case(When(is_open, then=F("due_on"))), settled=Case(When(is_open, then=0), default=1))
    order = ("settled", F("open_due").asc(nulls_last=True), F("due_on").desc(nulls_last=True), "-pk")
    return limited(rows.order_by(*order), _ALL_AGREEMENTS_READ)


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
        client._sales = _sales(client=client.pk)  # type: ignore[attr-defined]
    return client._sales  # type: ignore[attr-defined]


def _sales_to_read() -> QuerySet[SalesProcess]:
    won = Q(status=ProcessStatus.WON)
    rows = SalesProcess.objects.filter(client=CLIENT).select_related("kind", "stage", "responsible", "loss_reason")
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
    return rows.order_by(*order)[:SALES_READ]


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


def contacts_in_a_year(client: Client) -> int:
    """How many contacts with a client counted since this day a year ago. No query of its own on the card."""
    return number_of(client, "contacts-in-a-year")


def last_by_each(client: Client) -> list[Event]:
    """For everybody who had to do with a client of late the last event: what was done says more than what is planned;
    of several the latest. No query of its own on the card."""
    last: dict[int, Event] = {}
    kinds = {kind.pk: kind for kind in kinds_of_card(client)}
    for event in sorted(rows_of(client, "of-late"), key=lambda event: event.status == EventStatus.DONE):
        event.kind = kinds[event.kind_id]
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


# --- what of all this is read together ------------------------------------------------------------------------------
_latest = Prepared(_latest_to_read)
_sales = Prepared(_sales_to_read)
register("kinds", EventKind.objects.all)
register(
    "participants",
    lambda: _of_latest(EventParticipant.objects.all()),
    people=["manager"],
    person=("last_name", "first_name", "middle_name"),
)
register("event-agreements", lambda: _of_latest(Agreement.objects.all()))
register(
    WHO_WORKED,
    lambda: Manager.objects.filter(
        # DISTINCT: found out by the client first, never by asking for each manager whether he has such an event.
        pk__in=Event.objects.filter(client=CLIENT).order_by().values("responsible").distinct()
    ),
    fields=NAME,
)
register(
    "planned",
    lambda: limited(
        Event.objects.planned().filter(~_put_in_ahead(), client=CLIENT).order_by("occurred_at", "pk"), PLANS_READ
    ),
    people=["responsible"],
    process=("title", "kind"),
)
register("agreements", _agreements_to_read, event=("client",))
register_count("contacts-in-a-year", lambda: Event.objects.filter(client=CLIENT, counted_on__gte=A_YEAR_AGO))
register("of-late", _last_of_each, people=["responsible"])
