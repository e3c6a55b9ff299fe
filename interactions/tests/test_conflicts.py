"""What stands in the way of a plan is said in the form, after saving and after moving; it never refuses."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Absence, Holiday
from clients.tests.factories import ManagerFactory, held_client
from crm import clock
from interactions import conflicts
from interactions.models import Event, EventStatus
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
DAY = clock.today() + dt.timedelta(days=9)


@pytest.fixture
def desk() -> SimpleNamespace:
    Holiday.objects.all().delete()
    seller = ManagerFactory()
    client = held_client(seller, name="Alpha Pumps")
    meeting = plan(client, 10, until=11, code="meeting", subject="Visit")
    return SimpleNamespace(seller=seller, client=client, meeting=meeting)


def plan(client: Any, hour: int, minute: int = 0, *, until: int | None = None, **more: Any) -> Event:
    ends = clock.at(DAY, until) if until else None
    return event(client, status=EventStatus.PLANNED, occurred_at=clock.at(DAY, hour, minute), ends_at=ends, **more)


def found(desk: SimpleNamespace, hour: int, until: int | None = None, **more: Any) -> conflicts.Conflicts:
    end = clock.at(DAY, until) if until else None
    who = {"responsible": desk.seller, "reader": desk.seller, **more}
    return conflicts.find(start=clock.at(DAY, hour), end=end, usual_minutes=15, **who)


def test_two_plans_of_one_person_at_once(desk):
    assert [entry.pk for entry in found(desk, 10, 12).plans] == [desk.meeting.pk]
    assert [entry.pk for entry in found(desk, 10).plans] == [desk.meeting.pk]
    assert not found(desk, 11, 12)
    assert not found(desk, 9, 10)


def test_the_event_itself_a_colleagues_a_done_and_a_cancelled_one_are_no_conflict(desk):
    assert not found(desk, 10, 11, exclude=desk.meeting.pk)
    assert not found(desk, 10, 11, responsible=ManagerFactory())
    for status in (EventStatus.CANCELLED, EventStatus.DONE):
        Event.objects.filter(pk=desk.meeting.pk).update(status=status, remind_at=None)
        assert not found(desk, 10, 11)


def test_two_calls_to_be_made_about_ten_are_no_conflict(desk):
    desk.meeting.delete()
    plan(desk.client, 10)
    assert not found(desk, 10)
    assert found(desk, 10, 11)


def test_holidays_and_absences(desk):
    Absence.objects.create(manager=desk.seller, kind="trip", starts_on=DAY, ends_on=DAY)
    assert found(desk, 15).day_off == "business trip"
    assert found(desk, 15, reader=ManagerFactory()).day_off == "away"
    Absence.objects.all().delete()
    Holiday.objects.create(date=DAY, name="Day of the pump")
    assert found(desk, 15).day_off == "Day of the pump"


# --- in the form
def ask(client: Any, desk: SimpleNamespace, **typed: Any) -> str:
    data = {
        "kind": kind().pk,
        "status": "planned",
        "occurred_at": f"{DAY}T10:30",
        "ends_at": "",
        "responsible": desk.seller.pk,
        **typed,
    }
    answer = client.get(reverse("event-conflicts"), data, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode().strip()


def test_the_form_says_what_else_there_is(client, desk):
    client.force_login(desk.seller)
    assert "Visit, Alpha Pumps" in ask(client, desk)
    assert ask(client, desk, exclude=desk.meeting.pk) == ""
    assert ask(client, desk, status="done") == ""


@pytest.mark.parametrize(
    "typed",
    [
        {"occurred_at": ""},
        {"occurred_at": "soon"},
        {"occurred_at": "2020-01-01T10:00"},
        {"occurred_at": "9999-12-31T23:59"},
        {"ends_at": "2020-01-01T10:00"},
        {"kind": "x"},
        {"kind": "99999999999999999999"},
        {"responsible": ""},
    ],
)
def test_what_is_not_understood_yet_is_not_looked_at(client, desk, typed):
    client.force_login(desk.seller)
    assert ask(client, desk, **typed) == ""


def test_of_a_colleagues_client_only_the_time_is_told(client, desk):
    client.force_login(ManagerFactory())
    answer = ask(client, desk)
    assert "busy" in answer
    for secret in ("Visit", "Alpha", str(desk.meeting.get_absolute_url())):
        assert secret not in answer


# --- after saving
def test_moving_onto_something_is_done_and_said(client, desk):
    row = plan(desk.client, 15, until=16)
    client.force_login(desk.seller)
    answer = client.post(reverse("event-replan", args=[row.pk]), {"at": f"{DAY}T10:30", "dropped": 1}, headers=HTMX)
    assert "At the same time" in answer.content.decode()
    assert "Visit, Alpha Pumps" in answer.content.decode()
    row.refresh_from_db()
    assert row.occurred_at == clock.at(DAY, 10, 30)


def test_planning_onto_something_is_done_and_said(client, desk):
    client.force_login(desk.seller)
    data = {
        "kind": kind().pk,
        "status": "planned",
        "occurred_at": f"{DAY}T10:15",
        "responsible": desk.seller.pk,
    }
    address = reverse("event-create") + f"?client={desk.client.pk}&status=planned"
    answer = client.post(address, data, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()
    assert "drawer-close" in answer["HX-Trigger"]
    assert "At the same time" in answer.content.decode()
    assert Event.objects.planned().count() == 2
