"""What makes a list one's own: tags, fields a company adds, saved views, columns, and what is done to many at once."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import querysets
from clients.models.people import Department, Manager
from crm import clock
from crm.web.text import fold

#: In an address: the saved view that was opened.
VIEW = "view"


class Tag(models.Model):
    """A word people put on clients, persons and sales to find them again. One word is one tag, however it is typed."""

    class Colour(models.TextChoices):
        """Never green, yellow or red: those are the zones'."""

        GREY = "grey", _("grey")
        BLUE = "blue", _("blue")
        VIOLET = "violet", _("violet")
        TEAL = "teal", _("teal")
        PINK = "pink", _("pink")
        BROWN = "brown", _("brown")

    name = models.CharField(_("name"), max_length=50)
    #: ``fold(name)``: "VIP" and "vip" are one tag.
    search_name = models.CharField(max_length=50, unique=True, editable=False)
    colour = models.CharField(_("colour"), max_length=8, choices=Colour, default=Colour.GREY)
    created_by = models.ForeignKey(
        Manager, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["search_name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="tag_named"),
            models.CheckConstraint(
                condition=Q(colour__in=["grey", "blue", "violet", "teal", "pink", "brown"]), name="tag_colour_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if any(separator in self.name for separator in ",;"):
            raise ValidationError({"name": _("No commas and semicolons: they part tags where several are typed.")})
        self.name = " ".join(self.name.split())
        if Tag.objects.filter(search_name=fold(self.name)).exclude(pk=self.pk).exists():
            raise ValidationError({"name": _("There is already such a tag.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_name = fold(self.name)[:50]
        super().save(*args, **kwargs)


class CustomField(models.Model):
    """A field a company adds to its clients; the values stand in ``Client.custom`` under ``key``."""

    class Type(models.TextChoices):
        TEXT = "text", pgettext_lazy("type of field", "text")
        NUMBER = "number", pgettext_lazy("type of field", "number")
        DATE = "date", pgettext_lazy("type of field", "date")
        CHOICE = "choice", pgettext_lazy("type of field", "choice")
        YES_NO = "yes_no", pgettext_lazy("type of field", "yes or no")

    #: Never changed: values, saved views and import files name the field by it.
    key = models.CharField(
        _("key"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Small Latin letters, digits and _, a letter first."))],
        help_text=_("Its name in files and addresses; cannot be changed later."),
    )
    label = models.CharField(_("label"), max_length=100, unique=True)
    type = models.CharField(_("type"), max_length=6, choices=Type, default=Type.TEXT)
    choices = models.TextField(
        _("choices"), blank=True, max_length=5000, help_text=_("One in a line; for fields of the type “choice”.")
    )
    help_text = models.CharField(_("hint"), max_length=200, blank=True)
    is_filter = models.BooleanField(_("in the filters of the list"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("field of clients")
        verbose_name_plural = _("fields of clients")
        ordering = ["position", "label"]
        constraints = [
            models.CheckConstraint(
                condition=Q(type__in=["text", "number", "date", "choice", "yes_no"]), name="custom_field_type_known"
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(label=""), name="custom_field_named"),
            models.CheckConstraint(
                condition=~Q(type="choice") | ~Q(choices=""), name="custom_field_choice_has_choices"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> list[str]:
        """The choices, in their order, each once."""
        lines = (" ".join(line.split()) for line in self.choices.splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def clean(self) -> None:
        if self.type == self.Type.CHOICE and not self.options:
            raise ValidationError({"choices": _("Name at least one choice.")})


class SavedView(models.Model):
    """A list as somebody likes it: filters, order and columns under a name."""

    owner = models.ForeignKey(Manager, models.CASCADE, related_name="saved_views", verbose_name=_("owner"))
    #: The name of the list's route, "client-list".
    page = models.CharField(_("list"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    #: Filters, order and columns as they stand in the address, without the page's number.
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    #: Whose people see it too; empty: the owner alone.
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="saved_views", verbose_name=_("shared with")
    )
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    pinned_by = models.ManyToManyField(
        Manager, through="clients.SavedViewPin", related_name="pinned_views", blank=True, verbose_name=_("pinned by")
    )

    objects = querysets.SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                name="saved_view_once",
                violation_error_message=_("You have a view of this name here already."),
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(page=""), name="saved_view_named"),
        ]

    def get_absolute_url(self) -> str:
        """The page as the view keeps it."""
        query = f"{self.query}&" if self.query else ""
        return f"{reverse(self.page)}?{query}{VIEW}={self.pk}"

    def __str__(self) -> str:
        return self.name


class SavedViewPin(models.Model):
    """A view that stands as a tab above somebody's list; a shared one is pinned by each for himself."""

    view = models.ForeignKey(SavedView, models.CASCADE, related_name="pins")
    manager = models.ForeignKey(Manager, models.CASCADE, related_name="view_pins")

    class Meta:
        verbose_name = _("pinned view")
        verbose_name_plural = _("pinned views")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["view", "manager"], name="saved_view_pinned_once")]

    def __str__(self) -> str:
        return f"{self.view} → {self.manager}"


class ListColumns(models.Model):
    """Which columns somebody wants to see in a list, in their order."""

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="list_columns")
    page = models.CharField(_("list"), max_length=60)
    columns = models.JSONField(_("columns"), default=list)

    class Meta:
        verbose_name = _("columns of a list")
        verbose_name_plural = _("columns of lists")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["manager", "page"], name="list_columns_once")]

    def __str__(self) -> str:
        return f"{self.page}: {self.manager}"


class BulkJob(models.Model):
    """Something done to many rows at once, on the ids that were marked when it was asked for.

    ``ids`` is frozen when the job is made; ``answers`` says of each id what became of it, ``before`` keeps what is
    needed to take it back. Who may see or undo it: its owner.
    """

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("bulk job", "not begun")
        RUNNING = "running", pgettext_lazy("bulk job", "under way")
        DONE = "done", pgettext_lazy("bulk job", "done")
        UNDONE = "undone", pgettext_lazy("bulk job", "taken back")

    owner = models.ForeignKey(Manager, models.CASCADE, related_name="bulk_jobs", verbose_name=_("by"))
    #: Of which list: the name of its route.
    page = models.CharField(_("list"), max_length=60)
    #: The key of a ``clients.bulk.BulkAction``; empty until one is chosen.
    action = models.CharField(_("action"), max_length=40, blank=True)
    ids = models.JSONField(_("rows"), default=list)
    data = models.JSONField(_("what was asked"), default=dict)
    answers = models.JSONField(default=list)
    before = models.JSONField(default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ASKED)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("looked at"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    created_at = models.DateTimeField(_("asked"), default=clock.now, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    undone_at = models.DateTimeField(_("taken back"), null=True, editable=False)

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["asked", "running", "done", "undone"]), name="bulk_job_status_known"
            ),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="bulk_job_done_within_total"),
            models.CheckConstraint(condition=Q(changed__lte=F("done")), name="bulk_job_changed_within_done"),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "undone"]) | Q(finished_at__isnull=False),
                name="bulk_job_done_has_time",
            ),
        ]
        indexes = [models.Index(fields=["owner", "-created_at"], name="bulk_job_of_owner")]

    def __str__(self) -> str:
        return f"{self.action or '–'} × {self.total}"

    def get_absolute_url(self) -> str:
        return reverse("bulk-job", args=[self.pk])


class RecentItem(models.Model):
    """A card somebody opened lately: what the palette offers before anything is typed."""

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="recent_items")
    client = models.ForeignKey("clients.Client", models.CASCADE, related_name="recent_items")
    seen_at = models.DateTimeField(_("seen"), default=clock.now)

    class Meta:
        verbose_name = _("recently opened client")
        verbose_name_plural = _("recently opened clients")
        ordering = ["-seen_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["manager", "client"], name="recent_item_once")]
        indexes = [models.Index(fields=["manager", "-seen_at"], name="recent_of_manager")]

    def __str__(self) -> str:
        return f"{self.client} ← {self.manager}"


class NoticeSetting(models.Model):
    """How somebody wants to hear of one kind of notice; without a row as the kind says."""

    class Channel(models.TextChoices):
        LETTER = "letter", _("in the app and by letter")
        APP = "app", _("in the app")
        NONE = "none", _("not at all")

    manager = models.ForeignKey(Manager, models.CASCADE, related_name="notice_settings")
    #: The key of a ``clients.notices.NoticeKind``.
    kind = models.CharField(_("kind"), max_length=40)
    channel = models.CharField(_("how"), max_length=6, choices=Channel)

    class Meta:
        verbose_name = _("notice setting")
        verbose_name_plural = _("notice settings")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["manager", "kind"], name="notice_setting_once"),
            models.CheckConstraint(
                condition=Q(channel__in=["letter", "app", "none"]), name="notice_setting_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.manager}: {self.kind} → {self.channel}"
