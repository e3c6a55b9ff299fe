"""Events: one interaction with a client, planned, done or cancelled."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models import Client, ContactPerson, Manager
from crm import clock
from crm.web.addresses import address
from interactions import querysets
from interactions.models.dictionaries import EventKind
from interactions.overdue import is_overdue


class EventStatus(models.TextChoices):
    PLANNED = "planned", _("planned")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class Approval(models.TextChoices):
    """Whether a back-dated contact may count. Accepted as history at once; the clock waits for the head."""

    NOT_NEEDED = "", _("not needed")
    PENDING = "pending", _("waits for the head")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")


class Event(models.Model):
    """One interaction with a client.

    ``counted_on`` is set at write time (see ``interactions.rules.contacts``); the client's last contact is its maximum.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="events", verbose_name=_("client"))
    kind = models.ForeignKey(EventKind, models.PROTECT, related_name="events", verbose_name=_("kind"))
    status = models.CharField(_("status"), max_length=9, choices=EventStatus, default=EventStatus.PLANNED)
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    text = models.TextField(_("details"), max_length=20000, blank=True)
    result = models.TextField(_("result"), max_length=20000, blank=True)
    #: When it happened, or for a planned event when it should.
    occurred_at = models.DateTimeField(_("when"), default=clock.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    responsible = models.ForeignKey(Manager, models.PROTECT, related_name="events", verbose_name=_("responsible"))
    author = models.ForeignKey(
        Manager, models.PROTECT, related_name="authored_events", editable=False, verbose_name=_("author")
    )
    process = models.ForeignKey(
        "interactions.SalesProcess",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("sale"),
    )
    continues = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="continuations", verbose_name=_("continues")
    )
    #: The first event of the chain this one belongs to; empty for an event that neither continues nor is continued.
    chain = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, editable=False, related_name="chained")
    persons = models.ManyToManyField(
        ContactPerson, through="interactions.EventParticipant", related_name="events", blank=True
    )
    #: The recurring event it is an occurrence of, and the day its rule meant: it may have been put off since.
    series = models.ForeignKey(
        "interactions.EventSeries",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="events",
        verbose_name=_("recurring event"),
    )
    series_on = models.DateField(null=True, editable=False)
    #: Company date on which this event counts as a contact; empty when it does not count.
    counted_on = models.DateField(_("counts as contact on"), null=True, editable=False)
    approval = models.CharField(
        _("approval of the date"), max_length=8, choices=Approval, blank=True, default="", editable=False
    )
    approved_by = models.ForeignKey(Manager, models.SET_NULL, null=True, editable=False, related_name="+")
    #: How long before it the responsible is reminded; empty: as he has it in his preferences. -1: not at all.
    remind_before = models.SmallIntegerField(_("remind"), null=True, blank=True)
    #: When the reminder is due; empty when there is none, or when it has been told. Set at write time.
    remind_at = models.DateTimeField(null=True, editable=False)
    external_id = models.CharField(max_length=150, blank=True, editable=False)
    created_at = models.DateTimeField(_("registered"), default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["updated_at", "remind_at"])
    objects = querysets.EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("occurred_at")),
                name="event_ends_after_start",
                violation_error_message=_("The end is before the start."),
            ),
            models.CheckConstraint(
                condition=Q(counted_on__isnull=True) | Q(status="done"), name="event_counts_only_when_done"
            ),
            models.CheckConstraint(condition=Q(status__in=EventStatus.values), name="event_status_known"),
            models.CheckConstraint(
                condition=Q(counted_on__isnull=True) | Q(approval__in=["", "approved"]),
                name="event_counts_only_when_approved",
            ),
            models.CheckConstraint(
                condition=Q(remind_at__isnull=True) | Q(status="planned"), name="event_reminds_only_while_planned"
            ),
            models.UniqueConstraint(
                fields=["series", "series_on"],
                name="event_of_series_once_a_day",
                condition=Q(series__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["external_id"], name="event_external_id_unique", condition=~Q(external_id="")
            ),
        ]
        indexes = [
            # The history on the card.
            models.Index(fields=["client", "-occurred_at", "-id"], name="event_history"),
            # The client's last contact: MAX(counted_on), index only; also "why this colour".
            models.Index(fields=["client", "-counted_on"], name="event_counted", condition=Q(counted_on__isnull=False)),
            # My day and the calendar: what is planned for whom; with the client, for the reports' counts.
            models.Index(
                fields=["responsible", "occurred_at"],
                include=["client"],
                name="event_planned",
                condition=Q(status="planned"),
            ),
            # What is planned with a client: the card, what holds it, and plans that fall to who holds it now.
            models.Index(fields=["client", "occurred_at"], name="event_planned_with", condition=Q(status="planned")),
            # The list of a manager's events, newest first.
            models.Index(fields=["responsible", "-occurred_at", "-id"], name="event_by_responsible"),
            # What was done by everybody over a period, and with whom, for the reports.
            models.Index(
                fields=["occurred_at", "responsible", "kind"],
                include=["counted_on", "client"],
                name="event_done_by",
                condition=Q(status="done", approval__in=["", "approved"]),
            ),
            # What people registered these days, for the signals; without what was imported.
            models.Index(
                fields=["created_at"],
                name="event_registered",
                condition=Q(counted_on__isnull=False, external_id=""),
            ),
            # Reminders that are due.
            models.Index(fields=["remind_at"], name="event_reminders", condition=Q(remind_at__isnull=False)),
            # A thread, from its first event on.
            models.Index(fields=["chain", "occurred_at"], name="event_thread", condition=Q(chain__isnull=False)),
            # The last activity in a sale.
            models.Index(
                fields=["process", "-occurred_at"], name="event_of_process", condition=Q(process__isnull=False)
            ),
            # The head's approval queue.
            models.Index(fields=["occurred_at"], name="event_waiting_approval", condition=Q(approval="pending")),
        ]

    def __str__(self) -> str:
        return self.subject or str(self.kind)

    def get_absolute_url(self) -> str:
        return address("event-detail", self.pk)

    @property
    def is_overdue(self) -> bool:
        return self.status == EventStatus.PLANNED and is_overdue(self.occurred_at)

    def clean(self) -> None:
        if self.ends_at and self.occurred_at and self.ends_at < self.occurred_at:
            raise ValidationError({"ends_at": _("The end is before the start.")})
        if self.status == EventStatus.DONE and self.occurred_at and self.occurred_at > clock.now():
            raise ValidationError({"occurred_at": _("What is done cannot lie in the future.")})
        if self.process_id and self.process.client_id != self.client_id:
            raise ValidationError({"process": _("This sale belongs to another client.")})
        if self.continues_id and (self.continues_id == self.pk or self.continues.client_id != self.client_id):
            raise ValidationError({"continues": _("An event continues an earlier event with the same client.")})


class HandOver(models.Model):
    """A plan or an open sale that changed hands with its client, so that it can come back when that is undone.

    ``client`` and ``moment`` name the owner change (``clients.ownership``). ``to_manager`` empty: the plan was
    returned, that is cancelled, because nobody holds the client.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="hand_overs", verbose_name=_("client"))
    moment = models.DateTimeField(_("when"))
    event = models.ForeignKey(
        Event, models.CASCADE, null=True, blank=True, related_name="hand_overs", verbose_name=_("event")
    )
    process = models.ForeignKey(
        "interactions.SalesProcess",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="hand_overs",
        verbose_name=_("sale"),
    )
    from_manager = models.ForeignKey(Manager, models.PROTECT, related_name="+", verbose_name=_("from"))
    to_manager = models.ForeignKey(
        Manager, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-moment", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(event__isnull=False, process__isnull=True) | Q(event__isnull=True, process__isnull=False),
                name="hand_over_of_one_thing",
            ),
            models.UniqueConstraint(fields=["event", "moment"], name="hand_over_of_event_once"),
            models.UniqueConstraint(fields=["process", "moment"], name="hand_over_of_process_once"),
        ]
        indexes = [models.Index(fields=["client", "moment"], name="hand_over_of_client")]

    def __str__(self) -> str:
        return f"{self.event or self.process}: {self.from_manager} → {self.to_manager or '–'}"


class EventParticipant(models.Model):
    """Who took part: a contact person, a colleague, or for now only a name, linked later."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="participants", verbose_name=_("event"))
    person = models.ForeignKey(
        ContactPerson,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="participations",
        verbose_name=_("contact person"),
    )
    manager = models.ForeignKey(
        Manager, models.CASCADE, null=True, blank=True, related_name="participations", verbose_name=_("colleague")
    )
    name = models.CharField(_("name"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(manager__isnull=False) | ~Q(name=""),
                name="participant_is_somebody",
            ),
            models.UniqueConstraint(
                fields=["event", "person"], name="participant_person_once", condition=Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["event", "manager"], name="participant_manager_once", condition=Q(manager__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.manager or self.name)


class Agreement(models.Model):
    """What one side promised the other in an event."""

    class Side(models.TextChoices):
        WE = "we", _("we promised")
        THEY = "they", _("they promised")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("not kept")

    event = models.ForeignKey(Event, models.CASCADE, related_name="agreements", verbose_name=_("event"))
    side = models.CharField(_("who promised"), max_length=4, choices=Side, default=Side.WE)
    text = models.CharField(_("what was agreed"), max_length=500)
    due_on = models.DateField(_("due"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.OPEN)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["due_on", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="agreement_says_something")]

    def __str__(self) -> str:
        return self.text
