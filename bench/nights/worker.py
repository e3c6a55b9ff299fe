"""The night in a process of its own, as a Celery worker would run it; what it took goes out as JSON.

    python -m bench.nights.worker 2026-03-15 [--from 2026-03-09] [--policy]

``--from``: all nights from that day on are caught up in the last one. ``--policy``: the company's thresholds have just
been changed, and everybody has to be re-dated.
"""

import argparse
import contextlib
import datetime as dt
import json
import re
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.nights.trial import CPU

KILOBYTE = 1024
_WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


def main() -> None:
    """Run it, weigh it, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("last", type=dt.date.fromisoformat)
    parser.add_argument("--from", dest="first", type=dt.date.fromisoformat)
    parser.add_argument("--policy", action="store_true")
    asked = parser.parse_args()

    import django

    django.setup()
    from django.db import connection
    from django.urls import reverse

    import crm.celery  # noqa: F401  what a worker has in memory
    from crm import clock
    from exchange.night import run_night

    connection.ensure_connection()
    if asked.policy:
        _change_policy()
    days = [asked.first or asked.last]
    while days[-1] < asked.last:
        days.append(days[-1] + dt.timedelta(days=1))
    moment = clock.at(asked.last, 1)
    reverse("my-day")  # a worker has read the addresses of the site after its first night
    before = peak_memory()
    seen = _Seen()
    with _watched(connection, seen):
        begun, worked = time.perf_counter(), time.process_time()
        runs = [run_night(day, moment=moment) for day in days]
        seconds = time.perf_counter() - begun
    cpu = _database_cpu(connection) + time.process_time() - worked
    heaviest = max(seen.transactions, key=lambda each: each.cpu, default=Transaction(0.0, 0.0, ""))
    told = {
        "seconds": seconds,
        "cpu": cpu,
        "statements": seen.statements,
        "transactions": len(seen.transactions),
        "longest": max((each.seconds for each in seen.transactions), default=0.0),
        "longest_cpu": heaviest.cpu,
        "longest_of": heaviest.tables,
        "memory": peak_memory(),
        "grown": peak_memory() - before,
        "changes": sum(run.turned_yellow + run.turned_red + run.detached for run in runs),
        "warned": sum(run.warned for run in runs),
        "decisions": [run.decision for run in runs],
        "parked": sum(run.parked.count() for run in runs),
    }
    json.dump(told, sys.stdout)


def _database_cpu(connection: Any) -> float:
    # Past Django: what is counted are the night's statements.
    with connection.connection.cursor() as cursor:
        cursor.execute(CPU)
        return float(cursor.fetchone()[0])


def peak_memory() -> int:
    """The most this process has had in memory, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE


@dataclass(frozen=True, slots=True)
class Transaction:
    """Seconds by the clock and of processors (its own and the database's), and the tables it wrote to."""

    seconds: float
    cpu: float
    tables: str


@dataclass(slots=True)
class _Seen:
    statements: int = 0
    transactions: list[Transaction] = field(default_factory=list)
    #: Of the transaction that is open; in the order in which they were written to.
    tables: dict[str, None] = field(default_factory=dict)


@contextlib.contextmanager
def _watched(connection: Any, seen: _Seen) -> Iterator[None]:
    """Counts statements, and weighs transactions: an outermost ``atomic`` begins by switching autocommit off."""
    switch, begun, worked = connection.set_autocommit, 0.0, 0.0

    def count(execute: Any, sql: str, *arguments: Any) -> Any:
        seen.statements += 1
        if written := _WRITES.match(sql):
            seen.tables[written[1]] = None
        return execute(sql, *arguments)

    def timed(autocommit: bool, **options: Any) -> None:
        nonlocal begun, worked
        if not autocommit:
            seen.tables.clear()
            worked = _cpu(connection)
            begun = time.perf_counter()
        switch(autocommit, **options)
        if autocommit:
            seconds = time.perf_counter() - begun
            seen.transactions.append(Transaction(seconds, _cpu(connection) - worked, ", ".join(seen.tables)))

    connection.set_autocommit = timed
    try:
        with connection.execute_wrapper(count):
            yield
    finally:
        connection.set_autocommit = switch


def _cpu(connection: Any) -> float:
    return _database_cpu(connection) + time.process_time()


def _change_policy() -> None:
    """Red comes a month earlier, for the whole company; the job that re-dates is written down and left to the night."""
    from django.db.models import F

    from clients.models import Redating, ZonePolicy
    from clients.redating import segment

    ZonePolicy.objects.filter(department=None, category="").update(
        red_months=F("red_months") - 1, version=F("version") + 1
    )
    job = Redating(reason=Redating.Reason.POLICY)
    job.total = segment(job).count()
    job.save()


if __name__ == "__main__":
    main()
