"""How a report is declared, and the list of them. The pages, files, lists of rows and letters follow from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.functional import Promise

from crm.web import replica
from crm.web.access import Access
from reports.frame.figures import Figure
from reports.frame.filters import ReportFilter
from reports.frame.scope import Scope
from reports.frame.tables import Result


@dataclass(frozen=True)
class Ask:
    """What one reader asks of a report: everything its selector needs. A letter asks as a page does."""

    filterset: Any
    sort: str = ""

    @cached_property
    def scope(self) -> Scope:
        return self.filterset.asked

    @cached_property
    def compared(self) -> Scope | None:
        """The scope of the comparison; None: nothing is compared."""
        days = self.filterset.compared
        return self.scope.of(days) if days else None


class Report:
    """A report. Its address is ``/reports/<key>/``; its routes are ``report-<key>``, ``-csv``, ``-xlsx``, ``-rows``,
    ``-rows-csv`` and ``-rows-xlsx``.

    Class attributes:
        why: one line of the index: which question it answers.
        group: under which heading it stands in the index: "clients", "work", "sales" or "exchange".
        access: the lowest role that may open it. Salespeople read their own figures only (``Manager.reported_to``).
        filterset_class: its filters.
        main_filters: those that stand in the bar; the others fold away.
        figures: what can be drilled down into, by key.
        default_sort: the order of the managers without ``?sort=``.
        rows_sort: the order of the rows behind a number: the latest first, or "moment" for the earliest.
        template_name: an own page (it extends "reports/frame/page.html"); few reports need one.
        partial_template_name: what htmx gets; the page includes the same.
        is_sendable: whether it can be sent by letter.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str | Promise] = ""
    why: ClassVar[str | Promise] = ""
    icon: ClassVar[str] = "bar-chart"
    group: ClassVar[str] = "work"
    access: ClassVar[Access] = Access.HEAD
    filterset_class: ClassVar[type[Any]] = ReportFilter
    main_filters: ClassVar[tuple[str, ...]] = ("period", "department", "manager", "compare")
    figures: ClassVar[Mapping[str, Figure]] = {}
    default_sort: ClassVar[str] = "name"
    rows_sort: ClassVar[str] = "-moment"
    template_name: ClassVar[str] = "reports/frame/page.html"
    partial_template_name: ClassVar[str] = "reports/frame/_report.html"
    is_sendable: ClassVar[bool] = True

    def build(self, ask: Ask) -> Result:
        """The answer. Its queries do not grow with managers, clients or events."""
        raise NotImplementedError

    def read(self, ask: Ask, request: HttpRequest | None = None) -> Result:
        """The answer, from a replica of the database where there is one. Whose figures the reader may see is not."""
        _decided = ask.scope, ask.compared
        result, as_of = replica.read(lambda: self.build(ask), request)
        return replace(result, as_of=as_of)

    @property
    def url_name(self) -> str:
        return f"report-{self.key}"


_reports: dict[str, Report] = {}


def register(report: type[Report]) -> type[Report]:
    """Add a report to the list; for a class decorator. Declared in ``reports/catalogue.py``."""
    if not report.key or report.key in _reports:
        raise ValueError(f"A report needs a key of its own: {report.key!r}.")
    _reports[report.key] = report()
    return report


def all_reports() -> Sequence[Report]:
    """The reports in the order of their declaration."""
    return list(_reports.values())


def find(key: str) -> Report | None:
    return _reports.get(key)
