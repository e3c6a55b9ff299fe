"""What administrators set up: kinds of events and processes, stages, reasons, products."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models.dictionaries import Dictionary
from interactions import querysets


class Direction(models.TextChoices):
    OUTGOING = "outgoing", _("from us")
    INCOMING = "incoming", _("from the client")
    MUTUAL = "mutual", _("mutual")
    INTERNAL = "internal", _("internal")


class EventKind(Dictionary):
    """A kind of interaction: does it count as a contact, how it looks. What it earns: ``KindPoints``."""

    #: What the program knows a kind by ("call_out", "process_won"); empty for the company's own kinds.
    code = models.SlugField(_("code"), max_length=32, blank=True, editable=False)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction, default=Direction.OUTGOING)
    counts_as_contact = models.BooleanField(
        _("counts as contact"), default=True, help_text=_("A done event of this kind turns the client green.")
    )
    icon = models.CharField(_("icon"), max_length=40, default="chat", help_text=_("A name of Bootstrap Icons."))
    default_minutes = models.PositiveSmallIntegerField(_("usual length, minutes"), default=15)
    #: Written by the program (steps of a sales process); nobody chooses or edits such events by hand.
    is_system = models.BooleanField(_("written by the program"), default=False, editable=False)

    objects = querysets.EventKindQuerySet.as_manager()

    class Meta(Dictionary.Meta):
        verbose_name = _("event kind")
        verbose_name_plural = _("event kinds")
        constraints = [models.UniqueConstraint(fields=["code"], name="event_kind_code_unique", condition=~Q(code=""))]


class Control(models.TextChoices):
    CONTROLLED = "controlled", _("controlled: stage by stage")
    MANUAL = "manual", _("manual: any stage at any time")
    UNTRACKED = "untracked", _("untracked: no stages")


class ProcessKind(Dictionary):
    """A kind of sales process with its stages and how strictly they are kept."""

    control = models.CharField(_("control"), max_length=10, choices=Control, default=Control.MANUAL)

    class Meta(Dictionary.Meta):
        verbose_name = _("kind of sales process")
        verbose_name_plural = _("kinds of sales processes")


class StageColour(models.TextChoices):
    """Colours of the board. None of the three of the zones."""

    GREY = "grey", _("grey")
    BLUE = "blue", _("blue")
    TEAL = "teal", _("teal")
    VIOLET = "violet", _("violet")
    PINK = "pink", _("pink")
    BROWN = "brown", _("brown")


class Stage(models.Model):
    """A stage an open sales process of one kind can be in."""

    process_kind = models.ForeignKey(ProcessKind, models.CASCADE, related_name="stages", verbose_name=_("kind"))
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("order"))
    probability = models.PositiveSmallIntegerField(
        _("probability of winning, %"), default=0, validators=[MaxValueValidator(100)]
    )
    colour = models.CharField(_("colour"), max_length=6, choices=StageColour, default=StageColour.GREY)
    allowed_idle_days = models.PositiveSmallIntegerField(
        _("allowed idle days"),
        null=True,
        blank=True,
        help_text=_("A sale with no step and no event for longer is marked as idle; empty: never."),
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["process_kind", "position"]
        constraints = [
            models.UniqueConstraint(fields=["process_kind", "position"], name="stage_position_unique"),
            models.UniqueConstraint(fields=["process_kind", "name"], name="stage_name_unique"),
            models.CheckConstraint(condition=Q(probability__lte=100), name="stage_probability_is_percent"),
            models.CheckConstraint(condition=Q(colour__in=StageColour.values), name="stage_colour_known"),
        ]

    def __str__(self) -> str:
        return gettext(self.name)


class LossReason(Dictionary):
    """Why a sale was lost."""

    class Meta(Dictionary.Meta):
        verbose_name = _("reason of loss")
        verbose_name_plural = _("reasons of loss")


class Product(Dictionary):
    """What we sell."""

    series = models.CharField(_("series"), max_length=100, blank=True)
    price = models.DecimalField(_("list price"), max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta(Dictionary.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gte=0), name="product_price_not_negative")
        ]


class Competitor(Dictionary):
    """Who else offers what we sell."""

    class Meta(Dictionary.Meta):
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
