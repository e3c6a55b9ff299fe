"""The zone policy: how long a client may be left alone, by segment."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models.people import Department
from clients.rules.zones import Thresholds


class Category(models.TextChoices):
    """How much a client is worth to the company."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


#: When the policies that came with the program began to rule: before anything that may have been imported.
SINCE_EVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
#: Marks their first row of history.
SHIPPED = "shipped"


def segment_words(department: Any, category: str) -> str:
    """Whom a policy rules, in words: "Company", "Regional sales", "Company, category A"."""
    words = str(department) if department else gettext("Company")
    return (
        gettext("%(segment)s, category %(category)s") % {"segment": words, "category": category} if category else words
    )


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
    #: Raised by every change of what the policy says; transitions and detachments name it ("3 v2").
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("zone policy")
        verbose_name_plural = _("zone policies")
        ordering = ["department__path", "category"]
        constraints = [
            models.UniqueConstraint(fields=["department", "category"], name="policy_one_per_segment"),
            models.UniqueConstraint(
                fields=["category"],
                name="policy_one_for_all_departments",
                condition=Q(department__isnull=True),
                violation_error_message=_("There is already a policy for all departments and this category."),
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
        return f"{self.segment}: {self.yellow_months} / {self.red_months} / {self.detach_months}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever saves it, a changed policy is a new version, and what it said before stays in the history."""
        stored = ZonePolicy.objects.filter(pk=self.pk).first() if self.pk else None
        if stored is not None:
            stored.remember()
            self.version = stored.version + (stored.facts != self.facts)
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version"}
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.remember()
        return super().delete(*args, **kwargs)

    def remember(self) -> None:
        """Give a stored policy that never was changed (it came with the program) the first row of its history."""
        if not self.history.exists():
            self.history.create(
                history_date=SINCE_EVER,
                history_type="+",
                history_change_reason=SHIPPED,
                **{field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields},
            )

    def clean(self) -> None:
        if None not in (self.yellow_months, self.red_months, self.detach_months):
            try:
                self.thresholds  # noqa: B018 - building it checks it
            except ValueError as error:
                raise ValidationError(_("The thresholds must grow: yellow, then red, then the exchange.")) from error

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.yellow_months, self.red_months, self.detach_months)

    @property
    def facts(self) -> tuple[int | None, str, int, int, int]:
        """What the policy says: a change of any of it is a new version."""
        return (self.department_id, self.category, self.yellow_months, self.red_months, self.detach_months)

    @property
    def label(self) -> str:
        """The stable code under which transitions, detachments and runs remember this version of the policy."""
        return f"{self.pk} v{self.version}"

    @property
    def segment(self) -> str:
        """Whom it rules, in words."""
        return segment_words(self.department, self.category)
