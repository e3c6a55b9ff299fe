"""Two tests that empty the database must not take the migrations' dictionaries from each other."""

import pytest

from interactions.models import EventKind


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_dictionaries_survive_transactional_tests(turn: str) -> None:
    assert EventKind.objects.exists()
    EventKind.objects.create(name=f"made by the {turn}")
    assert EventKind.objects.filter(name__startswith="made by").count() == 1
