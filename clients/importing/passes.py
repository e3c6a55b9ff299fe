"""Going through the rows of an import: the dry run, the import itself, taking it back.

A pass is done in chunks. Each is one transaction in which the rows are written and the job says what became of each of
them: killed at any point and started again, the pass goes on after the last finished chunk. Two workers at once share
the work, because a chunk is done under the job's lock. What its owner may do is asked anew in every chunk.

Every row gets an answer: one at which something breaks is found by halving its chunk, and refused.
"""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from clients.importing import reading, registry
from clients.importing.cells import RawRow
from clients.importing.identities import StoredIdentities
from clients.importing.registry import Context, Finding, ImportKind, ParsedRow, Plan, as_text
from clients.importing.sniffing import Unreadable
from clients.models import ImportJob, ImportRow
from crm import clock
from crm.web.errors import DomainError
from crm.web.preferences import of_person

log = logging.getLogger(__name__)
CHUNK = 500
#: A job that nothing was heard of for so long has lost its worker.
SILENCE = dt.timedelta(minutes=2)
#: So many rows are shown as they will be.
PREVIEW = 20
#: Of the cells of a refused row so many characters are kept.
_MOST_KEPT = 200_000
_MOST_FINDINGS = 20
T = TypeVar("T")
Status, Outcome = ImportJob.Status, ImportRow.Outcome
#: In these a worker goes through the rows.
UNDER_WAY = (Status.CHECKING, Status.RUNNING, Status.UNDOING)


def carry_on(job_id: int) -> None:
    """Do what is left of the present pass of an import."""
    with _Source() as source:
        while _chunk(job_id, source):
            pass


def carry_on_all() -> int:
    """Go on with every import that has lost its worker. Returns how many there were; one query when there is none."""
    silent = ImportJob.objects.filter(status__in=UNDER_WAY, heard_at__lt=clock.now() - SILENCE)
    pks = list(silent.order_by("pk").values_list("pk", flat=True))
    for pk in pks:
        try:
            carry_on(pk)
        except Exception:
            log.exception("import %s could not be carried on", pk)
    return len(pks)


def is_stuck(job: ImportJob, now: dt.datetime) -> bool:
    """Under way, but nothing was heard of it for a while."""
    return job.status in UNDER_WAY and (job.heard_at or job.created_at) < now - SILENCE


def locked(job_id: int) -> ImportJob:
    """The job, nobody else's until the transaction ends."""
    rows = ImportJob.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
    return rows.get(pk=job_id)


class _Source:
    """The rows of a job's file, read on from where the last chunk ended."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._rows: Iterator[RawRow] | None = None
        self._at = 0

    def __enter__(self) -> "_Source":
        return self

    def __exit__(self, *args: Any) -> None:
        self._stack.close()

    def take(self, job: ImportJob) -> list[RawRow]:
        """The next rows after ``job.cursor``.

        Raises:
            Unreadable: the file is gone, or damaged.
        """
        if self._rows is None or self._at > job.cursor:
            self._stack.close()
            file = self._stack.enter_context(reading.opened(job))
            self._rows = reading.data_rows(file, reading.reading_of(job), width=len(job.headers))
            self._at = 0
        if self._at < job.cursor:  # another worker was here, or this one began anew
            skipped = job.cursor - self._at
            next(islice(self._rows, skipped - 1, skipped), None)
        rows = list(islice(self._rows, CHUNK))
        self._at = job.cursor + len(rows)
        return rows


@transaction.atomic
def _chunk(job_id: int, source: _Source) -> bool:
    """Do the next rows; close the pass when there are none. Returns whether there may be more."""
    job = locked(job_id)
    if job.status not in UNDER_WAY:
        return False
    with of_person(job.owner):  # the words are for him, and the times in the file are his
        if job.status == Status.UNDOING:
            done = _undo(job)
        else:
            try:
                rows = source.take(job)
            except Unreadable as failure:
                _break_off(job, str(reading.REASONS[failure.reason]))
                return False
            done = len(rows)
            _do(job, rows)
        if not done:
            _close(job)
            return False
    job.cursor += done
    job.heard_at = clock.now()
    job.save(update_fields=["cursor", "counts", "heard_at"])
    return True


def _break_off(job: ImportJob, words: str) -> None:
    """The file cannot be read on. What was imported already stays, is answered for, and can be taken back."""
    job.error = words
    if job.status == Status.RUNNING and job.cursor:
        _close(job)
    else:
        job.status, job.heard_at = Status.FAILED, clock.now()
    job.save(update_fields=["status", "error", "heard_at"])


def _close(job: ImportJob) -> None:
    now = clock.now()
    job.heard_at = now
    job.identities.all().delete()
    match job.status:
        case Status.CHECKING:
            job.status, job.promised = Status.CHECKED, job.counts
        case Status.RUNNING:
            job.status, job.finished_at = Status.DONE, now
            job.rows.filter(is_dry=True).delete()
        case Status.UNDOING:
            job.status = Status.UNDONE
    job.save(update_fields=["status", "promised", "heard_at", "finished_at"])
    if job.status in (Status.DONE, Status.UNDONE):
        registry.announce(job)


# --- doing ------------------------------------------------------------------------------------------------------------
def _do(job: ImportJob, raw: Sequence[RawRow]) -> None:
    is_dry = job.status == Status.CHECKING
    mapping = {int(column): key for column, key in job.mapping.items()}
    plans = _plans(job, [_parsed(row, mapping) for row in raw], is_dry=is_dry)
    kind = registry.find(job.kind)
    answers = []
    for number, (row, plan) in enumerate(zip(raw, plans, strict=True), start=job.cursor):
        answer = _answer(job, row, plan, is_dry=is_dry)
        if is_dry and number < PREVIEW and kind is not None and plan.outcome != Outcome.REFUSED:
            answer.kept = {"will": {key: str(words)[:200] for key, words in kind.words(plan).items()}}
        answers.append(answer)
    ImportRow.objects.bulk_create(answers, batch_size=CHUNK)
    job.counts = dict(Counter(job.counts) + Counter(str(plan.outcome) for plan in plans))


def _parsed(row: RawRow, mapping: Mapping[int, str]) -> ParsedRow:
    cells: dict[str, list[Any]] = {}
    for number, cell in enumerate(row.cells):
        if cell != "" and number in mapping:
            cells.setdefault(mapping[number], []).append(cell)
    return ParsedRow(row.line, cells, reading.findings(row, mapping))


def _plans(job: ImportJob, rows: Sequence[ParsedRow], *, is_dry: bool) -> list[Plan]:
    """What became, or would become, of each row."""
    kind, form, refusal = _means(job)
    plans: dict[int, Plan] = {}
    wanted = []
    for row in rows:
        if refusal or any(not finding.is_mended for finding in row.findings):
            plan = plans[row.line] = Plan(row)
            if refusal:
                plan.refuse(refusal)
            else:
                plan.outcome = Outcome.REFUSED  # the reader's words say why
        else:
            wanted.append(row)
    if kind is not None and form is not None:
        for plan in _attempt(kind, job, form.cleaned_data, wanted, is_dry=is_dry):
            plans[plan.row.line] = plan
    return [plans[row.line] for row in rows]


def _means(job: ImportJob) -> tuple[ImportKind | None, forms.Form | None, str]:
    """The kind of an import and the form with its options, or why its owner may not go on."""
    kind = _kind_for_owner(job)
    if kind is None:
        return None, None, _("You may not do this.")
    form = options_form(job, kind)
    if not form.is_valid():
        words = " ".join(dict.fromkeys(text for texts in form.errors.values() for text in texts))
        return None, None, words or _("You may not do this.")
    return kind, form, ""


def _kind_for_owner(job: ImportJob) -> ImportKind | None:
    """What the rows become, if its owner may do that now."""
    kind = registry.find(job.kind)
    return kind if kind is not None and job.owner.is_active and kind.access.allows(job.owner) else None


def options_form(job: ImportJob, kind: ImportKind) -> forms.Form:
    """The kind's form as it was sent, to be read by what its owner may choose now."""
    sent = QueryDict(mutable=True)
    for name, values in job.options.items():
        sent.setlist(name, values)
    return kind.options_form(sent, user=job.owner)


def context(
    job: ImportJob, options: Mapping[str, Any], identities: StoredIdentities, *, is_dry: bool = False
) -> Context:
    """What a chunk is done in."""
    columns: Collection[str] = frozenset(job.mapping.values())
    return Context(job, job.owner, options, columns, is_dry, clock.today(), clock.now(), identities)


def _attempt(
    kind: ImportKind, job: ImportJob, options: Mapping[str, Any], rows: Sequence[ParsedRow], *, is_dry: bool
) -> list[Plan]:
    """The kind's answers. Where it breaks, the rows are halved until the one at fault stands alone."""
    if not rows:
        return []
    identities = StoredIdentities(job)
    try:
        with transaction.atomic():
            ctx = context(job, options, identities, is_dry=is_dry)
            plans = list(kind.prepare(rows, ctx))
            if [plan.row.line for plan in plans] != [row.line for row in rows]:
                raise TypeError(f"{kind.key}: one plan for each row, in their order")
            kind.write([plan for plan in plans if plan.is_written], ctx)
            if is_dry:
                transaction.set_rollback(True)
    except Exception as caught:
        _raise_if_gone(caught)
        failure = caught
    else:
        identities.keep()
        return plans
    if len(rows) > 1:
        return [plan for half in _halves(rows) for plan in _attempt(kind, job, options, half, is_dry=is_dry)]
    plan = Plan(rows[0])
    plan.refuse(_words_of(failure, f"row {rows[0].line} of import {job.pk}"))
    return [plan]


def _halves(rows: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    half = len(rows) // 2
    return rows[:half], rows[half:]


def _raise_if_gone(failure: Exception) -> None:
    """A database that is gone, or wants the whole chunk again, is no fault of a row."""
    if isinstance(failure, OperationalError | InterfaceError):
        raise failure


def _words_of(failure: Exception, what: str) -> str:
    """Why a row is refused; what nobody foresaw is written to the log."""
    if isinstance(failure, DomainError):
        return str(failure)
    if isinstance(failure, ValidationError):
        return " ".join(failure.messages)
    log.error("%s broke", what, exc_info=failure)
    return _("Something went wrong; the administrator finds it in the log.")


def _answer(job: ImportJob, row: RawRow, plan: Plan, *, is_dry: bool) -> ImportRow:
    headings = {key: job.headers[int(column)] for column, key in reversed(job.mapping.items())}
    found = [*plan.row.findings, *plan.findings][:_MOST_FINDINGS]
    is_left = plan.outcome in (Outcome.REFUSED, Outcome.SKIPPED)
    # What a dry run made is gone again.
    target = None if is_dry and plan.outcome == Outcome.CREATED else plan.target
    return ImportRow(
        job=job,
        is_dry=is_dry,
        line=row.line,
        outcome=plan.outcome,
        target=target,
        findings=[_told(finding, headings) for finding in found],
        kept={} if is_dry or is_left else plan.kept,
        cells=_kept_cells(row.cells) if is_left else [],
    )


def _told(finding: Finding, headings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "column": headings.get(finding.field, ""),
        "value": finding.value[:200],
        "words": str(finding.words)[:500],
        "mended": finding.is_mended,
    }


def _kept_cells(cells: Sequence[Any]) -> list[str]:
    room, kept = _MOST_KEPT, []
    for cell in cells:
        text = as_text(cell)[:room]
        room -= len(text)
        kept.append(text)
    return kept


# --- taking it back ---------------------------------------------------------------------------------------------------
def _undo(job: ImportJob) -> int:
    """Take the next rows back, the last of the file first. Returns how many were looked at."""
    written = job.rows.filter(is_dry=False, outcome__in=[Outcome.CREATED, Outcome.UPDATED]).order_by("-line")
    rows = list(written[job.cursor : job.cursor + CHUNK])
    if not rows:
        return 0
    kind = _kind_for_owner(job)
    if kind is None:
        words: Mapping[int, str] = {row.pk: _("You may not do this.") for row in rows}
    else:
        form = options_form(job, kind)
        form.is_valid()  # what may not be chosen any more stops nobody from taking back what he did with it
        words = _attempt_undo(kind, job, form.cleaned_data, rows)
    for row in rows:
        why = words.get(row.pk, _("Something went wrong; the administrator finds it in the log."))
        row.undone = not why
        if why:
            row.findings = [*row.findings, {"column": "", "value": "", "words": why[:500], "back": True}]
    ImportRow.objects.bulk_update(rows, ["undone", "findings"], batch_size=CHUNK)
    back = sum(row.undone for row in rows)
    job.counts = dict(Counter(job.counts) + Counter(undone=back, stay=len(rows) - back))
    return len(rows)


def _attempt_undo(
    kind: ImportKind, job: ImportJob, options: Mapping[str, Any], rows: Sequence[ImportRow]
) -> Mapping[int, str]:
    try:
        with transaction.atomic():
            return kind.undo(rows, context(job, options, StoredIdentities(job)))
    except Exception as caught:
        _raise_if_gone(caught)
        failure = caught
    if len(rows) > 1:
        return {pk: why for half in _halves(rows) for pk, why in _attempt_undo(kind, job, options, half).items()}
    return {rows[0].pk: _words_of(failure, f"row {rows[0].line} of import {job.pk}")}
