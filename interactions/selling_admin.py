"""Django admin of what hangs on sales: competitors, plans."""

from django.contrib import admin

from crm.web.admin import DictionaryAdmin, RecordAdmin
from interactions.models import Competitor, SalesPlan

admin.site.register(Competitor, DictionaryAdmin)


@admin.register(SalesPlan)
class SalesPlanAdmin(RecordAdmin):
    """Plans are set on their page, by those above."""

    list_display = ["month", "manager", "amount", "set_by", "set_at"]
    list_select_related = ["manager", "set_by"]
    search_fields = ["manager__last_name", "manager__username"]
    date_hierarchy = "month"
