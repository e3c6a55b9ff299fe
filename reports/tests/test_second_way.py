"""Every report agrees, cell by cell, with a second and naive way of counting: in the demo company and in the real sales
history. How the naive way is written stands in ``reports/tests/naive/__init__.py``."""

import datetime as dt
import io
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

import reports.catalogue  # noqa: F401  (declares the reports)
from clients import rulebook
from clients.models import Department, Manager, Role
from crm import clock
from exchange.tests.histories import real_history
from reports.frame.report import Ask, Report, all_reports
from reports.kept import settling
from reports.tests import naive as naive_package
from reports.tests.naive.asking import Asked, line_of

pytestmark = pytest.mark.django_db

HELPERS = {"asking"}
SECOND_WAYS = {
    name.replace("_", "-"): import_module(f"reports.tests.naive.{name}")
    for _finder, name, _is_package in pkgutil.iter_modules(naive_package.__path__)
    if name not in HELPERS
}


def test_every_report_has_a_second_way():
    assert set(SECOND_WAYS) == {report.key for report in all_reports()}


# --- the questions ----------------------------------------------------------------------------------------------------
def usual_queries(report: Report, reader: Manager, days: tuple[dt.date, dt.date]) -> Iterator[dict[str, Any]]:
    """What is asked of every report: nothing, periods, days by date, comparisons, a department, a manager."""
    since, until = days
    yield {}
    yield {"since": since.isoformat(), "until": until.isoformat()}
    if "compare" in report.filterset_class.base_filters:
        yield {"period": "365", "compare": "year_ago"}
        yield {"period": "30", "compare": "previous"}
    theirs = Manager.objects.reported_to(reader).exclude(department=None)
    busiest = theirs.filter(role=Role.SALESPERSON, is_active=True).order_by("pk").first() or reader
    yield {"manager": str(busiest.pk), "period": "365"}
    parent = Department.objects.filter(parent__isnull=False, managers__in=theirs).order_by("path").first()
    if parent:
        yield {"department": str(parent.pk), "since": since.isoformat(), "until": until.isoformat()}
    if reader.sees_everything:
        yield {"department": "none"}


def questions(report: Report, module, days) -> Iterator[tuple[Manager, dict[str, Any]]]:
    """Readers and what they ask."""
    readers = [
        Manager.objects.filter(role=Role.DIRECTOR).order_by("pk").first(),
        Manager.objects.filter(role=Role.HEAD, headed_departments__children__isnull=False).order_by("pk").first()
        or Manager.objects.filter(role=Role.HEAD, headed_departments__isnull=False).order_by("pk").first(),
    ]
    seller = Manager.objects.filter(role=Role.SALESPERSON, is_active=True, department__isnull=False).order_by("pk")
    for reader in [*readers, seller.first()]:
        if reader is None or not report.access.allows(reader):
            continue
        for query in [*usual_queries(report, reader, days), *getattr(module, "QUERIES", [])]:
            yield reader, query


# --- both ways --------------------------------------------------------------------------------------------------------
def differences(report: Report, module, reader: Manager, query: dict[str, Any], read: dict) -> Iterator[str]:
    """Where the two ways disagree."""
    filterset = report.filterset_class(query, request=SimpleNamespace(user=reader))
    if not filterset.is_sound:
        if filterset.form.errors.keys() <= {"department", "manager"}:
            return  # that department or manager is not the reader's to ask for
        yield f"refused: {filterset.form.errors.as_text()}"
        return
    ask = Ask(filterset, report.default_sort)
    result = report.build(ask)
    asked = Asked(
        reader=reader,
        query=query,
        today=clock.today(),
        since=ask.scope.period.since,
        until=ask.scope.period.until,
        nobodys=getattr(filterset, "may_be_nobodys", False),
        rules=rulebook.load(),
        read=read,
    )
    expected = module.naive(asked)
    then = module.naive(asked.over(ask.compared.period.since, ask.compared.period.until)) if ask.compared else {}
    unchecked = getattr(module, "UNCHECKED", {})
    shown = set()
    for table in result.tables:
        for line in table.all_lines:
            for column, cell in line.cells.items():
                place = (table.key, line_of(line), column)
                shown.add(place)
                if (table.key, column) in unchecked:
                    continue
                if not same(cell.value, expected.get(place, 0), named=place in expected):
                    yield f"{place}: {cell.value!r}, naively {expected.get(place)!r}"
                if cell.then is not None and ask.compared and not same(cell.then, then.get(place, 0)):
                    yield f"{place}: compared with {cell.then!r}, naively {then.get(place)!r}"
    for place, value in expected.items():
        if value and place not in shown and not (result.folded and place[1].startswith("manager")):
            yield f"{place}: not in the report, naively {value!r}"


def same(value, expected, *, named: bool = True) -> bool:
    """Equal; numbers that are not whole to a millionth. A cell nobody named is nothing or nought."""
    if not named:
        return not value
    if value is None or expected is None:
        return value is expected
    try:
        return float(value) == pytest.approx(float(expected), rel=1e-6, abs=1e-6)
    except (TypeError, ValueError):
        return str(value) == str(expected)


def compare_all(subtests, days: tuple[dt.date, dt.date]) -> None:
    read: dict = {}
    for report in all_reports():
        module = SECOND_WAYS.get(report.key)
        for reader, query in questions(report, module, days) if module else ():
            with subtests.test(report=report.key, reader=reader.username, query=str(query)):
                assert not list(differences(report, module, reader, query, read))


# --- the companies ----------------------------------------------------------------------------------------------------
def test_in_the_demo_company_both_ways_agree(subtests):
    """What is kept of the rows is read here; below nothing is kept."""
    call_command("seed_demo", clients=60, stdout=io.StringIO())
    settling.count_all()
    today = clock.today()
    compare_all(subtests, (today - dt.timedelta(days=200), today - dt.timedelta(days=20)))


def test_in_the_real_history_both_ways_agree(subtests, time_machine):
    folder = real_history()
    time_machine.move_to(clock.at(dt.date(2018, 1, 15)))
    call_command("import_sales", str(folder), quiet=True, stdout=io.StringIO())
    Manager.objects.create(username="reader", role=Role.DIRECTOR)
    with connection.cursor() as cursor:  # thousands of rows in one open transaction: nobody has looked at them yet
        cursor.execute("ANALYZE")
    compare_all(subtests, (dt.date(2017, 3, 1), dt.date(2017, 9, 30)))
