"""A crawler over all reports, as everybody who may read them: each number leads to as many rows as it says (or to rows
that come to it), the parts make up the whole on every level, and files hold the numbers of the page.

What a report shows it declares; so nothing here knows any report by name.
"""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client as Browser
from django.urls import reverse
from python_calamine import CalamineWorkbook

from clients.models import Department, Manager
from reports.frame.addresses import merged
from reports.frame.drill_down import rows_filter
from reports.frame.report import Ask, Report, all_reports
from reports.frame.tables import Cell, Line, Result, Table
from reports.tests.clicking import clicked

pytestmark = pytest.mark.django_db

ROLES = ("seller", "head", "director")
#: Numbers followed on one page; where there are more, ever the same ones by chance.
FOLLOWED = 25
CLICKED = 5
ADDITIVE = ("department", "manager")


@dataclass(frozen=True)
class Number:
    """A number that leads to rows: where it stands, what it says, and the address behind it."""

    where: str
    value: Any
    query: str


def questions(report: Report, reader: Manager) -> Iterator[str]:
    """Addresses of a report: as it opens, another period compared, a department, and each choice of its own filters."""
    yield ""
    yield "period=365&compare=year_ago"
    below = Department.objects.visible_to(reader).order_by("-path").first()
    if below and below in rooms(report, reader):
        yield f"department={below.pk}&period=last_month"
    filterset = asked(report, reader, "").filterset
    usual = {"department", "manager", "period", "compare"}
    for name in set(report.main_filters) - usual:
        choices = getattr(filterset.form.fields.get(name), "choices", ())
        for key, _words in [choice for choice in choices if choice[0]][:8]:
            yield f"{name}={key}"


def rooms(report: Report, reader: Manager) -> list[Department]:
    return asked(report, reader, "").filterset.departments


def asked(report: Report, reader: Manager, query: str) -> Ask:
    filterset = report.filterset_class(QueryDict(query) or None, request=SimpleNamespace(user=reader))
    assert filterset.is_sound, (report.key, query, filterset.form.errors)
    return Ask(filterset, report.default_sort)


def everything() -> Iterator[tuple[Report, Manager, str]]:
    for username in ROLES:
        reader = Manager.objects.get(username=username)
        for report in all_reports():
            if report.access.allows(reader):
                for query in questions(report, reader):
                    yield report, reader, query


# --- what leads somewhere ---------------------------------------------------------------------------------------------
def numbers(result: Result, scope: str) -> Iterator[Number]:
    """Every number of a report that leads to rows of it."""
    tables = [*result.tables, *(picture.table for picture in result.pictures if picture.table)]
    for table in tables:
        for line in table.all_lines:
            for column, cell in line.cells.items():
                yield from _number(f"{table.key}/{line.kind} {line.name}/{column}", cell, line.query)
    for tile in result.tiles:
        yield from _number(f"tile {tile.label}", tile.cell, scope)


def _number(where: str, cell: Cell, query: str) -> Iterator[Number]:
    if cell.figure and cell.value:
        yield Number(where, cell.value, merged(query, cell.query, f"what={cell.figure}"))


def behind(report: Report, reader: Manager, query: str) -> int | Decimal | float:
    """What the rows of an address come to."""
    filterset = rows_filter(report.key)(QueryDict(query), request=SimpleNamespace(user=reader))
    assert filterset.is_sound, (report.key, query, filterset.form.errors)
    total = filterset.total(filterset.rows)
    return filterset.rows.count() if total is None else total


def some(found: list[Number], report: Report, query: str) -> list[Number]:
    if len(found) <= FOLLOWED:
        return found
    return random.Random(f"{report.key}?{query}").sample(found, FOLLOWED)


# --- the tests --------------------------------------------------------------------------------------------------------
@pytest.fixture
def company():
    call_command("seed_demo", clients=60, stdout=io.StringIO())


def test_what_each_number_says_its_rows_come_to_and_the_parts_make_up_the_whole(company, subtests):
    for report, reader, query in everything():
        with subtests.test(report=report.key, reader=reader.username, query=query):
            ask = asked(report, reader, query)
            result = report.build(ask)
            for table in result.tables:
                assert not list(gaps(table, result.folded))
            found = list(numbers(result, ask.filterset.scope))
            wrong = [
                f"{number.where}: {number.value}, behind it {rows} ({number.query})"
                for number in some(found, report, query)
                if abs(float(number.value) - float(rows := behind(report, reader, number.query))) > 1e-6
            ]
            assert not wrong


def test_what_is_clicked_is_listed_and_files_hold_the_numbers_of_the_page(company, subtests):
    for username in ROLES:
        reader = Manager.objects.get(username=username)
        browser = Browser()
        browser.force_login(reader)
        for report in all_reports():
            if not report.access.allows(reader):
                continue
            with subtests.test(report=report.key, reader=username):
                page = browser.get(reverse(report.url_name))
                assert page.status_code == 200
                links = clicked(page.content.decode(), reverse(report.url_name))
                for url, value in random.Random(report.key).sample(links, min(CLICKED, len(links))):
                    assert_lists(browser, url, value)
                if reader.exports:
                    assert_files(browser, report, page.context["result"])


def assert_lists(browser: Browser, url: str, value: str) -> None:
    if "/rows/" not in url:
        assert browser.get(url).status_code == 200, url
        return
    context = browser.get(url).context
    said = context["page"].count if context["total"] is None else context["total"]
    assert float(said) == pytest.approx(float(value)), url
    assert len(context["documents"]) == min(context["page"].count, 50)


def assert_files(browser: Browser, report: Report, result: Result) -> None:
    """Each table as CSV and all of them as a spreadsheet: the values of the page."""
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(content(browser, report, "xlsx", "")))
    assert len(sheets.sheet_names) == len(result.tables)
    for name, table in zip(sheets.sheet_names, result.tables, strict=True):
        text = content(browser, report, "csv", f"?table={table.key}").decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
        in_file = [[_plain(value) for value in line[5:]] for line in lines[1:]]
        assert in_file == [list(on_page(table, line)) for line in table.all_lines], table.key
        rows = sheets.get_sheet_by_name(name).to_python()
        assert len(rows) - rows.index([""] * len(rows[0])) - 2 == len(table.all_lines), table.key


def on_page(table: Table, line: Line) -> Iterator[Any]:
    """The values of a line, each with the one it is compared with where its column has such."""
    for column in table.columns:
        cells = [each.cells.get(column.key) for each in table.all_lines]
        cell = line.cells.get(column.key) or Cell(None)
        yield _plain(cell.value)
        if any(each and each.then is not None for each in cells):
            yield _plain(cell.then)


def content(browser: Browser, report: Report, kind: str, query: str) -> bytes:
    answer = browser.get(reverse(f"{report.url_name}-{kind}") + query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def _plain(value: Any) -> Any:
    """A value of the page and of a file so that they can be compared."""
    if value is None or value == "":
        return ""
    try:
        return round(float(value), 6)
    except (TypeError, ValueError):
        return str(value).lstrip("'")


# --- parts and wholes -------------------------------------------------------------------------------------------------
def gaps(table: Table, folded: bool) -> Iterator[str]:
    """Where the parts do not make up the whole: sub-departments and managers a department, departments the total."""
    if folded or not table.lines or any(line.kind not in ADDITIVE for line in table.lines):
        return
    top = [line for line in table.lines if line.level == min(each.level for each in table.lines)]
    yield from _differences(table, table.total, top)
    for place, line in enumerate(table.lines):
        if line.kind == "department":
            yield from _differences(table, line, parts_of(table.lines, place))


def parts_of(lines: Any, place: int) -> list[Line]:
    """The lines right below one."""
    found = []
    for line in lines[place + 1 :]:
        if line.level <= lines[place].level:
            break
        if line.level == lines[place].level + 1:
            found.append(line)
    return found


def _differences(table: Table, whole: Line | None, parts: list[Line]) -> Iterator[str]:
    for column in table.columns if whole else ():
        cells = [line.cells[column.key] for line in [whole, *parts] if line and column.key in line.cells]
        if not cells or not cells[0].figure or any(cell.value is None for cell in cells):
            continue
        made_up = sum(float(cell.value) for cell in cells[1:])
        if abs(float(cells[0].value) - made_up) > 1e-6:
            yield f"{table.key}: {whole and whole.name} {column.key}: {cells[0].value}, its parts {made_up}"
