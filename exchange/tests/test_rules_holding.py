"""What holds a client, when it leaves, when it is warned, when the breaker trips: tables, and a naive day by day."""

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.rules.holding import (
    Fact,
    Facts,
    Hold,
    breaker_trips,
    holds_on,
    leaving,
    plan_hold,
    warning_hold,
    warning_level,
)
from exchange.rules.night import BARE, NightRules

D = dt.date.fromisoformat
DAY = dt.timedelta(days=1)
TODAY = D("2026-03-10")
#: Everything is on, as it is shipped.
FULL = NightRules(
    process_days=60,
    plan_days=60,
    plan_times=2,
    protection=True,
    contract=True,
    undo_grace=7,
    warn_levels=(1, 7, 14, 30),
    warn_head=14,
    warn_age=14,
    breaker_percent=5,
    breaker_clients=200,
    first_run_dry=True,
)
WARNED = TODAY - 40 * DAY


def on(days: int) -> dt.date:
    """The day so many days after today."""
    return TODAY + days * DAY


def fact(kind: str, first: int, last: int, source: str = "") -> Fact:
    return Fact(kind, on(first), on(last), source or f"{kind}:1")


def plan(days: int, source: str = "event:1") -> Fact:
    return Fact("plan", on(days), on(days), source)


def known(*facts: Fact, used: tuple = (), warned: dt.date | None = WARNED) -> Facts:
    return Facts(list(facts), {(source, on(days)) for source, days in used}, warned)


def kinds(facts: Facts, *, day: int = 0, rules: NightRules = FULL, told: int = 0) -> list[str]:
    return [hold.kind for hold in holds_on(facts, rules, day=on(day), told_on=on(told))]


# --- one night --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["contract", "protection", "undo", "process"])
def test_a_fact_holds_from_its_first_to_its_last_day(kind):
    facts = known(fact(kind, -3, 5))
    assert [day for day in range(-10, 10) if kinds(facts, day=day, told=day)] == list(range(-3, 6))
    assert holds_on(facts, FULL, day=TODAY, told_on=TODAY) == [Hold(kind, on(5), f"{kind}:1")]


@pytest.mark.parametrize("kind", ["contract", "protection", "undo", "process"])
def test_a_night_caught_up_minds_what_was_given_since_and_not_what_is_still_to_come(kind):
    given, ahead = known(fact(kind, 0, 5)), known(fact(kind, 1, 5))
    assert [kinds(given, day=day, told=0) for day in (-3, 0)] == [[kind], [kind]]
    assert kinds(ahead, day=-3, told=0) == []


def test_the_strongest_hold_comes_first_and_of_a_kind_the_longest():
    facts = known(
        fact("process", -1, 50),
        fact("undo", -1, 3),
        fact("protection", -1, 4, "protection:1"),
        fact("protection", -1, 9, "protection:2"),
        fact("contract", -1, 1),
        plan(5),
        warned=on(-2),
    )
    holds = holds_on(facts, FULL, day=TODAY, told_on=TODAY)
    assert [(hold.kind, hold.until) for hold in holds] == [
        ("contract", on(1)),
        ("protection", on(9)),
        ("protection", on(4)),
        ("undo", on(3)),
        ("process", on(50)),
        ("warning", on(11)),
    ]


@pytest.mark.parametrize("kind", ["contract", "protection", "undo", "process"])
def test_a_plan_is_not_spent_while_anything_else_holds(kind):
    assert kinds(known(fact(kind, 0, 0), plan(5))) == [kind]
    assert kinds(known(fact(kind, 0, 0), plan(5)), day=1) == ["plan"]
    assert kinds(known(plan(5), warned=None)) == ["warning"]


@pytest.mark.parametrize(
    ("days", "holds"), [(-1, False), (0, True), (1, True), (59, True), (60, True), (61, False), (400, False)]
)
def test_a_plan_holds_on_its_day_and_sixty_days_before(days, holds):
    assert kinds(known(plan(days))) == (["plan"] if holds else [])


@pytest.mark.parametrize(
    ("used", "days", "held_until"),
    [
        ([], 10, 10),
        # going on with a plan costs nothing, even when both times were used
        ([("event:1", 10)], 10, 10),
        ([("event:0", -5), ("event:1", 10)], 10, 10),
        # moved earlier: the same plan
        ([("event:1", 10)], 3, 3),
        ([("event:0", -5), ("event:1", 10)], 3, 3),
        # moved later: one more time
        ([("event:1", 10)], 11, 11),
        ([("event:0", -5), ("event:1", 10)], 11, None),
        # a third in a row
        ([("event:0", -5)], 10, 10),
        ([("event:0", -5), ("event:9", -1)], 10, None),
    ],
)
def test_plans_twice_in_a_row(used, days, held_until):
    hold = plan_hold(known(plan(days), used=tuple(used)), FULL, day=TODAY)
    assert (hold and hold.until) == (held_until and on(held_until))


def test_the_farthest_plan_is_taken_but_a_known_one_goes_on():
    facts = known(plan(5, "event:1"), plan(20, "event:2"), plan(61, "event:3"))
    assert plan_hold(facts, FULL, day=TODAY) == Hold("plan", on(20), "event:2")
    facts.used = {("event:1", on(5))}
    assert plan_hold(facts, FULL, day=TODAY) == Hold("plan", on(5), "event:1")
    assert plan_hold(facts, FULL, day=on(6)) == Hold("plan", on(61), "event:3")


def test_without_a_limit_plans_hold_as_often_as_there_are_any():
    used = tuple((f"event:{number}", -number) for number in range(2, 50))
    without = dataclasses.replace(FULL, plan_times=NightRules().plan_times)
    assert plan_hold(known(plan(1), used=used), without, day=TODAY) == Hold("plan", on(1), "event:1")
    assert plan_hold(known(plan(1), used=used), FULL, day=TODAY) is None


@pytest.mark.parametrize(
    ("warned", "until"),
    [(None, 13), (0, 13), (-1, 12), (-13, 0), (-14, None), (-40, None)],
)
def test_nobody_leaves_before_the_first_warning_is_fourteen_days_old(warned, until):
    hold = warning_hold(None if warned is None else on(warned), FULL, day=TODAY, told_on=TODAY)
    assert (hold and hold.until) == (None if until is None else on(until))


def test_each_rule_can_be_switched_off():
    facts = known(plan(5), warned=None)
    assert kinds(facts, rules=dataclasses.replace(FULL, warn_age=None)) == ["plan"]
    assert kinds(facts, rules=dataclasses.replace(FULL, warn_levels=())) == ["plan"]
    assert kinds(facts, rules=dataclasses.replace(FULL, plan_days=None)) == ["warning"]
    assert kinds(facts, rules=dataclasses.replace(FULL, plan_days=None, warn_age=None)) == []
    assert kinds(facts, rules=BARE) == []


# --- the expected leaving day -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "detach_on", "leaves_on", "path"),
    [
        (known(), 20, 20, []),
        (known(), 0, 0, []),
        (known(), -30, 0, []),
        (known(warned=None), 20, 20, []),
        (known(warned=None), 14, 14, []),
        (known(warned=None), 13, 14, ["warning"]),
        (known(warned=None), -30, 14, ["warning"]),
        (known(warned=on(-10)), -30, 4, ["warning"]),
        (known(fact("process", -10, 50)), 20, 51, ["process"]),
        (known(fact("process", -10, 19)), 20, 20, []),
        (known(fact("process", -10, 20)), 20, 21, ["process"]),
        (known(fact("protection", 30, 60)), 20, 20, []),
        (known(fact("protection", 30, 60), fact("process", 0, 29)), 20, 61, ["process", "protection"]),
        (known(plan(25)), 20, 26, ["plan"]),
        (known(plan(25, "event:1"), plan(30, "event:2"), plan(40, "event:3")), 20, 41, ["plan"]),
        (known(plan(25, "event:1"), plan(85, "event:2"), plan(145, "event:3")), 20, 86, ["plan", "plan"]),
        (known(plan(25), used=(("event:8", -1),)), 20, 26, ["plan"]),
        (known(plan(25), used=(("event:8", -1), ("event:9", -1))), 20, 20, []),
        (known(plan(5), warned=None), -3, 14, ["warning"]),
        (known(plan(15), warned=None), -3, 16, ["warning", "plan"]),
    ],
)
def test_when_a_client_leaves_and_what_holds_it(facts, detach_on, leaves_on, path):
    found = leaving(facts, FULL, detach_on=on(detach_on), day=TODAY)
    assert (found.on, [hold.kind for hold in found.holds]) == (on(leaves_on), path)


class Naive:
    """A client and its nights one by one, from the words of the rules."""

    def __init__(self, facts: Facts, rules: NightRules, told_on: dt.date) -> None:
        self.facts, self.rules = facts, rules
        self.warned = facts.first_warned_on or told_on
        self.promised = [*facts.used]

    def stays(self, day: dt.date) -> bool:
        if any(one.kind != "plan" and one.starts_on <= day <= one.until for one in self.facts.facts):
            return True
        if self.rules.warn_age and self.rules.warn_levels and (day - self.warned).days < self.rules.warn_age:
            return True
        if self.rules.plan_days is None:
            return False
        coming = [
            one
            for one in self.facts.facts
            if one.kind == "plan" and 0 <= (one.until - day).days <= self.rules.plan_days
        ]
        for one in coming:
            if any(source == one.source and one.until <= until for source, until in self.promised):
                return True
        if coming and len(self.promised) < self.rules.plan_times:
            coming.sort(key=lambda one: (one.until, one.source))
            self.promised.append((coming[-1].source, coming[-1].until))
            return True
        return False

    def leaves_on(self, first: dt.date) -> dt.date:
        while self.stays(first):
            first += DAY
        return first


days = st.integers(-40, 120)
some_facts = st.lists(
    st.one_of(
        st.builds(
            lambda kind, first, length: fact(kind, first, first + length),
            st.sampled_from(["contract", "protection", "undo", "process"]),
            days,
            st.integers(0, 40),
        ),
        st.builds(lambda day, number: plan(day, f"event:{number}"), days, st.integers(1, 6)),
    ),
    max_size=7,
    # one event has one day
    unique_by=lambda one: one.source if one.kind == "plan" else object(),
)
all_rules = st.builds(
    lambda plan_days, plan_times, warn_age, levels: dataclasses.replace(
        FULL, plan_days=plan_days, plan_times=plan_times, warn_age=warn_age, warn_levels=levels
    ),
    st.none() | st.integers(1, 90),
    st.integers(1, 4),
    st.none() | st.integers(1, 30),
    st.sampled_from([(), (7,), (1, 7, 14, 30)]),
)
histories = st.builds(
    lambda facts, used, warned: Facts(
        facts, {(f"event:{number}", on(day)) for number, day in used}, None if warned is None else on(warned)
    ),
    some_facts,
    st.lists(st.tuples(st.integers(1, 6), days), max_size=3),
    st.none() | st.integers(-40, 0),
)


@given(facts=histories, rules=all_rules, detach_on=days)
def test_the_leaving_day_is_what_the_nights_one_by_one_come_to(facts, rules, detach_on):
    before = (list(facts.facts), set(facts.used), facts.first_warned_on)
    found = leaving(facts, rules, detach_on=on(detach_on), day=TODAY)
    assert found.on == Naive(facts, rules, TODAY).leaves_on(max(on(detach_on), TODAY))
    assert found.on >= max(on(detach_on), TODAY)
    assert bool(found.holds) == (found.on > max(on(detach_on), TODAY))
    assert (facts.facts, facts.used, facts.first_warned_on) == before, "asking changes nothing"


@given(facts=histories, rules=all_rules, more=some_facts, detach_on=days)
def test_more_that_holds_never_makes_a_client_leave_earlier_unless_it_spends_a_plan(facts, rules, more, detach_on):
    more = [one for one in more if one.kind != "plan"]
    early = leaving(facts, rules, detach_on=on(detach_on), day=TODAY).on
    late = leaving(
        Facts([*facts.facts, *more], set(facts.used), facts.first_warned_on),
        rules,
        detach_on=on(detach_on),
        day=TODAY,
    ).on
    # While something else holds, a plan's day may pass unused: then the other hold lasted longer than the plan.
    assert late >= min(early, max((one.until for one in more), default=early))


# --- warnings ---------------------------------------------------------------------------------------------------------
def test_the_most_urgent_level_reached_is_due():
    reached = {left: warning_level(left, FULL.warn_levels) for left in range(-3, 40)}
    assert {left for left, level in reached.items() if level is None} == {-3, -2, -1, 0, *range(31, 40)}
    assert [reached[left] for left in (1, 2, 7, 8, 14, 15, 30)] == [1, 7, 7, 14, 14, 30, 30]
    assert warning_level(1, ()) is None


# --- the circuit breaker ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("leaves", "held", "trips"),
    [
        (0, 0, False),
        (1, 1, False),
        (200, 200, False),
        (201, 201, True),
        # 5 % of 4,000 are 200: the same limit twice
        (200, 4000, False),
        (201, 4000, True),
        (201, 4019, True),
        (201, 4020, False),
        # above it the share rules
        (1000, 20_000, False),
        (1001, 20_000, True),
    ],
)
def test_the_breaker_trips_above_both_limits(leaves, held, trips):
    assert breaker_trips(leaves, held, FULL) is trips
    assert not breaker_trips(leaves, held, dataclasses.replace(FULL, breaker_percent=None))


@given(leaves=st.integers(0, 500), held=st.integers(0, 5000), share=st.integers(0, 100), number=st.integers(0, 500))
def test_the_breaker_is_the_larger_of_both_limits(leaves, held, share, number):
    rules = dataclasses.replace(FULL, breaker_percent=share, breaker_clients=number)
    assert breaker_trips(leaves, held, rules) == (leaves > max(number, held * share / 100))
