"""Nights on copies of a staged base: by raw SQL, by the program, seven at once, and after a changed policy."""

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import base, web
from bench.bars import Verdict
from crm.testing import binaries

HERE = Path(__file__).resolve().parent
MEGABYTE = 1024 * 1024
#: Changes of a night where there are clients enough; of eleven yellow ones 1.5 turn red and 1.5 leave.
CHANGES = 14_000
_PARTS, _YELLOW, _LEAVING = 28, 22, 3
#: Nights that are staged: one to warm the copy up, and two that count.
TRIED, CAUGHT_UP = 3, 7
#: Of all held clients so many at most are staged to change.
_MOST = 0.9
#: Bars: times raw SQL; seconds at a million; a worker's bytes; seconds of a transaction; share of HOT updates.
TIMES_RAW, SECONDS, MEMORY, TRANSACTION, HOT = 2.0, 5.0, 100 * MEGABYTE, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Stage:
    """A base whose nights from ``first`` on have this many changes each, for so many nights."""

    url: str
    held: int
    first: dt.date
    changes: int
    nights: int

    @property
    def yellow(self) -> int:
        return self.changes * _YELLOW // _PARTS

    @property
    def leaving(self) -> int:
        """So many turn red, and so many leave."""
        return self.changes * _LEAVING // _PARTS


@dataclass(frozen=True, slots=True)
class Weight:
    """What a run took.

    Attributes:
        cpu: seconds of processors: of the database's process and the worker's. On a busy machine the better figure.
        memory: of the worker at most; ``grown``: since before the night. Bytes.
        updates: of clients; ``hot``: of them those that touched no index.
        longest: seconds of the longest transaction; ``longest_cpu``: of the one that worked longest; ``longest_of``:
            the tables that one wrote to.
    """

    seconds: float
    cpu: float
    wal: int
    updates: int = 0
    hot: int = 0
    statements: int = 0
    transactions: int = 0
    longest: float = 0.0
    longest_cpu: float = 0.0
    longest_of: str = ""
    memory: int = 0
    grown: int = 0
    changes: int = 0
    warned: int = 0

    def __str__(self) -> str:
        text = f"{self.seconds:7.2f} s  {self.cpu:6.2f} s cpu  {self.wal / MEGABYTE:6.1f} MB WAL"
        text += f"  {self.hot:,} of {self.updates:,} updates HOT"
        if self.statements:
            text += f"\n    {self.changes:,} changes, {self.warned:,} warnings; {self.statements} statements"
            text += f" in {self.transactions} transactions, the longest {self.longest:.2f} s"
            text += f" ({self.longest_cpu:.2f} cpu: {self.longest_of})"
            text += f"\n    worker {self.memory / MEGABYTE:.0f} MB, grown by {self.grown / MEGABYTE:.1f} MB"
        return text

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        in_megabytes = {f"{name}_mb": round(getattr(self, name) / MEGABYTE, 1) for name in ("wal", "memory", "grown")}
        rest = {name: value for name, value in asdict(self).items() if f"{name}_mb" not in in_megabytes}
        return {k: round(v, 3) if isinstance(v, float) else v for k, v in rest.items()} | in_megabytes


def how_many(held: int, nights: int) -> int:
    """Changes a night, so that the clients last for so many nights."""
    share = (_YELLOW * nights + _LEAVING * (30 + nights)) / _PARTS
    return min(CHANGES, int(held * _MOST / share))


@contextmanager
def staged(url: str, nights: int) -> Iterator[Stage]:
    """A copy of a base, set up for so many nights."""
    with base.copy_of(url, "stage") as copy:
        ((held, last),) = query(
            copy,
            """SELECT (SELECT count(*) FROM clients_client WHERE manager_id IS NOT NULL),
                      (SELECT max(date) FROM exchange_nightlyrun WHERE status = 'done')""",
        )
        stage = Stage(copy, held, last + dt.timedelta(days=1), how_many(held, nights), nights)
        psql(copy, "-f", "stage.sql", first=stage.first, nights=nights, yellow=stage.yellow, leaving=stage.leaving)
        yield stage


def try_nights(stage: Stage) -> dict[str, Weight]:
    """Three nights by raw SQL on one copy, by the program on another: the lightest of those after the first."""
    found: dict[str, Weight] = {}
    days = [stage.first + dt.timedelta(days=at) for at in range(TRIED)]
    with base.copy_of(stage.url, "raw") as copy:
        raw, rules = [], []
        for day in days:
            raw.append(_weigh_raw(copy, "raw.sql", day))
            rules.append(_weigh_raw(copy, "raw_rules.sql", day))
        expected = _outcome(copy, days)
    found["raw SQL"], found["raw SQL of the rules"] = _lightest(raw[1:]), _lightest(rules[1:])
    with base.copy_of(stage.url, "real") as copy:
        found["night"] = _lightest([weigh(copy, str(day)) for day in days][1:])
        if (outcome := _outcome(copy, days)) != expected:
            raise RuntimeError(f"The night did not do what raw SQL did: {outcome} instead of {expected}.")
    return found


def catch_up(stage: Stage) -> Weight:
    """All staged nights at once, on the last of their days. On the stage itself: it comes last."""
    last = stage.first + dt.timedelta(days=stage.nights - 1)
    return weigh(stage.url, str(last), "--from", str(stage.first))


def after_policy_change(stage: Stage) -> Weight:
    """The night that has to re-date everybody first. On the stage itself: it comes last."""
    return weigh(stage.url, str(stage.first), "--policy", may_ask=True)


def weigh(url: str, *arguments: str, may_ask: bool = False) -> Weight:
    """Run the program's night in a process of its own."""
    web.lay_out_environment(url)
    before = _counters(url)
    command = [sys.executable, "-m", "bench.nights.worker", *arguments]
    told = json.loads(subprocess.run(command, cwd=web.ROOT, check=True, stdout=subprocess.PIPE).stdout)
    if told.pop("parked") or (any(told.pop("decisions")) and not may_ask):
        raise RuntimeError("The night parked clients, or asked: it is not what was to be weighed.")
    return Weight(**told, **_since(before, url))


def verdicts(stage: Stage, found: dict[str, Weight]) -> list[Verdict]:
    """The bars of one size."""
    night, bare, rules = found["night"], found["raw SQL"], found["raw SQL of the rules"]
    longest = max(weight.longest for weight in found.values())
    memory = max(weight.memory for weight in found.values())
    return [
        Verdict("night / raw SQL of all it writes", night.seconds / (bare.seconds + rules.seconds), TIMES_RAW, "times"),
        Verdict("the same in processor time", night.cpu / (bare.cpu + rules.cpu), TIMES_RAW, "times"),
        Verdict("night / raw SQL without warnings, plan and notices", night.seconds / bare.seconds, TIMES_RAW, "times"),
        Verdict("night", night.seconds, SECONDS, "s"),
        Verdict("longest transaction", longest, TRANSACTION, "s"),
        Verdict("worker's memory", memory / MEGABYTE, MEMORY / MEGABYTE, "MB"),
        # Who leaves changes in what indexes are made of.
        Verdict("colours changed by HOT updates", night.hot / (night.updates - stage.leaving), HOT, at_least=True),
    ]


# --- the database -----------------------------------------------------------------------------------------------------
#: Seconds of processor the session's own process has used (Linux; a superuser may read it).
CPU = """
    SELECT (stat[14]::float + stat[15]::float) / 100
    FROM (SELECT string_to_array(pg_read_file('/proc/self/stat'), ' ') AS stat) self
"""


def psql(url: str, *arguments: str, **variables: Any) -> str:
    """Run scripts (``-f``) and statements (``-c``) in one session; what the last of them said.

    Raises:
        subprocess.CalledProcessError: it failed; what psql said has been shown.
    """
    command = [_program(), "--no-psqlrc", "--quiet", "-At", *(f"-v{name}={value}" for name, value in variables.items())]
    done = subprocess.run([*command, *arguments, url], cwd=HERE, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


@cache
def _program() -> str:
    beside = binaries.postgresql_bin() / "psql"
    return str(beside) if beside.exists() else "psql"


def version_of(url: str) -> str:
    """Of the server: ``"15.14"``."""
    ((version,),) = query(url, "SHOW server_version")
    return str(version).split()[0]


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    with base.cursor_of(url, urlsplit(url).path[1:]) as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _weigh_raw(url: str, script: str, day: dt.date) -> Weight:
    before, begun = _counters(url), time.perf_counter()
    cpu = psql(url, "-f", script, "-c", CPU, day=day, last=day - dt.timedelta(days=1), policy="1 v1")
    return Weight(seconds=time.perf_counter() - begun, cpu=float(cpu), **_since(before, url))


def _counters(url: str) -> tuple[int, int, int]:
    """Bytes of WAL, updates of clients, those of them that were HOT, since ever: ours if nobody else writes."""
    return query(
        url,
        """SELECT (pg_current_wal_lsn() - '0/0')::bigint, n_tup_upd, n_tup_hot_upd
           FROM pg_stat_user_tables WHERE relname = 'clients_client'""",
    )[0]  # type: ignore[return-value]


def _since(before: tuple[int, int, int], url: str) -> dict[str, Any]:
    wal, updates, hot = (after - earlier for earlier, after in zip(before, _counters(url), strict=True))
    return {"wal": wal, "updates": updates, "hot": hot}


def _outcome(url: str, days: list[dt.date]) -> list[tuple[Any, ...]]:
    """What nights are there for: colours and transitions, who left, the figures of the snapshot."""
    since = f"date >= '{days[0]}'"
    return [
        *query(
            url,
            """SELECT zone, count(*), sum(hashtext(id || ' ' || coalesce(manager_id, 0)))
               FROM clients_client GROUP BY 1 ORDER BY 1""",
        ),
        *query(
            url,
            f"""SELECT date, from_zone, to_zone, cause, clock_date IS NULL, policy, count(*), sum(client_id)
                FROM exchange_zonetransition WHERE {since} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6""",
        ),
        *query(
            url,
            f"""SELECT date, zone, count(*), sum(client_id + manager_id + coalesce(last_event_id, 0))
                FROM exchange_detachment WHERE {since} GROUP BY 1, 2 ORDER BY 1, 2""",
        ),
        *query(url, "SELECT lost, count(*), sum(client_id) FROM clients_ownershipperiod GROUP BY 1 ORDER BY 1"),
        *query(
            url,
            f"""SELECT date, count(*), sum(green), sum(yellow), sum(red), sum(on_exchange)
                FROM exchange_zonesnapshot WHERE {since} GROUP BY 1 ORDER BY 1""",
        ),
    ]


def _lightest(weights: list[Weight]) -> Weight:
    return min(weights, key=lambda weight: weight.seconds)
