"""What a row of a file of contact persons becomes."""

import datetime as dt

import pytest

from clients.importing import registry
from clients.models import Client, ContactPerson
from clients.rules.import_people import Name, is_same_person
from clients.services import save_person
from clients.tests.factories import ContactPersonFactory, ContactPointFactory, exchange_client, held_client
from clients.tests.imports import Remembered, outcomes, put, undo, words
from clients.tests.pages import INN, Company

pytestmark = pytest.mark.django_db


def test_a_row_with_everything_becomes_a_person(company: Company) -> None:
    row = {
        "client_inn": INN,
        "name": "Смирнова Анна Ильинична",
        "position": "Главный бухгалтер",
        "is_decision_maker": "да",
        "birthday": "15 июня 1985 г.",
        "consented_on": "01.02.2024",
        "phone": "8 (916) 765-43-21 доб. 5; 8 495 123-45-67",
        "email": "anna@vostok.example",
        "notes": "После обеда",
        "tags": "VIP",
    }
    (plan,) = put("persons", [row], company.anna)
    assert (plan.outcome, plan.findings) == ("created", [])
    person = ContactPerson.objects.get(pk=plan.target)
    assert (person.client, person.name) == (company.client, "Смирнова Анна Ильинична")
    assert (person.last_name, person.first_name, person.middle_name) == ("Смирнова", "Анна", "Ильинична")
    assert (person.search_name, person.birthday_md) == ("смирнова анна ильинична", 615)
    assert (person.has_consented, person.consented_on) == (True, dt.date(2024, 2, 1))
    assert person.is_decision_maker
    points = person.contact_points.order_by("pk")
    assert [(point.normalized, point.client_id) for point in points] == [
        ("+79167654321", company.client.pk),
        ("+74951234567", company.client.pk),
        ("anna@vostok.example", company.client.pk),
    ]
    assert person.history.get().history_user == company.anna


WHOSE = [
    ({"client": "vostok stroy"}, "created"),
    ({"client": "ООО «Vostok Stroy»", "client_city": "Vladivostok"}, "created"),
    ({"client_inn": INN}, "created"),
    ({"client_code": "V1"}, "created"),
    ({"client": "Vostok Stroy", "client_city": "Omsk"}, "refused"),
    ({"client": "Nobody"}, "refused"),
    ({"client_inn": "7707083894"}, "refused"),
    ({"position": "Nobody says whose"}, "refused"),
]


@pytest.mark.parametrize(("says", "outcome"), WHOSE)
def test_whose_a_person_is(company: Company, says: dict[str, str], outcome: str) -> None:
    Client.objects.filter(pk=company.client.pk).update(external_id="import:V1")
    (plan,) = put("persons", [{"name": "Anna Petrova", **says}], company.anna, wrong="leave")
    assert plan.outcome == outcome
    assert outcome == "created" or words(plan)


def test_nobody_enters_people_at_colleagues_clients_or_on_the_exchange(company: Company) -> None:
    exchange_client(name="Waiting")
    rows = [{"name": "Anna Petrova", "client_inn": INN}, {"name": "Anna Petrova", "client": "Waiting"}]
    plans = put("persons", rows, company.petr)
    assert outcomes(plans) == ["refused", "refused"]
    assert "Anna Ivanova" in words(plans[0])
    assert not ContactPerson.objects.filter(last_name="Petrova").exists()


def test_of_clients_called_alike_the_one_he_may_work_on_is_meant(company: Company) -> None:
    mine = held_client(company.anna, name="Romashka", city="Omsk")
    held_client(company.petr, name="Romashka", city="Tomsk")
    (plan,) = put("persons", [{"name": "Anna Petrova", "client": "ООО Romashka"}], company.anna)
    assert ContactPerson.objects.get(pk=plan.target).client == mine
    (plan,) = put("persons", [{"name": "Anna Petrova", "client": "ООО Romashka"}], company.director)
    assert plan.outcome == "refused"
    assert "Omsk" in words(plan)
    assert "Tomsk" in words(plan)


@pytest.mark.parametrize(
    ("one", "other", "shares", "same"),
    [
        (Name("Petrova", "Anna"), Name("petrova", "ANNA"), False, True),
        (Name("Petrova", "Anna", "Ivanovna"), Name("Petrova", "Anna"), False, True),
        (Name("Petrova", "Anna", "Ivanovna"), Name("Petrova", "Anna", "Olegovna"), True, False),
        (Name("", "Anna"), Name("Petrova", "Anna"), False, False),
        (Name("", "Anna"), Name("Petrova", "Anna"), True, True),
        (Name("Petrova", "Anna"), Name("Sidorova", "Anna"), True, False),
        (Name("Petrova", "Anna"), Name("Petrova", "Olga"), True, False),
    ],
)
def test_who_is_the_same_person(one: Name, other: Name, shares: bool, same: bool) -> None:
    assert is_same_person(one, other, shares=shares) is same
    assert is_same_person(other, one, shares=shares) is same


def test_a_person_that_is_here_is_completed_or_overwritten(company: Company) -> None:
    person = ContactPersonFactory(client=company.client, first_name="Anna", last_name="Petrova", position="Buyer")
    ContactPointFactory(client=company.client, person=person, value="+79161112233")
    row = {
        "client_inn": INN,
        "name": "Anna Petrova",
        "position": "Director",
        "notes": "New",
        "phone": "8 916 111-22-34",
    }
    (plan,) = put("persons", [row], company.anna)
    person.refresh_from_db()
    assert (plan.outcome, plan.target, person.position, person.notes) == ("updated", person.pk, "Buyer", "New")
    assert person.contact_points.count() == 2
    assert outcomes(put("persons", [row], company.anna)) == ["same"]
    assert outcomes(put("persons", [row], company.anna, duplicates="overwrite")) == ["updated"]
    person.refresh_from_db()
    assert person.position == "Director"
    assert outcomes(put("persons", [row], company.anna, duplicates="create")) == ["created"]
    assert outcomes(put("persons", [row], company.anna)) == ["refused"], "now it may be either"


def test_rows_that_are_one_person_become_one(company: Company) -> None:
    rows = [
        {"client_inn": INN, "name": "Anna Petrova", "phone": "8 916 111-22-33"},
        {"client_inn": INN, "name": "Petrova, Anna"},
        {"client_inn": INN, "name": "Anna", "phone": "8 916 111-22-33"},
        {"client_inn": INN, "name": "Olga Petrova"},
    ]
    expected = ["created", "skipped", "skipped", "created"]
    for is_dry in (True, False):
        remembered = Remembered()
        got = [
            put("persons", [row], company.anna, identities=remembered, first=line, is_dry=is_dry)[0]
            for line, row in enumerate(rows, start=2)
        ]
        assert outcomes(got) == expected, is_dry


def test_persons_are_taken_back_unless_somebody_changed_them(company: Company) -> None:
    here = ContactPersonFactory(client=company.client, first_name="Here", last_name="Already")
    rows = [
        {"client_inn": INN, "name": "Anna Petrova", "phone": "8 916 111-22-33"},
        {"client_inn": INN, "name": "Olga Petrova"},
        {"client_inn": INN, "name": "Here Already", "position": "Director"},
    ]
    plans = put("persons", rows, company.anna)
    assert outcomes(plans) == ["created", "created", "updated"]
    olga = ContactPerson.objects.get(pk=plans[1].target)
    olga.position = "Engineer"
    save_person(person=olga)
    assert [bool(answer) for answer in undo(plans, "persons", company.anna)] == [False, True, False]
    assert not ContactPerson.objects.filter(first_name="Anna", last_name="Petrova").exists()
    here.refresh_from_db()
    assert here.position == ""


def test_a_file_that_names_neither_clients_nor_people_is_not_begun_with(company: Company) -> None:
    kind = registry.find("persons")
    assert kind is not None
    assert len(kind.complaints({"phone"}, company.anna)) == 2
    assert kind.complaints({"client", "last_name"}, company.anna) == []
