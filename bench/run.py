"""A run: the web server started, people signed in, pages measured, all of it told."""

import datetime as dt
import os
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bench import bars, load, rushes, table, web
from bench.bars import Verdict
from bench.figures import Sample
from bench.known import Known, look_around, open_session
from bench.measuring import asking, measure
from bench.pages import Page, choosable, chosen, line_page
from bench.visitor import Refused, Visitor
from crm import clock
from crm.testing.servers import Servers
from exchange.models import NightlyRun
from reports.kept.settling import settle

MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Run:
    """What was measured so far."""

    size: str
    clients: int
    #: The database and its version.
    database: str
    #: Key → kind, of the pages that were measured.
    kinds: dict[str, str] = field(default_factory=dict)
    samples: dict[str, Sample] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    memory: load.Memory = field(default_factory=load.Memory)
    verdicts: list[Verdict] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    #: What was found besides, in words.
    told: list[str] = field(default_factory=list)

    @property
    def line_median(self) -> float:
        """F of the whole run, in seconds."""
        return median(second for sample in self.samples.values() for second in sample.line_seconds)

    @property
    def outcome(self) -> str:
        """``"F = 3.1 ms; 41 of 43 bars held"``, and the pages that failed."""
        held = sum(verdict.held for verdict in self.verdicts)
        failed = f"; FAILED: {', '.join(self.failures)}" if self.failures else ""
        line = f"F = {self.line_median * 1000:.1f} ms; " if self.samples else ""
        return f"{line}{held} of {len(self.verdicts)} bars held{failed}"

    @property
    def held(self) -> bool:
        return not self.failures and all(verdict.held for verdict in self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """For a file: milliseconds, bytes, times F."""
        line = {"F_ms": round(self.line_median * 1000, 2)} if self.samples else {}
        return {
            "size": self.size,
            "clients": self.clients,
            "day": dt.datetime.now(dt.UTC).date().isoformat(),
            "on": f"{self.database}, Python {platform.python_version()}, {os.cpu_count()} cores",
            **line,
            "told": self.told,
            "pages": {key: {"kind": self.kinds[key], **sample.as_json()} for key, sample in self.samples.items()},
            "requests_per_second": {key: round(rate, 1) for key, rate in self.rates.items()},
            "worker_memory_bytes": self.memory.resident,
            "worker_memory_without_shared_bytes": self.memory.proportional,
            "bars": [verdict.as_json() for verdict in self.verdicts],
            "failed": self.failures,
        }


def run_pages(servers: Servers, only: list[str]) -> Run:
    """Measure the pages asked for, on the database of the settings."""
    known, run = _begin()
    pages = chosen(choosable(known), only)
    port, _master = web.start(servers)
    _measure_all([line_page(), *pages], _signed_in(known, port), run, servers.folder / "gunicorn.log")
    return run


def run_all(servers: Servers, only: list[str], *, catch_up: bool) -> Run:
    """Measure pages (all, or those asked for), requests a second of list and card, and the memory of a worker.

    Args:
        catch_up: run the nights missed since the base was made, as beat would have.
    """
    if catch_up and NightlyRun.objects.last_done_on() != clock.today():
        web.manage("recompute_zones")
    known, run = _begin()
    pages = chosen(choosable(known), only)
    port, master = web.start(servers)
    visitors = _signed_in(known, port)
    _measure_all([line_page(), *pages], visitors, run, servers.folder / "gunicorn.log")
    for page in pages:
        if page.key in bars.RATES:
            run.rates[page.key] = load.rate(asking(page, visitors[page.who]))
            what = f"{page.key} at {load.CONNECTIONS} connections"
            bar = bars.rate_bar(page.key, run.size)
            _tell(run, Verdict(what, run.rates[page.key], bar, "requests/s", at_least=True))
    run.memory = load.worker_memory(master)
    if run.memory.resident:
        resident, proportional = (size / MEGABYTE for size in (run.memory.resident, run.memory.proportional))
        _tell(run, Verdict("a web worker's memory", resident, bars.MEMORY_BYTES / MEGABYTE, "MB"))
        say(f"  of it {proportional:.0f} MB when what the workers share is divided among them")
    return run


def run_rushes(servers: Servers) -> Run:
    """Many people at once, on the database of the settings, which is not the same afterwards."""
    _known, run = _begin()
    port, _master = web.start(servers, workers=2, threads=8)
    for rush in (rushes.claim_rush, rushes.registration_rush):
        told, verdicts = rush(port)
        run.told.append(told)
        say(told)
        for verdict in verdicts:
            _tell(run, verdict)
    return run


def database_version() -> str:
    """``"PostgreSQL 15.14"``."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]}"
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


def say(text: str) -> None:
    """At once, also into a pipe."""
    print(text, flush=True)


def _begin() -> tuple[Known, Run]:
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        sys.exit(
            f"This database lacks {len(missing)} migrations ({missing[0][0]} and on): run `manage.py migrate` on it."
        )
    settle()  # as beat does every minute
    known = look_around()
    size = bars.SQLITE if connection.vendor == "sqlite" else bars.size_of(known.clients)
    run = Run(size, known.clients, database_version())
    say(f"{run.database}: {known}; the machine's load is {os.getloadavg()[0]:.1f}")
    return known, run


def _signed_in(known: Known, port: int) -> dict[str, Visitor]:
    """A browser for each of the three."""
    return {who: Visitor(port, open_session(reader)) for who, reader in known.readers.items()}


def _measure_all(pages: list[Page], visitors: dict[str, Visitor], run: Run, log: Path) -> None:
    say(table.line(list(table.COLUMNS)))
    for page in pages:
        try:
            sample = measure(page, visitors[page.who])
        except (Refused, OSError) as error:
            run.failures.append(page.key)
            said = "\n".join(log.read_text(errors="replace").splitlines()[-4:])
            say(f"{page.key}  FAILED: {error}\n{said}".rstrip())
            continue
        verdicts = bars.page_verdicts(
            page.key, page.kind, run.size, ratio=sample.ratio, queries=sample.queries, html_bytes=sample.html_bytes
        )
        run.samples[page.key], run.kinds[page.key] = sample, page.kind
        run.verdicts += verdicts
        say(table.line(table.page_row(page.key, page.who, sample, verdicts)))
    for verdict in bars.pair_verdicts({key: sample.ratio for key, sample in run.samples.items()}):
        _tell(run, verdict)


def _tell(run: Run, verdict: Verdict) -> None:
    run.verdicts.append(verdict)
    say(table.verdict_line(verdict))
