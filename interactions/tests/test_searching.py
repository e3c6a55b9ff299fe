"""What search finds of events and sales, what it offers to do at once, and choosing whom a contact was with."""

import pytest
from django.urls import reverse

from clients.models import Client
from clients.recent import note
from clients.search import Question, find, search
from clients.search.arms import client_actions
from clients.tests.factories import ContactPointFactory, exchange_client, held_client
from clients.tests.pages import browser, company  # noqa: F401
from crm import clock
from interactions.models import EventStatus
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def titles(key, text, by, limit=5):
    groups = {group.key: group for group in find(Question(text, by, limit))}
    return [entry.title for entry in groups[key].entries] if key in groups else []


# --- events and sales -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["насос", "НАСОС", "yfcjc", "цена насос", "осно"])
def test_an_event_is_found_by_its_subject(company, typed):  # noqa: F811
    event(company.client, subject="Насосная станция: цена, основное")
    event(company.client, subject="Что-то другое")
    assert titles("events", typed, company.anna) == ["Насосная станция: цена, основное"]


@pytest.mark.parametrize("typed", ["ёлка", "елка", "Ёлка"])
@pytest.mark.postgres
def test_yo_is_ye_in_subjects(company, typed):  # noqa: F811
    event(company.client, subject="Новогодняя Ёлка")
    process(company.client, title="ЕЛКА к празднику")
    assert titles("events", typed, company.anna) == ["Новогодняя Ёлка"]
    assert titles("sales", typed, company.anna) == ["ЕЛКА к празднику"]


def test_a_sale_is_found_by_its_title_the_open_ones_first(company):  # noqa: F811
    lost = process(company.client, title="Ten pumps")
    type(lost).objects.filter(pk=lost.pk).update(status="lost", closed_on=clock.today())
    process(company.client, title="Two pumps", started_on=None)
    assert titles("sales", "pumps", company.anna) == ["Two pumps", "Ten pumps"]
    assert titles("sales", "згьзы", company.anna) == ["Two pumps", "Ten pumps"]


def test_neither_is_shown_to_a_colleague(company):  # noqa: F811
    event(company.client, subject="Secret offer")
    process(company.client, title="Secret pumps")
    assert titles("events", "secret", company.petr) == titles("sales", "secret", company.petr) == []
    assert titles("events", "secret", company.head) == ["Secret offer"]


def test_ones_own_and_the_beginnings_of_words_come_first(company):  # noqa: F811
    event(company.client, subject="Unpump it")
    event(company.client, subject="Pump of Boris", by=company.boris)
    event(company.client, subject="Pump of Anna")
    assert titles("events", "pump", company.anna) == ["Pump of Anna", "Unpump it", "Pump of Boris"]


@pytest.mark.parametrize("typed", ["pu", "%", "_", "'", "«pu", "(p)"])
def test_too_little_finds_no_subjects(company, typed):  # noqa: F811
    event(company.client, subject="Pump 100% _ '")
    assert titles("events", typed, company.anna) == []


# --- what can be done at once -----------------------------------------------------------------------------------------
def offered(text, by):
    hit = search(text, by=by)[0]
    return [(entry.title, entry.url, entry.post_url) for entry in client_actions(hit, by)]


def test_a_contact_is_registered_with_ones_own(company):  # noqa: F811
    register = reverse("contact-register", args=[company.client.pk])
    assert offered("vostok", company.anna) == [("Register contact with Vostok Stroy", register, "")]
    assert offered("vostok", company.petr) == []


def test_a_client_of_the_exchange_is_claimed(company):  # noqa: F811
    waiting = exchange_client(name="Waiting")
    claim = reverse("claim", args=[waiting.pk])
    assert offered("waiting", company.petr) == [("Claim Waiting", waiting.get_absolute_url(), claim)]
    Client.objects.filter(pk=waiting.pk).update(archived_at=clock.now())
    assert offered("waiting", company.petr) == []


def test_nothing_is_offered_for_whom_was_only_like_it(company):  # noqa: F811
    assert titles("client", "vostok", company.anna) != []
    assert titles("client", "vostk", company.anna) == []


# --- whom was it with -------------------------------------------------------------------------------------------------
def lines(by, **query):
    return browser(by).get(reverse("contact-pick"), {"lines": 1, **query}, headers=HTMX).content.decode()


@pytest.mark.parametrize("typed", ["vostok", "8 916 123-45-67", "4567", "7707083893", "zotov"])
def test_the_client_is_found_and_leads_to_the_register_box(company, typed):  # noqa: F811
    assert reverse("contact-register", args=[company.client.pk]) in lines(company.anna, q=typed)
    assert "Vostok Stroy" not in lines(company.petr, q=typed)


def test_recent_ones_come_first_then_those_in_need(company):  # noqa: F811
    other = held_client(company.anna, name="Other")
    note(client=other, by=company.anna)
    page = lines(company.anna)
    assert page.index("Other") < page.index("Vostok Stroy")
    assert page.count("Other") == 1


def test_without_javascript_it_is_a_page(company):  # noqa: F811
    page = browser(company.anna).get(reverse("contact-pick"))
    assert b"Vostok Stroy" in page.content
    held_client(company.anna, name="Vostok Two")
    assert browser(company.anna).get(reverse("contact-pick"), {"q": "vostok"}).status_code == 200
    found = browser(company.anna).get(reverse("contact-pick"), {"q": "vostok two"})
    assert found.status_code == 302
    assert "/contact/" in found["Location"]


def test_a_number_that_is_hidden_is_not_guessed_by_choosing(company):  # noqa: F811
    waiting = exchange_client(name="Waiting")
    waiting.co_managements.create(manager=company.anna)
    ContactPointFactory(client=waiting, value="+7 495 765-43-21")
    assert "Waiting" not in lines(company.anna, q="4321")
    assert "Waiting" in lines(company.anna, q="waiting")


# --- back from a call -------------------------------------------------------------------------------------------------
def test_the_form_after_a_call_ticks_the_person_and_offers_not_reached(company):  # noqa: F811
    person = company.client.persons.get()
    url = reverse("contact-register", args=[company.client.pk])
    page = browser(company.anna).get(url, {"call": 1, "person": person.pk}, headers=HTMX).content.decode()
    assert f'name="persons" value="{person.pk}" checked' in page
    assert "Not reached" in page
    assert "Not reached" not in browser(company.anna).get(url, headers=HTMX).content.decode()


def test_not_reached_wins_over_the_kind_that_is_marked(company):  # noqa: F811
    from interactions.tests.factories import kind

    url = reverse("contact-register", args=[company.client.pk])
    answer = browser(company.anna).post(url, {"kind": [kind().pk, kind("call_failed").pk]}, headers=HTMX)
    assert answer.status_code == 200
    made = company.client.events.get()
    assert (made.kind.code, made.status) == ("call_failed", EventStatus.DONE)


@pytest.mark.parametrize("person", ["x", "1" * 30])
def test_nonsense_for_a_person_is_not_found(company, person):  # noqa: F811
    url = reverse("contact-register", args=[company.client.pk])
    assert browser(company.anna).get(url, {"person": person}).status_code == 404
