"""How clients come to the exchange and leave it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Department, Manager, OwnershipPeriod
from clients.models.dictionaries import Dictionary
from crm import clock
from exchange import querysets
from exchange.models.night import NightlyRun
from interactions.models import Event


class ReturnReason(Dictionary):
    """Why a manager gives a client back."""

    class Meta(Dictionary.Meta):
        verbose_name = _("reason of return")
        verbose_name_plural = _("reasons of return")


class Detachment(models.Model):
    """One arrival on the exchange, with the facts behind it: enough to explain it and to undo it."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="detachments", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.PROTECT, related_name="detachments", verbose_name=_("manager"))
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, related_name="+", verbose_name=_("department")
    )
    reason = models.CharField(_("reason"), max_length=10, choices=OwnershipPeriod.Lost)
    return_reason = models.ForeignKey(
        ReturnReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reason of return")
    )
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    detached_at = models.DateTimeField(_("when"), default=clock.now)
    date = models.DateField(_("date"))
    detached_by = models.ForeignKey(Manager, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    run = models.ForeignKey(NightlyRun, models.CASCADE, null=True, related_name="detachments", verbose_name=_("run"))

    last_event = models.ForeignKey(
        Event, models.SET_NULL, null=True, related_name="+", verbose_name=_("last counted contact")
    )
    last_contact_on = models.DateField(_("last contact"), null=True)
    assigned_on = models.DateField(_("with the manager since"))
    clock_date = models.DateField(_("clock date"))
    zone = models.CharField(_("zone"), max_length=6)
    policy = models.CharField(_("policy"), max_length=100, blank=True)
    #: The claim that failed by this: its manager made no contact in time, or gave the client back without one.
    failed_claim = models.OneToOneField(
        "exchange.Claim", models.SET_NULL, null=True, blank=True, related_name="failure", verbose_name=_("failed claim")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )

    objects = querysets.DetachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("detachment")
        verbose_name_plural = _("detachments")
        ordering = ["-detached_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "client"], name="detachment_once_per_run", condition=Q(run__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["client", "detached_at"], name="detachment_of_client"),
            # Who came in a period, by whom and why: reports read no more than the index.
            models.Index(
                fields=["date", "department"],
                include=["manager", "reason", "return_reason"],
                name="detachment_by_day",
            ),
            # Why clients were lost, and who of them nobody holds.
            models.Index(
                fields=["date"],
                include=["client", "manager", "reason"],
                name="detachment_that_holds",
                condition=Q(undone_at__isnull=True),
            ),
            models.Index(fields=["undone_at"], name="detachment_undone", condition=Q(undone_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.get_reason_display()}"


class Claim(models.Model):
    """One client taken from the exchange, or given from it by a head (``assigned_by``): the append-only ledger.

    Rows are never changed and never deleted, not even with the client: what somebody took today stays in his count.
    """

    client = models.ForeignKey(Client, models.SET_NULL, null=True, related_name="claims", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.PROTECT, related_name="claims", verbose_name=_("manager"))
    assigned_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("assigned by")
    )
    claimed_at = models.DateTimeField(_("when"), default=clock.now)
    date = models.DateField(_("date"))
    exchange_since = models.DateTimeField(_("on the exchange since"))
    #: A head gave it although a rule said no: the keys of these rules, and why.
    overrides = models.CharField(max_length=200, blank=True)
    override_reason = models.CharField(_("why against the rule"), max_length=300, blank=True)

    objects = querysets.ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["-claimed_at", "-pk"]
        constraints = [
            # One stay on the exchange is ended by one claim.
            models.UniqueConstraint(fields=["client", "exchange_since"], name="claim_once_per_stay"),
            models.CheckConstraint(
                condition=Q(overrides="", override_reason="")
                | (~Q(overrides="") & ~Q(override_reason="") & Q(assigned_by__isnull=False)),
                name="claim_override_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["manager", "date"], name="claim_of_manager")]

    def __str__(self) -> str:
        return f"{self.client} → {self.manager}"

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("the ledger of claims is append-only")
