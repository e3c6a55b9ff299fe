"""When birthdays come."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.anniversaries import next_on, on_year

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2090, 12, 31))


@pytest.mark.parametrize(
    ("born", "today", "comes"),
    [
        ((1980, 3, 15), (2026, 3, 12), (2026, 3, 15)),
        ((1980, 3, 15), (2026, 3, 15), (2026, 3, 15)),
        ((1980, 3, 15), (2026, 3, 16), (2027, 3, 15)),
        ((1980, 1, 2), (2026, 12, 30), (2027, 1, 2)),
        ((1984, 2, 29), (2026, 2, 27), (2026, 2, 28)),
        ((1984, 2, 29), (2028, 2, 27), (2028, 2, 29)),
        ((1984, 2, 29), (2026, 3, 1), (2027, 2, 28)),
        ((1984, 2, 29), (2027, 3, 1), (2028, 2, 29)),
    ],
)
def test_when_it_comes(born, today, comes):
    assert next_on(dt.date(*born), dt.date(*today)) == dt.date(*comes)


@given(born=DAYS, today=DAYS)
def test_it_comes_within_a_year_and_never_before_today(born, today):
    comes = next_on(born, today)
    assert 0 <= (comes - today).days <= 366
    assert comes in (on_year(born, comes.year),)
    assert (comes.month, comes.day) == (born.month, born.day) or (born.month, born.day, comes.day) == (2, 29, 28)
