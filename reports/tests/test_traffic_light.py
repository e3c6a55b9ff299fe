"""The traffic light: who sees it, that its numbers are right, and that each leads to exactly the rows behind it."""

import csv
import datetime as dt
import io
import re

import pytest
from django.urls import reverse

from clients.models import Client, Region, Role
from clients.rules.zones import Zone
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    RegionFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from exchange.models import NightlyRun, ZoneSnapshot

pytestmark = pytest.mark.django_db
REPORT, DRILL = "/reports/traffic-light/", "/reports/traffic-light/clients/"
#: Days without contact: green, yellow, nearly red, red, leaving within 30 and within 7 days, due.
AGES = (0, 5, 40, 120, 155, 160, 175, 182, 200, 300)


@pytest.fixture
def company():
    """Sales, with a head; in it Moscow (a head, two managers), in that Khimki (one manager); beside it Omsk."""
    sales = DepartmentFactory(name="Sales")
    moscow = DepartmentFactory(name="Moscow", parent=sales)
    khimki = DepartmentFactory(name="Khimki", parent=moscow)
    omsk = DepartmentFactory(name="Omsk", parent=sales)
    people = {
        "director": ManagerFactory(role=Role.DIRECTOR, department=None, last_name="Director"),
        "admin": ManagerFactory(is_staff=True, department=None, last_name="Admin"),
        "moscow": head_of(moscow, last_name="Moskvin"),
        "omsk": head_of(omsk, last_name="Omskov"),
        "anna": ManagerFactory(department=moscow, last_name="Annina"),
        "boris": ManagerFactory(department=moscow, last_name="Borisov"),
        "vera": ManagerFactory(department=khimki, last_name="Verina"),
        "oleg": ManagerFactory(department=omsk, last_name="Olegov"),
    }
    north = RegionFactory(name="North")
    today = clock.today()
    for number, age in enumerate(AGES * 2):
        holder = people[("anna", "boris", "vera", "oleg", "moscow")[number % 5]]
        day = today - dt.timedelta(days=age)
        held_client(
            holder,
            assigned_on=day,
            today=today,
            category="AB"[number % 2],
            region=north if number % 3 else None,
        )
    exchange_client(people["anna"])
    return people


def open_as(client, who, path=REPORT, **query):
    client.force_login(who)
    return client.get(path, query)


def rows_of(response):
    return {row.name: row for row in response.context["report"].rows}


# --- who sees what ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["report-index", "report-traffic-light", "report-traffic-light-csv"])
@pytest.mark.parametrize(("who", "status"), [("anna", 403), ("moscow", 200), ("director", 200), ("admin", 200)])
def test_only_heads_and_above_read_reports(client, company, name, who, status):
    assert open_as(client, company[who], reverse(name)).status_code == status


def test_a_head_sees_his_departments_and_those_below(client, company):
    response = open_as(client, company["moscow"])
    assert set(rows_of(response)) == {"Moscow", "Khimki", *(str(company[who]) for who in ("anna", "boris", "vera"))} | {
        str(company["moscow"])
    }
    page = response.content.decode()
    assert "Omsk" not in page
    assert "Olegov" not in page


def test_asking_for_a_strangers_department_or_manager_shows_nothing(client, company):
    for query in ({"manager": company["oleg"].pk}, {"department": company["oleg"].department_id}):
        response = open_as(client, company["moscow"], **query)
        assert response.status_code == 200
        assert "Olegov" not in response.content.decode()
        assert open_as(client, company["moscow"], DRILL, **query).context["page"].count == 0


def test_a_director_and_an_administrator_see_everybody(client, company):
    for who in ("director", "admin"):
        assert {"Sales", "Moscow", "Khimki", "Omsk"} <= set(rows_of(open_as(client, company[who])))


# --- the numbers ------------------------------------------------------------------------------------------------------
def naive_counts(clients, today):
    """The same by looking at each client: what the pure rule says of it."""
    counts = dict.fromkeys(("held", "green", "yellow", "red", "due", "leaving_7", "leaving_30"), 0)
    for row in clients:
        zone = row.zone_on(today)
        counts["held"] += 1
        counts["red" if zone is Zone.DUE else zone.value] += 1
        counts["due"] += zone is Zone.DUE
        left = (row.detach_on - today).days
        counts["leaving_7"] += left <= 7
        counts["leaving_30"] += left <= 30
    return counts


def test_the_table_agrees_with_a_look_at_every_client(client, company):
    today = clock.today()
    response = open_as(client, company["director"])
    clients = list(Client.objects.held().select_related("manager__department"))
    assert response.context["report"].total.counts.held == len(clients) == len(AGES) * 2
    for row in response.context["report"].lines:
        if row.kind == "total":
            inside = clients
        elif row.kind == "manager":
            inside = [each for each in clients if str(each.manager) == row.name]
        else:
            path = next(each.path for each in response.context["filter"].departments if each.name == row.name)
            inside = [each for each in clients if each.manager.department.path.startswith(path)]
        expected = naive_counts(inside, today)
        assert {name: getattr(row.counts, name) for name in expected} == expected, row.name


def test_the_parts_make_the_whole(client, company):
    report = open_as(client, company["director"]).context["report"]
    for name in ("held", "green", "yellow", "red", "due", "leaving_7", "leaving_30"):
        assert sum(getattr(row.counts, name) for row in report.manager_rows) == getattr(report.total.counts, name)
    for row in report.lines:
        assert row.counts.green + row.counts.yellow + row.counts.red == row.counts.held
        assert row.counts.due <= row.counts.leaving_7 <= row.counts.leaving_30


CELL = re.compile(r'<td class="num" data-label="[^"]*"><a href="([^"]+)">([^<]+)</a>')


@pytest.mark.parametrize("who", ["director", "moscow"])
@pytest.mark.parametrize("query", [{}, {"category": "A"}, {"manager": "anna"}, {"department": "moscow"}])
def test_every_number_leads_to_exactly_that_many_clients(client, company, who, query):
    chosen = dict(query)
    if "manager" in chosen:
        chosen["manager"] = company["anna"].pk
    if "department" in chosen:
        chosen["department"] = company["moscow"].department_id
    cells = CELL.findall(open_as(client, company[who], **chosen).content.decode())
    assert len(cells) >= 6
    for href, shown in cells:
        drilled = client.get(REPORT + href.replace("&amp;", "&"))
        assert drilled.context["page"].count == int(shown), href
        assert len(drilled.context["page"].rows) == int(shown)


@pytest.mark.parametrize("who", ["director", "moscow"])
def test_the_big_numbers_lead_to_their_clients_too(client, company, who):
    page = open_as(client, company[who], category="B").content.decode()
    lamps = re.findall(r'class="sv-lamp" href="([^"]+)".*?sv-lamp-value"[^>]*>([^<]+)<', page, re.S)
    assert len(lamps) == 4
    for href, shown in lamps:
        assert client.get(href.replace("&amp;", "&")).context["page"].count == int(shown), href


def test_filters_by_category_and_region_are_kept_in_the_links(client, company):
    north = Region.objects.get(name="North")
    response = open_as(client, company["director"], category="A", region=north.pk)
    expected = Client.objects.held().filter(category="A", region=north).count()
    assert response.context["report"].total.counts.held == expected
    assert all(
        "category=A" in href and f"region={north.pk}" in href for href, _n in CELL.findall(response.content.decode())
    )


def test_a_missed_night_shows_no_wrong_colour(client, company):
    """Colours are counted by the dates: the stored zone may lag."""
    Client.objects.held().update(zone="green")
    counts = open_as(client, company["director"]).context["report"].total.counts
    assert counts.red > 0
    assert counts.yellow > 0


# --- then and now -----------------------------------------------------------------------------------------------------
def night(days_ago, **counts):
    """A published night with a snapshot per manager: (green, yellow, red)."""
    day = clock.today() - dt.timedelta(days=days_ago)
    sums = [sum(column) for column in zip(*counts.values())]
    NightlyRun.objects.create(
        date=day, status="done", finished_at=clock.now(), green=sums[0], yellow=sums[1], red=sums[2], held=sum(sums)
    )
    for manager, (green, yellow, red) in counts.items():
        ZoneSnapshot.objects.create(
            date=day,
            manager_id=int(manager[1:]),
            green=green,
            yellow=yellow,
            red=red,
        )
    return day


def test_the_change_against_a_week_and_a_month_ago(client, company):
    anna, vera, oleg = (f"m{company[who].pk}" for who in ("anna", "vera", "oleg"))
    night(31, **{anna: (9, 0, 0), oleg: (1, 2, 3)})  # a month ago, one night missing
    week = night(7, **{anna: (0, 5, 4), vera: (1, 1, 0), oleg: (0, 50, 0)})
    response = open_as(client, company["moscow"])
    report, rows = response.context["report"], rows_of(response)
    assert report.week_on == week
    anna_now = rows[str(company["anna"])].counts.at_risk
    assert rows[str(company["anna"])].week_change == anna_now - 9
    assert rows[str(company["anna"])].month_change == anna_now
    assert report.total.week_change == report.total.counts.at_risk - 10
    assert sum(row.week_change for row in report.manager_rows) == report.total.week_change
    # The trend of a head is that of his people.
    assert [(point.green, point.yellow, point.red) for point in report.trend[:2]] == [(9, 0, 0), (1, 6, 4)]
    assert "sv-area" in response.content.decode()


def test_without_nights_there_is_no_comparison(client, company):
    response = open_as(client, company["director"])
    report = response.context["report"]
    assert (report.week_on, report.month_on, report.trend) == (None, None, [])
    assert all(row.week_change is None for row in report.lines)
    assert "Changes appear when there are nights" in response.content.decode()


def test_the_report_says_in_words_how_it_goes(client, company):
    anna = f"m{company['anna'].pk}"
    run_day = night(7, **{anna: (0, 500, 0)})
    assert "fewer yellow and red than a week ago: good." in open_as(client, company["director"]).content.decode()
    ZoneSnapshot.objects.filter(date=run_day).update(yellow=0)
    page = open_as(client, company["director"]).content.decode()
    assert "more yellow and red than a week ago." in page


# --- files, paper, speed ----------------------------------------------------------------------------------------------
def csv_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_file_says_what_the_page_says(client, company):
    report = open_as(client, company["moscow"]).context["report"]
    header, *lines = csv_of(open_as(client, company["moscow"], REPORT + "csv/"))
    assert len(lines) == len(report.lines)
    assert all(len(line) == len(header) for line in lines)
    for line, row in zip(lines, report.lines):
        cells = dict(zip(header, line))
        assert cells["As of"] == clock.today().isoformat()
        assert [int(cells[name]) for name in ("Held", "Green", "Yellow", "Red")] == [
            row.counts.held, row.counts.green, row.counts.yellow, row.counts.red,
        ]  # fmt: skip
    assert "Olegov" not in str(lines)


def test_the_file_of_a_number_has_its_clients(client, company):
    page = open_as(client, company["moscow"], DRILL, zone="red")
    Client.objects.filter(pk=page.context["page"].rows[0].pk).update(name="=cmd()")
    _header, *lines = csv_of(open_as(client, company["moscow"], DRILL + "csv/", zone="red"))
    assert len(lines) == page.context["page"].count
    assert {line[4] for line in lines} == {"Red"}
    assert "'=cmd()" in {line[0] for line in lines}


def test_the_number_of_queries_is_constant(client, company, django_assert_num_queries, django_assert_max_num_queries):
    client.force_login(company["director"])
    client.get(REPORT)
    with django_assert_max_num_queries(14) as few:
        client.get(REPORT)
    for number in range(6):
        held_client(ManagerFactory(department=DepartmentFactory(name=f"New {number}")))
    with django_assert_num_queries(len(few)):
        client.get(REPORT)


def test_a_long_company_is_shown_by_department(client, company, monkeypatch):
    monkeypatch.setattr("reports.selectors.MANAGERS_SHOWN", 2)
    report = open_as(client, company["director"]).context["report"]
    assert report.managers_hidden
    assert not report.manager_rows
    opened = open_as(client, company["director"], department=company["anna"].department_id).context["report"]
    assert opened.manager_rows


def test_who_left_still_shows_while_he_holds_clients(client, company):
    type(company["anna"]).objects.filter(pk=company["anna"].pk).update(is_active=False)
    response = open_as(client, company["director"])
    assert str(company["anna"]) in rows_of(response)
    assert response.context["report"].total.counts.held == len(AGES) * 2


@pytest.mark.parametrize("query", [{"department": "x"}, {"manager": "'"}, {"sort": "zzz"}, {"region": "0"}])
def test_nonsense_in_the_address_is_survived(client, company, query):
    assert open_as(client, company["director"], **query).status_code == 200
    assert open_as(client, company["director"], DRILL, **query, page="x", zone="blue").status_code == 200


@pytest.mark.parametrize("sort", ["name", "-name", "-held", "red", "-leaving", "-week", "month"])
def test_every_order_keeps_the_numbers(client, company, sort):
    report = open_as(client, company["director"], sort=sort).context["report"]
    assert report.total.counts.held == len(AGES) * 2


def test_an_htmx_request_gets_the_part_of_the_page(client, company):
    client.force_login(company["director"])
    part = client.get(REPORT, {"category": "A"}, HTTP_HX_REQUEST="true").content.decode()
    assert part.lstrip().startswith('<div id="traffic-light"')
    assert "<html" not in part
