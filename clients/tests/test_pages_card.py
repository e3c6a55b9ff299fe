"""The card: who may read what of it, why it has its colour, and the stub that is all a colleague gets."""

import datetime as dt

import pytest
from django.urls import reverse

from clients import panels, selectors, services
from clients.anniversaries import upcoming
from clients.links import relate_clients, relate_persons
from clients.models import RuleSetting
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    UnassignedClientFactory,
    exchange_client,
    held_client,
)
from clients.tests.pages import EMAIL, INN, NOTES, browser
from crm import clock
from exchange.contact_views import look

pytestmark = pytest.mark.django_db
SECRETS = (INN, "123-45-67", "9161234567", EMAIL, "Zotov", NOTES, "v.example", "Boris", "Vera")


def card(user, client):
    return browser(user).get(client.get_absolute_url())


def days_ago(days):
    return clock.today() - dt.timedelta(days=days)


@pytest.mark.parametrize("who", ["anna", "vera", "boris", "head", "director"])
def test_those_who_may_see_it_see_everything(company, who):
    response = card(getattr(company, who), company.client)
    assert response.status_code == 200
    page = response.content.decode()
    for fact in (INN, "123-45-67", EMAIL, "Zotov Pavel", NOTES, "v.example", "Boris Novikov", "Vera Kuznetsova"):
        assert fact in page, fact


@pytest.mark.parametrize("who", ["petr", "other_head"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_colleague_gets_four_facts_and_nothing_else(company, who, headers):
    response = browser(getattr(company, who)).get(company.client.get_absolute_url(), headers=headers)
    page = response.content.decode()
    assert response.status_code == 200
    for fact in ("Vostok Stroy", "Vladivostok", "Green", "Anna Ivanova"):
        assert fact in page
    for secret in SECRETS:
        assert secret not in page, secret


def test_a_missing_client_is_404_and_a_stranger_signs_in(company, client):
    missing = reverse("client-detail", args=[company.client.pk + 1000])
    assert browser(company.anna).get(missing).status_code == 404
    assert client.get(company.client.get_absolute_url()).status_code == 302


def test_the_exchange_is_readable_by_every_salesperson(company):
    waiting = exchange_client(company.anna, name="Waiting", notes="Good payer")
    ContactPointFactory(client=waiting, value="+74957654321")
    page = card(company.petr, waiting).content.decode()
    assert "Good payer" in page
    # The number is shown on asking, and that is written down.
    assert "765-43-21" not in page
    look(client_id=waiting.pk, by=company.petr)
    assert "765-43-21" in card(company.petr, waiting).content.decode()
    assert "Held before by Anna Ivanova" in page
    assert reverse("client-update", args=[waiting.pk]) not in page


def test_a_client_nobody_ever_held_is_a_stub_to_salespeople(company):
    nobody = UnassignedClientFactory(name="Nobody's", notes=NOTES)
    assert NOTES not in card(company.petr, nobody).content.decode()
    page = card(company.director, nobody).content.decode()
    assert NOTES in page
    assert reverse("client-reassign", args=[nobody.pk]) in page


def test_a_name_with_a_script_is_only_a_name(company):
    evil = held_client(company.petr, name="<script>alert(1)</script>", notes="<img src=x onerror=alert(2)>")
    for user in (company.petr, company.anna):
        page = card(user, evil).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


# --- why this colour --------------------------------------------------------------------------------------------------
def why(client):
    return selectors.why_this_colour(client, clock.today())


def test_the_contact_decides(company, monkeypatch):
    monkeypatch.setattr(panels, "_contact_facts", [])
    day = days_ago(45)
    client = held_client(company.anna, assigned_on=days_ago(90), last_contact_on=day)
    panels.register_contact_fact(
        lambda c: panels.DecidingContact(c.last_contact_on, "Big call", "/events/7/", "Anna I.")
    )
    explained = why(client)
    assert explained.by_contact
    assert explained.contact.label == "Big call"
    assert (explained.zone, explained.clock_date, explained.next_zone) == ("yellow", day, "red")
    page = card(company.anna, client).content.decode()
    assert '<a href="/events/7/">Big call</a>' in page
    assert "Yellow since" in page
    assert "Turns red on" in page


def test_the_assignment_decides(company):
    client = held_client(company.anna, assigned_on=days_ago(10), last_contact_on=days_ago(90))
    explained = why(client)
    assert not explained.by_contact
    assert explained.contact is None
    assert explained.clock_date == days_ago(10)
    assert "With Anna Ivanova since" in card(company.anna, client).content.decode()


@pytest.mark.parametrize(
    ("days", "zone", "words"),
    [(0, "green", "Turns yellow on"), (60, "yellow", "Turns red on"), (160, "red", "Leaves for the exchange on")],
)
def test_what_comes_next(company, days, zone, words):
    client = held_client(company.anna, assigned_on=days_ago(days))
    assert why(client).zone == zone
    assert words in card(company.anna, client).content.decode()


def test_due_for_the_exchange(company):
    client = held_client(company.anna, assigned_on=days_ago(200))
    assert why(client).is_due
    page = card(company.anna, client).content.decode()
    assert "Due for the exchange, but kept." in page
    assert "Its manager must have been warned long enough" in page
    RuleSetting.objects.create(key="warn.age_days", is_on=False, value=14)
    assert "Due for the exchange tonight" in card(company.anna, client).content.decode()


def test_nobody_holds_it_so_there_is_no_colour(company):
    assert why(exchange_client()) is None


# --- what hangs on it -------------------------------------------------------------------------------------------------
def test_relations_read_right_from_both_sides(company):
    daughter = held_client(company.petr, name="Daughter")
    relate_clients(source=daughter, target=company.client, kind="subsidiary")
    (seen,) = selectors.related_clients(company.client, company.anna)
    assert (seen.label, seen.client.name) == ("subsidiary", "Daughter")
    (seen,) = selectors.related_clients(daughter, company.anna)
    assert (seen.label, seen.client.name) == ("parent company", "Vostok Stroy")
    assert "Daughter" in card(company.anna, company.client).content.decode()


def test_owner_history_is_shown(company):
    page = card(company.anna, company.client).content.decode()
    assert "Owner history" in page
    assert "created" in page


def test_the_portrait_says_what_is_missing(company):
    state = selectors.portrait(company.client)
    assert state.state.percent == 10  # the website alone
    assert "profile" in state.state.missing


def count_queries(user, client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    signed_in = browser(user)
    signed_in.get(client.get_absolute_url())
    with CaptureQueriesContext(connection) as captured:
        signed_in.get(client.get_absolute_url())
    return len(captured)


def test_the_number_of_queries_does_not_grow(company):
    client = company.client
    first = client.persons.get()
    relate_persons(source=ContactPersonFactory(client=client), target=first, kind="assistant")
    relate_clients(source=held_client(company.petr), target=client, kind="partner")
    before = count_queries(company.anna, client)
    for n in range(6):
        person = ContactPersonFactory(client=client)
        ContactPointFactory(client=client, person=person, value=f"+7916000000{n}")
        relate_persons(source=person, target=first, kind="colleague")
        relate_clients(source=held_client(company.petr), target=client, kind="dealer")
    assert count_queries(company.anna, client) == before


def test_the_card_itself_reads_little(company, monkeypatch):
    monkeypatch.setattr(panels, "_panels", {})
    monkeypatch.setattr(panels, "_contact_facts", [])
    monkeypatch.setattr(panels, "_deed_facts", [])
    # Session, user, whom he deputises for, the exchange's count in the rail; and nine of the card's own.
    assert count_queries(company.anna, company.client) <= 13


def test_a_related_person_of_a_colleagues_client_is_not_named(company):
    """They were related while one manager had both clients; now one of the clients is a colleague's."""
    person = ContactPersonFactory(client=company.client, last_name="Hereson")
    other = ContactPersonFactory(client=held_client(company.anna), last_name="Elsewhere")
    relate_persons(source=person, target=other, kind="colleague")
    assert "Elsewhere" in card(company.anna, company.client).content.decode()
    services.reassign(client_id=other.client_id, manager=company.petr, by=company.head)
    assert "Elsewhere" not in card(company.anna, company.client).content.decode()
    assert "Elsewhere" in card(company.director, company.client).content.decode()


# --- whose day it soon is ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "birthday today"), (1, "birthday in 1 day"), (14, "birthday in 14 days"), (15, None), (-1, None)],
)
def test_the_head_of_the_card_tells_of_birthdays_of_the_next_two_weeks(company, days, words):
    person, day = company.client.persons.get(), days_ago(-days)
    person.birthday = dt.date(1980, day.month, day.day)
    person.save()
    found = [each.words for each in upcoming(company.client, clock.today())]
    assert found == ([f"Zotov Pavel: {words}"] if words else [])
    assert ("Zotov Pavel: birthday" in card(company.anna, company.client).content.decode()) == bool(words)


def test_who_has_left_is_not_congratulated_and_a_company_has_its_founding_day(company):
    client, today = company.client, clock.today()
    client.persons.update(birthday_md=today.month * 100 + today.day, birthday=dt.date(1980, 1, 1), is_active=False)
    client.birthday = dt.date(2000, today.month, today.day)
    client.save()
    assert [each.words for each in upcoming(client, today)] == ["Founding day today"]
