"""A night by its full rules, shared by three real workers on Redis, ends like the night of one; also when they are
killed (``kill -9``) in the middle of their parts."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, transaction

from clients.models import Client
from crm.testing.worker import WorkerProcess, worker_environment
from exchange.models import NightlyRun, NightPart
from exchange.night import parts, warning
from exchange.rulebook import load_rules
from exchange.rules.spreading import dealt
from exchange.tests import test_night_kills as alone
from exchange.tests.test_night_kills import TODAY

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0
#: Leads the night, with three others.
PROGRAM = """
import sys, datetime
import django
django.setup()
from crm import clock
from exchange.night import run_night
day = datetime.date.fromisoformat(sys.argv[1])
print(run_night(day, moment=clock.at(day, 1), chunk=500, workers=4).status)
"""


class Leader:
    """The process that leads the night of TODAY."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(TODAY)],
            env={**os.environ, **worker_environment()},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finished(self) -> str:
        output, _nothing = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, output
        return output.split()[-1]


def wait_until(condition: Callable[[], bool], says: Callable[[], str]) -> None:
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, says()
        pause.wait(0.02)


def in_each_department() -> list[int]:
    """Of each department a client that the night has to look at."""
    clients = warning.to_warn(TODAY, load_rules(), told_on=TODAY).order_by("pk")
    found = {department: pk for pk, department in clients.values_list("pk", "manager__department")}
    assert len(found) > 10
    return list(found.values())


def parts_at_work() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s", [parts._LOCK_KEY]
        )
        return int(cursor.fetchone()[0])


def test_a_shared_night_ends_like_the_night_of_one(
    celery_workers: Callable[..., WorkerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "CLIENTS", 6000)
    alone.make_world()
    start = alone.Start()
    try:
        answer = alone.night()
        assert answer.returncode == 0, answer.stderr
        expected = alone.everything()
        assert not NightPart.objects.exists()

        start.restore()
        workers = [celery_workers() for _ in range(3)]

        def output() -> str:
            return "\n".join(worker.output for worker in workers)

        with transaction.atomic():
            # Somebody is busy with a client: whoever has its part, leader or helper, cannot do another.
            Client.objects.select_for_update().get(pk=in_each_department()[0])
            leader = Leader()
            left = NightPart.objects.filter(done_at=None)
            wait_until(lambda: left.count() == 1 < NightPart.objects.count(), output)
        assert leader.finished() == "done"
        assert alone.everything() == expected
        # Helpers say how many parts they did.
        wait_until(lambda: any(map(int, re.findall(r"help_with_night\[.*succeeded in .*: (\d+)", output()))), output)

        start.restore()
        with transaction.atomic():
            # Nobody gets through the part he begins with: one is the leader's, the others are helpers'.
            list(Client.objects.select_for_update().filter(pk__in=in_each_department()).order_by("pk"))
            leader = Leader()
            wait_until(lambda: parts_at_work() == 4, output)
            for worker in workers:
                worker.kill()
        assert leader.finished() == "done"
        assert alone.everything() == expected
    finally:
        start.drop()


def test_parts_that_a_killed_leader_left_are_called_off(celery_workers: Callable[..., WorkerProcess]) -> None:
    """A late helper of the first attempt finds nothing to do, and the second attempt does not meet its parts."""
    run = NightlyRun.objects.create(date=TODAY)
    old = NightPart.objects.create(run=run, stretch="look", departments=[None])
    leader = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(TODAY)],
        env={**os.environ, **worker_environment()},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert leader.stdout.split()[-1] == "done", leader.stderr
    assert not NightPart.objects.exists()
    facts = {"run": run.pk, "last": None, "rules": {"warn_levels": []}, "moment": "2024-03-12T01:00:00+03:00"}
    assert parts.help_with([old.pk], {**facts, "told_on": str(TODAY), "chunk": 5}) == 0


def test_departments_are_dealt_out_by_weight() -> None:
    assert dealt({"a": 9, "b": 5, "c": 4, "d": 1}, 2) == [["a", "d"], ["b", "c"]]
    assert dealt({"a": 9, "b": 0, "c": 0}, 2) == [["a"], ["b", "c"]]
    assert dealt({"a": 1}, 3) == [["a"]]
