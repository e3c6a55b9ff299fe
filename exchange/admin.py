"""Django admin of the nights and the exchange: records to read, and the reasons of return."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from crm.web.admin import DictionaryAdmin, RecordAdmin
from exchange import models


class _OfRunFilter(admin.RelatedFieldListFilter):
    """Understands the links from a run; in the sidebar it would list a run for every day there ever was."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        return []

    def has_output(self) -> bool:
        return False


_OF_RUN = ("run", _OfRunFilter)

admin.site.register(models.ReturnReason, DictionaryAdmin)


@admin.register(models.NightlyRun)
class NightlyRunAdmin(RecordAdmin):
    """The nights with their numbers. What waits for a word is decided on the night's own page, where the list is."""

    list_display = [
        "date", "status", "decision_words", "turned_yellow", "turned_red", "warned", "proposed", "kept", "detached",
        "mended", "held", "green", "yellow", "red", "on_exchange", "started_at", "finished_at", "page",
    ]  # fmt: skip
    list_filter = ["status", "decision", "ask_reason"]
    list_select_related = ["decided_by"]
    date_hierarchy = "date"
    readonly_fields = ["page", "records"]

    @admin.display(description=_("decision"), ordering="decision")
    def decision_words(self, run: models.NightlyRun) -> str:
        if not run.decision:
            return "–"
        words = str(run.get_decision_display())
        return f"{words} ({run.decided_by})" if run.decided_by else words

    @admin.display(description=_("page of the night"))
    def page(self, run: models.NightlyRun) -> str:
        words = _("confirm or reject") if run.decision == models.Decision.ASKED else _("look, undo")
        return format_html('<a href="{}">{}</a>', reverse("night-detail", args=[run.pk]), words)

    @admin.display(description=_("what it left behind"))
    def records(self, run: models.NightlyRun) -> str:
        """Links to the rows of this run in the other tables."""
        tables = (
            models.Proposal, models.Detachment, models.DetachHold, models.LeavingWarning, models.ParkedClient,
            models.ZoneTransition,
        )  # fmt: skip
        rows = (
            (
                reverse(f"admin:{table._meta.app_label}_{table._meta.model_name}_changelist"),
                run.pk,
                table._meta.verbose_name_plural,
                table._default_manager.filter(run=run).count(),
            )
            for table in tables
        )
        return format_html_join("", '<div><a href="{}?run__id__exact={}">{}: {}</a></div>', rows)


@admin.register(models.ZoneTransition)
class ZoneTransitionAdmin(RecordAdmin):
    list_display = ["date", "client", "manager", "from_zone", "to_zone", "cause", "run"]
    list_filter = ["cause", "to_zone", _OF_RUN]
    list_select_related = ["client", "manager", "run"]
    search_fields = ["client__search_name"]
    date_hierarchy = "date"


@admin.register(models.Detachment)
class DetachmentAdmin(RecordAdmin):
    list_display = [
        "date", "client", "manager", "department", "reason", "return_reason", "clock_date", "policy", "run",
        "undone_at", "undone_by",
    ]  # fmt: skip
    list_filter = ["reason", "department", ("undone_at", admin.EmptyFieldListFilter), _OF_RUN]
    list_select_related = ["client", "manager", "department", "return_reason", "run", "undone_by"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "date"


@admin.register(models.Claim)
class ClaimAdmin(RecordAdmin):
    list_display = ["claimed_at", "client", "manager", "assigned_by", "exchange_since"]
    list_select_related = ["client", "manager", "assigned_by"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "date"


@admin.register(models.ContactView)
class ContactViewAdmin(RecordAdmin):
    """Who looked at the contacts of a client nobody holds."""

    list_display = ["viewed_at", "manager", "client"]
    list_select_related = ["manager", "client"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "date"


@admin.register(models.ZoneSnapshot)
class ZoneSnapshotAdmin(RecordAdmin):
    list_display = ["date", "department", "manager", "green", "yellow", "red", "on_exchange"]
    list_filter = ["department"]
    list_select_related = ["department", "manager"]
    date_hierarchy = "date"


@admin.register(models.Proposal)
class ProposalAdmin(RecordAdmin):
    list_display = ["run", "client", "manager", "department", "clock_date", "detach_on", "status"]
    list_filter = ["status", "department", _OF_RUN]
    list_select_related = ["run", "client", "manager", "department"]
    search_fields = ["client__search_name", "manager__last_name"]


@admin.register(models.DetachHold)
class DetachHoldAdmin(RecordAdmin):
    list_display = ["client", "manager", "kind", "label", "since", "until", "clock_date", "run"]
    list_filter = ["kind", _OF_RUN]
    list_select_related = ["client", "manager", "run"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "since"


@admin.register(models.LeavingWarning)
class LeavingWarningAdmin(RecordAdmin):
    list_display = ["warned_on", "client", "manager", "deputy", "head", "level", "leaves_on", "run"]
    list_filter = ["level", _OF_RUN]
    list_select_related = ["client", "manager", "deputy", "head", "run"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "warned_on"


@admin.register(models.ParkedClient)
class ParkedClientAdmin(RecordAdmin):
    list_display = ["parked_at", "run", "client", "step", "error"]
    list_filter = ["step", _OF_RUN]
    list_select_related = ["run", "client"]
    search_fields = ["client__search_name"]


@admin.register(models.Protection)
class ProtectionAdmin(RecordAdmin):
    """Given, renewed and ended on the client's card, by its head."""

    list_display = ["client", "kind", "manager", "reason", "starts_on", "until", "given_by", "revoked_on", "revoked_by"]
    list_filter = ["kind"]
    list_select_related = ["client", "manager", "given_by", "revoked_by"]
    search_fields = ["client__search_name", "manager__last_name", "reason"]
    date_hierarchy = "until"


@admin.register(models.Shelving)
class ShelvingAdmin(RecordAdmin):
    """Set aside and brought back on the client's card, by its head."""

    list_display = ["made_at", "client", "action", "until", "reason", "made_by"]
    list_filter = ["action"]
    list_select_related = ["client", "made_by"]
    search_fields = ["client__search_name", "made_by__last_name", "reason"]
    date_hierarchy = "date"


@admin.register(models.FirstTouch)
class FirstTouchAdmin(RecordAdmin):
    """Written by claims, settled by contacts and by the nights."""

    list_display = ["client", "manager", "claim", "due_on", "outcome", "settled_on"]
    list_filter = ["outcome"]
    list_select_related = ["client", "manager", "claim__client", "claim__manager"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "due_on"


@admin.register(models.ClaimPause)
class ClaimPauseAdmin(RecordAdmin):
    """Lifted on the page of the pauses, by the manager's head."""

    list_display = ["manager", "starts_on", "until", "failures", "lifted_at", "lifted_by"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["manager", "lifted_by"]
    search_fields = ["manager__last_name"]
    date_hierarchy = "until"


@admin.register(models.DryOrder)
class DryOrderAdmin(RecordAdmin):
    """Orders that the next night asks first: an import gives one; an administrator may, before something unusual."""

    list_display = ["ordered_at", "reason", "ordered_by", "lifted_at", "lifted_by_run"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["ordered_by", "lifted_by_run"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.list_display if obj else ["reason"]

    def save_model(self, request: HttpRequest, obj: models.DryOrder, form: Any, change: bool) -> None:
        obj.ordered_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)


@admin.register(models.Signal)
class SignalAdmin(RecordAdmin):
    list_display = ["date", "kind", "manager", "client", "number", "found_at", "seen_at", "seen_by"]
    list_filter = ["kind", ("seen_at", admin.EmptyFieldListFilter)]
    list_select_related = ["manager", "client", "seen_by"]
    search_fields = ["manager__last_name", "client__search_name"]
    date_hierarchy = "date"


@admin.register(models.SignalLook)
class SignalLookAdmin(RecordAdmin):
    list_display = ["date", "looked_at", "found"]
    date_hierarchy = "date"


class DepartureItemInline(admin.TabularInline):
    model = models.DepartureItem
    extra = 0
    can_delete = False
    fields = readonly_fields = ["client", "action", "to_manager", "done_at", "error", "undone_at"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("client", "to_manager")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.Departure)
class DepartureAdmin(RecordAdmin):
    """Decided, looked at and taken back on their own pages."""

    list_display = ["decided_at", "manager", "department", "status", "decided_by", "undone_at", "undone_by", "page"]
    list_filter = ["status", "department"]
    list_select_related = ["manager", "department", "decided_by", "undone_by"]
    search_fields = ["manager__last_name"]
    date_hierarchy = "decided_at"
    inlines = [DepartureItemInline]

    @admin.display(description=_("page of the departure"))
    def page(self, departure: models.Departure) -> str:
        return format_html('<a href="{}">{}</a>', reverse("departure-detail", args=[departure.pk]), _("look, undo"))
