"""By when the next contact is due by the regulations."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Max

from clients.freezing import freeze_book
from clients.models import Client
from clients.policies import department_chain
from interactions.models import Event, EventKind
from interactions.models.regulations import how_often
from interactions.regulations import regulation_book
from interactions.rules.regulations import Regulation, RegulationBook, due_on


@dataclass(frozen=True, slots=True)
class DueContact:
    """What one regulation asks for with one client.

    Attributes:
        kind: None: any contact.
        last_on: the last contact that met it.
    """

    regulation: Regulation
    kind: EventKind | None
    last_on: dt.date | None
    due_on: dt.date

    @property
    def words(self) -> str:
        """As in "1 time a month"."""
        return how_often(self.regulation.times, self.regulation.per)


#: The last day of contact of each kind, by client and kind.
LastOfKind = Mapping[tuple[int, int], dt.date]


@dataclass(frozen=True, slots=True)
class Known:
    """What the card has read already: the regulations, the kinds by their ids, and the last contacts of each kind."""

    book: RegulationBook
    kinds: Mapping[int, EventKind]
    last: LastOfKind


def due_contacts(
    clients: Sequence[Client], today: dt.date, *, known: Known | None = None
) -> dict[int, list[DueContact]]:
    """What is due with each of these held clients, the earliest first; without those of whom nothing is asked.

    Each is read with its manager and his department. Five queries at most, one where nothing is regulated, and two
    fewer than that with what is ``known``.
    """
    book = known.book if known else regulation_book()
    in_force = {kind: rows for kind in book.kinds if (rows := book.in_force(kind, today))}
    ruling: list[tuple[Client, Regulation]] = []
    for client in clients if in_force else ():
        chain = department_chain(client.manager) if client.manager else ()
        for regulations in in_force.values():
            found = next((each for each in regulations if each.rules(chain, client.category)), None)
            if client.is_held and found and found.times:
                ruling.append((client, found))
    if not ruling:
        return {}
    last = known.last if known else _last_of_kind(ruling)
    asked = {each.kind for _client, each in ruling if each.kind}
    kinds = known.kinds if known else EventKind.objects.in_bulk(asked)
    frozen = freeze_book({client.manager_id for client, _each in ruling if client.manager_id})
    due: dict[int, list[DueContact]] = {}
    for client, each in ruling:
        last_on = last.get((client.pk, each.kind)) if each.kind else client.last_contact_on
        days_off = replace(frozen.of(client.manager_id), limit=None)
        assert client.assigned_on is not None, "a held client has somebody since a day"
        day = due_on(each, last_contact_on=last_on, held_since=client.assigned_on, frozen=days_off)
        assert day is not None, "some contacts are asked for"
        due.setdefault(client.pk, []).append(DueContact(each, kinds.get(each.kind or 0), last_on, day))
    return {pk: sorted(found, key=lambda each: each.due_on) for pk, found in due.items()}


def _last_of_kind(ruling: Sequence[tuple[Client, Regulation]]) -> LastOfKind:
    """The last contact of each kind asked for, by client and kind."""
    kinds = {each.kind for _client, each in ruling if each.kind}
    if not kinds:
        return {}
    rows = Event.objects.counted().filter(client__in={client.pk for client, _each in ruling}, kind__in=kinds)
    latest = rows.order_by().values_list("client", "kind").annotate(last=Max("counted_on"))
    return {(client, kind): last for client, kind, last in latest}
