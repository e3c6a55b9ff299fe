"""Django admin of the files of clients: who keeps what; the files themselves are read on the card."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clients.contact_privacy import hidden_q
from clients.models import Attachment
from crm.web.admin import RecordAdmin


@admin.register(Attachment)
class AttachmentAdmin(RecordAdmin):
    """Files, the deleted ones too. Those hidden with a client's contacts are hidden here as well."""

    list_display = ["name", "client", "size", "content_type", "uploaded_by", "uploaded_at", "deleted_at"]
    list_filter = ["content_type", ("deleted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["client", "uploaded_by"]
    search_fields = ["name", "comment", "client__search_name"]
    date_hierarchy = "uploaded_at"
    fields = [
        "client",
        "name",
        "comment",
        "content_type",
        "size",
        "uploaded_by",
        "uploaded_at",
        "deleted_at",
        "deleted_by",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        return super().get_queryset(request).exclude(hidden_q(request.user, "client__"))  # type: ignore[arg-type]
