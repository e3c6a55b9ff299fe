"""Regulations of contact: how often clients are to be spoken with. Rows of history, never rewritten."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clients.models import Department
from clients.models.norms import FromADay
from clients.models.policy import Category, segment_words
from interactions import querysets
from interactions.models.dictionaries import EventKind
from interactions.rules import regulations as rules

#: More contacts than this in the time of a regulation are a typing error.
MOST_TIMES = 100
_IN_WORDS = {
    "week": ngettext_lazy("%(count)d time a week", "%(count)d times a week", "count"),
    "month": ngettext_lazy("%(count)d time a month", "%(count)d times a month", "count"),
    "quarter": ngettext_lazy("%(count)d time a quarter", "%(count)d times a quarter", "count"),
    "half_year": ngettext_lazy("%(count)d time in half a year", "%(count)d times in half a year", "count"),
    "year": ngettext_lazy("%(count)d time a year", "%(count)d times a year", "count"),
}


def how_often(times: int | None, per: str) -> str:
    """What a regulation asks for in words; None: it has ended."""
    if times is None:
        return str(_("ended"))
    return str(_IN_WORDS[per] % {"count": times}) if times else str(_("not asked for"))


class Regulation(FromADay):
    """From ``since`` on clients of a department and category are to be spoken with so often, until a later row of the
    same department, category and kind (``interactions.rules.regulations``)."""

    class Per(models.TextChoices):
        WEEK = "week", _("week")
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        HALF_YEAR = "half_year", _("half-year")
        YEAR = "year", _("year")

    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="regulations",
        verbose_name=_("department"),
        help_text=_("Empty: all departments. A department's regulation also rules the departments below it."),
    )
    category = models.CharField(
        _("client category"), max_length=1, choices=Category, blank=True, help_text=_("Empty: all categories.")
    )
    kind = models.ForeignKey(
        EventKind,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="regulations",
        verbose_name=_("kind of contact"),
        help_text=_("Empty: any contact."),
    )
    #: Empty: ended, what is above it rules again.
    times = models.PositiveSmallIntegerField(
        _("how often"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_TIMES)],
        help_text=_("0: no contact is asked for."),
    )
    per = models.CharField(_("in a"), max_length=9, choices=Per, default=Per.MONTH)

    objects = querysets.RegulationQuerySet.as_manager()

    class Meta(FromADay.Meta):
        verbose_name = _("regulation of contact")
        verbose_name_plural = _("regulations of contact")
        ordering = [F("department__path").asc(nulls_first=True), "category", "kind", "-since"]
        constraints = [
            models.UniqueConstraint(
                Coalesce("department", 0),
                "category",
                Coalesce("kind", 0),
                "since",
                name="regulation_one_from_a_day",
                violation_error_message=_("There is already a regulation from this day on."),
            ),
            models.CheckConstraint(condition=Q(per__in=[per.value for per in rules.Per]), name="regulation_per_known"),
            models.CheckConstraint(
                condition=Q(times__isnull=True) | Q(times__lte=MOST_TIMES), name="regulation_times_plausible"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment}: {self.words}"

    def clean(self) -> None:
        if self.kind and not self.kind.counts_as_contact:
            raise ValidationError({"kind": _("Only a kind that counts as a contact can be asked for.")})

    @staticmethod
    def tell(row: Any) -> str:
        return how_often(row.times, row.per)

    @property
    def words(self) -> str:
        """What it asks for: "Meeting: 1 time a quarter"."""
        kind = str(self.kind) if self.kind else str(_("Any contact"))
        return f"{kind}: {self.how_often}"

    @property
    def how_often(self) -> str:
        """As in "1 time a quarter"."""
        return how_often(self.times, self.per)

    @property
    def segment(self) -> str:
        """Whose clients, in words."""
        return segment_words(self.department, self.category)
