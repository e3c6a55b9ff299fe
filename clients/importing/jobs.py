"""Imports as their owner sees them: sent, understood, checked, begun, taken back. The rows are ``passes``' business.

Few rows are done at once, in the request; many in the background.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.attachments import too_large
from clients.importing import columns, passes, reading, registry
from clients.importing.reading import Reading
from clients.importing.registry import ImportKind
from clients.importing.sniffing import Unreadable
from clients.models import ImportJob, Manager
from clients.rules.file_types import NAME_LENGTH, FileRefused, clean_name
from crm import clock
from crm.web.access import Access
from crm.web.errors import Conflict, DomainError

log = logging.getLogger(__name__)
#: So many rows are done in the request.
AT_ONCE = 200
#: For so many days what was imported may be taken back.
UNDO_DAYS = 7
#: What was sent and never begun, and the files and cells of what was, are kept for so long.
KEPT = dt.timedelta(days=30)
Status = ImportJob.Status
#: Nothing is written yet, and nobody is at work.
OPEN = (Status.MAPPING, Status.CHECKED, Status.FAILED)
BEGUN = _("This was begun already.")


def visible_to(reader: Manager) -> QuerySet[ImportJob]:
    """The imports this person may see: his own; administrators see all."""
    jobs = ImportJob.objects.select_related("owner")
    return jobs if reader.access_level >= Access.ADMIN else jobs.filter(owner=reader)


def kind_of(job: ImportJob) -> ImportKind | None:
    """What the rows become; None when the program has forgotten it."""
    return registry.find(job.kind)


# --- sending ----------------------------------------------------------------------------------------------------------
def send(*, kind: ImportKind, upload: UploadedFile, by: Manager, mends: ImportJob | None = None) -> ImportJob:
    """Keep a file and understand it as far as it can be by itself. Nothing is imported yet.

    Args:
        mends: the import whose file of errors this is, mended: what was said of its columns holds here too.

    Raises:
        DomainError: too large, or no table.
    """
    try:
        name = clean_name(upload.name or "")
    except FileRefused:
        name = "import"
    if (upload.size or 0) > settings.MAX_FILE_SIZE:
        raise DomainError(too_large(), field="file")
    if not upload.size:
        raise DomainError(reading.REASONS["empty"], field="file")
    job = ImportJob(owner=by, kind=kind.key, name=name[:NAME_LENGTH], size=upload.size, mends=mends)
    job.file.save(name, upload, save=False)
    try:
        _understand(job, kind, None)
        job.save()
    except BaseException:
        job.file.delete(save=False)
        raise
    return job


@transaction.atomic
def read_again(*, job: ImportJob, how: Reading) -> ImportJob:
    """Read the file in another way: what was said of its columns is guessed anew.

    Raises:
        Conflict: it was begun.
        DomainError: so it is no table.
    """
    fresh = _open(job)
    _understand(fresh, _kind(fresh), how)
    fresh.status = Status.MAPPING
    fresh.save()
    return fresh


def _understand(job: ImportJob, kind: ImportKind, how: Reading | None) -> None:
    """Fill in how the file is read, its headings, how many rows it has, and what its columns seem to be."""
    fields = kind.fields(job.owner)
    try:
        with reading.opened(job) as file:
            guessed, sheets = reading.guess(file) if how is None else (how, job.sample.get("sheets", []))
            rows = reading.raw_rows(file, guessed)
            first = list(islice(rows, reading.HEADING_WITHIN))
            header = columns.find_heading(first, fields) if how is None else guessed.header
            job.headers = reading.headers(first, header)
            job.total = reading.count(chain(first, rows), header)
    except Unreadable as failure:
        raise DomainError(reading.REASONS[failure.reason], field="file") from None
    if not job.total:
        raise DomainError(_("Nothing stands below the headings."), field="file")
    job.reading = replace(guessed, header=header).as_json()
    job.sample = {"sheets": sheets, "cells": reading.samples(first, header, len(job.headers))}
    before = columns.remembered(job.owner, job.kind, job.headers)
    said = columns.said(job.mends) if job.mends else before.mapping if before else {}
    job.mapping = columns.guess(job.headers, fields, said)
    job.options = job.mends.options if job.mends else before.options if before else {}


# --- going on ---------------------------------------------------------------------------------------------------------
def check(*, job: ImportJob, mapping: Mapping[str, str], options: Mapping[str, list[str]]) -> ImportJob:
    """Begin the dry run: it says of every row what would become of it.

    Args:
        mapping: number of a column → key of a field; columns that are passed over are not there.
        options: the kind's form as it was sent; valid.

    Raises:
        Conflict: it was begun.
        DomainError: a column is missing, or named twice.
    """
    with transaction.atomic():
        fresh = _open(job)
        kind = _kind(fresh)
        _refuse_doubles(kind, mapping, job.owner)
        if complaints := kind.complaints(frozenset(mapping.values()), job.owner):
            raise DomainError(" ".join(complaints))
        fresh.mapping, fresh.options = dict(mapping), dict(options)
        fresh.rows.all().delete()
        _start(fresh, Status.CHECKING)
        columns.remember(fresh)
    return _at_once(fresh)


def run(*, job: ImportJob) -> ImportJob:
    """Import what was checked.

    Raises:
        Conflict: it was begun already, perhaps in another window, or is not checked.
    """
    with transaction.atomic():
        fresh = passes.locked(job.pk)
        if fresh.status != Status.CHECKED:
            raise Conflict(BEGUN)
        _start(fresh, Status.RUNNING)
    return _at_once(fresh)


def undo(*, job: ImportJob) -> ImportJob:
    """Take back what was imported, where nobody has worked with it since; of the other rows the job says why not.

    Raises:
        Conflict: it is not finished, or taken back already.
        DomainError: its time is over.
    """
    now = clock.now()
    with transaction.atomic():
        fresh = passes.locked(job.pk)
        if fresh.status != Status.DONE:
            raise Conflict(_("This is not finished, or was taken back already."))
        if not may_undo(fresh, now):
            raise DomainError(_("The time to take it back is over."))
        fresh.undone_at = now
        # The figures of the import stay; those of the taking back come beside them.
        _start(fresh, Status.UNDOING, counts=fresh.counts)
    return _at_once(fresh)


def discard(*, job: ImportJob) -> None:
    """Forget a file that was not imported.

    Raises:
        Conflict: it was begun.
    """
    with transaction.atomic():
        fresh = _open(job)
        name, storage = str(fresh.file.name), fresh.file.storage
        fresh.delete()
        transaction.on_commit(lambda: storage.delete(name))


def undo_until(job: ImportJob) -> dt.datetime | None:
    """The last moment at which it may be taken back; None while it is not done."""
    return job.finished_at + dt.timedelta(days=UNDO_DAYS) if job.finished_at else None


def may_undo(job: ImportJob, now: dt.datetime) -> bool:
    """Whether *Take it back* is offered: it is done, something was written, and its days are not over."""
    last = undo_until(job)
    written = job.counts.get("created", 0) + job.counts.get("updated", 0)
    return bool(job.status == Status.DONE and written and last and now <= last and kind_of(job))


def _open(job: ImportJob) -> ImportJob:
    fresh = passes.locked(job.pk)
    if fresh.status not in OPEN:
        raise Conflict(BEGUN)
    return fresh


def _kind(job: ImportJob) -> ImportKind:
    kind = kind_of(job)
    if kind is None or not kind.access.allows(job.owner):
        raise DomainError(_("You may not do this."))
    return kind


def _refuse_doubles(kind: ImportKind, mapping: Mapping[str, str], owner: Manager) -> None:
    chosen = list(mapping.values())
    for field in kind.fields(owner):
        if not field.is_many and chosen.count(field.key) > 1:
            raise DomainError(_("Only one column can be “%(field)s”.") % {"field": field.label})


def _start(job: ImportJob, status: str, *, counts: Mapping[str, Any] | None = None) -> None:
    """Begin a pass, in the transaction of the caller."""
    from clients.tasks import carry_on_import

    job.status, job.cursor, job.heard_at, job.error = status, 0, clock.now(), ""
    job.counts = dict(counts or {})
    job.identities.all().delete()
    job.save()
    if job.total > AT_ONCE:
        carry_on_import.delay_on_commit(job.pk)


def _at_once(job: ImportJob) -> ImportJob:
    """Carry on now where it is little. What cannot be is not lost: in a few minutes it is tried again."""
    if job.total <= AT_ONCE:
        try:
            passes.carry_on(job.pk)
        except Exception:
            log.exception("import %s stopped; it will be carried on", job.pk)
        job.refresh_from_db()
    return job


# --- cleaning ---------------------------------------------------------------------------------------------------------
def clean(*, now: dt.datetime | None = None) -> int:
    """Forget what was sent long ago and never imported; of what was, the file and the cells of its rows.

    May be broken off and run again. Returns how many imports it was about.
    """
    before = (now or clock.now()) - KEPT
    old = ImportJob.objects.filter(created_at__lt=before)
    number = 0
    for job in old.filter(status__in=OPEN).iterator():
        discard(job=job)
        number += 1
    for job in old.filter(status__in=[Status.DONE, Status.UNDONE], finished_at__lt=before).exclude(file="").iterator():
        job.rows.all().delete()
        job.file.delete(save=False)
        ImportJob.objects.filter(pk=job.pk).update(file="")
        number += 1
    return number
