"""A period and its pieces: the same days, and few of them one by one."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules.covers import Grain, Piece, cover
from reports.rules.periods import ONE_DAY, Period

days = st.dates(dt.date(2019, 1, 1), dt.date(2027, 12, 31))


@given(st.tuples(days, days), st.booleans())
def test_the_pieces_come_to_the_period(ends, with_years):
    period = Period(*sorted(ends))
    counted = Counter()
    for piece in cover(period, with_years=with_years):
        for number in range(piece.period.days):
            counted[piece.period.since + number * ONE_DAY] += piece.sign
    assert {day: number for day, number in counted.items() if number} == dict.fromkeys(
        (period.since + number * ONE_DAY for number in range(period.days)), 1
    )


@given(st.tuples(days, days), st.booleans())
def test_sums_are_of_whole_years_and_months_and_few_days_are_left_over(ends, with_years):
    for grain, period, _sign in cover(Period(*sorted(ends)), with_years=with_years):
        match grain:
            case Grain.YEAR:
                assert with_years
                assert (period.since.month, period.since.day) == (1, 1) == _month_and_day(period.until + ONE_DAY)
            case Grain.MONTH:
                assert period.since.day == 1 == (period.until + ONE_DAY).day
            case Grain.DAY:
                assert period.days < 31


def _month_and_day(day):
    return day.month, day.day


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-01-01", "2026-12-31", ["+year 2026-01-01 2026-12-31"]),
        ("2026-01-01", "2026-12-21", ["+year 2026-01-01 2026-12-31", "-day 2026-12-22 2026-12-31"]),
        (
            "2025-11-23",
            "2026-11-22",
            [
                "+year 2026-01-01 2026-12-31",
                "+month 2025-12-01 2025-12-31",
                "-month 2026-12-01 2026-12-31",
                "+day 2025-11-23 2025-11-30",
                "-day 2026-11-23 2026-11-30",
            ],
        ),
        ("2026-03-05", "2026-03-09", ["+day 2026-03-05 2026-03-09"]),
    ],
)
def test_examples(since, until, expected):
    pieces = cover(Period(dt.date.fromisoformat(since), dt.date.fromisoformat(until)))
    assert [_words(piece) for piece in pieces] == expected


def _words(piece: Piece) -> str:
    return f"{'+' if piece.sign == 1 else '-'}{piece.grain} {piece.period.since} {piece.period.until}"
