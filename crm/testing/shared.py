"""Rows that many tests of a module look at are made once, in a transaction around the tests of the module.

::

    _made_once = made_once(World)                     # module by module, worker by worker

    @pytest.fixture
    def world(_made_once, db):
        return copy.deepcopy(_made_once)              # the test's own copy: it may change what it was given

What a test writes is taken back as always. The tests of such a module see these rows, also those that do not ask for
them: who counts all rows of a table belongs into another module. The clock must not be moved while they are made.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import translation


def made_once(make: Callable[..., Any], params: Sequence[Any] | None = None) -> Any:
    """A fixture, for a module, of what ``make`` returns; its rows are gone when the module is done.

    With ``params`` the tests are run for each of them, and ``make`` is given it.
    """

    @pytest.fixture(scope="module", params=params)
    def made(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        cache.clear()
        translation.deactivate()
        with django_db_blocker.unblock(), transaction.atomic():
            yield make() if params is None else make(request.param)
            transaction.set_rollback(True)

    return made
