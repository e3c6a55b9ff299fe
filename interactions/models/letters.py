"""Letters to clients: what was sent, by whom, and whether it left."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, ContactPerson, Manager
from crm import clock
from interactions import querysets
from interactions.models.events import Event


class ClientLetter(models.Model):
    """One letter to one person, sent by hand from a template. ``event`` is its place in the client's history."""

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("letter", "waiting")
        SENT = "sent", pgettext_lazy("letter", "sent")
        FAILED = "failed", pgettext_lazy("letter", "given up")

    client = models.ForeignKey(Client, models.CASCADE, related_name="letters", verbose_name=_("client"))
    person = models.ForeignKey(
        ContactPerson, models.SET_NULL, null=True, blank=True, related_name="letters", verbose_name=_("contact person")
    )
    address = models.EmailField(_("address"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=10000)
    #: For what day it was written ("birthday-17-2026"): nobody is congratulated twice by two people.
    key = models.CharField(max_length=60, blank=True)
    by = models.ForeignKey(Manager, models.PROTECT, related_name="client_letters", verbose_name=_("by"))
    event = models.OneToOneField(
        Event, models.SET_NULL, null=True, blank=True, related_name="letter", verbose_name=_("event")
    )
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), default=clock.now)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("written"), default=clock.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = querysets.ClientLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter to a client")
        verbose_name_plural = _("letters to clients")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="client_letter_once_for_a_day",
                condition=~Q(key="") & ~Q(status="failed"),
                violation_error_message=_("Somebody has sent this letter already."),
            ),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="client_letter_sent_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(address="") & ~Q(subject="") & ~Q(text=""), name="client_letter_is_whole"
            ),
        ]
        indexes = [
            # What the sender takes next.
            models.Index(fields=["next_try_at"], name="client_letter_to_send", condition=Q(status="queued")),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"
