"""What is checked after every night of the simulation holds in demo companies, made at any hour."""

import datetime as dt

import pytest
import time_machine

from crm import clock

from .test_company import TODAY, _make
from .test_market import _check_all

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "seed"),
    [pytest.param("en", 1, marks=pytest.mark.postgres), pytest.param("ru", 7, marks=pytest.mark.sqlite)],
)
def test_the_invariants_of_the_simulation_hold(language, seed, at_noon):
    _make(language=language, seed=seed, size=300)
    _check_all(TODAY, seed)


def test_claims_of_the_history_obey_the_rules_at_any_hour():
    now = clock.at(dt.date(2026, 2, 28), 0, 20)
    with time_machine.travel(now, tick=False):
        _make(now=now, size=160, seed=3)
        _check_all(clock.local_date(now))
