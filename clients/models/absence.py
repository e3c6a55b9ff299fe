"""When people are away and when the company rests: these days do not count against anybody (docs/rules.md)."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import querysets
from clients.models.people import Manager
from crm import clock


class Absence(models.Model):
    """A manager is away from ``starts_on`` to ``ends_on``, both included.

    Approved, it freezes the clocks of his clients on these days, and on these days ``deputy`` sees and does on them
    everything but giving them away. Nothing has to be returned: it ends by its date.
    """

    class Kind(models.TextChoices):
        VACATION = "vacation", _("vacation")
        SICK = "sick", _("sick leave")
        TRIP = "trip", _("business trip")
        OTHER = "other", pgettext_lazy("absence", "other")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("waits for the head")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", pgettext_lazy("absence", "cancelled")

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="absences", verbose_name=_("who is away"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.VACATION)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until, inclusive"))
    deputy = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="deputyships", verbose_name=_("deputy")
    )
    reason = models.CharField(_("comment"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.APPROVED)
    requested_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", editable=False, verbose_name=_("asked by")
    )
    decided_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", editable=False, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("entered"), default=clock.now, editable=False)

    objects = querysets.AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="absence_ends_after_start"),
            models.CheckConstraint(
                condition=Q(deputy__isnull=True) | ~Q(manager=F("deputy")), name="absence_deputy_is_somebody_else"
            ),
        ]
        indexes = [
            # Manager.deputised_managers, on every page.
            models.Index(fields=["deputy", "starts_on", "ends_on"], name="absence_by_deputy"),
            # The frozen days of a manager, whenever a client's dates are computed.
            models.Index(fields=["manager", "starts_on"], name="absence_of_manager"),
        ]

    def __str__(self) -> str:
        who = f"{self.manager} → {self.deputy}" if self.deputy else str(self.manager)
        return f"{who}, {self.starts_on} – {self.ends_on}"

    def clean(self) -> None:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": _("The end is before the start.")})
        if self.deputy_id and self.deputy_id == self.manager_id:
            raise ValidationError({"deputy": _("Somebody else must stand in.")})


class Holiday(models.Model):
    """A day on which nobody is expected to work: a public holiday, or one the company gives."""

    class Origin(models.TextChoices):
        PUBLIC = "public", _("public holiday")
        COMPANY = "company", _("day of the company")

    date = models.DateField(_("date"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    origin = models.CharField(_("origin"), max_length=7, choices=Origin, default=Origin.COMPANY)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date}: {self.name}"
