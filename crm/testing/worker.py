"""A real Celery worker process for tests: on the test's own database and its own Redis database.

::

    @pytest.mark.worker
    @pytest.mark.django_db(transaction=True)
    def test_survives_kill(celery_workers):
        worker = celery_workers()              # started, and ready to take tasks
        tasks.nightly_run.delay()
        ...
        worker.kill()                          # kill -9 of the worker and of its children
        worker = celery_workers()              # a new one on the same queue

The test must be transactional: another process sees only what is committed. Every worker that is still alive at the
end of the test is killed, and the queue is emptied.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from crm.testing.servers import die_with_parent

START_TIMEOUT = 60.0


class WorkerProcess:
    """One ``celery worker``. ``log`` is the file with everything it printed."""

    def __init__(self, log: Path, environment: dict[str, str], concurrency: int) -> None:
        self.log = log
        command = [sys.executable, "-m", "celery", "-A", "crm", "worker", "--loglevel=INFO", "--pool=prefork"]
        command += [
            f"--concurrency={concurrency}",
            f"--hostname={log.stem}@test",
            "--without-gossip",
            "--without-mingle",
        ]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command, env=environment, cwd=Path(__file__).resolve().parents[2], stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
                # A process group of its own, so that kill() reaches the pool's processes too.
                start_new_session=True, preexec_fn=die_with_parent(signal.SIGKILL),
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def wait_ready(self, timeout: float = START_TIMEOUT) -> None:
        """Wait until the worker takes tasks.

        Raises:
            AssertionError: it ended, or was not ready within ``timeout`` seconds; with its output.
        """
        deadline = time.monotonic() + timeout
        while " ready." not in self.output:
            if not self.is_alive() or time.monotonic() > deadline:
                raise AssertionError(f"the Celery worker did not get ready:\n{self.output}")
            time.sleep(0.05)

    def kill(self) -> None:
        """``kill -9`` of the worker and the processes of its pool: nothing gets to finish or to say goodbye."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def stop(self, timeout: float = 30.0) -> int:
        """Ask the worker to finish its tasks and end (SIGTERM); returns its exit code."""
        self.process.terminate()
        return self.process.wait(timeout)


@pytest.fixture
def celery_workers(redis_url: str, tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Start workers: ``celery_workers(concurrency=1, **extra_environment)`` returns a ready WorkerProcess."""
    workers: list[WorkerProcess] = []

    def start(concurrency: int = 1, **extra_environment: str) -> WorkerProcess:
        environment = {**os.environ, **worker_environment(), **extra_environment}
        worker = WorkerProcess(tmp_path / f"worker{len(workers) + 1}.log", environment, concurrency)
        workers.append(worker)
        worker.wait_ready()
        return worker

    _empty(redis_url)
    yield start
    for worker in workers:
        worker.kill()
    _empty(redis_url)


def worker_environment() -> dict[str, str]:
    """What a process outside of the test needs in its environment to see the test's database.

    Raises:
        AssertionError: the test database is SQLite, or the test has not asked for a database.
    """
    from django.db import connection

    settings = connection.settings_dict
    assert connection.vendor == "postgresql", "mark the test with @pytest.mark.worker: it needs PostgreSQL"
    name = str(settings["NAME"])
    assert name.startswith("test_"), "the test needs @pytest.mark.django_db(transaction=True)"
    url = f"postgresql://{quote(settings['USER'])}@{settings['HOST']}:{settings['PORT']}/{quote(name)}"
    return {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "crm.testing.settings"}


def _empty(redis_url: str) -> None:
    import redis

    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
