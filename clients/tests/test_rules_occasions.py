"""Days that come round: by table, and by asking every day of a span what it is."""

import datetime as dt
from calendar import isleap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.occasions import age_on, celebrated_on, days_within, is_round, nearest, years_on
from clients.rules.placeholders import render, unknown

D = dt.date.fromisoformat
days = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))


@pytest.mark.parametrize(
    ("md", "year", "expected"),
    [(101, 2026, "2026-01-01"), (229, 2024, "2024-02-29"), (229, 2026, "2026-02-28"), (229, 2100, "2100-02-28")],
)
def test_celebrated_on(md, year, expected):
    assert celebrated_on(md, year) == D(expected)


def test_no_such_day():
    with pytest.raises(ValueError, match="day"):
        celebrated_on(230, 2024)


@pytest.mark.parametrize(
    ("first", "count", "expected"),
    [
        ("2026-12-29", 5, [1229, 1230, 1231, 101, 102]),
        ("2026-02-27", 3, [227, 228, 229, 301]),
        ("2024-02-27", 3, [227, 228, 229]),
        ("2026-03-01", 1, [301]),
        ("2026-03-01", 0, []),
    ],
)
def test_days_within(first, count, expected):
    assert list(days_within(D(first), count)) == expected


def test_a_day_never_comes_twice():
    with pytest.raises(ValueError, match="twice"):
        days_within(D("2026-01-01"), 366)


@given(days, st.integers(0, 365), days)
def test_a_birthday_is_in_the_span_exactly_when_it_is_celebrated_in_it(first, count, born):
    md = born.month * 100 + born.day
    span = [first + dt.timedelta(days=offset) for offset in range(count)]
    celebrated = [day for day in span if day == celebrated_on(md, day.year)]
    assert days_within(first, count).get(md) == (celebrated[0] if celebrated else None)


@given(days, days)
def test_nearest_is_a_celebration_and_none_is_nearer(born, today):
    md = born.month * 100 + born.day
    day = nearest(md, today)
    assert day == celebrated_on(md, day.year)
    assert abs((day - today).days) <= 183
    assert all(
        abs((celebrated_on(md, year) - today).days) >= abs((day - today).days) for year in (day.year - 1, day.year + 1)
    )


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("1976-05-13", "2026-05-13", 50),
        ("2000-02-29", "2026-02-28", 26),
        ("1900-05-13", "2026-05-13", 0),
        ("2027-05-13", "2026-05-13", 0),
    ],
)
def test_age_on(born, day, age):
    assert age_on(D(born), D(day)) == age


def test_a_company_may_be_older_than_a_person():
    assert years_on(1826, D("2026-05-13")) == 200
    assert years_on(2030, D("2026-05-13")) == 0


def test_round_years():
    assert [years for years in range(-5, 31) if is_round(years)] == [5, 10, 15, 20, 25, 30]
    assert not isleap(2026)  # what the tables above take for granted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear {first_name},", "Dear Anna,"),
        ("{first_name} {first_name}", "Anna Anna"),
        ("{nobody} {first_name", "{nobody} {first_name"),
        ("{{first_name}} {} { first_name }", "{Anna} {} { first_name }"),
        ("{client}", "{first_name} Ltd"),  # a value is not read again
        ("100 % {0} {first_name!r} {first_name.__class__}", "100 % {0} {first_name!r} {first_name.__class__}"),
    ],
)
def test_render(text, expected):
    assert render(text, {"first_name": "Anna", "client": "{first_name} Ltd"}) == expected


@given(st.text())
def test_render_never_fails(text):
    assert render(text, {}) == text
    unknown(text, [])


def test_unknown():
    assert unknown("{first_name} {Name} {x} {x} {} {a\nb}", ["first_name"]) == ["Name", "x", ""]
