"""The report on the exchange: every number is right by a second, naive way of counting, leads to exactly the rows
behind it, and is seen only by who may."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Client, RuleSetting
from clients.tests.factories import exchange_client, held_client
from crm import clock
from exchange.models import Claim, Detachment, ReturnReason
from exchange.services import claim, return_client
from reports.exchange_health.figures import FIGURES
from reports.frame.report import find
from reports.tests.clicking import clicked
from reports.tests.exchange_world import Market
from reports.tests.naive import exchange as second_way
from reports.tests.test_second_way import differences

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)
REPORT, ROWS = "/reports/exchange/", "/reports/exchange/rows/"


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY))


@pytest.fixture
def market():
    return Market(7)


def open_as(client, who, path=REPORT, **query):
    client.force_login(who)
    response = client.get(path, query)
    assert response.status_code == 200
    return response


def report_of(client, who, **query):
    return open_as(client, who, **query).context["result"]


def number(result, table, line):
    """A number of one of the lists, or of the total line of the managers."""
    lines = next(each for each in result.tables if each.key == table).all_lines
    return next(each for each in lines if (each.key or each.kind) == line).cells["number"].value


QUERIES = [
    {},
    {"period": "30"},
    {"period": "year", "compare": "previous"},
    {"since": "2026-01-31", "until": "2026-03-01"},
    {"since": "2025-03-01"},
    {"department": "moscow"},
    {"department": "khimki", "period": "365"},
    {"manager": "annina"},
    {"department": "none", "period": "365"},
]


def asked(market, query):
    """The query with keys in the place of names."""
    query = dict(query)
    if query.get("department") in ("moscow", "khimki", "omsk"):
        query["department"] = str(getattr(market, query["department"]).pk)
    if "manager" in query:
        query["manager"] = str(market.sellers[0].pk)
    return query


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_number_is_what_a_look_at_every_row_gives(seed):
    market, report = Market(seed), find("exchange")
    for reader in (market.director, market.head):
        for query in QUERIES:
            assert not list(differences(report, second_way, reader, asked(market, query), {})), (reader, query)


@pytest.mark.parametrize("who", ["director", "head"])
@pytest.mark.parametrize("query", [{}, {"period": "365"}, {"department": "moscow"}, {"manager": "annina"}])
def test_every_number_leads_to_exactly_that_many_rows(client, market, who, query):
    page = open_as(client, getattr(market, who), **asked(market, query)).content.decode()
    found = {(href, int(value)) for href, value in clicked(page, REPORT)}
    assert len(found) > 20
    for href, value in found:
        rows = client.get(href)
        assert rows.context["page"].count == value, href


@pytest.mark.parametrize("who", ["director", "head"])
def test_the_parts_make_the_whole(client, market, who):
    result = report_of(client, getattr(market, who), period="365")
    table = result.tables[0]
    tops = [line for line in table.lines if line.kind == "department" and line.level == 0]
    for column in table.columns:
        assert sum(line.cells[column.key].value for line in tops) == table.total.cells[column.key].value, column.key
    came = sum(number(result, "in", key) for key in FIGURES if key.startswith("came_") and key != "came_reassigned")
    assert came == table.total.cells["came"].value
    taken = number(result, "out", "claimed") + number(result, "out", "assigned")
    assert taken == table.total.cells["taken"].value
    assert number(result, "now", "total") == sum(number(result, "now", f"age_{age}") for age in (7, 30, 90, "more"))


def test_only_heads_and_above_read_it(client, market):
    for who, status in ((market.sellers[0], 403), (market.head, 200), (market.director, 200)):
        client.force_login(who)
        for name in ("report-exchange", "report-exchange-csv", "report-exchange-rows", "report-exchange-rows-csv"):
            assert client.get(reverse(name)).status_code == status, (who, name)


def test_asking_for_a_strangers_department_or_manager_shows_nothing(client, market):
    oleg = market.sellers[3]
    for query in ({"manager": oleg.pk}, {"department": market.omsk.pk}, {"department": "none"}):
        page = open_as(client, market.head, **query)
        assert page.context["result"] is None
        assert "Olegov" not in page.content.decode()
        assert open_as(client, market.head, ROWS, what="came", **query).context["page"].count == 0


def test_nothing_of_other_departments_is_on_the_page_of_a_head(client, market):
    page = open_as(client, market.head, period="365").content.decode()
    for name in ("Omsk", "Olegov", "Omskov", "Homeless", "Director"):
        assert name not in page


def test_what_a_colleague_of_another_department_holds_now_is_only_named(client, market):
    """The row is there and counted; the comment belongs to the history, which the reader may no longer read."""
    anna, oleg = market.sellers[0], market.sellers[3]
    moved = held_client(anna, name="Moved on", city="Tomsk", inn="7707083893")
    return_client(client_id=moved.pk, by=anna, reason=ReturnReason.objects.first(), comment="Their boss drinks")
    address = {"what": "came_returned", "q": "moved on"}
    assert "Their boss drinks" in open_as(client, market.head, ROWS, **address).content.decode()
    Client.objects.filter(pk=moved.pk).update(exchange_since=clock.now() - DAY * 3)
    claim(client_id=moved.pk, by=oleg)
    response = open_as(client, market.head, ROWS, **address)
    assert response.context["page"].count == 1
    page = response.content.decode()
    assert "Moved on" in page
    assert "Their boss drinks" not in page
    assert "7707083893" not in page
    assert "Their boss drinks" in open_as(client, market.director, ROWS, **address).content.decode()


def test_rows_are_narrowed_to_a_reason(client, market):
    arrival = Detachment.objects.filter(return_reason__isnull=False, date__gte=TODAY - DAY * 364).first()
    query = {"what": "came", "period": "365"}
    rows = open_as(client, market.director, ROWS, reason=arrival.return_reason_id, **query).context["page"].rows
    assert {row.return_reason_id for row in rows} == {arrival.return_reason_id}
    for odd in ("9" * 30, "1e400", "x"):
        assert open_as(client, market.director, ROWS, reason=odd, what="came").context["page"].count == 0


def test_without_the_rule_nobody_is_unwanted(client, market):
    RuleSetting.objects.create(key="market.stale_days", is_on=False, value=90)
    result = report_of(client, market.director)
    assert result.tables[0].total.cells["stale"].value == 0
    assert "wait longer" not in result.headline


@pytest.mark.parametrize("days", [1, 400])
def test_the_numbers_of_the_rules_decide(market, days):
    RuleSetting.objects.create(key="market.stale_days", is_on=True, value=days)
    RuleSetting.objects.create(key="claim.touch_days", is_on=True, value=days)
    assert not list(differences(find("exchange"), second_way, market.director, {"period": "365"}, {}))


def test_the_edges_of_an_age(client, market):
    Client.objects.on_exchange().update(archived_at=clock.now())
    for days in (0, 7, 8, 30, 31, 90, 91):
        # Ages are whole days of the company's calendar: the hour does not matter.
        exchange_client(market.sellers[0], since=clock.at(TODAY - DAY * days, days % 24))
    result = report_of(client, market.director)
    assert [number(result, "now", f"age_{key}") for key in ("7", "30", "90", "more")] == [2, 2, 2, 1]
    assert number(result, "now", "stale") == 1


def test_it_says_in_one_sentence_how_it_went(client, market):
    Claim.objects.all().update(date=TODAY - DAY * 300)
    Detachment.objects.all().update(date=TODAY - DAY * 300, undone_at=None)
    Client.objects.on_exchange().update(archived_at=clock.now())
    anna = market.sellers[0]
    taken, wanted = (held_client(anna) for _ in range(2))
    for each in (taken, wanted):
        return_client(client_id=each.pk, by=anna, reason=None)
        Client.objects.filter(pk=each.pk).update(exchange_since=clock.now() - DAY * 2)
    claim(client_id=taken.pk, by=market.sellers[3])
    exchange_client(anna, since=clock.now() - DAY * 100)
    result = report_of(client, market.director)
    assert (
        result.headline
        == "2 clients came, 1 was taken; 0 of those had a first contact in time; 0 bought. 1 waits longer than 90 days."
    )
    assert any("waited at most 2 days" in remark.text for remark in result.remarks)
    assert any(remark.url == reverse("exchange-weekly") for remark in result.remarks)


def test_nothing_happened(client, market):
    result = report_of(client, market.omsk_head, since="2001-01-01", until="2001-02-01")
    assert not result.pictures
    assert result.headline.startswith("0 clients came")
