"""When people are expected to work: what their plans are held against."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.dictionaries import Dictionary
from crm import clock


class WorkSchedule(Dictionary):
    """Working days and hours. Who works by it from which day on: ``ManagerSchedule``."""

    #: "12345": Monday to Friday.
    weekdays = models.CharField(
        _("working days"),
        max_length=7,
        default="12345",
        validators=[RegexValidator(r"^1?2?3?4?5?6?7?$", _("Digits of the weekdays in their order: 12345."))],
        help_text=_("1 is Monday: 12345 is Monday to Friday."),
    )
    starts_at = models.TimeField(_("from"), default="09:00")
    ends_at = models.TimeField(_("to"), default="18:00")
    break_minutes = models.PositiveSmallIntegerField(_("break, minutes"), default=60)

    class Meta(Dictionary.Meta):
        verbose_name = _("work schedule")
        verbose_name_plural = _("work schedules")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="work_schedule_ends_after_start",
                violation_error_message=_("The end is before the start."),
            ),
        ]

    def clean(self) -> None:
        stored = WorkSchedule.objects.filter(pk=self.pk).first() if self.pk else None
        if stored and stored.weekdays != self.weekdays and stored.uses.filter(since__lt=clock.today()).exists():
            raise ValidationError(
                {"weekdays": _("People worked by it: make another schedule and let it hold from a day on.")}
            )
        if self.starts_at and self.ends_at and self.minutes_a_day <= 0:
            raise ValidationError({"break_minutes": _("The break leaves no time to work.")})

    @property
    def minutes_a_day(self) -> int:
        """Working minutes of a working day, without the break."""
        start, end = self.starts_at, self.ends_at
        return (end.hour - start.hour) * 60 + end.minute - start.minute - self.break_minutes
