"""The list of clients: whose, filters, order, counters, export."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils.safestring import SafeString

from clients.panels import Keeper, Outlook
from clients.templatetags.clients import leaving_words
from clients.tests.factories import UnassignedClientFactory, exchange_client, held_client
from clients.tests.pages import INN, browser
from crm import clock

pytestmark = pytest.mark.django_db
URL = "client-list"


def days_ago(days):
    return clock.today() - dt.timedelta(days=days)


def rows(user, **query):
    page = browser(user).get(reverse(URL), query).context["page"]
    return [client.name for client in page]


def test_everybody_begins_with_his_own_scope(company):
    held_client(company.petr, name="Zapad")
    UnassignedClientFactory(name="Nobody's")
    exchange_client(name="Waiting")
    assert rows(company.anna) == ["Vostok Stroy"]
    assert rows(company.vera) == ["Vostok Stroy"]  # stands in for Anna
    assert rows(company.boris) == ["Vostok Stroy"]  # co-manager
    assert rows(company.petr) == ["Zapad"]
    assert rows(company.head) == ["Vostok Stroy"]
    assert set(rows(company.director)) == {"Vostok Stroy", "Zapad", "Waiting", "Nobody's"}


def test_no_scope_shows_more_than_may_be_seen(company):
    held_client(company.petr, name="Zapad")
    UnassignedClientFactory(name="Nobody's")
    for whose in ("all", "department", "unassigned", "nonsense"):
        assert "Vostok Stroy" not in rows(company.petr, whose=whose)
    assert rows(company.director, whose="unassigned") == ["Nobody's"]
    assert rows(company.head, whose="department") == ["Vostok Stroy"]


def test_a_filter_that_can_find_nothing_finds_nothing(company):
    for user in (company.head, company.director):
        assert rows(user, whose="department", manager="nonsense") == rows(user, manager="nonsense") == []


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("green", {"Vostok Stroy"}),
        ("yellow", {"Yellow"}),
        ("red", {"Red", "Due"}),
        ("leaving7", {"Due"}),
        ("leaving30", {"Red", "Due"}),
    ],
)
def test_zones_are_those_of_today_by_the_dates(company, zone, expected):
    for name, days in (("Yellow", 60), ("Red", 160), ("Due", 200)):
        held_client(company.anna, name=name, assigned_on=days_ago(days), today=days_ago(days))
    assert set(rows(company.anna, zone=zone)) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"q": "stroy"},
        {"q": "vladiv"},
        {"q": "7707"},
        {"city": "vlad"},
        {"category": ""},
        {"silent_since": "2030-01-01"},
        {"page": "9999"},
        {"sort": "nonsense"},
    ],
)
def test_filters_that_leave_the_client_in(company, query):
    assert rows(company.anna, **query) == ["Vostok Stroy"]


@pytest.mark.parametrize(
    "query", [{"q": "nowhere"}, {"city": "Omsk"}, {"category": "A"}, {"silent_since": "2020-01-01"}]
)
def test_filters_that_take_it_out(company, query):
    company.client.last_contact_on = company.client.assigned_on
    company.client.save()
    assert rows(company.anna, **query) == []


@pytest.mark.parametrize("query", [{"q": "ниж"}, {"city": "нижний нов"}, {"q": "ёлоч"}, {"q": "ЕЛОЧКА ооо"}])
def test_cyrillic_is_found_in_any_case(company, query):
    held_client(company.anna, name="ООО «Ёлочка»", city="Нижний Новгород")
    assert rows(company.anna, **query) == ["ООО «Ёлочка»"]


def test_the_manager_filter_offers_only_managers_one_may_look_at(company):
    page = browser(company.head).get(reverse(URL))
    offered = {key for key, _name in page.context["filter"].form.fields["manager"].choices}
    assert str(company.anna.pk) in offered
    assert str(company.petr.pk) not in offered


def test_of_too_many_managers_for_a_select_the_name_is_typed(company, monkeypatch):
    monkeypatch.setattr("clients.filter_choices.MANAGERS_AT_ONCE", 1)
    company.anna.last_name = "Жукова"
    company.anna.save()
    here = {"whose": "department"}
    assert rows(company.head, manager="жуков", **here) == ["Vostok Stroy"]
    assert rows(company.head, manager="Иванов", **here) == []
    assert rows(company.head, manager=company.anna.pk, **here) == ["Vostok Stroy"]


def test_by_risk_first_and_every_sort_works_both_ways(company):
    held_client(company.anna, name="Alfa", assigned_on=days_ago(100))
    assert rows(company.anna) == ["Alfa", "Vostok Stroy"]
    for sort in ("risk", "name", "contact", "next", "manager"):
        assert (
            set(rows(company.anna, sort=sort)) == set(rows(company.anna, sort=f"-{sort}")) == {"Alfa", "Vostok Stroy"}
        )
    assert rows(company.anna, sort="-risk") == ["Vostok Stroy", "Alfa"]


def test_the_counters_are_those_of_the_scope(company):
    held_client(company.anna, assigned_on=days_ago(60))
    held_client(company.anna, assigned_on=days_ago(200))
    counts = browser(company.anna).get(reverse(URL), {"zone": "green"}).context["counts"]
    assert (counts.held, counts.green, counts.yellow, counts.red, counts.leaving) == (3, 1, 1, 1, 1)


def test_what_a_row_says(company):
    held_client(company.anna, name="Late", assigned_on=days_ago(200))
    page = browser(company.anna).get(reverse(URL)).content.decode()
    assert "leaves in 15 days" in page
    assert "bi-bell" in page
    assert "to yellow" in page
    assert 'class="sv-stripe-red"' in page
    assert "data-register-contact" in page


def test_htmx_gets_the_list_only(company):
    page = browser(company.anna).get(reverse(URL), headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith('<div id="client-list"')


def test_an_empty_list_says_what_to_do(company):
    page = browser(company.petr).get(reverse(URL)).content.decode()
    assert reverse("client-create") in page
    assert "No clients yet" in page
    page = browser(company.anna).get(reverse(URL), {"q": "nowhere"}).content.decode()
    assert "No client fits these filters" in page


def test_the_number_of_queries_does_not_grow_with_rows(company, django_assert_num_queries):
    signed_in = browser(company.head)
    signed_in.get(reverse(URL))

    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            signed_in.get(reverse(URL))
        return len(captured)

    before = count()
    for n in range(12):
        held_client(company.anna, name=f"More {n}")
    assert count() == before
    # Sixteen of the page (its views, columns and tags among them); session, user, the exchange's count in the rail.
    assert before <= 19


# --- export -----------------------------------------------------------------------------------------------------------
def export(user, **query):
    user.may_export = True
    user.save()
    response = browser(user).get(reverse("client-export"), query)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_has_the_same_rows_as_the_list(company):
    held_client(company.anna, name="Late", assigned_on=days_ago(200))
    held_client(company.petr, name="Zapad", inn="7728168971")
    assert [row["Client"] for row in export(company.anna)] == ["Late", "Vostok Stroy"]
    assert [row["INN"] for row in export(company.anna, q="stroy", cols="inn")] == [INN]
    assert [row["Client"] for row in export(company.petr, whose="all")] == ["Zapad"]


@pytest.mark.parametrize("query", [{"manager": "999999"}, {"manager": "nonsense"}, {"zone": "purple"}])
def test_a_filter_that_cannot_be_understood_finds_nothing(company, query):
    assert rows(company.anna, **query) == []
    assert export(company.anna, **query) == []


def test_no_cell_of_the_export_is_a_formula(company):
    held_client(company.petr, name="=cmd|' /C calc'!A0")
    assert export(company.petr)[0]["Client"].startswith("'=")


@pytest.mark.parametrize("name", [URL, "client-export"])
def test_strangers_must_sign_in(client, name):
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert reverse("login") in response["Location"]


def test_what_keeps_a_leaving_client_is_a_small_tag_behind_the_days(company):
    client = held_client(company.petr, last_contact_on=days_ago(170))
    keeper = Keeper("sale", "funnel", "open sale", "Kept by <an> open sale.", clock.today() + dt.timedelta(days=40))
    client.leaving = Outlook(keeper.until + dt.timedelta(days=1), [keeper])
    drawn = leaving_words(client)
    assert isinstance(drawn, SafeString)
    assert drawn.startswith('<span class="sv-nowrap" title=')
    assert '> <span class="sv-tag bi bi-funnel" role="img" title="Kept by &lt;an&gt; open sale."><span> until' in drawn
