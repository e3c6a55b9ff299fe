"""What search puts first, what it forgives, and that neither shows more than one may see."""

import datetime as dt

import pytest

from clients.models import Client
from clients.search import Question, find, search
from clients.tests.factories import ContactPersonFactory, ContactPointFactory, exchange_client, held_client
from clients.tests.pages import INN, PHONE
from crm import clock

pytestmark = pytest.mark.django_db


def names(text, by):
    return [hit.client.name for hit in search(text, by=by)]


def group(key, text, by, limit=5):
    return next((group for group in find(Question(text, by, limit)) if group.key == key), None)


def titles(key, text, by):
    found = group(key, text, by)
    return [entry.title for entry in found.entries] if found else []


# --- ranking ----------------------------------------------------------------------------------------------------------
def test_own_then_visible_then_colleagues(company):
    theirs = held_client(company.petr, name="Alfa")
    open_to_all = exchange_client(name="Alfa Two")
    own = held_client(company.anna, name="The Alfa")
    assert [hit.client for hit in search("alfa", by=company.anna)] == [own, open_to_all, theirs]


def test_the_beginning_before_the_middle_the_living_before_the_archived_the_recent_before_the_old(company):
    today, day = clock.today(), dt.timedelta(days=1)
    middle = held_client(company.anna, name="Megaalfa", last_contact_on=today)
    word = held_client(company.anna, name="The Alfa", last_contact_on=today)
    old = held_client(company.anna, name="Alfa One", assigned_on=today - 9 * day, last_contact_on=today - 5 * day)
    new = held_client(company.anna, name="Alfa Two", assigned_on=today - 9 * day, last_contact_on=today - day)
    archived = exchange_client(name="Alfa Gone")
    Client.objects.filter(pk=archived.pk).update(archived_at=clock.now())
    other = exchange_client(name="Alfa Here")
    assert [hit.client for hit in search("alfa", by=company.anna)] == [new, old, word, middle, other, archived]


@pytest.mark.parametrize("typed", [INN, "7707 083893", "+7 916 123-45-67", "89161234567"])
def test_who_is_named_by_number_comes_first(company, typed):
    held_client(company.petr, name=f"Called {typed}")
    first = search(typed, by=company.petr)[0]
    assert first.client == company.client
    assert not first.is_visible


def test_many_namesakes_hide_nobody_that_ranks_before_them(company):
    for n in range(30):
        held_client(company.anna, name=f"Megaalfa {n}")
    assert "Alfa" not in names("alfa", company.anna)
    held_client(company.anna, name="Alfa")
    assert names("alfa", company.anna)[0] == "Alfa"


# --- forgiving --------------------------------------------------------------------------------------------------------
@pytest.fixture
def daisy(company):
    return held_client(company.anna, name="ООО «Ромашка»")


@pytest.mark.parametrize("typed", ["hjvfirf", "hjvf", "Hjvfirf", "ромашка", "РОМАШКА"])
def test_either_keyboard_layout(company, daisy, typed):
    (hit,) = search(typed, by=company.anna)
    assert hit.client == daisy
    assert not hit.is_similar


def test_the_layout_the_other_way_round(company):
    assert names("мщыещл", company.anna) == ["Vostok Stroy"]


@pytest.mark.parametrize("typed", ["ромшка", "рмоашка", "рамашка", "помашка", "ромашкаа", "hjvirf"])
def test_slips_are_forgiven_and_said_so(company, daisy, typed):
    (hit,) = search(typed, by=company.anna)
    assert hit.client == daisy
    assert hit.is_similar


def test_what_is_only_like_it_is_left_out_when_enough_was_found(company):
    for n in range(3):
        held_client(company.anna, name=f"Ромашкино {n}")
    similar = held_client(company.anna, name="Ромажка")
    assert similar.name not in names("ромашк", company.anna)


def test_likeness_of_names_says_no_more_than_the_names_themselves(company):
    (hit,) = search("vostk", by=company.petr)
    assert (hit.client, hit.is_visible, hit.may_edit, hit.matches) == (company.client, False, False, [])


@pytest.mark.parametrize("typed", ["7707083894", "9161234568", "1234568"])
def test_numbers_are_never_guessed_by_likeness(company, typed):
    assert search(typed, by=company.anna) == []


# --- persons ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["zotov", "pavel zot", "Zotof", "ящещм"])
def test_a_person_leads_to_his_client(company, typed):
    found = group("persons", typed, company.anna)
    assert [(entry.title, entry.url) for entry in found.entries] == [("Zotov Pavel", company.client.get_absolute_url())]
    assert found.is_similar == (typed == "Zotof")


@pytest.mark.parametrize("typed", ["zotov", "Zotof", "ящещм"])
def test_a_colleague_finds_no_person(company, typed):
    assert group("persons", typed, company.petr) is None


def test_persons_of_those_one_works_with_offer_the_register_box(company):
    waiting = exchange_client(name="Waiting")
    ContactPersonFactory(client=waiting, last_name="Zotov", first_name="Other")
    offered = {entry.title: entry.may_register for entry in group("persons", "zotov", company.anna).entries}
    assert offered == {"Zotov Pavel": True, "Zotov Other": False}


# --- what stands on the lines -----------------------------------------------------------------------------------------
def test_a_number_to_call_only_of_whom_one_may_see(company):
    assert group("clients", "vostok", company.anna).entries[0].phone == PHONE
    theirs = group("clients", "vostok", company.petr).entries[0]
    assert (theirs.phone, theirs.may_register, theirs.matches) == ("", False, [])
    assert theirs.keeper == "Anna Ivanova"


def test_who_was_found_by_a_number_is_called_by_it(company):
    ContactPointFactory(client=company.client, value="+7 495 222-33-44", is_primary=True)
    assert group("clients", "vostok", company.anna).entries[0].phone == "+74952223344"
    assert group("clients", "1234567", company.anna).entries[0].phone == PHONE
    assert group("clients", PHONE, company.petr).entries[0].phone == ""


def test_no_number_of_the_exchange_before_it_was_asked_for(company):
    ContactPointFactory(client=exchange_client(name="Waiting"), value="+7 495 765-43-21")
    assert group("clients", "waiting", company.petr).entries[0].phone == ""


def test_more_than_are_shown_are_told_of(company):
    for n in range(5):
        held_client(company.anna, name=f"Alfa {n}")
    assert not group("clients", "alfa", company.anna).has_more
    held_client(company.anna, name="Alfa 5")
    found = group("clients", "alfa", company.anna)
    assert (len(found.entries), found.has_more) == (5, True)


def test_pages_are_found_by_their_names_and_by_role(company):
    assert titles("pages", "traf", company.anna) == []
    assert titles("pages", "traf", company.head) == ["Traffic light"]
    assert "Clients" in titles("pages", "clie", company.anna)
    assert "Clients" in titles("pages", "сдшутеы", company.anna)
    assert "New client" in titles("actions", "new cl", company.anna)


@pytest.mark.parametrize("typed", ["vostok", "hjvirf", "9161234567", "zotov", "nobodyiscalledso"])
def test_the_number_of_queries_is_bounded(company, django_assert_max_num_queries, typed):
    for n in range(12):
        client = held_client(company.anna, name=f"Vostok {n}")
        ContactPointFactory(client=client, value=f"+7916123456{n % 10}")
        ContactPersonFactory(client=client, last_name="Zotov")
    with django_assert_max_num_queries(16):
        find(Question(typed, company.anna, 5))
