"""Days to think of a client, and what to write then."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.dictionaries import Dictionary, Industry

_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Occasion(Dictionary):
    """A day of the year on which clients are congratulated: New Year, a day of a trade."""

    month = models.PositiveSmallIntegerField(_("month"), validators=[MinValueValidator(1), MaxValueValidator(12)])
    day = models.PositiveSmallIntegerField(_("day"), validators=[MinValueValidator(1), MaxValueValidator(31)])
    industry = models.ForeignKey(
        Industry,
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("industry"),
        help_text=_("Whose day it is; empty: everybody's."),
    )

    class Meta(Dictionary.Meta):
        verbose_name = _("occasion")
        verbose_name_plural = _("occasions")
        ordering = ["month", "day", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(month__gte=1, month__lte=12, day__gte=1, day__lte=31), name="occasion_is_a_day"
            )
        ]

    @property
    def md(self) -> int:
        """The day of the year, as ``Client.birthday_md``."""
        return self.month * 100 + self.day

    def clean(self) -> None:
        if self.month and self.day and 1 <= self.month <= 12 and self.day > _LONGEST[self.month - 1]:
            raise ValidationError({"day": _("This month has no such day.")})


class LetterTemplate(Dictionary):
    """A prepared letter. ``subject`` and ``text`` have places for names in braces: ``{first_name}``."""

    class Use(models.TextChoices):
        BIRTHDAY = "birthday", _("a person's birthday")
        FOUNDING = "founding", _("the day a client was founded")
        OCCASION = "occasion", _("an occasion of the year")

    use = models.CharField(_("for"), max_length=8, choices=Use)
    occasion = models.ForeignKey(
        Occasion,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="templates",
        verbose_name=_("occasion"),
        help_text=_("Only for this one; empty: for all occasions."),
    )
    language = models.CharField(_("language"), max_length=8, choices=[("en", "English"), ("ru", "Русский")])
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=5000)

    class Meta(Dictionary.Meta):
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        constraints = [
            models.CheckConstraint(condition=~Q(subject="") & ~Q(text=""), name="letter_template_says_something"),
            models.CheckConstraint(
                condition=Q(use__in=["birthday", "founding", "occasion"]), name="letter_template_use_known"
            ),
            models.CheckConstraint(
                condition=Q(occasion__isnull=True) | Q(use="occasion"), name="letter_template_occasion_fits"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.occasion_id and self.use != self.Use.OCCASION:
            raise ValidationError({"occasion": _("Only letters for an occasion of the year name one.")})
