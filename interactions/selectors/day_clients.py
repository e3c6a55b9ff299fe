"""The clients of My day: who changes colour, who leaves, whom to call next."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from django.db.models import Count, DateField, DateTimeField, QuerySet, Value

from clients import panels
from clients.models import Client, Manager
from clients.querysets import unlisted
from crm.web.access import Access
from crm.web.prepared import Param, Params, Prepared
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


@dataclass(eq=False)
class Soon:
    """What is asked of a held client before anybody knows whether it is shown: of some hundreds a few are."""

    pk: int
    manager_id: int
    clock_date: dt.date
    yellow_on: dt.date
    red_on: dt.date
    detach_on: dt.date
    leaving: panels.Outlook | None = None
    is_held: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Near:
    """Held clients that change soon: who leaves within a week by its dates, who turns red, who turns yellow."""

    leaving: list[Soon]
    turning: dict[str, Short]


def near(managers: Sequence[int] | None, today: dt.date) -> Near:
    """Which clients of these managers (None: of the company) change within a week, the nearest first. One query; see
    :func:`read_clients`."""
    last = today + dt.timedelta(days=AHEAD_DAYS)
    rows = _read_near(managers, today, ("red_on", "yellow_on"))
    return Near(
        panels.nearest_of(rows, today, days=AHEAD_DAYS),
        {name: shortened(_between(rows, f"{name}_on", today, last)) for name in ("red", "yellow")},
    )


def leaving_soon(managers: Sequence[int] | None, today: dt.date) -> list[Soon]:
    """Only those whose dates say that they leave. One query."""
    return panels.nearest_of(_read_near(managers, today, ()), today, days=AHEAD_DAYS)


def read_clients(lists: Iterable[Short | None]) -> None:
    """The clients themselves, with their managers, into the places of what was asked of them. One query."""
    shorts = [short for short in lists if short and short.rows]
    wanted = {row.pk: row for short in shorts for row in short.rows}
    clients: dict[int, Any] = {client.pk: client for client in _whole(clients=sorted(wanted))} if wanted else {}
    for pk, client in clients.items():
        client.leaving = wanted[pk].leaving
    for short in shorts:
        short.rows[:] = [clients[row.pk] for row in short.rows if row.pk in clients]


def _read_near(managers: Sequence[int] | None, today: dt.date, turning: tuple[str, ...]) -> list[Soon]:
    last = today + dt.timedelta(days=AHEAD_DAYS)
    return [Soon(*row) for row in _near(managers is None, turning)(whose=managers or (), today=today, last=last)]


def _between(rows: Sequence[Soon], date: str, today: dt.date, last: dt.date) -> list[Soon]:
    found = [(on, client.pk, client) for client in rows if (on := getattr(client, date)) and today < on <= last]
    return [client for _on, _pk, client in sorted(found)]


_TODAY, _LAST = Param("today", DateField()), Param("last", DateField())


@cache
def _near(of_company: bool, turning: tuple[str, ...]) -> Prepared:
    """The lists as one query; of each no more than is looked at, by the index of its date."""

    def build() -> QuerySet[Any]:
        held = Client.objects.held() if of_company else Client.objects.filter(manager__in=Params("whose"))
        arms = panels.nearest_arms(held, _TODAY, _LAST)
        for date in turning:
            soon = held.filter(**{f"{date}__gt": _TODAY, f"{date}__lte": _LAST})
            arms.append(soon.order_by(date, "pk")[: SHORT_LIST + 1])
        rows = Client.objects.filter(pk__in=_ids(arms)).order_by()
        return rows.values_list("pk", "manager_id", "clock_date", "yellow_on", "red_on", "detach_on")

    return Prepared(build)


def _with_managers() -> QuerySet[Client]:
    rows = Client.objects.filter(pk__in=Params("clients")).select_related("manager").order_by()
    return rows.defer(*(name for name in unlisted("", "manager__") if name != "time_zone"))


_whole = Prepared(_with_managers)


def _ids(arms: Sequence[QuerySet[Client]]) -> QuerySet:
    """The ids of limited queries together, as SQLite can say it too: each is a set of its own."""
    rows = [Client.objects.filter(pk__in=arm.values("pk")).order_by().values("pk") for arm in arms]
    return rows[0].union(*rows[1:])


def clients_of_people(head: Manager) -> QuerySet[Client]:
    """Held clients of a head's people, a director's are everybody's; none for a salesperson."""
    held = Client.objects.held()
    if head.access_level < Access.HEAD:
        return held.none()
    return held if head.sees_everything else held.filter(manager__in=sorted(head.headed_manager_ids))


def new_on_exchange(since: dt.datetime) -> int:
    """How many clients came to the exchange since a moment."""
    return sum(_came(since=since))


def _arrivals() -> QuerySet:
    arrived = Client.objects.on_exchange().filter(exchange_since__gte=Param("since", DateTimeField()))
    return arrived.order_by().values(all=Value(1)).annotate(number=Count("pk")).values_list("number", flat=True)


_came = Prepared(_arrivals)


def leaving_this_week(scopes: Sequence[Sequence[Soon] | None], today: dt.date) -> list[Short | None]:
    """Who of each list really leaves within a week, whatever keeps it now. What keeps them is asked once for all."""
    panels.tell_leaving([client for rows in scopes for client in rows or ()], today)
    return [None if rows is None else shortened(panels.really_leaving(rows, today, days=AHEAD_DAYS)) for rows in scopes]


def call_next(clients: QuerySet[Client], today: dt.date) -> list[Client]:
    """Whom to call when nothing is planned: of the clients that are not green those at the greatest risk."""
    return list(clients.filter(yellow_on__lte=today).select_related("manager").by_risk()[:SHORT_LIST])
