"""An event was registered with the wrong client: it goes to the right one, and both colours are computed anew."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.forms import client_words
from clients.tests.factories import ContactPersonFactory, exchange_client, held_client
from clients.tests.pages import browser
from crm import clock
from interactions.models import Event, EventStatus
from interactions.services import Participants, change_event
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LONG_AGO = 100


def days_ago(n):
    return clock.today() - dt.timedelta(days=n)


@pytest.fixture
def right(company):
    """The client it should have been: Anna's too, yellow."""
    return held_client(company.anna, name="Zapad Stroy", city="Omsk", assigned_on=days_ago(LONG_AGO))


@pytest.fixture
def wrong(company):
    """Where it was registered by mistake."""
    return held_client(company.anna, name="Zapad Servis", assigned_on=days_ago(LONG_AGO))


@pytest.fixture
def made(wrong):
    return event(wrong, subject="Talked")


def url(of):
    return reverse("event-move", args=[of.pk])


def move(who, of, to, **more):
    return browser(who).post(url(of), {"client": client_words(to)}, **more)


def test_it_goes_to_the_right_client_and_both_clocks_are_recomputed(company, wrong, right, made):
    wrong.refresh_from_db()
    assert (wrong.zone, right.zone) == ("green", "yellow")
    answer = move(company.anna, made, right)
    assert (answer.status_code, answer.url) == (302, made.get_absolute_url())
    made.refresh_from_db()
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (made.client, made.subject, made.counted_on) == (right, "Talked", clock.today())
    assert (wrong.zone, wrong.last_contact_on, wrong.clock_date) == ("yellow", None, days_ago(LONG_AGO))
    assert (right.zone, right.last_contact_on, right.clock_date) == ("green", clock.today(), clock.today())


@pytest.mark.parametrize("who", ["vera", "head", "director"])
def test_who_works_on_both_moves_it(company, made, right, who):
    assert move(getattr(company, who), made, right).status_code == 302
    made.refresh_from_db()
    assert made.client == right


@pytest.mark.parametrize("who", ["petr", "other_head"])
def test_a_stranger_finds_nothing(company, made, right, who):
    page = browser(getattr(company, who))
    assert page.get(url(made)).status_code == 404
    assert move(getattr(company, who), made, right).status_code == 404
    assert Event.objects.get(pk=made.pk).client_id == made.client_id


def test_on_the_exchange_events_are_read_only(company, made, right):
    Event.objects.filter(pk=made.pk).update(client=exchange_client())
    assert browser(company.anna).get(url(made)).status_code == 403
    assert move(company.anna, made, right).status_code == 403


def test_a_missing_event_is_404(company, right):
    page = browser(company.anna)
    assert page.get(reverse("event-move", args=[999999])).status_code == 404
    assert page.post(reverse("event-move", args=[999999]), {"client": client_words(right)}).status_code == 404


def test_a_step_of_a_sale_is_not_moved(company, wrong, right):
    process(wrong)
    step = Event.objects.get(client=wrong)
    assert move(company.anna, step, right).status_code == 403
    step.refresh_from_db()
    assert step.client == wrong


def test_an_event_is_not_moved_to_where_one_may_not_work(company, wrong, made):
    """A colleague's client, one on the exchange, the same client, nonsense: refused at the field, nothing written."""
    colleagues = held_client(company.petr, name="Sever")
    for typed, words in (
        (client_words(colleagues), "not a client you work on"),
        (client_words(exchange_client(name="Birzha")), "not a client you work on"),
        (client_words(wrong), "already with this client"),
        ("Nobody knows it", "no such client"),
        ("Somebody #99999999999999999999", "no such client"),
        ("", "required"),
    ):
        answer = browser(company.anna).post(url(made), {"client": typed})
        assert answer.status_code == 422, typed
        assert words in str(answer.context["form"].errors["client"]), typed
    made.refresh_from_db()
    colleagues.refresh_from_db()
    assert (made.client, colleagues.last_contact_on) == (wrong, None)


def test_a_co_manager_moves_it_only_between_clients_of_his(company, made, right):
    """Boris helps with Vostok Stroy only."""
    helped = event(company.client, subject="Helped")
    assert move(company.boris, helped, right).status_code == 422
    assert move(company.boris, made, company.client).status_code == 404
    helped.refresh_from_db()
    assert helped.client == company.client


def test_persons_of_the_old_client_stay_behind_and_it_is_said(company, wrong, right, made):
    person = ContactPersonFactory(client=wrong, first_name="Oleg", last_name="Lukin")
    people = Participants(persons=[person], managers=[company.boris], names=["the director"])
    change_event(event=made, by=company.anna, participants=people)
    form = browser(company.anna).get(url(made))
    assert str(person) in form.content.decode()
    answer = browser(company.anna).post(url(made), {"client": client_words(right)}, follow=True)
    assert f"Left out, being persons of the old client: {person}" in answer.content.decode()
    made.refresh_from_db()
    assert {str(row) for row in made.participants.all()} == {"Boris Novikov", "the director"}


def test_sale_and_thread_stay_with_the_old_client(company, wrong, right):
    sale = process(wrong)
    first = event(wrong, subject="First", process=sale)
    second = event(wrong, subject="Second", process=sale, continues=first)
    third = event(wrong, subject="Third", continues=second)
    form = browser(company.anna).get(url(second)).content.decode()
    assert "Ten pumps" in form
    assert "the thread of events" in form
    assert move(company.anna, second, right).status_code == 302
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.client, second.process, second.continues, second.chain) == (right, None, None, None)
    assert (third.client, third.continues) == (wrong, first)


def test_a_planned_event_moves_and_no_clock_does(company, wrong, right):
    ahead = clock.now() + dt.timedelta(days=1)
    planned = event(wrong, status=EventStatus.PLANNED, occurred_at=ahead, subject="Call")
    assert move(company.anna, planned, right).status_code == 302
    right.refresh_from_db()
    planned.refresh_from_db()
    assert (planned.client, planned.status, right.last_contact_on) == (right, "planned", None)


def test_in_the_drawer_the_page_is_read_anew_and_a_list_is_refreshed(company, wrong, right, made):
    form = browser(company.anna).get(url(made) + "?reload=1", headers=HTMX)
    assert form.status_code == 200
    assert "<html" not in form.content.decode()
    answer = browser(company.anna).post(url(made) + "?reload=1", {"client": client_words(right)}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, made.get_absolute_url())
    answer = browser(company.anna).post(url(made), {"client": client_words(wrong)}, headers=HTMX)
    assert answer.headers["HX-Trigger"] == "drawer-close, list-refresh"
    assert "Now with Zapad Servis" in answer.content.decode()


def test_the_events_page_leads_there(company, made):
    assert url(made) in browser(company.anna).get(made.get_absolute_url()).content.decode()
