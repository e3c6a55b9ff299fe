"""Days that do not count: the worked table of docs/rules.md, and properties that hold for any days."""

import datetime as dt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clients.rules.freezing import (
    NOTHING,
    Frozen,
    days_between,
    frozen_days,
    holiday_rows,
    stretches,
)
from clients.rules.zones import Thresholds, zone_dates, zone_on
from clients.tests.naive_zones import naive_dates

D = dt.date.fromisoformat
ONE_DAY = dt.timedelta(days=1)

#: The days off around New Year and in May 2026 in Russia, as dates of the calendar.
NEW_YEAR = [D("2026-01-01") + ONE_DAY * n for n in range(8)]
MAY = [D("2026-05-01"), D("2026-05-09")]

#: The worked table of docs/rules.md: clock date, absences, days off; then the three dates.
WORKED = [
    ("nothing", "2026-03-15", [], [], "2026-04-15 2026-08-15 2026-09-16"),
    ("two weeks of vacation", "2026-03-15", ["2026-08-03 2026-08-16"], [], "2026-04-15 2026-08-29 2026-09-30"),
    ("a vacation before it began", "2026-03-15", ["2026-03-02 2026-03-15"], [], "2026-04-15 2026-08-15 2026-09-16"),
    ("a vacation in which it began", "2026-03-15", ["2026-03-10 2026-03-17"], [], "2026-04-17 2026-08-17 2026-09-18"),
    (
        "a vacation that begins on the day it would turn yellow",
        "2026-03-15",
        ["2026-04-15 2026-04-21"],
        [],
        "2026-04-22 2026-08-22 2026-09-23",
    ),
    (
        "a vacation that begins the day after it turned yellow",
        "2026-03-15",
        ["2026-04-16 2026-04-22"],
        [],
        "2026-04-15 2026-08-22 2026-09-23",
    ),
    ("the New Year holidays", "2025-12-20", [], NEW_YEAR, "2026-01-28 2026-05-28 2026-06-29"),
    ("single days off in May", "2026-04-20", [], MAY, "2026-05-20 2026-09-20 2026-10-21"),
    (
        "sick leave during the holidays",
        "2025-12-20",
        ["2026-01-05 2026-01-11"],
        NEW_YEAR,
        "2026-01-31 2026-05-31 2026-07-02",
    ),
    (
        "two absences",
        "2026-03-15",
        ["2026-04-01 2026-04-03", "2026-07-01 2026-07-10"],
        [],
        "2026-04-18 2026-08-28 2026-09-29",
    ),
    ("three months on leave", "2026-03-15", ["2026-04-01 2026-06-30"], [], "2026-06-14 2026-10-14 2026-11-15"),
    (
        "a leave over the turn of the year",
        "2025-10-15",
        ["2025-11-01 2026-02-28"],
        [],
        "2026-03-14 2026-07-12 2026-08-13",
    ),
]  # fmt: skip


def parsed(ranges):
    return [tuple(D(part) for part in row.split()) for row in ranges]


@pytest.mark.parametrize(
    ("counted_from", "absences", "holidays", "dates"), [row[1:] for row in WORKED], ids=[row[0] for row in WORKED]
)
def test_the_worked_table(counted_from, absences, holidays, dates):
    frozen = frozen_days(parsed(absences), holidays, minimum=3, limit=60)
    found = zone_dates(D(counted_from), Thresholds(), frozen)
    assert f"{found.yellow_on} {found.red_on} {found.detach_on}" == dates


def test_a_weekend_between_holidays_belongs_to_the_row_and_one_around_it_does_not():
    friday, monday, tuesday = D("2026-05-01"), D("2026-05-04"), D("2026-05-05")
    assert holiday_rows([friday, monday], 4) == [(friday, monday)]
    assert holiday_rows([friday, monday], 5) == []
    assert holiday_rows([friday], 3) == []  # with the weekend it would be three days
    assert holiday_rows([tuesday, friday], 1) == [(friday, friday), (tuesday, tuesday)]
    assert holiday_rows([D("2026-05-07"), D("2026-05-11")], 1) == [
        (D("2026-05-07"), D("2026-05-07")),  # a Thursday; the Friday between is a working day
        (D("2026-05-11"), D("2026-05-11")),
    ]
    assert holiday_rows([D("2026-05-09"), D("2026-05-11")], 3) == [(D("2026-05-09"), D("2026-05-11"))]
    assert holiday_rows([D("2026-05-10"), D("2026-05-13")], 1) == [(D("2026-05-10"),) * 2, (D("2026-05-13"),) * 2]
    assert holiday_rows([], 1) == []


def test_rules_can_be_switched_off():
    absence = (D("2026-01-12"), D("2026-01-13"))
    assert frozen_days([absence], NEW_YEAR, minimum=None, limit=None) == Frozen.of(absence)
    assert frozen_days([], NEW_YEAR, minimum=None, limit=60) == Frozen(limit=60)
    assert not frozen_days([], NEW_YEAR, minimum=9, limit=60)
    many = frozen_days([(D("2026-02-01"), D("2026-12-31"))], [], minimum=3, limit=None)
    assert many.counted(D("2026-01-31"), D("2026-12-31")) == 334


def test_the_limit_is_per_calendar_year():
    frozen = Frozen.of(days_between(D("2025-10-01"), D("2027-03-31")), 60)
    assert frozen.counted(D("2025-09-01"), D("2025-12-31")) == 60
    assert frozen.counted(D("2025-09-01"), D("2026-01-10")) == 70
    assert frozen.counted(D("2025-09-01"), D("2028-01-01")) == 180
    assert frozen.counted(D("2025-12-11"), D("2026-12-31")) == 80
    with pytest.raises(ValueError, match="limit"):
        Frozen.of([], -1)


def test_stretches_for_words():
    assert stretches([D("2026-01-01"), D("2026-01-02"), D("2026-01-05")]) == [
        (D("2026-01-01"), D("2026-01-02")),
        (D("2026-01-05"), D("2026-01-05")),
    ]
    assert stretches([]) == []
    assert days_between(D("2026-01-02"), D("2026-01-01")) == []


def test_it_can_be_a_key():
    assert {Frozen.of(NEW_YEAR, 60): 1}[Frozen.of(reversed(NEW_YEAR), 60)] == 1
    assert Frozen() == NOTHING
    assert not NOTHING


# --- properties -------------------------------------------------------------------------------------------------------
CLOCKS = st.dates(D("2020-01-01"), D("2030-12-31"))
MONTHS = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(0, 3)).map(
    lambda parts: (parts[0], parts[0] + parts[1], sum(parts))
)
#: Absences as (days after a base date, length - 1): dense, so that they overlap, touch and reach beyond the year.
RANGES = st.lists(st.tuples(st.integers(-60, 400), st.integers(0, 45)), max_size=8)
LIMITS = st.none() | st.integers(0, 90)


def absences(base, ranges):
    return [(base + ONE_DAY * start, base + ONE_DAY * (start + length)) for start, length in ranges]


def frozen_of(base, ranges, limit):
    return frozen_days(absences(base, ranges), [], minimum=3, limit=limit)


def dates_of(base, months, frozen):
    dates = zone_dates(base, Thresholds(*months), frozen)
    return [dates.yellow_on, dates.red_on, dates.detach_on]


def naive_frozen_dates(base, months, away, limit):
    """Counts day by day, with nothing but a loop: how many days are still missing, and does this one count?"""
    found = []
    for bare in naive_dates(base, months):
        missing, day, used = (bare - base).days, base, {}
        while missing:
            day += ONE_DAY
            if any(first <= day <= last for first, last in away) and (limit is None or used.get(day.year, 0) < limit):
                used[day.year] = used.get(day.year, 0) + 1
            else:
                missing -= 1
        found.append(day)
    return found


@given(CLOCKS, MONTHS, RANGES, LIMITS)
@settings(max_examples=300)
def test_it_equals_a_counter_that_walks_day_by_day(base, months, ranges, limit):
    found = dates_of(base, months, frozen_of(base, ranges, limit))
    assert found == naive_frozen_dates(base, months, absences(base, ranges), limit)


@given(CLOCKS, MONTHS, RANGES, LIMITS)
@settings(max_examples=300)
def test_freezing_never_makes_a_client_leave_earlier(base, months, ranges, limit):
    bare, found = dates_of(base, months, NOTHING), dates_of(base, months, frozen_of(base, ranges, limit))
    assert all(one >= other for one, other in zip(found, bare, strict=True))
    assert base < found[0] < found[1] < found[2]


@given(CLOCKS, MONTHS, RANGES, RANGES, LIMITS)
@settings(max_examples=300)
def test_more_frozen_days_never_move_a_date_earlier(base, months, ranges, more, limit):
    few = dates_of(base, months, frozen_of(base, ranges, limit))
    many = dates_of(base, months, frozen_of(base, ranges + more, limit))
    assert all(one >= other for one, other in zip(many, few, strict=True))


@given(CLOCKS, MONTHS, RANGES, LIMITS, st.integers(0, 60))
@settings(max_examples=200)
def test_a_higher_limit_never_moves_a_date_earlier(base, months, ranges, limit, more):
    low = dates_of(base, months, frozen_of(base, ranges, limit))
    high = dates_of(base, months, frozen_of(base, ranges, None if limit is None else limit + more))
    assert all(one >= other for one, other in zip(high, low, strict=True))


@given(CLOCKS, MONTHS, RANGES, LIMITS, st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_order_and_overlaps_do_not_matter(base, months, ranges, limit, chance):
    again = ranges + ranges[::2]
    chance.shuffle(again)
    split = [(start + n, 0) for start, length in ranges for n in range(length + 1)]
    assert frozen_of(base, again, limit) == frozen_of(base, ranges, limit) == frozen_of(base, split, limit)
    assert dates_of(base, months, frozen_of(base, split, limit)) == dates_of(
        base, months, frozen_of(base, ranges, limit)
    )


@given(CLOCKS, MONTHS, st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), max_size=6))
@settings(max_examples=200)
def test_disjoint_absences_add_up(base, months, gaps_and_lengths):
    """Each begins while the client is still green, so each moves all three dates by its whole length."""
    away, day = [], base
    for gap, length in gaps_and_lengths:
        first = day + ONE_DAY * gap
        day = first + ONE_DAY * (length - 1)
        away.append((first, day))
    total = sum(length for _gap, length in gaps_and_lengths)
    bare = dates_of(base, months, NOTHING)
    assume(sum(gap for gap, _length in gaps_and_lengths) <= (bare[0] - base).days)
    together = frozen_days(away, [], minimum=3, limit=None)
    assert dates_of(base, months, together) == [date + ONE_DAY * total for date in bare]
    alone = [frozen_days([one], [], minimum=3, limit=None).counted(base, day) for one in away]
    assert sum(alone) == total


@given(CLOCKS, MONTHS, RANGES, LIMITS)
@settings(max_examples=300)
def test_a_colour_never_changes_on_a_counted_frozen_day(base, months, ranges, limit):
    frozen = frozen_of(base, ranges, limit)
    dates = zone_dates(base, Thresholds(*months), frozen)
    for day in frozen.counted_days(base, dates.detach_on + ONE_DAY * 30):
        assert zone_on(dates, day) == zone_on(dates, day - ONE_DAY)


@given(CLOCKS, RANGES, LIMITS, st.integers(0, 500))
@settings(max_examples=200)
def test_counting_and_listing_agree(base, ranges, limit, length):
    frozen, until = frozen_of(base, ranges, limit), base + ONE_DAY * length
    days = frozen.counted_days(base, until)
    assert len(days) == frozen.counted(base, until)
    assert all(base < day <= until for day in days)
    assert sum((last - first).days + 1 for first, last in stretches(days)) == len(days)


@given(CLOCKS, MONTHS, RANGES, LIMITS, st.integers(0, 200))
@settings(max_examples=300)
def test_a_later_contact_costs_no_more_than_months_differ_in_length(base, months, ranges, limit, later):
    """Bare, a later contact never brings a date forward. Frozen, the months counted from it may be up to three days
    shorter (28 February) while all days between were frozen: these three can be lost, and no more."""
    frozen = frozen_of(base, ranges, limit)
    earlier, found = dates_of(base, months, frozen), dates_of(base + ONE_DAY * later, months, frozen)
    assert all(one >= other - ONE_DAY * 3 for one, other in zip(found, earlier, strict=True))


@given(st.sets(st.dates(D("2026-01-01"), D("2026-03-31")), max_size=40), st.integers(1, 6))
@settings(max_examples=300)
def test_holiday_rows_are_as_a_naive_walk_finds_them(dates, minimum):
    rows = holiday_rows(dates, minimum)
    expected, day = [], D("2026-01-01")
    while day <= D("2026-03-31"):
        if day not in dates:
            day += ONE_DAY
            continue
        first = last = day
        day += ONE_DAY
        while day in dates or (
            day.weekday() >= 5 and (day + ONE_DAY in dates or (day.weekday() == 5 and (day + ONE_DAY * 2) in dates))
        ):
            if day in dates:
                last = day
            day += ONE_DAY
        if (last - first).days + 1 >= minimum:
            expected.append((first, last))
    assert rows == expected
