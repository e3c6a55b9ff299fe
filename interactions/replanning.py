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
def replan_event(
    *,
    event: Event,
    by: Manager,
    at: dt.datetime | None = None,
    minutes: int | None = None,
    now: dt.datetime | None = None,
) -> Replanned:
    """Plan an event for another moment, or for longer or shorter. Permission is the caller's.

    Args:
        at: its new start; None: as before.
        minutes: its new length; None: as long as before.

    Raises:
        Conflict: it is no longer planned, or nobody holds its client any more.
        ValidationError: ``at`` lies in the past; what is overdue may stay there and become longer or shorter.
        DomainError: the event is written by the program.
    """
    now = now or clock.now()
    stored, clients = services.locked(event)
    if stored.status != EventStatus.PLANNED:
        raise Conflict(_("This event is no longer planned."))
    at = stored.occurred_at if at is None or at == _to_the_minute(stored.occurred_at) else at
    if at < now and (minutes is None or at != stored.occurred_at):
        raise ValidationError({"at": _("A plan lies ahead, not in the past.")})
    services.refuse_plan_of_nobody(stored, clients, by)
    before = undo.Before.of(stored)
    if minutes is not None:
        stored.ends_at = at + dt.timedelta(minutes=minutes)
    elif stored.ends_at:
        stored.ends_at += at - stored.occurred_at
    stored.occurred_at = at
    stored = services.change_event(event=stored, by=by, now=now)
    return Replanned(stored, undo.ticket(before, stored))


def _to_the_minute(moment: dt.datetime) -> dt.datetime:
    """As forms show it: who sends that back has not changed it."""
    return moment.replace(second=0, microsecond=0)
