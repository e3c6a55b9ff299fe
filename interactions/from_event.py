"""What begins in an event: a client that was spoken of, or a sale. Each keeps its way back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from clients import services as client_services
from clients.models import Client, ContactPoint, Manager
from interactions import sales, services
from interactions.models import Event, EventStatus, ProcessLine, SalesProcess


@transaction.atomic
def create_client(
    *,
    event: Event,
    client: Client,
    by: Manager,
    manager: Manager | None,
    points: Sequence[ContactPoint] = (),
    custom: Mapping[str, Any] | None = None,
    take_along: bool = False,
) -> Client:
    """A new client out of an event; with ``take_along`` the event was with this client and goes there.

    Raises:
        ValidationError: a field is wrong.
        DomainError: the event is written by the program.
    """
    created = client_services.create_client(client=client, by=by, manager=manager, points=points, custom=custom)
    if take_along:
        services.move_event(event=event, client=created, by=by)
    return created


@transaction.atomic
def start_sale(
    *, event: Event, process: SalesProcess, by: Manager, lines: Sequence[ProcessLine] = (), **parts: Any
) -> SalesProcess:
    """A sale that began with this event, which belongs to it from now on, unless it is another sale's already.

    Raises:
        As ``sales.start_process``.
    """
    started = sales.start_process(process=process, by=by, lines=lines, **parts)
    stored, _clients = services.locked(event)
    if stored.process is None and stored.status != EventStatus.CANCELLED:
        stored.process = started
        services.change_event(event=stored, by=by)
    return started
