"""Inquiries: who called or wrote of itself, what about, and whose turn it is to answer."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, ContactPerson, Department, LeadSource, Manager, Region
from crm import clock
from interactions import querysets
from interactions.models.dictionaries import EventKind, Product
from interactions.models.events import Event
from interactions.models.processes import SalesProcess


class DistributionRule(models.Model):
    """To whom an inquiry goes that is nobody's. Rules are read in their order; the first one that fits and has
    somebody here decides.

    An empty condition fits everything. The work goes to ``managers``, or, where none are named, to the salespeople of
    ``department`` and below; people who are away or left are passed over.
    """

    class Method(models.TextChoices):
        EVENLY = "evenly", _("evenly: to whoever was given one longest ago")
        LOAD = "load", _("by load: to whoever holds the fewest clients")

    name = models.CharField(_("name"), max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(_("order"), default=100)
    is_active = models.BooleanField(_("in use"), default=True)
    sources = models.ManyToManyField(LeadSource, blank=True, related_name="+", verbose_name=_("sources"))
    regions = models.ManyToManyField(Region, blank=True, related_name="+", verbose_name=_("regions"))
    products = models.ManyToManyField(Product, blank=True, related_name="+", verbose_name=_("products"))
    amount_from = models.DecimalField(_("amount from"), max_digits=14, decimal_places=2, null=True, blank=True)
    amount_to = models.DecimalField(_("amount to"), max_digits=14, decimal_places=2, null=True, blank=True)
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    managers = models.ManyToManyField(Manager, blank=True, related_name="+", verbose_name=_("managers"))
    method = models.CharField(_("how"), max_length=6, choices=Method, default=Method.EVENLY)

    class Meta:
        verbose_name = _("distribution rule")
        verbose_name_plural = _("distribution rules")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(method__in=["evenly", "load"]), name="distribution_method_known"),
            models.CheckConstraint(
                condition=Q(amount_from__isnull=True) | Q(amount_to__isnull=True) | Q(amount_to__gte=F("amount_from")),
                name="distribution_amounts_in_order",
                violation_error_message=_("The end is before the start."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Inquiry(models.Model):
    """Somebody called, wrote or came of itself. Always of a client: found, or made by it.

    * *taken*: ``assigned_to`` works on it: whoever answered himself, or who took it over.
    * *passed*: it waits for ``assigned_to``, the client's manager or the one a rule chose.
    * *waiting*: no rule fitted, and the heads see it; or its client is on the exchange, and whoever claims it answers.
    * *closed*: nothing came of it (wrong number, spam, nothing wanted).
    """

    class Status(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("inquiry", "nobody's yet")
        PASSED = "passed", pgettext_lazy("inquiry", "passed on")
        TAKEN = "taken", pgettext_lazy("inquiry", "being worked on")
        CLOSED = "closed", pgettext_lazy("inquiry", "closed")

    client = models.ForeignKey(Client, models.CASCADE, related_name="inquiries", verbose_name=_("client"))
    person = models.ForeignKey(
        ContactPerson, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("contact person")
    )
    kind = models.ForeignKey(EventKind, models.PROTECT, related_name="+", verbose_name=_("how it came"))
    #: What was typed into the one field: a phone, a name, an INN or an e-mail.
    typed = models.CharField(_("as it came"), max_length=255, blank=True)
    text = models.TextField(_("what about"), max_length=20000, blank=True)
    source = models.ForeignKey(
        LeadSource, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=clock.now)
    taken_by = models.ForeignKey(Manager, models.PROTECT, related_name="inquiries_taken", verbose_name=_("answered by"))
    status = models.CharField(_("status"), max_length=7, choices=Status, default=Status.TAKEN)
    assigned_to = models.ForeignKey(
        Manager, models.PROTECT, null=True, blank=True, related_name="inquiries", verbose_name=_("passed to")
    )
    assigned_at = models.DateTimeField(_("passed"), null=True, blank=True)
    #: Which rule chose; empty: the client's manager, or somebody by hand.
    rule = models.ForeignKey(
        DistributionRule, models.SET_NULL, null=True, blank=True, related_name="inquiries", verbose_name=_("rule")
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    closed_because = models.CharField(_("why closed"), max_length=200, blank=True)
    #: What it became: the incoming event and the sale.
    event = models.OneToOneField(
        Event, models.SET_NULL, null=True, blank=True, related_name="inquiry", verbose_name=_("event")
    )
    process = models.ForeignKey(
        SalesProcess, models.SET_NULL, null=True, blank=True, related_name="inquiries", verbose_name=_("sale")
    )

    objects = querysets.InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "passed", "taken", "closed"]), name="inquiry_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="passed") | Q(assigned_to__isnull=False, assigned_at__isnull=False),
                name="inquiry_passed_has_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(assigned_to__isnull=True), name="inquiry_waiting_is_nobodys"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="inquiry_amount_not_negative"
            ),
        ]
        indexes = [
            # What waits for somebody, and whose turn it is by a rule.
            models.Index(fields=["assigned_to", "status"], name="inquiry_of_manager"),
            models.Index(fields=["rule", "-assigned_at"], name="inquiry_by_rule", condition=Q(rule__isnull=False)),
            # The heads' queue.
            models.Index(fields=["received_at"], name="inquiry_waiting", condition=Q(status="waiting")),
            models.Index(fields=["-received_at", "-id"], name="inquiry_journal"),
        ]

    def __str__(self) -> str:
        return str(self.client)

    def get_absolute_url(self) -> str:
        return reverse("inquiry-detail", args=[self.pk])
