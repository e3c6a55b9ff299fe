"""What keeps the market of the exchange fair: first contacts, pauses, quarantine and archive, views of contacts."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, Manager
from crm import clock
from exchange import querysets
from exchange.models.exchange import Claim


class FirstTouch(models.Model):
    """Who claimed a client owes it a counted contact until ``due_on``; else the night takes it back.

    ``outcome`` stays open until a night looks: whether the contact took place is always read from the events.
    """

    class Outcome(models.TextChoices):
        OPEN = "", pgettext_lazy("first contact", "open")
        KEPT = "kept", pgettext_lazy("first contact", "made")
        FAILED = "failed", pgettext_lazy("first contact", "not made")
        ENDED = "ended", pgettext_lazy("first contact", "no longer owed")

    claim = models.OneToOneField(Claim, models.CASCADE, related_name="first_touch", verbose_name=_("claim"))
    client = models.ForeignKey(Client, models.CASCADE, related_name="first_touches", verbose_name=_("client"))
    manager = models.ForeignKey(Manager, models.PROTECT, related_name="first_touches", verbose_name=_("manager"))
    due_on = models.DateField(_("due"), help_text=_("The last day on which it may take place."))
    outcome = models.CharField(_("outcome"), max_length=6, choices=Outcome, blank=True, default="")
    settled_on = models.DateField(_("settled"), null=True, blank=True)

    objects = querysets.FirstTouchQuerySet.as_manager()

    class Meta:
        verbose_name = _("first contact owed")
        verbose_name_plural = _("first contacts owed")
        ordering = ["-due_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="first_touch_settled_has_day",
                condition=Q(outcome="", settled_on__isnull=True) | (~Q(outcome="") & Q(settled_on__isnull=False)),
            ),
        ]
        indexes = [
            # The night, and what a manager owes.
            models.Index(fields=["due_on"], name="first_touch_due", condition=Q(outcome="")),
            models.Index(fields=["client"], name="first_touch_open", condition=Q(outcome="")),
            models.Index(fields=["manager", "due_on"], name="first_touch_of_manager"),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.due_on}"


class ClaimPause(models.Model):
    """A manager may not claim until ``until``: too many of his claims failed."""

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="claim_pauses", verbose_name=_("manager"))
    starts_on = models.DateField(_("from"))
    until = models.DateField(_("until, inclusive"))
    #: How many failed claims it was for.
    failures = models.PositiveSmallIntegerField(_("failed claims"))
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lifted by")
    )

    class Meta:
        verbose_name = _("pause of claiming")
        verbose_name_plural = _("pauses of claiming")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("starts_on")), name="claim_pause_ends_after_start"),
            models.UniqueConstraint(fields=["manager", "starts_on"], name="claim_pause_once_a_day"),
        ]
        indexes = [models.Index(fields=["manager", "until"], name="claim_pause_of_manager")]

    def __str__(self) -> str:
        return f"{self.manager}: {self.until}"


class Shelving(models.Model):
    """A head set a client of the exchange aside for a time, or for good, or brought it back. Rows are never changed."""

    class Action(models.TextChoices):
        QUARANTINE = "quarantine", _("do not contact")
        LIFT = "lift", _("may be contacted again")
        ARCHIVE = "archive", pgettext_lazy("client", "archived")
        RESTORE = "restore", pgettext_lazy("client", "brought back from the archive")

    client = models.ForeignKey(Client, models.CASCADE, related_name="shelvings", verbose_name=_("client"))
    action = models.CharField(_("what"), max_length=10, choices=Action)
    until = models.DateField(_("until, inclusive"), null=True, blank=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    date = models.DateField(_("date"))
    made_at = models.DateTimeField(_("when"), default=clock.now)
    made_by = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("quarantine and archive")
        verbose_name_plural = _("quarantine and archive")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(action="quarantine", until__isnull=False)
                | (~Q(action="quarantine") & Q(until__isnull=True)),
                name="shelving_quarantine_has_end",
            ),
            models.CheckConstraint(
                condition=~Q(action__in=["quarantine", "archive"]) | ~Q(reason=""), name="shelving_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["client", "-made_at"], name="shelving_of_client")]

    def __str__(self) -> str:
        return f"{self.client}: {self.get_action_display()}"


class ContactView(models.Model):
    """A manager looked at the phones and addresses of a client on the exchange; one row per person, client and day."""

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="contact_views", verbose_name=_("manager"))
    client = models.ForeignKey(Client, models.CASCADE, related_name="contact_views", verbose_name=_("client"))
    date = models.DateField(_("date"))
    viewed_at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("view of contacts")
        verbose_name_plural = _("views of contacts")
        ordering = ["-viewed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "client", "date"], name="contact_view_once_a_day"),
        ]
        indexes = [models.Index(fields=["manager", "date"], name="contact_view_of_manager")]

    def __str__(self) -> str:
        return f"{self.manager}: {self.client}"
