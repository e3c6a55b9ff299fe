"""Who took part: names that were only typed become contact persons, of the client or new ones.

Permission to change the event is the caller's. Each verb locks the client first; done twice, it is done once.
"""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import services as client_services
from clients.models import Client, ContactPerson, ContactPoint
from clients.rules.import_people import Name, person_name
from clients.rules.import_values import BadValue
from clients.rules.likeness import slips_in
from clients.zoning import lock_clients
from crm.web.errors import Conflict
from crm.web.text import fold
from interactions.models import Event, EventParticipant

#: So many persons of a client are offered; whoever has more is found by his name.
OFFERED = 60


def namesakes(participant: EventParticipant) -> list[EventParticipant]:
    """Every place among the client's events where the same name stands and nobody is linked, this one included."""
    rows = EventParticipant.objects.filter(
        event__client=participant.event.client_id, person=None, manager=None
    ).select_related("event")
    wanted = _plain(participant.name)
    return [row for row in rows.order_by("pk") if _plain(row.name) == wanted]


def offered(participant: EventParticipant) -> list[ContactPerson]:
    """The client's persons, those whose name is like the one that was typed first."""
    typed = fold(participant.name)
    persons = list(ContactPerson.objects.filter(client=participant.event.client_id)[:OFFERED])
    return sorted(persons, key=lambda person: not _is_like(typed, person))


def likely(participant: EventParticipant, persons: Sequence[ContactPerson]) -> ContactPerson | None:
    """Who is meant, where only one can be."""
    typed = fold(participant.name)
    alike = [person for person in persons if _is_like(typed, person)]
    return alike[0] if len(alike) == 1 else None


def new_person(client: Client, name: str) -> ContactPerson:
    """A contact person, not saved, with what can be read from a typed name."""
    try:
        parts = person_name(name)
    except BadValue:
        parts = Name("", name)
    return ContactPerson(
        client=client, last_name=parts.last[:150], first_name=parts.first[:150], middle_name=parts.middle[:150]
    )


@transaction.atomic
def link(*, participant: EventParticipant, person: ContactPerson, everywhere: bool = True) -> int:
    """The name stands for this person: here, or in all events of the client (``everywhere``). Returns in how many.

    Raises:
        ValidationError: the person is another client's.
        Conflict: somebody has linked the name meanwhile, or taken it out.
    """
    event = participant.event
    lock_clients([event.client_id])
    if person.client_id != event.client_id:
        raise ValidationError({"person": _("This person belongs to another client.")})
    rows = {row.pk: row for row in namesakes(participant)}
    if participant.pk not in rows:
        raise Conflict(_("Somebody has changed this meanwhile."))
    chosen = list(rows.values()) if everywhere else [rows[participant.pk]]
    there = set(
        EventParticipant.objects.filter(event__in=[row.event_id for row in chosen], person=person).values_list(
            "event", flat=True
        )
    )
    for row in chosen:
        if row.event_id in there:
            row.delete()
            continue
        there.add(row.event_id)
        row.person, row.name = person, ""
        row.save(update_fields=["person", "name"])
    return len(there)


@transaction.atomic
def add_person(
    *,
    event: Event,
    person: ContactPerson,
    points: Sequence[ContactPoint] = (),
    participant: EventParticipant | None = None,
    everywhere: bool = True,
) -> ContactPerson:
    """A new contact person of the event's client, who took part in it; ``participant``: the name that stood for him.

    Raises:
        ValidationError: a field of the person or of a phone is wrong, or the client is another one.
        Conflict: as ``link``.
    """
    lock_clients([event.client_id])
    if person.client_id != event.client_id:
        raise ValidationError(_("This person belongs to another client."))
    client_services.save_person(person=person, points=points)
    if participant:
        link(participant=participant, person=person, everywhere=everywhere)
    else:
        EventParticipant.objects.create(event=event, person=person)
    return person


def _plain(name: str) -> str:
    return " ".join(fold(name).split())


def _is_like(typed: str, person: ContactPerson) -> bool:
    return slips_in(typed, fold(person.name)) is not None
