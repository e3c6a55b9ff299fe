"""On which days reports go out, and of which days they tell."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.rules.periods import ONE_DAY
from reports.rules.timing import LAST_DAY, MONTH, WEEK, next_day, told_of

DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31))


@settings(max_examples=60)
@given(DAYS, st.integers(1, 7))
def test_every_week_has_its_day(after, day):
    found = next_day(WEEK, day, after)
    assert found.isoweekday() == day
    assert ONE_DAY <= found - after <= 7 * ONE_DAY


@settings(max_examples=60)
@given(DAYS, st.integers(1, LAST_DAY))
def test_every_month_has_its_day(after, day):
    found = next_day(MONTH, day, after)
    assert found.day == day
    assert found > after
    between = [after + ONE_DAY * n for n in range(1, (found - after).days)]
    assert not any(each.day == day for each in between)


@pytest.mark.parametrize(
    ("every", "since", "until"), [(WEEK, "2026-11-16", "2026-11-22"), (MONTH, "2026-10-01", "2026-10-31")]
)
@pytest.mark.parametrize("today", ["2026-11-23", "2026-11-29"])
def test_what_is_over_is_told(every, since, until, today):
    period = told_of(every, dt.date.fromisoformat(today))
    assert (period.since.isoformat(), period.until.isoformat()) == (since, until)
