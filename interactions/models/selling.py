"""Round a sale: who helps, who competes, what is planned to be sold, and the files of sales and events."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Attachment, Manager
from crm import clock
from interactions.models.dictionaries import Competitor
from interactions.models.events import Event
from interactions.models.processes import SalesProcess


class ProcessCoManager(models.Model):
    """A manager who works on a sale beside its responsible. He must be able to see the client by a right of his own."""

    process = models.ForeignKey(SalesProcess, models.CASCADE, related_name="co_managements", verbose_name=_("sale"))
    manager = models.ForeignKey(Manager, models.CASCADE, related_name="+", verbose_name=_("co-manager"))

    class Meta:
        verbose_name = _("co-manager of a sale")
        verbose_name_plural = _("co-managers of sales")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["process", "manager"], name="process_co_manager_once")]

    def __str__(self) -> str:
        return f"{self.manager} · {self.process}"


class ProcessCompetitor(models.Model):
    """Who else offers to the client in a sale."""

    process = models.ForeignKey(SalesProcess, models.CASCADE, related_name="rivalries", verbose_name=_("sale"))
    competitor = models.ForeignKey(Competitor, models.PROTECT, related_name="rivalries", verbose_name=_("competitor"))

    class Meta:
        verbose_name = _("competitor in a sale")
        verbose_name_plural = _("competitors in sales")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["process", "competitor"], name="process_competitor_once")]

    def __str__(self) -> str:
        return f"{self.competitor} · {self.process}"


class SalesPlan(models.Model):
    """What a manager is to win in a month. A department's plan is the sum of its managers' plans."""

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="sales_plans", verbose_name=_("manager"))
    #: Its first day.
    month = models.DateField(_("month"))
    amount = models.DecimalField(_("to be won"), max_digits=14, decimal_places=2)
    set_by = models.ForeignKey(Manager, models.PROTECT, related_name="+", editable=False, verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("sales plan")
        verbose_name_plural = _("sales plans")
        ordering = ["-month", "manager"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "month"], name="sales_plan_once_a_month"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="sales_plan_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="sales_plan_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.manager}, {self.month:%Y-%m}: {self.amount}"


class FileLink(models.Model):
    """A file of a client that belongs to one of its sales or events."""

    attachment = models.ForeignKey(Attachment, models.CASCADE, related_name="links", verbose_name=_("file"))
    process = models.ForeignKey(
        SalesProcess, models.CASCADE, null=True, blank=True, related_name="file_links", verbose_name=_("sale")
    )
    event = models.ForeignKey(
        Event, models.CASCADE, null=True, blank=True, related_name="file_links", verbose_name=_("event")
    )

    class Meta:
        verbose_name = _("file of a sale or an event")
        verbose_name_plural = _("files of sales and events")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(process__isnull=False, event__isnull=True) | Q(process__isnull=True, event__isnull=False),
                name="file_link_of_one_thing",
            ),
            models.UniqueConstraint(fields=["attachment", "process"], name="file_link_of_process_once"),
            models.UniqueConstraint(fields=["attachment", "event"], name="file_link_of_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attachment} → {self.process or self.event}"
