"""The colours: every date and zone equals the naive computation, every change of colour is written down."""

import datetime as dt

from django.db.models import Max

from clients.models import Client, Redating
from crm import clock
from exchange.models import DetachHold, NightlyRun, ParkedClient, ZoneTransition
from exchange.simulation.invariants.broken import Look
from exchange.simulation.invariants.naive import Book, colour
from interactions.models import Event


class Colours:
    """Remembers how far it read the transitions, and the colour each client had then."""

    def __init__(self) -> None:
        self._read = 0
        self._colour: dict[int, str] = {}

    def check(self, look: Look) -> None:
        rows = list(
            Client.objects.order_by().values_list(
                "pk", "manager_id", "manager__department__path", "category", "assigned_on", "last_contact_on",
                "clock_date", "yellow_on", "red_on", "detach_on", "zone",
            )
        )  # fmt: skip
        self._transitions(look, {row[0]: row[10] for row in rows})
        talked, book = _last_contacts(), Book(look)
        # A changed policy whose job was lost waits for the night.
        waits = not look.ran and Redating.objects.exclude(status=Redating.Status.DONE).exists()
        due = []
        for pk, manager, path, category, since, stored_contact, stored_clock, *dates, zone in rows:
            contact = talked.get(pk)
            if contact != stored_contact:
                look.broken("last contact", f"{stored_contact} is stored, the events say {contact}", client=pk)
            if manager is None:
                continue
            assert since is not None, "another check has looked"
            counted_from: dt.date = max(since, contact) if contact else since
            if counted_from != stored_clock:
                look.broken("clock date", f"{stored_clock} is stored, not {counted_from}", client=pk)
            naive = book.dates(manager, path or "", category, counted_from)
            if tuple(dates) != naive and not waits:
                look.broken("dates", f"{dates} are stored, the naive computation says {naive}", client=pk)
            if look.ran and zone != colour(naive, look.day):
                look.broken("zone", f"{zone} is published, by its dates it is {colour(naive, look.day)}", client=pk)
            if naive[2] <= look.day:
                due.append(pk)
        _night(look, due)

    def _transitions(self, look: Look, published: dict[int, str]) -> None:
        new = ZoneTransition.objects.filter(pk__gt=self._read).order_by("pk")
        for pk, client, before, after in new.values_list("pk", "client_id", "from_zone", "to_zone"):
            known = self._colour.get(client, "")
            if before != known or before == after:
                look.broken("every colour is written down", f"{before!r} → {after!r} after {known!r}", client=client)
            self._colour[client], self._read = after, pk
        for client, zone in published.items():
            if self._colour.get(client, "") != zone:
                words = f"{zone!r} is published, the last transition led to {self._colour.get(client, '')!r}"
                look.broken("every colour is written down", words, client=client)


def _last_contacts() -> dict[int, dt.date]:
    """The date of each client's last contact, from what the events themselves say."""
    done = Event.objects.filter(status="done", kind__counts_as_contact=True, approval__in=["", "approved"])
    rows = done.order_by().values("client").annotate(last=Max("occurred_at")).values_list("client", "last")
    return {client: clock.local_date(last) for client, last in rows}


def _night(look: Look, due: list[int]) -> None:
    """The run itself: ended, nobody parked; who is due and stays is held by something written down."""
    if not look.ran:
        return
    run = NightlyRun.objects.filter(date=look.day).first()
    if run is None or run.status != "done":
        look.broken("the night", f"{run} is not done: {run.error if run else ''}")
    look.none("the night", ParkedClient.objects.filter(parked_at__gte=run.started_at), "was parked")
    if run.decision in ("", "confirmed"):
        held = set(
            DetachHold.objects.filter(client__in=due, until__gte=look.day).order_by().values_list("client", flat=True)
        )
        look.none("who is due leaves", [pk for pk in due if pk not in held], "is due and stays, held by nothing")
