"""Django admin of the secret addresses of calendars: who is read by other programs, and how to end that."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.web.admin import RecordAdmin
from interactions.calendar import feeds
from interactions.models import CalendarFeed


@admin.register(CalendarFeed)
class CalendarFeedAdmin(RecordAdmin):
    """Made by their people only; an administrator may revoke them, when a phone is lost."""

    list_display = ["name", "manager", "scope", "with_words", "created_at", "read_at", "revoked_at"]
    list_filter = ["scope", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["manager"]
    search_fields = ["name", "manager__last_name"]
    fields = ["manager", "name", "scope", "with_words", "created_at", "read_at", "revoked_at"]
    actions = ["revoke"]

    @admin.action(description=_("Revoke these addresses"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[CalendarFeed]) -> None:
        live = list(queryset.filter(revoked_at__isnull=True))
        for feed in live:
            feeds.revoke(feed=feed)
        words = ngettext("%(count)d address is revoked.", "%(count)d addresses are revoked.", len(live))
        messages.success(request, words % {"count": len(live)})
