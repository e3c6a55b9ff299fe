"""The report on the exchange: what came, what went, what became of it."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm import clock
from crm.web.exports import ExportMixin, csv_response
from crm.web.filtering import active_chips
from crm.web.templatetags.web import number
from crm.web.views import Access, ListPage, PageView
from reports import exchange_health_rows as behind
from reports.exchange_health_figures import FIGURES
from reports.exchange_health_filters import HealthFilter, HealthRowsFilter
from reports.exchange_health_selectors import SORTS, Health, Row, health, scope_of
from reports.exchange_health_words import chart_words, headline, remarks
from reports.rules.flows import KINDS, Flow, flow_chart
from reports.views import Crumbs


class ExchangeHealth(PageView):
    """In, out, how long, and what became of those taken: by department and manager."""

    access = Access.HEAD
    title = _("Exchange health")
    template_name = "reports/exchange_health.html"
    partial_template_name = "reports/_exchange_health.html"

    def get_breadcrumbs(self) -> Crumbs:
        return [(_("Reports"), reverse("report-index"))]

    @property
    def sort(self) -> str:
        wanted = self.request.GET.get("sort", "")
        return wanted if wanted.lstrip("-") in SORTS else "-came"

    @cached_property
    def filterset(self) -> HealthFilter:
        filterset = HealthFilter(self.request.GET or None, request=self.request)
        filterset.form.auto_id = "filter_%s"
        return filterset

    def get_report(self) -> Health:
        return health(self.filterset, sort=self.sort)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report, filterset = self.get_report(), self.filterset
        return super().get_context_data(
            report=report,
            headline=headline(report),
            remarks=remarks(report),
            chart=flow_chart(report.points),
            chart_words=chart_words(report),
            points=[_point(flow, filterset) for flow in report.points],
            filter=filterset,
            filters_main=list(filterset.form),
            chips=active_chips(filterset, self.request),
            sort=self.sort,
            page={"count_text": _period_words(report)},
            scope=filterset.scope,
            as_of=clock.now(),
            **kwargs,
        )


class ExchangeHealthCsv(ExportMixin, ExchangeHealth):
    """The report as a file: every figure of every line."""

    export_label = _("Exchange health")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        report = self.get_report()
        period = report.scope.period
        header = [gettext("From"), gettext("Until"), gettext("Row"), gettext("Department"), gettext("Manager")]
        header += [str(figure.label) for figure in FIGURES.values()]
        return csv_response(request, f"exchange-{period.since}-{period.until}", header, _table_lines(report))


class ExchangeHealthRows(ListPage):
    """The rows behind a number of the report."""

    access = Access.HEAD
    template_name = "reports/exchange_health_rows.html"
    partial_template_name = "reports/_exchange_health_rows.html"
    filterset_class = HealthRowsFilter
    main_filters = ("q", "what", "period", "department", "manager")
    sorts = {"moment": ("moment", "pk"), "name": ("named", "pk")}
    default_sort = "-moment"

    @cached_property
    def filterset(self) -> HealthRowsFilter:
        filterset = HealthRowsFilter(self.request.GET or None, request=self.request)
        filterset.form.auto_id = "filter_%s"
        return filterset

    def get_filterset(self) -> HealthRowsFilter:
        return self.filterset

    def get_title(self) -> str | Promise:
        return behind.figure(self.filterset.figure_key).label

    def get_breadcrumbs(self) -> Crumbs:
        report = f"{reverse('report-exchange')}?{self.filterset.scope}".rstrip("?&")
        return [(_("Reports"), reverse("report-index")), (_("Exchange health"), report)]

    def get_rows(self) -> tuple[HealthRowsFilter, QuerySet]:
        filterset = self.filterset
        rows = behind.rows_behind(
            behind.figure(filterset.figure_key),
            scope_of(filterset),
            words=filterset.words,
            reason_id=filterset.reason_id,
        )
        return filterset, self.order(rows if filterset.is_sound else rows.none())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        reader: Any = self.request.user
        context["lines"] = behind.lines(context["page"].rows, reader)
        return context


class ExchangeHealthRowsCsv(ExportMixin, ExchangeHealthRows):
    """The rows behind a number as a file."""

    export_label = _("Rows of the exchange report")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        header = [
            *(gettext("When"), gettext("Client"), gettext("INN"), gettext("City"), gettext("Whose")),
            *(gettext("Department"), gettext("What"), gettext("Details"), gettext("By"), gettext("Lead manager now")),
        ]
        name = f"exchange-{self.filterset.figure_key}-{clock.today()}"
        return csv_response(request, name, header, self._cells())

    def _cells(self) -> Iterator[list[Any]]:
        reader: Any = self.request.user
        for line in behind.all_lines(self.get_rows()[1], reader):
            client, whose = line.client, line.whose
            yield [
                line.moment,
                client.name if client else None,
                client.inn if client and line.is_open else None,
                client.city if client else None,
                whose,
                whose.department if whose else None,
                line.what,
                line.details,
                line.by,
                client.manager if client else None,
            ]


def _point(flow: Flow, filterset: HealthFilter) -> dict[str, Any]:
    """A part of the period with the addresses of its rows."""
    days = f"since={flow.period.since}&until={flow.period.until}&"
    address = f"{reverse('report-exchange-rows')}?{filterset.scope_without_days}{days}what="
    return {"flow": flow, "links": {kind: f"{address}{kind}" for kind in KINDS}}


def _period_words(report: Health) -> str:
    days = report.scope.period.days
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": number(days)}


def _table_lines(report: Health) -> Iterator[list[Any]]:
    kinds = {"department": gettext("department"), "manager": gettext("manager"), "total": gettext("total")}
    period, department = report.scope.period, ""
    for row in report.lines:
        if row.kind == "department":
            department = row.name or gettext("No department")
        yield [
            period.since,
            period.until,
            kinds[row.kind],
            "" if row.kind == "total" else department,
            row.name if row.kind == "manager" else "",
            *_numbers(row),
        ]


def _numbers(row: Row) -> list[int]:
    return [row.counts[key] for key in FIGURES]
