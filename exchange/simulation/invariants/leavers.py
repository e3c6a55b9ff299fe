"""Who was taken by a night: warned in time, really due, held by nothing."""

import datetime as dt

from django.db.models import Max

from crm import clock
from exchange.models import Detachment, LeavingWarning, Protection
from exchange.simulation.invariants.broken import Look
from exchange.simulation.invariants.naive import Book
from interactions.models import SalesProcess

#: A warning is forgotten so many days after the day it named.
_FORGOTTEN = dt.timedelta(days=60)


class Leavers:
    """Remembers up to which arrival it has looked."""

    def __init__(self) -> None:
        self._seen = 0

    def check(self, look: Look) -> None:
        new = list(
            Detachment.objects.filter(pk__gt=self._seen)
            .select_related("run", "client", "manager__department")
            .order_by("pk")
        )
        self._seen = max([self._seen, *(row.pk for row in new)])
        taken = [row for row in new if row.reason == "idle"]
        for row in taken:
            if row.run is None:
                look.broken("only nights take idle clients", repr(row), client=row.client_id)
        if taken:
            _warned(look, taken)
            _due(look, taken)
            _not_held(look, taken)


def _warned(look: Look, taken: list[Detachment]) -> None:
    age = look.rule("warn.age_days", 14)
    if age is None or all(look.rule(key, 1) is None for key in _LEVELS):
        return
    for row in taken:
        told = LeavingWarning.objects.filter(
            client=row.client_id,
            manager=row.manager_id,
            clock_date=row.clock_date,
            warned_on__lte=row.date - dt.timedelta(days=age),
            leaves_on__gte=row.date - _FORGOTTEN,
        )
        if not told.exists():
            look.broken("nobody leaves unwarned", f"{row!r} of {row.date} without an old warning", client=row.client_id)


_LEVELS = ("warn.first_days", "warn.second_days", "warn.third_days", "warn.last_days")


def _due(look: Look, taken: list[Detachment]) -> None:
    book = Book(look)
    for row in taken:
        # Of those only whose facts are still those of the night: a manager may have moved meanwhile.
        path = row.department.path if row.department else ""
        leaves = book.dates(row.manager_id, path, row.client.category, row.clock_date)[2]
        if leaves > row.date and row.undone_at is None:
            look.broken("nobody leaves early", f"taken on {row.date}, due on {leaves}", client=row.client_id)


def _not_held(look: Look, taken: list[Detachment]) -> None:
    """Neither a protection nor a living sale. (By what stands there now; who was given back since is left out.)"""
    ids = {row.client_id: row for row in taken if row.undone_at is None}
    for kind, key, shipped in (("protection", "hold.protection_days", 90), ("contract", "hold.contract_days", 1095)):
        if look.rule(key, shipped) is None:
            continue
        given = Protection.objects.filter(client__in=ids, kind=kind, revoked_on__isnull=True)
        for client, starts_on, until in given.values_list("client_id", "starts_on", "until"):
            if starts_on <= ids[client].date <= until:
                look.broken("the protected stay", f"taken under a {kind} until {until}", client=client)
    days = look.rule("hold.process_days", 60)
    if days is None:
        return
    living = SalesProcess.objects.filter(client__in=ids, status="open").annotate(last=Max("stage_changes__changed_at"))
    for client, last in living.values_list("client_id", "last"):
        row = ids[client]
        if last and last < row.detached_at and clock.local_date(last) + dt.timedelta(days=days) >= row.date:
            look.broken("who buys stays", f"taken with a sale whose last step was {last}", client=client)
