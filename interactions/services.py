"""What can be done with events. One verb, one transaction; permission is the caller's (the views' querysets).

Every verb locks the client first, writes, and recomputes the client's clock from what is registered then: the client
is green when the transaction commits, and a contact registered at the same time is never lost.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ContactPerson, Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import inbound, notices, process_activity, same_offer
from interactions.clockwork import recompute_clocks, set_approval, set_counted_on
from interactions.models import Agreement, Approval, Event, EventParticipant, EventStatus
from interactions.reminders import set_remind_at


@dataclass(frozen=True, slots=True)
class Participants:
    """Who took part beside the responsible: contact persons, colleagues, and names to be linked later."""

    persons: Sequence[ContactPerson] = ()
    managers: Sequence[Manager] = ()
    names: Sequence[str] = ()


NOBODY_ELSE = Participants()


@transaction.atomic
def register_event(
    *,
    event: Event,
    by: Manager,
    participants: Participants = NOBODY_ELSE,
    agreements: Sequence[Agreement] = (),
    now: dt.datetime | None = None,
) -> Event:
    """Save a new event, planned or done; a done contact turns the client green in the same transaction.

    Raises:
        ValidationError: a field is wrong; what is done lies in the future; a person is of another client.
        DomainError: the kind is written by the program only.
        Conflict: a plan with a client that has just gone to the exchange.
    """
    now = now or clock.now()
    clients = lock_clients([event.client_id])
    event.author, event.created_at = by, now
    _refuse_system(event)
    refuse_plan_of_nobody(event, clients, by)
    _check_and_date(event, by=by, now=now)
    event.chain = _chain_of(event)
    event.save()
    add_participants(event, participants)
    add_agreements(event, agreements)
    process_activity.recompute([event.process_id])
    recompute_clocks(clients.values(), today=clock.local_date(now))
    if event.approval == Approval.PENDING:
        notices.waits(event, by=by)
    notices.named(event, by=by)
    same_offer.tell(event)
    inbound.announce(event, by=by)
    return event


@transaction.atomic
def change_event(
    *,
    event: Event,
    by: Manager,
    participants: Participants | None = None,
    agreements: Sequence[Agreement] | None = None,
    now: dt.datetime | None = None,
) -> Event:
    """Save an edited event: other text, date, kind, status or even client; the clocks of both clients are recomputed.

    Raises:
        ValidationError: a field is wrong.
        DomainError: the event is written by the program.
        Conflict: it was deleted meanwhile.
    """
    now = now or clock.now()
    stored, clients = locked(event, event.client_id)
    _refuse_system(stored)
    _refuse_system(event)
    if stored.status != EventStatus.PLANNED or stored.client_id != event.client_id:
        refuse_plan_of_nobody(event, clients, by)
    if event.client_id != stored.client_id:
        _leave_chain(stored)
        event.process = event.process if event.process and event.process.client_id == event.client_id else None
        event.continues = event.chain = event.series = event.series_on = None
    _check_and_date(event, by=by, now=now, stored=stored)
    event.chain = _chain_of(event)
    event.save()
    if participants is not None:
        set_participants(event, participants)
    elif event.client_id != stored.client_id:
        event.participants.filter(person__isnull=False).delete()
    if agreements is not None:
        set_agreements(event, agreements)
    process_activity.recompute([event.process_id, stored.process_id])
    recompute_clocks(clients.values(), today=clock.local_date(now), cause=_cause(event, stored))
    if event.approval == Approval.PENDING:
        notices.waits(event, by=by)
    notices.named(event, by=by, stored=stored)
    same_offer.tell(event)
    inbound.announce(event, by=by, stored=stored)
    return event


@transaction.atomic
def move_event(
    *, event: Event, client: Client, by: Manager, now: dt.datetime | None = None
) -> tuple[Event, list[ContactPerson]]:
    """An event was registered with the wrong client: give it to ``client``; the clocks of both are recomputed.

    The sale, the thread and the contact persons are the old client's and stay behind. Returns the event and the
    persons who do not take part in it any more.

    Raises:
        DomainError: the event is written by the program, or is with this client already.
        ValidationError: it breaks a rule of events.
        Conflict: it was deleted, or moved meanwhile.
    """
    stored, _clients = locked(event, client.pk)
    if stored.client_id == client.pk:
        raise DomainError(_("This event is already with this client."), field="client")
    rows = stored.participants.filter(person__isnull=False).select_related("person").order_by("pk")
    dropped = [row.person for row in rows if row.person]
    stored.client = client
    return change_event(event=stored, by=by, now=now), dropped


@transaction.atomic
def finish_event(
    *,
    event: Event,
    by: Manager,
    occurred_at: dt.datetime | None = None,
    result: str = "",
    now: dt.datetime | None = None,
) -> Event:
    """A planned event took place: at ``occurred_at``, by default at its planned time, or now when that is ahead.

    Raises:
        Conflict: it is finished or cancelled already.
        ValidationError: the date is in the future.
    """
    now = now or clock.now()
    stored, _clients = locked(event)
    if stored.status != EventStatus.PLANNED:
        raise Conflict(_("This event is no longer planned."))
    stored.occurred_at = occurred_at or min(stored.occurred_at, now)
    if stored.ends_at and stored.ends_at < stored.occurred_at:
        stored.ends_at = None
    stored.status, stored.result = EventStatus.DONE, result or stored.result
    return change_event(event=stored, by=by, now=now)


@transaction.atomic
def cancel_event(*, event: Event, by: Manager, result: str = "", now: dt.datetime | None = None) -> Event:
    """The event does not take, or did not take place. A done one stops counting.

    Raises:
        Conflict: it is cancelled already.
    """
    stored, _clients = locked(event)
    if stored.status == EventStatus.CANCELLED:
        raise Conflict(_("This event is already cancelled."))
    stored.status, stored.result = EventStatus.CANCELLED, result or stored.result
    return change_event(event=stored, by=by, now=now)


@transaction.atomic
def delete_event(*, event: Event, now: dt.datetime | None = None) -> None:
    """Remove an event registered by mistake; the client's clock is recomputed without it.

    Raises:
        DomainError: the event is written by the program.
    """
    stored, clients = locked(event)
    _refuse_system(stored)
    _leave_chain(stored)
    stored.delete()
    process_activity.recompute([stored.process_id])
    recompute_clocks(clients.values(), today=clock.local_date(now or clock.now()), cause="correction")


@transaction.atomic
def decide_backdating(*, event: Event, by: Manager, approve: bool, now: dt.datetime | None = None) -> Event:
    """The head lets a back-dated contact count, or not. It stays in the history either way.

    Raises:
        Conflict: somebody has decided already.
    """
    now = now or clock.now()
    stored, clients = locked(event)
    if stored.approval != Approval.PENDING:
        raise Conflict(_("This date has already been decided on."))
    stored.approval, stored.approved_by = (Approval.APPROVED if approve else Approval.REJECTED), by
    set_counted_on(stored, today=clock.local_date(now))
    stored.save()
    recompute_clocks(clients.values(), today=clock.local_date(now))
    notices.decided(stored, by=by)
    return stored


def decide_backdatings(
    *, events: Iterable[Event], by: Manager, approve: bool, now: dt.datetime | None = None
) -> tuple[int, int]:
    """Decide on many at once, each in its own transaction: (how many were decided, how many had been already)."""
    decided = missed = 0
    for event in events:
        try:
            decide_backdating(event=event, by=by, approve=approve, now=now)
            decided += 1
        except Conflict:
            missed += 1
    return decided, missed


@transaction.atomic
def settle_agreement(*, agreement: Agreement, status: str, was: str = "") -> Agreement:
    """Say whether a promise was kept, or open it again.

    Args:
        was: only if it is (still) this; "" whatever it is.

    Raises:
        ValidationError: no such status.
        Conflict: somebody has decided otherwise since, or it is gone.
    """
    stored = Agreement.objects.select_for_update(of=("self",)).filter(pk=agreement.pk).first()
    if stored is None or (was and stored.status != was):
        raise Conflict(_("Somebody has changed this meanwhile."))
    agreement.status = status
    agreement.full_clean()
    agreement.save(update_fields=["status"])
    return agreement


def set_participants(event: Event, participants: Participants) -> None:
    """Replace the participants of a saved event.

    Raises:
        ValidationError: a person belongs to another client.
    """
    event.participants.all().delete()
    add_participants(event, participants)


def add_participants(event: Event, participants: Participants) -> None:
    """Save the participants of a new event.

    Raises:
        ValidationError: a person belongs to another client.
    """
    if any(person.client_id != event.client_id for person in participants.persons):
        raise ValidationError({"persons": _("This person belongs to another client.")})
    rows = [EventParticipant(event=event, person=person) for person in dict.fromkeys(participants.persons)]
    rows += [EventParticipant(event=event, manager=manager) for manager in dict.fromkeys(participants.managers)]
    rows += [
        EventParticipant(event=event, name=name[:200]) for name in dict.fromkeys(participants.names) if name.strip()
    ]
    EventParticipant.objects.bulk_create(rows)


def set_agreements(event: Event, agreements: Sequence[Agreement]) -> None:
    """Save new and edited agreements of a saved event and remove those that are gone."""
    event.agreements.exclude(pk__in=[agreement.pk for agreement in agreements if agreement.pk]).delete()
    add_agreements(event, agreements)


def add_agreements(event: Event, agreements: Sequence[Agreement]) -> None:
    """Save new and edited agreements of a saved event; those it has already stay."""
    for agreement in agreements:
        agreement.event = event
        agreement.full_clean()
        agreement.save()


def refuse_plan_of_nobody(event: Event, clients: dict[int, Client], by: Manager) -> None:
    """Plans went with the client when it left (``interactions.handing``): a new one would be kept by nobody. Looked at
    under the lock: the page may have been opened before it left. Directors may plan there, for themselves."""
    client = clients.get(event.client_id)
    if by.sees_everything:
        return
    if event.status == EventStatus.PLANNED and client and not client.is_held and client.exchange_since:
        raise Conflict(_("Nobody holds this client any more: whoever claims it can plan with it."))


def _check_and_date(event: Event, *, by: Manager, now: dt.datetime, stored: Event | None = None) -> None:
    if event.status == EventStatus.DONE and event.occurred_at > now:
        raise ValidationError({"occurred_at": _("What is done cannot lie in the future.")})
    _set_approval(event, by=by, now=now, stored=stored)
    set_counted_on(event, today=clock.local_date(now))
    set_remind_at(event, now=now)
    # What the constraints say follows from ``clean``, the choices and the lines above; who and what it is about are
    # rows that were just read. The database has the last word on both: to ask it before costs 22 statements.
    is_unique = bool(event.external_id or event.series_id)
    event.full_clean(exclude=["chain", "client", "kind", "responsible", "author"], validate_constraints=is_unique)


def _set_approval(event: Event, *, by: Manager, now: dt.datetime, stored: Event | None) -> None:
    """Ask the head when a contact is dated too far back; a head's own entry needs nobody else."""
    if event.status != EventStatus.DONE:
        event.approval, event.approved_by = Approval.NOT_NEEDED, None
        return
    occurred_on = clock.local_date(event.occurred_at)
    if stored and stored.status == EventStatus.DONE and clock.local_date(stored.occurred_at) == occurred_on:
        same_client = stored.client_id == event.client_id
        if same_client and (stored.counted_on or stored.approval or not event.kind.counts_as_contact):
            # The date was decided when it was entered; editing the words does not open it again, and a form that was
            # opened before the head decided does not take the decision back.
            event.approval, event.approved_by = stored.approval, stored.approved_by
            return
    set_approval(event, by=by, today=clock.local_date(now))


def _cause(event: Event, stored: Event) -> str:
    return "contact" if event.status == EventStatus.DONE and stored.status != EventStatus.DONE else "correction"


def _chain_of(event: Event) -> Event | None:
    """The first event of the chain that ``event`` continues; one continued for the first time becomes its head."""
    earlier = event.continues
    if earlier is None:
        return event.chain if event.pk and event.chain_id == event.pk else None
    if earlier.chain_id is None:
        Event.objects.filter(pk=earlier.pk, chain__isnull=True).update(chain=earlier.pk)
        return earlier
    return earlier.chain


def _leave_chain(event: Event) -> None:
    """The event goes, or goes to another client; the chain it was in stays behind, linked around it. Of two the other
    one is no chain any more."""
    Event.objects.filter(continues=event.pk).update(continues=event.continues_id)
    if event.chain_id is None:
        return
    others = Event.objects.filter(chain=event.chain_id).exclude(pk=event.pk)
    rest = list(others.order_by("occurred_at", "pk").values_list("pk", flat=True))
    if len(rest) == 1 or event.chain_id == event.pk:
        others.update(chain=rest[0] if len(rest) > 1 else None)


def locked(event: Event, *client_ids: int) -> tuple[Event, dict[int, Client]]:
    """Lock the client the event really belongs to (and these), and read the event as it is then.

    The caller's instance may be old: whoever trusts its client would leave the other client's clock wrong.

    Raises:
        Conflict: it was deleted, or moved to another client in this very moment.
    """
    before = _stored(event.pk)
    clients = lock_clients([before.client_id, *client_ids])
    stored = _stored(event.pk)
    if stored.client_id != before.client_id:
        raise Conflict(_("Somebody has just moved this event to another client."))
    return stored, clients


def _stored(pk: int) -> Event:
    event = Event.objects.select_related("kind", "process").filter(pk=pk).first()
    if event is None:
        raise Conflict(_("This event does not exist any more."))
    return event


def _refuse_system(event: Event) -> None:
    if event.kind.is_system:
        raise DomainError(_("Steps of a sale are changed in the sale, not here."), field="kind")
