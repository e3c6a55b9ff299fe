"""The pure rules of the signals: examples, and a naive computation on whatever Hypothesis thinks of."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.rules.signals import Rescue, Touch, bursts, in_last_days, length, one_sided_row

D = dt.date.fromisoformat
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("", ""), 0),
        (("called", ""), 6),
        (("called", "ok"), 8),
        (("  called \n\n   back ", "  "), 11),
        (("a" * 39, "b"), 40),
        (("x" + " " * 100 + "y",), 3),
    ],
)
def test_white_space_is_no_report(texts, expected):
    assert length(*texts) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-02", False), ("2026-03-03", True), ("2026-03-09", True), ("2026-03-10", True), ("2026-05-01", True)],
)
def test_the_last_days_end_with_the_client_not_with_its_dates(day, expected):
    assert in_last_days(D(day), D("2026-03-10"), 7) is expected


# --- many clients within minutes --------------------------------------------------------------------------------------
def touches(*minutes_and_clients):
    return [
        Touch(NOON + minute * MINUTE, number, client) for number, (minute, client) in enumerate(minutes_and_clients)
    ]


def found(rows, clients=3, minutes=10):
    return [burst.events for burst in bursts(rows, clients=clients, minutes=minutes)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([(0, 1), (1, 2)], []),
        ([(0, 1), (5, 2), (10, 3)], [[0, 1, 2]]),  # the end of the window belongs to it
        ([(0, 1), (5, 2), (10.1, 3)], []),
        ([(0, 1), (1, 2), (2, 1), (3, 2)], []),  # two clients, however often
        ([(0, 1), (1, 2), (2, 3), (12, 4), (13, 5)], [[0, 1, 2]]),  # who stands in no full window stays out
        ([(0, 1), (1, 2), (2, 3), (11, 4), (12, 5), (20, 6)], [[0, 1, 2, 3, 4, 5]]),  # windows that overlap are one
        ([(0, 1), (1, 2), (2, 3), (60, 4), (61, 5), (62, 6)], [[0, 1, 2], [3, 4, 5]]),
        ([(0, 1), (0, 2), (0, 3)], [[0, 1, 2]]),
        ([(0, 1), (9, 1), (11, 2), (19, 3)], [[1, 2, 3]]),
    ],
)
def test_a_burst_is_a_maximal_run_of_full_windows(rows, expected):
    assert found(touches(*rows)) == expected


def naive(rows, clients, minutes):
    """Every window by itself; then those that share a touch are put together until nothing changes."""
    full = []
    for start in rows:
        window = {row for row in rows if dt.timedelta() <= row.moment - start.moment <= minutes * MINUTE}
        if len({row.client for row in window}) >= clients:
            full.append(window)
    merged = True
    while merged:
        merged = False
        for one in full:
            for other in full:
                if one is not other and one & other:
                    full = [each for each in full if each is not one and each is not other] + [one | other]
                    merged = True
                    break
            if merged:
                break
    return sorted([row.event for row in sorted(each)] for each in full)


ROWS = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 6)), max_size=30)


@given(ROWS, st.integers(2, 5), st.integers(1, 15))
def test_bursts_are_what_looking_at_every_window_finds(rows, clients, minutes):
    row = [Touch(NOON + minute * MINUTE, number, client) for number, (minute, client) in enumerate(rows)]
    assert sorted(found(row, clients, minutes)) == naive(row, clients, minutes)


@given(ROWS, st.integers(2, 5), st.integers(1, 15))
def test_bursts_share_nothing_and_each_is_one(rows, clients, minutes):
    row = [Touch(NOON + minute * MINUTE, number, client) for number, (minute, client) in enumerate(rows)]
    runs = bursts(row, clients=clients, minutes=minutes)
    events = [event for run in runs for event in run.events]
    assert len(events) == len(set(events))
    assert all(run.clients >= clients and run.first <= run.last for run in runs)
    assert all(one.last <= other.first for one, other in pairwise(runs))


# --- rescued again and again from one side ----------------------------------------------------------------------------
def rescues(*rows):
    """(row, date, manager, stretch) with the contact on the date itself."""
    return [Rescue(row, D(date), D(date), manager, stretch) for row, date, manager, stretch in rows]


THREE = rescues((1, "2026-01-10", 7, 0), (2, "2026-02-15", 7, 0), (3, "2026-03-20", 7, 0))


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ([], [1, 2, 3]),
        (["2026-01-09"], [1, 2, 3]),  # before the first of them
        (["2026-01-10"], [2, 3]),  # on its day: it was not from one side
        (["2026-01-11"], [2, 3]),
        (["2026-02-15"], [3]),
        (["2026-03-20"], []),
        (["2026-03-21"], [1, 2, 3]),  # after the last: not known yet
        (["2025-12-01", "2026-01-20", "2026-04-01"], [2, 3]),
    ],
)
def test_who_answers_breaks_the_row(answered, expected):
    assert [rescue.row for rescue in one_sided_row(THREE, [D(day) for day in answered])] == expected


def test_another_manager_breaks_the_row():
    row = rescues((1, "2026-01-10", 7, 0), (2, "2026-02-15", 8, 0), (3, "2026-03-20", 7, 0), (4, "2026-04-20", 7, 0))
    assert [rescue.row for rescue in one_sided_row(row, [])] == [3, 4]
    assert one_sided_row([], [D("2026-01-01")]) == []


def test_a_talk_between_the_contact_and_its_late_entry_counts():
    late = Rescue(1, D("2026-01-12"), D("2026-01-10"), 7)
    assert one_sided_row([late], [D("2026-01-10")]) == []
    assert one_sided_row([late], [D("2026-01-09")]) == [late]
