"""Who leaves for the exchange if nothing happens."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Role
from crm import clock
from crm.web.exports import ExportMixin, csv_response
from crm.web.filtering import active_chips
from crm.web.pagination import page_of
from crm.web.views import Access, PageView
from exchange import leaving_selectors as selectors
from exchange.filters import LeavingFilter

TABS = {"tomorrow": _("Tomorrow"), "week": _("This week"), "month": _("This month")}
ORDERS = {"day": _("By day"), "manager": _("By manager")}


class LeavingPage(PageView):
    """Tomorrow, this week, this month: by the day on which each is expected to go, with what would save it."""

    access = Access.SALES
    title = _("Who leaves")
    template_name = "exchange/leaving.html"
    partial_template_name = "exchange/_leaving.html"

    @cached_property
    def filterset(self) -> LeavingFilter:
        rows = selectors.previewed_by(self.request.user)
        filterset = LeavingFilter(self.request.GET or None, queryset=rows, request=self.request)
        filterset.form.auto_id = "filter_%s"
        return filterset

    @property
    def period(self) -> str:
        wanted = self.request.GET.get("period", "")
        return wanted if wanted in TABS else "week"

    @property
    def order(self) -> str:
        """A head first looks at whom he must talk to; others at what is next."""
        if self.request.user.access_level < Access.HEAD:
            return "day"
        wanted = self.request.GET.get("by", "")
        return wanted if wanted in ORDERS else ("manager" if self.request.user.role == Role.HEAD else "day")

    @cached_property
    def preview(self) -> selectors.Preview:
        filterset = self.filterset
        understood = not filterset.is_bound or filterset.form.is_valid()
        return selectors.preview(filterset.qs if understood else filterset.queryset.none(), today=clock.today())

    def get_leavers(self) -> list[selectors.Expected]:
        """All rows of the tab in their order."""
        rows = self.preview.within(self.period)
        return selectors.by_manager(rows) if self.order == "manager" else rows

    def link(self, **changed: str) -> str:
        """The address of this page with other tabs; the filters stay."""
        query = self.request.GET.copy()
        query.pop("page", None)
        for name, value in changed.items():
            query[name] = value
        return f"?{query.urlencode()}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, preview = self.request.user, self.preview
        page = page_of(self.get_leavers(), self.request.GET.get("page"))
        rows = selectors.preview_rows(page.rows, preview.rules, user)
        filterset = self.filterset
        counts = preview.counts
        return super().get_context_data(
            tabs=[(self.link(period=key), words, counts[key], key == self.period) for key, words in TABS.items()],
            orders=[(self.link(by=key), words, key == self.order) for key, words in ORDERS.items()],
            period=self.period,
            order=self.order,
            page=page,
            groups=self._groups(rows),
            shows_manager=self.order == "day"
            and (user.access_level >= Access.HEAD or bool(user.deputised_manager_ids)),
            is_head=user.access_level >= Access.HEAD,
            plan_days=preview.rules.plan_days,
            filter=filterset,
            filters_main=list(filterset.form),
            filters_more=[],
            chips=active_chips(filterset, self.request),
            today=preview.today,
            **kwargs,
        )

    def _groups(self, rows: Sequence[selectors.PreviewRow]) -> list[tuple[Any, list[selectors.PreviewRow]]]:
        """The rows under their managers; one nameless group when they go by the day."""
        if self.order == "day":
            return [(None, list(rows))] if rows else []
        return [(manager, list(group)) for manager, group in groupby(rows, key=lambda row: row.client.manager)]


class LeavingExport(ExportMixin, LeavingPage):
    """All rows of the tab, for a spreadsheet."""

    export_label = _("Who leaves")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        header = [
            *(gettext("Name"), gettext("Lead manager"), gettext("Department"), gettext("Leaves on")),
            *(gettext("Due since"), gettext("Last contact"), gettext("Clock date")),
            *(gettext("What keeps it"), gettext("Warned on")),
        ]
        rows = selectors.export_rows(self.get_leavers(), self.preview.rules, request.user)
        return csv_response(request, f"leaving-{self.period}-{clock.today()}", header, rows)
