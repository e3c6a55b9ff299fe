"""A contact together with what follows it: registered, finished or taken back both or neither."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from clients.zoning import lock_clients
from crm import clock
from interactions import undo
from interactions.models import Agreement, Event, EventKind, EventStatus
from interactions.services import (
    NOBODY_ELSE,
    Participants,
    add_agreements,
    delete_event,
    finish_event,
    locked,
    register_event,
)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is planned after a contact: asked for, never forced. ``at`` lies ahead."""

    kind: EventKind
    at: dt.datetime
    subject: str = ""
    #: Minutes before it; None: as the responsible prefers (``interactions.reminders``).
    remind_before: int | None = None


class Finished(NamedTuple):
    """A finished event, what was planned with it, and the ticket that takes both back (``interactions.undo``)."""

    event: Event
    planned: Event | None
    undo: str


@transaction.atomic
def register_contact(
    *,
    event: Event,
    by: Manager,
    participants: Participants = NOBODY_ELSE,
    agreements: Sequence[Agreement] = (),
    next_step: NextStep | None = None,
    now: dt.datetime | None = None,
) -> tuple[Event, Event | None]:
    """Register an event and plan what follows it, both or neither. Returns the event and the planned one.

    Raises:
        ValidationError: as ``register_event``; ``next_at`` when the next step lies in the past.
    """
    now = now or clock.now()
    event = register_event(event=event, by=by, participants=participants, agreements=agreements, now=now)
    return event, plan_next(after=event, step=next_step, by=by, now=now) if next_step else None


@transaction.atomic
def finish_contact(
    *,
    event: Event,
    by: Manager,
    occurred_at: dt.datetime | None = None,
    result: str = "",
    agreements: Sequence[Agreement] = (),
    next_step: NextStep | None = None,
    now: dt.datetime | None = None,
) -> Finished:
    """Finish a planned event with what came of it, what was agreed, and what follows: all of it or nothing.

    Raises:
        Conflict, ValidationError: as ``finish_event`` and ``plan_next``; an agreement is wrong.
    """
    now = now or clock.now()
    stored, _clients = locked(event)
    before = undo.Before.of(stored)
    event = finish_event(event=stored, by=by, occurred_at=occurred_at, result=result, now=now)
    add_agreements(event, agreements)
    planned = plan_next(after=event, step=next_step, by=by, now=now) if next_step else None
    return Finished(event, planned, undo.ticket(before, event, planned=planned, agreements=agreements))


@transaction.atomic
def plan_next(*, after: Event, step: NextStep, by: Manager, now: dt.datetime | None = None) -> Event:
    """Plan the event that continues ``after``, for the same responsible.

    Raises:
        ValidationError: it lies in the past.
    """
    now = now or clock.now()
    if step.at < now:
        raise ValidationError({"next_at": _("The next step lies in the past.")})
    planned = Event(
        client=after.client,
        kind=step.kind,
        status=EventStatus.PLANNED,
        subject=step.subject,
        occurred_at=step.at,
        remind_before=step.remind_before,
        responsible=after.responsible,
        process=after.process if after.process and after.process.is_open else None,
        continues=after,
    )
    return register_event(event=planned, by=by, now=now)


@transaction.atomic
def undo_registration(*, event: Event, planned: Event | None = None, now: dt.datetime | None = None) -> None:
    """Take back a contact just registered, with the step planned together with it.

    Raises:
        DomainError: the event is written by the program.
        Conflict: it is gone already.
    """
    lock_clients([event.client_id])
    if planned is not None and planned.continues_id == event.pk and planned.status == EventStatus.PLANNED:
        delete_event(event=planned, now=now)
    delete_event(event=event, now=now)
