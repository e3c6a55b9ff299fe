"""A real streaming replica of the run's own PostgreSQL, as ``connections["replica"]``, for the tests of a module.

::

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, databases=["default", "replica"])]

    def test_figures(replica):           # it has everything that is written so far
        replica.pause()                  # and now learns nothing new
        ...
        replica.resume()                 # until here
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import environ
import pytest
from django.db import connection, connections

from crm.testing.services import FOR_A_RUN, Services
from crm.web import replica as reading

PATIENCE = 60.0


class Replica:
    """The server, and how far it goes along with the primary."""

    def __init__(self, services: Services, url: str) -> None:
        self._services, self.url = services, url

    def catch_up(self) -> None:
        """Wait until it has everything."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn()")
            newest = cursor.fetchone()[0]
            # Whoever has read this has read all before it.
            cursor.execute("SELECT pg_logical_emit_message(true, 'test', '')")
        _until(lambda: self._ask(f"SELECT pg_last_wal_replay_lsn() > '{newest}'"))

    def pause(self) -> None:
        """It has what is written so far, and learns nothing new."""
        self.catch_up()
        self._ask("SELECT pg_wal_replay_pause()")
        _until(lambda: self._ask("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def resume(self) -> None:
        self._ask("SELECT pg_wal_replay_resume()")

    def _ask(self, question: str) -> Any:
        with connections[reading.ALIAS].cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]


@pytest.fixture(scope="module")
def _replica_server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Replica]:
    services = Services()
    try:
        with django_db_blocker.unblock():
            name = connection.settings_dict["NAME"]
        primary = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
        server = Replica(services, services.start_replica(f"{primary}/{name}", FOR_A_RUN))
        connections.settings[reading.ALIAS] = connections.configure_settings(
            {"default": {}, reading.ALIAS: environ.Env.db_url_config(server.url) | {"TEST": {"MIRROR": "default"}}}
        )[reading.ALIAS]
        yield server
        with django_db_blocker.unblock():
            connections[reading.ALIAS].close()
        del connections[reading.ALIAS]
        del connections.settings[reading.ALIAS]
    finally:
        services.stop()


@pytest.fixture
def replica(
    _replica_server: Replica, request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Replica]:
    """The replica, up to date, and the program set up to read from it."""
    request.getfixturevalue("_django_db_helper")
    settings.DATABASE_ROUTERS = ["crm.web.replica.Router"]
    settings.MIDDLEWARE = ["crm.web.replica.Written", *settings.MIDDLEWARE]
    monkeypatch.setattr(reading, "_TRIES", 1000)  # of a slow machine it is not asked to be quick
    reading.forget_failures()
    with connection.cursor() as cursor:
        # The run's own server answers before a commit is in its log's file, and only what is there is sent on.
        cursor.execute("SET synchronous_commit = on")
    _replica_server.catch_up()
    yield _replica_server
    _replica_server.resume()
    # The tables are emptied next: a statement of this connection would stand in the way of that.
    connections[reading.ALIAS].close()


def _until(condition: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the replica did not come so far"
        pause.wait(0.01)
