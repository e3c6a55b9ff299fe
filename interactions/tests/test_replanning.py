"""Putting a plan off, and taking it back: rules, and the page."""

import datetime as dt

import pytest
from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from clients.tests.factories import exchange_client
from clients.tests.pages import browser
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.services import return_client
from interactions import next_steps, replanning, services, undo
from interactions.models import Agreement, Event, EventStatus
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
WORKERS = ["anna", "vera", "boris", "head", "director"]
STRANGERS = ["petr", "other_head"]


@pytest.fixture(autouse=True)
def _on_a_wednesday(time_machine) -> None:
    time_machine.move_to(clock.at(dt.date(2026, 5, 13)))


def days(n):
    return clock.now() + dt.timedelta(days=n)


@pytest.fixture
def late(company):
    """Yesterday at ten, for an hour."""
    ten = clock.at(dt.date(2026, 5, 12), 10)
    return event(
        company.client,
        status=EventStatus.PLANNED,
        occurred_at=ten,
        ends_at=ten + dt.timedelta(hours=1),
        subject="Ask about the budget",
        now=days(-9),
    )


def url(of):
    return reverse("event-replan", args=[of.pk])


def stored(of):
    return Event.objects.get(pk=of.pk)


def local(moment):
    return timezone.localtime(moment).strftime("%m-%d %H:%M")


# --- the service ------------------------------------------------------------------------------------------------------
def test_a_plan_moves_as_long_as_it_was(company, late):
    wanted = days(3)
    replanning.replan_event(event=late, at=wanted, by=company.anna)
    moved = stored(late)
    assert moved.occurred_at == wanted
    assert moved.ends_at - moved.occurred_at == dt.timedelta(hours=1)
    assert moved.status == "planned"


def test_never_into_the_past(company, late):
    with pytest.raises(ValidationError, match="A plan lies ahead"):
        replanning.replan_event(event=late, at=days(-1), by=company.anna)
    assert stored(late).occurred_at == late.occurred_at


@pytest.mark.parametrize("finish", [services.finish_event, services.cancel_event])
def test_what_is_no_plan_any_more_stays(company, late, finish):
    finish(event=late, by=company.anna)
    with pytest.raises(Conflict, match="no longer planned"):
        replanning.replan_event(event=late, at=days(1), by=company.anna)


def test_nothing_is_put_off_with_a_client_on_the_exchange(company, late):
    Event.objects.filter(pk=late.pk).update(client=exchange_client())
    with pytest.raises(Conflict, match="Nobody holds this client"):
        replanning.replan_event(event=late, at=days(1), by=company.anna)
    assert stored(late).occurred_at == late.occurred_at


def test_steps_of_a_sale_are_not_put_off(company):
    process(company.client)
    step = Event.objects.get(kind__is_system=True)
    Event.objects.filter(pk=step.pk).update(status=EventStatus.PLANNED, counted_on=None)
    with pytest.raises(DomainError, match="Steps of a sale"):
        replanning.replan_event(event=step, at=days(1), by=company.anna)


# --- undo -------------------------------------------------------------------------------------------------------------
def test_undo_brings_back_the_day_even_a_past_one(company, late):
    _moved, ticket = replanning.replan_event(event=late, at=days(3), by=company.anna)
    undo.take_back(event=late, ticket=ticket, by=company.anna)
    back = stored(late)
    assert (back.occurred_at, back.ends_at, back.status) == (late.occurred_at, late.ends_at, "planned")


def test_undo_takes_back_the_finish_the_agreements_and_the_next_step(company, late):
    before = Client.objects.get(pk=company.client.pk)
    kept = Agreement.objects.create(event=late, text="Older")
    step = next_steps.NextStep(kind=kind("meeting"), at=days(4))
    finished = next_steps.finish_contact(
        event=late, by=company.anna, result="Yes", agreements=[Agreement(text="Send the offer")], next_step=step
    )
    assert (Event.objects.count(), Agreement.objects.count()) == (2, 2)
    undo.take_back(event=late, ticket=finished.undo, by=company.anna)
    back = Event.objects.get()
    assert (back.status, back.result, back.counted_on, back.chain) == ("planned", "", None, None)
    assert (back.occurred_at, back.ends_at) == (late.occurred_at, late.ends_at)
    assert list(Agreement.objects.all()) == [kept]
    company.client.refresh_from_db()
    assert company.client.clock_date == before.clock_date
    assert company.client.last_contact_on == before.last_contact_on


def test_a_next_step_that_was_done_meanwhile_stays(company, late):
    step = next_steps.NextStep(kind=kind("meeting"), at=days(4))
    finished = next_steps.finish_contact(event=late, by=company.anna, next_step=step)
    services.finish_event(event=finished.planned, by=company.anna, occurred_at=clock.now())
    undo.take_back(event=late, ticket=finished.undo, by=company.anna)
    assert stored(finished.planned).status == "done"
    assert stored(late).status == "planned"


def test_what_others_did_about_the_next_step_and_the_promises_stays(company, late):
    step = next_steps.NextStep(kind("meeting"), days(7))
    promises = [Agreement(side="we", text="Send the drawing"), Agreement(side="they", text="Read it")]
    finished = next_steps.finish_contact(event=late, by=company.anna, agreements=promises, next_step=step)
    replanning.replan_event(event=finished.planned, at=days(9), by=company.head)
    services.settle_agreement(agreement=late.agreements.get(side="we"), status="kept")
    undo.take_back(event=late, ticket=finished.undo, by=company.anna)
    assert local(stored(finished.planned).occurred_at).startswith("05-22")
    assert list(late.agreements.values_list("text", "status")) == [("Send the drawing", "kept")]
    assert stored(late).status == "planned"


def test_what_was_changed_since_is_not_undone(company, late):
    finished = next_steps.finish_contact(event=late, by=company.anna, result="Yes")
    again = stored(late)
    again.result = "Yes, and more"
    services.change_event(event=again, by=company.anna)
    with pytest.raises(Conflict, match="changed since"):
        undo.take_back(event=late, ticket=finished.undo, by=company.anna)
    assert stored(late).result == "Yes, and more"


def test_a_ticket_is_good_for_its_event_only(company, late):
    other = event(company.client, status=EventStatus.PLANNED, occurred_at=days(1))
    _moved, ticket = replanning.replan_event(event=late, at=days(3), by=company.anna)
    for wrong in (ticket + "x", "", signing.dumps({"event": late.pk}, salt="another")):
        with pytest.raises(DomainError, match="no longer be undone"):
            undo.take_back(event=late, ticket=wrong, by=company.anna)
    with pytest.raises(DomainError, match="no longer be undone"):
        undo.take_back(event=other, ticket=ticket, by=company.anna)


def test_a_finish_is_not_undone_once_nobody_holds_the_client(company, late):
    finished = next_steps.finish_contact(event=late, by=company.anna)
    return_client(client_id=company.client.pk, by=company.anna, reason=None)
    with pytest.raises(Conflict, match="Nobody holds this client"):
        undo.take_back(event=late, ticket=finished.undo, by=company.anna)
    assert stored(late).status == "done"


# --- the page ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", WORKERS)
def test_who_works_on_the_client_puts_off_and_takes_back(company, late, who):
    page = browser(getattr(company, who))
    answer = page.post(url(late), {"day": "2026-05-20"}, follow=True)
    assert local(stored(late).occurred_at) == "05-20 10:00"
    text = answer.content.decode()
    assert "Undo" in text
    back = text.split(f'action="/events/{late.pk}/undo/')[1].split('"')[0].replace("&amp;", "&")
    page.post(f"/events/{late.pk}/undo/{back}")
    assert stored(late).occurred_at == late.occurred_at


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_finds_nothing(company, late, who):
    page = browser(getattr(company, who))
    for name in ("event-replan", "event-undo"):
        assert page.post(reverse(name, args=[late.pk]), {"day": "2026-05-20"}).status_code == 404
    assert page.get(url(late)).status_code == 404
    assert stored(late).occurred_at == late.occurred_at


def test_on_the_exchange_it_is_forbidden(company, late):
    Event.objects.filter(pk=late.pk).update(client=exchange_client())
    for name in ("event-replan", "event-undo"):
        assert browser(company.petr).post(reverse(name, args=[late.pk]), {"day": "2026-05-20"}).status_code == 403


def test_anonymous_people_sign_in_and_missing_plans_are_404(company, client, late):
    assert client.post(url(late)).url.startswith("/login/")
    page = browser(company.anna)
    assert page.post(reverse("event-replan", args=[999999])).status_code == 404
    assert page.get(reverse("event-undo", args=[late.pk])).status_code == 405


def test_dropped_on_a_day_the_lists_are_read_anew(company, late):
    answer = browser(company.anna).post(url(late), {"day": "2026-05-20"}, headers=HTMX)
    assert answer.headers["HX-Trigger"] == "drawer-close, list-refresh"
    assert "Ask about the budget: now Wed 20 May, 10:00" in answer.content.decode()


def test_an_exact_moment(company, late):
    browser(company.anna).post(url(late), {"at": "2026-05-14T16:45"})
    assert local(stored(late).occurred_at) == "05-14 16:45"


@pytest.mark.parametrize(
    "data", [{}, {"at": "2026-05-01T10:00"}, {"at": "whenever"}, {"day": "2026-05-12"}, {"day": "2026-13-45"}]
)
def test_what_makes_no_sense_is_said_and_nothing_moves(company, late, data):
    page = browser(company.anna)
    answer = page.post(url(late), data)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    quick = page.post(url(late), data, headers=HTMX)
    assert quick.status_code == 422
    if "day" in data:
        assert quick.headers["HX-Reswap"] == "none"
        assert "sv-toast-error" in quick.content.decode()
    assert stored(late).occurred_at == late.occurred_at


def test_the_form_offers_working_days(company, late):
    text = browser(company.anna).get(url(late)).content.decode()
    for day in ("2026-05-14", "2026-05-18", "2026-05-20"):
        assert f'value="{day}"' in text
