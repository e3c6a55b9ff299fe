"""Recurring events: a rule, and the plans it has put into the calendar so far."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, Manager
from clients.validators import validate_time_zone
from crm import clock
from interactions import querysets
from interactions.models.dictionaries import EventKind


class Frequency(models.TextChoices):
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")
    YEARLY = "yearly", _("every year")


class OffDays(models.TextChoices):
    """What becomes of an occurrence on a weekend, a holiday, or an absence of the responsible."""

    KEEP = "keep", pgettext_lazy("recurring event", "keep it")
    SHIFT = "shift", _("move it to the next working day")
    SKIP = "skip", _("leave it out")


class EventSeries(models.Model):
    """Plans that come again and again. Its occurrences are ordinary planned events (``Event.series``), put in ahead up
    to ``filled_until``; what the rule means is said by ``interactions.rules.recurrence``."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="event_series", verbose_name=_("client"))
    kind = models.ForeignKey(EventKind, models.PROTECT, related_name="+", verbose_name=_("kind"))
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    text = models.TextField(_("details"), max_length=20000, blank=True)
    responsible = models.ForeignKey(Manager, models.PROTECT, related_name="event_series", verbose_name=_("responsible"))
    author = models.ForeignKey(Manager, models.PROTECT, related_name="+", editable=False, verbose_name=_("author"))
    process = models.ForeignKey(
        "interactions.SalesProcess",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="event_series",
        verbose_name=_("sale"),
    )
    minutes = models.PositiveSmallIntegerField(_("length, minutes"), null=True, blank=True)
    #: As ``Event.remind_before``.
    remind_before = models.SmallIntegerField(_("remind"), null=True, blank=True)

    frequency = models.CharField(_("how often"), max_length=7, choices=Frequency, default=Frequency.WEEKLY)
    interval = models.PositiveSmallIntegerField(
        _("every … times"), default=1, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    #: Weekly only: "135" is Monday, Wednesday, Friday. Empty: the weekday it begins on.
    weekdays = models.CharField(_("weekdays"), max_length=7, blank=True)
    #: Monthly only: "the second Tuesday" instead of "the 10th", both as the first occurrence has it.
    by_weekday = models.BooleanField(_("on the same weekday of the month"), default=False)
    off_days = models.CharField(_("on days off"), max_length=5, choices=OffDays, default=OffDays.SHIFT)
    starts_on = models.DateField(_("from"))
    at = models.TimeField(_("at"))
    #: Where ``at`` is meant: ten o'clock stays ten o'clock when clocks change.
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    until = models.DateField(_("until, inclusive"), null=True, blank=True)
    count = models.PositiveSmallIntegerField(
        _("how many times"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    #: The day up to which its occurrences are in the calendar.
    filled_until = models.DateField(null=True, editable=False)
    #: Nothing is put in any more.
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = querysets.EventSeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("recurring event")
        verbose_name_plural = _("recurring events")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="series_frequency_known"),
            models.CheckConstraint(condition=Q(off_days__in=OffDays.values), name="series_off_days_known"),
            models.CheckConstraint(condition=Q(interval__gte=1), name="series_interval_positive"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("starts_on")),
                name="series_ends_after_start",
                violation_error_message=_("The end is before the start."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(count__isnull=True),
                name="series_ends_in_one_way",
                violation_error_message=_("Either until a day, or so many times: not both."),
            ),
        ]
        indexes = [
            # What the filler looks at.
            models.Index(fields=["filled_until"], name="series_to_fill", condition=Q(stopped_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.subject or str(self.kind)


class HeadComment(models.Model):
    """What a head notes at an event. Private: those who lead the client's manager read it; the responsible only where
    it is meant for him."""

    event = models.ForeignKey(
        "interactions.Event", models.CASCADE, related_name="head_comments", verbose_name=_("event")
    )
    author = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("by"))
    text = models.TextField(_("comment"), max_length=5000)
    for_responsible = models.BooleanField(_("the responsible may read it"), default=False)
    created_at = models.DateTimeField(_("written"), default=clock.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), null=True, editable=False)

    class Meta:
        verbose_name = _("comment of a head")
        verbose_name_plural = _("comments of heads")
        ordering = ["created_at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="head_comment_says_something")]

    def __str__(self) -> str:
        # Never its words: the admin names what hangs on a row that is to be deleted.
        return f"#{self.pk}"
