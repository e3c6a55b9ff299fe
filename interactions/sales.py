"""What can be done with sales processes. One verb, one transaction; permission is the caller's.

Every counted step writes its line in the stage log and an event of the program's own kinds, so that the client's
history is one table and its clock has one source.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import mentions
from clients.models import Client, Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import (
    notices,
    process_activity,
    process_path,
    sale_parts,
    same_offer,
    stage_approvals,
    stage_tasks,
    stages,
)
from interactions.clockwork import recompute_clocks, set_approval, set_counted_on
from interactions.models import (
    Approval,
    Competitor,
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


@transaction.atomic
def start_process(
    *,
    process: SalesProcess,
    by: Manager,
    lines: Sequence[ProcessLine] = (),
    co_managers: Collection[Manager] = (),
    competitors: Collection[Competitor] = (),
    now: dt.datetime | None = None,
) -> SalesProcess:
    """Open a sale on its first stage (or the given one); a counted contact on ``started_on`` (today when empty).

    Without an amount it comes to what its lines come to.

    Raises:
        ValidationError: a field is wrong, the stage is of another kind, the start lies in the future, a co-manager does
            not see the client.
        DomainError: a controlled sale is started at a later stage.
    """
    now = now or clock.now()
    clients = lock_clients([process.client_id])
    process.author = by
    process.started_on = process.started_on or clock.local_date(now)
    process.status = ProcessStatus.OPEN
    process.closed_on = process.loss_reason = process.lost_to = None
    first = process.kind.stages.order_by("position").first()
    if process.kind.control == Control.CONTROLLED and process.stage not in (None, first):
        raise DomainError(
            _("This sale is led stage by stage: it begins at %(stage)s.") % {"stage": first}, field="stage"
        )
    if process.stage is None and process.kind.control != Control.UNTRACKED:
        process.stage = first
    process.stage_since = step_time(process.started_on, now)
    sale_parts.fill_amount(process, lines)
    sale_parts.check_co_managers(process, co_managers)
    process.full_clean()
    process.save()
    sale_parts.set_lines(process, lines)
    sale_parts.set_co_managers(process, co_managers)
    sale_parts.set_competitors(process, competitors)
    started = _log(process, Step.STARTED, by=by, day=process.started_on, now=now, to_stage=process.stage)
    stage_tasks.plan(process, started, by=by, now=now)
    _tell_named("", process, by)
    same_offer.tell(process)
    recompute_clocks(clients.values(), today=clock.local_date(now))
    return process


@transaction.atomic
def change_process(
    *,
    process: SalesProcess,
    by: Manager,
    lines: Sequence[ProcessLine] | None = None,
    co_managers: Collection[Manager] | None = None,
    competitors: Collection[Competitor] | None = None,
    now: dt.datetime | None = None,
) -> SalesProcess:
    """Save edited facts of a sale. Stage, status, client and kind have verbs of their own or stay; an edit is no
    contact. What is None (lines, co-managers, competitors) stays as it is.

    A changed start date moves the first step in the history, and the clock with it.

    Raises:
        ValidationError: a field is wrong, a new co-manager does not see the client.
    """
    now = now or clock.now()
    stored, clients = locked(process)
    process.stage, process.status, process.closed_on = stored.stage, stored.status, stored.closed_on
    process.client, process.kind = stored.client, stored.kind
    process.stage_since, process.active_on = stored.stage_since, stored.active_on
    process.furthest = stored.furthest
    # A form opened before the sale was lost knows no reason; a start is changed, never emptied.
    process.loss_reason = (process.loss_reason or stored.loss_reason) if stored.status == ProcessStatus.LOST else None
    process.lost_to = stored.lost_to
    process.started_on = process.started_on or stored.started_on
    if lines is not None:
        sale_parts.fill_amount(process, lines)
    sale_parts.check_co_managers(process, co_managers or ())
    process.full_clean()
    if process.closed_on and process.started_on and process.started_on > process.closed_on:
        raise ValidationError({"started_on": _("The end is before the start.")})
    terms = sale_parts.terms(stored)
    process.save()
    _tell_named(stored.comment, process, by)
    if lines is not None:
        sale_parts.set_lines(process, lines)
    if sale_parts.terms(process) != terms:
        stage_approvals.lapse(process)
    if co_managers is not None:
        sale_parts.set_co_managers(process, co_managers)
    if competitors is not None:
        sale_parts.set_competitors(process, competitors)
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
        DomainError: the stage is of another kind.
        StageRefused: the kind's control does not allow the move, or something is missing for it.
    """
    now = now or clock.now()
    stored, clients = _open(process)
    if stored.stage_id == stage.pk:
        raise Conflict(_("The sale is already at this stage."))
    stages.check_move(stored, stage)
    before, stored.stage, stored.stage_since = stored.stage, stage, now
    stored.save()
    moved = _log(stored, Step.MOVED, by=by, day=clock.local_date(now), now=now, from_stage=before, to_stage=stage)
    stage_tasks.plan(stored, moved, by=by, now=now)
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
    lost_to: Competitor | None = None,
    comment: str = "",
    now: dt.datetime | None = None,
) -> SalesProcess:
    """Win or lose an open sale on ``closed_on`` (today when empty): a counted contact. A reason and a winner of a sale
    that is won are passed over.

    Raises:
        Conflict: it is closed already.
        ValidationError: the date lies in the future or before the start; a lost sale names no reason.
        StageRefused: a controlled sale is not at its last stage, or something is missing for it.
    """
    now = now or clock.now()
    today = clock.local_date(now)
    stored, clients = _open(process)
    closed_on = closed_on or today
    if closed_on > today:
        raise ValidationError({"closed_on": _("This date is in the future.")})
    if stored.started_on and closed_on < stored.started_on:
        raise ValidationError({"closed_on": _("The end is before the start.")})
    if not won and loss_reason is None:
        raise ValidationError({"loss_reason": _("Say why the sale was lost.")})
    if won:
        stages.check_win(stored)
    stored.status = ProcessStatus.WON if won else ProcessStatus.LOST
    stored.closed_on = closed_on
    stored.loss_reason, stored.lost_to = (None, None) if won else (loss_reason, lost_to)
    before, stored.comment = stored.comment, "\n".join(part for part in (stored.comment, comment) if part)
    stored.save()
    if stored.lost_to:
        sale_parts.add_competitor(stored, stored.lost_to)
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
    stored, _clients = locked(process)
    if stored.is_open:
        raise Conflict(_("This sale is open."))
    stored.status = ProcessStatus.OPEN
    stored.closed_on = stored.loss_reason = stored.lost_to = None
    stored.save()
    stage_approvals.lapse(stored)
    _log(stored, Step.REOPENED, by=by, day=clock.local_date(now), now=now, to_stage=stored.stage)
    return stored


@transaction.atomic
def delete_process(*, process: SalesProcess, now: dt.datetime | None = None) -> None:
    """Remove a sale opened by mistake with its steps; the client's clock is recomputed without them.

    Raises:
        Conflict: it does not exist any more.
    """
    stored, clients = locked(process)
    # Events of people's own making stay in the history; only the program's steps go with the sale.
    stored.events.filter(kind__is_system=False).update(process=None)
    stored.delete()
    recompute_clocks(clients.values(), today=clock.local_date(now or clock.now()), cause="correction")


def step_time(day: dt.date, now: dt.datetime) -> dt.datetime:
    """The moment of a step of which only the date is known: now if it is today, else noon of that company day."""
    return now if day == clock.local_date(now) else clock.at(day)


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
    process_activity.recompute([process.pk])
    _tell_if_it_waits(event, by)
    change = StageChange.objects.create(
        process=process,
        step=step,
        from_stage=from_stage,
        to_stage=to_stage,
        changed_at=event.occurred_at,
        changed_by=by,
        event=event,
    )
    process_path.recompute([process.pk])
    return change


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
    process_activity.recompute([process.pk])
    process_path.recompute([process.pk])
    _tell_if_it_waits(event, by)


def _tell_if_it_waits(event: Event, by: Manager) -> None:
    if event.approval == Approval.PENDING:
        notices.waits(event, by=by)


def _tell_named(before: str, process: SalesProcess, by: Manager) -> None:
    """Tell whoever is named in the comment and was not before."""
    url = process.get_absolute_url()
    mentions.tell(before, process.comment, by=by, client=process.client, url=url, what=mentions.SALE)


def locked(process: SalesProcess) -> tuple[SalesProcess, dict[int, Client]]:
    """Lock the sale's client, and read the sale as it is then.

    Raises:
        Conflict: it does not exist any more; or it got another client in this very moment, by a merge or one taken
            back: whoever went on would leave that client's clock wrong.
    """
    clients = lock_clients([process.client_id])
    stored = SalesProcess.objects.select_related("kind", "stage", "client").filter(pk=process.pk).first()
    if stored is None:
        raise Conflict(_("This sale does not exist any more."))
    if stored.client_id not in clients:
        raise Conflict(_("Somebody has changed this meanwhile."))
    return stored, clients


def _open(process: SalesProcess) -> tuple[SalesProcess, dict[int, Client]]:
    stored, clients = locked(process)
    if not stored.is_open:
        raise Conflict(_("This sale is already closed."))
    return stored, clients
