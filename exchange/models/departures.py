"""What became of the clients of a manager who left."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, Department, Manager
from crm import clock
from exchange import querysets


class Departure(models.Model):
    """A manager leaves: the decision about all his clients, carried out in batches, undone as long as it may be."""

    class Status(models.TextChoices):
        RUNNING = "running", pgettext_lazy("departure", "under way")
        DONE = "done", pgettext_lazy("departure", "done")
        UNDONE = "undone", pgettext_lazy("departure", "taken back")

    manager = models.ForeignKey(Manager, models.PROTECT, related_name="departures", verbose_name=_("who leaves"))
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, related_name="+", verbose_name=_("department")
    )
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.RUNNING)
    #: Whether it switched his sign-in off; taking it back switches it on again.
    deactivated = models.BooleanField(_("sign-in switched off"), default=True)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    decided_by = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("by"))
    decided_at = models.DateTimeField(_("when"), default=clock.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    undone_by = models.ForeignKey(
        Manager, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken back by")
    )

    objects = querysets.DepartureQuerySet.as_manager()

    class Meta:
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["manager"], name="departure_one_running", condition=Q(status="running")),
            models.CheckConstraint(
                condition=Q(status="running", finished_at__isnull=True)
                | (~Q(status="running") & Q(finished_at__isnull=False)),
                name="departure_finished_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status="undone", undone_at__isnull=False, undone_by__isnull=False)
                | (~Q(status="undone") & Q(undone_at__isnull=True, undone_by__isnull=True)),
                name="departure_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manager}: {self.get_status_display()}"


class DepartureItem(models.Model):
    """One client of who left: what was decided, and how it was before."""

    class Action(models.TextChoices):
        HAND = "hand", _("hand over")
        RELEASE = "release", _("release to the exchange")

    departure = models.ForeignKey(Departure, models.CASCADE, related_name="items", verbose_name=_("departure"))
    client = models.ForeignKey(Client, models.CASCADE, related_name="+", verbose_name=_("client"))
    action = models.CharField(_("what"), max_length=7, choices=Action)
    to_manager = models.ForeignKey(
        Manager, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to whom")
    )
    #: How it was: what taking it back restores.
    assigned_on = models.DateField(_("with the manager since"), null=True)
    last_manager = models.ForeignKey(Manager, models.SET_NULL, null=True, related_name="+")
    #: When it was carried out (the moment of the owner change); empty before, and where ``error`` says why not. Where
    #: both are there, ``error`` says why it was not taken back.
    done_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    error = models.CharField(_("why not"), max_length=300, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = querysets.DepartureItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("client of who left")
        verbose_name_plural = _("clients of who left")
        ordering = ["departure", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["departure", "client"], name="departure_item_once"),
            models.CheckConstraint(
                condition=Q(action="hand", to_manager__isnull=False) | Q(action="release", to_manager__isnull=True),
                name="departure_item_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(done_at__isnull=False, undone_at__gte=F("done_at")),
                name="departure_item_undone_after_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client}: {self.get_action_display()}"
