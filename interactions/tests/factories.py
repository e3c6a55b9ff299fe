"""Factories of the interactions app; events and sales are made by the services, so that clocks are right."""

import datetime as dt
from typing import Any

from clients.models import Client, Manager
from clients.tests.factories import ManagerFactory, held_client
from interactions import inquiries, sales, services
from interactions.models import Event, EventKind, EventStatus, Inquiry, ProcessKind, SalesProcess


def kind(code: str = "call_out") -> EventKind:
    """A shipped event kind."""
    return EventKind.objects.get(code=code)


def event(
    client: Client | None = None,
    *,
    by: Manager | None = None,
    code: str = "call_out",
    status: str = EventStatus.DONE,
    now: dt.datetime | None = None,
    **kwargs: Any,
) -> Event:
    """An event registered by the client's manager (or ``by``), done now unless told otherwise."""
    client = client or held_client()
    by = by or client.manager
    assert by is not None
    if now:
        kwargs.setdefault("occurred_at", now)
    new = Event(client=client, kind=kind(code), status=status, **{"responsible": by, **kwargs})
    return services.register_event(event=new, by=by, now=now)


def process(
    client: Client | None = None,
    *,
    by: Manager | None = None,
    kind_name: str = "Sale",
    now: dt.datetime | None = None,
    **kwargs: Any,
) -> SalesProcess:
    """A sale started by the client's manager (or ``by``)."""
    client = client or held_client()
    by = by or client.manager
    assert by is not None
    new = SalesProcess(
        client=client,
        kind=ProcessKind.objects.get(name=kind_name),
        **{"title": "Ten pumps", "responsible": by, **kwargs},
    )
    return sales.start_process(process=new, by=by, now=now)


def inquiry(
    client: Client | None = None, *, by: Manager | None = None, code: str = "call_in", **kwargs: Any
) -> Inquiry:
    """A call somebody in sales answered: passed on to the manager of its client. ``new``, ``wish``, ``caller``,
    ``sale_kind`` and ``now`` go to the service."""
    asked = {name: kwargs.pop(name) for name in ("new", "wish", "caller", "sale_kind", "now") if name in kwargs}
    facts = {"text": "Ten pumps, please", **kwargs}
    if "new" not in asked:
        facts["client"] = client or held_client()
    return inquiries.take(inquiry=Inquiry(kind=kind(code), **facts), by=by or ManagerFactory(), **asked)
