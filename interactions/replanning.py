"""Putting a plan off, or bringing it forward."""

import datetime as dt
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from crm import clock
from crm.web.errors import Conflict
from interactions import services, undo
from interactions.models import Event, EventStatus


class Replanned(NamedTuple):
    """The event at its new time, and the ticket that takes it back (``interactions.undo``)."""

    event: Event
    undo: str


@transaction.atomic
def replan_event(*, event: Event, at: dt.datetime, by: Manager, now: dt.datetime | None = None) -> Replanned:
    """Plan an event for another moment, as long as before. Permission is the caller's.

    Raises:
        Conflict: it is no longer planned, or nobody holds its client any more.
        ValidationError: ``at`` lies in the past.
        DomainError: the event is written by the program.
    """
    now = now or clock.now()
    stored, clients = services.locked(event)
    if stored.status != EventStatus.PLANNED:
        raise Conflict(_("This event is no longer planned."))
    if at < now:
        raise ValidationError({"at": _("A plan lies ahead, not in the past.")})
    services.refuse_plan_of_nobody(stored, clients, by)
    before = undo.Before.of(stored)
    if stored.ends_at:
        stored.ends_at += at - stored.occurred_at
    stored.occurred_at = at
    stored = services.change_event(event=stored, by=by, now=now)
    return Replanned(stored, undo.ticket(before, stored))
