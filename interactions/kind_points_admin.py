"""Django admin of what kinds of events earn: set on the page of norms, found and read here."""

from django.contrib import admin

from crm.web.admin import RecordAdmin
from interactions.models import KindPoints


@admin.register(KindPoints)
class KindPointsAdmin(RecordAdmin):
    """What events earned once is never rewritten."""

    list_display = ["since", "kind", "points", "set_by", "set_at"]
    list_select_related = ["kind", "set_by"]
    list_filter = ["kind"]
    date_hierarchy = "since"
