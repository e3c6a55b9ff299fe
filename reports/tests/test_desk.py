"""The head's desk: who needs help by the rules, and what the page says of it, to whom."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Absence, Client, Manager
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from exchange.models import FirstTouch, NightlyRun, Signal, ZoneSnapshot
from exchange.services import claim
from exchange.tests.nights import warn
from interactions.models import Event, EventStatus
from interactions.tests.factories import event, process
from reports.desk.selectors import Desk, desk
from reports.rules.help import Facts, Limits, Reason, who_needs_help

LIMITS = Limits(leaving=3, overdue=5, red_points=15, idle_days=3, away=True, touch_days=2, signals=True)
OFF = Limits(leaving=None, overdue=None, red_points=None, idle_days=None, away=False, touch_days=None, signals=False)


# --- the rules --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({}, []),
        ({"leaving": 2}, []),
        ({"leaving": 3}, [Reason.LEAVING]),
        ({"overdue": 5, "overdue_new": 0}, []),  # old ones: they do not grow
        ({"overdue": 4, "overdue_new": 4}, []),
        ({"overdue": 5, "overdue_new": 1}, [Reason.OVERDUE]),
        ({"idle_days": 2}, []),
        ({"idle_days": 3}, [Reason.IDLE]),
        ({"idle_days": 9, "is_away": True, "has_deputy": True}, []),  # nothing is expected of who is away
        ({"idle_days": 9, "held": 0}, []),
        ({"is_away": True}, [Reason.AWAY]),
        ({"is_away": True, "held": 0}, []),
        ({"untouched": 1}, [Reason.TOUCH]),
        ({"signals": 1}, [Reason.SIGNALS]),
        ({"signals": 1, "leaving": 4, "is_away": True}, [Reason.AWAY, Reason.LEAVING, Reason.SIGNALS]),
    ],
)
def test_each_reason_has_its_limit(facts, reasons):
    someone = Facts(1, 1, **{"held": 10, **facts})
    cases = who_needs_help([someone], LIMITS)
    assert [found.reason for case in cases for found in case.reasons] == reasons
    assert who_needs_help([someone], OFF) == []


def test_red_is_held_against_the_median_of_the_department():
    team = [Facts(n, 1, held=10, red=red) for n, red in enumerate([1, 2, 2, 4])]
    elsewhere = [Facts(9, 2, held=10, red=9)]  # alone in his department: nobody to be compared with
    [case] = who_needs_help([*team, *elsewhere], LIMITS)
    assert (case.facts.manager_id, case.reasons[0].reason) == (3, Reason.RED)
    assert (case.reasons[0].number, case.reasons[0].other) == (40, 20)
    few = replace(team[3], held=4)
    assert who_needs_help([*team[:3], few], LIMITS) == []


def test_who_needs_it_most_comes_first():
    mild, bad, worse = (
        Facts(1, 1, held=5, signals=1),
        Facts(2, 1, held=5, leaving=3),
        Facts(3, 1, held=5, leaving=7),
    )
    assert [case.facts.manager_id for case in who_needs_help([mild, bad, worse], LIMITS)] == [3, 2, 1]


# --- the desk ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def manager(db) -> Manager:
    """Somebody who registered something yesterday."""
    return ManagerFactory(department=DepartmentFactory(), first_name="Anna", last_name="Petrova")


@pytest.fixture
def head(manager) -> Manager:
    return head_of(manager.department)


def today() -> dt.date:
    return clock.today()


def read(reader: Manager) -> Desk:
    return desk(Manager.objects.get(pk=reader.pk), today())


def reasons(reader: Manager) -> dict[str, list[Reason]]:
    return {row.manager.last_name: [said.reason for said in row.reasons] for row in read(reader).cases}


def rows_behind(reader: Manager, url: str) -> int:
    """How many rows the page of a link shows."""
    answer = browser(reader).get(url)
    assert answer.status_code == 200, url
    page = answer.context["page"]
    return len(list(page))


def leaving(manager: Manager, days: int = 3, **kwargs: Any) -> Client:
    """A client whose time is over in so many days, with a warning that is old enough."""
    client = held_client(manager, **kwargs)
    on = today() + dt.timedelta(days=days)
    dates = {"clock_date": 200, "assigned_on": 200, "yellow_on": 150, "red_on": 40}
    past = {name: on - dt.timedelta(days=ago) for name, ago in dates.items()}
    Client.objects.filter(pk=client.pk).update(detach_on=on, zone="red", **past)
    client.refresh_from_db()
    return client


def busy(manager: Manager) -> None:
    """He registered something today."""
    event(held_client(manager), by=manager)


def test_who_has_done_nothing_for_working_days_stands_there(manager, head, time_machine):
    time_machine.move_to(clock.at(dt.date(2026, 3, 18), 12))  # a Wednesday
    client = held_client(manager)
    event(client, by=manager, now=clock.at(dt.date(2026, 3, 12), 12))  # Thursday: Friday, Monday and Tuesday passed
    assert reasons(head) == {"Petrova": [Reason.IDLE]}
    Absence.objects.create(manager=manager, starts_on=dt.date(2026, 3, 16), ends_on=dt.date(2026, 3, 16))
    assert reasons(head) == {}


def test_overdue_plans_count_by_client_and_lead_to_as_many_rows(manager, head):
    busy(manager)
    client = held_client(manager)
    for number in range(5):
        plan = event(client, by=manager, status=EventStatus.PLANNED)
        days = dt.timedelta(days=2 if number else 20)
        Event.objects.filter(pk=plan.pk).update(occurred_at=clock.day_start(today()) - days)
    [row] = read(head).cases
    assert [said.reason for said in row.reasons] == [Reason.OVERDUE]
    assert row.reasons[0].text == "5 overdue plans, 4 more within a week"
    assert rows_behind(head, row.reasons[0].url) == 5


def test_many_who_leave_lead_to_as_many_rows(manager, head):
    busy(manager)
    for _client in range(3):
        leaving(manager)
    [row] = read(head).cases
    assert [said.reason for said in row.reasons] == [Reason.LEAVING]
    assert rows_behind(head, row.reasons[0].url) == 3


def test_away_without_a_deputy_until_somebody_stands_in(manager, head):
    busy(manager)
    absence = Absence.objects.create(manager=manager, starts_on=today(), ends_on=today())
    assert reasons(head) == {"Petrova": [Reason.AWAY]}
    Absence.objects.filter(pk=absence.pk).update(deputy=head)
    assert reasons(head) == {}


def test_a_claim_without_a_contact_until_there_is_one(manager, head):
    busy(manager)
    client = exchange_client(since=clock.now() - dt.timedelta(days=3))
    claim(client_id=client.pk, by=manager)
    assert reasons(head) == {}
    FirstTouch.objects.update(due_on=today() + dt.timedelta(days=2))
    [row] = read(head).cases
    assert row.reasons[0].reason == Reason.TOUCH
    assert client.name in row.reasons[0].text
    client.refresh_from_db()
    event(client, by=manager)
    assert reasons(head) == {}


def test_signals_are_told_to_the_head_until_he_looked(manager, head):
    busy(manager)
    contact = Event.objects.get(responsible=manager)
    signal = Signal.objects.create(kind=Signal.Kind.BURST, manager=manager, date=today(), key="1", number=12)
    signal.events.add(contact)
    [row] = read(head).cases
    assert rows_behind(head, row.reasons[0].url) == 1
    Signal.objects.update(seen_at=clock.now())
    assert reasons(head) == {}


def test_a_head_sees_his_own_people_only(manager, head):
    stranger = ManagerFactory(department=DepartmentFactory(), last_name="Stranger")
    for whose in (manager, stranger):
        busy(whose)
        for _client in range(3):
            leaving(whose)
    assert list(reasons(head)) == ["Petrova"]
    assert read(head).light.now["held"] == 4
    director = ManagerFactory(role="director")
    assert sorted(reasons(director)) == ["Petrova", "Stranger"]
    assert read(director).light.now["held"] == 8


def test_colours_are_held_against_yesterday_and_a_week_ago(manager, head):
    held_client(manager)
    stranger = ManagerFactory(department=DepartmentFactory())
    for ago, green in ((1, 3), (7, 0)):
        day = today() - dt.timedelta(days=ago)
        NightlyRun.objects.create(date=day, status="done", finished_at=clock.now(), green=50)
        ZoneSnapshot.objects.create(date=day, manager=manager, department=manager.department, green=green)
        ZoneSnapshot.objects.create(date=day, manager=stranger, department=stranger.department, green=40)
    green = read(head).light.movements[0]
    assert (green.now, green.since_yesterday, green.since_week, green.is_better) == (1, -2, 1, True)


def test_without_a_night_nothing_is_said_to_have_changed(manager, head):
    held_client(manager)
    assert [each.since_week for each in read(head).light.movements] == [None, None, None]


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda client: None, "Nothing is planned"),
        (lambda client: event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + dt.timedelta(days=1)), ""),
    ],
)
def test_what_to_do_about_who_leaves(manager, head, prepare, words):
    client = leaving(manager)
    warn(client, today() - dt.timedelta(days=30))
    prepare(client)
    shown = read(head).leaving
    assert [row.client for row in shown] == [client]
    assert shown[0].todo.startswith(words or "A contact is planned")


def test_what_waits_is_counted_and_leads_to_it(manager, head):
    Absence.objects.create(
        manager=manager, starts_on=today() + dt.timedelta(days=9), ends_on=today() + dt.timedelta(days=9),
        status=Absence.Status.REQUESTED, requested_by=manager,
    )  # fmt: skip
    found = read(head)
    assert [(queue.key, queue.count) for queue in found.queues] == [("absences", 1)]
    assert found.headline == "1 thing waits for your word."
    assert read(head_of(DepartmentFactory())).queues == []


# --- the page ---------------------------------------------------------------------------------------------------------
def test_the_page_says_it_and_every_link_opens(manager, head):
    process(held_client(manager))
    for _client in range(3):
        leaving(manager)
    answer = browser(head).get(reverse("head-desk"))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Anna Petrova" in page
    assert "3 clients leave within a week" in page


def test_salespeople_have_no_desk(manager):
    assert browser(manager).get(reverse("head-desk")).status_code == 403


def test_its_queries_do_not_grow(manager, head):
    def cost() -> int:
        cache.clear()
        signed_in = browser(head)
        signed_in.get(reverse("head-desk"))
        with CaptureQueriesContext(connection) as queries:
            signed_in.get(reverse("head-desk"))
        return len(queries)

    def grow() -> None:
        someone = ManagerFactory(department=DepartmentFactory(parent=manager.department))
        for _client in range(4):
            leaving(someone)
        Absence.objects.create(manager=someone, starts_on=today(), ends_on=today())
        client = exchange_client(since=clock.now() - dt.timedelta(days=3))
        claim(client_id=client.pk, by=someone)
        FirstTouch.objects.update(due_on=today())

    grow()
    few = cost()
    for _time in range(3):
        grow()
    assert cost() == few <= 25


# --- where the day begins ---------------------------------------------------------------------------------------------
def begins_at(person: Manager) -> str:
    person.set_password("secret-password-1")
    person.save()
    answer = Browser().post(reverse("login"), {"username": person.username, "password": "secret-password-1"})
    assert answer.status_code == 302
    return answer.url


def test_heads_begin_at_the_desk_unless_they_have_clients_of_their_own(manager, head):
    assert begins_at(manager) == reverse("my-day")
    assert begins_at(head) == reverse("head-desk")
    assert begins_at(ManagerFactory(role="director")) == reverse("head-desk")
    held_client(head)
    assert begins_at(head) == reverse("my-day")


def test_everybody_begins_where_he_chose_as_far_as_he_may(manager, head):
    preferences = {"theme": "auto", "start_page": "my-day"}
    assert browser(head).post(reverse("preferences"), preferences).status_code == 302
    head.refresh_from_db()
    assert begins_at(head) == reverse("my-day")
    assert "start_page" not in browser(manager).get(reverse("preferences")).context["form"].fields
    Manager.objects.filter(pk=manager.pk).update(start_page="desk")  # he was a head once
    manager.refresh_from_db()
    assert begins_at(manager) == reverse("my-day")
