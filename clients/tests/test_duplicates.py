"""What looks like the client somebody is about to enter."""

import pytest
from django.urls import reverse

from clients import duplicates
from clients.tests.factories import held_client
from clients.tests.pages import EMAIL, INN, NOTES, OTHER_INN, PHONE, browser

pytestmark = pytest.mark.django_db


def reasons(**typed):
    return {double.client.name: double.by for double in duplicates.find(**typed)}


def test_by_inn_with_and_without_the_same_kpp(company):
    assert reasons(inn=INN, kpp="770701001") == {"Vostok Stroy": ["inn_kpp"]}
    assert reasons(inn=f" {INN[:4]} {INN[4:]} ", kpp="780101001") == {"Vostok Stroy": ["inn"]}
    assert reasons(inn=OTHER_INN) == {}
    assert reasons(inn="77070") == {}


@pytest.mark.parametrize("typed", ["8 916 123 45 67", "+7(916)123-45-67", "9161234567"])
def test_by_phone_in_any_format(company, typed):
    assert reasons(contacts=[typed]) == {"Vostok Stroy": ["phone"]}


def test_by_email(company):
    assert reasons(contacts=[EMAIL.upper()]) == {"Vostok Stroy": ["email"]}
    assert reasons(contacts=["call", "", "@", "12"]) == {}


@pytest.mark.parametrize(
    ("name", "is_alike"),
    [
        ("ООО Vostok Stroy", True),
        ("stroy  VOSTOK", True),
        ("Vostokk Stroy", True),
        ("Vostok", True),
        ("Zapad Stroy", False),
        ("ООО", False),
        ("", False),
    ],
)
def test_by_likeness_of_the_name(company, name, is_alike):
    assert bool(reasons(name=name)) is is_alike


def test_a_like_name_alone_is_only_a_hint(company):
    assert not duplicates.find(name="Vostok Stroy")[0].is_strong
    assert duplicates.find(inn=INN)[0].is_strong


def test_a_client_is_not_its_own_double(company):
    assert reasons(inn=INN, contacts=[PHONE], name="Vostok Stroy", exclude_pk=company.client.pk) == {}


def test_the_number_of_queries_does_not_grow(company, django_assert_max_num_queries):
    for n in range(8):
        held_client(company.anna, name=f"Vostok Stroy {n}")
    with django_assert_max_num_queries(3):
        duplicates.find(inn=INN, contacts=[PHONE, EMAIL], name="Vostok Stroy")


def test_while_typing_a_colleague_is_told_name_city_and_manager_only(company):
    typed = {"name": "Vostok", "inn": INN, "points-0-value": "89161234567"}
    page = browser(company.petr).post(reverse("client-duplicates"), typed).content.decode()
    assert "Vostok Stroy" in page
    assert "Vladivostok" in page
    assert "ask Anna Ivanova" in page
    for secret in (INN, "123-45-67", EMAIL, "Zotov", NOTES):
        assert secret not in page


def test_the_check_is_not_a_get(company):
    assert browser(company.petr).get(reverse("client-duplicates")).status_code == 405


def test_nothing_typed_finds_nothing(company):
    assert browser(company.petr).post(reverse("client-duplicates"), {"name": "\0"}).content.strip() == b""
