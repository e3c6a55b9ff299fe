"""The report on the exchange: every number is right by a second, naive way of counting, leads to exactly the rows
behind it, and is seen only by who may."""

import csv
import datetime as dt
import io
import re
from collections import Counter
from html import unescape
from urllib.parse import urljoin

import pytest
from django.core.management import call_command
from django.urls import reverse

from clients.models import Client, Manager, RuleSetting
from clients.tests.factories import exchange_client, held_client
from crm import clock
from exchange.models import Claim, Detachment, ReturnReason
from exchange.services import claim, return_client
from reports.exchange_health_figures import FIGURES
from reports.rules.flows import KINDS
from reports.tests.exchange_world import Market
from reports.tests.naive_exchange import Naive

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)
REPORT, ROWS = "/reports/exchange/", "/reports/exchange/rows/"
COUNTED = re.compile(r'href="([^"]+)" data-count="(\d+)"')


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


def allowed(market, name, query):
    """Whose figures a reader sees under these filters, worked out by hand; None stands for "nobody's"."""
    reader = getattr(market, name)
    seen = {None, market.director, market.omsk_head, *market.sellers} if reader == market.director else {
        each for each in market.sellers if each.department in (market.moscow, market.khimki)
    }  # fmt: skip
    if "manager" in query:
        return {each for each in seen if each and each.pk == query["manager"]}
    if query.get("department") == "none":
        return {each for each in seen if each is None or each.department is None}
    if "department" in query:
        top = next(each for each in market.departments if each.pk == query["department"])
        return {each for each in seen if each and each.department and each.department.path.startswith(top.path)}
    return seen


def keys(found, figure, whose):
    ids = {each.pk if each else None for each in whose}
    return set().union(*(pks for (name, owner), pks in found.items() if name == figure and owner in ids))


QUERIES = [
    {},
    {"period": "30"},
    {"period": "year"},
    {"since": "2026-01-31", "until": "2026-03-01"},
    {"since": "2025-03-01"},
    {"department": "moscow"},
    {"department": "khimki", "period": "365"},
    {"manager": "annina"},
    {"department": "none", "period": "365"},
]
PERIODS = {
    "30": (TODAY - DAY * 29, TODAY),
    "year": (dt.date(2026, 1, 1), TODAY),
    "365": (TODAY - DAY * 364, TODAY),
    "": (TODAY - DAY * 89, TODAY),
}


def asked(market, query):
    """The query with keys in the place of names."""
    people = {"annina": market.sellers[0], "olegov": market.sellers[3]}
    query = dict(query)
    if query.get("department") in ("moscow", "khimki", "omsk"):
        query["department"] = getattr(market, query["department"]).pk
    if "manager" in query:
        query["manager"] = people[query["manager"]].pk
    return query


def days_of(query):
    if "since" in query:
        until = dt.date.fromisoformat(query["until"]) if "until" in query else TODAY
        return dt.date.fromisoformat(query["since"]), until
    return PERIODS[query.get("period", "")]


# --- the numbers ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["director", "head"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_number_is_what_a_look_at_every_row_gives(client, seed, who):
    market = Market(seed)
    naive = Naive()
    seen = Counter()
    for asked_for in QUERIES:
        if who == "head" and asked_for.get("department") == "none":
            continue
        query = asked(market, asked_for)
        report = open_as(client, getattr(market, who), **query).context["report"]
        since, until = days_of(query)
        rows, whose = naive.rows(since, until), allowed(market, who, query)
        for figure in FIGURES:
            assert report.total.counts[figure] == len(keys(rows, figure, whose)), (figure, query)
            seen[figure] += report.total.counts[figure]
        for row in report.manager_rows:
            one = next(each for each in whose if each and str(each) == row.name)
            expected = {figure: len(keys(rows, figure, {one})) for figure in FIGURES}
            assert {figure: row.counts[figure] for figure in FIGURES} == expected, (row.name, query)
        reasons = {reason.pk: reason.number for reason in report.reasons}
        assert reasons == {
            reason.pk: number
            for reason in ReturnReason.objects.all()
            if (number := len(keys(rows, f"reason_{reason.pk}", whose)))
        }
        assert report.median_days == naive.median(keys(rows, "taken", whose))
        for point in report.points:
            part = naive.rows(point.period.since, point.period.until)
            for kind in KINDS:
                assert getattr(point, kind) == len(keys(part, kind, whose)), (kind, point.period, query)
    if who == "director":
        never = {figure for figure in FIGURES if not seen[figure]}
        assert never == {"came_reassigned"}, "the random stories have an example of everything"


def test_every_number_of_the_demo_company_is_right_too(client):
    call_command("seed_demo", clients=60, stdout=io.StringIO())
    naive = Naive()
    for query in ({}, {"period": "365"}):
        rows = naive.rows(*PERIODS[query.get("period", "")])
        for username in ("director", "head"):
            reader = Manager.objects.get(username=username)
            whose = {None, *Manager.objects.all()} if reader.sees_everything else Manager.objects.reported_to(reader)
            report = open_as(client, reader, **query).context["report"]
            for figure in FIGURES:
                assert report.total.counts[figure] == len(keys(rows, figure, whose)), (username, figure, query)
            for row in report.manager_rows:
                one = next(each for each in whose if each and str(each) == row.name)
                assert all(row.counts[figure] == len(keys(rows, figure, {one})) for figure in FIGURES), row.name


@pytest.mark.parametrize("who", ["director", "head"])
def test_the_parts_make_the_whole(client, market, who):
    report = open_as(client, getattr(market, who), period="365").context["report"]
    tops = [row for row in report.rows if row.kind == "department" and row.level == 0]
    for figure in FIGURES:
        assert (
            sum(row.counts[figure] for row in report.manager_rows) + sum(nobodys(report, figure))
            == report.total.counts[figure]
        ), figure
        assert sum(row.counts[figure] for row in tops) == report.total.counts[figure], figure
    counts = report.total.counts
    assert counts["came"] == sum(counts[key] for key in counts if key.startswith("came_"))
    assert counts["taken"] == counts["claimed"] + counts["assigned"]
    assert counts["now"] == sum(counts[key] for key in counts if key.startswith("age_"))
    assert counts["won"] <= counts["started"] <= counts["taken"]
    assert sum(point.came for point in report.points) == counts["came"]
    assert report.balance == counts["came"] + counts["restored"] - sum(
        counts[key] for key in ("taken", "undone", "archived")
    )


def nobodys(report, figure):
    """What the line without a department has beyond its managers."""
    for row in report.rows:
        if row.kind == "department" and row.department_key == "none":
            theirs = sum(each.counts[figure] for each in report.manager_rows if each.department_key == "none")
            yield row.counts[figure] - theirs


@pytest.mark.parametrize("who", ["director", "head"])
@pytest.mark.parametrize("query", [{}, {"period": "365"}, {"department": "moscow"}, {"manager": "annina"}])
def test_every_number_leads_to_exactly_that_many_rows(client, market, who, query):
    page = open_as(client, getattr(market, who), **asked(market, query)).content.decode()
    found = {(unescape(href), int(number)) for href, number in COUNTED.findall(page)}
    assert len(found) > 20
    for href, number in found:
        rows = client.get(urljoin(REPORT, href))
        assert rows.status_code == 200
        assert rows.context["page"].count == number, href
        assert len(rows.context["lines"]) == min(number, 50)


@pytest.mark.parametrize("who", ["director", "head"])
def test_the_rows_are_the_right_ones(client, market, who):
    naive = Naive()
    rows, whose = naive.rows(*PERIODS["365"]), allowed(market, who, {})
    for figure in FIGURES:
        listed = open_as(client, getattr(market, who), ROWS, what=figure, period="365").context["page"]
        assert {row.pk for row in listed.rows} <= keys(rows, figure, whose), figure
        assert listed.count == len(keys(rows, figure, whose)), figure


# --- who sees what ----------------------------------------------------------------------------------------------------
NAMES = ["report-exchange", "report-exchange-csv", "report-exchange-rows", "report-exchange-rows-csv"]


@pytest.mark.parametrize("name", NAMES)
def test_only_heads_and_above_read_it(client, market, name):
    for who, status in ((market.sellers[0], 403), (market.head, 200), (market.director, 200)):
        client.force_login(who)
        assert client.get(reverse(name)).status_code == status
    client.logout()
    assert client.get(reverse(name)).status_code == 302


def test_asking_for_a_strangers_department_or_manager_shows_nothing(client, market):
    oleg = market.sellers[3]
    for query in ({"manager": oleg.pk}, {"department": market.omsk.pk}, {"department": "none"}):
        page = open_as(client, market.head, **query)
        assert not page.context["filter"].is_sound
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
    [line] = open_as(client, market.head, ROWS, **address).context["lines"]
    assert "Their boss drinks" in line.details
    Client.objects.filter(pk=moved.pk).update(exchange_since=clock.now() - DAY * 3)
    claim(client_id=moved.pk, by=oleg)
    response = open_as(client, market.head, ROWS, **address)
    [line] = response.context["lines"]
    assert (line.client.name, line.client.city, line.client.manager) == ("Moved on", "Tomsk", oleg)
    page = response.content.decode()
    assert "Their boss drinks" not in page
    assert str(ReturnReason.objects.first()) not in line.details
    file = text_of(open_as(client, market.head, ROWS + "csv/", **address))
    assert "Moved on" in file
    assert "drinks" not in file
    assert "7707083893" not in file
    assert "Their boss drinks" in open_as(client, market.director, ROWS, **address).content.decode()


# --- filters ----------------------------------------------------------------------------------------------------------
def test_a_period_that_ends_before_it_begins_is_refused_beside_the_field(client, market):
    response = open_as(client, market.director, since="2026-05-01", until="2026-04-01")
    assert "The end is before the start." in response.content.decode()
    assert response.context["report"].total.counts["came"] == 0
    assert open_as(client, market.director, ROWS, since="2026-05-01", until="2026-04-01").context["page"].count == 0
    for wrong in ({"since": "2026-06-01"}, {"since": "1999-01-01"}, {"since": "x"}, {"period": "x"}):
        assert not open_as(client, market.director, **wrong).context["filter"].is_sound, wrong


def test_the_filters_are_kept_in_every_link(client, market):
    query = {"department": market.moscow.pk, "since": "2026-01-01", "until": "2026-04-30"}
    page = open_as(client, market.director, **query).content.decode()
    for href, _number in COUNTED.findall(page):
        assert "since=" in href
        assert "until=" in href
        assert "department=" in href or "manager=" in href
    what = open_as(client, market.director, ROWS, what="came", **query)
    back = what.context["breadcrumbs"][1][1]
    assert client.get(back).context["report"].scope.period.since == dt.date(2026, 1, 1)


def test_rows_are_found_by_name_and_by_reason(client, market):
    arrival = Detachment.objects.filter(return_reason__isnull=False, date__gte=TODAY - DAY * 364).first()
    query = {"what": "came", "period": "365"}
    rows = open_as(client, market.director, ROWS, q=arrival.client.name.upper(), **query).context["page"].rows
    assert {row.client_id for row in rows} == {arrival.client_id}
    rows = open_as(client, market.director, ROWS, reason=arrival.return_reason_id, **query).context["page"].rows
    assert {row.return_reason_id for row in rows} == {arrival.return_reason_id}
    assert open_as(client, market.director, ROWS, reason=1, what="now").context["page"].count == 0
    for odd in ("9" * 30, "1e400", "x"):
        assert open_as(client, market.director, ROWS, reason=odd, what="came").context["page"].count == 0


def test_without_the_rule_nobody_is_unwanted(client, market):
    RuleSetting.objects.create(key="market.stale_days", is_on=False, value=90)
    response = open_as(client, market.director)
    assert response.context["report"].total.counts["stale"] == 0
    assert "wait longer" not in response.content.decode()


@pytest.mark.parametrize("days", [1, 30, 400])
def test_the_number_of_the_rule_decides_who_is_unwanted(client, market, days):
    RuleSetting.objects.create(key="market.stale_days", is_on=True, value=days)
    expected = keys(Naive(stale_days=days).rows(TODAY, TODAY), "stale", allowed(market, "director", {}))
    assert open_as(client, market.director).context["report"].total.counts["stale"] == len(expected)


def test_a_first_contact_is_in_time_until_its_due_date(client, market):
    """Where the duty was written down, by its date; else by the days of the rule."""
    rows = Naive(touch_days=30).rows(*PERIODS["365"])
    expected = len(keys(rows, "contacted", allowed(market, "director", {})))
    assert open_as(client, market.director, period="365").context["report"].total.counts["contacted"] != expected
    RuleSetting.objects.create(key="claim.touch_days", is_on=True, value=30)
    assert open_as(client, market.director, period="365").context["report"].total.counts["contacted"] == expected


def test_the_edges_of_an_age(client, market):
    Client.objects.on_exchange().update(archived_at=clock.now())
    for days in (0, 7, 8, 30, 31, 90, 91):
        # Ages are whole days of the company's calendar: the hour does not matter.
        exchange_client(market.sellers[0], since=clock.at(TODAY - DAY * days, days % 24))
    counts = open_as(client, market.director).context["report"].total.counts
    assert [counts[f"age_{key}"] for key in ("7", "30", "90", "more")] == [2, 2, 2, 1]
    assert counts["stale"] == 1


# --- words, picture, files --------------------------------------------------------------------------------------------
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
    response = open_as(client, market.director)
    said = re.sub(r"<[^>]+>", "", response.context["headline"])
    assert (
        said
        == "2 clients came, 1 was taken; 0 of those had a first contact in time; 0 bought. 1 waits longer than 90 days."
    )
    assert response.context["report"].median_days == 2
    assert any("waited at most 2 days" in words for _tone, words in response.context["remarks"])


def test_an_empty_company_has_a_page_too(client, market):
    for model in (Detachment, Claim.objects.all()):
        (model if hasattr(model, "update") else model.objects.all()).update(date=dt.date(2000, 1, 1))
    response = open_as(client, market.director, since="2026-05-10", until="2026-05-11")
    assert "Nobody came and nobody went in this period." in response.content.decode() or response.context["chart"]
    assert (
        open_as(client, market.omsk_head, ROWS, what="came", since="2001-01-01", until="2001-02-01")
        .context["page"]
        .count
        == 0
    )


def test_the_picture_can_be_heard_and_read(client, market):
    page = open_as(client, market.director, period="365").content.decode()
    assert 'role="img" aria-labelledby="flow-title flow-text"' in page
    assert "<caption" in page
    assert "style=" not in page.split("<main")[-1]


def text_of(response):
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_the_file_says_what_the_page_says(client, market):
    report = open_as(client, market.director, period="365").context["report"]
    header, *lines = csv.reader(io.StringIO(text_of(open_as(client, market.director, REPORT + "csv/", period="365"))))
    assert len(lines) == len(report.lines)
    for row, line in zip(report.lines, lines, strict=True):
        assert line[5:] == [str(row.counts[figure]) for figure in FIGURES]
    assert header[5:] == [str(figure.label) for figure in FIGURES.values()]
    rows = open_as(client, market.head, ROWS, what="came", period="365").context["page"]
    lines = csv.reader(io.StringIO(text_of(open_as(client, market.head, ROWS + "csv/", what="came", period="365"))))
    assert len(list(lines)) == rows.count + 1


def test_every_figure_can_be_listed_sorted_and_taken_out(client, market):
    for figure in FIGURES:
        for sort in ("moment", "-moment", "name", "-name"):
            open_as(client, market.head, ROWS, what=figure, period="365", sort=sort)
        text_of(open_as(client, market.head, ROWS + "csv/", what=figure, period="365"))


@pytest.mark.parametrize("sort", ["name", "-won", "stale", "nonsense"])
def test_it_can_be_sorted(client, market, sort):
    rows = open_as(client, market.director, sort=sort, period="365").context["report"].rows
    assert {row.name for row in rows} >= {"Moscow", "Khimki", "Omsk"}


def test_it_is_on_the_page_of_reports(client, market):
    assert reverse("report-exchange") in open_as(client, market.head, "/reports/").content.decode()
