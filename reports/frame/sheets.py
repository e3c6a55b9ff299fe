"""Reports, and the rows behind their numbers, as sheets of a file."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.template.defaultfilters import date as format_date
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from crm import clock
from crm.web.filtering import active_filters
from crm.web.workbooks import Heading, Look, Sheet
from reports.frame.documents import Document
from reports.frame.figures import Figure, Unit
from reports.frame.report import Ask, Report
from reports.frame.tables import Cell, Column, Line, Result, Table
from reports.rules.periods import Period

#: How values look in a spreadsheet; whole numbers by default.
LOOKS = {
    Unit.CHANGE: Look.NUMBER,
    Unit.MONEY: Look.MONEY,
    Unit.POINTS: Look.DECIMAL,
    Unit.PERCENT: Look.PERCENT,
    Unit.DAYS: Look.DECIMAL,
    Unit.HOURS: Look.DECIMAL,
    Unit.TIMES: Look.DECIMAL,
    Unit.TEXT: Look.TEXT,
    Unit.DATE: Look.DATE,
}
_WIDE = 34
#: Said elsewhere than among the other filters.
_WHOSE_AND_WHEN = frozenset({"department", "manager", "period", "since", "until", "compare", "what"})

About = Sequence[tuple[str, str]]


def report_sheets(report: Report, ask: Ask, result: Result) -> list[Sheet]:
    """The tables of a report, each on a sheet, under what it is about."""
    about = about_report(report, ask.filterset, as_of=result.as_of)
    return [table_sheet(table, result, about) for table in result.tables]


def table_sheet(table: Table, result: Result, about: About = ()) -> Sheet:
    """A table of a report: each line with its department, and with what its numbers are compared with."""
    headings = [
        Heading(_("From"), Look.DATE),
        Heading(_("Until"), Look.DATE),
        Heading(_("Row")),
        Heading(_("Department"), width=_WIDE),
        Heading(str(table.name_label or _("Name")), width=_WIDE),
    ]
    for column, is_compared in _columns(table):
        headings.append(Heading(str(column.label), LOOKS.get(column.unit, Look.NUMBER)))
        if is_compared:
            headings.append(
                Heading(_("%(column)s, before") % {"column": column.label}, LOOKS.get(column.unit, Look.NUMBER))
            )
    return Sheet(str(table.title), headings, _table_rows(table, result), about)


def _columns(table: Table) -> list[tuple[Column, bool]]:
    """The columns, and whether their values are compared with others."""
    cells = [line.cells for line in table.all_lines]
    compared = {key for each in cells for key, cell in each.items() if cell.then is not None}
    return [(column, column.key in compared) for column in table.columns]


def _table_rows(table: Table, result: Result) -> Iterator[list[Any]]:
    period, department, columns = result.scope.period, "", _columns(table)
    for line in table.all_lines:
        if line.kind == "department":
            department = name_of(line)
        place = "" if line.kind == "total" else department
        yield [period.since, period.until, kind_of(line), place, name_of(line), *_values(columns, line)]


def _values(columns: Sequence[tuple[Column, bool]], line: Line) -> Iterator[Any]:
    for column, is_compared in columns:
        cell = line.cells.get(column.key) or Cell(None)
        yield cell.value
        if is_compared:
            yield cell.then


def name_of(line: Line) -> str:
    """The name of a line; the whole and those without a department have none of their own."""
    return str(line.name) or {"total": _("Total"), "department": _("No department")}.get(line.kind, "")


def kind_of(line: Line) -> str:
    """What a line is; a kind of the report's own is told by the head of its column."""
    kinds = {"department": _("department"), "manager": _("manager"), "client": _("client"), "total": _("total")}
    return kinds.get(line.kind, "")


def rows_sheet(figure: Figure, documents: Iterable[Document], about: About = ()) -> Sheet:
    """The rows behind a number; of a sum with what each adds to it."""
    headings = [
        Heading(_("When"), Look.MOMENT, 18),
        Heading(_("Client"), width=_WIDE),
        Heading(_("INN")),
        Heading(_("City"), width=18),
        Heading(_("Whose"), width=24),
        Heading(_("Department"), width=24),
        Heading(_("What"), width=24),
        Heading(_("Details"), width=50),
        Heading(_("By"), width=24),
        Heading(_("Lead manager now"), width=24),
    ]
    if figure.sum_of:
        headings.append(Heading(_("Amount"), LOOKS.get(figure.unit, Look.NUMBER)))
    return Sheet(str(figure.label), headings, _document_rows(documents, bool(figure.sum_of)), about)


def _document_rows(documents: Iterable[Document], has_amount: bool) -> Iterator[list[Any]]:
    for row in documents:
        client, whose = row.client, row.whose
        yield [
            row.moment,
            client.name if client else None,
            client.inn if client and row.is_open else None,
            client.city if client else None,
            whose,
            whose.department if whose else None,
            row.what,
            row.details,
            row.by,
            client.manager if client else None,
            *([row.amount] if has_amount else []),
        ]


def about_report(
    report: Report, filterset: Any, figure: Figure | None = None, *, as_of: dt.datetime | None = None
) -> list[tuple[str, str]]:
    """What a page of paper or a sheet is about: which report, whose figures, of which days, made when and by whom."""
    compared = filterset.compared
    return [
        (_("Report"), " · ".join(str(words) for words in (report.title, figure and figure.label) if words)),
        (_("Whose"), whose_words(filterset)),
        (_("Period"), days_words(filterset.days)),
        *([(_("Compared with"), days_words(compared))] if compared and not figure else []),
        *((str(label), value) for name, label, value in active_filters(filterset) if name not in _WHOSE_AND_WHEN),
        (_("As of"), as_of_words(as_of)),
        (_("Made by"), str(filterset.request.user)),
    ]


def whose_words(filterset: Any) -> str:
    """Whose figures they are: the departments and managers chosen, or all the reader may see figures of."""
    chosen = [value for name, _label, value in active_filters(filterset) if name in ("department", "manager")]
    if chosen:
        return " · ".join(chosen)
    reader = filterset.request.user
    if reader.sees_everything:
        return _("The whole company")
    return str(reader) if [each.pk for each in filterset.reported] == [reader.pk] else _("All of your departments")


def as_of_words(moment: dt.datetime | None = None) -> str:
    """The moment the figures show, by default the present one, in the reader's time zone."""
    return format_date(localtime(moment or clock.now()), _("j M Y H:i"))


def days_words(period: Period) -> str:
    """Days of a period: "1 Mar 2026 – 31 Mar 2026"."""
    first, last = (format_date(day, _("j M Y")) for day in (period.since, period.until))
    return first if period.days == 1 else f"{first} – {last}"
