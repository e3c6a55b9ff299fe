"""Django admin of the dictionaries of events and sales; events and sales themselves are changed on their pages."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm import clock
from crm.web.admin import DictionaryAdmin, RecordAdmin
from crm.web.icons import IconInput, icon_names
from crm.web.tags.marks import icon
from interactions import models
from interactions.distribution_admin import DistributionRuleAdmin  # noqa: F401 - registered there
from interactions.feed_admin import CalendarFeedAdmin  # noqa: F401 - registered there
from interactions.kind_points_admin import KindPointsAdmin  # noqa: F401 - registered there
from interactions.letter_admin import ClientLetterAdmin  # noqa: F401 - registered there
from interactions.recounting import kind_use, recount_kind
from interactions.recurrence_words import in_words
from interactions.regulation_admin import RegulationAdmin  # noqa: F401 - registered there
from interactions.selling_admin import SalesPlanAdmin  # noqa: F401 - registered there
from interactions.stage_admin import ProcessKindAdmin  # noqa: F401 - registered there

#: More clients than this are recomputed by a worker.
AT_ONCE = 500
CONFIRMED, CSRF = "_confirmed", "csrfmiddlewaretoken"

admin.site.register(models.LossReason, DictionaryAdmin)


class EventKindForm(ModelForm):
    """A kind, with an icon that exists."""

    class Meta:
        widgets: ClassVar[Any] = {"icon": IconInput}

    def clean_icon(self) -> str:
        name = self.cleaned_data["icon"].strip().removeprefix("bi-")
        if (known := icon_names()) and name not in known:
            raise ValidationError(_("There is no such icon."))
        return name


@admin.register(models.EventKind)
class EventKindAdmin(DictionaryAdmin):
    """Switching "counts as contact" asks first, and says how much hangs on it: every client with such an event gets its
    clock anew. Kinds the program writes can be switched too, but neither turned round nor deleted."""

    list_display = [
        *("name", "sign", "direction", "counts_as_contact", "earns", "default_minutes"),
        *("is_system", "position", "is_active"),
    ]
    list_editable = ["default_minutes", "position", "is_active"]
    list_filter = ["is_active", "direction", "counts_as_contact", "is_system"]
    actions = ["recompute"]
    form = EventKindForm

    class Media:
        css: ClassVar[Any] = {"all": ["vendor/bootstrap-icons/bootstrap-icons.min.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.EventKind]:
        history = models.KindPoints.objects.filter(kind=OuterRef("pk"), since__lte=clock.today()).order_by("-since")
        return super().get_queryset(request).annotate(earned=Subquery(history.values("points")[:1]))

    @admin.display(description=_("points"), ordering="earned")
    def earns(self, kind: Any) -> SafeString:
        """What it earns today; set on the page of norms."""
        return format_html('<a href="{}">{}</a>', reverse("norms"), kind.earned or 0)

    @admin.display(description=_("icon"), ordering="icon")
    def sign(self, kind: models.EventKind) -> SafeString:
        """As the pages show it."""
        return format_html('{} <span class="help">{}</span>', icon(kind.icon), kind.icon)

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
            from interactions.tasks import recount

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


@admin.register(models.EventSeries)
class EventSeriesAdmin(RecordAdmin):
    """Recurring events are changed at one of their occurrences."""

    list_display = ["starts_on", "client", "kind", "subject", "words", "responsible", "filled_until", "stopped_at"]
    list_filter = ["frequency", "off_days", "kind"]
    list_select_related = ["client", "kind", "responsible"]
    search_fields = ["client__search_name", "subject"]
    date_hierarchy = "starts_on"

    @admin.display(description=_("how often"))
    def words(self, series: models.EventSeries) -> str:
        """The rule."""
        return in_words(series)


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
