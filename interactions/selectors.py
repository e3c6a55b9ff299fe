"""What the pages of this app read: one function per list or figure. All start from what the reader may see."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from clients.models import Client, CoManager, ContactPerson, ContactPoint, Manager, Role, Substitution
from clients.querysets import editable_q
from clients.rules.zones import Zone
from crm import clock
from crm.web.access import Access
from crm.web.text import digits, fold
from interactions.models import (
    Agreement,
    Event,
    EventParticipant,
    EventStatus,
    ProcessKind,
    ProcessStatus,
    SalesProcess,
    Stage,
)
from interactions.rules.stages import allowed_positions, may_be_won

#: Events on one page of a client's history.
HISTORY_SIZE = 50
#: More sales of one client than this are read in the list of sales, not on the card.
SALES_READ = 60
#: How far ahead My day looks for clients that change their colour.
AHEAD_DAYS = 7
_SHORT_LIST = 6
_PLANNED_SHOWN = 40


# --- the card ---------------------------------------------------------------------------------------------------------
def history(client: Client, reader: Manager) -> QuerySet[Event]:
    """A client's events, the latest first, with what a row shows; ``continued_by`` is the event that continues it."""
    return _with_rows(Event.objects.visible_to(reader).filter(client=client))


def _with_rows(events: QuerySet[Event]) -> QuerySet[Event]:
    continuation = Event.objects.filter(continues=OuterRef("pk")).order_by("occurred_at", "pk").values("pk")[:1]
    people = EventParticipant.objects.select_related("person", "manager").order_by("pk")
    return (
        events.select_related("kind", "responsible", "process", "continues", "continues__kind")
        .select_related("stage_change__to_stage")
        .prefetch_related(Prefetch("participants", people), "agreements")
        .annotate(continued_by=Subquery(continuation))
        .order_by("-occurred_at", "-pk")
    )


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


def open_agreements(client: Client, *, limit: int = 10) -> list[Agreement]:
    """Promises of both sides that are neither kept nor broken, the earliest due first."""
    latest = latest_of(client)
    if latest.is_all:
        found = [each for event in latest.events for each in event.agreements.all() if each.status == "open"]
        return sorted(found, key=lambda each: (each.due_on is None, each.due_on or dt.date.max, each.pk))[:limit]
    rows = Agreement.objects.filter(event__client=client, status=Agreement.Status.OPEN).select_related("event")
    return list(rows.order_by(F("due_on").asc(nulls_last=True), "pk")[:limit])


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
        )
        order = (F("closed_on").desc(nulls_first=True), "-started_on", "-pk")
        client._sales = list(rows.order_by(*order)[:SALES_READ])  # type: ignore[attr-defined]
    return client._sales  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a client has brought: deals won, their total and average, lost and open ones, and since when."""

    won: int
    lost: int
    open: int
    total: Any
    average: Any
    since: dt.date | None


def client_figures(client: Client) -> Figures | None:
    """The figures of one client, from its sales; None when it has none."""
    row: Any = next(iter(sales_of(client)), None)
    if row is None:
        return None
    average = row.total_won / row.n_paid if row.n_paid else None
    return Figures(row.n_won, row.n_lost, row.n_open, row.total_won, average, row.since_won)


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


# --- events -----------------------------------------------------------------------------------------------------------
def chain_of(event: Event, reader: Manager) -> list[Event]:
    """The events of one topic in the order in which they happened; empty when nothing continues anything."""
    if event.chain_id is None:
        return []
    same = Q(chain_id=event.chain_id) | Q(pk=event.chain_id)
    rows = Event.objects.visible_to(reader).filter(same, client_id=event.client_id)
    return list(rows.select_related("kind", "responsible").order_by("occurred_at", "pk")[:50])


def possible_responsibles(reader: Manager, client: Client, current: int | None = None) -> QuerySet[Manager]:
    """Who may be named as responsible: the reader, who holds or co-manages the client, and a head's people."""
    ids = {reader.pk, *reader.deputised_manager_ids, *reader.headed_manager_ids}
    ids |= {pk for pk in (client.manager_id, current) if pk}
    condition = Q(pk__in=ids) | Q(co_managed_clients=client)
    if reader.sees_everything:
        condition |= Q(department__isnull=False)
    return Manager.objects.filter(condition, Q(is_active=True) | Q(pk=current)).distinct()


def responsibles_at_hand(reader: Manager, client: Client) -> list[Manager] | None:
    """``possible_responsibles`` without a query, where the card has read them all; None where it has not."""
    team = getattr(client, "team", None)
    if team is None or reader.sees_everything:
        return None
    people = {
        who.pk: who
        for who in (*team.co_managers, *reader.deputised_managers, client.manager, reader)
        if who and who.is_active
    }
    if not {reader.pk, *reader.deputised_manager_ids, *reader.headed_manager_ids} <= people.keys():
        return None
    return sorted(people.values(), key=lambda who: (who.last_name, who.first_name, who.username))


def persons_of(client: Client) -> QuerySet[ContactPerson]:
    """A client's contact persons who work there."""
    return ContactPerson.objects.filter(client=client, is_active=True)


def find_clients(reader: Manager, words: str, *, limit: int = 12) -> list[Client]:
    """Clients ``reader`` may work on, by name, phone or INN in any format; without words those who need him most."""
    rows = Client.objects.editable_by(reader).select_related("manager")
    text, number = fold(words), digits(words)
    if not text:
        return list(rows.held_by(reader).by_risk()[:limit])
    condition = Q(search_name__contains=text)
    condition |= Q(pk__in=ContactPerson.objects.filter(search_name__contains=text).values("client"))
    if len(number) >= 4:
        # From the last digit on and without the country's trunk digit: 8 916 … and +7 916 … are the same number.
        points = ContactPoint.objects.filter(digits_reversed__startswith=number[::-1][:10])
        condition |= Q(inn__startswith=number) | Q(pk__in=points.values("client"))
    return list(rows.filter(condition).order_by("search_name", "pk")[:limit])


# --- my day -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """One cell of the calendar strip."""

    day: dt.date
    planned: int
    is_today: bool


def local_today() -> dt.date:
    """The reader's own calendar date: My day and the strip speak of his day, not of the company's."""
    return timezone.localdate()


def local_start(day: dt.date) -> dt.datetime:
    """The first moment of a calendar date in the reader's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def tomorrow_morning() -> dt.datetime:
    """Ten o'clock tomorrow where the reader is: what a plan starts from."""
    return timezone.make_aware(dt.datetime.combine(local_today() + dt.timedelta(days=1), dt.time(10)))


def _may_do(reader: Manager) -> Q:
    """Events of clients ``reader`` may work on. Who gave a client away still stands as responsible on old plans, but
    neither the plan nor the phone is his to read any more."""
    return editable_q(reader, "client__") or Q()


def _inherited(managers: Sequence[int], today: dt.date) -> Q:
    """Plans on the clients of these managers by salespeople who may not work on them any more (the client was handed
    over, the substitution has ended): they fall to who holds the client, so that nobody is forgotten."""
    deputies = Substitution.objects.in_force(today).filter(
        manager=OuterRef("client__manager"), deputy=OuterRef("responsible")
    )
    helpers = CoManager.objects.filter(client=OuterRef("client"), manager=OuterRef("responsible"))
    return (
        Q(client__manager__in=managers, responsible__role=Role.SALESPERSON, responsible__is_staff=False)
        & ~Q(responsible=F("client__manager"))
        & ~Exists(deputies)
        & ~Exists(helpers)
    )


def due_events(reader: Manager, managers: Sequence[int], until: dt.datetime) -> list[Event]:
    """What these managers planned up to a moment and have not done, or inherited: overdue first, then by time."""
    return list(
        Event.objects.planned()
        .filter(_may_do(reader), Q(responsible__in=managers) | _inherited(managers, clock.today()))
        .filter(occurred_at__lt=until)
        .select_related("client", "kind", "responsible")
        .order_by("occurred_at", "pk")[:_PLANNED_SHOWN]
    )


def main_phones(client_ids: Sequence[int]) -> dict[int, ContactPoint]:
    """The number to call for each client: a main one before others, a person's before the switchboard's."""
    points = (
        ContactPoint.objects.filter(client__in=client_ids, kind=ContactPoint.Kind.PHONE)
        .select_related("person", "client")
        .order_by(
            F("is_primary").desc(),
            F("person__is_decision_maker").desc(nulls_last=True),
            F("person").asc(nulls_last=True),
        )
    )
    phones: dict[int, ContactPoint] = {}
    for point in points:
        phones.setdefault(point.client_id, point)
    return phones


def turning(clients: QuerySet[Client], today: dt.date) -> dict[str, QuerySet[Client]]:
    """Which of these held clients leave, turn red or turn yellow within a week, the nearest first."""
    last = today + dt.timedelta(days=AHEAD_DAYS)
    held = clients.select_related("manager")
    return {
        "leaving": held.filter(detach_on__lte=last).order_by("detach_on", "pk"),
        "red": held.filter(red_on__gt=today, red_on__lte=last).order_by("red_on", "pk"),
        "yellow": held.filter(yellow_on__gt=today, yellow_on__lte=last).order_by("yellow_on", "pk"),
    }


def zone_counts(clients: QuerySet[Client], today: dt.date) -> dict[str, int]:
    """How many held clients these are, and of which colour today; those due for the exchange count as red."""
    green, yellow = Q(yellow_on__gt=today), Q(yellow_on__lte=today, red_on__gt=today)
    return clients.aggregate(
        held=Count("pk"),
        green=Count("pk", filter=green),
        yellow=Count("pk", filter=yellow),
        red=Count("pk", filter=Q(red_on__lte=today)),
    )


def week_and_score(manager: Manager, managers: Sequence[int], day: dt.date) -> tuple[list[DayOfWeek], dict[str, int]]:
    """What is planned on each of the seven days from ``day`` on, for ``managers``; and what ``manager`` has done on it.

    One query for both. The score: how many events by hand, and the points of their kinds.
    """
    starts = [local_start(day + dt.timedelta(days=n)) for n in range(AHEAD_DAYS + 1)]
    may_do, whose = _may_do(manager), Q(responsible__in=managers) | _inherited(managers, clock.today())
    planned = {
        f"day{n}": Count(
            "pk", filter=may_do & Q(status=EventStatus.PLANNED, occurred_at__gte=start, occurred_at__lt=end)
        )
        for n, (start, end) in enumerate(pairwise(starts))
    }
    done = Q(status=EventStatus.DONE, responsible=manager, occurred_at__lt=starts[1], kind__is_system=False)
    rows = Event.objects.filter(whose, occurred_at__gte=starts[0], occurred_at__lt=starts[-1])
    found = rows.aggregate(done=Count("pk", filter=done), points=Sum("kind__points", filter=done), **planned)
    days = [DayOfWeek(day + dt.timedelta(days=n), found[f"day{n}"], n == 0) for n in range(AHEAD_DAYS)]
    return days, {"done": found["done"], "points": found["points"] or 0}


def recent_contacts(manager: Manager) -> list[Event]:
    """What a manager did last with clients he may still read."""
    return list(
        Event.objects.visible_to(manager)
        .done()
        .filter(responsible=manager)
        .select_related("client", "kind")
        .order_by("-occurred_at", "-pk")[:_SHORT_LIST]
    )


def waiting_approval(head: Manager) -> QuerySet[Event]:
    """Back-dated contacts on which this head decides, the oldest first; none for who heads nobody."""
    if head.access_level < Access.HEAD:
        return Event.objects.none()
    return (
        Event.objects.led_by(head)
        .waiting_approval()
        .select_related("client", "kind", "responsible")
        .order_by("occurred_at", "pk")
    )


def clients_of_people(head: Manager) -> QuerySet[Client]:
    """Held clients of a head's people, a director's are everybody's; none for a salesperson."""
    held = Client.objects.held()
    if head.access_level < Access.HEAD:
        return held.none()
    return held if head.sees_everything else held.filter(manager__in=sorted(head.headed_manager_ids))


def new_on_exchange(since: dt.datetime) -> int:
    """How many clients came to the exchange since a moment."""
    return Client.objects.on_exchange().filter(exchange_since__gte=since).count()


def my_day(user: Manager, *, today: dt.date, now: dt.datetime) -> dict[str, Any]:
    """All of the first screen. ``today`` is the company's date, by which clients change their colour."""
    # Whoever stands in for an absent colleague has that colleague's day too: nobody is forgotten.
    mine = [user.pk, *sorted(user.deputised_manager_ids)]
    day = local_today()
    events = due_events(user, mine, local_start(day + dt.timedelta(days=1)))
    days, score = week_and_score(user, mine, day)
    own: QuerySet[Client] = Client.objects.filter(manager__in=mine)
    counts = zone_counts(own, today)
    # A head without clients of his own is shown his people's.
    team = user.access_level >= Access.HEAD and not counts["held"]
    if team:
        own = clients_of_people(user)
        counts = zone_counts(own, today)
    lists = {name: _first(rows) for name, rows in turning(own, today).items()}
    phones = main_phones([event.client_id for event in events] + [c.pk for rows in lists.values() for c in rows.rows])
    for event in events:
        event.phone = phones.get(event.client_id)  # type: ignore[attr-defined]
        event.zone = shown_zone(event.client, today)  # type: ignore[attr-defined]
        event.is_late = event.occurred_at < now  # type: ignore[attr-defined]
    for rows in lists.values():
        for client in rows.rows:
            client.phone = phones.get(client.pk)
    return {
        "events": events,
        "lists": lists,
        "counts": counts,
        "team": team,
        "done": score,
        "norm": user.department.daily_points_norm if user.department else 0,
        "week": days,
        "recent": recent_contacts(user),
        "new_on_exchange": new_on_exchange(now - dt.timedelta(days=1)),
        "waiting": _first(waiting_approval(user)) if user.access_level >= Access.HEAD else None,
        "leaving_people": _first(turning(clients_of_people(user).exclude(manager=user), today)["leaving"])
        if user.access_level >= Access.HEAD and not team
        else None,
        "today": today,
    }


@dataclass(frozen=True, slots=True)
class Short:
    """The first rows of a list, and whether there are more."""

    rows: list[Any]
    has_more: bool


def _first(rows: QuerySet) -> Short:
    found = list(rows[: _SHORT_LIST + 1])
    return Short(found[:_SHORT_LIST], len(found) > _SHORT_LIST)


# --- sales ------------------------------------------------------------------------------------------------------------
def sums(processes: QuerySet[SalesProcess]) -> dict[str, Any]:
    """How many sales and what they come to."""
    return processes.order_by().aggregate(count=Count("pk"), amount=Sum("amount"))


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board: its cards (the first few), how many there are, their sum, and where they may go.

    Attributes:
        cards: each with ``may_edit``: may the reader move it.
        forward: the next stage, where a sale of this stage may go to it.
        others: the other stages it may go to.
        may_win: whether a sale of this stage can be won.
    """

    stage: Stage
    cards: list[SalesProcess]
    count: int
    amount: Any
    forward: Stage | None
    others: list[Stage]
    may_win: bool


def board(
    processes: QuerySet[SalesProcess], kind: ProcessKind, reader: Manager, *, per_column: int = 30
) -> list[Column]:
    """Open sales of one kind by stage. Three queries for the whole board, whatever it holds."""
    stages = list(kind.stages.order_by("position"))
    rows = processes.open().filter(kind=kind)
    totals = {
        row["stage"]: row for row in rows.order_by().values("stage").annotate(n=Count("pk"), amount=Sum("amount"))
    }
    soonest = [F("expected_close_on").asc(nulls_last=True), F("pk").asc()]
    shown = (
        rows.select_related("client")
        .annotate(
            may_edit=Exists(SalesProcess.objects.editable_by(reader).filter(pk=OuterRef("pk"))),
            place=Window(RowNumber(), partition_by=F("stage"), order_by=soonest),
        )
        .filter(place__lte=per_column)
        .order_by("place")
    )
    cards: dict[int | None, list[SalesProcess]] = {}
    for sale in shown if totals else ():
        cards.setdefault(sale.stage_id, []).append(sale)
    return [_column(stage, stages, kind.control, cards.get(stage.pk, []), totals.get(stage.pk, {})) for stage in stages]


def _column(
    stage: Stage, stages: list[Stage], control: str, cards: list[SalesProcess], total: dict[str, Any]
) -> Column:
    where: dict[str, Any] = {
        "control": control,
        "positions": [each.position for each in stages],
        "current": stage.position,
    }
    allowed = allowed_positions(**where)
    open_to = [each for each in stages if each.position in allowed]
    forward = next((each for each in open_to if each.position > stage.position), None)
    return Column(
        stage,
        cards,
        total.get("n", 0),
        total.get("amount"),
        forward,
        [each for each in open_to if each is not forward],
        may_be_won(**where),
    )


def shown_zone(client: Client, today: dt.date) -> str:
    """The colour a client is shown in: "" when nobody holds it, "exchange" there, red when it is due to leave."""
    zone = client.zone_on(today)
    if zone is None:
        return "exchange" if client.is_on_exchange else ""
    return Zone.RED.value if zone is Zone.DUE else zone.value


def events_of(process: SalesProcess, reader: Manager) -> QuerySet[Event]:
    """What people did and plan in a sale, the latest first, without the steps (they are in the stage log)."""
    rows = Event.objects.visible_to(reader).by_hand().filter(process=process)
    return rows.select_related("kind", "responsible").order_by("-occurred_at", "-pk")[:50]


def open_sales_of(client: Client) -> QuerySet[SalesProcess]:
    """Sales of a client an event may belong to."""
    return SalesProcess.objects.filter(client=client).open()


def finish_time(event: Event, now: dt.datetime) -> dt.datetime:
    """When a planned event most probably took place, if nobody says: at its time when that was today, else just now."""
    same_day = clock.local_date(event.occurred_at) == clock.local_date(now)
    return event.occurred_at if same_day and event.occurred_at <= now else now
