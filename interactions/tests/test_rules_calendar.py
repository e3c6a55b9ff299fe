"""The layout of a calendar: days, pieces, lanes, clashes, and how full a day is."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.rules.calendar_grid import (
    DAY_MINUTES,
    Piece,
    Stretch,
    View,
    clash,
    clashing,
    days_shown,
    drawn_end,
    gaps,
    hours_shown,
    pieces,
    side_by_side,
    stepped,
)
from interactions.rules.load import Level, Load, capacity, total

D = dt.date.fromisoformat
BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
DAY = D("2026-11-24")


def at(text: str, zone: ZoneInfo = MOSCOW) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def piece(start: int, end: int, what: str = "") -> Piece:
    return Piece(what, DAY, start, end)


# --- days
@pytest.mark.parametrize(
    ("view", "first", "last", "number"),
    [
        (View.MONTH, "2026-10-26", "2026-12-06", 42),
        (View.WEEK, "2026-11-23", "2026-11-29", 7),
        (View.DAY, "2026-11-24", "2026-11-24", 1),
        (View.AGENDA, "2026-11-24", "2026-12-07", 14),
    ],
)
def test_the_days_of_a_view(view, first, last, number):
    days = days_shown(view, DAY)
    assert (days[0], days[-1], len(days)) == (D(first), D(last), number)


@pytest.mark.parametrize(
    ("view", "day", "by", "expected"),
    [
        (View.MONTH, "2026-01-31", 1, "2026-02-28"),
        (View.MONTH, "2026-01-31", -1, "2025-12-31"),
        (View.MONTH, "2026-12-15", 1, "2027-01-15"),
        (View.WEEK, "2026-12-30", 1, "2027-01-06"),
        (View.DAY, "2026-03-01", -1, "2026-02-28"),
        (View.AGENDA, "2026-11-24", 1, "2026-12-08"),
    ],
)
def test_the_next_and_the_previous_period(view, day, by, expected):
    assert stepped(view, D(day), by) == D(expected)


@given(st.sampled_from(View), st.dates(D("1990-01-01"), D("2090-01-01")))
def test_a_day_is_among_those_shown_for_it(view, day):
    shown = days_shown(view, day)
    assert day in shown
    assert all(second - first == dt.timedelta(days=1) for first, second in pairwise(shown))


# --- where something stands
@pytest.mark.parametrize(
    ("start", "end", "zone", "expected"),
    [
        ("2026-11-24T10:00", "2026-11-24T11:30", MOSCOW, [("2026-11-24", 600, 690)]),
        # What ends at midnight does not reach into the next day; what lasts no time still has its place.
        ("2026-11-24T22:00", "2026-11-25T00:00", MOSCOW, [("2026-11-24", 1320, 1440)]),
        ("2026-11-24T10:00", "2026-11-24T10:00", MOSCOW, [("2026-11-24", 600, 600)]),
        ("2026-11-24T23:00", "2026-11-25T01:15", MOSCOW, [("2026-11-24", 1380, 1440), ("2026-11-25", 0, 75)]),
        (
            "2026-11-24T12:00",
            "2026-11-26T09:00",
            MOSCOW,
            [("2026-11-24", 720, 1440), ("2026-11-25", 0, 1440), ("2026-11-26", 0, 540)],
        ),
        # The clock goes from 3:00 back to 2:00 and from 2:00 on to 3:00: an hour stays an hour.
        ("2026-10-25T02:30", "2026-10-25T03:30", BERLIN, [("2026-10-25", 150, 270)]),
        ("2026-03-29T01:30", "2026-03-29T03:30", BERLIN, [("2026-03-29", 90, 150)]),
    ],
)
def test_the_pieces_of_a_stretch_of_time(start, end, zone, expected):
    found = pieces("it", at(start, zone).astimezone(dt.UTC), at(end, zone).astimezone(dt.UTC), zone)
    assert [(each.day.isoformat(), each.start, each.end) for each in found] == expected


def test_a_day_is_that_of_who_looks():
    start = at("2026-11-24T02:00")
    assert [each.day for each in pieces("it", start, start, BERLIN)] == [D("2026-11-24")]
    assert [(each.day, each.start) for each in pieces("it", start, start, ZoneInfo("America/New_York"))] == [
        (D("2026-11-23"), 18 * 60)
    ]


PIECES = st.lists(
    st.tuples(st.integers(0, DAY_MINUTES - 1), st.integers(0, 300)).map(
        lambda pair: piece(pair[0], min(pair[0] + pair[1], DAY_MINUTES))
    ),
    max_size=12,
)


@given(PIECES)
def test_nothing_is_drawn_over_anything_else(found):
    placed = side_by_side(found)
    assert sorted((each.piece.start, each.piece.end) for each in placed) == sorted((p.start, p.end) for p in found)
    for n, one in enumerate(placed):
        assert 0 <= one.lane < one.lanes
        for other in placed[n + 1 :]:
            overlap = one.piece.start < drawn_end(other.piece) and other.piece.start < drawn_end(one.piece)
            if overlap:
                assert one.lane != other.lane
                assert one.lanes == other.lanes


@given(PIECES)
def test_there_are_no_more_lanes_than_things_at_one_moment(found):
    for each in side_by_side(found):
        at_once = max(sum(other.start <= moment.start < drawn_end(other) for other in found) for moment in found)
        assert each.lanes <= at_once


def test_groups_apart_have_the_whole_width():
    placed = side_by_side([piece(600, 660), piece(630, 690), piece(900, 960)])
    assert [(each.lane, each.lanes) for each in placed] == [(0, 2), (1, 2), (0, 1)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], range(8, 19)),
        ([piece(7 * 60 + 30, 8 * 60)], range(7, 19)),
        ([piece(20 * 60, 20 * 60 + 10)], range(8, 21)),
        ([piece(0, DAY_MINUTES)], range(24)),
    ],
)
def test_the_hours_of_a_page(found, expected):
    assert hours_shown(found, 9 * 60, 18 * 60) == expected


def test_what_nobody_works_in():
    assert gaps([piece(540, 1080)], 480, 1140) == [(480, 540), (1080, 1140)]
    assert gaps([], 480, 1140) == [(480, 1140)]
    assert gaps([piece(0, 1440)], 480, 1140) == []


# --- clashes
def stretch(start: str, end: str, *, fixed: bool = True) -> Stretch:
    return Stretch(at(f"2026-11-24T{start}"), at(f"2026-11-24T{end}"), fixed)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (stretch("10:00", "11:00"), stretch("10:30", "11:30"), True),
        (stretch("10:00", "11:00"), stretch("11:00", "12:00"), False),
        (stretch("10:00", "12:00"), stretch("10:30", "11:00"), True),
        # A call to be made about ten stands in the way of a meeting, but not of another such call.
        (stretch("10:00", "11:00"), stretch("10:00", "10:15", fixed=False), True),
        (stretch("10:00", "10:15", fixed=False), stretch("10:00", "10:15", fixed=False), False),
    ],
)
def test_what_cannot_both_be_kept(one, other, expected):
    assert clash(one, other) is expected
    assert clash(other, one) is expected


MINUTES = st.integers(0, 600)
STRETCHES = st.lists(
    st.builds(
        lambda start, length, fixed: Stretch(
            at("2026-11-24T08:00") + dt.timedelta(minutes=start),
            at("2026-11-24T08:00") + dt.timedelta(minutes=start + length),
            fixed,
        ),
        MINUTES,
        st.integers(0, 180),
        st.booleans(),
    ),
    max_size=10,
)


@given(STRETCHES)
def test_the_clashes_of_a_list_are_those_of_its_pairs(found):
    pairs = [(n, m) for n in range(len(found)) for m in range(n) if clash(found[n], found[m])]
    assert clashing(found) == {place for pair in pairs for place in pair}


# --- how full a day is
@pytest.mark.parametrize(
    ("planned", "working", "level", "percent"),
    [
        (0, 480, Level.FREE, 0),
        (119, 480, Level.FREE, 25),
        (120, 480, Level.SOME, 25),
        (360, 480, Level.FULL, 75),
        (480, 480, Level.FULL, 100),
        (481, 480, Level.OVER, 100),
        (0, 0, Level.OFF, None),
        (15, 0, Level.OVER, None),
    ],
)
def test_a_load_in_a_word(planned, working, level, percent):
    load = Load(planned, working)
    assert (load.level, load.percent) == (level, percent)


def test_the_load_of_a_week_is_that_of_its_days_together():
    assert total([Load(60, 480), Load(30, 0), Load(0, 480)]) == Load(90, 960)
    assert total([]) == Load()


@pytest.mark.parametrize(
    ("day", "weekdays", "off", "expected"),
    [
        ("2026-11-24", "12345", [], 480),
        ("2026-11-28", "12345", [], 0),
        ("2026-11-28", "6", [], 480),
        ("2026-11-24", "12345", ["2026-11-24"], 0),
    ],
)
def test_the_working_time_of_a_day(day, weekdays, off, expected):
    assert capacity(D(day), weekdays, 480, {D(each) for each in off}) == expected
