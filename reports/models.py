"""Reports that are sent regularly, and the letters they become."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Manager
from clients.outbox import FAILED, QUEUED, SENT
from crm import clock
from reports.flows.models import FlowDay, FlowMonth, FlowOrigin, FlowYear
from reports.kept.models import (
    ChangedClient,
    ControlNumbers,
    HeldClient,
    KeptState,
    LightNumbers,
    ShelvedClient,
    TakenClient,
    WaitingClient,
    WaitingNumbers,
)
from reports.rules import timing

__all__ = [
    "ChangedClient",
    "ControlNumbers",
    "FlowDay",
    "FlowMonth",
    "FlowOrigin",
    "FlowYear",
    "HeldClient",
    "KeptState",
    "LightNumbers",
    "ReportDelivery",
    "ReportLetter",
    "ShelvedClient",
    "TakenClient",
    "WaitingClient",
    "WaitingNumbers",
]


class ReportDelivery(models.Model):
    """A report that is sent every week or month, to each recipient with his own figures."""

    class Every(models.TextChoices):
        WEEK = timing.WEEK, _("every week")
        MONTH = timing.MONTH, _("every month")

    owner = models.ForeignKey(Manager, models.CASCADE, related_name="report_deliveries", verbose_name=_("whose it is"))
    #: ``Report.key``.
    report = models.CharField(_("report"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    #: The report's filters, as they stand in its address; without days, which follow from ``every`` unless named.
    query = models.CharField(_("filters"), max_length=1000, blank=True)
    every = models.CharField(_("how often"), max_length=5, choices=Every, default=Every.WEEK)
    day = models.PositiveSmallIntegerField(_("day"), default=1, help_text=_("Of the week (1: Monday) or of the month."))
    has_file = models.BooleanField(_("with a spreadsheet"), default=True)
    recipients = models.ManyToManyField(Manager, related_name="reports_received", verbose_name=_("recipients"))
    is_on = models.BooleanField(pgettext_lazy("delivery", "on"), default=True)
    next_on = models.DateField(_("goes out next"))
    created_at = models.DateTimeField(_("made"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("report sent regularly")
        verbose_name_plural = _("reports sent regularly")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(every="week", day__range=(1, 7)) | Q(every="month", day__range=(1, timing.LAST_DAY)),
                name="delivery_day_of_its_period",
                violation_error_message=_("A week has days 1 to 7, every month has days 1 to 28."),
            ),
            models.CheckConstraint(condition=~Q(report="") & ~Q(name=""), name="delivery_names_its_report"),
        ]
        indexes = [models.Index(fields=["next_on"], name="delivery_due", condition=Q(is_on=True))]

    def __str__(self) -> str:
        return self.name


class ReportLetter(models.Model):
    """One letter of a delivery to one person: the outbox, and the log of what was sent.

    Its words and its file are made when it is sent, by what the recipient may see at that moment; they are not kept.
    """

    class Status(models.TextChoices):
        QUEUED = QUEUED, pgettext_lazy("letter", "waiting")
        SENT = SENT, pgettext_lazy("letter", "sent")
        FAILED = FAILED, pgettext_lazy("letter", "given up")

    delivery = models.ForeignKey(
        ReportDelivery, models.CASCADE, related_name="letters", verbose_name=_("report sent regularly")
    )
    recipient = models.ForeignKey(Manager, models.CASCADE, related_name="report_letters", verbose_name=_("recipient"))
    date = models.DateField(_("date"))
    #: "" of the timetable; of a letter sent at once the minute it was asked for: asked twice, it goes out once.
    asked_at = models.CharField(max_length=16, blank=True, editable=False)
    #: The filters with the days it tells of: a letter that is late tells of the same days.
    query = models.CharField(_("filters"), max_length=1100, blank=True)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), default=clock.now)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("written"), default=clock.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    has_file = models.BooleanField(_("with a spreadsheet"), default=False)
    #: Rows of its spreadsheet while it goes out.
    file_rows: int | None = None

    class Meta:
        verbose_name = _("letter with a report")
        verbose_name_plural = _("letters with reports")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "recipient", "date", "asked_at"], name="report_letter_once"),
            models.CheckConstraint(
                condition=Q(status=SENT, sent_at__isnull=False) | (~Q(status=SENT) & Q(sent_at__isnull=True)),
                name="report_letter_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="report_letter_to_send", condition=Q(status=QUEUED)),
            models.Index(fields=["delivery", "-date"], name="report_letter_of_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.date} → {self.recipient}"
