"""Periods, their parts, the median, the picture: pure arithmetic."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules import flows, periods
from reports.rules.flows import Flow, Period

DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31))


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("30", "2026-04-14", "2026-05-13"),
        ("90", "2026-02-13", "2026-05-13"),
        ("365", "2025-05-14", "2026-05-13"),
        ("month", "2026-05-01", "2026-05-13"),
        ("last_week", "2026-05-04", "2026-05-10"),
        ("last_month", "2026-04-01", "2026-04-30"),
        ("quarter", "2026-04-01", "2026-05-13"),
        ("year", "2026-01-01", "2026-05-13"),
    ],
)
def test_named_periods(name, since, until):
    found = periods.named(name, dt.date(2026, 5, 13))
    assert (found.since.isoformat(), found.until.isoformat()) == (since, until)


def test_january_follows_december():
    assert periods.named("last_month", dt.date(2026, 1, 31)) == Period(dt.date(2025, 12, 1), dt.date(2025, 12, 31))
    assert periods.named("quarter", dt.date(2026, 1, 31)).since == dt.date(2026, 1, 1)
    with pytest.raises(KeyError):
        periods.named("decade", dt.date(2026, 1, 31))


@given(DAYS, st.integers(1, 3660))
def test_the_parts_are_the_period(since, days):
    period = Period(since, since + DAY * (days - 1))
    parts = periods.parts(period)
    assert parts[0].since == period.since
    assert parts[-1].until == period.until
    assert all(before.until + DAY == after.since for before, after in pairwise(parts))
    assert all(part.since <= part.until for part in parts)
    assert len(parts) <= 125
    if 14 < days <= 190:
        assert all(part.since.weekday() == 0 for part in parts[1:])


@given(DAYS, st.integers(1, 800), st.lists(st.tuples(st.sampled_from(flows.KINDS), st.integers(-5, 900)), max_size=30))
def test_every_event_is_in_exactly_its_part(since, days, events):
    period = Period(since, since + DAY * (days - 1))
    by_day = {}
    for kind, after in events:
        by_day[kind, since + DAY * after] = by_day.get((kind, since + DAY * after), 0) + 1
    found = flows.flows(period, by_day)
    for flow in found:
        for kind in flows.KINDS:
            expected = sum(number for (each, day), number in by_day.items() if each == kind and day in flow.period)
            assert getattr(flow, kind) == expected


@given(st.lists(st.integers(0, 400), max_size=60))
def test_the_median_of_a_list(values):
    counted = {value: values.count(value) for value in values}
    assert flows.median(counted) == (sorted(values)[(len(values) - 1) // 2] if values else None)


def test_the_balance_is_in_less_out():
    flow = Flow(Period(dt.date(2026, 5, 1), dt.date(2026, 5, 1)), came=7, restored=2, taken=3, undone=1, archived=1)
    assert (flow.inward, flow.outward, flow.balance) == (9, 5, 4)
