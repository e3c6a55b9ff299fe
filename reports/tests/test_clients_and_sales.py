"""Clients and sales: who is new and who is lost, what the first sale of a client is, plans by the days of a period."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.models import LeadSource, OwnershipPeriod, Region
from clients.services import attach
from clients.tests.factories import exchange_client, held_client
from clients.tests.pages import browser
from clients.tests.pages import company as company
from crm import clock
from exchange.models import Claim, Detachment, ReturnReason
from exchange.services import return_client
from interactions.models import ProcessKind, SalesPlan, SalesProcess
from reports.clients_and_sales.report import ClientsAndSalesReport
from reports.frame.addresses import merged
from reports.frame.drill_down import rows_filter
from reports.frame.report import Ask
from reports.frame.tables import Result, Table
from reports.rules.periods import Period
from reports.rules.plans import due, months, months_by_share, of_share
from reports.rules.shares import mean, percent

D = Decimal
TODAY = dt.date(2026, 5, 13)
DAY = dt.timedelta(days=1)
database = pytest.mark.django_db


# --- plans, by days ---------------------------------------------------------------------------------------------------
days = st.dates(dt.date(2020, 1, 1), dt.date(2026, 12, 31))


@given(days, st.integers(0, 800))
def test_months_are_the_period_without_gaps(since, length):
    period = Period(since, since + dt.timedelta(days=length))
    found = list(months(period))
    assert (found[0].since, found[-1].until) == (period.since, period.until)
    assert all(before.until + DAY == after.since for before, after in pairwise(found))
    assert len({part.since.replace(day=1) for part in found}) == len(found)
    assert sum(part.days for part in found) == period.days


@pytest.mark.parametrize(
    ("since", "until", "planned"),
    [
        ((2026, 4, 1), (2026, 4, 30), 300),
        ((2026, 4, 21), (2026, 4, 30), 100),
        ((2026, 4, 16), (2026, 5, 31), 150 + 620),
        ((2026, 3, 1), (2026, 4, 3), 30),  # nobody planned for March
        ((2026, 3, 1), (2026, 3, 31), None),
    ],
)
def test_of_a_month_that_is_not_whole_the_plan_is_a_part(since, until, planned):
    plans = {dt.date(2026, 4, 1): D(300), dt.date(2026, 5, 1): D(620)}
    assert due(plans, Period(dt.date(*since), dt.date(*until))) == planned


@given(days, st.integers(0, 800))
def test_month_by_month_or_at_once_a_plan_is_the_same(since, length):
    period = Period(since, since + dt.timedelta(days=length))
    plans = {part.since.replace(day=1): D(31 * 30 * 28 * 29) for part in months(period)}
    at_once = sum(
        of_share(sum(plans[month] for month in found), share) for share, found in months_by_share(period).items()
    )
    assert at_once == pytest.approx(due(plans, period))  # fmt: skip


@pytest.mark.parametrize(
    ("part", "whole", "found"), [(1, 4, 25), (D(3), D(2), 150), (0, 5, 0), (5, 0, None), (0, D(0), None)]
)
def test_of_nothing_nobody_knows_a_share_or_a_mean(part, whole, found):
    assert percent(part, whole) == found
    assert mean(part, int(whole)) == (None if found is None else part / int(whole))


# --- the report -------------------------------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY))


def build(who, **query) -> Result:
    report = ClientsAndSalesReport()
    return report.build(Ask(report.filterset_class(query or None, request=SimpleNamespace(user=who)), "name"))


def table(result: Result, key: str) -> Table:
    return next(each for each in result.tables if each.key == key)


def total(result: Result, key: str) -> dict:
    found = table(result, key).total
    return {name: cell.value for name, cell in found.cells.items()} if found else {}


def won(client, by, day: dt.date, amount: int | None) -> SalesProcess:
    return SalesProcess.objects.create(
        client=client, kind=ProcessKind.objects.get(name="Sale"), title="Pumps", responsible=by, author=by,
        status="won", started_on=day - DAY, closed_on=day, amount=None if amount is None else D(amount),
    )  # fmt: skip


def gives_back(client, by) -> None:
    return_client(client_id=client.pk, by=by, reason=ReturnReason.objects.first())


def takes(client, by) -> None:
    """Whether the rules would let him or not."""
    client.refresh_from_db()
    Claim.objects.create(client=client, manager=by, date=TODAY, exchange_since=client.exchange_since)
    attach(client_id=client.pk, manager=by, by=by, gained=OwnershipPeriod.Gained.CLAIMED)


@database
def test_only_the_first_sale_of_a_client_is_one_to_a_new_client(company):
    other = held_client(company.petr)
    won(company.client, company.petr, dt.date(2025, 11, 1), 5)  # a colleague's, long ago: it is no new client any more
    won(company.client, company.anna, TODAY, 10)
    won(other, company.anna, TODAY - DAY, 100)
    won(other, company.anna, TODAY - DAY, 200)  # on the same day: the later one is the second
    won(other, company.anna, TODAY, None)
    found = total(build(company.head), "sales")
    assert (found["won_new"], found["won_new_sum"]) == (1, 100)
    assert (found["won_old"], found["won_old_sum"]) == (3, 210)
    assert found["won_sum"] == 310
    assert found["average"] == pytest.approx(D(310) / 3)  # one has no sum


@database
def test_new_is_who_had_nobody_before_and_was_not_imported(company):
    imported = held_client(company.anna)
    imported.ownership.update(gained=OwnershipPeriod.Gained.IMPORTED)
    came_back = held_client(company.anna)
    OwnershipPeriod.objects.create(
        client=came_back, manager=company.petr, since=TODAY - 90 * DAY, until=TODAY, gained="created", lost="returned"
    )
    held_client(company.petr)
    assert total(build(company.head), "clients")["new"] == 1
    found = total(build(company.director), "clients")
    assert found["new"] == 3  # Anna's, and both of Petr's, the one he returned too


@database
def test_lost_is_who_came_to_the_exchange_and_was_not_given_back(company):
    lost, again, undone = (held_client(company.anna) for _ in range(3))
    for each in (lost, again, undone):
        gives_back(each, company.anna)
    takes(again, company.petr)
    Detachment.objects.filter(client=undone).update(undone_at=clock.now(), undone_by=company.head)
    result = build(company.head)
    found = total(result, "clients")
    assert (found["lost"], found["taken"]) == (2, 0)
    assert found["balance"] == found["new"] - 2
    (line,) = table(result, "losses").lines
    assert (line.key, line.cells["lost"].value, line.cells["share"].value, line.cells["back"].value) == (
        "returned",
        2,
        100,
        1,
    )
    taken = total(build(company.other_head), "clients")
    assert (taken["taken"], taken["lost"]) == (1, 0)


@database
def test_plans_are_held_against_what_was_won(company):
    for month, amount in ((4, 300), (5, 310)):
        SalesPlan.objects.create(
            manager=company.anna, month=dt.date(2026, month, 1), amount=D(amount), set_by=company.head
        )
    SalesPlan.objects.create(manager=company.petr, month=dt.date(2026, 5, 1), amount=D(9999), set_by=company.head)
    won(company.client, company.anna, TODAY, 86)
    asked = {"since": "2026-04-01", "until": "2026-05-13"}
    found = total(build(company.head, **asked), "sales")
    assert (found["plan"], found["done"]) == (430, 20)
    assert total(build(company.head, **asked, category="A"), "sales")["plan"] is None
    by_month = table(build(company.head, **asked), "months")
    assert [line.cells["plan"].value for line in by_month.lines] == [300, 130]
    assert [line.cells["done"].value for line in by_month.lines] == [0, pytest.approx(100 * 86 / 130)]
    assert any("not reached" in remark.text for remark in build(company.head, **asked).remarks)
    assert [line.cells["plan"].url for line in by_month.lines] == [
        f"/sales/plans/?from=2026-{month}" for month in ("04", "05")
    ]
    people = [line for line in table(build(company.head, **asked), "sales").lines if line.kind == "manager"]
    anna = next(line for line in people if line.key == str(company.anna.pk))
    url = anna.cells["plan"].url
    assert url == f"/sales/plans/?who={company.anna.pk}&from=2026-04"
    page = browser(company.head).get(url)
    assert (page.context["form"].people, page.context["form"].months[0]) == ([company.anna], dt.date(2026, 4, 1))
    petr = next(line for line in table(build(company.director), "sales").lines if line.name == str(company.petr))
    boris = [line for line in table(build(company.director), "sales").lines if line.name == str(company.boris)]
    assert petr.cells["plan"].value
    assert not boris  # nothing of his, and no plan: no line


@database
def test_the_parts_make_up_the_whole_and_each_number_leads_to_its_rows(company):
    source, region = LeadSource.objects.first(), Region.objects.create(name="Far away", is_active=False)
    here = held_client(company.anna, source=source, region=region)
    nowhere = held_client(company.petr)
    gone = exchange_client(last_manager=company.petr)
    for client, by, amount in ((here, company.anna, 10), (here, company.anna, 20), (nowhere, company.petr, 40)):
        won(client, by, TODAY, amount)
    takes(gone, company.anna)
    gives_back(nowhere, company.petr)
    result = build(company.director, compare="year_ago")
    for key, kinds in (("clients", ["manager"]), ("sales", ["manager"]), ("sources", ["source"]),
                       ("regions", ["region"]), ("months", ["month"]), ("losses", ["reason"])):  # fmt: skip
        each = table(result, key)
        whole = total(result, key) or total(result, "sources")
        for column in each.columns:
            if column.key in ("average", "share", "done", "plan"):
                continue
            parts = [line.cells[column.key].value for line in each.lines if line.kind in kinds]
            assert sum(parts) == whole[column.key], (key, column.key)
    looked_at = 0
    for each in result.tables:
        for line in each.all_lines:
            for cell in line.cells.values():
                if not cell.figure:
                    continue
                query = dict(pair.split("=") for pair in merged(line.query, cell.query).split("&") if pair)
                filterset = rows_filter("clients-and-sales")(
                    query | {"what": cell.figure}, request=SimpleNamespace(user=company.director)
                )
                assert filterset.is_sound, filterset.form.errors
                rows = filterset.rows
                assert filterset.total(rows) == cell.value if filterset.figure.sum_of else rows.count() == cell.value
                looked_at += 1
    assert looked_at > 100


@database
def test_salespeople_do_not_read_it_and_nonsense_breaks_nothing(company):
    assert browser(company.anna).get("/reports/clients-and-sales/").status_code == 403
    page = browser(company.head)
    for query in ({}, {"region": "none"}, {"source": "x"}, {"reason": "x"}, {"since": "31.02.2017"}, {"period": "365"}):
        assert page.get("/reports/clients-and-sales/", query).status_code == 200
        assert page.get("/reports/clients-and-sales/rows/", query).status_code == 200
