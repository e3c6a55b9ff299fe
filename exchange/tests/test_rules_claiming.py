"""The rules of claiming, alone: every one, its edges, and what they say together."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import clock
from exchange.rules.claiming import Claimer, ClaimRules, Lot, Refusal, cooldown_ends, pause_from, refusals

FULL = ClaimRules(
    delay_hours=24, daily=5, cap=150, former_days=90, cooldown_days=30, cooldown_returned_days=14, touch_days=7,
    failures=3, failure_window_days=90, pause_days=14, return_weekly=10,
)  # fmt: skip
D = dt.date.fromisoformat
TODAY = D("2026-03-10")
NOW = clock.at(TODAY, 10, 42)
DAY = dt.timedelta(days=1)
ARRIVED = TODAY - 5 * DAY


def lot(days_ago: float = 5, **kwargs) -> Lot:
    since = NOW - dt.timedelta(days=days_ago)
    return Lot(since=since, arrived_on=clock.local_date(since), **kwargs)


def asked(client: Lot, claimer: Claimer, rules: ClaimRules = FULL) -> list[str]:
    return [refusal.rule for refusal in refusals(client, claimer, rules, now=NOW, today=TODAY)]


@pytest.mark.parametrize(
    ("client", "claimer", "expected"),
    [
        (lot(), Claimer(), []),
        (lot(), Claimer(works=False), ["works"]),
        # The delay: to the second.
        (lot(1), Claimer(), []),
        (lot(1 - 1 / 86_400), Claimer(), ["delay"]),
        # The day's ledger and the cap: the limit itself is the last that fits.
        (lot(), Claimer(claimed_today=4), []),
        (lot(), Claimer(claimed_today=5), ["daily"]),
        (lot(), Claimer(held=149), []),
        (lot(), Claimer(held=150), ["cap"]),
        # A pause and a quarantine hold on their last day.
        (lot(), Claimer(paused_until=TODAY), ["pause"]),
        (lot(), Claimer(paused_until=TODAY - DAY), []),
        (lot(quarantine_until=TODAY), Claimer(), ["quarantine"]),
        (lot(quarantine_until=TODAY - DAY), Claimer(), []),
        # Former owners: of the 90 days before the arrival, 30 days after it; 14 when he gave it back himself.
        (lot(30, held_until=TODAY - 30 * DAY), Claimer(), []),
        (lot(29, held_until=TODAY - 29 * DAY), Claimer(), ["cooldown"]),
        (lot(14, held_until=TODAY - 14 * DAY, gave_back=True), Claimer(), []),
        (lot(13, held_until=TODAY - 13 * DAY, gave_back=True), Claimer(), ["cooldown"]),
        # A colleague in between launders nothing: counted from the last arrival.
        (lot(2, held_until=TODAY - 60 * DAY), Claimer(), ["cooldown"]),
        (lot(5, held_until=ARRIVED - 90 * DAY), Claimer(), ["cooldown"]),
        (lot(5, held_until=ARRIVED - 91 * DAY), Claimer(), []),
        # Everything at once: every rule is named.
        (
            lot(0.5, held_until=TODAY - DAY, quarantine_until=TODAY),
            Claimer(held=150, claimed_today=5, paused_until=TODAY),
            ["quarantine", "pause", "delay", "cooldown", "daily", "cap"],
        ),
    ],
)
def test_every_rule_at_its_edge(client, claimer, expected):
    assert asked(client, claimer) == expected


@pytest.mark.parametrize(
    ("client", "claimer", "off"),
    [
        (lot(0.5), Claimer(), {"delay_hours": None}),
        (lot(0.5), Claimer(), {"delay_hours": 0}),
        (lot(), Claimer(claimed_today=99), {"daily": None}),
        (lot(), Claimer(held=9999), {"cap": None}),
        (lot(), Claimer(paused_until=TODAY), {"failures": None}),
        (lot(2, held_until=TODAY - 2 * DAY), Claimer(), {"former_days": None}),
    ],
)
def test_each_can_be_switched_off(client, claimer, off):
    assert len(asked(client, claimer)) == 1
    kept = {name: getattr(FULL, name) for name in FULL.__slots__} | off
    assert asked(client, claimer, ClaimRules(**kept)) == []


def test_without_the_shorter_wait_who_gave_it_back_waits_as_everybody():
    client = lot(14, held_until=TODAY - 14 * DAY, gave_back=True)
    assert asked(client, Claimer(), ClaimRules(former_days=90, cooldown_days=30)) == ["cooldown"]


def test_every_refusal_says_from_when_except_the_cap():
    client = lot(0.5, held_until=TODAY - DAY, quarantine_until=TODAY + 2 * DAY)
    found = refusals(client, Claimer(held=150, claimed_today=5, paused_until=TODAY + DAY), FULL, now=NOW, today=TODAY)
    assert found == [
        Refusal("quarantine", on=TODAY + 3 * DAY),
        Refusal("pause", on=TODAY + 2 * DAY),
        Refusal("delay", at=client.since + DAY, number=24),
        Refusal("cooldown", on=client.arrived_on + 30 * DAY, number=30),
        Refusal("daily", on=TODAY + DAY, number=5),
        Refusal("cap", number=150),
    ]


lots = st.builds(
    lot,
    st.floats(0, 200),
    quarantine_until=st.none() | st.integers(-5, 60).map(lambda days: TODAY + days * DAY),
    held_until=st.none() | st.integers(0, 400).map(lambda days: TODAY - days * DAY),
    gave_back=st.booleans(),
)
claimers = st.builds(
    Claimer, held=st.integers(0, 200), claimed_today=st.integers(0, 8),
    paused_until=st.none() | st.integers(-5, 20).map(lambda days: TODAY + days * DAY),
)  # fmt: skip


@given(lots, claimers)
def test_from_the_day_that_is_named_the_rule_says_no_no_more(client, claimer):
    for refusal in refusals(client, claimer, FULL, now=NOW, today=TODAY):
        if refusal.rule in ("cap", "daily", "works"):
            continue
        then = refusal.at or clock.day_start(refusal.on)
        later = refusals(client, claimer, FULL, now=then, today=clock.local_date(then))
        assert refusal.rule not in {each.rule for each in later}
        before = then - dt.timedelta(seconds=1)
        assert refusal.rule in {
            each.rule for each in refusals(client, claimer, FULL, now=before, today=clock.local_date(before))
        }


@given(lots)
def test_a_later_arrival_never_shortens_the_wait(client):
    """Claim-and-drop by a colleague moves the arrival forward: whoever waited waits at least as long."""
    first = cooldown_ends(client, FULL)
    if first is None:
        return
    later = Lot(
        since=client.since + 3 * DAY, arrived_on=client.arrived_on + 3 * DAY, held_until=client.held_until,
        gave_back=client.gave_back,
    )  # fmt: skip
    again = cooldown_ends(later, FULL)
    assert again is None or again >= first


@pytest.mark.parametrize(
    ("failures", "last_pause", "expected"),
    [
        ([0, 1, 2], None, True),
        ([0, 1], None, False),
        ([0, 1, 89], None, True),
        ([0, 1, 90], None, False),
        # What led to a pause has been paid for.
        ([0, 1, 20], 20, False),
        ([0, 1, 19], 20, True),
    ],
)
def test_three_failures_within_the_window_pause(failures, last_pause, expected):
    days = [TODAY - number * DAY for number in failures]
    last = TODAY - last_pause * DAY if last_pause is not None else None
    assert pause_from(days, last, FULL, today=TODAY) is expected
    assert pause_from(days, last, ClaimRules(), today=TODAY) is False
