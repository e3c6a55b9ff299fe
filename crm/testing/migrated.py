"""A migrated, otherwise empty database is made once and copied: running all migrations takes most of a minute.

What is kept (in pytest's cache folder) is known by a checksum of all that migrations are made of, and by the day, since
a migration may ask for today. Django still runs ``migrate`` on each copy: it finds nothing to do, or what is new.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from crm.testing import binaries

_ROOT = Path(__file__).resolve().parents[2]
#: What migrations import, to be found as files: "import clients.validators", "from crm import clock".
_IMPORTS = re.compile(r"^(?:import|from) ([\w.]+)(?: import (\w+))?", re.MULTILINE)
#: The database in the run's PostgreSQL that those of the tests are copies of.
_TEMPLATE = "migrated"


def copy_sqlite(target: Path, kept: Path) -> None:
    """Put a migrated SQLite database where there is none yet; ``kept`` is the folder where it outlives the run."""
    with _one_at_a_time(kept):
        original = kept / f"{_checksum()}.sqlite3"
        if original.exists():
            shutil.copyfile(original, target)
        else:
            _migrate(f"sqlite:///{target}")
            _keep(original, lambda fresh: shutil.copyfile(target, fresh))


def copy_postgresql(name: str, kept: Path) -> None:
    """Create the database ``name`` as a copy of the migrated one, which is made or read from ``kept`` at first."""
    import psycopg2

    url = os.environ["DATABASE_URL"]
    with _one_at_a_time(kept), contextlib.closing(psycopg2.connect(url)) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [_TEMPLATE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {_TEMPLATE}")
                _fill(_at(url, _TEMPLATE), kept)
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")


def _fill(url: str, kept: Path) -> None:
    """Make the template: from the dump, or by migrating; then the dump is made, where the programs for it are there."""
    programs = binaries.postgresql_bin()
    dump = kept / f"{_checksum()}.sql"
    if dump.exists() and (programs / "psql").exists():
        quiet = ["-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "--single-transaction"]
        _run([str(programs / "psql"), *quiet, "-f", str(dump), url])
        return
    _migrate(url)
    if (programs / "pg_dump").exists():
        _keep(dump, lambda fresh: _run([str(programs / "pg_dump"), "--no-owner", "-f", str(fresh), url]))


def _migrate(url: str) -> None:
    _run([sys.executable, str(_ROOT / "manage.py"), "migrate", "-v0"], DATABASE_URL=url)


def _run(command: list[str], **environment: str) -> None:
    result = subprocess.run(
        command, cwd=_ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if result.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{result.stdout}")


def _keep(original: Path, write: Callable[[Path], object]) -> None:
    """Keep what was made, unless a source has changed meanwhile; those of other days and sources go."""
    if original.stem != _checksum():
        return
    for old in original.parent.glob(f"*{original.suffix}"):
        old.unlink()
    fresh = original.with_suffix(".fresh")
    write(fresh)
    fresh.rename(original)


def _checksum() -> str:
    """Of our migrations, of what of ours they import or what makes triggers after them, and of the libraries, whose
    migrations run too."""
    digest = hashlib.sha256(f"{time.strftime('%F')} {sys.version}".encode())
    migrations = sorted(_ROOT.glob("*/migrations/*.py"))
    imported = {words for path in migrations for words in _IMPORTS.findall(path.read_text(encoding="utf-8"))}
    modules = {module for package, name in imported for module in (package, f"{package}.{name}")}
    ours = [_ROOT / f"{module.replace('.', '/')}.py" for module in sorted(modules)]
    triggers = [_ROOT / "crm/tallies.py", *_ROOT.glob("*/*tallies.py"), _ROOT / "reports/flows/keeping.py"]
    for path in (*migrations, *triggers, *filter(Path.is_file, ours), _ROOT / "requirements.txt"):
        digest.update(str(path.relative_to(_ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Workers of a run, and runs beside each other: the first makes it, the others wait for that."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
