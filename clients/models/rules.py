"""What an administrator changed of the rules (declared in ``rulebook`` modules), and the jobs that follow from it."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from clients import querysets
from clients.models.people import Department, Manager
from clients.models.policy import Category, segment_words
from crm import clock

#: A batch takes about a second. A job of which nothing was heard for so long has lost its worker.
SILENT = dt.timedelta(minutes=1)


class RuleSetting(models.Model):
    """The changed value of one rule; a rule without a row has its default."""

    key = models.CharField(_("rule"), max_length=40, unique=True)
    is_on = models.BooleanField(_("switched on"), default=True)
    value = models.PositiveIntegerField(_("value"), default=0)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    changed_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", editable=False, verbose_name=_("by")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("changed rule")
        verbose_name_plural = _("changed rules")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        from clients import rulebook

        try:
            rule = rulebook.rule(self.key)
        except KeyError:
            raise ValidationError({"key": _("There is no such rule.")}) from None
        if rule.unit and not rule.minimum <= self.value <= rule.maximum:
            limits = {"minimum": rule.minimum, "maximum": rule.maximum}
            raise ValidationError({"value": _("Choose a number from %(minimum)d to %(maximum)d.") % limits})
        if not self.is_on and not rule.switchable:
            raise ValidationError({"is_on": _("This rule cannot be switched off.")})


class Redating(models.Model):
    """A job that computes the zone dates of many clients anew, in batches; it can be left and found again.

    The segment is whatever is not empty: a manager's clients, a department's with all below it, a category's; nothing
    given means all held clients.
    """

    class Reason(models.TextChoices):
        POLICY = "policy", _("changed policy")
        ABSENCE = "absence", _("absence")
        HOLIDAYS = "holidays", _("holidays")
        RULES = "rules", _("changed rule")
        STRUCTURE = "structure", _("changed departments")

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("job", "waiting")
        RUNNING = "running", pgettext_lazy("job", "running")
        DONE = "done", pgettext_lazy("job", "done")
        FAILED = "failed", pgettext_lazy("job", "failed")

    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    manager = models.ForeignKey(
        Manager, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("manager")
    )
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    category = models.CharField(_("client category"), max_length=1, choices=Category, blank=True)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(_("clients"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    changed = models.PositiveIntegerField(_("with new dates"), default=0)
    #: Where a killed job goes on: ids up to this one are done.
    last_client_id = models.PositiveBigIntegerField(default=0, editable=False)
    requested_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("asked for"), default=clock.now)
    #: When it last did something: a job that is silent for long has lost its worker.
    heard_at = models.DateTimeField(_("last progress"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    objects = querysets.RedatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("re-dating")
        verbose_name_plural = _("re-datings")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="done") | Q(finished_at__isnull=False), name="redating_done_has_end"
            ),
            models.CheckConstraint(condition=Q(changed__lte=F("done")), name="redating_changed_within_done"),
        ]
        indexes = [
            # What the night finishes before it begins.
            models.Index(fields=["created_at"], name="redating_unfinished", condition=~Q(status="done")),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        return reverse("redating-detail", args=[self.pk])

    @property
    def segment(self) -> str:
        """Whose clients it is about, in words."""
        if self.manager:
            return str(self.manager)
        return segment_words(self.department, self.category)

    @property
    def is_done(self) -> bool:
        return self.status == self.Status.DONE

    @property
    def is_stuck(self) -> bool:
        """It failed, or nothing was heard of it for a while: somebody should let it go on."""
        if self.status == self.Status.FAILED:
            return True
        return not self.is_done and clock.now() - (self.heard_at or self.created_at) > SILENT

    @property
    def percent(self) -> int:
        """How much is done, 0–100."""
        if self.status == self.Status.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0
