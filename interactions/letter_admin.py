"""Django admin of the letters to clients: which wait, which were given up and why."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.web.admin import RecordAdmin
from interactions import client_letters
from interactions.models import ClientLetter


@admin.register(ClientLetter)
class ClientLetterAdmin(RecordAdmin):
    list_display = ["created_at", "client", "address", "subject", "by", "status", "attempts", "sent_at"]
    list_filter = ["status"]
    list_select_related = ["client", "by"]
    search_fields = ["client__search_name", "address", "subject"]
    date_hierarchy = "created_at"
    actions = ["send_again"]
    fields = [
        *("client", "person", "address", "by", "subject", "text"),
        *("status", "attempts", "next_try", "last_error", "created_at", "sent_at", "event"),
    ]

    @admin.display(description=_("next attempt"), ordering="next_try_at")
    def next_try(self, letter: ClientLetter) -> Any:
        is_waiting = letter.status == ClientLetter.Status.QUEUED
        return letter.next_try_at if is_waiting else self.get_empty_value_display()

    @admin.action(description=_("Send those given up once more"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[ClientLetter]) -> None:
        asked, queued = queryset.count(), client_letters.send_again(queryset)
        if queued:
            words = ngettext(
                "%(count)d letter goes out within five minutes.",
                "%(count)d letters go out within five minutes.",
                queued,
            )
            messages.success(request, words % {"count": queued})
        if left := asked - queued:
            words = ngettext(
                "%(count)d letter was let be: it was not given up, another one took its place, or its writer has left.",
                "%(count)d letters were let be: they were not given up, others took their place, or their writers have "
                "left.",
                left,
            )
            messages.warning(request, words % {"count": left})
