"""To whom an inquiry goes that is nobody's: the rule by itself."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.rules.distribution import EVENLY, LOAD, Candidate, Conditions, Wanted, mismatches, whose_turn

BIG = Conditions(amount_from=Decimal(100))
NORTH = Conditions(sources=frozenset({1, 2}), regions=frozenset({7}), amount_from=Decimal(10), amount_to=Decimal(20))


@pytest.mark.parametrize(
    ("conditions", "wanted", "missed"),
    [
        (Conditions(), Wanted(), []),
        (Conditions(), Wanted(source=1, region=2, product=3, amount=Decimal(4)), []),
        (NORTH, Wanted(source=2, region=7, amount=Decimal(10)), []),
        (NORTH, Wanted(source=2, region=7, product=9, amount=Decimal(20)), []),
        (NORTH, Wanted(source=3, region=7, amount=Decimal(15)), ["source"]),
        (NORTH, Wanted(source=1, region=8, amount=Decimal(15)), ["region"]),
        (NORTH, Wanted(source=1, region=7, amount=Decimal("20.01")), ["amount"]),
        (NORTH, Wanted(source=1, region=7, amount=Decimal("9.99")), ["amount"]),
        # What nobody has said does not fit what is asked for.
        (NORTH, Wanted(), ["source", "region", "amount"]),
        (Conditions(products=frozenset({5})), Wanted(product=4), ["product"]),
        (BIG, Wanted(), ["amount"]),
        (BIG, Wanted(amount=Decimal(100)), []),
        (Conditions(amount_to=Decimal(0)), Wanted(amount=Decimal(0)), []),
    ],
)
def test_which_conditions_an_inquiry_does_not_meet(conditions, wanted, missed):
    assert mismatches(conditions, wanted) == missed


def at(hour: int) -> dt.datetime:
    return dt.datetime(2024, 3, 15, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("method", "candidates", "chosen"),
    [
        (EVENLY, [], None),
        (EVENLY, [Candidate(1, is_here=False)], None),
        (EVENLY, [Candidate(1, given_at=at(9)), Candidate(2, given_at=at(8))], 2),
        (EVENLY, [Candidate(1, given_at=at(8)), Candidate(2)], 2),
        (EVENLY, [Candidate(3), Candidate(2)], 2),
        (EVENLY, [Candidate(1, is_here=False), Candidate(2, given_at=at(9))], 2),
        # How much somebody has does not count when it goes evenly, and the turn only among equals by load.
        (EVENLY, [Candidate(1, load=99), Candidate(2, given_at=at(8))], 1),
        (LOAD, [Candidate(1, load=3), Candidate(2, load=2, given_at=at(9))], 2),
        (LOAD, [Candidate(1, load=2, given_at=at(9)), Candidate(2, load=2, given_at=at(8))], 2),
        (LOAD, [Candidate(1, load=0, is_here=False), Candidate(2, load=5)], 2),
    ],
)
def test_whose_turn_it_is(method, candidates, chosen):
    assert whose_turn(method, candidates) == chosen


people = st.lists(st.booleans(), min_size=1, max_size=6).filter(any)


@given(people, st.integers(1, 40))
def test_evenly_means_nobody_of_those_who_are_here_gets_two_more_than_another(here, number):
    given_at: dict[int, dt.datetime] = {}
    counts = dict.fromkeys((pk for pk, is_here in enumerate(here) if is_here), 0)
    for turn in range(number):
        crowd = [Candidate(pk, is_here=is_here, given_at=given_at.get(pk)) for pk, is_here in enumerate(here)]
        chosen = whose_turn(EVENLY, crowd)
        counts[chosen] += 1
        given_at[chosen] = at(0) + dt.timedelta(minutes=turn)
    assert max(counts.values()) - min(counts.values()) <= 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(1, 40))
def test_by_load_the_differences_never_grow(loads, number):
    spread = max(loads) - min(loads)
    for _turn in range(number):
        chosen = whose_turn(LOAD, [Candidate(pk, load=load) for pk, load in enumerate(loads)])
        loads[chosen] += 1
        assert max(loads) - min(loads) <= max(spread, 1)
        spread = max(loads) - min(loads)
