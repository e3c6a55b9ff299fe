"""What controls a sale on its way: conditions of stages, what is to be done there, and the head's word."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Manager
from crm import clock
from interactions.models.dictionaries import EventKind, Stage
from interactions.models.events import Event
from interactions.models.processes import SalesProcess, StageChange


class StageCondition(models.Model):
    """What must be true before a sale leaves this stage for the next one, or is won from it.

    Enforced for controlled kinds, by ``interactions.stages`` alone; for manual kinds it is shown as advice.
    """

    class What(models.TextChoices):
        FIELD = "field", _("a field is filled in")
        EVENT = "event", _("an event of a kind is done")
        FILE = "file", _("a file is attached to the sale")
        APPROVAL = "approval", _("the head approves")

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="conditions", verbose_name=_("stage"))
    what = models.CharField(_("condition"), max_length=8, choices=What)
    #: A key of ``interactions.stage_facts.FIELDS``.
    field = models.CharField(_("field"), max_length=40, blank=True)
    event_kind = models.ForeignKey(
        EventKind, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("event kind")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=10)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions to leave the stage")
        ordering = ["stage", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(what="field") & ~Q(field="")) | (~Q(what="field") & Q(field="")),
                name="condition_field_only_of_field",
                violation_error_message=_("Choose the field, and only for a condition about a field."),
            ),
            models.CheckConstraint(
                condition=Q(what="event", event_kind__isnull=False) | (~Q(what="event") & Q(event_kind__isnull=True)),
                name="condition_kind_only_of_event",
                violation_error_message=_("Choose the event kind, and only for a condition about an event."),
            ),
            models.CheckConstraint(
                condition=Q(what__in=["field", "event", "file", "approval"]), name="condition_what_known"
            ),
            models.UniqueConstraint(
                fields=["stage", "what", "field"],
                name="condition_once",
                condition=~Q(what="event"),
                violation_error_message=_("This stage has this condition already."),
            ),
            models.UniqueConstraint(
                fields=["stage", "event_kind"],
                name="condition_event_once",
                condition=Q(what="event"),
                violation_error_message=_("This stage has this condition already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage}: {self.get_what_display()}"


class StageTask(models.Model):
    """What is planned for the responsible when a sale enters this stage."""

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="tasks", verbose_name=_("stage"))
    kind = models.ForeignKey(EventKind, models.PROTECT, related_name="+", verbose_name=_("kind"))
    subject = models.CharField(_("what to do"), max_length=255)
    due_days = models.PositiveSmallIntegerField(
        _("due in, working days"),
        default=1,
        validators=[MaxValueValidator(250)],
        help_text=_("0: on the day the sale enters the stage."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=10)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks on entering the stage")
        ordering = ["stage", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(subject=""), name="stage_task_says_something"),
            models.UniqueConstraint(
                fields=["stage", "subject"],
                name="stage_task_once",
                violation_error_message=_("This stage has this task already."),
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class PlannedTask(models.Model):
    """What became of a stage's task in a sale: each is planned once, however often the sale comes back to the stage."""

    process = models.ForeignKey(SalesProcess, models.CASCADE, related_name="planned_tasks", verbose_name=_("sale"))
    task = models.ForeignKey(StageTask, models.CASCADE, related_name="planned", verbose_name=_("task"))
    #: The step that planned it: taking the step back takes it back too.
    step = models.ForeignKey(StageChange, models.CASCADE, related_name="planned_tasks", verbose_name=_("step"))
    #: Empty when somebody has deleted the plan.
    event = models.OneToOneField(
        Event, models.SET_NULL, null=True, related_name="planned_task", verbose_name=_("event")
    )

    class Meta:
        verbose_name = _("planned task of a stage")
        verbose_name_plural = _("planned tasks of stages")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["process", "task"], name="stage_task_planned_once")]

    def __str__(self) -> str:
        return f"{self.process} · {self.task}"


class StageApproval(models.Model):
    """The head's word on a sale at a stage. One answered before the sale last entered the stage counts no more; one for
    other sums or products, or from before the sale was closed, has *lapsed*."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waits for the head")
        APPROVED = "approved", pgettext_lazy("stage", "approved")
        REJECTED = "rejected", pgettext_lazy("stage", "not approved")
        LAPSED = "lapsed", pgettext_lazy("stage", "lapsed")

    process = models.ForeignKey(SalesProcess, models.CASCADE, related_name="approvals", verbose_name=_("sale"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("stage"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    asked_by = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"), default=clock.now)
    question = models.CharField(_("what to look at"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        Manager, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("approval of a stage")
        verbose_name_plural = _("approvals of stages")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="pending", decided_at__isnull=True, decided_by__isnull=True)
                | Q(status__in=["approved", "rejected", "lapsed"], decided_at__isnull=False, decided_by__isnull=False),
                name="stage_approval_decided_has_who",
            ),
            models.UniqueConstraint(
                fields=["process", "stage"],
                name="stage_approval_asked_once",
                condition=Q(status="pending"),
                violation_error_message=_("The head has been asked already."),
            ),
        ]
        indexes = [
            # The head's queue.
            models.Index(fields=["asked_at"], name="stage_approval_waiting", condition=Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.process} · {self.stage}"

    def clean(self) -> None:
        if self.process_id and self.stage_id and self.stage.process_kind_id != self.process.kind_id:
            raise ValidationError({"stage": _("This stage does not belong to this kind of sale.")})
