"""Django admin of the dictionaries of events and sales; events and sales themselves are changed on their pages."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm import clock
from crm.web.admin import DictionaryAdmin, RecordAdmin
from interactions import models
from interactions.letter_admin import ClientLetterAdmin  # noqa: F401 - registered there
from interactions.services import kind_use, recount_kind
from interactions.tasks import recount

#: More clients than this are recomputed by a worker.
AT_ONCE = 500
CONFIRMED, CSRF = "_confirmed", "csrfmiddlewaretoken"

admin.site.register(models.LossReason, DictionaryAdmin)


@admin.register(models.EventKind)
class EventKindAdmin(DictionaryAdmin):
    """Switching "counts as contact" asks first, and says how much hangs on it: every client with such an event gets its
    clock anew. Kinds the program writes can be switched too, but neither turned round nor deleted."""

    list_display = ["name", "direction", "counts_as_contact", "points", "is_system", "position", "is_active"]
    list_editable = ["points", "position", "is_active"]
    list_filter = ["is_active", "direction", "counts_as_contact", "is_system"]
    actions = ["recompute"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["direction"] if obj and obj.is_system else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.code)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        kind = self.get_object(request, unquote(object_id)) if request.method == "POST" else None
        if kind and self.has_change_permission(request, kind) and CONFIRMED not in request.POST:
            form = self.get_form(request, kind, change=True)(request.POST, instance=kind)
            if form.is_valid() and "counts_as_contact" in form.changed_data:
                return self._ask(request, kind)
        return super().change_view(request, object_id, form_url, extra_context)

    def _ask(self, request: HttpRequest, kind: models.EventKind) -> HttpResponse:
        use = kind_use(kind)
        sent = [(name, value) for name, values in request.POST.lists() for value in values if name != CSRF]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Counts as contact: %(kind)s") % {"kind": kind},
            "kind": kind,
            "use": use,
            "in_background": use.clients > AT_ONCE,
            "sent": [*sent, (CONFIRMED, "1")],
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/interactions/eventkind/confirm.html", context)

    def save_model(self, request: HttpRequest, obj: models.EventKind, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "counts_as_contact" in form.changed_data:
            self._recount(request, obj)

    @admin.action(description=_("Compute the clocks of their clients anew"))
    def recompute(self, request: HttpRequest, queryset: QuerySet[models.EventKind]) -> None:
        for kind in queryset:
            self._recount(request, kind)

    def _recount(self, request: HttpRequest, kind: models.EventKind) -> None:
        """Few clients at once; many in batches by a worker, so that nobody waits for the page."""
        count = kind_use(kind).clients
        if count > AT_ONCE:
            recount.delay_on_commit(kind.pk)
            words = ngettext(
                "The clock of %(count)d client is being recomputed.",
                "The clocks of %(count)d clients are being recomputed.",
                count,
            )
        else:
            count = recount_kind(kind, today=clock.today())
            words = ngettext(
                "The clock of %(count)d client was recomputed.",
                "The clocks of %(count)d clients were recomputed.",
                count,
            )
        messages.info(request, words % {"count": count})


class StageInline(admin.TabularInline):
    model = models.Stage
    extra = 0
    fields = ["name", "position", "probability", "allowed_idle_days"]


@admin.register(models.ProcessKind)
class ProcessKindAdmin(DictionaryAdmin):
    list_display = ["name", "control", "position", "is_active"]
    list_filter = ["is_active", "control"]
    inlines = [StageInline]


@admin.register(models.Product)
class ProductAdmin(DictionaryAdmin):
    list_display = ["name", "series", "price", "position", "is_active"]
    list_filter = ["is_active", "series"]
    search_fields = ["name", "series"]


@admin.register(models.Event)
class EventAdmin(RecordAdmin):
    list_display = ["occurred_at", "client", "kind", "status", "subject", "responsible", "counted_on", "approval"]
    list_filter = ["status", "approval", "kind"]
    list_select_related = ["client", "kind", "responsible"]
    search_fields = ["client__search_name", "subject"]
    date_hierarchy = "occurred_at"


@admin.register(models.SalesProcess)
class SalesProcessAdmin(RecordAdmin):
    list_display = ["title", "client", "kind", "stage", "status", "amount", "responsible", "started_on", "closed_on"]
    list_filter = ["status", "kind"]
    list_select_related = ["client", "kind", "stage", "responsible"]
    search_fields = ["title", "client__search_name"]


@admin.register(models.StageChange)
class StageChangeAdmin(RecordAdmin):
    list_display = ["changed_at", "process", "step", "from_stage", "to_stage", "changed_by"]
    list_filter = ["step"]
    list_select_related = ["process", "from_stage", "to_stage", "changed_by"]
    search_fields = ["process__title"]


@admin.register(models.HandOver)
class HandOverAdmin(RecordAdmin):
    list_display = ["moment", "client", "event", "process", "from_manager", "to_manager", "undone_at"]
    list_select_related = ["client", "event__kind", "process", "from_manager", "to_manager"]
    search_fields = ["client__search_name"]
    date_hierarchy = "moment"
