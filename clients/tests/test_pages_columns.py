"""Choosing columns, and the files that follow the choice."""

import csv
import io
import re

import pytest
from django.urls import reverse

from clients.models import ListColumns
from clients.tests.factories import held_client
from clients.tests.pages import browser

pytestmark = pytest.mark.django_db
LISTS = ("client-list", "person-list", "event-list", "process-list")
HTMX = {"HX-Request": "true"}


def shown(user, page="client-list", **query):
    return [column.key for column in browser(user).get(reverse(page), query).context["columns"]]


def choose(user, *columns, page="client-list", headers=None, **more):
    data = {"columns": columns, **more}
    return browser(user).post(reverse("list-columns", args=[page]), data, headers=headers)


@pytest.mark.parametrize(("route", "least"), list(zip(LISTS, (12, 8, 9, 9), strict=True)))
def test_there_is_enough_to_choose_from_and_every_column_can_be_drawn(company, route, least):
    from interactions.tests.factories import event, process

    event(company.client, by=company.anna)
    process(company.client, by=company.anna)
    view = browser(company.anna).get(reverse(route)).context["view"]
    keys = [column.key for column in view.all_columns]
    assert len(keys) >= least
    assert len(set(keys)) == len(keys)
    answer = browser(company.anna).get(reverse(route), {"cols": ",".join(keys)})
    assert {column.key for column in answer.context["columns"]} == set(keys)
    assert answer.context["page"].count == 1
    [row] = re.findall(rb"<tbody>(.*?)</tbody>", answer.content, re.DOTALL)
    # With the cells one marks it in and does something with it in.
    assert row.count(b"<td") == len(keys) + row.count(b"sv-cell-check") + row.count(b"sv-cell-actions")


@pytest.mark.parametrize("route", LISTS)
def test_the_choice_is_kept_for_each_person_and_list(company, route):
    keys = [c.key for c in browser(company.anna).get(reverse(route)).context["view"].all_columns if not c.main]
    wanted = [keys[3], keys[1]]
    choose(company.anna, *wanted, page=route)
    assert shown(company.anna, route)[1:] == wanted
    assert shown(company.petr, route)[1:] != wanted
    assert ListColumns.objects.get().page == route


def test_the_address_wins_over_the_own_choice_and_that_over_the_defaults(company):
    usual = shown(company.anna)
    choose(company.anna, "inn", "city")
    assert shown(company.anna) == ["name", "inn", "city"]
    assert shown(company.anna, cols="zone") == ["name", "zone"]
    assert shown(company.anna, cols="nonsense") == usual
    choose(company.anna, reset="1")
    assert shown(company.anna) == usual
    assert not ListColumns.objects.exists()


def test_columns_move_by_one_and_unknown_ones_are_not_kept(company):
    choose(company.anna, "inn", "city", "zone", "nonsense", "name", move="city:up")
    assert ListColumns.objects.get().columns == ["city", "inn", "zone"]
    choose(company.anna, "city", "inn", "zone", move="city:down")
    assert ListColumns.objects.get().columns == ["inn", "city", "zone"]


def test_where_the_address_names_columns_they_change_there_only(company):
    here = {"HX-Current-URL": "http://testserver/clients/?zone=green&cols=zone,inn&page=2", **HTMX}
    answer = choose(company.anna, "zone", "inn", "city", headers=here)
    assert answer["HX-Replace-Url"] == "/clients/?zone=green&cols=zone,inn,city"
    assert answer["HX-Trigger-After-Settle"] == "list-refresh"
    assert not ListColumns.objects.exists()
    foreign = {"HX-Current-URL": "http://evil.example/clients/?cols=zone", **HTMX}
    assert choose(company.anna, "inn", headers=foreign)["HX-Replace-Url"] == "/clients/"


def test_without_javascript_one_is_led_back_to_the_list(company):
    answer = choose(company.anna, "inn", next="/clients/?zone=green")
    assert answer["Location"] == "/clients/?zone=green"
    assert choose(company.anna, "inn", next="https://evil.example/clients/")["Location"] == "/clients/"


def exported(user, page, **query):
    answer = browser(user).get(reverse(page), query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_files_have_the_columns_that_are_shown(company):
    held_client(company.petr, name="Zapad", city="Omsk")
    choose(company.head, "inn", "city")
    assert exported(company.head, "client-export") == [
        ["Client", "INN", "City"],
        ["Vostok Stroy", "7707083893", "Vladivostok"],
    ]
    assert exported(company.head, "client-export", cols="step")[0] == ["Client", "Next step"]


@pytest.mark.parametrize(
    ("route", "cols", "row"),
    [
        ("person-export", "client,phone", ["Zotov Pavel", "Vostok Stroy", "'+7 916 123-45-67"]),
        ("event-export", "client,status", ["Outgoing call", "Vostok Stroy", "done"]),
        ("process-export", "client,stage", None),
    ],
)
def test_every_list_has_a_file(company, route, cols, row):
    from interactions.tests.factories import event, process

    event(company.client, by=company.anna)
    process(company.client, by=company.anna)
    lines = exported(company.head, route, cols=cols, who="all")
    assert len(lines) == 2
    assert "Vostok Stroy" in lines[1]
    if row:
        assert lines[1][1:] == row[1:]
