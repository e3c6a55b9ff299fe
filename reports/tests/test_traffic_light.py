"""The traffic light: who sees it, that its numbers are right, and that each leads to exactly the rows behind it."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Client, Region, Role
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
from reports.frame.report import find
from reports.tests.clicking import clicked
from reports.tests.naive import traffic_light as second_way
from reports.tests.test_second_way import differences

pytestmark = pytest.mark.django_db
REPORT, ROWS = "/reports/traffic-light/", "/reports/traffic-light/rows/"
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


def result_of(client, who, **query):
    return open_as(client, who, **query).context["result"]


def lines_of(result):
    return {str(line.name): line.cells for line in result.tables[0].lines}


def test_of_too_many_managers_for_a_select_names_are_typed(client, company, monkeypatch):
    monkeypatch.setattr("reports.frame.filters.MANAGERS_AT_ONCE", 2)
    client.force_login(company["director"])

    def shown(**query):
        page = client.get(REPORT, query)
        return page, {line.key for line in page.context["result"].tables[0].lines if line.kind == "manager"}

    page, everybody = shown()
    assert 'name="manager"' in page.content.decode()
    assert "<option" not in str(page.context["filter"].form["manager"])
    page, found = shown(manager="ANNI")
    assert found == {str(company["anna"].pk)} < everybody
    assert shown(manager="nobody")[1] == set()
    for line in page.context["result"].tables[0].all_lines:
        if held := line.cells["held"].value:
            rows = client.get(f"{ROWS}?{line.query}what=held")
            assert rows.context["page"].count == held
    by_key = shown(manager=company["anna"].pk)
    assert by_key[1] == found
    assert str(company["anna"]) in str(by_key[0].context["filter"].form["manager"])
    in_department, _found = shown(department=company["vera"].department_id)
    assert "<option" in str(in_department.context["filter"].form["manager"])


# --- who sees what ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["report-traffic-light", "report-traffic-light-csv", "report-traffic-light-rows"])
@pytest.mark.parametrize(("who", "status"), [("anna", 403), ("moscow", 200), ("director", 200), ("admin", 200)])
def test_only_heads_and_above_read_it(client, company, name, who, status):
    assert open_as(client, company[who], reverse(name)).status_code == status


def test_a_head_sees_his_departments_and_those_below(client, company):
    response = open_as(client, company["moscow"])
    people = {str(company[who]) for who in ("anna", "boris", "vera", "moscow")}
    assert set(lines_of(response.context["result"])) == {"Moscow", "Khimki"} | people
    page = response.content.decode()
    assert "Omsk" not in page
    assert "Olegov" not in page


def test_asking_for_a_strangers_department_or_manager_shows_nothing(client, company):
    for query in ({"manager": company["oleg"].pk}, {"department": company["oleg"].department_id}):
        response = open_as(client, company["moscow"], **query)
        assert response.context["result"] is None
        assert "Olegov" not in response.content.decode()
        assert open_as(client, company["moscow"], ROWS, **query).context["page"].count == 0


# --- the numbers ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["director", "moscow"])
def test_the_table_agrees_with_a_look_at_every_client(company, who):
    night(30, **{f"m{company['anna'].pk}": (9, 0, 0)})
    night(7, **{f"m{company['anna'].pk}": (0, 5, 4), f"m{company['oleg'].pk}": (0, 50, 0)})
    north = str(Region.objects.get(name="North").pk)
    moscow, anna = str(company["moscow"].department_id), str(company["anna"].pk)
    for query in ({}, {"category": "A", "region": north}, {"department": moscow}, {"manager": anna}):
        assert not list(differences(find("traffic-light"), second_way, company[who], query, {})), query


def test_the_parts_make_the_whole(client, company):
    table = result_of(client, company["director"]).tables[0]
    managers = [line.cells for line in table.lines if line.kind == "manager"]
    for name in ("held", "green", "yellow", "red", "due", "leaving_7", "leaving_30"):
        assert sum(cells[name].value for cells in managers) == table.total.cells[name].value
    for line in table.all_lines:
        number = {key: cell.value for key, cell in line.cells.items()}
        assert number["green"] + number["yellow"] + number["red"] == number["held"]
        assert number["due"] <= number["leaving_7"] <= number["leaving_30"]


@pytest.mark.parametrize("who", ["director", "moscow"])
@pytest.mark.parametrize("query", [{}, {"category": "A"}, {"manager": "anna"}, {"department": "moscow"}])
def test_every_number_leads_to_exactly_that_many_clients(client, company, who, query):
    chosen = dict(query)
    if "manager" in chosen:
        chosen["manager"] = company["anna"].pk
    if "department" in chosen:
        chosen["department"] = company["moscow"].department_id
    cells = clicked(open_as(client, company[who], **chosen).content.decode(), REPORT)
    assert len(cells) >= 10
    for href, shown in cells:
        assert client.get(href).context["page"].count == int(shown), href
        assert "category=A" in href or "category" not in query


def test_a_missed_night_shows_no_wrong_colour(client, company):
    """Colours are counted by the dates: the stored zone may lag."""
    Client.objects.held().update(zone="green")
    total = result_of(client, company["director"]).tables[0].total.cells
    assert total["red"].value > 0
    assert total["yellow"].value > 0


def test_rows_begin_with_who_leaves_first_and_say_when(client, company):
    page = open_as(client, company["director"], ROWS, what="risk").context["page"]
    dates = [row.detach_on for row in page.rows]
    assert dates == sorted(dates)
    assert "leaves in" in open_as(client, company["director"], ROWS, what="leaving_30").content.decode()


def test_rows_have_the_stripe_of_their_zone_and_register_a_contact_at_once(client, company):
    open_as(client, company["director"])
    for zone in ("yellow", "red"):
        page = client.get(ROWS, {"what": zone})
        (row, *_more) = page.context["page"].rows
        answer = page.content.decode()
        assert answer.count(f'<tr class="sv-stripe-{zone}"') == page.context["page"].count
        assert f'href="{reverse("contact-register", args=[row.pk])}"' in answer


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
    night(7, **{anna: (0, 5, 4), vera: (1, 1, 0), oleg: (0, 50, 0)})
    result = result_of(client, company["moscow"])
    table = result.tables[0]
    cells = lines_of(result)[str(company["anna"])]
    assert cells["week"].value == cells["risk"].value - 9
    assert cells["month"].value == cells["risk"].value
    assert table.total.cells["week"].value == table.total.cells["risk"].value - 10
    managers = [line.cells["week"].value for line in table.lines if line.kind == "manager"]
    assert sum(managers) == table.total.cells["week"].value
    # The small line: four weeks ago (the night of day 31 stands in for day 28), a week ago, now; else nothing is known.
    assert list(cells["risk"].spark) == [*[None] * 8, 0, None, None, 9, cells["risk"].value]
    # The trend of a head is that of his people.
    assert "9 green, 0 yellow, 0 red" in result.pictures[0].description


def test_without_nights_there_is_no_comparison(client, company):
    result = result_of(client, company["director"])
    assert {line.cells["week"].value for line in result.tables[0].all_lines} == {None}
    assert not result.pictures
    assert "Changes appear when there are nights" in result.tables[0].note


def test_the_report_says_in_words_how_it_goes(client, company):
    anna = f"m{company['anna'].pk}"
    day = night(7, **{anna: (0, 500, 0)})
    assert "fewer yellow and red than a week ago: good." in open_as(client, company["director"]).content.decode()
    ZoneSnapshot.objects.filter(date=day).update(yellow=0)
    assert "more yellow and red than a week ago." in open_as(client, company["director"]).content.decode()


# --- speed, odd questions ---------------------------------------------------------------------------------------------
def test_the_number_of_queries_is_constant(client, company, django_assert_num_queries, django_assert_max_num_queries):
    client.force_login(company["director"])
    client.get(REPORT)
    with django_assert_max_num_queries(20) as few:
        client.get(REPORT)
    for number in range(6):
        held_client(ManagerFactory(department=DepartmentFactory(name=f"New {number}")))
    with django_assert_num_queries(len(few)):
        client.get(REPORT)


def test_who_left_still_shows_while_he_holds_clients(client, company):
    type(company["anna"]).objects.filter(pk=company["anna"].pk).update(is_active=False)
    result = result_of(client, company["director"])
    assert str(company["anna"]) in lines_of(result)
    assert result.tables[0].total.cells["held"].value == len(AGES) * 2


@pytest.mark.parametrize("query", [{"department": "x"}, {"manager": "'"}, {"sort": "zzz"}, {"region": "0"}])
def test_nonsense_in_the_address_is_survived(client, company, query):
    assert open_as(client, company["director"], **query).status_code == 200
    assert open_as(client, company["director"], ROWS, **query, page="x", what="blue").status_code == 200


@pytest.mark.parametrize("sort", ["name", "-name", "-held", "red", "-leaving_7", "-week", "month", ""])
def test_every_order_keeps_the_numbers(client, company, sort):
    result = result_of(client, company["director"], sort=sort)
    assert result.tables[0].total.cells["held"].value == len(AGES) * 2
    if not sort:
        urgent = [line.cells["urgency"].value for line in result.tables[0].lines if line.kind == "manager"]
        assert urgent[:2] == sorted(urgent[:2], reverse=True)
