"""Who took which list out of the program."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.people import Manager
from crm import clock


class ExportLog(models.Model):
    """One download of a list: who, what, with which filters. Never changed."""

    manager = models.ForeignKey(Manager, models.PROTECT, related_name="exports_made", verbose_name=_("manager"))
    #: The name of the route, "client-export".
    what = models.CharField(_("what"), max_length=60)
    #: The filters, as they stood in the address.
    query = models.CharField(_("filters"), max_length=1000, blank=True)
    #: How many rows were really sent; empty when the download was broken off.
    rows = models.PositiveIntegerField(_("rows"), null=True)
    made_at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["manager", "-made_at"], name="export_of_manager")]

    def __str__(self) -> str:
        return f"{self.manager}: {self.what}"
