"""Django admin of regulations of contact."""

from django.contrib import admin

from crm.web.admin import RecordAdmin
from interactions.models import Regulation


@admin.register(Regulation)
class RegulationAdmin(RecordAdmin):
    """Regulations are set on their page; what ruled once is never rewritten."""

    list_display = ["since", "department", "category", "kind", "how_often", "set_by", "set_at"]
    list_filter = ["category", "kind"]
    list_select_related = ["department", "kind", "set_by"]
    search_fields = ["department__name"]
    date_hierarchy = "since"
