"""Clients that may be one and the same: what a scan found, what people said, and what was merged."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import querysets
from clients.models.client import Client
from clients.models.people import Manager
from crm import clock


class DuplicateScan(models.Model):
    """One look through the whole base. It goes on after its last finished chunk when its worker was lost."""

    class Status(models.TextChoices):
        RUNNING = "running", pgettext_lazy("scan", "under way")
        DONE = "done", pgettext_lazy("scan", "finished")
        STOPPED = "stopped", pgettext_lazy("scan", "stopped")

    asked_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("by")
    )
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.RUNNING)
    total = models.PositiveIntegerField(_("clients"), default=0)
    done = models.PositiveIntegerField(_("looked at"), default=0)
    found = models.PositiveIntegerField(_("new pairs"), default=0)
    #: The key of the last client looked at.
    cursor = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("begun"), default=clock.now, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        verbose_name = _("scan for duplicates")
        verbose_name_plural = _("scans for duplicates")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="running", finished_at__isnull=True)
                | Q(status__in=["done", "stopped"], finished_at__isnull=False),
                name="duplicate_scan_done_has_time",
            ),
            models.UniqueConstraint(
                fields=["status"],
                name="duplicate_scan_one_at_a_time",
                condition=Q(status="running"),
                violation_error_message=_("A scan is under way already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class DuplicateKey(models.Model):
    """While a scan runs: by what the clients it has looked at can be found for a like name."""

    #: A plain number: the row is gone when the scan is over.
    client_pk = models.BigIntegerField()
    key = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["key", "client_pk"], name="duplicate_key")]

    def __str__(self) -> str:
        return self.key


class DuplicatePair(models.Model):
    """Two clients that look like one. ``one`` is the older of them (the smaller key)."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("pair", "to be looked at")
        DIFFERENT = "different", _("not a duplicate")

    one = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_("client"))
    other = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_("other client"))
    #: "inn", "phone", "email", "name": as ``clients.duplicates`` names them.
    reasons = models.JSONField(_("reasons"), default=list)
    #: 0 to 100: how sure the program is.
    score = models.PositiveSmallIntegerField(_("likeness"), default=0)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    found_at = models.DateTimeField(_("found"), default=clock.now, editable=False)
    decided_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = querysets.DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["-score", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="duplicate_pair_in_order"),
            models.UniqueConstraint(fields=["one", "other"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(score__lte=100), name="duplicate_pair_score_is_percent"),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True) | Q(status="different", decided_at__isnull=False),
                name="duplicate_pair_decided_has_time",
            ),
        ]
        indexes = [
            # The page: the surest first.
            models.Index(fields=["-score", "id"], name="duplicate_pair_open", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return f"{self.one} = {self.other}?"

    def get_absolute_url(self) -> str:
        return reverse("client-merge-confirm", args=[self.one_id, self.other_id])


class MergeRecord(models.Model):
    """Two clients that were made one, with what is needed to take it back. Keys are plain numbers: rows may be gone.

    What it keeps of people (``undo``) is emptied when its days are over.
    """

    keep_pk = models.BigIntegerField(_("kept"), db_index=True)
    drop_pk = models.BigIntegerField(_("merged into it"), db_index=True)
    keep_name = models.CharField(_("name of the kept one"), max_length=255)
    drop_name = models.CharField(_("name of the other"), max_length=255)
    undo = models.JSONField(default=dict, editable=False)
    by = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("by"))
    merged_at = models.DateTimeField(_("merged"), default=clock.now)
    undone_at = models.DateTimeField(_("taken back"), null=True, editable=False)
    undone_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("taken back by")
    )

    objects = querysets.MergeRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge of clients")
        verbose_name_plural = _("merges of clients")
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(keep_pk=F("drop_pk")), name="merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.drop_name} → {self.keep_name}"
