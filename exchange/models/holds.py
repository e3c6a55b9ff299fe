"""What keeps a client from leaving, and who was warned that it would."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from clients.models import Client, Department, Manager
from crm import clock
from exchange import querysets
from exchange.models.night import NightlyRun


class HoldKind(models.TextChoices):
    """Why a client does not leave although its time has come. A hold never changes the colour."""

    CONTRACT = "contract", _("contract")
    PROTECTION = "protection", _("protected by the head")
    PROCESS = "process", _("open sale")
    PLAN = "plan", _("planned contact")
    UNDO = "undo", _("given back")
    WARNING = "warning", _("warned too late")


class Protection(models.Model):
    """A head keeps a client with its manager until a day: with a reason, or for a contract. Never longer than the rules
    allow; a protection is ended early by ``revoked_on``."""

    class Kind(models.TextChoices):
        PROTECTION = "protection", _("protection")
        CONTRACT = "contract", _("contract")

    client = models.ForeignKey(Client, models.CASCADE, related_name="protections", verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PROTECTION)
    manager = models.ForeignKey(
        Manager, models.PROTECT, related_name="+", verbose_name=_("lead manager"), help_text=_("Who held it then.")
    )
    reason = models.CharField(_("reason"), max_length=300, help_text=_("For a contract: its number and subject."))
    starts_on = models.DateField(_("from"))
    until = models.DateField(_("until, inclusive"))
    #: The protection this one renews; the chain is limited by the rules.
    renews = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="renewal", verbose_name=_("renews")
    )
    given_by = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("by"))
    given_at = models.DateTimeField(_("when"), default=clock.now)
    revoked_on = models.DateField(_("ended early on"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        Manager, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    history = HistoricalRecords()
    objects = querysets.ProtectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("protection")
        verbose_name_plural = _("protections")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("starts_on")), name="protection_ends_after_start"),
            models.CheckConstraint(condition=~Q(reason=""), name="protection_has_reason"),
            models.CheckConstraint(
                condition=Q(revoked_on__isnull=True, revoked_by__isnull=True)
                | Q(revoked_on__isnull=False, revoked_by__isnull=False),
                name="protection_revoked_by_somebody",
            ),
        ]
        indexes = [
            # Is the client protected tonight?
            models.Index(fields=["client", "until"], name="protection_of_client", condition=Q(revoked_on__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.get_kind_display()}, {self.until}"

    def clean(self) -> None:
        if self.starts_on and self.until and self.until < self.starts_on:
            raise ValidationError({"until": _("The end is before the start.")})


class DetachHold(models.Model):
    """The night relied on this hold: the client was due and stayed, from ``since`` until ``until`` at the latest.

    One row per hold and stretch (client, manager, clock date): it says afterwards what kept the client, and counts how
    often plans did.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="detach_holds", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("lead manager"))
    clock_date = models.DateField(_("clock date"))
    kind = models.CharField(_("kind"), max_length=10, choices=HoldKind)
    #: What holds: "event:12", "process:5", "protection:3"; "" where the kind says it all.
    source = models.CharField(max_length=40, blank=True)
    label = models.CharField(_("what"), max_length=300, blank=True)
    since = models.DateField(_("from"))
    until = models.DateField(_("until, inclusive"))
    run = models.ForeignKey(NightlyRun, models.SET_NULL, null=True, related_name="holds", verbose_name=_("run"))

    objects = querysets.DetachHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "manager", "clock_date", "kind", "source", "until"], name="hold_once_per_stretch"
            ),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="hold_ends_after_start"),
        ]
        indexes = [models.Index(fields=["run"], name="hold_of_run")]

    def __str__(self) -> str:
        return f"{self.client}: {self.get_kind_display()}, {self.until}"


class LeavingWarning(models.Model):
    """Somebody was told that a client leaves on ``leaves_on`` if nothing happens.

    ``level`` is the rule's number of days (30, 14, 7, 1). The lead manager is always told; ``deputy`` and ``head`` when
    they are set.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="leaving_warnings", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.CASCADE, related_name="+", verbose_name=_("lead manager"))
    deputy = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("deputy")
    )
    head = models.ForeignKey(Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("head"))
    clock_date = models.DateField(_("clock date"))
    leaves_on = models.DateField(_("leaves on"))
    level = models.PositiveSmallIntegerField(_("days before"))
    warned_on = models.DateField(_("warned on"))
    run = models.ForeignKey(NightlyRun, models.SET_NULL, null=True, related_name="warnings", verbose_name=_("run"))

    objects = querysets.LeavingWarningQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("exchange", "warning")
        verbose_name_plural = pgettext_lazy("exchange", "warnings")
        ordering = ["-warned_on", "leaves_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "manager", "clock_date", "leaves_on", "level"], name="warning_once_per_level"
            ),
        ]
        indexes = [
            # The notices and letters of a day.
            models.Index(fields=["manager", "warned_on"], name="warning_of_manager"),
            models.Index(fields=["head", "warned_on"], name="warning_of_head", condition=Q(head__isnull=False)),
            models.Index(fields=["deputy", "warned_on"], name="warning_of_deputy", condition=Q(deputy__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.leaves_on}"


class Proposal(models.Model):
    """A client that a run takes to the exchange, or would take: the plan of the night, made before anybody leaves."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("proposal", "waits")
        DONE = "done", pgettext_lazy("proposal", "left")
        STAYED = "stayed", pgettext_lazy("proposal", "stayed")

    run = models.ForeignKey(NightlyRun, models.CASCADE, related_name="proposals", verbose_name=_("run"))
    client = models.ForeignKey(Client, models.CASCADE, related_name="proposals", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.CASCADE, related_name="+", verbose_name=_("manager"))
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, related_name="+", verbose_name=_("department")
    )
    clock_date = models.DateField(_("clock date"))
    detach_on = models.DateField(_("due since"))
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.OPEN)

    objects = querysets.ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed detachment")
        verbose_name_plural = _("proposed detachments")
        ordering = ["detach_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["run", "client"], name="proposal_once_per_run")]
        indexes = [
            # What a run has still to do.
            models.Index(fields=["run", "client"], name="proposal_open", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.get_status_display()}"


#: The steps of a night over its clients, in words.
STEP_WORDS = {
    "warn": pgettext_lazy("step of a night", "warning"),
    "plan": pgettext_lazy("step of a night", "plan of who leaves"),
    "detach": pgettext_lazy("step of a night", "leaving"),
    "publish": pgettext_lazy("step of a night", "colour"),
    "touch": pgettext_lazy("step of a night", "first contact of a claimed client"),
}


class ParkedClient(models.Model):
    """A client a run could not work on; the rest went on without it, and the next run tries again."""

    run = models.ForeignKey(NightlyRun, models.CASCADE, related_name="parked", verbose_name=_("run"))
    client = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_("client"))
    step = models.CharField(pgettext_lazy("night", "step"), max_length=20)
    error = models.TextField(_("error"))
    parked_at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("parked client")
        verbose_name_plural = _("parked clients")
        ordering = ["-parked_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["run", "client", "step"], name="parked_once_per_step")]

    def __str__(self) -> str:
        return f"{self.client}: {self.error[:80]}"

    @property
    def step_words(self) -> str:
        """The step that could not work on the client, in words."""
        return str(STEP_WORDS.get(self.step, self.step))


class DryOrder(models.Model):
    """The next nights only ask, until an administrator has confirmed one: an import has changed the base at once."""

    reason = models.CharField(_("reason"), max_length=200)
    ordered_at = models.DateTimeField(_("when"), default=clock.now)
    ordered_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by_run = models.ForeignKey(
        NightlyRun, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("run")
    )

    class Meta:
        verbose_name = _("order to ask first")
        verbose_name_plural = _("orders to ask first")
        ordering = ["-ordered_at", "-pk"]

    def __str__(self) -> str:
        return self.reason
