"""When a reminder is due."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.rules.reminders import NEVER, due_at, is_worth_telling

NOW = dt.datetime(2026, 5, 20, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def due(ahead: int, *, before=None, preference=15, is_planned=True, waiting=None):
    """Minutes from now until the reminder of an event that is ``ahead`` minutes away."""
    found = due_at(
        is_planned=is_planned,
        occurs_at=NOW + ahead * MINUTE,
        before=before,
        preference=preference,
        now=NOW,
        waiting=NOW + waiting * MINUTE if waiting is not None else None,
    )
    return found and (found - NOW) // MINUTE


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"ahead": 60}, 45),
        ({"ahead": 60, "before": 30}, 30),
        ({"ahead": 60, "before": 0}, 60),
        ({"ahead": 60, "before": NEVER}, None),
        ({"ahead": 60, "preference": None}, None),
        ({"ahead": 60, "preference": None, "before": 5}, 55),
        ({"ahead": 60, "is_planned": False}, None),
        # Its moment has passed when it is planned.
        ({"ahead": 15}, None),
        ({"ahead": 10}, None),
        ({"ahead": -60}, None),
        # It waits to be told: an edit does not take it away, another time does.
        ({"ahead": 10, "waiting": -5}, -5),
        ({"ahead": 10, "waiting": -4}, None),
        ({"ahead": 10, "waiting": -5, "is_planned": False}, None),
    ],
)
def test_due(facts, expected):
    assert due(**facts) == expected


@given(
    ahead=st.integers(-3000, 3000),
    before=st.none() | st.integers(-1, 1440),
    preference=st.none() | st.integers(0, 1440),
    is_planned=st.booleans(),
)
def test_it_lies_ahead_of_now_and_not_after_the_event(ahead, before, preference, is_planned):
    found = due(ahead, before=before, preference=preference, is_planned=is_planned)
    assert found is None or (is_planned and before != NEVER and 0 < found <= ahead)


@pytest.mark.parametrize(("hours", "is_worth"), [(-1, True), (0, True), (24, True), (25, False)])
def test_a_late_one_is_told_for_a_day(hours, is_worth):
    assert is_worth_telling(occurs_at=NOW - dt.timedelta(hours=hours), now=NOW) is is_worth
