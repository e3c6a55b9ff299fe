"""The nightly run and what it leaves behind."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, Department, Manager
from clients.models.client import STORED_ZONES
from crm import clock
from exchange import querysets

#: Zones of a transition: the three colours and "not held".
TRANSITION_ZONES = [*STORED_ZONES, ("", _("not held"))]


class RunStatus(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Decision(models.TextChoices):
    """What became of the detachments of a run that had to ask."""

    NONE = "", _("nothing to decide")
    ASKED = "asked", _("waits for an administrator")
    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("rejected")
    SUPERSEDED = "superseded", _("overtaken by a later night")


class AskReason(models.TextChoices):
    NONE = "", "–"
    FIRST = "first", _("first run after the installation")
    IMPORT = "import", _("first run after an import")
    TOO_MANY = "too_many", _("too many clients would leave")
    DATES = "dates", _("a re-dating is not finished")


class NightlyRun(models.Model):
    """The scheduled recomputation of one calendar date; there is one row per date, however often it was started."""

    date = models.DateField(_("date"), unique=True)
    status = models.CharField(_("status"), max_length=7, choices=RunStatus, default=RunStatus.RUNNING)
    policy_version = models.CharField(_("policy version"), max_length=100, blank=True)
    turned_yellow = models.PositiveIntegerField(_("turned yellow"), default=0)
    turned_red = models.PositiveIntegerField(_("turned red"), default=0)
    mended = models.PositiveIntegerField(
        _("mended"), default=0, help_text=_("Published zones that did not fit their dates.")
    )
    detached = models.PositiveIntegerField(_("to the exchange"), default=0)
    warned = models.PositiveIntegerField(_("warnings"), default=0)
    proposed = models.PositiveIntegerField(
        _("due to leave"), default=0, help_text=_("Whom the night would take to the exchange.")
    )
    kept = models.PositiveIntegerField(
        _("held back"), default=0, help_text=_("Due, but kept by a plan, a sale, a protection or a late warning.")
    )
    #: Only the thresholds: no warnings, holds, circuit breaker (a replayed history).
    is_bare = models.BooleanField(_("thresholds only"), default=False)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True, default="")
    ask_reason = models.CharField(_("why it asks"), max_length=8, choices=AskReason, blank=True, default="")
    decided_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    held = models.PositiveIntegerField(_("held"), default=0)
    green = models.PositiveIntegerField(_("green"), default=0)
    yellow = models.PositiveIntegerField(_("yellow"), default=0)
    red = models.PositiveIntegerField(_("red"), default=0)
    on_exchange = models.PositiveIntegerField(_("on the exchange"), default=0)
    started_at = models.DateTimeField(pgettext_lazy("run", "started"), default=clock.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    objects = querysets.NightlyRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("nightly run")
        verbose_name_plural = _("nightly runs")
        ordering = ["-date"]
        constraints = [
            models.CheckConstraint(condition=~Q(status="done") | Q(finished_at__isnull=False), name="run_done_has_end"),
            models.CheckConstraint(
                condition=~Q(decision__in=["confirmed", "rejected"]) | Q(decided_at__isnull=False),
                name="run_decision_has_time",
            ),
        ]
        indexes = [
            # The banner and the bell of administrators.
            models.Index(fields=["date"], name="run_asking", condition=Q(decision="asked")),
        ]

    def __str__(self) -> str:
        return f"{self.date}: {self.get_status_display()}"


class TransitionCause(models.TextChoices):
    NIGHT = "night", _("nightly run")
    CONTACT = "contact", _("contact")
    ASSIGNMENT = "assignment", _("got a manager")
    LEAVING = "leaving", _("lost its manager")
    UNDO = "undo", _("given back")
    POLICY = "policy", _("changed policy")
    FREEZE = "freeze", _("days that do not count")
    CORRECTION = "correction", _("corrected history")


class ZoneTransition(models.Model):
    """One change of a client's published zone."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="transitions", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.SET_NULL, null=True, related_name="+", verbose_name=_("manager"))
    from_zone = models.CharField(_("from"), max_length=6, choices=TRANSITION_ZONES, blank=True)
    to_zone = models.CharField(_("to"), max_length=6, choices=TRANSITION_ZONES, blank=True)
    cause = models.CharField(_("cause"), max_length=10, choices=TransitionCause)
    date = models.DateField(_("date"))
    #: The facts behind it: the clock date of that moment and the label of the policy ("3 v2").
    clock_date = models.DateField(_("clock date"), null=True, blank=True)
    policy = models.CharField(_("policy"), max_length=100, blank=True)
    run = models.ForeignKey(
        NightlyRun, models.CASCADE, null=True, blank=True, related_name="transitions", verbose_name=_("run")
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("zone transition")
        verbose_name_plural = _("zone transitions")
        ordering = ["-date", "-pk"]
        constraints = [
            # A run cannot turn the same client to the same colour twice, whatever happens to the worker.
            models.UniqueConstraint(
                fields=["run", "client", "to_zone"], name="transition_once_per_run", condition=Q(run__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["client", "date"], name="transition_of_client"),
            # Zone dynamics: flows of a period.
            models.Index(
                fields=["date", "manager"], include=["from_zone", "to_zone", "cause"], name="transition_flows"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.get_from_zone_display() or '–'} → {self.get_to_zone_display() or '–'}"


class ZoneSnapshot(models.Model):
    """How many clients a manager held in each zone right after a night; the row without a manager counts the exchange.

    The exchange's clients are counted under the department of their last manager.
    """

    date = models.DateField(_("date"))
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, related_name="+", verbose_name=_("department")
    )
    manager = models.ForeignKey(Manager, models.CASCADE, null=True, related_name="+", verbose_name=_("manager"))
    green = models.PositiveIntegerField(_("green"), default=0)
    yellow = models.PositiveIntegerField(_("yellow"), default=0)
    red = models.PositiveIntegerField(_("red"), default=0)
    on_exchange = models.PositiveIntegerField(_("on the exchange"), default=0)

    class Meta:
        verbose_name = _("zone snapshot")
        verbose_name_plural = _("zone snapshots")
        ordering = ["-date", "department", "manager"]
        constraints = [
            models.UniqueConstraint(
                fields=["date", "manager"], name="snapshot_once_per_manager", condition=Q(manager__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["date", "department"],
                name="snapshot_exchange_once_per_department",
                condition=Q(manager__isnull=True, department__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["date"],
                name="snapshot_exchange_once_without_department",
                condition=Q(manager__isnull=True, department__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["manager", "date"], name="snapshot_of_manager")]

    def __str__(self) -> str:
        return f"{self.date} {self.manager or self.department}"

    @property
    def held(self) -> int:
        return self.green + self.yellow + self.red
