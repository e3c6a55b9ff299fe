"""Which day a quick choice means."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.rules.workdays import QUICK, is_working, quick_day, working_day_from

MONDAY = dt.date(2026, 5, 11)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1))


def on(n: int) -> dt.date:
    return MONDAY + dt.timedelta(days=n)


@pytest.mark.parametrize(
    ("today", "choice", "off", "meant"),
    [
        (on(0), "tomorrow", (), on(1)),
        (on(0), "tomorrow", (on(1), on(2)), on(3)),
        (on(4), "tomorrow", (), on(7)),  # Friday
        (on(4), "tomorrow", (on(7),), on(8)),
        (on(0), "three_days", (), on(3)),
        (on(2), "three_days", (), on(7)),  # Saturday is none
        (on(0), "monday", (), on(7)),  # the next one, not today
        (on(6), "monday", (), on(7)),
        (on(6), "monday", (on(7),), on(8)),
        (on(0), "week", (), on(7)),
        (on(5), "week", (), on(14)),
        (dt.date(2026, 1, 30), "month", (), dt.date(2026, 3, 2)),  # 28 February is a Saturday
        (dt.date(2026, 12, 31), "month", (), dt.date(2027, 2, 1)),  # 31 January is a Sunday
        (on(0), "month", (), dt.date(2026, 6, 11)),
    ],
)
def test_the_day_meant(today, choice, off, meant):
    assert quick_day(choice, today, frozenset(off)) == meant


@given(DAYS, st.sampled_from(QUICK), st.frozensets(DAYS, max_size=5))
def test_a_quick_choice_is_a_working_day_ahead(today, choice, off):
    day = quick_day(choice, today, off)
    assert day > today
    assert is_working(day, off)


@given(DAYS, st.frozensets(DAYS, max_size=5))
def test_no_working_day_is_skipped(day, off):
    found = working_day_from(day, off)
    between = [day + dt.timedelta(days=n) for n in range((found - day).days)]
    assert not any(is_working(each, off) for each in between)


def test_another_choice_is_none():
    with pytest.raises(ValueError, match="no quick choice"):
        quick_day("someday", MONDAY, ())
