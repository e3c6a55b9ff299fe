"""Secret addresses at which other programs read a calendar."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Manager
from crm import clock


class CalendarFeed(models.Model):
    """One ``.ics`` address. The secret is shown once, when it is made; only its digest is kept."""

    class Scope(models.TextChoices):
        OWN = "own", pgettext_lazy("calendar", "my events")
        TEAM = "team", pgettext_lazy("calendar", "events of my people")

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="calendar_feeds", verbose_name=_("of"))
    name = models.CharField(_("for what"), max_length=100)
    scope = models.CharField(_("which events"), max_length=4, choices=Scope, default=Scope.OWN)
    #: Whether clients' names and subjects are in it, or only "busy".
    with_words = models.BooleanField(_("with clients and subjects"), default=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), default=clock.now, editable=False)
    read_at = models.DateTimeField(_("last read"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(digest="") & ~Q(name=""), name="calendar_feed_is_whole"),
            models.CheckConstraint(condition=Q(scope__in=["own", "team"]), name="calendar_feed_scope_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.manager})"
