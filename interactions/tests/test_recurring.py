"""Recurring events: put in ahead, changed from one on, stopped, and what becomes of them with their client."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from clients.models import Absence, Holiday, OwnershipPeriod
from clients.ownership import restore
from clients.services import detach, reassign
from clients.tests.crowd import Crowd
from clients.tests.factories import ManagerFactory, held_client
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict
from interactions import recurring
from interactions.models import Agreement, Event, EventSeries, EventStatus
from interactions.services import cancel_event, change_event, delete_event, finish_event, move_event
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 5, 11)
NOW = clock.at(MONDAY)
ZONE = "Europe/Moscow"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOW, tick=False)


def on(n: int, hour: int = 10) -> dt.datetime:
    return clock.at(MONDAY + n * DAY, hour)


def plan(client=None, *, days=1, **kwargs):
    return event(client, status=EventStatus.PLANNED, occurred_at=on(days), **kwargs)


def weekly(client=None, *, days=1, rule=(), **kwargs):
    """A plan that recurs every week, tomorrow for the first time."""
    first = plan(client, days=days, **kwargs)
    filled = recurring.repeat(event=first, series=EventSeries(**dict(rule)), zone=ZONE, by=first.responsible)
    return filled.series


def days_of(series, status=EventStatus.PLANNED):
    rows = Event.objects.filter(series=series, status=status).order_by("occurred_at")
    return [(clock.local_date(row.occurred_at) - MONDAY).days for row in rows]


def change(event, **facts):
    """What the form of "this and all that follow" does."""
    row = Event.objects.select_related("client", "kind", "responsible", "process").get(pk=event.pk)
    series = row.series
    for name, value in facts.items():
        setattr(series if hasattr(series, name) and not hasattr(row, name) else row, name, value)
    return recurring.change_following(event=row, series=series, zone=ZONE, by=row.responsible)


# --- put in -----------------------------------------------------------------------------------------------------------
def test_a_plan_recurs_ninety_days_ahead_and_keeps_its_facts():
    sale = process()
    first = plan(
        sale.client,
        subject="Call",
        text="Prices",
        process=sale,
        ends_at=on(1) + dt.timedelta(minutes=30),
        code="meeting",
    )
    filled = recurring.repeat(event=first, series=EventSeries(), zone=ZONE, by=first.responsible)
    rows = list(Event.objects.filter(series=filled.series).order_by("occurred_at"))
    assert days_of(filled.series) == list(range(1, 91, 7))
    assert (rows[0].pk, filled.put_in) == (first.pk, len(rows) - 1)
    for number, row in enumerate(rows):
        assert (row.subject, row.text, row.process, row.kind.code) == ("Call", "Prices", sale, "meeting")
        assert (row.ends_at - row.occurred_at, row.author) == (dt.timedelta(minutes=30), first.author)
        assert row.occurred_at == on(1 + 7 * number)
        assert row.remind_at is not None
    assert rows[5].history.latest().history_change_reason == recurring.PUT_IN


def test_holidays_and_absences_of_the_responsible_move_an_occurrence():
    client = held_client()
    Holiday.objects.create(date=MONDAY + 8 * DAY, name="Day off")
    Absence.objects.create(
        manager=client.manager, starts_on=MONDAY + 15 * DAY, ends_on=MONDAY + 17 * DAY, status="approved"
    )
    assert days_of(weekly(client))[:4] == [1, 9, 18, 22]


def test_the_calendar_is_filled_further_each_day_and_never_twice(time_machine):
    series = weekly()
    assert recurring.fill_due() == 0
    time_machine.move_to(NOW + 31 * DAY, tick=False)
    assert recurring.fill_due() == 5
    assert recurring.fill_due() == 0
    assert days_of(series) == list(range(1, 31 + 91, 7))


def test_what_was_missed_is_not_planned_in_the_past(time_machine):
    series = weekly()
    time_machine.move_to(NOW + 200 * DAY, tick=False)
    recurring.fill_due()
    assert [day for day in days_of(series) if 92 < day <= 200] == []
    assert max(days_of(series)) > 200


def test_an_end_ends_it(time_machine):
    until = weekly(rule={"until": MONDAY + 15 * DAY})
    counted = weekly(rule={"count": 2})
    time_machine.move_to(NOW + 60 * DAY, tick=False)
    assert recurring.fill_due() == 0
    assert (days_of(until), days_of(counted)) == ([1, 8, 15], [1, 8])


def test_a_sale_that_is_closed_gets_no_more_plans():
    sale = process()
    first = plan(sale.client, process=sale)
    type(sale).objects.filter(pk=sale.pk).update(status="won", closed_on=MONDAY, stage=None)
    series = recurring.repeat(event=first, series=EventSeries(), zone=ZONE, by=first.responsible).series
    assert set(series.events.exclude(pk=first.pk).values_list("process", flat=True)) == {None}


@pytest.mark.parametrize("verb", [finish_event, cancel_event])
def test_only_a_plan_recurs(verb):
    first = plan(days=-1)
    verb(event=first, by=first.responsible)
    with pytest.raises(Conflict):
        recurring.repeat(event=first, series=EventSeries(), zone=ZONE, by=first.responsible)


def test_it_recurs_once():
    series = weekly()
    with pytest.raises(Conflict):
        recurring.repeat(event=series.events.first(), series=EventSeries(), zone=ZONE, by=series.author)


def test_a_wrong_rule_writes_nothing():
    first = plan()
    with pytest.raises(ValidationError):
        recurring.repeat(event=first, series=EventSeries(until=MONDAY), zone=ZONE, by=first.responsible)
    assert not EventSeries.objects.exists()
    assert Event.objects.count() == 1


# --- changed ----------------------------------------------------------------------------------------------------------
def test_this_and_all_that_follow():
    series = weekly()
    third = series.events.order_by("occurred_at")[2]
    filled = change(third, subject="Longer", occurred_at=on(16, 15), kind=kind("meeting"), interval=2)
    assert days_of(series) == [1, 8, *range(16, 91, 14)]
    rows = list(series.events.order_by("occurred_at"))
    assert [row.subject for row in rows] == ["", "", *["Longer"] * (len(rows) - 2)]
    assert {row.kind.code for row in rows[2:]} == {"meeting"}
    assert rows[3].occurred_at == on(30, 15)
    assert filled.kept == 0


def test_what_somebody_has_worked_on_stays():
    series = weekly()
    first, second, third, fourth, *_rest = series.events.order_by("occurred_at")
    finish_event(event=second, by=series.author, occurred_at=NOW)
    Agreement.objects.create(event=third, text="Bring the contract")
    fourth.occurred_at = on(23)
    change_event(event=fourth, by=series.author)
    filled = change(first, subject="New")
    assert filled.kept == 2
    assert [Event.objects.get(pk=each.pk).subject for each in (second, third, fourth)] == ["", "", ""]
    assert days_of(series)[:4] == [1, 15, 23, 29]  # their days are not put in a second time


def test_a_cancelled_occurrence_does_not_come_back():
    series = weekly()
    first, second = series.events.order_by("occurred_at")[:2]
    cancel_event(event=second, by=series.author)
    change(first, subject="New")
    assert days_of(series)[:2] == [1, 15]


def test_one_day_has_one_occurrence():
    series = weekly()
    second = series.events.order_by("occurred_at")[1]
    with pytest.raises(ValidationError) as caught, transaction.atomic():
        change(second, occurred_at=on(1))
    assert "occurred_at" in caught.value.message_dict
    assert days_of(series)[:3] == [1, 8, 15]


def test_the_count_goes_on():
    series = weekly(rule={"count": 5})
    third = series.events.order_by("occurred_at")[2]
    assert recurring.times_left(series, third) == 3


# --- stopped ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("with_this", "left"), [(False, [1, 8]), (True, [1])])
def test_it_stops(with_this, left, time_machine):
    series = weekly()
    second = series.events.order_by("occurred_at")[1]
    recurring.stop(event=second, by=series.author, with_this=with_this)
    time_machine.move_to(NOW + 40 * DAY, tick=False)
    assert recurring.fill_due() == 0
    assert days_of(series) == left
    second.refresh_from_db()
    assert second.status == (EventStatus.CANCELLED if with_this else EventStatus.PLANNED)


def test_what_was_worked_on_is_cancelled_not_lost():
    series = weekly()
    first, second = series.events.order_by("occurred_at")[:2]
    Agreement.objects.create(event=second, text="Bring the contract")
    recurring.stop(event=first, by=series.author, with_this=False)
    assert days_of(series) == [1]
    assert days_of(series, EventStatus.CANCELLED) == [8]


def test_what_does_not_recur_cannot_stop():
    first = plan()
    with pytest.raises(Conflict):
        recurring.stop(event=first, by=first.responsible, with_this=True)


def test_a_deleted_occurrence_does_not_come_back(time_machine):
    series = weekly()
    delete_event(event=series.events.order_by("occurred_at")[1])
    time_machine.move_to(NOW + 31 * DAY, tick=False)
    recurring.fill_due()
    assert 8 not in days_of(series)


def test_an_occurrence_of_another_client_is_no_occurrence():
    series = weekly()
    moved, _dropped = move_event(event=series.events.first(), client=held_client(series.responsible), by=series.author)
    assert (moved.series, moved.series_on) == (None, None)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_fill_it_at_once_put_everything_in_once():
    series = weekly()
    later = NOW + 31 * DAY
    with Crowd(4) as crowd:
        found = crowd.all_at_once([lambda: recurring.fill_due(now=later)] * 4)
    assert sorted(found) == [0, 0, 0, 5]
    assert days_of(series) == list(range(1, 31 + 91, 7))


# --- with its client --------------------------------------------------------------------------------------------------
def to_exchange(client):
    with transaction.atomic():
        detach(
            client=lock_clients([client.pk])[client.pk],
            lost=OwnershipPeriod.Lost.RETURNED,
            by=None,
            today=MONDAY,
            moment=NOW,
        )


def test_it_stops_with_a_client_that_goes_to_the_exchange_and_comes_back_with_it(time_machine):
    series = weekly()
    before = days_of(series)
    to_exchange(series.client)
    series.refresh_from_db()
    assert (series.stopped_at, days_of(series)) == (NOW, [])
    with transaction.atomic():
        lock_clients([series.client_id])
        restore(series.client_id, NOW)
    series.refresh_from_db()
    assert (series.stopped_at, days_of(series)) == (None, before)


def test_a_client_that_is_not_held_stops_it_when_it_is_filled(time_machine):
    series = weekly()
    to_exchange(series.client)
    EventSeries.objects.update(stopped_at=None)
    time_machine.move_to(NOW + 40 * DAY, tick=False)
    assert recurring.fill_due() == 0
    series.refresh_from_db()
    assert series.stopped_at is not None


def test_nobody_plans_again_and_again_on_the_exchange():
    first = plan()
    to_exchange(first.client)
    Event.objects.filter(pk=first.pk).update(status=EventStatus.PLANNED)
    with pytest.raises(Conflict):
        recurring.repeat(event=first, series=EventSeries(), zone=ZONE, by=first.responsible)


def test_it_goes_on_with_the_next_manager(time_machine):
    series, new = weekly(), ManagerFactory()
    reassign(client_id=series.client_id, manager=new, by=ManagerFactory(), today=MONDAY)
    series.refresh_from_db()
    assert series.responsible == new
    time_machine.move_to(NOW + 31 * DAY, tick=False)
    recurring.fill_due()
    assert set(series.events.values_list("responsible", flat=True)) == {new.pk}
