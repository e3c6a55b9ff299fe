"""Django admin of people, dictionaries, policies and clients."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from clients import models
from clients.absence_admin import AbsenceInline
from clients.contact_privacy import hidden_contacts, shown
from clients.custom_field_admin import CustomFieldAdmin  # noqa: F401 - registered there
from clients.double_admin import MergeRecordAdmin  # noqa: F401 - registered there
from clients.file_admin import AttachmentAdmin  # noqa: F401 - registered there
from clients.letter_admin import LetterAdmin, NoticeAdmin  # noqa: F401 - registered there
from clients.manager_admin import ManagerChangeForm, leaving_link, who_holds
from clients.norm_admin import ManagerScheduleAdmin, PointsNormAdmin  # noqa: F401 - registered there
from clients.occasion_admin import LetterTemplateAdmin, OccasionAdmin  # noqa: F401 - registered there
from clients.policy_admin import ZonePolicyAdmin
from clients.redating import BATCH, redate_or_request
from clients.rule_admin import RuleSettingAdmin  # noqa: F401 - registered there
from clients.services import update_client
from clients.tag_admin import TagAdmin  # noqa: F401 - registered there
from clients.zoning import CLOCK_FIELDS, clients_of, lock_clients
from crm.web.admin import DictionaryAdmin, RecordAdmin

for dictionary in (models.Region, models.Industry, models.LeadSource):
    admin.site.register(dictionary, DictionaryAdmin)


@admin.register(models.WorkSchedule)
class WorkScheduleAdmin(DictionaryAdmin):
    """Working days and hours, against which the calendar holds what is planned. Who works by them from which day on is
    set on the page of norms."""

    list_display = ["name", "weekdays", "starts_at", "ends_at", "break_minutes", "position", "is_active"]


def _user(request: HttpRequest) -> models.Manager:
    assert isinstance(request.user, models.Manager)  # nobody else is let in
    return request.user


def _say_redated(request: HttpRequest, changed: int | models.Redating) -> None:
    if isinstance(changed, models.Redating):
        words = gettext("The zone dates of %(count)d clients are being computed anew.") % {"count": changed.total}
        link = format_html('<a href="{}">{}</a>', changed.get_absolute_url(), gettext("How far it is"))
        messages.info(request, format_html("{} {}", words, link))
        return
    words = ngettext("%(count)d client has new zone dates.", "%(count)d clients have new zone dates.", changed)
    messages.info(request, words % {"count": changed})


class ZonePolicyInline(admin.TabularInline):
    """A department's own thresholds, shown with the department; changed on their own page, which re-dates the
    clients."""

    model = models.ZonePolicy
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ["category", "yellow_months", "red_months", "detach_months", "version"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.Department)
class DepartmentAdmin(admin.ModelAdmin):
    list_display = ["indented_name", "head", "manager_count"]
    list_select_related = ["head"]
    search_fields = ["name"]
    autocomplete_fields = ["parent", "head"]
    ordering = ["path"]
    inlines = [ZonePolicyInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Department]:
        working = Count("managers", filter=Q(managers__is_active=True))
        return super().get_queryset(request).annotate(manager_count=working)

    @admin.display(description=_("name"), ordering="path")
    def indented_name(self, department: models.Department) -> str:
        depth = department.path.count("/") - 2
        return "\u2003" * max(depth, 0) + department.name

    @admin.display(description=_("managers"), ordering="manager_count")
    def manager_count(self, department: Any) -> int:
        return department.manager_count

    def save_model(self, request: HttpRequest, obj: models.Department, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "parent" in form.changed_data:
            note = gettext("%(department)s is part of another department") % {"department": obj}
            _say_redated(request, redate_or_request(reason="structure", note=note, by=_user(request), department=obj))


@admin.register(models.Manager)
class ManagerAdmin(UserAdmin):
    list_display = ["username", "last_name", "first_name", "role", "department", "held", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "role", ("department", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["department"]
    search_fields = ["username", "last_name", "first_name", "email"]
    autocomplete_fields = ["department"]
    ordering = ["last_name", "first_name", "username"]
    filter_horizontal: list[str] = []
    form = ManagerChangeForm
    readonly_fields = ["leaving"]
    inlines = [AbsenceInline]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["last_name", "first_name", "middle_name", "email", "phone"]}),
        (
            _("Work"),
            {"fields": ["role", "department", "works_from", "works_until", "leaving", "is_active", "may_export"]},
        ),
        (_("Administration"), {"fields": ["is_staff", "is_superuser"]}),
        (_("Preferences"), {"fields": ["language", "time_zone", "theme", "start_page", "daily_letter"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
        (_("Person"), {"fields": ["last_name", "first_name", "email"]}),
        (_("Work"), {"fields": ["role", "department", "works_from"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Manager]:
        return super().get_queryset(request).annotate(held=Count("clients"))

    @admin.display(description=_("clients held"), ordering="held")
    def held(self, manager: Any) -> int:
        return manager.held

    @admin.display(description=_("clients"))
    def leaving(self, manager: Any) -> str:
        """The way to the page for somebody who leaves."""
        if not manager.pk:
            return "–"
        words = ngettext("%(count)d client", "%(count)d clients", manager.held) % {"count": manager.held}
        return format_html("{} · {}", words, leaving_link(manager, gettext("This manager leaves…")))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Who holds clients cannot be deleted; it is said what to do instead, not only what is in the way."""
        for words in who_holds(objs):
            messages.error(request, words)
        return super().get_deleted_objects(objs, request)

    def save_model(self, request: HttpRequest, obj: models.Manager, form: ModelForm, change: bool) -> None:
        if change and len(ids := clients_of(obj)) <= BATCH:
            # Clients before managers, as ever (another department and absences re-date them): else it would wait for a
            # claim of his that waits for it.
            lock_clients(ids)
        super().save_model(request, obj, form, change)
        if change and "department" in form.changed_data:
            note = gettext("%(manager)s works in another department") % {"manager": obj}
            _say_redated(request, redate_or_request(reason="structure", note=note, by=_user(request), manager=obj))


admin.site.register(models.ZonePolicy, ZonePolicyAdmin)


class ContactPointInline(admin.TabularInline):
    model = models.ContactPoint
    extra = 0
    fields = ["kind", "value", "comment", "is_primary"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.ContactPoint]:
        return self._shown(request).filter(person__isnull=True)

    def _shown(self, request: HttpRequest) -> QuerySet[models.ContactPoint]:
        """Those hidden from an administrator are hidden here too: he asks for them on the client's card, where it is
        written down."""
        return shown(super().get_queryset(request), _user(request))


class CoManagerInline(admin.TabularInline):
    model = models.CoManager
    extra = 0
    autocomplete_fields = ["manager"]


class OwnershipInline(admin.TabularInline):
    model = models.OwnershipPeriod
    extra = 0
    can_delete = False
    fields = readonly_fields = ["manager", "since", "until", "gained", "lost", "changed_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.OwnershipPeriod]:
        return super().get_queryset(request).select_related("manager", "changed_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.Client)
class ClientAdmin(SimpleHistoryAdmin):
    """Facts of a client. Its manager and its clock are moved by the pages' actions, which keep the history."""

    list_display = ["name", "kind", "inn", "city", "category", "manager", "zone", "detach_on"]
    list_filter = ["kind", "category", "zone", "region", "industry"]
    list_select_related = ["manager"]
    search_fields = ["search_name", "inn", "name"]
    # Its values are checked by their fields' types, on the pages.
    exclude = ["custom"]
    autocomplete_fields = ["industry", "source", "region"]
    readonly_fields = ["manager", *CLOCK_FIELDS[1:], "exchange_since", "last_manager", "created_at", "author"]
    show_full_result_count = False
    list_per_page = 50
    inlines = [ContactPointInline, CoManagerInline, OwnershipInline]

    @admin.display(description=_("author"))
    def author(self, client: models.Client) -> str:
        return str(client.created_by or "–")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.Client, form: ModelForm, change: bool) -> None:
        if change:
            update_client(client=obj, by=request.user)  # type: ignore[arg-type]
        else:
            obj.created_by = request.user  # type: ignore[assignment]
            super().save_model(request, obj, form, change)


@admin.register(models.ExportLog)
class ExportLogAdmin(RecordAdmin):
    """Who took which list out of the program."""

    list_display = ["made_at", "manager", "what", "query", "rows"]
    list_filter = ["what", ("rows", admin.EmptyFieldListFilter)]
    list_select_related = ["manager"]
    search_fields = ["manager__last_name", "manager__first_name", "manager__username", "query"]
    date_hierarchy = "made_at"


class PersonPointInline(ContactPointInline):
    exclude = ["client"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.ContactPoint]:
        return self._shown(request)


@admin.register(models.ContactPerson)
class ContactPersonAdmin(SimpleHistoryAdmin):
    list_display = ["__str__", "client", "position", "is_decision_maker", "is_active"]
    list_filter = ["is_active", "is_decision_maker", "has_consented"]
    list_select_related = ["client"]
    search_fields = ["search_name", "client__search_name"]
    autocomplete_fields = ["client"]
    show_full_result_count = False
    inlines = [PersonPointInline]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with a person is named one by one: not where it is hidden."""
        named, counts, forbidden, protected = super().get_deleted_objects(objs, request)
        if hidden_contacts([person.client for person in objs], _user(request)):
            named = [str(person) for person in objs]
        return named, counts, forbidden, protected


@admin.register(models.ClientRelation)
class ClientRelationAdmin(admin.ModelAdmin):
    list_display = ["source", "kind", "target", "comment"]
    list_filter = ["kind"]
    list_select_related = ["source", "target"]
    search_fields = ["source__search_name", "target__search_name"]
    autocomplete_fields = ["source", "target"]


@admin.register(models.PersonRelation)
class PersonRelationAdmin(admin.ModelAdmin):
    list_display = ["source", "kind", "target", "comment"]
    list_filter = ["kind"]
    list_select_related = ["source", "target"]
    search_fields = ["source__search_name", "target__search_name"]
    autocomplete_fields = ["source", "target"]


@admin.register(models.OwnershipPeriod)
class OwnershipPeriodAdmin(RecordAdmin):
    list_display = ["client", "manager", "since", "until", "gained", "lost", "changed_by"]
    list_filter = ["gained", "lost"]
    list_select_related = ["client", "manager", "changed_by"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "since"
