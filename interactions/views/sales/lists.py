"""The list of sales, its export, their tags."""

from typing import Any, ClassVar

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString

from clients.querysets import unlisted
from clients.templatetags.register import register_contact
from clients.views.bulk import BulkMixin
from clients.views.desk import DeskList, ListExport
from clients.views.tags import TagsPage
from crm.web.columns import Column
from crm.web.views import Access
from interactions import selectors
from interactions.columns import process_columns
from interactions.filters import SALE_TABS, ProcessFilter
from interactions.models import SalesProcess
from interactions.views.events import about_chips, tab_links
from interactions.views.sales.base import SALES


class ProcessList(BulkMixin, DeskList):
    """Sales one may see; mine and open unless others are asked for."""

    access = Access.SALES
    title = SALES
    template_name = "interactions/process_list.html"
    partial_template_name = "interactions/_process_list.html"
    filterset_class = ProcessFilter
    main_filters = ("q", "kind", "stage", "who", "named", "expected", "idle", "status", "client")
    list_page = "process-list"
    export_url_name = "process-export"
    sorts: ClassVar[Any] = {
        "started": ("started_on", "pk"),
        "amount": (F("amount").asc(nulls_first=True), "pk"),
        "stage": ("stage__position", "pk"),
        "client": ("client__search_name", "pk"),
        "since": (F("stage_since").asc(nulls_last=True), "pk"),
        "idle": (Coalesce("active_on", "started_on").desc(nulls_first=True), "pk"),
        "close": (F("expected_close_on").asc(nulls_last=True), "pk"),
        "closed": ("closed_on", "pk"),
    }
    default_sort = "-started"

    @property
    def status(self) -> str:
        """The tab: one client's sales are all shown, else the open ones first."""
        return self.request.GET.get("status") or ("all" if self.request.GET.get("client") else "open")

    def get_all_columns(self) -> list[Column]:
        return process_columns(is_open=self.status == "open")

    def get_queryset(self) -> Any:
        rows = SalesProcess.objects.visible_to(self.request.user).with_people().select_related("loss_reason")
        rows = rows.defer(*unlisted("client__", "responsible__"))
        return rows.open() if self.status == "open" else rows

    def row_actions(self, row: SalesProcess) -> SafeString:
        return register_contact(row.client)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["tabs"] = tab_links(self, SALE_TABS, default=self.status)
        context["chips"] = [*about_chips(self, context["filter"]), *context["chips"]]
        context["sums"] = selectors.sums(context["filter"].qs)
        return context


class ProcessExport(ListExport, ProcessList):
    """The rows of the list, with the same filters and columns, for a spreadsheet."""

    export_label = SALES
    file_name = "sales"


class ProcessTags(TagsPage):
    """Of a sale."""

    rows = SalesProcess
