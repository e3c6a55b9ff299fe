"""Small fixtures and the test run's common set-up."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test.client import ClientHandler
from django.utils import translation

from crm.testing import migrated

# No deadline: a shared two-core machine is slow now and then, and that is not a bug in the rule under test.
# Derandomised: a commit that was green stays green; to look for new examples run with --hypothesis-profile=explore.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The address of this process's own Redis database (``redis://127.0.0.1:port/n``)."""
    url = os.environ.get("REDIS_URL", "")
    if not url:
        pytest.fail("There is no Redis in the SQLite run: mark the test with @pytest.mark.worker.")
    return url


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the first rows of the database kept for transactional tests: pytest-django asks the mark of each test."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction") and not marker.kwargs.get("serialized_rollback"):
            item.add_marker(pytest.mark.django_db(**{**marker.kwargs, "serialized_rollback": True}), append=False)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> None:
    """What one test has put into the cache is not the next one's; nor is the language of its last answer."""
    cache.clear()
    translation.deactivate()


class _UnderWay:
    """Counts the requests a live server is answering."""

    def __init__(self) -> None:
        self.number, self.changed = 0, threading.Condition()
        request_started.connect(self.begun)
        request_finished.connect(self.done)

    def begun(self, sender: Any, **kwargs: Any) -> None:
        self._add(sender, 1)

    def done(self, sender: Any, **kwargs: Any) -> None:
        self._add(sender, -1)

    def _add(self, sender: Any, number: int) -> None:
        if sender is not ClientHandler:  # the test's own client is answered where it stands
            with self.changed:
                self.number += number
                self.changed.notify_all()

    def wait(self) -> None:
        """Until all are answered; who waits longer has another problem, and the test that follows will tell."""
        with self.changed:
            self.changed.wait_for(lambda: self.number <= 0, timeout=20)
            self.number = 0


_under_way = _UnderWay()

#: What the database held right after its migrations, as pytest-django serialised it.
_first_rows: dict[str, str] = {}


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The database is laid out below, before Django looks for it; it goes with the run's own server or folder."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, pytestconfig: pytest.Config) -> None:
    """pytest-django's own, which gives each worker's database its name; and a migrated copy is put there."""
    name, kept = connection.settings_dict["TEST"]["NAME"], pytestconfig.cache.mkdir("migrated")  # type: ignore[union-attr]
    if connection.vendor == "sqlite":
        migrated.copy_sqlite(Path(name), kept)
    else:
        migrated.copy_postgresql(name, kept)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """pytest-django's own; and the first rows are kept where every thread and event loop finds them."""
    if rows := getattr(connection, "_test_serialized_contents", None):
        _first_rows["all"] = rows


@pytest.fixture(autouse=True)
def _dictionaries_are_there(request: pytest.FixtureRequest, django_db_serialized_rollback: None) -> Iterator[None]:
    """What migrations put in (event kinds, stages, policy) is there in every test that has a database.

    After a transactional test Django empties all tables; this makes it put that content back before the next one.
    Once Playwright's event loop runs, Django gives the tests another connection object, which does not know that
    content: there it is put back here.
    """
    marker = request.node.get_closest_marker("django_db")
    transactional = "live_server" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if transactional and "all" in _first_rows:
        request.getfixturevalue("_django_db_helper")
        if not hasattr(connection, "_test_serialized_contents"):
            setattr(connection, "_test_serialized_contents", _first_rows["all"])  # noqa: B010 - no name of its own
            if not ContentType.objects.exists():
                connection.creation.deserialize_db_from_string(_first_rows["all"])
    yield
    if "live_server" in request.fixturenames:
        # The page is closed, its last requests may not be: emptying the tables under them would be a deadlock.
        _under_way.wait()
