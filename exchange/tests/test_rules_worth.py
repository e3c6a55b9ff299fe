"""Why a client might be worth taking: at most two reasons, the best first."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.rules.worth import ASK_AGAIN_MONTHS, MOST, Facts, months_between, next_birthday, worth

TODAY = dt.date(2026, 5, 13)
DAY = dt.timedelta(days=1)


def kinds(**facts):
    return [reason.kind for reason in worth(Facts(**facts), TODAY)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"is_new": True}, ["new"]),
        ({"category": "A"}, ["category"]),
        ({"category": "B"}, []),
        ({"called_on": TODAY}, ["called"]),
        ({"called_on": TODAY - 14 * DAY}, ["called"]),
        ({"called_on": TODAY - 15 * DAY}, []),
        ({"called_on": TODAY + DAY}, []),
        ({"is_open": True}, ["open"]),
        ({"won": 1, "total": Decimal(5)}, ["bought"]),
        ({"heard_on": dt.date(2025, 5, 13)}, ["our_turn"]),
        ({"heard_on": TODAY, "called_on": TODAY}, ["called"]),
        ({"heard_on": TODAY, "category": "A", "is_new": True}, ["our_turn", "category"]),
        ({"birthday": dt.date(1990, 5, 13)}, ["birthday"]),
        ({"birthday": dt.date(1990, 5, 20)}, ["birthday"]),
        ({"birthday": dt.date(1990, 5, 21)}, []),
        ({"birthday": dt.date(1990, 5, 12)}, []),
        ({"lost_on": dt.date(2025, 11, 13)}, ["ask_again"]),
        ({"lost_on": dt.date(2025, 11, 14)}, []),
        # Two at most, and who asked for us or bought from us comes before the good moment.
        (
            {"is_new": True, "category": "A", "won": 2, "is_open": True, "called_on": TODAY, "birthday": TODAY},
            ["called", "open"],
        ),
        ({"is_new": True, "category": "A", "won": 2, "is_open": True}, ["open", "bought"]),
        ({"is_new": True, "category": "A", "won": 2, "birthday": TODAY}, ["bought", "birthday"]),
        (
            {"is_new": True, "category": "A", "lost_on": dt.date(2025, 1, 1), "birthday": TODAY},
            ["birthday", "ask_again"],
        ),
        ({"is_new": True, "category": "A", "lost_on": dt.date(2025, 1, 1)}, ["ask_again", "category"]),
        ({"is_new": True, "category": "A"}, ["category", "new"]),
    ],
)
def test_the_best_two_reasons_are_told(facts, expected):
    assert kinds(**facts) == expected


def test_a_reason_carries_what_its_words_need():
    [called] = worth(Facts(called_on=TODAY - DAY), TODAY)
    assert called.on == TODAY - DAY
    [opened] = worth(Facts(is_open=True, open_amount=Decimal(240000), open_stage="Offer"), TODAY)
    assert (opened.amount, opened.name) == (Decimal(240000), "Offer")
    [bought] = worth(Facts(won=3, total=Decimal(9)), TODAY)
    assert (bought.number, bought.amount) == (3, Decimal(9))
    [lost] = worth(Facts(lost_on=dt.date(2025, 3, 1), loss_reason="Price"), TODAY)
    assert (lost.number, lost.name, lost.on) == (14, "Price", dt.date(2025, 3, 1))
    [birthday] = worth(Facts(birthday=dt.date(1980, 5, 15), whose="Pavel"), TODAY)
    assert (birthday.on, birthday.name) == (dt.date(2026, 5, 15), "Pavel")


def test_a_sum_nobody_knows_is_not_told_as_nothing():
    [opened] = worth(Facts(is_open=True, open_amount=Decimal(0)), TODAY)
    [bought] = worth(Facts(won=1), TODAY)
    assert opened.amount is None
    assert bought.amount is None


@pytest.mark.parametrize(
    ("born", "today", "expected"),
    [
        (dt.date(1990, 5, 13), TODAY, TODAY),
        (dt.date(1990, 5, 12), TODAY, dt.date(2027, 5, 12)),
        (dt.date(1990, 1, 3), dt.date(2025, 12, 30), dt.date(2026, 1, 3)),
        (dt.date(1992, 2, 29), dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
        (dt.date(1992, 2, 29), dt.date(2028, 2, 1), dt.date(2028, 2, 29)),
        (dt.date(1992, 2, 29), dt.date(2026, 3, 1), dt.date(2027, 2, 28)),
    ],
)
def test_the_next_birthday(born, today, expected):
    assert next_birthday(born, today) == expected


DAYS = st.dates(dt.date(1930, 1, 1), dt.date(2100, 12, 31))


@given(DAYS, DAYS)
def test_a_birthday_comes_within_a_year_and_never_lies_behind(born, today):
    assert dt.timedelta(0) <= next_birthday(born, today) - today <= dt.timedelta(days=365)


@given(DAYS, DAYS)
def test_whole_months_are_whole(then, today):
    months = months_between(then, today)
    assert months >= 0
    assert (months >= ASK_AGAIN_MONTHS) <= ((today - then).days >= 180)


@given(
    st.builds(
        Facts,
        called_on=st.none() | DAYS,
        is_open=st.booleans(),
        won=st.integers(0, 9),
        lost_on=st.none() | DAYS,
        birthday=st.none() | DAYS,
        category=st.sampled_from(["", "A", "B", "C"]),
        is_new=st.booleans(),
    ),
    DAYS,
)
def test_never_more_than_two_and_none_twice(facts, today):
    found = [reason.kind for reason in worth(facts, today)]
    assert len(found) <= MOST
    assert len(set(found)) == len(found)
