"""The boxes of the card: agreements of both sides, figures, who else works with the client."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients import selectors as client_selectors
from clients.selectors import known_client
from clients.team import workers
from clients.tests.factories import held_client
from clients.tests.pages import browser, company  # noqa: F401
from crm import clock
from crm.web.errors import DomainError
from interactions import panels, sales, selectors
from interactions.agreements import add_agreement
from interactions.models import Agreement, EventStatus, LossReason
from interactions.selectors import card
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def days_ago(days):
    return clock.now() - dt.timedelta(days=days)


def agreed(client, text="Send the offer", *, side="we", due=None, status="open"):
    talk = client.events.order_by("pk").first() or event(client)
    due_on = None if due is None else clock.today() + dt.timedelta(days=due)
    return Agreement.objects.create(event=talk, text=text, side=side, due_on=due_on, status=status)


def many_events(client, number, *, since=200):
    """So long a history that the card's first page does not tell everything."""
    for n in range(number):
        event(client, occurred_at=days_ago(since) - dt.timedelta(hours=n), subject=f"Old {n}")


# --- agreements -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("long", [False, True])
def test_what_is_overdue_comes_first_and_what_is_settled_is_apart(company, long, monkeypatch):  # noqa: F811
    client = company.client
    monkeypatch.setattr(card, "HISTORY_SIZE", 3)
    if long:
        many_events(client, 5)
    agreed(client, "Undated")
    agreed(client, "Soon", due=2)
    agreed(client, "Late", due=-3)
    agreed(client, "Kept", due=-9, status="kept")
    agreed(client, "Broken", due=-1, status="broken")
    found = selectors.agreements_of(client)
    assert [each.text for each in found.open] == ["Late", "Soon", "Undated"]
    assert [each.text for each in found.settled] == ["Broken", "Kept"]


def test_the_panel_parts_ours_and_theirs(company, rf):  # noqa: F811
    agreed(company.client, "Offer", side="we")
    agreed(company.client, "Advance payment", side="they")
    read = panels.agreements(rf.get("/"), company.client)
    assert ([str(each) for each in read["ours"]], [str(each) for each in read["theirs"]]) == (
        ["Offer"],
        ["Advance payment"],
    )


def settle(user, agreement, status, *, query="?panel=1", headers=HTMX):
    url = reverse("agreement-settle", args=[agreement.pk])
    return browser(user).post(url + query, {"status": status}, headers=headers)


def test_settled_in_the_panel_and_taken_back(company):  # noqa: F811
    agreement = agreed(company.client)
    response = settle(company.anna, agreement, "kept")
    page = response.content.decode()
    assert response["HX-Trigger"] == "list-refresh"
    assert "Settled lately" in page
    assert "Noted: kept." in page
    undo = re.search(r'action="([^"]+status=open[^"]*)"', page).group(1).replace("&amp;", "&")
    assert browser(company.anna).post(undo).status_code == 302
    agreement.refresh_from_db()
    assert agreement.status == "open"


def test_undo_of_a_settled_promise_leaves_what_others_decided_since(company):  # noqa: F811
    agreement = agreed(company.client)
    page = settle(company.anna, agreement, "kept").content.decode()
    undo = re.search(r'action="([^"]+status=open[^"]*)"', page).group(1).replace("&amp;", "&")
    settle(company.head, agreement, "broken")
    assert browser(company.anna).post(undo, headers=HTMX).status_code == 409
    agreement.refresh_from_db()
    assert agreement.status == "broken"


def test_undo_gives_back_what_it_was_before(company):  # noqa: F811
    agreement = agreed(company.client, status="kept")
    page = settle(company.anna, agreement, "broken").content.decode()
    assert f"{reverse('agreement-settle', args=[agreement.pk])}?status=kept" in page


@pytest.mark.parametrize("who", ["petr", "other_head"])
def test_a_colleague_neither_settles_nor_adds(company, who):  # noqa: F811
    agreement, user = agreed(company.client), getattr(company, who)
    assert settle(user, agreement, "kept").status_code == 404
    new = reverse("agreement-create", args=[company.client.pk])
    assert browser(user).get(new).status_code == 404
    assert browser(user).post(new, {"side": "we", "text": "x"}).status_code == 403
    assert Agreement.objects.count() == 1


def test_written_down_without_another_contact_at_the_last_talk(company):  # noqa: F811
    client = company.client
    event(client, occurred_at=days_ago(9))
    talk = event(client, occurred_at=days_ago(2))
    event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + dt.timedelta(days=1))
    before = client.events.count()
    new = reverse("agreement-create", args=[client.pk])
    response = browser(company.anna).post(new, {"side": "they", "text": "Pay  the invoice", "due_on": "2030-01-02"})
    assert response.status_code == 302
    agreement = Agreement.objects.get()
    assert (agreement.event, agreement.side, agreement.text) == (talk, "they", "Pay the invoice")
    assert agreement.due_on == dt.date(2030, 1, 2)
    assert client.events.count() == before


def test_where_nobody_has_talked_there_is_nothing_to_hang_it_on(company):  # noqa: F811
    fresh = held_client(company.anna)
    with pytest.raises(DomainError):
        add_agreement(client=fresh, side="we", text="x")
    response = browser(company.anna).post(
        reverse("agreement-create", args=[fresh.pk]), {"side": "we", "text": "Call on Monday"}
    )
    assert response.status_code == 422
    assert "Call on Monday" in response.content.decode()


@pytest.mark.parametrize("data", [{}, {"side": "we", "text": "  "}, {"side": "nobody", "text": "x"}])
def test_an_agreement_says_who_and_what(company, data):  # noqa: F811
    event(company.client)
    new = reverse("agreement-create", args=[company.client.pk])
    assert browser(company.anna).post(new, data).status_code == 422
    assert not Agreement.objects.exists()


# --- figures --------------------------------------------------------------------------------------------------------
def test_the_client_in_numbers(company, rf):  # noqa: F811
    client = company.client
    for amount in (100, 300):
        sales.close_process(process=process(client, amount=amount), won=True, by=company.anna)
    sales.close_process(
        process=process(client, amount=7), won=False, by=company.anna, loss_reason=LossReason.objects.first()
    )
    process(client, amount=50)
    read = panels.figures(rf.get("/"), client)
    found = read["figures"]
    assert (found.won, found.lost, found.open) == (2, 1, 1)
    assert (found.total, found.average, found.open_sum) == (400, 200, 50)
    assert found.last == clock.today()
    assert read["client_since"] == clock.local_date(client.created_at)


@pytest.mark.parametrize("size", [2, 50])
def test_contacts_of_a_year_are_counted_however_long_the_history_is(company, monkeypatch, size):  # noqa: F811
    monkeypatch.setattr(card, "HISTORY_SIZE", size)
    client = company.client
    for days in (1, 200, 300):
        event(client, occurred_at=days_ago(days), by=company.director)
    event(client, occurred_at=days_ago(400), by=company.director)
    event(client, code="call_failed")
    since = clock.today() - dt.timedelta(days=365)
    counted = client.events.filter(counted_on__gte=since).count()
    assert counted > 0
    fresh = known_client(company.anna, client.pk)
    assert selectors.contacts_in_a_year(fresh) == counted


# --- who else works with it -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [2, 50])
def test_everybody_who_works_with_it_once_with_what_he_did_last(company, monkeypatch, size):  # noqa: F811
    monkeypatch.setattr(card, "HISTORY_SIZE", size)
    client = company.client
    event(client, by=company.director, occurred_at=days_ago(10), subject="Looked in", responsible=company.director)
    event(client, by=company.director, occurred_at=days_ago(20), subject="Before", responsible=company.director)
    event(client, by=company.director, occurred_at=days_ago(120), responsible=company.other_head, subject="Long ago")
    later = clock.now() + dt.timedelta(days=3)
    event(client, by=company.director, responsible=company.head, status=EventStatus.PLANNED, occurred_at=later)
    event(client, subject="Mine")
    event(client, status=EventStatus.PLANNED, occurred_at=later, subject="My plan")
    fresh = known_client(company.anna, client.pk)
    found = workers(fresh, fresh.team)
    assert [(worker.manager, worker.role) for worker in found] == [
        (company.anna, "lead"),
        (company.vera, "deputy"),
        (company.boris, "co-manager"),
        (company.head, ""),
        (company.director, ""),
    ]
    deeds = {worker.manager: worker.deed for worker in found}
    assert deeds[company.anna].label == "Mine"
    assert deeds[company.director].label == "Looked in"
    assert deeds[company.head].is_plan
    assert deeds[company.vera] is None


def test_a_cancelled_plan_is_nobodys_work(company):  # noqa: F811
    client = company.client
    event(client, by=company.director, responsible=company.petr, status=EventStatus.CANCELLED)
    fresh = known_client(company.anna, client.pk)
    assert company.petr not in [worker.manager for worker in workers(fresh, fresh.team)]


def test_it_costs_nothing_more_where_the_history_is_short(company):  # noqa: F811
    event(company.client)
    fresh = known_client(company.anna, company.client.pk)
    selectors.latest_of(fresh)
    with CaptureQueriesContext(connection) as queries:
        workers(fresh, fresh.team)
        selectors.agreements_of(fresh)
        selectors.contacts_in_a_year(fresh)
        client_selectors.portrait(fresh)
    assert len(queries) == 0
