"""Whether two people are about to offer the same."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.rules.same_offer import Offer, is_same

DAY = dt.date(2026, 5, 20)
PUMPS, VALVES = frozenset({1}), frozenset({2})


def plan(by=1, days=0, **kwargs) -> Offer:
    return Offer(by=by, on=DAY + dt.timedelta(days=days), **{"event_kind": 1} | kwargs)


def sale(by=1, **kwargs) -> Offer:
    return Offer(by=by, **{"sale": by, "sale_kind": 5} | kwargs)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        # Plans: like words, near in time.
        (plan(subject="Offer of ten pumps"), plan(2, 14, subject="ten pumps: offer"), True),
        (plan(subject="Offer of ten pumps"), plan(2, 15, subject="ten pumps: offer"), False),
        (plan(subject="Offer of ten pumps"), plan(2, -14, subject="Offer of ten pumps"), True),
        (plan(subject="Предложение: насосы"), plan(2, subject="предложение насосы"), True),
        (plan(subject="Offer of ten pumps"), plan(2, subject="Invite to the fair"), False),
        (plan(subject="Call"), plan(2, subject="Call"), False),
        (plan(), plan(2), False),
        # One's own.
        (plan(subject="Offer of ten pumps"), plan(1, subject="Offer of ten pumps"), False),
        (sale(), sale(1), False),
        # Plans within sales of one kind.
        (plan(sale=1, sale_kind=5), plan(2, sale=2, sale_kind=5), True),
        (plan(sale=1, sale_kind=5), plan(2, sale=2, sale_kind=6), False),
        (plan(sale=1, sale_kind=5), plan(2, sale=2, sale_kind=5, event_kind=2), False),
        (plan(sale=1, sale_kind=5), plan(2), False),
        # Together on one sale.
        (plan(sale=1, sale_kind=5), plan(2, sale=1, sale_kind=5), False),
        (sale(sale=1, subject="Ten pumps"), plan(2, sale=1, sale_kind=5, subject="Ten pumps"), False),
        # Sales.
        (sale(), sale(2), True),
        (sale(), sale(2, sale_kind=6), False),
        (sale(products=PUMPS), sale(2, products=PUMPS | VALVES), True),
        (sale(products=PUMPS), sale(2, products=VALVES), False),
        (sale(products=PUMPS), sale(2), True),
        # A plan and a sale.
        (plan(subject="Offer of ten pumps"), sale(2, subject="Ten pumps, offer"), True),
        (plan(subject="Invite to the fair"), sale(2, subject="Ten pumps, offer"), False),
    ],
)
def test_the_same(one, other, same):
    assert is_same(one, other, days=14) is same
    assert is_same(other, one, days=14) is same


offers = st.builds(
    Offer,
    by=st.integers(1, 3),
    on=st.none() | st.dates(DAY, DAY + dt.timedelta(days=30)),
    event_kind=st.none() | st.integers(1, 2),
    sale=st.none() | st.integers(1, 3),
    sale_kind=st.none() | st.integers(1, 2),
    products=st.frozensets(st.integers(1, 3), max_size=2),
    subject=st.sampled_from(["", "Offer of pumps", "pumps: offer", "Invite to the fair"]),
)


@given(offers, offers, st.integers(0, 30))
def test_it_does_not_matter_who_comes_first_and_nobody_clashes_with_himself(one, other, days):
    assert is_same(one, other, days=days) == is_same(other, one, days=days)
    assert not is_same(one, one, days=days)


@given(offers, offers, st.integers(0, 30))
def test_more_days_never_make_fewer_clashes(one, other, days):
    assert is_same(one, other, days=days) <= is_same(one, other, days=days + 1)
