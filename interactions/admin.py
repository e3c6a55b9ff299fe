"""Django admin of the dictionaries of events and sales; events and sales themselves are changed on their pages."""

from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import ngettext

from crm import clock
from crm.web.admin import DictionaryAdmin, RecordAdmin
from interactions import models
from interactions.services import recount_kind

admin.site.register(models.LossReason, DictionaryAdmin)


@admin.register(models.EventKind)
class EventKindAdmin(DictionaryAdmin):
    list_display = ["name", "direction", "counts_as_contact", "points", "is_system", "position", "is_active"]
    list_editable = ["points", "position", "is_active"]
    list_filter = ["is_active", "direction", "counts_as_contact", "is_system"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # What counts among the steps of a sale is the product's rule, not a setting.
        return ["counts_as_contact", "direction"] if obj and obj.is_system else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.code)

    def save_model(self, request: HttpRequest, obj: models.EventKind, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "counts_as_contact" in form.changed_data:
            looked_at = recount_kind(obj, today=clock.today())
            words = ngettext(
                "The clock of %(count)d client was recomputed.",
                "The clocks of %(count)d clients were recomputed.",
                looked_at,
            )
            messages.info(request, words % {"count": looked_at})


class StageInline(admin.TabularInline):
    model = models.Stage
    extra = 0
    fields = ["name", "position", "probability", "allowed_idle_days"]


@admin.register(models.ProcessKind)
class ProcessKindAdmin(DictionaryAdmin):
    list_display = ["name", "control", "position", "is_active"]
    list_filter = ["is_active", "control"]
    inlines = [StageInline]


@admin.register(models.Product)
class ProductAdmin(DictionaryAdmin):
    list_display = ["name", "series", "price", "position", "is_active"]
    list_filter = ["is_active", "series"]
    search_fields = ["name", "series"]


@admin.register(models.Event)
class EventAdmin(RecordAdmin):
    list_display = ["occurred_at", "client", "kind", "status", "subject", "responsible", "counted_on", "approval"]
    list_filter = ["status", "approval", "kind"]
    list_select_related = ["client", "kind", "responsible"]
    search_fields = ["client__search_name", "subject"]
    date_hierarchy = "occurred_at"


@admin.register(models.SalesProcess)
class SalesProcessAdmin(RecordAdmin):
    list_display = ["title", "client", "kind", "stage", "status", "amount", "responsible", "started_on", "closed_on"]
    list_filter = ["status", "kind"]
    list_select_related = ["client", "kind", "stage", "responsible"]
    search_fields = ["title", "client__search_name"]


@admin.register(models.StageChange)
class StageChangeAdmin(RecordAdmin):
    list_display = ["changed_at", "process", "step", "from_stage", "to_stage", "changed_by"]
    list_filter = ["step"]
    list_select_related = ["process", "from_stage", "to_stage", "changed_by"]
    search_fields = ["process__title"]
