"""Doing an action to many rows, and taking it back.

The ids are frozen when the job is asked for. A job is done in chunks: each is one transaction in which the rows are
changed and the job says what became of each of them. Killed at any point and started again, it goes on after the last
finished chunk; two workers at once share the work, because a chunk is done under the job's lock. Whether its owner may
touch a row is asked when its turn comes: his rights may have changed since the rows were marked.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, InterfaceError, transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.bulk import registry
from clients.bulk.forms import BulkForm
from clients.bulk.registry import BulkAction
from clients.models import BulkJob, Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from crm.web.preferences import of_person

log = logging.getLogger(__name__)
#: More rows than this are not done in one go.
MOST = 5000
#: So many are done at once, in the request; more by a job in the background.
AT_ONCE = 100
CHUNK = 100
#: For so many days what was done may be taken back.
UNDO_DAYS = 7
#: A job that nothing was heard of for so long has lost its worker.
_SILENCE = dt.timedelta(minutes=2)
#: Marked, but never done: kept as long as somebody may still have the page open.
_FORGOTTEN = dt.timedelta(days=2)
BEGUN = _("This was begun already.")
Answer = dict[str, Any]
DONE, SAME, REFUSED = "done", "same", "no"


# --- asking -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask(*, action: BulkAction, ids: Sequence[int], by: Manager, query: str = "") -> BulkJob:
    """Freeze the rows somebody marked. Nothing is done yet. ``query``: what the list was filtered by.

    Raises:
        DomainError: nothing is marked, or too much.
    """
    frozen = list(dict.fromkeys(ids))
    if not frozen:
        raise DomainError(_("Mark the rows first."))
    if len(frozen) > MOST:
        raise DomainError(_("At most %(number)d rows at once: narrow the list down by a filter.") % {"number": MOST})
    forgotten = BulkJob.objects.filter(owner=by, status=BulkJob.Status.ASKED)
    forgotten.filter(created_at__lt=clock.now() - _FORGOTTEN).delete()
    return BulkJob.objects.create(
        owner=by, page=action.page, action=action.key, ids=frozen, total=len(frozen), data={"query": query}
    )


def action_of(job: BulkJob) -> BulkAction | None:
    """What is to be done; None when the program has forgotten this action."""
    return registry.find(job.action)


def start(*, job: BulkJob, asked: Mapping[str, list[str]]) -> BulkJob:
    """Do it: few rows at once, many in the background. ``asked``: the form as it was sent.

    Raises:
        Conflict: it was begun already, perhaps in another window.
    """
    from clients.tasks import carry_on_bulk

    with transaction.atomic():
        locked = _locked(job.pk)
        if locked.status != BulkJob.Status.ASKED:
            raise Conflict(BEGUN)
        BulkJob.objects.filter(pk=job.pk).update(
            status=BulkJob.Status.RUNNING, data={**locked.data, "form": dict(asked)}, heard_at=clock.now()
        )
        if locked.total > AT_ONCE:
            carry_on_bulk.delay_on_commit(job.pk)
    if locked.total <= AT_ONCE:
        _try_at_once(job.pk)
    job.refresh_from_db()
    return job


def undo(*, job: BulkJob) -> BulkJob:
    """Take back what was done to the rows that nobody has changed since; of the others the job says why not.

    Raises:
        Conflict: it is not finished, or taken back already.
        DomainError: its time is over.
    """
    from clients.tasks import carry_on_bulk

    now = clock.now()
    with transaction.atomic():
        locked = _locked(job.pk)
        if locked.undone_at or locked.status != BulkJob.Status.DONE:
            raise Conflict(_("This is not finished, or was taken back already."))
        if not may_undo(locked, now):
            raise DomainError(_("The time to take it back is over."))
        BulkJob.objects.filter(pk=job.pk).update(undone_at=now, heard_at=now)
        if locked.changed > AT_ONCE:
            carry_on_bulk.delay_on_commit(job.pk)
    if locked.changed <= AT_ONCE:
        _try_at_once(job.pk)
    job.refresh_from_db()
    return job


def _try_at_once(job_id: int) -> None:
    """Carry on now. What cannot be is not lost: in a few minutes it is tried again (``carry_on_all``)."""
    try:
        carry_on(job_id)
    except Exception:
        log.exception("bulk job %s stopped; it will be carried on", job_id)


def undo_until(job: BulkJob) -> dt.datetime | None:
    """The last moment at which it may be taken back; None while it is not done."""
    return job.finished_at + dt.timedelta(days=UNDO_DAYS) if job.finished_at else None


def may_undo(job: BulkJob, now: dt.datetime) -> bool:
    """Whether *Undo* is offered: it is done, something was changed, and its days are not over."""
    last = undo_until(job)
    return bool(
        job.status == BulkJob.Status.DONE and not job.undone_at and job.changed and last and now <= last
    ) and bool(action_of(job))


def is_stuck(job: BulkJob, now: dt.datetime) -> bool:
    """Under way, but nothing was heard of it for a while."""
    return is_under_way(job) and (job.heard_at or job.created_at) < now - _SILENCE


def is_under_way(job: BulkJob) -> bool:
    """It is being done, or being taken back."""
    return job.status == BulkJob.Status.RUNNING or bool(job.status == BulkJob.Status.DONE and job.undone_at)


def put_back(job: BulkJob) -> int:
    """How many rows are as they were before."""
    return sum(answer.get("back") == "" for answer in job.answers)


def allowed(job: BulkJob, action: BulkAction) -> int:
    """On how many of the frozen rows its owner may do it at this moment."""
    batches = (job.ids[start : start + 500] for start in range(0, len(job.ids), 500))
    return sum(action.rows(job.owner).filter(pk__in=ids).order_by().count() for ids in batches)


# --- doing ------------------------------------------------------------------------------------------------------------
def carry_on(job_id: int) -> BulkJob:
    """Do what is left of a job, or of taking it back."""
    while _do_chunk(job_id) or _undo_chunk(job_id):
        pass
    return BulkJob.objects.get(pk=job_id)


def carry_on_all() -> int:
    """Go on with every job that has lost its worker. Returns how many there were; one query when there is none."""
    now, count = clock.now(), 0
    silent = BulkJob.objects.filter(heard_at__lt=now - _SILENCE)
    running = silent.filter(status=BulkJob.Status.RUNNING) | silent.filter(
        status=BulkJob.Status.DONE, undone_at__isnull=False
    )
    for pk in list(running.order_by("pk").values_list("pk", flat=True)):
        count += 1
        try:
            carry_on(pk)
        except Exception:
            log.exception("bulk job %s could not be carried on", pk)
    return count


def _locked(job_id: int) -> BulkJob:
    rows = BulkJob.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
    return rows.get(pk=job_id)


@transaction.atomic
def _do_chunk(job_id: int) -> bool:
    """Do the next rows; close the job when there are none. Returns whether there may be more."""
    job = _locked(job_id)
    if job.status != BulkJob.Status.RUNNING:
        return False
    ids = job.ids[job.done : job.done + CHUNK]
    if not ids:
        now = clock.now()
        BulkJob.objects.filter(pk=job_id).update(status=BulkJob.Status.DONE, finished_at=now, heard_at=now)
        return False
    with of_person(job.owner):  # the words are for him, and the times he typed are his
        answers, before = _do(job, ids)
    BulkJob.objects.filter(pk=job_id).update(
        answers=[*job.answers, *answers],
        before=[*job.before, *before],
        done=job.done + len(ids),
        changed=job.changed + len(before),
        heard_at=clock.now(),
    )
    return True


def _do(job: BulkJob, ids: Sequence[int]) -> tuple[list[Answer], list[list[Any]]]:
    """The answers of these rows, and what is needed to take the changed ones back."""
    action, by = action_of(job), job.owner
    if action is None or not by.is_active or not action.offered_to(by):
        return [_answer(pk, REFUSED, gettext("You may not do this.")) for pk in ids], []
    form = form_of(job, action)
    if not form.is_valid():
        words = " ".join(dict.fromkeys(text for texts in form.errors.values() for text in texts))
        return [_answer(pk, REFUSED, words) for pk in ids], []
    lock_clients(action.client_ids(ids))
    rows = action.rows(by).in_bulk(ids)
    answers: list[Answer] = []
    before: list[list[Any]] = []
    for number, pk in enumerate(ids, start=job.done):
        row = rows.get(pk)
        if row is None:
            answers.append(_answer(pk, REFUSED, action.refusal))
            continue
        kept, words = _attempt(job, pk, lambda row=row, n=number: action.apply(row, form.cleaned_data, by, n))
        if words:
            answers.append(_answer(pk, REFUSED, words))
        elif kept is None:
            answers.append(_answer(pk, SAME, gettext("It was so already.")))
        else:
            answers.append(_answer(pk, DONE, ""))
            before.append([pk, kept])
    return answers, before


def form_of(job: BulkJob, action: BulkAction) -> BulkForm:
    """The form as it was sent, to be read by what its owner may choose now."""
    sent = QueryDict(mutable=True)
    for name, values in job.data.get("form", {}).items():
        sent.setlist(name, values)
    return action.form_class(sent, user=job.owner, total=job.total)


def _answer(pk: int, what: str, words: str | Promise) -> Answer:
    return {"id": pk, "is": what, "words": str(words)[:300]}


def _attempt(job: BulkJob, pk: int, act: Callable[[], Any]) -> tuple[Any, str]:
    """Do it in a savepoint of its own: (what it returned, ""), or (None, why not). One odd row stops no job."""
    try:
        with transaction.atomic():
            return act(), ""
    except DomainError as refused:
        return None, str(refused)
    except ValidationError as refused:
        return None, " ".join(refused.messages)
    except Exception as failure:
        if isinstance(failure, DatabaseError | InterfaceError) and not isinstance(failure, IntegrityError):
            raise  # the database is gone, or wants the whole chunk again
        log.exception("row %s of bulk job %s could not be changed", pk, job.pk)
        return None, gettext("Something went wrong; the administrator finds it in the log.")


# --- taking it back ---------------------------------------------------------------------------------------------------
@transaction.atomic
def _undo_chunk(job_id: int) -> bool:
    """Take the next rows back. Returns whether there may be more."""
    job = _locked(job_id)
    if job.status != BulkJob.Status.DONE or not job.undone_at:
        return False
    answers = {answer["id"]: answer for answer in job.answers}
    left = [(pk, kept) for pk, kept in job.before if "back" not in answers[pk]][:CHUNK]
    if not left:
        BulkJob.objects.filter(pk=job_id).update(status=BulkJob.Status.UNDONE, heard_at=clock.now())
        return False
    with of_person(job.owner):
        for pk, words in _take_back(job, left).items():
            answers[pk]["back"] = words
    BulkJob.objects.filter(pk=job_id).update(answers=list(answers.values()), heard_at=clock.now())
    return True


def _take_back(job: BulkJob, left: Sequence[tuple[int, Mapping[str, Any]]]) -> dict[int, str]:
    """By row: "" where it is as it was, else why not."""
    action, by = action_of(job), job.owner
    if action is None or not by.is_active:
        return {pk: gettext("You may not do this.") for pk, _kept in left}
    ids = [pk for pk, _kept in left]
    lock_clients(action.client_ids(ids))
    rows = action.rows_to_undo(by).in_bulk(ids)
    words = {}
    for pk, kept in left:
        row = rows.get(pk)
        if row is None:
            words[pk] = str(action.refusal)
            continue
        words[pk] = _attempt(job, pk, lambda row=row, kept=kept: action.undo(row, kept, by))[1][:300]
    return words
