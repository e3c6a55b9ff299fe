"""Reminders of what is planned: when they are due, who is told, once."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clients.models import Absence, Manager, Notice, NoticeSetting, OwnershipPeriod
from clients.notices import words
from clients.ownership import restore
from clients.services import reassign
from clients.tests.crowd import Crowd
from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser
from crm import clock
from exchange.services import return_client
from exchange.undo import undo
from interactions import next_steps, replanning, services
from interactions import undo as undoing
from interactions.models import Event, EventStatus
from interactions.reminders import REMINDER, follow_preference, tell_due
from interactions.rules.reminders import NEVER
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db

NOW = clock.at(dt.date(2026, 5, 20))
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOW, tick=False)


def plan(client=None, *, at=NOW + HOUR, **kwargs) -> Event:
    return event(client, status=EventStatus.PLANNED, occurred_at=at, **kwargs)


def due(plan: Event) -> dt.datetime | None:
    return Event.objects.values_list("remind_at", flat=True).get(pk=plan.pk)


def told() -> list[tuple[int, str]]:
    return [(notice.recipient_id, words(notice)) for notice in Notice.objects.filter(kind=REMINDER).order_by("pk")]


# --- every writer keeps it --------------------------------------------------------------------------------------------
def test_planning_sets_it_by_the_preference_and_by_the_event_itself():
    anna = ManagerFactory(reminder_minutes=30)
    client = held_client(anna)
    assert due(plan(client)) == NOW + 30 * MINUTE
    assert due(plan(client, remind_before=5)) == NOW + 55 * MINUTE
    assert due(plan(client, remind_before=NEVER)) is None
    assert due(plan(held_client(ManagerFactory(reminder_minutes=None)))) is None
    assert due(event(client)) is None


def test_replanning_moves_it_and_taking_that_back_moves_it_back():
    first = plan()
    moved = replanning.replan_event(event=first, at=NOW + 5 * HOUR, by=first.responsible)
    assert due(first) == NOW + 5 * HOUR - 15 * MINUTE
    undoing.take_back(event=first, ticket=moved.undo, by=first.responsible)
    assert due(first) == NOW + 45 * MINUTE


def test_finishing_and_cancelling_end_it_and_the_next_step_has_its_own():
    first, second = plan(), plan()
    step = next_steps.NextStep(kind=kind(), at=NOW + 3 * HOUR, remind_before=60)
    done = next_steps.finish_contact(event=first, by=first.responsible, next_step=step)
    assert (due(first), due(done.planned)) == (None, NOW + 2 * HOUR)
    services.cancel_event(event=second, by=second.responsible)
    assert due(second) is None
    undoing.take_back(event=done.event, ticket=done.undo, by=first.responsible)
    assert due(first) == NOW + 45 * MINUTE


def test_a_plan_given_to_somebody_else_reminds_as_he_prefers():
    old, new = ManagerFactory(), ManagerFactory(reminder_minutes=60)
    client = held_client(old)
    first = plan(client, at=NOW + 3 * HOUR)
    reassign(client_id=client.pk, manager=new, by=old)
    assert due(first) == NOW + 2 * HOUR
    period = OwnershipPeriod.objects.get(client=client, until=None)
    assert period.manager == new
    with transaction.atomic():
        restore(client.pk, first.hand_overs.get().moment)
    assert due(first) == NOW + 3 * HOUR - 15 * MINUTE


def test_a_plan_of_a_client_on_the_exchange_reminds_nobody_until_it_is_given_back():
    client = held_client()
    first, owner = plan(client), client.manager
    taken = return_client(client_id=client.pk, by=owner, reason=None)
    assert due(first) is None
    undo(detachments=[taken], by=ManagerFactory(is_staff=True))
    assert due(first) == NOW + 45 * MINUTE


def test_a_changed_preference_is_followed_by_what_does_not_say_otherwise(client):
    anna = ManagerFactory()
    mine = held_client(anna)
    usual, own, past = plan(mine), plan(mine, remind_before=5), plan(mine, at=NOW - HOUR)
    answer = browser(anna).post("/preferences/", {"theme": "auto", "reminder_minutes": "30", "daily_letter": "on"})
    assert answer.status_code == 302
    assert Manager.objects.get(pk=anna.pk).reminder_minutes == 30
    assert [due(each) for each in (usual, own, past)] == [NOW + 30 * MINUTE, NOW + 55 * MINUTE, None]
    anna.refresh_from_db()
    assert follow_preference(anna) == 0
    browser(anna).post("/preferences/", {"theme": "auto", "reminder_minutes": ""})
    assert due(usual) is None


def test_an_edit_does_not_take_a_waiting_reminder_away_nor_bring_a_told_one_back(time_machine):
    first = plan()
    time_machine.move_to(NOW + 50 * MINUTE, tick=False)
    first.refresh_from_db()
    first.subject = "Other words"
    services.change_event(event=first, by=first.responsible)
    assert due(first) == NOW + 45 * MINUTE
    assert tell_due() == 1
    first.refresh_from_db()
    services.change_event(event=first, by=first.responsible)
    assert due(first) is None


# --- telling ----------------------------------------------------------------------------------------------------------
def test_it_is_told_in_time_and_once(time_machine):
    client = held_client(name="Romashka")
    plan(client)
    assert tell_due(NOW + 44 * MINUTE) == 0
    time_machine.move_to(NOW + 45 * MINUTE, tick=False)
    assert [tell_due(), tell_due()] == [1, 0]
    assert told() == [(client.manager_id, "In 15 minutes: Outgoing call – Romashka")]
    time_machine.move_to(NOW + 2 * HOUR, tick=False)
    assert told() == [(client.manager_id, "Today 13:00: Outgoing call – Romashka")]


def test_told_again_only_for_another_time(time_machine):
    """Whatever brings ``remind_at`` back (an old instance saved), the notice itself is there once."""
    first = plan()
    stale = Event.objects.get(pk=first.pk)
    time_machine.move_to(NOW + 46 * MINUTE, tick=False)
    tell_due()
    stale.save()
    assert tell_due() == 1
    assert len(told()) == 1
    replanning.replan_event(event=first, at=NOW + 5 * HOUR, by=first.responsible)
    time_machine.move_to(NOW + 5 * HOUR, tick=False)
    tell_due()
    assert len(told()) == 2


def test_after_an_outage_what_is_a_day_past_is_let_go(time_machine):
    late, old = plan(), plan()
    Event.objects.filter(pk=old.pk).update(occurred_at=NOW - 10 * HOUR, remind_at=NOW - 11 * HOUR)
    time_machine.move_to(NOW + 20 * HOUR, tick=False)
    assert tell_due() == 2
    assert [reader for reader, _words in told()] == [late.responsible_id]
    assert due(late) is due(old) is None


def away(manager: Manager, deputy: Manager) -> None:
    today = clock.today()
    Absence.objects.create(manager=manager, deputy=deputy, starts_on=today, ends_on=today, status="approved")


def test_who_stands_in_is_told_in_his_place(time_machine):
    anna, boris = ManagerFactory(), ManagerFactory()
    mine = held_client(anna)
    away(anna, boris)
    plan(mine)
    elsewhere = plan(held_client(), by=anna)  # a client the deputy may not see
    time_machine.move_to(NOW + HOUR, tick=False)
    tell_due()
    assert sorted(reader for reader, _words in told()) == sorted([boris.pk, anna.pk])
    assert Notice.objects.get(recipient=anna).url == elsewhere.get_absolute_url()


def test_who_wants_none_gets_none_and_what_is_over_is_in_no_letter(time_machine):
    first = plan()
    NoticeSetting.objects.create(manager=first.responsible, kind=REMINDER, channel="none")
    time_machine.move_to(NOW + HOUR, tick=False)
    assert tell_due() == 1
    assert told() == []
    assert due(first) is None


def test_many_are_taken_in_batches(time_machine, monkeypatch):
    monkeypatch.setattr("interactions.reminders._BATCH", 2)
    client = held_client()
    for _ in range(5):
        plan(client)
    time_machine.move_to(NOW + HOUR, tick=False)
    assert tell_due() == 5
    assert len(told()) == 5


def test_a_minute_without_reminders_asks_once():
    with CaptureQueriesContext(connection) as queries:
        tell_due()
    assert len([query for query in queries if "event" in query["sql"]]) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_reminder_once(monkeypatch):
    monkeypatch.setattr("interactions.reminders._BATCH", 3)
    client = held_client()
    for number in range(12):
        plan(client, at=NOW + HOUR + number * MINUTE)
    with Crowd(4) as crowd:
        answers = crowd.all_at_once([lambda: tell_due(NOW + 2 * HOUR)] * 4)
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert sum(answers) == 12
    assert len(told()) == 12
    assert not Event.objects.exclude(remind_at=None).exists()


def test_plans_older_than_reminders_get_theirs_by_the_migration():
    early, quiet = ManagerFactory(reminder_minutes=45), ManagerFactory(reminder_minutes=None)
    wanted = {
        plan(responsible=early): NOW + dt.timedelta(minutes=15),
        plan(responsible=quiet): None,
        plan(at=NOW + dt.timedelta(minutes=10)): None,
        plan(remind_before=NEVER): None,
        plan(): NOW + dt.timedelta(minutes=45),
    }
    Event.objects.update(remind_at=None)
    import_module("interactions.migrations.0007_reminders_of_plans").fill(apps, None)
    assert {row: row.remind_at for row in Event.objects.all()} == wanted
