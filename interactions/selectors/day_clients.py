"""The clients of My day: who changes colour, who leaves, whom to call next."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from clients import panels
from clients.models import Client, Manager
from crm.web.access import Access
from interactions.selectors.day_plan import AHEAD_DAYS

SHORT_LIST = 6


@dataclass(frozen=True, slots=True)
class Short:
    """The first rows of a list, and whether there are more."""

    rows: list[Any]
    has_more: bool


def shortened(rows: Sequence[Any]) -> Short:
    """The first rows of what was read."""
    return Short(list(rows[:SHORT_LIST]), len(rows) > SHORT_LIST)


def first_of(rows: QuerySet) -> Short:
    """The first rows of a query."""
    return shortened(list(rows[: SHORT_LIST + 1]))


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


def clients_of_people(head: Manager) -> QuerySet[Client]:
    """Held clients of a head's people, a director's are everybody's; none for a salesperson."""
    held = Client.objects.held()
    if head.access_level < Access.HEAD:
        return held.none()
    return held if head.sees_everything else held.filter(manager__in=sorted(head.headed_manager_ids))


def new_on_exchange(since: dt.datetime) -> int:
    """How many clients came to the exchange since a moment."""
    return Client.objects.on_exchange().filter(exchange_since__gte=since).count()


def leaving_this_week(scopes: Sequence[QuerySet[Client] | None], today: dt.date) -> list[Short | None]:
    """Who of each scope really leaves within a week, whatever keeps it now. What keeps them is asked once for all."""
    near = [None if rows is None else panels.nearest(rows, today, days=AHEAD_DAYS) for rows in scopes]
    panels.tell_leaving([client for rows in near for client in rows or ()], today)
    return [None if rows is None else shortened(panels.really_leaving(rows, today, days=AHEAD_DAYS)) for rows in near]


def call_next(clients: QuerySet[Client], today: dt.date) -> list[Client]:
    """Whom to call when nothing is planned: of the clients that are not green those at the greatest risk."""
    return list(clients.filter(yellow_on__lte=today).select_related("manager").by_risk()[:SHORT_LIST])
