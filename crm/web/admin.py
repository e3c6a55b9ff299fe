"""Bases of the Django admin pages of all apps."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

admin.site.site_header = _("Svetofor: settings")
admin.site.site_title = _("Svetofor")
admin.site.index_title = _("What administrators keep")


class RecordAdmin(admin.ModelAdmin):
    """Rows the program writes: to be found and read, never to be changed by hand."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DictionaryAdmin(admin.ModelAdmin):
    """A dictionary: ordered entries that are switched off rather than deleted."""

    list_display = ["name", "position", "is_active"]
    list_editable = ["position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["position", "name"]
