"""An administrator's word on a night that asked: take the proposed clients, or leave them."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Manager
from clients.policies import policy_book
from crm import clock
from crm.web.errors import Conflict
from exchange.models import Decision, DryOrder, NightlyRun, Proposal, RunStatus
from exchange.night import leaving, telling
from exchange.night.lock import one_at_a_time
from exchange.night.sweep import CHUNK, Sweeper
from exchange.rulebook import load_rules
from exchange.snapshots import take_snapshot


@transaction.atomic
def confirm(*, run_id: int, by: Manager) -> NightlyRun:
    """Let the proposed clients leave: those that are still due and that nothing holds. The work is done by a job.

    Raises:
        Conflict: somebody has decided already, or a later night has asked anew.
    """
    from exchange.tasks import take_confirmed

    run = _decide(run_id, by, Decision.CONFIRMED)
    # An import that came after the question is another question.
    orders = DryOrder.objects.filter(lifted_at=None, ordered_at__lte=run.finished_at)
    orders.update(lifted_at=clock.now(), lifted_by_run=run)
    take_confirmed.delay_on_commit(run.pk)
    return run


@transaction.atomic
def reject(*, run_id: int, by: Manager) -> NightlyRun:
    """Nobody leaves by this night. The next one looks anew, and asks again if it must.

    Raises:
        Conflict: somebody has decided already, or a later night has asked anew.
    """
    run = _decide(run_id, by, Decision.REJECTED)
    Proposal.objects.open().filter(run=run).update(status=Proposal.Status.STAYED)
    return run


def _decide(run_id: int, by: Manager, decision: str) -> NightlyRun:
    # Whoever finds the question open answers it; of two at once, one.
    changed = (
        NightlyRun.objects.asking()
        .filter(pk=run_id, status=RunStatus.DONE)
        .update(decision=decision, decided_by=by, decided_at=clock.now())
    )
    run = NightlyRun.objects.select_related("decided_by").get(pk=run_id)
    if changed:
        return run
    if run.decision == Decision.SUPERSEDED:
        raise Conflict(_("A later night has looked anew: decide on that one."))
    if run.decided_by:
        raise Conflict(_("%(manager)s has decided already.") % {"manager": run.decided_by})
    raise Conflict(_("This night has nothing to decide."))


def take_confirmed(run_id: int, *, chunk: int = CHUNK) -> NightlyRun:
    """Detach whom a confirmed run proposed. At-least-once: running it again takes nobody twice."""
    with one_at_a_time():
        run = NightlyRun.objects.get(pk=run_id)
        if not _is_waiting(run) or NightlyRun.objects.done().filter(date__gt=run.date).exists():
            return run
        moment = clock.now()
        told_on = clock.local_date(moment)
        leaving.take(Sweeper(run, chunk), policy_book(), load_rules(), moment=moment, told_on=told_on)
        leaving.close_plan(run)
        telling.tell_left(run, told_on=told_on)
        # Closes the run once more: finished after it was decided on, so the job is done.
        take_snapshot(run)
        run.refresh_from_db()
    return run


def finish_confirmed() -> None:
    """Make good for a confirmed night whose job was lost. One query when there is none.

    Only of the last night: a later one has looked anew.
    """
    last = NightlyRun.objects.done().order_by("-date").first()
    if last and _is_waiting(last):
        take_confirmed(last.pk)


def _is_waiting(run: NightlyRun) -> bool:
    """Whether it is confirmed and not carried out: then it would have been finished after the word."""
    if run.decision != Decision.CONFIRMED or run.finished_at is None or run.decided_at is None:
        return False
    return run.finished_at <= run.decided_at
