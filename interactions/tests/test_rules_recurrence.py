"""Which days a recurring event falls on."""

import datetime as dt
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.rules.recurrence import Rule, meant_days, moment_of, occurrences
from interactions.rules.workdays import is_working

MONDAY = dt.date(2026, 5, 11)


def on(n: int) -> dt.date:
    return MONDAY + dt.timedelta(days=n)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (Rule(on(0), "daily"), [on(0), on(1), on(2), on(3)]),
        (Rule(on(0), "daily", interval=3), [on(0), on(3), on(6), on(9)]),
        (Rule(on(0)), [on(0), on(7), on(14), on(21)]),
        (Rule(on(0), interval=2), [on(0), on(14), on(28), on(42)]),
        (Rule(on(0), weekdays=frozenset({0, 3})), [on(0), on(3), on(7), on(10)]),
        # The day it begins on is one of its days, whatever is ticked; weeks begin on Monday.
        (Rule(on(2), interval=2, weekdays=frozenset({0})), [on(2), on(14), on(16), on(28)]),
        (Rule(day("2026-05-10"), "monthly"), [day(f"2026-0{m}-10") for m in (5, 6, 7, 8)]),
        # A shorter month has it on its last day, and the next one on the 31st again.
        (
            Rule(day("2026-01-31"), "monthly"),
            [day(d) for d in ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30")],
        ),
        (
            Rule(day("2026-01-30"), "monthly"),
            [day(d) for d in ("2026-01-30", "2026-02-28", "2026-03-30", "2026-04-30")],
        ),
        # The second Tuesday; a fifth one is the last.
        (
            Rule(day("2026-05-12"), "monthly", by_weekday=True),
            [day(f"2026-0{d}") for d in ("5-12", "6-09", "7-14", "8-11")],
        ),
        (
            Rule(day("2026-01-29"), "monthly", by_weekday=True),
            [day(f"2026-0{d}") for d in ("1-29", "2-26", "3-26", "4-30")],
        ),
        (Rule(day("2024-02-29"), "yearly"), [day(d) for d in ("2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28")]),
        (Rule(day("2026-05-10"), "yearly", interval=2), [day(f"{y}-05-10") for y in (2026, 2028, 2030, 2032)]),
        (Rule(on(0), "daily", until=on(2)), [on(0), on(1), on(2)]),
        (Rule(on(0), "daily", count=2), [on(0), on(1)]),
    ],
)
def test_the_days_a_rule_means(rule, days):
    assert list(islice(meant_days(rule), 4)) == days


@pytest.mark.parametrize(
    ("off_days", "days"),
    [
        ("keep", [(5, 5), (6, 6), (7, 7), (8, 8), (9, 9)]),
        ("skip", [(9, 9)]),  # Saturday, Sunday, and two holidays
        ("shift", [(9, 9)]),  # what would move to Wednesday is left out: Wednesday has its own
    ],
)
def test_days_off(off_days, days):
    rule = Rule(on(0), "daily", off_days=off_days)
    found = occurrences(rule, after=on(4), through=on(9), days_off={on(7), on(8)})
    assert [(each.meant_on, each.day) for each in found] == [(on(meant), on(goes)) for meant, goes in days]


def test_what_would_meet_another_is_left_out():
    rule = Rule(on(0), weekdays=frozenset({5, 6}))  # with the Monday it begins on
    assert [each.day for each in occurrences(rule, after=on(0), through=on(20))] == [on(7), on(14)]


def test_a_weekend_moves_to_monday_once():
    rule = Rule(on(5), weekdays=frozenset({5, 6}))
    found = occurrences(rule, after=on(5), through=on(13))
    assert [(each.meant_on, each.day) for each in found] == [(on(12), on(14))]


def test_the_last_day_of_a_stretch_moves_past_it():
    rule = Rule(on(-2))  # every Saturday
    assert [each.day for each in occurrences(rule, after=on(-2), through=on(5), days_off={on(7)})] == [on(8)]


RULES = st.builds(
    Rule,
    starts_on=st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)),
    frequency=st.sampled_from(["daily", "weekly", "monthly", "yearly"]),
    interval=st.integers(1, 5),
    weekdays=st.frozensets(st.integers(0, 6)),
    by_weekday=st.booleans(),
    off_days=st.sampled_from(["keep", "shift", "skip"]),
)


@given(RULES, st.frozensets(st.integers(0, 300), max_size=60), st.integers(0, 200))
def test_the_calendar_can_be_filled_piece_by_piece(rule, off, cut):
    days_off = {rule.starts_on + dt.timedelta(days=n) for n in off}
    middle, end = rule.starts_on + dt.timedelta(days=cut), rule.starts_on + dt.timedelta(days=250)
    whole = occurrences(rule, after=rule.starts_on, through=end, days_off=days_off)
    first = occurrences(rule, after=rule.starts_on, through=min(middle, end), days_off=days_off)
    second = occurrences(rule, after=min(middle, end), through=end, days_off=days_off)
    assert first + second == whole


@given(RULES, st.frozensets(st.integers(0, 300), max_size=60))
def test_every_occurrence_has_a_day_of_its_own(rule, off):
    days_off = {rule.starts_on + dt.timedelta(days=n) for n in off}
    end = rule.starts_on + dt.timedelta(days=250)
    found = occurrences(rule, after=rule.starts_on, through=end, days_off=days_off)
    assert all(one.meant_on < other.meant_on for one, other in pairwise(found))
    assert len({each.day for each in found}) == len(found)
    if rule.off_days != "keep":
        assert all(is_working(each.day, days_off) for each in found)


def test_ten_oclock_stays_ten_oclock_when_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    assert [moment_of(day(text), dt.time(10), berlin).hour for text in ("2026-03-27", "2026-03-30")] == [9, 8]
    # 02:30 is left out on that night.
    left_out = moment_of(day("2026-03-29"), dt.time(2, 30), berlin)
    assert left_out.astimezone(berlin).time() == dt.time(3, 30)
