"""One fact edited in its place: who may, what is written, what is refused, and how it is taken back."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from clients import inline
from clients.facts import ABOUT
from clients.models import Client, Industry
from clients.tests.factories import held_client
from clients.tests.pages import INN, OTHER_INN, browser
from crm.web.errors import Conflict

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def address(client, name):
    return reverse("client-field", args=[client.pk, name])


def send(user, client, name, value, *, was=None, headers=HTMX):
    was = inline.mark(client, name) if was is None else was
    return browser(user).post(address(client, name), {name: value, "was": was}, headers=headers)


def undo_address(response):
    return re.search(r'action="([^"]+/undo/[^"]+)"', response.content.decode()).group(1)


# --- who may --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["anna", "vera", "boris", "head", "director"])
def test_who_works_on_the_client_edits_it(company, who):
    assert send(getattr(company, who), company.client, "city", "Nakhodka").status_code == 200
    company.client.refresh_from_db()
    assert company.client.city == "Nakhodka"


@pytest.mark.parametrize("who", ["petr", "other_head"])
def test_a_colleague_is_refused(company, who):
    user = getattr(company, who)
    assert browser(user).get(address(company.client, "city")).status_code == 403
    assert send(user, company.client, "city", "Nakhodka").status_code == 403
    undo = reverse("client-field-undo", args=[company.client.pk, "city", 1])
    assert browser(user).post(undo).status_code == 403
    company.client.refresh_from_db()
    assert company.client.city == "Vladivostok"


@pytest.mark.parametrize("name", ["manager", "zone", "name", "search_name", "custom", "nothing"])
def test_what_is_not_listed_is_not_there(company, name):
    assert browser(company.anna).get(address(company.client, name)).status_code == 404
    assert browser(company.anna).post(address(company.client, name), {name: "x"}).status_code == 404
    undo = reverse("client-field-undo", args=[company.client.pk, name, 1])
    assert browser(company.anna).post(undo).status_code == 404


# --- what is written ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("full_name", "OOO Vostok Stroy", "OOO Vostok Stroy"),
        ("category", "A", "A"),
        ("city", "Ussuriysk", "Ussuriysk"),
        ("address", "Lenina 1", "Lenina 1"),
        ("website", "vostok.example", "https://vostok.example"),
        ("time_zone", "Asia/Vladivostok", "Asia/Vladivostok"),
        ("inn", "7728 168971", OTHER_INN),
        ("employees", "12", 12),
        ("annual_revenue", "1200000", 1_200_000),
        ("founded_year", "1998", 1998),
        ("birthday", "1998-05-04", dt.date(1998, 5, 4)),
        ("profile", "Builds bridges", "Builds bridges"),
        ("notes", "", ""),
    ],
)
def test_a_fact_is_written_with_its_history(company, name, typed, stored):
    client = company.client
    before = client.history.count()
    response = send(company.anna, client, name, typed)
    assert response.status_code == 200, response.content.decode()
    client.refresh_from_db()
    assert getattr(client, name) == stored
    written = client.history.first()
    assert getattr(written, name) == stored
    assert written.history_user == company.anna
    assert client.history.count() > before


def test_every_listed_fact_has_its_form(company):
    signed_in = browser(company.anna)
    for name in inline.FIELDS:
        for headers in ({}, HTMX):
            page = signed_in.get(address(company.client, name), headers=headers)
            assert page.status_code == 200
            assert f'name="{name}"' in page.content.decode(), name


def test_an_entry_of_a_dictionary_is_chosen_and_left_out(company):
    trade = Industry.objects.create(name="Bridges")
    page = send(company.anna, company.client, "industry", trade.pk).content.decode()
    assert "Bridges" in page
    assert 'id="fact-industry"' in page
    company.client.refresh_from_db()
    page = send(company.anna, company.client, "industry", "").content.decode()
    assert Client.objects.get(pk=company.client.pk).industry is None
    assert 'data-fact-edit="industry" autofocus>industry' in page


def test_the_answer_is_the_fact_with_undo_and_what_follows_from_it(company):
    page = send(company.anna, company.client, "profile", "<b>Builds</b>").content.decode()
    assert "&lt;b&gt;Builds&lt;/b&gt;" in page
    assert "Undo" in page
    assert 'id="portrait-state" hx-swap-oob="true"' in page
    assert "20%" in page


def test_the_colour_may_follow_the_category_so_the_page_is_read_anew(company):
    assert send(company.anna, company.client, "category", "B")["HX-Refresh"] == "true"


def test_without_javascript_it_is_a_page_that_leads_back(company):
    signed_in = browser(company.anna)
    page = signed_in.get(address(company.client, "city")).content.decode()
    assert "<html" in page
    was = re.search(r'name="was" value="(\w+)"', page).group(1)
    response = signed_in.post(address(company.client, "city"), {"city": "Omsk", "was": was}, follow=True)
    assert response.redirect_chain == [(company.client.get_absolute_url(), 302)]
    assert "Saved: City." in response.content.decode()
    assert undo_address(response)


def test_the_same_value_writes_nothing(company):
    before = company.client.history.count()
    page = send(company.anna, company.client, "city", "Vladivostok").content.decode()
    assert company.client.history.count() == before
    assert "Undo" not in page


def test_other_facts_written_meanwhile_stay(company):
    was = inline.mark(company.client, "city")
    Client.objects.filter(pk=company.client.pk).update(address="Svetlanskaya 1")
    assert send(company.anna, company.client, "city", "Omsk", was=was).status_code == 200
    company.client.refresh_from_db()
    assert (company.client.city, company.client.address) == ("Omsk", "Svetlanskaya 1")


def test_cancelling_puts_the_fact_back(company):
    page = browser(company.anna).get(address(company.client, "city") + "?shown=1", headers=HTMX).content.decode()
    assert "Vladivostok" in page
    assert "<form" not in page


# --- what is refused ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("inn", "123", "wrong length or check digit"),
        ("kpp", "1", "nine characters"),
        ("time_zone", "Mars/Olympus", "not one of the available choices"),
        ("industry", "99999999", "not one of the available choices"),
        ("employees", "many", "whole number"),
        ("employees", "-1", "greater than or equal to 0"),
        ("birthday", "2999-01-01", "in the future"),
        ("profile", "x" * 5001, "at most 5000"),
        ("category", "Z", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_stays_typed(company, name, typed, words):
    response = send(company.anna, company.client, name, typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert 'aria-invalid="true"' in page
    assert f'id="fact-{name}"' in page
    if name not in ("time_zone", "industry", "category"):
        assert typed in page
    before = getattr(company.client, name)
    company.client.refresh_from_db()
    assert getattr(company.client, name) == before


def test_an_inn_of_another_client_is_refused(company):
    other = held_client(company.anna, name="Zapad", inn=OTHER_INN, kpp="770701001")
    for name, typed in (("inn", OTHER_INN), ("inn", f" {OTHER_INN} ")):
        response = send(company.anna, company.client, name, typed)
        assert response.status_code == 422
        assert "Zapad" in response.content.decode()
    response = send(company.anna, other, "inn", INN)
    assert response.status_code == 422
    assert "Vostok Stroy" in response.content.decode()


def test_somebody_was_quicker(company):
    was = inline.mark(company.client, "city")
    send(company.boris, company.client, "city", "Nakhodka")
    response = send(company.anna, company.client, "city", "Omsk", was=was)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Now it is: Nakhodka" in page
    assert 'value="Omsk"' in page
    # He has read it, and insists.
    again = re.search(r'name="was" value="(\w+)"', page).group(1)
    assert send(company.anna, company.client, "city", "Omsk", was=again).status_code == 200
    company.client.refresh_from_db()
    assert company.client.city == "Omsk"


def test_a_form_without_its_mark_writes_nothing(company):
    assert send(company.anna, company.client, "city", "Omsk", was="").status_code == 409


# --- taking it back -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "typed"),
    [("city", "Omsk"), ("inn", ""), ("birthday", "1998-05-04"), ("notes", "Other"), ("employees", "7")],
)
def test_undo_writes_the_former_value_back(company, name, typed):
    client, before = company.client, getattr(company.client, name)
    saved = send(company.anna, client, name, typed)
    response = browser(company.anna).post(undo_address(saved), {"next": client.get_absolute_url()})
    assert response.status_code == 302
    client.refresh_from_db()
    assert getattr(client, name) == before


def test_undo_of_an_entry_of_a_dictionary(company):
    first, second = Industry.objects.create(name="First"), Industry.objects.create(name="Second")
    send(company.anna, company.client, "industry", first.pk)
    company.client.refresh_from_db()
    saved = send(company.anna, company.client, "industry", second.pk)
    browser(company.anna).post(undo_address(saved))
    assert Client.objects.get(pk=company.client.pk).industry == first


@pytest.mark.parametrize("how", ["none", "old"])
def test_undo_knows_the_value_that_no_history_tells(company, how):
    """Imports write rows without history."""
    client = company.client
    if how == "none":
        client.history.all().delete()
    Client.objects.filter(pk=client.pk).update(city="Imported")
    client.refresh_from_db()
    saved = send(company.anna, client, "city", "Omsk")
    browser(company.anna).post(undo_address(saved))
    client.refresh_from_db()
    assert client.city == "Imported"


def test_undo_does_not_undo_a_colleague(company):
    client = company.client
    saved = send(company.anna, client, "city", "Omsk")
    client.refresh_from_db()
    send(company.boris, client, "city", "Nakhodka")
    response = browser(company.anna).post(undo_address(saved), headers=HTMX)
    assert response.status_code == 409
    client.refresh_from_db()
    assert client.city == "Nakhodka"


def test_undo_takes_only_records_of_this_client(company):
    other = held_client(company.petr, city="Secret")
    with pytest.raises(Conflict):
        inline.undo(
            client_id=company.client.pk,
            name="city",
            record=other.history.first().pk,
            now=inline.mark(company.client, "city"),
            by=company.anna,
        )


# --- the card -------------------------------------------------------------------------------------------------------
def test_the_card_offers_what_may_be_edited_and_what_is_missing(company):
    page = browser(company.anna).get(company.client.get_absolute_url()).content.decode()
    for name in (*ABOUT, "profile", "preferences", "potential", "decision_making", "notes"):
        assert f'href="{address(company.client, name)}"' in page, name
        assert f'id="fact-{name}"' in page


def test_the_card_of_the_exchange_is_only_read(company):
    from clients.tests.factories import exchange_client

    waiting = exchange_client(company.anna, city="Omsk")
    page = browser(company.petr).get(waiting.get_absolute_url()).content.decode()
    assert "data-fact-edit" not in page
    assert send(company.petr, waiting, "city", "Perm").status_code == 403
