"""The base of a size: made once, kept until what it is made by changes."""

import hashlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import web
from bench.bars import NIGHT_SIZES, SIZES
from crm.testing.servers import Servers, server_user

SEED = 1
_SIZES = {**SIZES, **NIGHT_SIZES}
#: As a machine of its own would be set up; nothing that makes a commit less durable.
POSTGRESQL = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "lz4",
}


def key_of(size: str) -> str:
    """Names a base: of its size, its seed, and of all files that decide what is in it."""
    found = hashlib.sha256(repr((_SIZES[size], SEED)).encode())
    for path in _made_by():
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def folder() -> Path:
    """Where bases are kept: ``var/bench``; elsewhere when we are root and PostgreSQL's user may not come in here."""
    web.VAR.mkdir(parents=True, exist_ok=True)
    user = server_user()
    if user is None or subprocess.run(["test", "-x", str(web.VAR)], user=user).returncode == 0:
        return web.VAR
    other = Path("/var/tmp") / f"svetofor-bench-{hashlib.sha256(str(web.ROOT).encode()).hexdigest()[:8]}"
    other.mkdir(mode=0o711, exist_ok=True)
    return other


def _made_by() -> Iterator[Path]:
    apps = ("clients", "interactions", "exchange", "reports")
    for pattern in ("crm/base/**/*.py", *(f"{app}/migrations/*.py" for app in apps)):
        yield from sorted(path for path in web.ROOT.glob(pattern) if "tests" not in path.parts)


def in_postgresql(servers: Servers, size: str) -> str:
    """The DATABASE_URL of the base in our own PostgreSQL, loaded if it is not there yet."""
    url = servers.start_postgresql(POSTGRESQL)
    address, name = url.rpartition("/")[0], f"bench_{size}_{key_of(size)}"
    with cursor_of(url) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"bench\\_{size}\\_%"])
        there = {row[0] for row in cursor.fetchall()}
        if name not in there:
            for old in there:  # of other migrations, or half loaded
                cursor.execute(f'DROP DATABASE "{old}"')
            half = f"{name}_half"
            cursor.execute(f'CREATE DATABASE "{half}"')
            _load(f"{address}/{half}", size)
            cursor.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
    return f"{address}/{name}"


@contextmanager
def copy_of(url: str, what: str = "copy") -> Iterator[str]:
    """The DATABASE_URL of a copy of a PostgreSQL database, which nobody may be using; dropped afterwards."""
    address, name = url.rpartition("/")[0], f"bench_{what}_{os.getpid()}"
    with cursor_of(url) as cursor:
        # By copying files: through the log, a base of gigabytes is written twice.
        by_files = "STRATEGY file_copy" if cursor.connection.server_version >= 150_000 else ""
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{url.rpartition("/")[2]}" {by_files}')
        try:
            yield f"{address}/{name}"
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def cursor_of(url: str, database: str = "postgres") -> Iterator[Any]:
    """Of this database of the server; outside of any transaction, as making databases wants it."""
    import psycopg2

    at = urlsplit(url)
    with closing(psycopg2.connect(host=at.hostname, port=at.port, user=at.username, dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def in_sqlite(folder: Path, size: str) -> str:
    """The same in a file."""
    name = f"{size}-{key_of(size)}.sqlite3"
    if not (folder / name).exists():
        for old in folder.glob(f"{size}-*.sqlite3*"):
            old.unlink()
        half = folder / f"{size}-half.sqlite3"
        _load(f"sqlite:///{half}", size)
        with closing(sqlite3.connect(half)) as connection:  # what is in the log beside the file would stay behind
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        half.rename(folder / name)
    return f"sqlite:///{folder / name}"


def _load(url: str, size: str) -> None:
    clients, events, managers, departments = _SIZES[size]
    web.lay_out_environment(url)
    web.manage("migrate", "--noinput", "--verbosity=0")
    web.manage(
        "load_base", f"--clients={clients}", f"--events={events}", f"--managers={managers}",
        f"--departments={departments}", f"--seed={SEED}",
    )  # fmt: skip
