"""What My day reads."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from clients import contact_privacy, panels
from clients.models import Absence, Client, CoManager, ContactPoint, Manager, Role
from clients.querysets import editable_q
from crm import clock
from crm.web.access import Access
from interactions.models import (
    Event,
    EventStatus,
)
from interactions.selectors.approvals import waiting_approval
from interactions.selectors.card import shown_zone
from interactions.selectors.days import local_start, local_today

#: How far ahead My day looks for clients that change their colour.
AHEAD_DAYS = 7
_SHORT_LIST = 6
_PLANNED_SHOWN = 40


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """One cell of the calendar strip."""

    day: dt.date
    planned: int
    is_today: bool


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


def due_events(reader: Manager, managers: Sequence[int], until: dt.datetime) -> list[Event]:
    """What these managers planned up to a moment and have not done, or inherited: overdue first, then by time."""
    return list(
        Event.objects.planned()
        .filter(_may_do(reader), Q(responsible__in=managers) | _inherited(managers, clock.today()))
        .filter(occurred_at__lt=until)
        .select_related("client", "kind", "responsible")
        .order_by("occurred_at", "pk")[:_PLANNED_SHOWN]
    )


def main_phones(client_ids: Sequence[int], reader: Manager) -> dict[int, ContactPoint]:
    """The number to call for each client: a main one before others, a person's before the switchboard's; none of a
    client whose contacts are hidden from ``reader``."""
    points = (
        contact_privacy.shown(ContactPoint.objects.all(), reader)
        .filter(client__in=client_ids, kind=ContactPoint.Kind.PHONE)
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
    """Which of these held clients turn red or yellow within a week, the nearest first."""
    last = today + dt.timedelta(days=AHEAD_DAYS)
    held = clients.select_related("manager")
    return {
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
    is_head = user.access_level >= Access.HEAD
    people = clients_of_people(user).exclude(manager=user).select_related("manager") if is_head and not team else None
    leaving, leaving_people = leaving_this_week([own.select_related("manager"), people], today)
    assert leaving is not None
    lists = {"leaving": leaving, **{name: _first(rows) for name, rows in turning(own, today).items()}}
    shown = [event.client_id for event in events] + [row.pk for rows in lists.values() for row in rows.rows]
    phones = main_phones(shown, user)
    for event in events:
        event.phone = phones.get(event.client_id)  # type: ignore[attr-defined]
        event.zone = shown_zone(event.client, today)  # type: ignore[attr-defined]
        event.is_late = event.occurred_at < now  # type: ignore[attr-defined]
    for rows in lists.values():
        for client in rows.rows:
            client.phone = phones.get(client.pk)
    waiting = _first(waiting_approval(user)) if user.access_level >= Access.HEAD else None
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
        "waiting": waiting,
        "waiting_count": waiting_approval(user).count() if waiting else 0,
        "leaving_people": leaving_people,
        "today": today,
    }


@dataclass(frozen=True, slots=True)
class Short:
    """The first rows of a list, and whether there are more."""

    rows: list[Any]
    has_more: bool


def _short(rows: Sequence[Any]) -> Short:
    return Short(list(rows[:_SHORT_LIST]), len(rows) > _SHORT_LIST)


def leaving_this_week(scopes: Sequence[QuerySet[Client] | None], today: dt.date) -> list[Short | None]:
    """Who of each scope really leaves within a week, whatever keeps it now. What keeps them is asked once for all."""
    near = [None if rows is None else panels.nearest(rows, today, days=AHEAD_DAYS) for rows in scopes]
    panels.tell_leaving([client for rows in near for client in rows or ()], today)
    return [None if rows is None else _short(panels.really_leaving(rows, today, days=AHEAD_DAYS)) for rows in near]


def _first(rows: QuerySet) -> Short:
    return _short(list(rows[: _SHORT_LIST + 1]))
