"""A client of the exchange calls or writes by itself: registering it, and telling who should hear of it at once."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ContactPerson, Manager, Role
from clients.superiors import deciders
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import inbound_notices
from interactions import services
from interactions.models import Direction, Event, EventKind, EventStatus
from interactions.services import Participants

#: A call written down late, of so many days before the client came, still is news: it would have stayed.
_DAYS_BEFORE = 3


@transaction.atomic
def register_inbound(
    *,
    client_id: int,
    kind: EventKind,
    subject: str,
    by: Manager,
    person: ContactPerson | None = None,
    name: str = "",
    occurred_at: dt.datetime | None = None,
    now: dt.datetime | None = None,
) -> Event:
    """Write down that a client nobody holds called or wrote: ``by`` answered. It is a contact like any other; nobody
    gets the client by it. The listeners of ``interactions.inbound`` are told (here: :func:`alert`).

    Args:
        subject: what the client wanted.
        person: who it was; or ``name``, where he is not among the contact persons.
        occurred_at: when; now by default.

    Raises:
        Conflict: somebody has the client now.
        DomainError: nothing is said of what it wanted (field ``subject``); the kind is not an incoming one (``kind``).
        ValidationError: the moment is in the future; the person is of another client.
    """
    now = now or clock.now()
    client = lock_clients([client_id]).get(client_id)
    if client is None:
        raise Conflict(_("This client does not exist any more."))
    if client.is_held:
        words = _("%(manager)s has this client now: tell him that it called.")
        raise Conflict(words % {"manager": client.manager})
    if kind.direction != Direction.INCOMING or kind.is_system:
        raise DomainError(_("Choose how the client got in touch."), field="kind")
    subject = " ".join(subject.split())[:255]
    if not subject:
        raise DomainError(_("Say what the client wanted."), field="subject")
    event = Event(
        client=client,
        kind=kind,
        status=EventStatus.DONE,
        subject=subject,
        occurred_at=occurred_at or now,
        responsible=by,
    )
    name = " ".join(name.split())
    who = Participants(persons=[person] if person else [], names=[name] if name else [])
    return services.register_event(event=event, by=by, participants=who, now=now)


def alert(event: Event, by: Manager) -> None:
    """A listener of ``interactions.inbound``: a client without a manager has called or written. Its last manager hears
    of it and the head above him (without a head the directors), but not who registered it.

    Each person once per event and client. What lies long before the client came to the exchange is history, no news.
    """
    # Read anew under the lock: the event may carry a client of before, when nobody had claimed it.
    waiting = Client.objects.filter(manager__isnull=True, exchange_since__isnull=False)
    client = waiting.select_related("last_manager__department").filter(pk=event.client_id).first()
    if client is None or _is_history(event, client):
        return
    recipients = {pk for pk in _whom(client) if pk != by.pk}
    if recipients:
        inbound_notices.tell(event, client=client, by=by, recipients=recipients)


def takes_inbound(client: Client) -> bool:
    """Whether everybody in sales may write down that this client called: nobody holds it, and somebody once did."""
    return not client.is_held and client.exchange_since is not None


def last_inbound(client_ids: Collection[int], since: dt.datetime) -> dict[int, dt.datetime]:
    """When each of these clients called or wrote last, if it did since ``since``. One query."""
    events = inbound_since(since).filter(client_id__in=client_ids)
    return dict(events.order_by().values_list("client_id").annotate(last=Max("occurred_at")))


def inbound_since(since: Any) -> QuerySet[Event]:
    """What came from clients: calls, letters; ``since``: a moment, or a parameter of a prepared query."""
    incoming = Event.objects.done().filter(kind__direction=Direction.INCOMING, kind__is_system=False)
    return incoming.filter(occurred_at__gte=since)


def _is_history(event: Event, client: Client) -> bool:
    assert client.exchange_since is not None
    first = clock.local_date(client.exchange_since) - dt.timedelta(days=_DAYS_BEFORE)
    return clock.local_date(event.occurred_at) < first


def _whom(client: Client) -> set[int]:
    last = client.last_manager
    if last is not None:
        return {last.pk, *deciders(last)}
    return set(Manager.objects.filter(role=Role.DIRECTOR, is_active=True).values_list("pk", flat=True))
