"""The pages of every report: the report itself, the rows behind its numbers, and both as files."""

from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import saved_views
from clients.models import Client
from clients.views.desk import ViewsMixin
from crm import clock
from crm.web import htmx
from crm.web.exports import ExportMixin, csv_response, xlsx_response
from crm.web.filtering import active_chips
from crm.web.tags.numbers import number
from crm.web.views import Access, ListPage, PageView
from crm.web.workbooks import LONGEST_SHEET
from reports.frame import documents, listings  # noqa: F401 - the listings say how rows are told
from reports.frame.addresses import file_url, merged
from reports.frame.drill_down import AMOUNT, rows_filter
from reports.frame.report import Ask, Report, all_reports
from reports.frame.sheets import about_report, as_of_words, report_sheets, rows_sheet, table_sheet
from reports.frame.tables import Result

Crumbs = list[tuple[str | Promise, str]]
FILES = ("csv", "xlsx")


#: The headings of the index, in their order.
GROUPS = {
    "clients": _("Clients"),
    "work": _("Work"),
    "sales": _("Sales"),
    "exchange": pgettext_lazy("reports", "Exchange"),
}


class ReportIndex(PageView):
    """Which reports there are, which question each answers, and the reader's own views of each."""

    access = Access.SALES
    title = _("Reports")
    template_name = "reports/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        reports = [report for report in all_reports() if report.access.allows(user)]
        pinned = saved_views.pinned_on(user, [report.url_name for report in reports])
        groups = [
            (words, [(report, pinned.get(report.url_name, [])) for report in reports if report.group == group])
            for group, words in GROUPS.items()
        ]
        return super().get_context_data(groups=[group for group in groups if group[1]], **kwargs)


class ReportPage(ViewsMixin, PageView):
    """A report, for the reader and the filters of the address. ``report`` is given where its routes are made."""

    report: ClassVar[Any] = None

    def get_breadcrumbs(self) -> Crumbs:
        return [(_("Reports"), reverse("report-index"))]

    @cached_property
    def filterset(self) -> Any:
        filterset = self.report.filterset_class(self.request.GET or None, request=self.request)
        filterset.form.auto_id = "filter_%s"
        return filterset

    def get_filterset(self) -> Any:
        return self.filterset

    @cached_property
    def ask(self) -> Ask:
        return Ask(self.filterset, self.request.GET.get("sort") or self.report.default_sort)

    @cached_property
    def result(self) -> Result:
        return self.report.read(self.ask, self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filterset, report = self.filterset, self.report
        fields = list(filterset.form)
        query = without_page(self.request)
        result = self.result if filterset.is_sound else None
        as_of = result.as_of if result else None
        return super().get_context_data(
            report=report,
            result=result,
            filter=filterset,
            filters_main=[field for field in fields if field.name in report.main_filters],
            filters_more=[field for field in fields if field.name not in report.main_filters],
            chips=active_chips(filterset, self.request),
            sort=self.ask.sort,
            target=report.url_name,
            files=[(kind.upper(), file_url(report.url_name, query, kind)) for kind in FILES],
            about=about_report(report, filterset, as_of=as_of),
            as_of=as_of_words(as_of),
            **self.views_context(),
            **kwargs,
        )


class ReportFile(ExportMixin, ReportPage):
    """A report as a file: a spreadsheet has all tables, CSV the one named by ``?table=``, by default the first."""

    kind: ClassVar[str] = "csv"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.filterset.is_sound:
            return redirect(f"{reverse(self.report.url_name)}?{request.GET.urlencode()}")
        name = f"{self.report.key}-{clock.today()}"
        if self.kind == "xlsx":
            sheets = report_sheets(self.report, self.ask, self.result)
            return xlsx_response(request, name, sheets, title=str(self.report.title))
        key = request.GET.get("table") or self.result.tables[0].key
        table = next((table for table in self.result.tables if table.key == key), None)
        if table is None:
            raise Http404
        sheet = table_sheet(table, self.result)
        return csv_response(request, name, sheet.header, sheet.rows)


#: The heading says what the rows are; and they are of one period, whatever it is compared with.
_NO_CHIPS = frozenset({"what", "compare"})


class RowsPage(ListPage):
    """The rows behind a number of a report."""

    report: ClassVar[Any] = None
    template_name = "reports/frame/rows.html"
    partial_template_name = "reports/frame/_rows.html"
    main_filters = ("q", "what", "period", "department", "manager")
    default_sort = "-moment"
    count_cap = 10**9  # as exact as the number that led here

    @cached_property
    def filterset(self) -> Any:
        filterset = rows_filter(self.report.key)(self.request.GET or None, request=self.request)
        filterset.form.auto_id = "filter_%s"
        return filterset

    @property
    def sorts(self) -> dict[str, tuple[Any, ...]]:  # type: ignore[override]
        by_amount = {"amount": (AMOUNT, "pk")} if self.filterset.figure.sum_of else {}
        return {"moment": ("moment", "pk"), "name": ("named", "pk"), **by_amount}

    def get_filterset(self) -> Any:
        return self.filterset

    def get_title(self) -> str | Promise:
        return self.filterset.figure.label

    def get_breadcrumbs(self) -> Crumbs:
        report: Report = self.report
        address = f"{reverse(report.url_name)}?{self.filterset.scope}".rstrip("?&")
        return [(_("Reports"), reverse("report-index")), (report.title, address)]

    def get_rows(self) -> tuple[Any, QuerySet]:
        return self.filterset, self.order(documents.listed(self.filterset.rows))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        reader: Any = self.request.user
        query = without_page(self.request)
        chips = active_chips(self.filterset, self.request, with_hidden=True)
        found = documents.documents(context["page"].rows, reader)
        context.update(
            report=self.report,
            chips=[chip for chip in chips if chip.name not in _NO_CHIPS],
            figure=self.filterset.figure,
            total=self.filterset.total(self.filterset.rows),
            about=about_report(self.report, self.filterset, self.filterset.figure),
            documents=found,
            has_by=any(each.by for each in found),
            has_now=any(each.client and each.client.manager != each.whose for each in found),
            are_clients=self.filterset.rows.model is Client,
            files=[(kind.upper(), file_url(f"{self.report.url_name}-rows", query, kind)) for kind in FILES],
            target=f"{self.report.url_name}-rows",
        )
        return context


class RowsFile(ExportMixin, RowsPage):
    """The rows behind a number as a file."""

    kind: ClassVar[str] = "csv"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        figure, key = self.filterset.figure, self.filterset.figure_key
        rows, reader = self.get_rows()[1], request.user
        name = f"{self.report.key}-{key}-{clock.today()}"
        if self.kind == "csv":
            sheet = rows_sheet(figure, documents.all_documents(rows, reader))  # type: ignore[arg-type]
            return csv_response(request, name, sheet.header, sheet.rows)
        if rows.order_by()[: LONGEST_SHEET + 1].count() > LONGEST_SHEET:
            words = _("More than %(number)s rows are too many for a spreadsheet: take CSV.")
            htmx.toast(request, words % {"number": number(LONGEST_SHEET)}, level=messages.ERROR)
            return redirect(f"{reverse(f'{self.report.url_name}-rows')}?{request.GET.urlencode()}")
        about = about_report(self.report, self.filterset, figure)
        found = documents.all_documents(rows, reader)  # type: ignore[arg-type]
        return xlsx_response(request, name, [rows_sheet(figure, found, about)], title=str(figure.label))


def without_page(request: HttpRequest) -> str:
    """The filters and the order of the address."""
    return merged(request.GET.urlencode(), "page=&view=")


def views_of(report: Report) -> dict[str, Any]:
    """The views of a report by what hangs on its address: "" is the page, "rows/csv/" the rows as a file."""
    known = {"report": report, "access": report.access}
    file = {**known, "export_label": report.title}
    templates = {"template_name": report.template_name, "partial_template_name": report.partial_template_name}
    views_kept = {"list_page": report.url_name, "default_sort": report.default_sort}
    views = {"": ReportPage.as_view(**known, **templates, **views_kept, title=report.title)}
    for kind in FILES:
        views[f"{kind}/"] = ReportFile.as_view(**file, kind=kind)
    if report.figures:
        views["rows/"] = RowsPage.as_view(**known, default_sort=report.rows_sort)
        for kind in FILES:
            views[f"rows/{kind}/"] = RowsFile.as_view(**file, kind=kind, default_sort=report.rows_sort)
    return views
