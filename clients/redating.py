"""Computing the zone dates of many clients anew, as a job: a policy, a holiday or the tree of departments changed.

At-least-once: a job notes how far it came in the transaction of each batch, so a killed one goes on where it stopped,
and doing a batch twice changes nothing.
"""

import logging

from django.db import transaction
from django.db.models import F, QuerySet

from clients.models import Client, Department, Manager, Redating
from clients.zoning import redate_batch
from crm import clock

log = logging.getLogger(__name__)
BATCH = 500


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
    from clients.tasks import redate

    job = Redating(
        reason=reason, note=note[:300], requested_by=by, manager=manager, department=department, category=category
    )
    job.total = segment(job).count()
    job.save()
    redate.delay_on_commit(job.pk)
    return job


def segment(job: Redating) -> QuerySet[Client]:
    """The held clients a job is about."""
    clients = Client.objects.held()
    if job.manager_id:
        clients = clients.filter(manager=job.manager_id)
    if job.department:
        clients = clients.filter(manager__department__path__startswith=job.department.path)
    if job.category:
        clients = clients.filter(category=job.category)
    return clients


def run_redating(job_id: int) -> Redating:
    """Do the job, or what is left of it. Two at once share the work: each batch is done under the job's lock."""
    Redating.objects.filter(pk=job_id).exclude(status=Redating.Status.DONE).update(
        status=Redating.Status.RUNNING, error=""
    )
    try:
        while _run_batch(job_id):
            pass
    except Exception as error:
        log.exception("re-dating %s stopped", job_id)
        Redating.objects.filter(pk=job_id).update(status=Redating.Status.FAILED, error=repr(error)[:2000])
        raise
    return Redating.objects.get(pk=job_id)


def finish_redatings() -> int:
    """Finish every job that is not done: the night must not publish by half-changed dates. Returns how many."""
    unfinished = list(Redating.objects.exclude(status=Redating.Status.DONE).order_by("created_at", "pk"))
    for job in unfinished:
        run_redating(job.pk)
    return len(unfinished)


@transaction.atomic
def _run_batch(job_id: int) -> bool:
    job = Redating.objects.select_for_update(of=("self",)).select_related("department").get(pk=job_id)
    if job.status == Redating.Status.DONE:
        return False
    after = segment(job).filter(pk__gt=job.last_client_id).order_by("pk")
    ids = list(after.values_list("pk", flat=True)[:BATCH])
    if not ids:
        Redating.objects.filter(pk=job_id).update(status=Redating.Status.DONE, finished_at=clock.now())
        return False
    changed = redate_batch(ids, today=clock.today(), cause="policy")
    Redating.objects.filter(pk=job_id).update(
        done=F("done") + len(ids), changed=F("changed") + changed, last_client_id=ids[-1]
    )
    return True
