"""Search by name, phone in any format, e-mail, INN and contact person; it gives away no colleague's secret."""

import pytest
from django.urls import reverse

from clients.search import read_query, search
from clients.tests.factories import ContactPointFactory, exchange_client, held_client
from clients.tests.pages import EMAIL, INN, NOTES, PHONE, browser

pytestmark = pytest.mark.django_db


def names(text, by):
    return [hit.client.name for hit in search(text, by=by)]


@pytest.mark.parametrize(
    "typed",
    [
        "Vostok Stroy",
        "vostok",
        "STROY",
        "stok str",
        "stroy vostok",
        "vo",
        "8 916 123-45-67",
        "8(916)1234567",
        "+7 916 123 45 67",
        "79161234567",
        "9161234567",
        "1234567",
        "123-45-67",
        "4567",
        "+7916",
        "8916123",
        INN,
        "77 07 08 38 93",
        "7707",
        "OFFICE@vostok.example",
        "office@",
        "office",
        "Zotov",
        "pavel zotov",
        "Zotov Pavel",
    ],
)
def test_the_lead_manager_finds_his_client_by(company, typed):
    assert "Vostok Stroy" in names(typed, company.anna)


@pytest.mark.parametrize("typed", ["vostok", "8 916 123-45-67", "+79161234567", "9161234567", INN, EMAIL])
def test_a_colleague_is_told_that_it_exists_by(company, typed):
    (hit,) = search(typed, by=company.petr)
    assert not hit.is_visible
    assert hit.matches == []


@pytest.mark.parametrize("typed", ["1234567", "4567", "+7916123456", "7707", "770708389", "office@", "office", "Zotov"])
def test_a_colleague_cannot_find_out_bit_by_bit_what_is_hidden(company, typed):
    assert names(typed, company.petr) == []


def test_letters_are_folded_and_cyrillic_is_found(company):
    held_client(company.anna, name="ООО «Ёлочка»")
    assert names("елоч", company.anna) == ["ООО «Ёлочка»"]
    assert names("ЁЛОЧКА", company.anna) == ["ООО «Ёлочка»"]


@pytest.mark.parametrize(
    "typed", ["", "   ", "\0", "%", "_", "'; drop table clients_client; --", "x" * 5000, "0" * 500]
)
def test_nonsense_finds_nothing_and_breaks_nothing(company, typed):
    assert names(typed, company.anna) == []


def test_the_exchange_is_open_to_everybody(company):
    waiting = exchange_client(name="Waiting")
    ContactPointFactory(client=waiting, value="+7 495 765-43-21")
    (hit,) = search("7654321", by=company.petr)
    assert hit.is_visible
    # What was typed; the number itself is shown on asking, and written down.
    assert hit.matches == ["7654321"]


def test_his_own_are_not_hidden_by_namesakes_of_colleagues(company):
    for n in range(25):
        held_client(company.petr, name=f"Alfa {n:02}")
    held_client(company.anna, name="Alfa zz")
    found = search("alfa", by=company.anna)
    assert found[0].client.name == "Alfa zz"
    assert len(found) == 20


def test_what_a_text_may_be():
    assert read_query("8 (916) 123-45-67").phone == PHONE
    assert read_query("916 123 45 67").phone_tail == "7654321619"
    assert read_query("+7 495").phone_start == "+7495"
    assert read_query("call me").phone == ""
    assert read_query("12").phone_tail == ""


def test_the_number_of_queries_does_not_grow(company, django_assert_max_num_queries):
    for n in range(15):
        ContactPointFactory(client=held_client(company.anna, name=f"Vostok {n}"), value=f"+7916123456{n % 10}")
    with django_assert_max_num_queries(10):
        search("vostok", by=company.anna)
    with django_assert_max_num_queries(10):
        search("916123456", by=company.anna)


# --- the page ---------------------------------------------------------------------------------------------------------
def test_a_whole_phone_or_inn_opens_the_card(company):
    for typed in (INN, "8 916 123 45 67"):
        response = browser(company.anna).get(reverse("search"), {"q": typed})
        assert response.status_code == 302
        assert response["Location"] == company.client.get_absolute_url()


def test_htmx_gets_the_list_and_no_redirect(company):
    response = browser(company.anna).get(reverse("search"), {"q": INN}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert b"Vostok Stroy" in response.content
    assert b"<html" not in response.content


def test_the_page_shows_a_colleague_only_what_he_may_know(company):
    page = browser(company.petr).get(reverse("search"), {"q": "vostok"}).content.decode()
    assert "Vostok Stroy" in page
    assert "Anna I." in page
    for secret in (INN, "123-45-67", EMAIL, "Zotov", NOTES):
        assert secret not in page


@pytest.mark.parametrize(
    ("typed", "prefilled"),
    [("Nowhere Ltd", "name=Nowhere"), ("8 495 000-00-01", "contact=8"), ("new@nowhere.example", "contact=new")],
)
def test_nothing_found_offers_to_create_it(company, typed, prefilled):
    page = browser(company.anna).get(reverse("search"), {"q": typed}).content.decode()
    assert reverse("client-create") in page
    assert prefilled in page


def test_suggestions_name_clients_anybody_may_know(company):
    page = browser(company.petr).get(reverse("client-suggest"), {"other": "vostok"}).content.decode()
    assert f"Vostok Stroy, Vladivostok #{company.client.pk}" in page
    assert browser(company.petr).get(reverse("client-suggest"), {"other": "Zotov"}).content.strip() == b""
