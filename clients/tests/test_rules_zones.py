"""The zones: the tables of the product, and properties that hold for every date."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.rules.freezing import Frozen
from clients.rules.zones import Thresholds, Zone, clock_date, could_be_bare, next_change, zone_dates, zone_on
from clients.tests.naive_zones import naive_dates, naive_zone
from clients.zoning import published
from crm import clock

D = dt.date.fromisoformat
DAYS = st.dates(D("2000-01-01"), D("2099-12-31"))
MONTHS = st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(0, 24)).map(
    lambda parts: (parts[0], parts[0] + parts[1], parts[0] + parts[1] + parts[2])
)


@pytest.mark.parametrize(
    ("counted_from", "yellow_on", "red_on", "detach_on"),
    [
        ("2026-03-15", "2026-04-15", "2026-08-15", "2026-09-16"),
        ("2026-01-31", "2026-02-28", "2026-06-30", "2026-08-01"),
        ("2025-08-31", "2025-09-30", "2026-01-31", "2026-03-01"),
        ("2024-02-29", "2024-03-29", "2024-07-29", "2024-08-30"),
        ("2023-12-29", "2024-01-29", "2024-05-29", "2024-06-30"),
    ],
)
def test_the_products_table_of_dates(counted_from, yellow_on, red_on, detach_on):
    dates = zone_dates(D(counted_from), Thresholds())
    assert (dates.yellow_on, dates.red_on, dates.detach_on) == (D(yellow_on), D(red_on), D(detach_on))


@pytest.mark.parametrize(
    ("day", "zone"),
    [
        ("2026-03-14", Zone.GREEN),
        ("2026-03-15", Zone.GREEN),
        ("2026-04-14", Zone.GREEN),
        ("2026-04-15", Zone.YELLOW),
        ("2026-08-14", Zone.YELLOW),
        ("2026-08-15", Zone.RED),
        ("2026-09-15", Zone.RED),
        ("2026-09-16", Zone.DUE),
        ("2030-01-01", Zone.DUE),
    ],
)
def test_the_edges_of_the_zones(day, zone):
    assert zone_on(zone_dates(D("2026-03-15"), Thresholds()), D(day)) == zone


@pytest.mark.parametrize(
    ("day", "coming"),
    [
        ("2026-03-15", (Zone.YELLOW, D("2026-04-15"), 31)),
        ("2026-04-14", (Zone.YELLOW, D("2026-04-15"), 1)),
        ("2026-04-15", (Zone.RED, D("2026-08-15"), 122)),
        ("2026-08-15", (Zone.DUE, D("2026-09-16"), 32)),
        ("2026-09-15", (Zone.DUE, D("2026-09-16"), 1)),
        ("2026-09-16", None),
    ],
)
def test_what_comes_next(day, coming):
    assert next_change(zone_dates(D("2026-03-15"), Thresholds()), D(day)) == coming


@given(DAYS, MONTHS)
@settings(max_examples=300)
def test_dates_equal_the_naive_ones(counted_from, months):
    dates = zone_dates(counted_from, Thresholds(*months))
    assert (dates.yellow_on, dates.red_on, dates.detach_on) == naive_dates(counted_from, months)


@given(DAYS, MONTHS, st.integers(-40, 2500))
@settings(max_examples=300)
def test_zones_equal_the_naive_ones_and_leave_no_gap(counted_from, months, later):
    dates, day = zone_dates(counted_from, Thresholds(*months)), counted_from + dt.timedelta(days=later)
    assert zone_on(dates, day).value == naive_zone(counted_from, day, months)
    assert counted_from < dates.yellow_on < dates.red_on < dates.detach_on
    for edge, before, after in (
        (dates.yellow_on, Zone.GREEN, Zone.YELLOW),
        (dates.red_on, Zone.YELLOW, Zone.RED),
        (dates.detach_on, Zone.RED, Zone.DUE),
    ):
        assert (zone_on(dates, edge - dt.timedelta(days=1)), zone_on(dates, edge)) == (before, after)


@given(DAYS, st.integers(0, 400), MONTHS)
@settings(max_examples=300)
def test_a_later_contact_never_brings_a_date_forward(counted_from, later, months):
    first = zone_dates(counted_from, Thresholds(*months))
    second = zone_dates(counted_from + dt.timedelta(days=later), Thresholds(*months))
    assert (first.yellow_on, first.red_on, first.detach_on) <= (second.yellow_on, second.red_on, second.detach_on)
    assert first.yellow_on <= second.yellow_on
    assert first.red_on <= second.red_on
    assert first.detach_on <= second.detach_on


@pytest.mark.parametrize("months", [(0, 5, 6), (1, 1, 6), (5, 1, 6), (1, 5, 4), (-1, 5, 6)])
def test_thresholds_that_do_not_grow_are_refused(months):
    with pytest.raises(ValueError, match="must grow"):
        Thresholds(*months)


def test_thresholds_may_detach_right_after_red():
    assert Thresholds(1, 5, 5).detach_months == 5


@pytest.mark.parametrize(
    ("last_contact", "assigned", "counted_from"),
    [
        (None, "2026-03-01", "2026-03-01"),
        ("2026-02-01", "2026-03-01", "2026-03-01"),
        ("2026-03-01", "2026-03-01", "2026-03-01"),
        ("2026-04-01", "2026-03-01", "2026-04-01"),
    ],
)
def test_the_clock_is_the_later_of_contact_and_assignment(last_contact, assigned, counted_from):
    assert clock_date(D(last_contact) if last_contact else None, D(assigned)) == D(counted_from)


def test_who_is_due_is_stored_red():
    assert [published(zone) for zone in Zone] == ["green", "yellow", "red", "red"]


# --- to which day a moment belongs ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-14T22:30:00+00:00", "2026-03-15"),
        ("2026-03-14T20:59:59+00:00", "2026-03-14"),
        ("2026-03-14T21:00:00+00:00", "2026-03-15"),
        ("2026-03-15T08:30:00+10:00", "2026-03-15"),
        ("2026-03-15T01:30:00+10:00", "2026-03-14"),
        ("2026-12-31T23:30:00+00:00", "2027-01-01"),
    ],
)
def test_a_moment_belongs_to_the_companys_day(moment, day):
    assert clock.local_date(dt.datetime.fromisoformat(moment)) == D(day)


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", "2026-03-14"), ("Asia/Vladivostok", "2026-03-15"), ("America/New_York", "2026-03-14")]
)
def test_the_companys_time_zone_is_a_setting(settings, zone, day):
    settings.COMPANY_TIME_ZONE = zone
    assert clock.local_date(dt.datetime.fromisoformat("2026-03-14T22:30:00+00:00")) == D(day)


def test_a_naive_moment_has_no_day():
    with pytest.raises(ValueError, match="naive"):
        clock.local_date(dt.datetime(2026, 3, 14))


def test_today_is_the_companys_today(time_machine):
    time_machine.move_to(dt.datetime(2026, 3, 14, 22, 30, tzinfo=dt.UTC), tick=False)
    assert clock.today() == D("2026-03-15")


@given(st.sampled_from(["Europe/Moscow", "America/Sao_Paulo", "Asia/Beirut", "Europe/Berlin", "UTC"]), DAYS)
@settings(max_examples=200)
def test_a_day_starts_at_its_first_moment_also_when_the_clocks_change(zone, day):
    from django.test import override_settings

    with override_settings(COMPANY_TIME_ZONE=zone):
        start = clock.day_start(day)
        assert clock.local_date(start) == day
        assert clock.local_date(start.astimezone(dt.UTC) - dt.timedelta(microseconds=1)) < day
        assert clock.local_date(clock.at(day)) == day


@given(DAYS, MONTHS, st.integers(1, 27), st.integers(1, 20))
@settings(max_examples=300)
def test_bare_dates_can_be_told_from_moved_ones(counted_from, months, frozen_days, later):
    assert could_be_bare(counted_from, zone_dates(counted_from, Thresholds(*months)))
    days = [counted_from + dt.timedelta(days=later + number) for number in range(frozen_days)]
    assert not could_be_bare(counted_from, zone_dates(counted_from, Thresholds(*months), Frozen.of(days)))
