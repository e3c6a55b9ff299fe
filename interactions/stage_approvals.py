"""The head's word on a sale at a stage: asked for, taken back, given. One verb, one transaction; permission is the
caller's: whoever may work on the sale asks, whoever leads its client decides.

A word counts while the sale stays at the stage. Coming back to it, the head is asked anew.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from clients.models import Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.access import Access
from crm.web.errors import Conflict, DomainError
from interactions import stage_notices
from interactions.models import SalesProcess, StageApproval, StageCondition

Status = StageApproval.Status


def in_force(rows: QuerySet[StageApproval]) -> QuerySet[StageApproval]:
    """Those of these that were asked since their sales, which are open, entered the stage they are at."""
    since = Q(process__stage_since=None) | Q(asked_at__gte=F("process__stage_since"))
    return rows.filter(since, process__status="open", process__stage=F("stage"))


def waiting(rows: QuerySet[StageApproval]) -> QuerySet[StageApproval]:
    """Those of these that nobody has answered and that are still to be."""
    return in_force(rows).filter(status=Status.PENDING)


def waiting_for(head: Manager) -> QuerySet[StageApproval]:
    """The questions this head decides on; none for who heads nobody."""
    return waiting(StageApproval.objects.filter(process__in=SalesProcess.objects.led_by(head)))


def shown_to(user: Manager) -> QuerySet[StageApproval]:
    """The rows of the page of approvals: a head's people's, a salesperson's own."""
    if user.access_level >= Access.HEAD:
        return StageApproval.objects.filter(process__in=SalesProcess.objects.led_by(user))
    return StageApproval.objects.filter(asked_by=user, process__in=SalesProcess.objects.visible_to(user))


@transaction.atomic
def ask(*, process: SalesProcess, by: Manager, question: str = "", now: dt.datetime | None = None) -> StageApproval:
    """Ask the head to let a sale leave the stage it is at.

    Raises:
        Conflict: the sale is closed, was asked about, or approved, already.
        DomainError: this stage asks for no approval.
    """
    stored = _open(process)
    if _current(stored).filter(status__in=[Status.PENDING, Status.APPROVED]).exists():
        raise Conflict(_("The head has been asked already."))
    # A question from before the sale left the stage and came back: it waits for nobody any more.
    StageApproval.objects.filter(process=stored, stage=stored.stage, status=Status.PENDING).delete()
    approval = StageApproval(
        process=stored, stage=stored.stage, asked_by=by, asked_at=now or clock.now(), question=question.strip()
    )
    approval.full_clean()
    approval.save()
    stage_notices.asked(approval)
    return approval


@transaction.atomic
def withdraw(*, process: SalesProcess, by: Manager) -> None:
    """Take the question back; done twice it is done once.

    Raises:
        DomainError: somebody else has asked.
    """
    stored = _open(process)
    waiting = _current(stored).filter(status=Status.PENDING).first()
    if waiting is None:
        return
    if waiting.asked_by_id != by.pk:
        raise DomainError(_("Only who has asked takes it back."))
    waiting.delete()


@transaction.atomic
def decide(
    *,
    process: SalesProcess,
    by: Manager,
    approve: bool,
    answer: str = "",
    question_id: int | None = None,
    now: dt.datetime | None = None,
) -> StageApproval:
    """The head lets a sale leave its stage, or not; asked or not.

    Args:
        question_id: what he answers; None: he says it by himself.

    Raises:
        Conflict: somebody has decided already, or the sale has gone on since he was asked.
        DomainError: this stage asks for no approval, or he refuses without having been asked.
    """
    now = now or clock.now()
    stored = _open(process)
    waiting = _current(stored).filter(status=Status.PENDING).first()
    if question_id is not None and (waiting is None or waiting.pk != question_id):
        raise Conflict(_("This has been decided on already, or the sale has gone on since."))
    if waiting is None:
        if not approve:
            raise DomainError(_("Nobody has asked."))
        if _current(stored).filter(status=Status.APPROVED).exists():
            raise Conflict(_("This has been decided on already, or the sale has gone on since."))
        waiting = StageApproval(process=stored, stage=stored.stage, asked_by=by, asked_at=now)
    waiting.status = Status.APPROVED if approve else Status.REJECTED
    waiting.decided_by, waiting.decided_at, waiting.answer = by, now, answer.strip()
    waiting.full_clean()
    waiting.save()
    stage_notices.decided(waiting)
    return waiting


def lapse(process: SalesProcess) -> None:
    """The sale is not what the head has said yes to any more. Called inside the transaction that changes it."""
    _current(process).filter(status=Status.APPROVED).update(status=Status.LAPSED)


def _current(process: SalesProcess) -> QuerySet[StageApproval]:
    return in_force(StageApproval.objects.filter(process=process))


def _open(process: SalesProcess) -> SalesProcess:
    """The sale as it is under the lock, at a stage where the head is asked."""
    clients = lock_clients([process.client_id])
    stored: Any = SalesProcess.objects.select_related("client__manager", "stage", "kind").filter(pk=process.pk).first()
    if stored is None or not stored.is_open or stored.client_id not in clients:
        raise Conflict(_("This sale is already closed."))
    wanted = StageCondition.objects.filter(stage=stored.stage, what=StageCondition.What.APPROVAL)
    if stored.stage is None or not wanted.exists():
        raise DomainError(_("This stage asks for no approval."))
    return stored
