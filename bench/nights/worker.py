"""The night in a process of its own, as a Celery worker would run it; what it took goes out as JSON.

    python -m bench.nights.worker 2026-03-15 [--from 2026-03-09] [--policy]

``--from``: all nights from that day on are caught up in the last one. ``--policy``: the company's thresholds have just
been changed, and everybody has to be re-dated.
"""

import argparse
import contextlib
import datetime as dt
import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

KILOBYTE = 1024


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
    from bench.nights.trial import CPU
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
    with _watched(connection) as seen:
        begun, worked = time.perf_counter(), time.process_time()
        runs = [run_night(day, moment=moment) for day in days]
        seconds = time.perf_counter() - begun
    cpu = _database_cpu(connection, CPU) + time.process_time() - worked
    told = {
        "seconds": seconds,
        "cpu": cpu,
        "statements": seen["statements"],
        "longest": max(seen["transactions"], default=0.0),
        "transactions": len(seen["transactions"]),
        "memory": peak_memory(),
        "grown": peak_memory() - before,
        "changes": sum(run.turned_yellow + run.turned_red + run.detached for run in runs),
        "warned": sum(run.warned for run in runs),
        "decisions": [run.decision for run in runs],
        "parked": sum(run.parked.count() for run in runs),
    }
    json.dump(told, sys.stdout)


def _database_cpu(connection: Any, sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return float(cursor.fetchone()[0])


def peak_memory() -> int:
    """The most this process has had in memory, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE


@contextlib.contextmanager
def _watched(connection: Any) -> Iterator[dict[str, Any]]:
    """Counts statements, and times transactions: an outermost ``atomic`` begins by switching autocommit off."""
    seen: dict[str, Any] = {"statements": 0, "transactions": []}
    switch, begun = connection.set_autocommit, 0.0

    def count(execute: Any, *arguments: Any) -> Any:
        seen["statements"] += 1
        return execute(*arguments)

    def timed(autocommit: bool, **options: Any) -> None:
        nonlocal begun
        switch(autocommit, **options)
        if autocommit:
            seen["transactions"].append(time.perf_counter() - begun)
        else:
            begun = time.perf_counter()

    connection.set_autocommit = timed
    try:
        with connection.execute_wrapper(count):
            yield seen
    finally:
        connection.set_autocommit = switch


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
