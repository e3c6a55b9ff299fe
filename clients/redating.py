"""Computing the zone dates of many clients anew, as a job: a policy, a holiday or the tree of departments changed.

At-least-once: a job notes how far it came in the transaction of each batch, so a killed one goes on where it stopped,
and doing a batch twice changes nothing.
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Department, Manager, Redating
from clients.zoning import redate, redate_batch
from crm import clock
from crm.web.errors import Conflict

log = logging.getLogger(__name__)
BATCH = 500
#: How long after a job the night still looks at who came to its segment meanwhile: longer than any transaction.
_LOOK_AGAIN = dt.timedelta(days=2)


def request_redating(
    *,
    reason: str,
    note: str = "",
    by: Manager | None = None,
    manager: Manager | None = None,
    department: Department | None = None,
    category: str = "",
) -> Redating:
    """Write the job down and start it when the caller's transaction is committed."""
    from clients.tasks import redate as task

    job = Redating(
        reason=reason, note=note[:300], requested_by=by, manager=manager, department=department, category=category
    )
    job.total = segment(job).count()
    job.save()
    task.delay_on_commit(job.pk)
    return job


def redate_or_request(
    *,
    reason: str,
    note: str = "",
    by: Manager | None = None,
    manager: Manager | None = None,
    department: Department | None = None,
    category: str = "",
) -> int | Redating:
    """Few clients (one batch) at once, in the caller's transaction; many by a job that can be left and found again.

    Returns how many clients have new dates, or the job.
    """
    ids = list(in_segment(department, category, manager).order_by("pk").values_list("pk", flat=True)[: BATCH + 1])
    if len(ids) <= BATCH:
        # Once more when it is committed: a contact that waited for our locks has joined the manager's old department.
        transaction.on_commit(lambda: _redate_again(ids, cause_of(reason)))
        with transaction.atomic():
            return redate_batch(ids, today=clock.today(), cause=cause_of(reason))
    return request_redating(reason=reason, note=note, by=by, manager=manager, department=department, category=category)


def _redate_again(ids: list[int], cause: str) -> None:
    redate(ids, today=clock.today(), cause=cause)


def cause_of(reason: str) -> str:
    """What a colour is recorded to have changed by: days that do not count any more, or other thresholds."""
    frozen = (Redating.Reason.ABSENCE, Redating.Reason.HOLIDAYS, Redating.Reason.RULES)
    return "freeze" if reason in frozen else "policy"


def in_segment(department: Department | None, category: str = "", manager: Manager | None = None) -> QuerySet[Client]:
    """The held clients of a manager, of a department with all below it, of a category; of all where nothing is
    given."""
    clients = Client.objects.held()
    if manager:
        clients = clients.filter(manager=manager)
    if department:
        clients = clients.filter(manager__department__path__startswith=department.path)
    if category:
        clients = clients.filter(category=category)
    return clients


def segment(job: Redating) -> QuerySet[Client]:
    """The held clients a job is about."""
    return in_segment(job.department, job.category, job.manager)


def resume_redating(*, job_id: int) -> Redating:
    """Let a job go on that failed or lost its worker. A second worker on a living job only shares the work.

    Raises:
        Conflict: it is done.
    """
    from clients.tasks import redate as task

    with transaction.atomic():
        job = Redating.objects.select_for_update().get(pk=job_id)
        if job.is_done:
            raise Conflict(_("This job is done already."))
        Redating.objects.filter(pk=job_id).update(status=Redating.Status.WAITING, error="", heard_at=clock.now())
        task.delay_on_commit(job_id)
    job.refresh_from_db()
    return job


def run_redating(job_id: int) -> Redating:
    """Do the job, or what is left of it. Two at once share the work: each batch is done under the job's lock."""
    this = Redating.objects.unfinished().filter(pk=job_id)
    this.update(status=Redating.Status.RUNNING, error="", heard_at=clock.now())
    try:
        while _run_batch(job_id):
            pass
    except Exception as error:
        log.exception("re-dating %s stopped", job_id)
        this.update(status=Redating.Status.FAILED, error=repr(error)[:2000], heard_at=clock.now())
        raise
    return Redating.objects.get(pk=job_id)


def finish_redatings() -> int:
    """Finish every job that is not done: the night must not publish by half-changed dates. Returns how many.

    Also looks once more at the clients that came to a segment while its job ran: one that was attached by the old
    policy in a transaction which the job could not see yet would keep its old dates.

    Raises:
        Exception: what stopped a job; the others were tried before.
    """
    unfinished = list(Redating.objects.unfinished().order_by("created_at", "pk"))
    stopped: list[Exception] = []
    for job in unfinished:
        try:
            run_redating(job.pk)
        except Exception as error:
            stopped.append(error)
    if stopped:
        raise stopped[0]
    since = clock.now() - _LOOK_AGAIN
    if recent := list(Redating.objects.filter(finished_at__gte=since).values_list("created_at", flat=True)):
        arrived = Client.objects.held().filter(assigned_on__gte=clock.local_date(min(recent)))
        redate(arrived.values_list("pk", flat=True), today=clock.today())
    return len(unfinished)


@transaction.atomic
def _run_batch(job_id: int) -> bool:
    job = Redating.objects.select_for_update(of=("self",)).select_related("department", "manager").get(pk=job_id)
    if job.status == Redating.Status.DONE:
        return False
    after = segment(job).filter(pk__gt=job.last_client_id).order_by("pk")
    ids = list(after.values_list("pk", flat=True)[:BATCH])
    if not ids:
        now = clock.now()
        Redating.objects.filter(pk=job_id).update(status=Redating.Status.DONE, finished_at=now, heard_at=now)
        return False
    changed = redate_batch(ids, today=clock.today(), cause=cause_of(job.reason))
    Redating.objects.filter(pk=job_id).update(
        done=F("done") + len(ids), changed=F("changed") + changed, last_client_id=ids[-1], heard_at=clock.now()
    )
    return True
