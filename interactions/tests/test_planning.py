"""Quick days of a reader, and the same time on another day."""

import datetime as dt

import pytest
from django.utils import timezone

from clients.days_off import days_off
from clients.models import Absence, Holiday
from clients.tests.factories import ManagerFactory
from interactions import planning

pytestmark = pytest.mark.django_db
WEDNESDAY = dt.date(2026, 5, 13)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


@pytest.fixture(autouse=True)
def _wednesday(time_machine) -> None:
    time_machine.move_to(at(WEDNESDAY, 14, 10), tick=False)


def days_of(reader, *keys):
    return [each.day.day for each in planning.quick_days_of(reader, keys)]


def test_holidays_and_own_absences_are_skipped():
    anna, boris = ManagerFactory(), ManagerFactory()
    assert days_of(anna, "tomorrow", "monday", "week") == [14, 18, 20]
    Holiday.objects.create(date=dt.date(2026, 5, 14), name="Company day")
    Absence.objects.create(manager=anna, starts_on=dt.date(2026, 5, 15), ends_on=dt.date(2026, 5, 19))
    assert days_of(anna, "tomorrow", "monday", "week") == [20, 20]
    assert days_of(boris, "tomorrow", "monday", "week") == [15, 18, 20]


def test_an_absence_nobody_approved_is_no_day_off(django_assert_num_queries):
    anna, first, last = ManagerFactory(), WEDNESDAY, WEDNESDAY + dt.timedelta(days=9)
    absence = Absence.objects.create(
        manager=anna, starts_on=WEDNESDAY, ends_on=dt.date(2030, 1, 1), status=Absence.Status.REQUESTED
    )
    assert not days_off(anna, first, last)
    Absence.objects.update(status=Absence.Status.APPROVED)
    with django_assert_num_queries(1):
        assert len(days_off(anna, first, last)) == 10
    assert absence.manager == anna


@pytest.mark.parametrize(
    ("day", "hour", "meant"),
    [
        (14, 9, (14, 9, 0)),  # keeps the time of day
        (13, 16, (13, 16, 0)),
        (13, 9, (13, 14, 30)),  # it has passed today: the next half hour
        (12, 9, (12, 9, 0)),  # a past day stays one: the service refuses it
    ],
)
def test_the_same_time_on_another_day(day, hour, meant):
    moment = planning.at_time_of(at(dt.date(2026, 5, 1), hour), dt.date(2026, 5, day), now=timezone.now())
    local = timezone.localtime(moment)
    assert (local.day, local.hour, local.minute) == meant
