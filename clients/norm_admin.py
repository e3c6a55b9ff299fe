"""Django admin of what is expected of people: set on the page of norms, found and read here."""

from django.contrib import admin

from clients.models import ManagerSchedule, PointsNorm
from crm.web.admin import RecordAdmin


@admin.register(PointsNorm)
class PointsNormAdmin(RecordAdmin):
    """What held once is never rewritten."""

    list_display = ["since", "department", "points", "set_by", "set_at"]
    list_select_related = ["department", "set_by"]
    search_fields = ["department__name"]
    date_hierarchy = "since"


@admin.register(ManagerSchedule)
class ManagerScheduleAdmin(RecordAdmin):
    """Who worked by which schedule from which day on."""

    list_display = ["since", "manager", "schedule", "set_by", "set_at"]
    list_select_related = ["manager", "schedule", "set_by"]
    search_fields = ["manager__last_name", "manager__first_name"]
    date_hierarchy = "since"
