"""Imports of files: what was sent, how its columns were understood, and what became of every row."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.people import Manager
from clients.storage import private_files
from crm import clock


def import_name(job: "ImportJob", filename: str) -> str:
    """Where an imported file lies: a random name, so that nothing of what was typed reaches the file system."""
    name = uuid.uuid4().hex
    return f"imports/{name[:2]}/{name}"


class ImportJob(models.Model):
    """One file that becomes clients, persons or events. Who may see or undo it: its owner and administrators.

    Nothing is written before it was *checked*: the dry run goes through the same code and says of each row what would
    become of it. ``cursor`` is the number of rows done with in the present pass: killed at any point and started
    again, a pass goes on after its last finished chunk.
    """

    class Status(models.TextChoices):
        MAPPING = "mapping", pgettext_lazy("import", "columns to be named")
        CHECKING = "checking", pgettext_lazy("import", "being checked")
        CHECKED = "checked", pgettext_lazy("import", "checked")
        RUNNING = "running", pgettext_lazy("import", "under way")
        DONE = "done", pgettext_lazy("import", "done")
        UNDOING = "undoing", pgettext_lazy("import", "being taken back")
        UNDONE = "undone", pgettext_lazy("import", "taken back")
        FAILED = "failed", pgettext_lazy("import", "cannot be read")

    owner = models.ForeignKey(Manager, models.CASCADE, related_name="import_jobs", verbose_name=_("by"))
    #: The key of a ``clients.importing.registry`` entry: "clients", "persons", "events".
    kind = models.CharField(_("what"), max_length=20)
    file = models.FileField(_("file"), upload_to=import_name, storage=private_files, max_length=200)
    name = models.CharField(_("name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("in bytes"))
    #: How it is read: {"format": "csv", "encoding": "cp1251", "delimiter": ";", "header": 1} or {"format": "xlsx",
    #: "sheet": "…", "header": 1}.
    reading = models.JSONField(default=dict)
    #: The headers as they stand in the file, in their order.
    headers = models.JSONField(default=list)
    #: What the page of the columns shows without opening the file: {"sheets": [...], "cells": [[...] by column]}.
    sample = models.JSONField(default=dict)
    #: Number of a column (as text) → key of a field; columns that are not there are passed over.
    mapping = models.JSONField(_("columns"), default=dict)
    #: What the form asked beside the columns: the duplicates' policy, whose the new clients are …
    options = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.MAPPING)
    #: Why it cannot be read.
    error = models.CharField(max_length=500, blank=True)
    total = models.PositiveIntegerField(_("rows"), default=0)
    cursor = models.PositiveIntegerField(_("looked at"), default=0)
    #: How many rows of each outcome the present pass has: {"created": 3, …}.
    counts = models.JSONField(default=dict)
    #: The same of the last dry run: the page compares what was promised with what was done.
    promised = models.JSONField(default=dict)
    #: The mended error file of which import this is.
    mends = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="mended_by", verbose_name=_("mends")
    )
    created_at = models.DateTimeField(_("sent"), default=clock.now, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    undone_at = models.DateTimeField(_("taken back"), null=True, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "mapping", "checking", "checked", "running", "done", "undoing", "undone", "failed",
                    ]
                ),
                name="import_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "undoing", "undone"]) | Q(finished_at__isnull=False),
                name="import_done_has_time",
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="import_file_not_empty"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="import_of_owner"),
            # What has lost its worker.
            models.Index(
                fields=["heard_at"], name="import_under_way", condition=Q(status__in=["checking", "running", "undoing"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("import-detail", args=[self.pk])


class ImportRow(models.Model):
    """What became of one row of a file: in the dry run, and then in the import itself."""

    class Outcome(models.TextChoices):
        CREATED = "created", pgettext_lazy("import row", "new")
        UPDATED = "updated", pgettext_lazy("import row", "completed")
        SAME = "same", pgettext_lazy("import row", "here already")
        SKIPPED = "skipped", pgettext_lazy("import row", "passed over")
        REFUSED = "refused", pgettext_lazy("import row", "refused")

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows")
    is_dry = models.BooleanField(default=False)
    #: Number of the row in the file, as a spreadsheet shows it.
    line = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome)
    #: The key of what it became, or would become.
    target = models.BigIntegerField(null=True)
    #: What is wrong or was mended: [{"column": "INN", "value": "77…", "words": "…", "mended": false}].
    findings = models.JSONField(default=list)
    #: What the row said before and after (field → value), to take it back: {"before": {…}, "after": {…}, "made": {…}}.
    kept = models.JSONField(default=dict)
    #: Refused and passed over rows only: the cells as they stood, for the file of errors; each cut to a bounded length.
    cells = models.JSONField(default=list)
    undone = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["job", "line"]
        constraints = [
            models.UniqueConstraint(fields=["job", "is_dry", "line"], name="import_row_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["created", "updated", "same", "skipped", "refused"]),
                name="import_row_outcome_known",
            ),
        ]
        indexes = [
            # The page of a job: the rows of one outcome.
            models.Index(fields=["job", "is_dry", "outcome", "line"], name="import_row_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.job}, {self.line}: {self.get_outcome_display()}"


class ImportIdentity(models.Model):
    """What a row of the present pass is known by: rows further down that mean the same thing find it here.

    A dry run leaves nothing else in the database by which they could; gone when the pass is over.
    """

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="identities")
    #: Half a SHA-256 of the key.
    digest = models.CharField(max_length=32)
    line = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "digest"], name="import_identity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job}, {self.line}"


class ImportMapping(models.Model):
    """How somebody understood the columns of a file: offered again when a file with the same headers comes."""

    owner = models.ForeignKey(Manager, models.CASCADE, related_name="import_mappings")
    kind = models.CharField(max_length=20)
    #: SHA-256 of the headers, folded.
    signature = models.CharField(max_length=64)
    #: Folded header → key of a field.
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    used_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("remembered columns")
        verbose_name_plural = _("remembered columns")
        ordering = ["-used_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "signature"], name="import_mapping_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.owner}"
