"""Django admin of the nights and the exchange: records to read, and the reasons of return."""

from django.contrib import admin

from crm.web.admin import DictionaryAdmin, RecordAdmin
from exchange import models

admin.site.register(models.ReturnReason, DictionaryAdmin)


@admin.register(models.NightlyRun)
class NightlyRunAdmin(RecordAdmin):
    list_display = [
        "date", "status", "turned_yellow", "turned_red", "detached", "mended",
        "held", "green", "yellow", "red", "on_exchange", "started_at", "finished_at",
    ]  # fmt: skip
    list_filter = ["status"]
    date_hierarchy = "date"


@admin.register(models.ZoneTransition)
class ZoneTransitionAdmin(RecordAdmin):
    list_display = ["date", "client", "manager", "from_zone", "to_zone", "cause", "run"]
    list_filter = ["cause", "to_zone"]
    list_select_related = ["client", "manager", "run"]
    search_fields = ["client__search_name"]
    date_hierarchy = "date"


@admin.register(models.Detachment)
class DetachmentAdmin(RecordAdmin):
    list_display = ["date", "client", "manager", "department", "reason", "return_reason", "clock_date", "policy", "run"]
    list_filter = ["reason", "department"]
    list_select_related = ["client", "manager", "department", "return_reason", "run"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "date"


@admin.register(models.Claim)
class ClaimAdmin(RecordAdmin):
    list_display = ["claimed_at", "client", "manager", "assigned_by", "exchange_since"]
    list_select_related = ["client", "manager", "assigned_by"]
    search_fields = ["client__search_name", "manager__last_name"]
    date_hierarchy = "date"


@admin.register(models.ZoneSnapshot)
class ZoneSnapshotAdmin(RecordAdmin):
    list_display = ["date", "department", "manager", "green", "yellow", "red", "on_exchange"]
    list_filter = ["department"]
    list_select_related = ["department", "manager"]
    date_hierarchy = "date"
