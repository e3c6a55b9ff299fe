"""Every change leaves its rows: events, sales and clients their change log, plans of clients that left are returned."""

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, Subquery

from clients.models import Client
from crm import clock
from exchange.simulation.invariants.broken import Look
from interactions.models import Event, SalesProcess, StageChange

#: What the last row of the change log must say of an event and of a sale.
_EVENT = ("client_id", "kind_id", "status", "occurred_at", "responsible_id", "approval")
_SALE = ("client_id", "kind_id", "status", "stage_id", "responsible_id", "closed_on")


class Trails:
    """Remembers up to which rows it has looked; all are looked at in a full look."""

    def __init__(self) -> None:
        self._event = self._sale = self._client = self._step = 0

    def check(self, look: Look) -> None:
        self._event = _logged(look, Event, _EVENT, self._event)
        self._sale = _logged(look, SalesProcess, _SALE, self._sale)
        self._client = _born(look, self._client)
        self._step = _steps(look, self._step)
        _plans(look)
        _future(look)


def _logged(look: Look, model: Any, fields: tuple[str, ...], after: int) -> int:
    """The last row of the change log says what the row says."""
    rows = model.objects.all() if look.full else model.objects.filter(pk__gt=after)
    log = model.history.filter(id=OuterRef("pk")).order_by("-history_id")
    last = rows.order_by("pk").annotate(logged=Subquery(log.values("history_id")[:1]))
    expected = {pk: (logged, *values) for pk, logged, *values in last.values_list("pk", "logged", *fields)}
    if not expected:
        return after
    entries = model.history.filter(history_id__in=log_ids(expected)) if len(expected) < 500 else model.history.all()
    said = {number: tuple(values) for number, *values in entries.values_list("history_id", *fields)}
    for pk, (logged, *values) in expected.items():
        if logged is None:
            look.broken("every change has its row", f"{model.__name__} {pk} has no change log", client=values[0])
        if said[logged] != tuple(values):
            words = f"{model.__name__} {pk} is {values}, its change log says {said[logged]}"
            look.broken("every change has its row", words, client=values[0])
    return max([after, *expected])


def log_ids(expected: dict[int, tuple[Any, ...]]) -> list[int]:
    return [values[0] for values in expected.values() if values[0] is not None]


def _born(look: Look, after: int) -> int:
    new = Client.objects.filter(pk__gt=after)
    born = Client.history.filter(id=OuterRef("pk"), history_type="+")
    look.none("every change has its row", new.filter(~Exists(born)), "a client without a first row of its change log")
    return max([after, *new.order_by("-pk").values_list("pk", flat=True)[:1]])


def _steps(look: Look, after: int) -> int:
    """Every step of a sale is an event of its client, done, and of its sale."""
    new = StageChange.objects.filter(pk__gt=after)
    for row in new.exclude(event__process=F("process")).select_related("process")[:1]:
        look.broken("steps are events", repr(row), client=row.process.client_id)
    closed = SalesProcess.objects.exclude(status="open")
    ended = StageChange.objects.filter(process=OuterRef("pk"), step=OuterRef("status"))
    look.none("steps are events", closed.filter(~Exists(ended)), "closed without a step")
    return max([after, *new.order_by("-pk").values_list("pk", flat=True)[:1]])


def _plans(look: Look) -> None:
    """Whoever goes to the exchange leaves no plan behind; what was planned there later is somebody's own."""
    left = Event.objects.filter(status="planned", client__manager=None, created_at__lte=F("client__exchange_since"))
    look.none("plans are returned", left, "still planned with a client on the exchange")


def _future(look: Look) -> None:
    tomorrow = clock.day_start(look.day + dt.timedelta(days=1))
    look.none("no contact lies ahead", Event.objects.filter(status="done", occurred_at__gte=tomorrow), "done tomorrow")
    pending = Event.objects.filter(counted_on__isnull=False, approval__in=["pending", "rejected"])
    look.none("the head decides on dates", pending, "counts without approval")
