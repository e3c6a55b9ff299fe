"""Contact persons, relations, co-managers, handing over: the recipe per action."""

import pytest
from django.urls import reverse

from clients.links import relate_clients, relate_persons
from clients.models import ClientRelation, ContactPerson, PersonRelation
from clients.tests.factories import (
    ContactPersonFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    held_client,
)
from clients.tests.pages import PHONE, browser
from clients.tests.test_pages_form import points

pytestmark = pytest.mark.django_db
WORKERS = ["anna", "vera", "boris", "head", "director"]
STRANGERS = ["petr", "other_head"]


def url(name, *args):
    return reverse(name, args=args)


# --- persons ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", WORKERS)
def test_a_person_is_added(company, who):
    data = {"first_name": "Elena", "last_name": "Petrova", **points("8 916 765-43-21")}
    response = browser(getattr(company, who)).post(url("person-create", company.client.pk), data)
    assert response["Location"] == company.client.get_absolute_url()
    person = ContactPerson.objects.get(first_name="Elena")
    assert person.client == company.client
    assert person.contact_points.get().normalized == "+79167654321"


def test_a_person_is_edited(company):
    person = company.client.persons.get()
    point = person.contact_points.get()
    data = {
        "first_name": "Pavel",
        "position": "Director",
        "is_active": "on",
        **points(PHONE, initial=1),
        "points-0-id": str(point.pk),
        "points-0-comment": "mobile",
    }
    assert browser(company.anna).post(url("person-update", person.pk), data).status_code == 302
    person.refresh_from_db()
    assert (person.position, person.last_name, person.contact_points.get().comment) == ("Director", "", "mobile")


@pytest.mark.parametrize("who", STRANGERS)
def test_strangers_have_nothing_to_do_with_persons(company, who):
    person, signed_in = company.client.persons.get(), browser(getattr(company, who))
    assert signed_in.get(url("person-create", company.client.pk)).status_code == 403
    assert signed_in.post(url("person-create", company.client.pk), {"first_name": "X"}).status_code == 403
    for name in ("person-update", "person-relation-create"):
        assert signed_in.get(url(name, person.pk)).status_code == 404
        assert signed_in.post(url(name, person.pk)).status_code == 404
        assert signed_in.get(url(name, person.pk + 1000)).status_code == 404
    assert company.client.persons.count() == 1


def test_on_the_exchange_persons_are_read_only(company):
    person = ContactPersonFactory(client=exchange_client())
    assert browser(company.anna).get(url("person-update", person.pk)).status_code == 403


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"birthday": "2999-01-01"}, "birthday"),
        ({"consented_on": "2020-01-01"}, "consented_on"),
        ({"notes": "x" * 100_000}, "notes"),
        (points("no phone"), "__all__"),
    ],
)
def test_bad_input_of_a_person(company, data, field):
    data = {"first_name": "Elena", **points(), **data}
    response = browser(company.anna).post(url("person-create", company.client.pk), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors


# --- relations --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", WORKERS)
def test_clients_are_related_from_either_side(company, who):
    other = held_client(company.petr, name="Daughter")
    data = {"other": f"Daughter #{other.pk}", "kind": "subsidiary:source", "comment": "since 2020"}
    signed_in = browser(getattr(company, who))
    assert signed_in.post(url("relation-create", company.client.pk), data).status_code == 302
    relation = ClientRelation.objects.get()
    assert (relation.source, relation.target, relation.kind) == (other, company.client, "subsidiary")
    relation.delete()
    data = {"other": "daughter", "kind": "subsidiary:target"}
    signed_in.post(url("relation-create", company.client.pk), data)
    assert ClientRelation.objects.get().target == other


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("nobody", "no such client"),
        ("Twin", "Several clients fit"),
        ("#999999999999999999999", "no such client"),
        ("", "required"),
    ],
)
def test_a_client_that_cannot_be_told(company, other, words):
    held_client(company.petr, name="Twin")
    held_client(company.petr, name="Twin")
    data = {"other": other, "kind": "partner:source"}
    response = browser(company.anna).post(url("relation-create", company.client.pk), data)
    assert response.status_code == 422
    assert words in response.context["form"].errors["other"][0]


def test_a_relation_is_written_down_once(company):
    other = held_client(company.petr, name="Partner")
    relate_clients(source=other, target=company.client, kind="partner")
    data = {"other": "Partner", "kind": "partner:source"}
    response = browser(company.anna).post(url("relation-create", company.client.pk), data)
    assert "other" in response.context["form"].errors
    assert ClientRelation.objects.count() == 1


def test_a_relation_is_removed(company):
    relation = relate_clients(source=held_client(company.petr), target=company.client, kind="partner")
    address = url("relation-delete", company.client.pk, relation.pk)
    assert browser(company.anna).get(address).status_code == 405
    assert browser(company.other_head).post(address).status_code == 403
    assert browser(company.vera).post(address).status_code == 302
    assert not ClientRelation.objects.exists()
    assert browser(company.anna).post(address).status_code == 404


def test_a_relation_of_others_is_not_removed_through_ones_own_client(company):
    foreign = relate_clients(source=held_client(company.petr), target=held_client(company.petr), kind="partner")
    assert browser(company.anna).post(url("relation-delete", company.client.pk, foreign.pk)).status_code == 404
    assert ClientRelation.objects.exists()


def test_persons_are_related_and_not_any_more(company):
    person = company.client.persons.get()
    boss = ContactPersonFactory(client=company.client)
    data = {"other": str(boss.pk), "kind": "subordinate:target"}
    assert browser(company.anna).post(url("person-relation-create", person.pk), data).status_code == 302
    relation = PersonRelation.objects.get()
    assert (relation.source, relation.target, relation.label_for(person)) == (person, boss, "superior")
    address = url("person-relation-delete", person.pk, relation.pk)
    assert browser(company.anna).get(address).status_code == 405
    assert browser(company.petr).post(address).status_code == 404
    assert browser(company.boris).post(address).status_code == 302
    assert not PersonRelation.objects.exists()


def test_only_persons_one_may_see_are_offered(company):
    person = company.client.persons.get()
    hidden = ContactPersonFactory(client=held_client(company.petr))
    relate_clients(source=hidden.client, target=company.client, kind="partner")
    data = {"other": str(hidden.pk), "kind": "friend:source"}
    response = browser(company.anna).post(url("person-relation-create", person.pk), data)
    assert response.status_code == 422
    assert hidden.last_name not in response.content.decode()
    with pytest.raises(Exception):  # noqa: B017 - whatever it says, a person is not related to himself
        relate_persons(source=person, target=person, kind="friend")


# --- co-managers ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["anna", "head", "director"])
def test_a_co_manager_is_added_and_removed(company, who):
    signed_in = browser(getattr(company, who))
    data = {"manager": str(company.petr.pk)}
    assert signed_in.post(url("co-manager-create", company.client.pk), data).status_code == 302
    assert browser(company.petr).get(url("client-update", company.client.pk)).status_code == 200
    address = url("co-manager-delete", company.client.pk, company.petr.pk)
    assert signed_in.get(address).status_code == 405
    assert signed_in.post(address).status_code == 302
    assert browser(company.petr).get(url("client-update", company.client.pk)).status_code == 403
    assert signed_in.post(address).status_code == 404


@pytest.mark.parametrize("who", ["vera", "boris", *STRANGERS])
def test_deputies_co_managers_and_strangers_give_no_access_to_others(company, who):
    signed_in = browser(getattr(company, who))
    assert signed_in.get(url("co-manager-create", company.client.pk)).status_code == 403
    data = {"manager": str(company.petr.pk)}
    assert signed_in.post(url("co-manager-create", company.client.pk), data).status_code == 403
    assert signed_in.post(url("co-manager-delete", company.client.pk, company.boris.pk)).status_code == 403
    assert company.client.co_managements.count() == 1


def test_the_lead_manager_is_no_co_manager(company):
    data = {"manager": str(company.anna.pk)}
    response = browser(company.head).post(url("co-manager-create", company.client.pk), data)
    assert response.status_code == 422


# --- handing over -----------------------------------------------------------------------------------------------------
def hand_over(user, client, manager):
    return browser(user).post(url("client-reassign", client.pk), {"manager": str(manager.pk)})


def test_a_head_hands_over_within_his_departments(company):
    colleague = ManagerFactory(department=company.anna.department)
    assert hand_over(company.head, company.client, company.petr).status_code == 422
    assert hand_over(company.head, company.client, colleague).status_code == 302
    company.client.refresh_from_db()
    assert (company.client.manager, company.client.last_manager) == (colleague, company.anna)
    assert hand_over(company.head, company.client, colleague).status_code == 422


def test_a_director_hands_over_to_anybody_who_sells(company):
    assert hand_over(company.director, company.client, company.petr).status_code == 302
    company.client.refresh_from_db()
    assert company.client.manager == company.petr
    left = ManagerFactory(department=company.anna.department, is_active=False)
    assert hand_over(company.director, company.client, left).status_code == 422


def test_a_director_gives_out_a_client_nobody_ever_held(company):
    nobody = UnassignedClientFactory()
    assert hand_over(company.director, nobody, company.petr).status_code == 302
    nobody.refresh_from_db()
    assert (nobody.manager, nobody.zone) == (company.petr, "green")


@pytest.mark.parametrize("who", ["anna", "vera", "boris", *STRANGERS])
def test_others_give_nothing_away(company, who):
    assert browser(getattr(company, who)).get(url("client-reassign", company.client.pk)).status_code == 403
    assert hand_over(getattr(company, who), company.client, company.petr).status_code == 403
    company.client.refresh_from_db()
    assert company.client.manager == company.anna


def test_a_missing_client_is_404(company):
    assert hand_over(company.director, UnassignedClientFactory.build(pk=999999), company.petr).status_code == 404


def test_from_the_exchange_clients_are_assigned_elsewhere(company):
    waiting = exchange_client()
    response = hand_over(company.head, waiting, company.anna)
    waiting.refresh_from_db()
    assert response.status_code in (302, 404)
    assert waiting.manager is None


@pytest.mark.parametrize(
    "name", ["client-update", "person-create", "relation-create", "co-manager-create", "client-reassign"]
)
def test_forms_open_in_the_drawer_as_partials(company, name):
    response = browser(company.head).get(url(name, company.client.pk), headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.content.lstrip().startswith(b'<div class="sv-form"')
