"""Taking back what was done with a plan: finishing it, or moving it to another day.

The toast's *Undo* carries a signed ticket with what the event was before. It is good as long as nobody has changed the
event since; nothing of it is stored.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import services
from interactions.models import Agreement, Event, EventStatus

_SALT = "interactions.undo"
#: A ticket stands in an address, which cannot be of any length.
_LONGEST_RESULT = 500


@dataclass(frozen=True, slots=True)
class Before:
    """What finishing and re-planning change of a planned event."""

    occurred_at: dt.datetime
    ends_at: dt.datetime | None
    result: str

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(event.occurred_at, event.ends_at, event.result)


def ticket(before: Before, after: Event, *, planned: Event | None = None, agreements: Sequence[Agreement] = ()) -> str:
    """A ticket that takes ``after`` back to what it was, with the next step and the agreements that came with it; ""
    where that would not fit into an address."""
    if len(before.result) > _LONGEST_RESULT:
        return ""
    facts = {
        "event": after.pk,
        "version": after.updated_at.isoformat(),
        "at": before.occurred_at.isoformat(),
        "ends": before.ends_at.isoformat() if before.ends_at else "",
        "result": before.result,
        "planned": planned.pk if planned else None,
        "plan": planned.updated_at.isoformat() if planned else "",
        "agreements": [agreement.pk for agreement in agreements],
    }
    return signing.dumps(facts, salt=_SALT, compress=True)


@transaction.atomic
def take_back(*, event: Event, ticket: str, by: Manager, now: dt.datetime | None = None) -> Event:
    """Make the event planned again as it was; what was planned and agreed in the same form goes, unless somebody has
    done something about it since: then it stays.

    Raises:
        DomainError: the ticket is not one of this event.
        Conflict: the event was changed since, or nobody holds its client any more.
    """
    facts = _read(ticket)
    if facts.get("event") != event.pk:
        raise DomainError(_("This can no longer be undone."))
    now = now or clock.now()
    stored, clients = services.locked(event)
    if stored.updated_at.isoformat() != facts["version"]:
        raise Conflict(_("It has been changed since: open it and change it there."))
    services.refuse_plan_of_nobody(stored, clients, by)
    planned = Event.objects.planned().filter(pk=facts["planned"], continues=stored).first()
    if planned and planned.updated_at.isoformat() == facts["plan"]:
        services.delete_event(event=planned, now=now)
        if stored.chain_id == stored.pk and not stored.chained.exclude(pk=stored.pk).exists():
            stored.chain = None
    stored.agreements.filter(pk__in=facts["agreements"], status=Agreement.Status.OPEN).delete()
    stored.status, stored.result = EventStatus.PLANNED, facts["result"]
    stored.occurred_at = dt.datetime.fromisoformat(facts["at"])
    stored.ends_at = dt.datetime.fromisoformat(facts["ends"]) if facts["ends"] else None
    return services.change_event(event=stored, by=by, now=now)


def _read(ticket: str) -> dict[str, Any]:
    try:
        return signing.loads(ticket, salt=_SALT)
    except signing.BadSignature as error:
        raise DomainError(_("This can no longer be undone.")) from error
