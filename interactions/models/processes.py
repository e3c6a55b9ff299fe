"""Sales processes: one sale or interest, from the first inquiry to won or lost."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models import Client, LeadSource, Manager, Tag
from crm import clock
from crm.web.addresses import address
from interactions import querysets
from interactions.models.dictionaries import Competitor, LossReason, ProcessKind, Product, Stage
from interactions.models.events import Event
from interactions.rules.amounts import line_total


class ProcessStatus(models.TextChoices):
    OPEN = "open", _("open")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class SalesProcess(models.Model):
    """One sale, moving through the stages of its kind."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="processes", verbose_name=_("client"))
    kind = models.ForeignKey(ProcessKind, models.PROTECT, related_name="processes", verbose_name=_("kind"))
    title = models.CharField(_("title"), max_length=255)
    status = models.CharField(
        _("status"), max_length=4, choices=ProcessStatus, default=ProcessStatus.OPEN, editable=False
    )
    #: The present stage, or the last one before it was closed; empty when the kind has no stages.
    stage = models.ForeignKey(
        Stage, models.PROTECT, null=True, blank=True, related_name="processes", verbose_name=_("stage")
    )
    responsible = models.ForeignKey(Manager, models.PROTECT, related_name="processes", verbose_name=_("responsible"))
    author = models.ForeignKey(Manager, models.PROTECT, related_name="+", editable=False, verbose_name=_("author"))
    source = models.ForeignKey(LeadSource, models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    #: Empty only for imported sales of which nobody knows when they began.
    started_on = models.DateField(_("started"), null=True, blank=True)
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    closed_on = models.DateField(_("closed"), null=True, editable=False)
    loss_reason = models.ForeignKey(LossReason, models.PROTECT, null=True, blank=True, verbose_name=_("why lost"))
    lost_to = models.ForeignKey(
        Competitor, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lost to")
    )
    comment = models.TextField(_("comment"), max_length=20000, blank=True)
    #: When the sale entered its present stage. Written by the steps.
    stage_since = models.DateTimeField(_("at this stage since"), null=True, editable=False)
    #: Company date of the last step or done event in the sale: what idleness is counted from. Written by
    #: ``interactions.process_activity`` alone.
    active_on = models.DateField(_("last activity"), null=True, editable=False)
    #: The furthest stage its steps led to; how far it got is this or the present one. Written by
    #: ``interactions.process_path`` alone.
    furthest = models.ForeignKey(
        Stage,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("furthest stage"),
    )
    co_managers = models.ManyToManyField(
        Manager,
        through="interactions.ProcessCoManager",
        related_name="co_managed_processes",
        blank=True,
        verbose_name=_("co-managers"),
    )
    competitors = models.ManyToManyField(
        Competitor,
        through="interactions.ProcessCompetitor",
        related_name="processes",
        blank=True,
        verbose_name=_("competitors"),
    )
    tags = models.ManyToManyField(
        "clients.Tag", through="interactions.ProcessTag", related_name="processes", blank=True, verbose_name=_("tags")
    )
    external_id = models.CharField(max_length=150, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["updated_at", "stage_since", "active_on", "furthest"])
    objects = querysets.SalesProcessQuerySet.as_manager()

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_on__isnull=True)
                | Q(status__in=["won", "lost"], closed_on__isnull=False),
                name="process_closed_has_date",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(started_on__isnull=True) | Q(closed_on__gte=F("started_on")),
                name="process_closes_after_start",
                violation_error_message=_("The end is before the start."),
            ),
            models.CheckConstraint(
                condition=Q(loss_reason__isnull=True) | Q(status="lost"), name="process_loss_reason_only_when_lost"
            ),
            models.CheckConstraint(
                condition=Q(lost_to__isnull=True) | Q(status="lost"), name="process_lost_to_only_when_lost"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="process_amount_not_negative"
            ),
            models.UniqueConstraint(
                fields=["external_id"], name="process_external_id_unique", condition=~Q(external_id="")
            ),
        ]
        indexes = [
            # The processes of a card, the open ones first.
            models.Index(fields=["client", "status"], name="process_of_client"),
            # My open sales; the board.
            models.Index(fields=["responsible", "kind", "stage"], name="process_open", condition=Q(status="open")),
            # A column of the board: the soonest to close first, page by page.
            models.Index(fields=["stage", "expected_close_on", "id"], name="process_board", condition=Q(status="open")),
            # The funnel: what was begun in a period, and how far it got.
            models.Index(
                fields=["kind", "started_on"],
                include=["responsible", "status", "stage", "furthest", "loss_reason", "amount", "id"],
                name="process_begun",
            ),
            # What was won and lost in a month.
            models.Index(fields=["closed_on"], name="process_closed", condition=Q(closed_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("process-detail", self.pk)

    @property
    def is_open(self) -> bool:
        return self.status == ProcessStatus.OPEN

    def clean(self) -> None:
        if self.stage_id and self.kind_id and self.stage.process_kind_id != self.kind_id:
            raise ValidationError({"stage": _("This stage does not belong to this kind of sale.")})
        if self.started_on and self.started_on > clock.today():
            raise ValidationError({"started_on": _("This date is in the future.")})
        if self.started_on and self.expected_close_on and self.expected_close_on < self.started_on:
            raise ValidationError({"expected_close_on": _("The end is before the start.")})


class ProcessTag(models.Model):
    """A tag on a sale."""

    process = models.ForeignKey(SalesProcess, models.CASCADE, related_name="process_tags", verbose_name=_("sale"))
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="process_tags", verbose_name=_("tag"))

    class Meta:
        verbose_name = _("tag of a sale")
        verbose_name_plural = _("tags of sales")
        constraints = [models.UniqueConstraint(fields=["process", "tag"], name="process_tag_once")]

    def __str__(self) -> str:
        return f"{self.process} · {self.tag}"


class ProcessLine(models.Model):
    """A product of a sale."""

    process = models.ForeignKey(SalesProcess, models.CASCADE, related_name="lines", verbose_name=_("sale"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="lines", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=1)
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2, null=True, blank=True)
    discount = models.DecimalField(_("discount, %"), max_digits=5, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="line_quantity_positive"),
            models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gte=0), name="line_price_not_negative"),
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=100), name="line_discount_is_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.product} × {self.quantity.normalize():f}"

    @property
    def total(self) -> Decimal | None:
        """What it comes to with its discount; None while it has no price."""
        return line_total(quantity=self.quantity, price=self.price, discount=self.discount)


class Step(models.TextChoices):
    STARTED = "started", _("started")
    MOVED = "moved", _("moved")
    WON = "won", _("won")
    LOST = "lost", _("lost")
    REOPENED = "reopened", _("reopened")


class StageChange(models.Model):
    """One step of a sale: the stage log. Each step has its place in the client's history through ``event``."""

    process = models.ForeignKey(SalesProcess, models.CASCADE, related_name="stage_changes", verbose_name=_("sale"))
    step = models.CharField(_("step"), max_length=8, choices=Step)
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+", verbose_name=_("from"))
    to_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+", verbose_name=_("to"))
    changed_at = models.DateTimeField(_("when"), default=clock.now)
    #: Until the next step; empty of the last one, and of those that closed the sale. Written by
    #: ``interactions.process_path`` alone.
    stayed = models.DurationField(null=True, editable=False)
    changed_by = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("by"))
    event = models.OneToOneField(Event, models.CASCADE, related_name="stage_change", verbose_name=_("event"))

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("stage log")
        ordering = ["-changed_at", "-pk"]
        indexes = [
            models.Index(fields=["process", "changed_at"], name="stage_change_of_process"),
            # How long the sales of a funnel stood at its stages.
            models.Index(
                fields=["process"],
                include=["to_stage", "stayed"],
                name="stage_change_stayed",
                condition=Q(stayed__isnull=False, to_stage__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.process}: {self.get_step_display()}"
