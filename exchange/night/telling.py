"""After the night: one notice per person and kind, whatever the number of clients. Told twice, it is told once."""

import datetime as dt
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
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

#: Reader → pairs of a client and the ordinal of a day (0: without), one after the other: the night after a changed
#: policy warns of hundreds of thousands, and numbers take a tenth of the room that rows do.
Pairs = defaultdict[int, "array[int]"]
#: Clients of notices that are written in one transaction.
_TOGETHER = 10_000
#: A notice takes as long as so many clients in one.
_READER = 20
#: What tells who is above a manager.
_PLACE = ("department", "department__path")


def tell(run: NightlyRun, *, told_on: dt.date) -> None:
    """Tell everybody what the night means to him. Each part is a transaction of its own: what was told before the night
    was killed is not told again."""
    reverse("my-day")  # a worker's first address takes it a second: not inside of a transaction
    _tell_leaving(run, told_on)
    with transaction.atomic():
        touching.tell(run, told_on=told_on)
    tell_left(run, told_on=told_on)
    # A missed night's question is asked anew by the next in a moment.
    if run.decision == Decision.ASKED and run.date >= told_on:
        _tell_question(run, told_on)
    weekly_notices.tell_weekly(run.date, told_on=told_on)


def tell_left(run: NightlyRun, *, told_on: dt.date) -> None:
    """Tell managers and their heads whom the night took."""
    who = superiors(told_on)
    mine, theirs = _nobody(), _nobody()
    taken = Detachment.objects.filter(run=run, undone_at=None).exclude(reason=OwnershipPeriod.Lost.UNTOUCHED)
    people = Manager.objects.filter(pk__in=taken.order_by().values("manager"))
    heads = {manager.pk: who.head_of(manager) for manager in people.select_related("department").only(*_PLACE)}
    for client, manager in taken.order_by("pk").values_list("client_id", "manager_id"):
        mine[manager].extend((client, 0))
        if head := heads.get(manager):
            theirs[head].extend((client, 0))
    _send(notices.LEFT, run, mine, told_on, reverse("exchange-board"))
    _send(notices.LEFT_HEAD, run, theirs, told_on, reverse("exchange-board"))


def _tell_leaving(run: NightlyRun, told_on: dt.date) -> None:
    mine, theirs = _nobody(), _nobody()
    warnings = LeavingWarning.objects.filter(run=run).order_by("leaves_on", "pk")
    helpers = _co_managers(warnings)
    rows = warnings.values_list("client_id", "leaves_on", "manager_id", "deputy_id", "head_id")
    for client, leaves_on, manager, deputy, head in rows.iterator():
        row = client, leaves_on.toordinal()
        told = {manager, deputy} - {None}
        for reader in told:
            mine[reader].extend(row)
        if head and head not in told:
            theirs[head].extend(row)
        for helper in helpers.get(client, set()) - told - {head}:
            mine[helper].extend(row)
    url = reverse("exchange-leaving")
    _send(notices.LEAVING, run, mine, told_on, url)
    _send(notices.LEAVING_HEAD, run, theirs, told_on, url)


def _nobody() -> Pairs:
    return defaultdict(lambda: array("q"))


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


def _send(kind: str, run: NightlyRun, told: Pairs, told_on: dt.date, url: str) -> None:
    """One notice for each reader. What a second run of the same night adds (a client that was parked) is a notice of
    its own."""
    for readers in _together(told):
        with transaction.atomic():
            _send_to(readers, kind, run, told, told_on, url)


def _together(told: Pairs) -> Iterator[list[int]]:
    """Readers with so many clients together as make a transaction of bounded length."""
    some: list[int] = []
    weight = 0
    for reader, pairs in told.items():
        some.append(reader)
        weight += len(pairs) // 2 + _READER
        if weight >= _TOGETHER:
            yield some
            some, weight = [], 0
    if some:
        yield some


def _send_to(readers: list[int], kind: str, run: NightlyRun, told: Pairs, told_on: dt.date, url: str) -> None:
    known: dict[int, list[set[tuple[Any, ...]]]] = defaultdict(list)
    earlier = Notice.objects.filter(kind=kind, key__startswith=str(run.date), recipient__in=readers)
    for reader, data in earlier.values_list("recipient_id", "data"):
        known[reader].append({tuple(row) for row in data["clients"]})
    by_key: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for reader in readers:
        said = set().union(*known[reader])
        if new := [row for row in _rows(told[reader]) if tuple(row) not in said]:
            key = f"{run.date}/{len(known[reader]) + 1}" if known[reader] else str(run.date)
            by_key[key][reader] = {"clients": new}
    for key, each in by_key.items():
        notify(kind=kind, recipients=each, key=key, date=told_on, data=each, url=url)


def _rows(pairs: "array[int]") -> list[list[Any]]:
    """As they stand in a notice: the client, and the day where there is one."""
    each = zip(pairs[::2], pairs[1::2], strict=True)
    return [[client, dt.date.fromordinal(day).isoformat()] if day else [client] for client, day in each]
