"""What can be done with sales processes. One verb, one transaction; permission is the caller's.

Every counted step writes its line in the stage log and an event of the program's own kinds, so that the client's
history is one table and its clock has one source.
"""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import mentions
from clients.models import Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import notices, same_offer
from interactions.clockwork import recompute_clocks, set_approval, set_counted_on
from interactions.models import (
    Approval,
    Control,
    Event,
    EventKind,
    EventStatus,
    LossReason,
    ProcessLine,
    ProcessStatus,
    SalesProcess,
    Stage,
    StageChange,
    Step,
)
from interactions.rules.stages import allowed_positions, may_be_won


@transaction.atomic
def start_process(
    *, process: SalesProcess, by: Manager, lines: Sequence[ProcessLine] = (), now: dt.datetime | None = None
) -> SalesProcess:
    """Open a sale on its first stage (or the given one); a counted contact on ``started_on`` (today when empty).

    Raises:
        ValidationError: a field is wrong, the stage is of another kind, the start lies in the future.
        DomainError: a controlled sale is started at a later stage.
    """
    now = now or clock.now()
    clients = lock_clients([process.client_id])
    process.author = by
    process.started_on = process.started_on or clock.local_date(now)
    process.status, process.closed_on, process.loss_reason = ProcessStatus.OPEN, None, None
    first = process.kind.stages.order_by("position").first()
    if process.kind.control == Control.CONTROLLED and process.stage not in (None, first):
        raise DomainError(
            _("This sale is led stage by stage: it begins at %(stage)s.") % {"stage": first}, field="stage"
        )
    if process.stage is None and process.kind.control != Control.UNTRACKED:
        process.stage = first
    process.full_clean()
    process.save()
    set_lines(process, lines)
    _log(process, Step.STARTED, by=by, day=process.started_on, now=now, to_stage=process.stage)
    _tell_named("", process, by)
    same_offer.tell(process)
    recompute_clocks(clients.values(), today=clock.local_date(now))
    return process


@transaction.atomic
def change_process(
    *, process: SalesProcess, by: Manager, lines: Sequence[ProcessLine] | None = None, now: dt.datetime | None = None
) -> SalesProcess:
    """Save edited facts of a sale. Stage, status, client and kind have verbs of their own or stay; an edit is no
    contact.

    A changed start date moves the first step in the history, and the clock with it.

    Raises:
        ValidationError: a field is wrong.
    """
    now = now or clock.now()
    clients = lock_clients([process.client_id])
    stored = _stored(process)
    process.stage, process.status, process.closed_on = stored.stage, stored.status, stored.closed_on
    process.client, process.kind = stored.client, stored.kind
    # A form opened before the sale was lost knows no reason; a start is changed, never emptied.
    process.loss_reason = (process.loss_reason or stored.loss_reason) if stored.status == ProcessStatus.LOST else None
    process.started_on = process.started_on or stored.started_on
    process.full_clean()
    if process.closed_on and process.started_on and process.started_on > process.closed_on:
        raise ValidationError({"started_on": _("The end is before the start.")})
    process.save()
    _tell_named(stored.comment, process, by)
    if lines is not None:
        set_lines(process, lines)
    same_offer.tell(process)
    if process.started_on != stored.started_on and process.started_on:
        _redate_start(process, by=by, now=now)
        recompute_clocks(clients.values(), today=clock.local_date(now), cause="correction")
    return process


@transaction.atomic
def move_process(*, process: SalesProcess, stage: Stage, by: Manager, now: dt.datetime | None = None) -> SalesProcess:
    """Move an open sale to another stage of its kind: a counted contact today.

    Raises:
        Conflict: it is closed, or somebody moved it there already.
        DomainError: the stage is of another kind, or the kind's control does not allow the move.
    """
    now = now or clock.now()
    clients = lock_clients([process.client_id])
    stored = _open(process)
    if stage.process_kind_id != stored.kind_id:
        raise DomainError(_("This stage does not belong to this kind of sale."), field="stage")
    if stored.stage_id == stage.pk:
        raise Conflict(_("The sale is already at this stage."))
    if stage.position not in positions_open_to(stored):
        raise DomainError(
            _("This sale is led stage by stage: %(stage)s is not next.") % {"stage": stage}, field="stage"
        )
    before, stored.stage = stored.stage, stage
    stored.save()
    _log(stored, Step.MOVED, by=by, day=clock.local_date(now), now=now, from_stage=before, to_stage=stage)
    recompute_clocks(clients.values(), today=clock.local_date(now))
    return stored


@transaction.atomic
def close_process(
    *,
    process: SalesProcess,
    won: bool,
    by: Manager,
    closed_on: dt.date | None = None,
    loss_reason: LossReason | None = None,
    comment: str = "",
    now: dt.datetime | None = None,
) -> SalesProcess:
    """Win or lose an open sale on ``closed_on`` (today when empty): a counted contact.

    Raises:
        Conflict: it is closed already.
        ValidationError: the date lies in the future or before the start; a lost sale names no reason.
        DomainError: a controlled sale is not at its last stage.
    """
    now = now or clock.now()
    today = clock.local_date(now)
    clients = lock_clients([process.client_id])
    stored = _open(process)
    closed_on = closed_on or today
    if closed_on > today:
        raise ValidationError({"closed_on": _("This date is in the future.")})
    if stored.started_on and closed_on < stored.started_on:
        raise ValidationError({"closed_on": _("The end is before the start.")})
    if not won and loss_reason is None:
        raise ValidationError({"loss_reason": _("Say why the sale was lost.")})
    if won and not may_be_won(**_stage_facts(stored)):
        raise DomainError(_("A controlled sale is won from its last stage."), field="stage")
    stored.status = ProcessStatus.WON if won else ProcessStatus.LOST
    stored.closed_on, stored.loss_reason = closed_on, None if won else loss_reason
    before, stored.comment = stored.comment, "\n".join(part for part in (stored.comment, comment) if part)
    stored.save()
    _tell_named(before, stored, by)
    step = Step.WON if won else Step.LOST
    _log(stored, step, by=by, day=closed_on, now=now, from_stage=stored.stage, to_stage=stored.stage, comment=comment)
    recompute_clocks(clients.values(), today=today)
    return stored


@transaction.atomic
def reopen_process(*, process: SalesProcess, by: Manager, now: dt.datetime | None = None) -> SalesProcess:
    """Open a closed sale again at the stage it was closed from. No contact: nobody talked with the client by this.

    Raises:
        Conflict: it is open.
    """
    now = now or clock.now()
    lock_clients([process.client_id])
    stored = _stored(process)
    if stored.is_open:
        raise Conflict(_("This sale is open."))
    stored.status, stored.closed_on, stored.loss_reason = ProcessStatus.OPEN, None, None
    stored.save()
    _log(stored, Step.REOPENED, by=by, day=clock.local_date(now), now=now, to_stage=stored.stage)
    return stored


@transaction.atomic
def delete_process(*, process: SalesProcess, now: dt.datetime | None = None) -> None:
    """Remove a sale opened by mistake with its steps; the client's clock is recomputed without them."""
    clients = lock_clients([process.client_id])
    # Events of people's own making stay in the history; only the program's steps go with the sale.
    process.events.filter(kind__is_system=False).update(process=None)
    process.delete()
    recompute_clocks(clients.values(), today=clock.local_date(now or clock.now()), cause="correction")


def set_lines(process: SalesProcess, lines: Sequence[ProcessLine]) -> None:
    """Save new and edited lines of a saved sale and remove those that are gone."""
    process.lines.exclude(pk__in=[line.pk for line in lines if line.pk]).delete()
    for line in lines:
        line.process = process
        line.full_clean()
        line.save()


def positions_open_to(process: SalesProcess) -> set[int]:
    """Positions of the stages this sale may move to now."""
    return allowed_positions(**_stage_facts(process)) if process.is_open else set()


def may_win(process: SalesProcess) -> bool:
    """Whether this sale can be won from where it is."""
    return process.is_open and may_be_won(**_stage_facts(process))


def step_time(day: dt.date, now: dt.datetime) -> dt.datetime:
    """The moment of a step of which only the date is known: now if it is today, else noon of that company day."""
    return now if day == clock.local_date(now) else clock.at(day)


def _stage_facts(process: SalesProcess) -> dict:
    return {
        "control": process.kind.control,
        "positions": [stage.position for stage in process.kind.stages.all()],
        "current": process.stage.position if process.stage else None,
    }


def _log(
    process: SalesProcess,
    step: Step,
    *,
    by: Manager,
    day: dt.date,
    now: dt.datetime,
    from_stage: Stage | None = None,
    to_stage: Stage | None = None,
    comment: str = "",
) -> StageChange:
    today = clock.local_date(now)
    event = Event(
        client=process.client,
        kind=EventKind.objects.get(code=f"process_{step.value}"),
        status=EventStatus.DONE,
        subject=process.title,
        text=comment,
        occurred_at=step_time(day, now),
        created_at=now,
        responsible=by,
        author=by,
        process=process,
    )
    set_approval(event, by=by, today=today)
    set_counted_on(event, today=today)
    event.save()
    _tell_if_it_waits(event, by)
    return StageChange.objects.create(
        process=process,
        step=step,
        from_stage=from_stage,
        to_stage=to_stage,
        changed_at=event.occurred_at,
        changed_by=by,
        event=event,
    )


def _redate_start(process: SalesProcess, *, by: Manager, now: dt.datetime) -> None:
    assert process.started_on is not None, "the caller has looked"
    change = process.stage_changes.filter(step=Step.STARTED).select_related("event__kind").first()
    if change is None:
        _log(process, Step.STARTED, by=by, day=process.started_on, now=now, to_stage=process.stage)
        return
    event, today = change.event, clock.local_date(now)
    event.occurred_at = change.changed_at = step_time(process.started_on, now)
    set_approval(event, by=by, today=today)
    set_counted_on(event, today=today)
    event.save()
    change.save()
    _tell_if_it_waits(event, by)


def _tell_if_it_waits(event: Event, by: Manager) -> None:
    if event.approval == Approval.PENDING:
        notices.waits(event, by=by)


def _tell_named(before: str, process: SalesProcess, by: Manager) -> None:
    """Tell whoever is named in the comment and was not before."""
    url = process.get_absolute_url()
    mentions.tell(before, process.comment, by=by, client=process.client, url=url, what=mentions.SALE)


def _stored(process: SalesProcess) -> SalesProcess:
    stored = SalesProcess.objects.select_related("kind", "stage", "client").filter(pk=process.pk).first()
    if stored is None:
        raise Conflict(_("This sale does not exist any more."))
    return stored


def _open(process: SalesProcess) -> SalesProcess:
    stored = _stored(process)
    if not stored.is_open:
        raise Conflict(_("This sale is already closed."))
    return stored
