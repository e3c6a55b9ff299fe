"""What the program tells people: notices in the app, and one letter a day."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.people import Manager
from crm import clock


class Notice(models.Model):
    """Something a person should know, shown under the bell until it is read.

    ``kind`` names a declared ``clients.notices.NoticeKind``, which turns ``data`` into words in the reader's language;
    ``key`` makes telling idempotent: one notice per recipient, kind and key ("2026-11-21" for a night).
    """

    recipient = models.ForeignKey(Manager, models.CASCADE, related_name="notices", verbose_name=_("recipient"))
    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=100)
    date = models.DateField(_("date"), default=clock.today)
    data = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("when"), default=clock.now)
    read_at = models.DateTimeField(pgettext_lazy("notice", "read"), null=True, blank=True)
    letter = models.ForeignKey(
        "clients.Letter", models.SET_NULL, null=True, blank=True, related_name="notices", verbose_name=_("letter")
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["recipient", "kind", "key"], name="notice_told_once")]
        indexes = [
            # The counter of the bell, on every page.
            models.Index(fields=["recipient"], name="notice_unread", condition=Q(read_at__isnull=True)),
            # The page of notices.
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_of_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient}"


class Letter(models.Model):
    """A letter that is to be sent, or was: the outbox. At most one digest per person and day."""

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("letter", "waiting")
        SENT = "sent", pgettext_lazy("letter", "sent")
        FAILED = "failed", pgettext_lazy("letter", "given up")
        SKIPPED = "skipped", pgettext_lazy("letter", "no address")

    recipient = models.ForeignKey(Manager, models.CASCADE, related_name="letters", verbose_name=_("recipient"))
    kind = models.CharField(_("kind"), max_length=40, default="digest")
    date = models.DateField(_("date"))
    address = models.EmailField(_("address"), blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True)
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), default=clock.now)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("written"), default=clock.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "kind", "date"], name="letter_one_a_day"),
            models.CheckConstraint(condition=~Q(status="sent") | Q(sent_at__isnull=False), name="letter_sent_has_time"),
        ]
        indexes = [
            # What the sender takes next.
            models.Index(fields=["next_try_at"], name="letter_to_send", condition=Q(status="queued")),
        ]

    def __str__(self) -> str:
        return f"{self.date} → {self.recipient}"
