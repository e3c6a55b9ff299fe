"""Done events, added up as they are written: always what counting them anew would say."""

import datetime as dt
from collections import Counter

import pytest
from django.db import connection

from clients.tests.factories import ManagerFactory, held_client
from crm import clock
from interactions import tallies
from interactions.models import Event, EventDay, EventKind, EventMonth, EventYear, TallyState
from interactions.tallies import EVENTS
from interactions.tasks import fold_tallies
from interactions.tests.factories import kind

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 31)


def stored():
    """What the tallies say."""
    years, months, days = Counter(), Counter(), Counter()
    for row in EventYear.objects.all():
        years[row.year, row.responsible_id, row.kind_id, "done"] += row.done
        years[row.year, row.responsible_id, row.kind_id, "counted"] += row.counted
    for row in EventMonth.objects.all():
        months[row.month, row.responsible_id, row.kind_id, "done"] += row.done
        months[row.month, row.responsible_id, row.kind_id, "counted"] += row.counted
    for row in EventDay.objects.all():
        days[row.day, row.kind_id, "done"] += row.done
        days[row.day, row.kind_id, "counted"] += row.counted
    return tuple({k: n for k, n in each.items() if n} for each in (years, months, days))


def counted():
    """What the events say, one by one."""
    years, months, days = Counter(), Counter(), Counter()
    for event in Event.objects.filter(status="done", approval__in=["", "approved"]):
        day = clock.local_date(event.occurred_at)
        for name in ("done", "counted") if event.counted_on else ("done",):
            years[day.replace(month=1, day=1), event.responsible_id, event.kind_id, name] += 1
            months[day.replace(day=1), event.responsible_id, event.kind_id, name] += 1
            days[day, event.kind_id, name] += 1
    return dict(years), dict(months), dict(days)


@pytest.fixture(autouse=True)
def _kept():
    EVENTS.count_all()


def done(day=DAY, moment=None):
    client = held_client()
    facts = {"responsible": client.manager, "author": client.manager, "counted_on": day}
    return Event.objects.create(client=client, kind=kind(), status="done", occurred_at=moment or clock.at(day), **facts)


def update(**facts):
    return lambda event: Event.objects.filter(pk=event.pk).update(**facts)


CHANGES = {
    "another day": update(occurred_at=clock.at(DAY + dt.timedelta(days=1)), counted_on=DAY + dt.timedelta(days=1)),
    "no contact any more": update(counted_on=None),
    "waits for the head": update(approval="pending", counted_on=None),
    "approved": update(approval="approved"),
    "called off": update(status="cancelled", counted_on=None),
    "planned again": update(status="planned", counted_on=None),
    "subject only": update(subject="Another"),
    "another responsible": lambda event: Event.objects.update(responsible=ManagerFactory()),
    "another kind": lambda event: update(kind=EventKind.objects.exclude(pk=event.kind_id).first())(event),
    "deleted": lambda event: event.delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_done_to_an_event_the_tallies_say_what_the_events_say(change):
    event, _other = done(), done()
    assert stored() == counted() != ({}, {}, {})
    change(event)
    assert stored() == counted()


def test_many_at_once():
    first, responsible = done(), ManagerFactory()
    template = {"client": first.client, "kind": first.kind, "responsible": responsible, "author": responsible}
    moments = [clock.at(DAY) + dt.timedelta(hours=7 * n) for n in range(20)]
    Event.objects.bulk_create(
        [Event(**template, status="done" if n % 3 else "planned", occurred_at=at) for n, at in enumerate(moments)]
    )
    assert stored() == counted()
    Event.objects.filter(responsible=responsible).update(status="done")
    assert stored() == counted()
    Event.objects.filter(responsible=responsible).delete()
    assert stored() == counted()


@pytest.mark.parametrize(("hour", "minute", "day"), [(20, 59, DAY), (21, 0, DAY + dt.timedelta(days=1))])
def test_a_day_is_the_companys(settings, hour, minute, day):
    settings.COMPANY_TIME_ZONE = "Europe/Moscow"
    EVENTS.count_all()
    moment = dt.datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=dt.UTC)
    done(day, moment)
    assert {key[0] for key in stored()[2]} == {day}
    assert {key[0] for key in stored()[1]} == {day.replace(day=1)}
    assert stored() == counted()


def test_folded_they_say_the_same_in_fewer_rows():
    events = [done() for _n in range(3)]
    for each in events[1:]:
        Event.objects.filter(pk=each.pk).update(responsible=events[0].responsible, kind=events[0].kind)
    gone = done(DAY - dt.timedelta(days=40))
    gone.delete()
    before = stored()
    assert EVENTS.fold() > 0
    assert stored() == before == counted()
    assert (EventMonth.objects.count(), EventDay.objects.count()) == (1, 1)
    assert EVENTS.fold() == 0


def test_counted_anew_they_are_right_whatever_was_there():
    done()
    EventMonth.objects.update(done=7)
    EventDay.objects.all().delete()
    EVENTS.count_all()
    assert stored() == counted()


def test_they_are_not_trusted_in_another_time_zone_or_when_nobody_counted(settings):
    assert tallies.are_kept()
    settings.COMPANY_TIME_ZONE = "Asia/Vladivostok"
    assert not tallies.are_kept()
    fold_tallies()  # each night
    assert tallies.are_kept()
    TallyState.objects.all().delete()
    assert not tallies.are_kept()
    done()
    assert not EventMonth.objects.exists()


def test_triggers_lost_by_a_migration_come_back_and_all_is_counted():
    with connection.cursor() as cursor:
        on = " ON interactions_event" if connection.vendor == "postgresql" else ""
        (lost,) = (name for name in EVENTS.sources[0].triggers(connection.vendor) if "inserted" in name)
        cursor.execute(f"DROP TRIGGER {lost}{on}")
    done()
    assert stored() != counted()
    assert not EVENTS.are_installed("default")
    EVENTS.keep_after_migrations(sender=None, using="default", plan=[("a migration", False)])
    assert stored() == counted()
    done()
    assert stored() == counted()
