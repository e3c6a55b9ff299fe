"""After the night: one notice per person and kind, whatever the number of clients. Told twice, it is told once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from clients.models import CoManager, Manager, Notice, OwnershipPeriod, Role
from clients.notices import notify
from clients.superiors import Superiors, superiors
from exchange import notices, weekly_notices
from exchange.models import Decision, Detachment, LeavingWarning, NightlyRun, Proposal
from exchange.night import touching

Rows = dict[int, list[list[Any]]]


def tell(run: NightlyRun, *, told_on: dt.date) -> None:
    """Tell everybody what the night means to him."""
    reverse("my-day")  # a worker's first address takes it a second: not inside of a transaction
    _tell_all(run, told_on)


@transaction.atomic
def _tell_all(run: NightlyRun, told_on: dt.date) -> None:
    _tell_leaving(run, told_on)
    touching.tell(run, told_on=told_on)
    tell_left(run, told_on=told_on)
    # A missed night's question is asked anew by the next in a moment.
    if run.decision == Decision.ASKED and run.date >= told_on:
        _tell_question(run, told_on)
    weekly_notices.tell_weekly(run.date, told_on=told_on)


@transaction.atomic
def tell_left(run: NightlyRun, *, told_on: dt.date) -> None:
    """Tell managers and their heads whom the night took."""
    who = superiors(told_on)
    mine: Rows = defaultdict(list)
    theirs: Rows = defaultdict(list)
    taken = (
        Detachment.objects.filter(run=run, undone_at=None)
        .exclude(reason=OwnershipPeriod.Lost.UNTOUCHED)
        .select_related("manager__department")
        .order_by("pk")
    )
    for row in taken:
        mine[row.manager_id].append([row.client_id])
        if head := who.head_of(row.manager):
            theirs[head].append([row.client_id])
    _send(notices.LEFT, run, mine, told_on, reverse("exchange-board"))
    _send(notices.LEFT_HEAD, run, theirs, told_on, reverse("exchange-board"))


def _tell_leaving(run: NightlyRun, told_on: dt.date) -> None:
    mine: Rows = defaultdict(list)
    theirs: Rows = defaultdict(list)
    warnings = LeavingWarning.objects.filter(run=run).order_by("leaves_on", "pk")
    helpers = _co_managers(warnings)
    for client, leaves_on, manager, deputy, head in warnings.values_list(
        "client_id", "leaves_on", "manager_id", "deputy_id", "head_id"
    ):
        row = [client, leaves_on.isoformat()]
        for reader in {manager, deputy} - {None}:
            mine[reader].append(row)
        if head and head not in (manager, deputy):
            theirs[head].append(row)
        for helper in helpers[client] - {manager, deputy, head}:
            mine[helper].append(row)
    url = reverse("exchange-leaving")
    _send(notices.LEAVING, run, mine, told_on, url)
    _send(notices.LEAVING_HEAD, run, theirs, told_on, url)


def _co_managers(warnings: QuerySet[LeavingWarning]) -> Mapping[int, set[int]]:
    """Who works on the warned clients too: a contact of theirs keeps the client as well. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = CoManager.objects.filter(client__in=warnings.order_by().values("client"), manager__is_active=True)
    for client, manager in rows.values_list("client_id", "manager_id"):
        found[client].add(manager)
    return found


def _tell_question(run: NightlyRun, told_on: dt.date) -> None:
    """Administrators decide; directors, and the heads of the clients concerned, see it."""
    people = set(Manager.objects.filter(is_staff=True).values_list("pk", flat=True))
    people |= set(Manager.objects.filter(role=Role.DIRECTOR).values_list("pk", flat=True))
    people |= set(_heads(superiors(told_on), run))
    notify(
        kind=notices.ASKS,
        recipients=people,
        key=str(run.date),
        date=told_on,
        data={"count": run.proposed, "date": run.date.isoformat()},
        url=reverse("night-detail", args=[run.pk]),
    )


def _heads(who: Superiors, run: NightlyRun) -> Iterable[int]:
    proposed = Proposal.objects.filter(run=run).order_by().values("manager")
    managers = Manager.objects.filter(pk__in=proposed).select_related("department")
    head_of: Callable[[Manager], int | None] = who.head_of
    return (head for manager in managers if (head := head_of(manager)))


def _send(kind: str, run: NightlyRun, rows: Rows, told_on: dt.date, url: str) -> None:
    """One notice for each reader. What a second run of the same night adds (a client that was parked) is a notice of
    its own."""
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    earlier = Notice.objects.filter(kind=kind, key__startswith=str(run.date), recipient__in=list(rows))
    for reader, data in earlier.values_list("recipient_id", "data"):
        told[reader].append(data)
    by_key: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for reader, clients in rows.items():
        known = [client for data in told[reader] for client in data["clients"]]
        if new := [client for client in clients if client not in known]:
            key = f"{run.date}/{len(told[reader]) + 1}" if told[reader] else str(run.date)
            by_key[key][reader] = {"clients": new}
    for key, each in by_key.items():
        notify(kind=kind, recipients=each, key=key, date=told_on, data=each, url=url)
