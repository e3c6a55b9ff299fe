"""The zone policy: how long a client may be left alone, by segment."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models.people import Department
from clients.rules.zones import Thresholds


class Category(models.TextChoices):
    """How much a client is worth to the company."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class ZonePolicy(models.Model):
    """Three thresholds in calendar months for the company, a department or a client category; the most specific
    wins."""

    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="zone_policies",
        verbose_name=_("department"),
        help_text=_("Empty: all departments. A department's policy also rules the departments below it."),
    )
    category = models.CharField(
        _("client category"), max_length=1, choices=Category, blank=True, help_text=_("Empty: all categories.")
    )
    yellow_months = models.PositiveSmallIntegerField(_("yellow after, months"), default=1)
    red_months = models.PositiveSmallIntegerField(_("red after, months"), default=5)
    detach_months = models.PositiveSmallIntegerField(_("to the exchange after more than, months"), default=6)
    #: Raised by every change of thresholds; transitions and detachments name it.
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("zone policy")
        verbose_name_plural = _("zone policies")
        ordering = ["department__path", "category"]
        constraints = [
            models.UniqueConstraint(fields=["department", "category"], name="policy_one_per_segment"),
            models.UniqueConstraint(
                fields=["category"], name="policy_one_for_all_departments", condition=Q(department__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(yellow_months__gt=0)
                & Q(red_months__gt=F("yellow_months"))
                & Q(detach_months__gte=F("red_months")),
                name="policy_thresholds_grow",
                violation_error_message=_("The thresholds must grow: yellow, then red, then the exchange."),
            ),
        ]

    def __str__(self) -> str:
        parts = [str(self.department) if self.department else str(_("company"))]
        if self.category:
            parts.append(self.category)
        return f"{', '.join(parts)}: {self.yellow_months} / {self.red_months} / {self.detach_months}"

    def clean(self) -> None:
        if None not in (self.yellow_months, self.red_months, self.detach_months):
            try:
                self.thresholds  # noqa: B018 - building it checks it
            except ValueError as error:
                raise ValidationError(_("The thresholds must grow: yellow, then red, then the exchange.")) from error

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.yellow_months, self.red_months, self.detach_months)
