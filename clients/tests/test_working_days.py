"""Which days are expected of whom: by the schedule of the time, without holidays and absences, from first to last
day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Absence, Holiday, ManagerSchedule, WorkSchedule
from clients.rules.calendars import Worked, planned_days, worked
from clients.rules.norms import expected_by_day, overlaid
from clients.rules.since import Changes
from clients.tests.factories import ManagerFactory
from clients.working_days import working_days

D = dt.date.fromisoformat
DAY = dt.timedelta(days=1)
MONDAY, SUNDAY = D("2026-05-11"), D("2026-05-17")
WEEK = [MONDAY + DAY * n for n in range(7)]
NONE: Changes = Changes()


# --- the rules
@given(
    st.dictionaries(st.dates(D("2026-01-01"), D("2026-12-31")), st.integers()),
    st.dates(D("2026-01-01"), D("2026-12-31")),
    st.integers(0, 90),
)
def test_stretches_cover_every_day_once_with_what_holds_on_it(changes, first, days):
    history, last = Changes(changes.items()), first + DAY * days
    found = list(history.between(first, last))
    by_day = [(since + DAY * n, value) for since, until, value in found for n in range((until - since).days + 1)]
    assert [day for day, _value in by_day] == [first + DAY * n for n in range(days + 1)]
    assert all(value == history.on(day) for day, value in by_day)


def test_a_change_holds_from_its_day_on():
    history = Changes([(D("2026-05-13"), 40), (D("2026-05-01"), 48)])
    assert [history.on(D(day)) for day in ("2026-04-30", "2026-05-01", "2026-05-12", "2026-05-13")] == [
        None,
        48,
        48,
        40,
    ]


@pytest.mark.parametrize(
    ("own", "everybodys", "expected"),
    [
        ([], [], WEEK[:5]),
        ([], [("2000-01-01", "67")], WEEK[5:]),
        ([("2026-05-13", "3")], [("2000-01-01", "12345")], [*WEEK[:2], WEEK[2]]),
        ([("2000-01-01", "3"), ("2026-05-14", None)], [("2000-01-01", "12345")], [WEEK[2], *WEEK[3:5]]),
        ([], [("2000-01-01", "12345"), ("2026-05-16", "1234567")], WEEK),
    ],
)
def test_the_weekdays_are_those_of_the_schedule_of_the_time(own, everybodys, expected):
    histories = [Changes([(D(day), weekdays) for day, weekdays in rows]) for rows in (own, everybodys)]
    assert sorted(planned_days(MONDAY, SUNDAY, *histories)) == expected


def test_days_off_and_days_before_and_after_are_nobodys():
    days = frozenset(WEEK)
    off = {WEEK[1], SUNDAY + DAY}
    assert worked(days, off) == Worked(days, frozenset({WEEK[1]}))
    assert [day in worked(days, off) for day in (WEEK[0], WEEK[1])] == [True, False]
    for found, expected in (
        (worked(days, off), days - off),
        (worked(days, (), works_from=WEEK[2], works_until=WEEK[4]), WEEK[2:5]),
        (worked(days, off, works_from=WEEK[1]), WEEK[2:]),
        (worked(days, (), works_from=MONDAY), WEEK),
        (worked(days, (), works_until=MONDAY - DAY), []),
    ):
        assert sorted(found) == sorted(expected)
        assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ([], []),
        ([[("2000-01-01", 48)]], [48] * 7),
        ([[("2026-05-13", 30)], [("2000-01-01", 48)]], [48, 48, 30, 30, 30, 30, 30]),
        ([[("2000-01-01", 30), ("2026-05-13", None)], [("2000-01-01", 48)]], [30, 30, 48, 48, 48, 48, 48]),
        ([[("2000-01-01", 0)], [("2000-01-01", 48)]], []),
        ([[("2026-05-16", 10)]], [10, 10]),
    ],
)
def test_the_nearest_norm_of_the_time_rules(chain, expected):
    norm = overlaid([Changes([(D(day), points) for day, points in rows]) for rows in chain])
    found = dict(expected_by_day(norm, WEEK, MONDAY, SUNDAY))
    assert [found[day] for day in WEEK if day in found] == expected


# --- read from the tables
@pytest.mark.django_db
def test_each_has_the_days_of_his_own(django_assert_num_queries):
    usual, part, new, gone = (ManagerFactory() for _ in range(4))
    mondays = WorkSchedule.objects.create(name="Mondays", weekdays="1")
    ManagerSchedule.objects.create(manager=part, schedule=mondays, since=D("2026-01-01"))
    Holiday.objects.create(date=WEEK[4], name="Day of the pump")
    Absence.objects.create(manager=usual, starts_on=MONDAY - DAY, ends_on=MONDAY, status="approved")
    Absence.objects.create(manager=new, starts_on=WEEK[3], ends_on=WEEK[3], status="requested")
    new.works_from, gone.works_until = WEEK[2], WEEK[1]
    new.save()
    gone.is_active = False
    gone.save()
    with django_assert_num_queries(3):
        found = working_days([usual, part, new, gone], MONDAY, SUNDAY)
    assert {key: sorted(days) for key, days in found.items()} == {
        usual.pk: WEEK[1:4],
        part.pk: [MONDAY],
        new.pk: WEEK[2:4],
        gone.pk: WEEK[:2],
    }


@pytest.mark.django_db
def test_of_who_is_gone_nobody_knows_since_when_nothing_is_expected():
    gone = ManagerFactory()
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    assert working_days([gone], MONDAY, SUNDAY) == {gone.pk: Worked()}


@pytest.mark.django_db
def test_nobody_and_no_days_ask_nothing(django_assert_num_queries):
    manager = ManagerFactory()
    with django_assert_num_queries(0):
        assert working_days([], MONDAY, SUNDAY) == {}
        assert working_days([manager], SUNDAY, MONDAY) == {manager.pk: Worked()}


@pytest.mark.django_db
def test_who_is_switched_off_has_worked_until_today_and_who_is_switched_on_works_again(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 13, 9, tzinfo=dt.UTC))
    manager = ManagerFactory()
    manager.is_active = False
    manager.save(update_fields=["is_active"])
    manager.refresh_from_db()
    assert manager.works_until == D("2026-05-13")
    time_machine.move_to(dt.datetime(2026, 5, 20, 9, tzinfo=dt.UTC))
    manager.is_active = True
    manager.save()
    manager.refresh_from_db()
    assert manager.works_until is None
