"""Django admin of the outbox and of notices: what was told to whom, which letters wait and why."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from clients import mailing, notices
from clients.models import Letter, Notice
from crm.web.admin import RecordAdmin

_ERROR_LENGTH = 80


class NoticeKindFilter(admin.SimpleListFilter):
    """By kind, in words."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.key, str(kind.name)) for kind in notices.registered()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    list_display = ["created_at", "recipient", "kind_name", "in_words", "read_at", "in_letter"]
    list_filter = [NoticeKindFilter, ("read_at", admin.EmptyFieldListFilter), ("letter", admin.EmptyFieldListFilter)]
    list_select_related = ["recipient"]
    search_fields = ["recipient__last_name", "recipient__first_name", "recipient__username", "key"]
    date_hierarchy = "date"
    fields = ["recipient", "kind_name", "in_words", "date", "created_at", "read_at", "letter", "url", "key", "data"]

    @admin.display(description=_("kind"), ordering="kind")
    def kind_name(self, notice: Notice) -> str:
        return str(notices.kind_of(notice).name)

    @admin.display(description=_("what it says"))
    def in_words(self, notice: Notice) -> str:
        return notices.words(notice)

    @admin.display(description=_("in a letter"), boolean=True)
    def in_letter(self, notice: Notice) -> bool:
        return notice.letter_id is not None


@admin.register(Letter)
class LetterAdmin(RecordAdmin):
    list_display = ["date", "recipient", "status", "attempts", "next_try", "sent_at", "short_error"]
    list_filter = ["status", "date"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__last_name", "recipient__first_name", "recipient__username", "address", "subject"]
    date_hierarchy = "date"
    actions = ["send_again"]
    fields = [
        "recipient",
        "address",
        "date",
        "status",
        "attempts",
        "next_try",
        "last_error",
        "created_at",
        "sent_at",
        "subject",
        "as_html",
        "as_text",
    ]

    @admin.display(description=_("next attempt"), ordering="next_try_at")
    def next_try(self, letter: Letter) -> Any:
        return letter.next_try_at if letter.status == Letter.Status.QUEUED else self.get_empty_value_display()

    @admin.display(description=_("last error"), ordering="last_error")
    def short_error(self, letter: Letter) -> str:
        words = letter.last_error
        return f"{words[: _ERROR_LENGTH - 1]}…" if len(words) > _ERROR_LENGTH else words

    @admin.display(description=_("text"))
    def as_text(self, letter: Letter) -> str:
        return format_html("<pre>{}</pre>", letter.text)

    @admin.display(description=_("as it looks"))
    def as_html(self, letter: Letter) -> str:
        return format_html(
            '<iframe src="{}" sandbox title="{}" width="680" height="560" loading="lazy"></iframe>',
            reverse("admin:clients_letter_html", args=[letter.pk]),
            gettext("The letter as it looks"),
        )

    @admin.action(description=_("Send now, to the address of today"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        asked = queryset.count()
        queued = mailing.send_again(queryset)
        if queued:
            words = ngettext(
                "%(count)d letter goes out within five minutes.",
                "%(count)d letters go out within five minutes.",
                queued,
            )
            messages.success(request, words % {"count": queued})
        if left := asked - queued:
            words = ngettext(
                "%(count)d letter was let be: it was sent already, or its recipient has no address or has left.",
                "%(count)d letters were let be: they were sent already, or their recipients have no address or have "
                "left.",
                left,
            )
            messages.warning(request, words % {"count": left})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if request.method == "GET" and (overdue := mailing.overdue_count()):
            words = ngettext(
                "%(count)d letter has waited for more than an hour: see its last error.",
                "%(count)d letters have waited for more than an hour: see their last errors.",
                overdue,
            )
            messages.warning(request, words % {"count": overdue})
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(xframe_options_sameorigin(self.html_view))
        return [path("<int:pk>/html/", preview, name="clients_letter_html"), *super().get_urls()]

    def html_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letter by itself, for the frame: it may style itself, and nothing else."""
        letter = Letter.objects.filter(pk=pk).first()
        if letter is None:
            raise Http404
        if not self.has_view_permission(request, letter):
            raise PermissionDenied
        response = HttpResponse(letter.html)
        response["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
        )
        return response
