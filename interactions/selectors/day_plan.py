"""The reader's plan: what is due on a day, the strip of the week, what he has done."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from clients.models import Absence, CoManager, Manager, Role
from clients.querysets import editable_q
from crm import clock
from interactions.models import Event, EventStatus
from interactions.selectors.days import local_start

#: How many days the strip shows, and how far ahead My day looks for clients that change their colour.
AHEAD_DAYS = 7
#: Rows of a day at most; the rest is in the list of events.
ROWS = 40
_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """One cell of the calendar strip."""

    day: dt.date
    planned: int
    is_today: bool
    is_working: bool = True


def _may_do(reader: Manager) -> Q:
    """Events of clients ``reader`` may work on. Who gave a client away still stands as responsible on old plans, but
    neither the plan nor the phone is his to read any more."""
    return editable_q(reader, "client__") or Q()


def _inherited(managers: Sequence[int], today: dt.date) -> Q:
    """Plans on the clients of these managers by salespeople who may not work on them any more (the client was handed
    over, the substitution has ended): they fall to who holds the client, so that nobody is forgotten."""
    deputies = Absence.objects.in_force(today).filter(
        manager=OuterRef("client__manager"), deputy=OuterRef("responsible")
    )
    helpers = CoManager.objects.filter(client=OuterRef("client"), manager=OuterRef("responsible"))
    return (
        Q(client__manager__in=managers, responsible__role=Role.SALESPERSON, responsible__is_staff=False)
        & ~Q(responsible=F("client__manager"))
        & ~Exists(deputies)
        & ~Exists(helpers)
    )


@dataclass(frozen=True, slots=True)
class DueEvents:
    """What is planned for a day, by time; for today with what is overdue before it."""

    events: list[Event]
    has_more: bool


def due_events(
    reader: Manager, managers: Sequence[int], until: dt.datetime, *, since: dt.datetime | None = None
) -> DueEvents:
    """What these managers planned up to a moment and have not done, or inherited: by time, the latest ``ROWS`` of it.

    Of very many overdue ones the oldest are left out, never what is due today.
    """
    rows = Event.objects.planned().filter(
        _may_do(reader), Q(responsible__in=managers) | _inherited(managers, clock.today()), occurred_at__lt=until
    )
    if since is not None:
        rows = rows.filter(occurred_at__gte=since)
    found = list(rows.select_related("client", "kind", "responsible").order_by("-occurred_at", "-pk")[: ROWS + 1])
    return DueEvents(found[:ROWS][::-1], len(found) > ROWS)


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


def recent_contacts(manager: Manager, until: dt.datetime) -> list[Event]:
    """What a manager did last, up to a moment, with clients he may still read; steps of sales are not counted."""
    return list(
        Event.objects.visible_to(manager)
        .done()
        .by_hand()
        .filter(responsible=manager, occurred_at__lt=until)
        .select_related("client", "kind")
        .order_by("-occurred_at", "-pk")[:ROWS]
    )


def one_each(events: Sequence[Event], day: dt.date) -> list[Event]:
    """Of the events of one day the first of each client."""
    start, end = local_start(day), local_start(day + _A_DAY)
    found: dict[int, Event] = {}
    for event in events:
        if start <= event.occurred_at < end:
            found.setdefault(event.client_id, event)
    return list(found.values())
