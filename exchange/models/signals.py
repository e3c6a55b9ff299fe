"""What a head should look at: patterns that look like work only to keep a client, each with the events behind it."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager
from crm import clock
from exchange import querysets
from interactions.models import Event


class Signal(models.Model):
    """Something odd in a manager's work, for his head only. A question, not a verdict."""

    class Kind(models.TextChoices):
        LAST_MINUTE = "last_minute", _("one line in the last week")
        BURST = "burst", _("many clients within minutes")
        ONE_SIDED = "one_sided", _("rescued again and again from one side")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    manager = models.ForeignKey(Manager, models.CASCADE, related_name="signals", verbose_name=_("manager"))
    client = models.ForeignKey(
        Client, models.CASCADE, null=True, blank=True, related_name="signals", verbose_name=_("client")
    )
    date = models.DateField(_("date"))
    #: What makes it the same signal when it is found again: client and day, the first event of a burst, the rescue.
    key = models.CharField(max_length=100)
    #: How many: clients of a burst, rescues in a row.
    number = models.PositiveIntegerField(_("number"), default=1)
    #: When its first and its last contact came to count.
    first_at = models.DateTimeField(_("from"), null=True, blank=True)
    last_at = models.DateTimeField(_("until"), null=True, blank=True)
    #: One line in the last days: when the client would have left by its dates, without what holds clients.
    leaves_on = models.DateField(_("would have left on"), null=True, blank=True)
    events = models.ManyToManyField(Event, related_name="signals", blank=True, verbose_name=_("events"))
    found_at = models.DateTimeField(_("found"), default=clock.now)
    seen_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    seen_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("looked at by")
    )
    note = models.CharField(_("what came of it"), max_length=300, blank=True)

    objects = querysets.SignalQuerySet.as_manager()

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        ordering = ["-date", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "manager", "key"], name="signal_found_once"),
            models.CheckConstraint(
                condition=Q(seen_at__isnull=False) | Q(note=""), name="signal_note_belongs_to_a_look"
            ),
        ]
        indexes = [models.Index(fields=["manager", "-date"], name="signal_of_manager")]

    def __str__(self) -> str:
        return f"{self.manager}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("signal-detail", args=[self.pk])


class SignalLook(models.Model):
    """How far the search has come: everything up to the end of ``date`` was looked at."""

    date = models.DateField(_("looked at until"), unique=True)
    found = models.PositiveIntegerField(_("signals found"), default=0)
    looked_at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("search for signals")
        verbose_name_plural = _("searches for signals")
        ordering = ["-date"]

    def __str__(self) -> str:
        return str(self.date)
