"""Django admin of reports sent regularly: whose they are, what went out, and why something did not."""

from typing import Any

from django.contrib import admin

from crm.web.admin import RecordAdmin
from reports.delivery import notices
from reports.models import ReportDelivery, ReportLetter


@admin.register(ReportDelivery)
class ReportDeliveryAdmin(RecordAdmin):
    list_display = ["name", "report", "owner", "every", "day", "next_on", "is_on"]
    list_filter = ["is_on", "every", "report"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__last_name", "owner__username"]
    fields = ["name", "report", "query", "owner", "recipients", "every", "day", "has_file", "is_on", "next_on"]


@admin.register(ReportLetter)
class ReportLetterAdmin(RecordAdmin):
    list_display = ["date", "delivery", "recipient", "status", "attempts", "sent_at", "why"]
    list_filter = ["status", "date"]
    list_select_related = ["delivery", "recipient"]
    search_fields = ["recipient__last_name", "recipient__username", "delivery__name"]
    date_hierarchy = "date"
    fields = [
        "delivery",
        "recipient",
        "date",
        "query",
        "status",
        "attempts",
        "next_try_at",
        "why",
        "sent_at",
        "has_file",
    ]

    @admin.display(description=ReportLetter._meta.get_field("last_error").verbose_name)
    def why(self, letter: ReportLetter) -> Any:
        return notices.REASONS.get(letter.last_error, letter.last_error)
