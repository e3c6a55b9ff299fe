"""Reports for heads and directors."""

import datetime as dt
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.panels import tell_leaving
from clients.zoning import published
from crm import clock
from crm.web.exports import ExportMixin, csv_response
from crm.web.filtering import active_chips
from crm.web.templatetags.web import number, zone_word
from crm.web.views import Access, ListPage, PageView
from reports.filters import TrafficLightClientsFilter, TrafficLightFilter
from reports.rules.charts import every_week, stacked_areas
from reports.selectors import SORTS, Row, TrafficLight, first_to_leave, report_clients, traffic_light
from reports.words import sentences

Crumbs = list[tuple[str | Promise, str]]


class ReportIndex(PageView):
    """Which reports there are."""

    access = Access.HEAD
    title = _("Reports")
    template_name = "reports/index.html"


class TrafficLightPage(PageView):
    """The traffic light by zones: department, manager, and a click further the clients."""

    access = Access.HEAD
    title = _("Traffic light")
    template_name = "reports/traffic_light.html"
    partial_template_name = "reports/_traffic_light.html"

    def get_breadcrumbs(self) -> Crumbs:
        return [(_("Reports"), reverse("report-index"))]

    @property
    def sort(self) -> str:
        wanted = self.request.GET.get("sort", "")
        return wanted if wanted.lstrip("-") in SORTS else "-risk"

    @cached_property
    def filterset(self) -> TrafficLightFilter:
        clients = report_clients(self.request.user)
        return TrafficLightFilter(self.request.GET or None, queryset=clients, request=self.request)

    def get_report(self) -> TrafficLight:
        return traffic_light(self.filterset, today=clock.today(), sort=self.sort)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report, today = self.get_report(), clock.today()
        return super().get_context_data(
            report=report,
            sentences=sentences(report),
            chart=stacked_areas(report.trend),
            trend_rows=every_week(report.trend),
            leaving=first_to_leave(self.filterset.qs, today),
            filter=self.filterset,
            filters_main=list(self.filterset.form),
            chips=active_chips(self.filterset, self.request),
            sort=self.sort,
            page={"count_text": _held_words(report)},
            scope=self.filterset.scope,
            as_of=clock.now(),
            **kwargs,
        )


class TrafficLightCsv(ExportMixin, TrafficLightPage):
    """The table of the traffic light as a file."""

    export_label = _("Traffic light")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        report = self.get_report()
        return csv_response(request, f"traffic-light-{report.as_of}", _TABLE_HEADER, _table_lines(report))


class TrafficLightClients(ListPage):
    """The clients behind a number of the traffic light."""

    access = Access.HEAD
    template_name = "reports/clients.html"
    partial_template_name = "reports/_clients.html"
    filterset_class = TrafficLightClientsFilter
    main_filters = ("q", "zone", "leaving", "department", "manager")
    sorts = {
        "risk": (F("detach_on").asc(nulls_last=True), "pk"),
        "name": ("search_name", "pk"),
        "contact": (F("last_contact_on").asc(nulls_first=True), "pk"),
        "manager": ("manager__last_name", "manager__first_name", "search_name", "pk"),
    }
    default_sort = "risk"

    def get_title(self) -> str | Promise:
        return _("Clients of the traffic light")

    def get_breadcrumbs(self) -> Crumbs:
        report = f"{reverse('report-traffic-light')}?{self.get_scope()}".rstrip("?")
        return [(_("Reports"), reverse("report-index")), (_("Traffic light"), report)]

    def get_scope(self) -> str:
        """The filters of the report this list was reached from."""
        names = [name for name in ("department", "manager", "category", "region") if self.request.GET.get(name)]
        return urlencode({name: self.request.GET[name] for name in names})

    def get_queryset(self) -> QuerySet[Client]:
        return report_clients(self.request.user).select_related("manager__department", "region")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        today = clock.today()
        tell_leaving(context["page"].rows, today)
        for client in context["page"]:
            client.zone_today = _shown_zone(client, today)
        return context


class TrafficLightClientsCsv(ExportMixin, TrafficLightClients):
    """The clients behind a number as a file."""

    export_label = _("Clients of the traffic light")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        clients = self.get_rows()[1].iterator(chunk_size=1000)
        return csv_response(request, f"clients-{clock.today()}", _CLIENTS_HEADER, _client_lines(clients))


def _held_words(report: TrafficLight) -> str:
    held = report.total.counts.held
    return ngettext("%(held)s client held", "%(held)s clients held", held) % {"held": number(held)}


_TABLE_HEADER = [
    _("As of"),
    _("Row"),
    _("Department"),
    _("Manager"),
    _("Held"),
    _("Green"),
    _("Yellow"),
    _("Red"),
    _("Green, %"),
    _("Yellow, %"),
    _("Red, %"),
    _("Due for the exchange"),
    _("Leaving in 7 days"),
    _("Leaving in 30 days"),
    _("Yellow and red, change in a week"),
    _("Yellow and red, change in a month"),
]
_CLIENTS_HEADER = [
    _("Client"),
    _("INN"),
    _("City"),
    _("Category"),
    _("Zone"),
    _("Last contact"),
    _("Yellow on"),
    _("Red on"),
    _("To the exchange on"),
    _("Manager"),
    _("Department"),
]


def _table_lines(report: TrafficLight) -> Iterator[list[Any]]:
    kinds = {"department": gettext("department"), "manager": gettext("manager"), "total": gettext("total")}
    department = ""
    for row in [*report.rows, report.total]:
        if row.kind == "department":
            department = row.name or gettext("No department")
        yield [
            report.as_of,
            kinds[row.kind],
            "" if row.kind == "total" else department,
            row.name if row.kind == "manager" else "",
            *_numbers(row),
        ]


def _numbers(row: Row) -> list[Any]:
    counts = row.counts
    shares = [round(100 * part / counts.held, 1) if counts.held else None for part in _colours(row)]
    leaving = [counts.due, counts.leaving_7, counts.leaving_30]
    return [counts.held, *_colours(row), *shares, *leaving, row.week_change, row.month_change]


def _colours(row: Row) -> tuple[int, int, int]:
    return row.counts.green, row.counts.yellow, row.counts.red


def _client_lines(clients: Iterator[Client]) -> Iterator[list[Any]]:
    today = clock.today()
    for client in clients:
        yield [
            client.name,
            client.inn,
            client.city,
            client.category,
            zone_word(_shown_zone(client, today)),
            client.last_contact_on,
            client.yellow_on,
            client.red_on,
            client.detach_on,
            client.manager,
            client.manager.department if client.manager else None,
        ]


def _shown_zone(client: Client, today: dt.date) -> str:
    """The colour by the dates; a client due for the exchange is shown red."""
    zone = client.zone_on(today)
    return published(zone) if zone else ""
