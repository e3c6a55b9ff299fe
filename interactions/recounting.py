"""Whether a kind counts as a contact was switched: its events are decided on anew."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from clients import rulebook
from clients.zoning import lock_clients
from crm import clock
from interactions.clockwork import recompute_clocks, set_approval, set_counted_on
from interactions.models import Approval, Event, EventKind, EventStatus


@dataclass(frozen=True, slots=True)
class KindUse:
    """How much hangs on a kind: its done events, and the clients they are with."""

    events: int
    clients: int


def kind_use(kind: EventKind) -> KindUse:
    """What switching ``counts_as_contact`` of this kind would look at."""
    done = Event.objects.filter(kind=kind, status=EventStatus.DONE)
    found = done.aggregate(events=Count("pk"), clients=Count("client", distinct=True))
    return KindUse(**found)


def recount_kind(kind: EventKind, *, today: dt.date, batch: int = 500) -> int:
    """``counts_as_contact`` of a kind was switched: decide its events anew and recompute their clients, in batches.

    Each batch is its own transaction and reads the kind as it is then, so that of two recounts at once the later
    switch wins; running it again changes nothing. Returns the number of clients looked at.
    """
    rules = rulebook.load()
    client_ids = list(
        Event.objects.filter(kind=kind).order_by("client_id").values_list("client_id", flat=True).distinct()
    )
    for start in range(0, len(client_ids), batch):
        with transaction.atomic():
            clients = lock_clients(client_ids[start : start + batch])
            changed = []
            for event in Event.objects.filter(kind=kind, client__in=clients).select_related("kind", "author", "client"):
                before = event.counted_on, event.approval
                was_asked = event.approval != Approval.NOT_NEEDED or event.external_id
                if event.status == EventStatus.DONE and not was_asked:
                    # As a contact it would have been asked about on the day it was registered; imported history is
                    # believed.
                    set_approval(event, by=event.author, today=clock.local_date(event.created_at), rules=rules)
                set_counted_on(event, today=today)
                if (event.counted_on, event.approval) != before:
                    changed.append(event)
            Event.objects.bulk_update(changed, ["counted_on", "approval", "approved_by"])
            recompute_clocks(clients.values(), today=today, cause="correction")
    return len(client_ids)
