"""Several people at once, for tests on PostgreSQL. Who waits for whom is asked of the server; nothing is timed."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

#: Seconds after which a test gives up: far more than a slow machine needs.
PATIENCE = 20.0


class Crowd:
    """Threads with a database connection each, closed at the end."""

    def __init__(self, size: int) -> None:
        self.pool = ThreadPoolExecutor(size)

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *args: object) -> None:
        self.pool.shutdown()

    def start(self, act: Callable[[], Any]) -> "Future[Any]":
        """Run ``act`` in a thread of the pool."""

        def run() -> Any:
            try:
                return act()
            finally:
                connection.close()

        return self.pool.submit(run)

    def all_at_once(self, acts: list[Callable[[], Any]]) -> list[Any]:
        """Start all, let them go when all are connected; returns what each returned or raised."""
        barrier = threading.Barrier(len(acts))

        def waiting(act: Callable[[], Any]) -> Callable[[], Any]:
            def run() -> Any:
                connection.ensure_connection()
                barrier.wait(PATIENCE)
                return act()

            return run

        futures = [self.start(waiting(act)) for act in acts]
        return [future.exception(PATIENCE) or future.result() for future in futures]


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Poll until true.

    Raises:
        AssertionError: it did not become true in time.
    """
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        pause.wait(0.01)


def blocked() -> int:
    """How many connections to this database wait for a lock (seen from outside of any transaction)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


class Holder:
    """A transaction in a thread of its own that does something and commits when told."""

    def __init__(self, crowd: Crowd, act: Callable[[], Any]) -> None:
        self._done, self._commit = threading.Event(), threading.Event()
        self._act = act
        self.future = crowd.start(self._run)
        assert self._done.wait(PATIENCE)

    def _run(self) -> Any:
        try:
            with transaction.atomic():
                answer = self._act()
                self._done.set()
                assert self._commit.wait(PATIENCE)
            return answer
        finally:
            self._done.set()

    def commit(self) -> Any:
        self._commit.set()
        return self.future.result(PATIENCE)
