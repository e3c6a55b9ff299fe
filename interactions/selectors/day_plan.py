"""The reader's plan: what is due on a day, the strip of the week, what he has done."""

import datetime as dt
from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import DateField, DateTimeField, Exists, F, OuterRef, Q, QuerySet

from clients.models import Absence, CoManager, Manager, Role
from clients.querysets import ids_worked_on, sees_q, workers_of
from crm import clock
from crm.web.prepared import Param, Params, Prepared
from interactions.kind_points import read_points
from interactions.models import Event, EventStatus
from interactions.selectors.days import local_start

#: Before any event.
_LONG_AGO = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
#: How many days the strip shows, and how far ahead My day looks for clients that change their colour.
AHEAD_DAYS = 7
#: Rows of a day at most: a page with so many stays under 100 KB in either language. The rest is in the list of events.
ROWS = 20
#: So many of the latest contacts are looked through for those of the day.
_DONE_READ = 40
_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """One cell of the calendar strip."""

    day: dt.date
    planned: int
    is_today: bool
    is_working: bool = True


#: Who reads, on whose clients he works, and whose day it is (his own and those he stands in for).
_ME, _WORKERS, _MINE = Param("me"), Params("workers"), Params("mine")
_TODAY, _SINCE, _UNTIL = Param("today", DateField()), Param("since", DateTimeField()), Param("until", DateTimeField())


def _values(reader: Manager, managers: Sequence[int] = (), **further: Any) -> dict[str, Any]:
    return {"me": reader.pk, "workers": workers_of(reader), "mine": managers, "today": clock.today(), **further}


def _inherited() -> Q:
    """Plans on the clients of these managers by salespeople who may not work on them any more (the client was handed
    over, the substitution has ended): they fall to who holds the client, so that nobody is forgotten."""
    deputies = Absence.objects.in_force(_TODAY).filter(  # type: ignore[arg-type]  # the day is given when it runs
        manager=OuterRef("client__manager"), deputy=OuterRef("responsible")
    )
    helpers = CoManager.objects.filter(client=OuterRef("client"), manager=OuterRef("responsible"))
    return (
        Q(client__manager__in=_MINE, responsible__role=Role.SALESPERSON, responsible__is_staff=False)
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
    found = _due(reader.sees_everything)(**_values(reader, managers, since=since or _LONG_AGO, until=until))
    return DueEvents(found[:ROWS][::-1], len(found) > ROWS)


def _plans(reader_sees_everything: bool) -> QuerySet:
    """The ids of what is planned between two moments, each of the reasons by an index of its own.

    Only of clients the reader may work on: who gave a client away still stands as responsible on old plans, but neither
    the plan nor the phone is his to read any more.
    """
    planned = Event.objects.planned().filter(occurred_at__gte=_SINCE, occurred_at__lt=_UNTIL).order_by()
    own = planned.filter(responsible__in=_MINE)
    if not reader_sees_everything:
        own = own.filter(client__in=ids_worked_on(_WORKERS, _ME))
    return own.values("pk").union(planned.filter(_inherited()).values("pk"))


@cache
def _due(sees_everything: bool) -> Prepared:
    def build() -> QuerySet[Event]:
        rows = Event.objects.filter(pk__in=_plans(sees_everything))
        return rows.select_related("client", "kind", "responsible").order_by("-occurred_at", "-pk")[: ROWS + 1]

    return Prepared(build)


def week_and_score(manager: Manager, managers: Sequence[int], day: dt.date) -> tuple[list[DayOfWeek], dict[str, int]]:
    """What is planned on each of the seven days from ``day`` on, for ``managers``; and what ``manager`` has done on it.

    Two queries. The score: how many events by hand, and the points they earned.
    """
    starts = [local_start(day + dt.timedelta(days=n)) for n in range(AHEAD_DAYS + 1)]
    found = _week(manager.sees_everything)(**_values(manager, managers, since=starts[0], until=starts[-1]))
    planned: Counter[int] = Counter()
    score = {"done": 0, "points": 0}
    points = read_points()
    for status, occurred_at, kind in found:
        if status == EventStatus.PLANNED:
            planned[bisect(starts, occurred_at)] += 1
        elif occurred_at < starts[1]:
            score["done"] += 1
            score["points"] += points.on(kind, clock.local_date(occurred_at))
    return [DayOfWeek(day + dt.timedelta(days=n), planned[n + 1], n == 0) for n in range(AHEAD_DAYS)], score


@cache
def _week(sees_everything: bool) -> Prepared:
    """What is planned for a week by these managers, and what the reader has done in it."""

    def build() -> QuerySet[Event]:
        planned = Event.objects.filter(pk__in=_plans(sees_everything))
        done = Event.objects.done().by_hand().filter(responsible=_ME, occurred_at__gte=_SINCE, occurred_at__lt=_UNTIL)
        columns = ("status", "occurred_at", "kind")
        return planned.order_by().values_list(*columns).union(done.order_by().values_list(*columns), all=True)

    return Prepared(build)


def recent_contacts(manager: Manager, until: dt.datetime) -> list[Event]:
    """What a manager did last, up to a moment, with clients he may still read; steps of sales are not counted."""
    return _recent(manager.sees_everything)(**_values(manager, until=until))


@cache
def _recent(sees_everything: bool) -> Prepared:
    def build() -> QuerySet[Event]:
        rows = Event.objects.done().by_hand().filter(responsible=_ME, occurred_at__lt=_UNTIL)
        if not sees_everything:
            rows = rows.filter(sees_q(_WORKERS, _ME, "client__"))
        return rows.select_related("client", "kind").order_by("-occurred_at", "-pk")[:_DONE_READ]

    return Prepared(build)


def one_each(events: Sequence[Event], day: dt.date) -> list[Event]:
    """Of the events of one day the first of each client."""
    start, end = local_start(day), local_start(day + _A_DAY)
    found: dict[int, Event] = {}
    for event in events:
        if start <= event.occurred_at < end:
            found.setdefault(event.client_id, event)
    return list(found.values())
