"""Django admin of possible duplicates, scans and merges: to be found and read; what is done to them is done on their
pages."""

from django.contrib import admin

from clients.models import DuplicatePair, DuplicateScan, MergeRecord
from crm.web.admin import RecordAdmin


@admin.register(DuplicatePair)
class DuplicatePairAdmin(RecordAdmin):
    list_display = ["one", "other", "reasons", "score", "status", "decided_by", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["one", "other", "decided_by"]
    search_fields = ["one__search_name", "other__search_name"]


@admin.register(DuplicateScan)
class DuplicateScanAdmin(RecordAdmin):
    list_display = ["created_at", "status", "done", "total", "found", "asked_by", "finished_at"]
    list_filter = ["status"]
    list_select_related = ["asked_by"]


@admin.register(MergeRecord)
class MergeRecordAdmin(RecordAdmin):
    list_display = ["drop_name", "keep_name", "by", "merged_at", "undone_at", "undone_by"]
    list_filter = [("undone_at", admin.EmptyFieldListFilter)]
    list_select_related = ["by", "undone_by"]
    search_fields = ["keep_name", "drop_name"]
    date_hierarchy = "merged_at"
