"""A PostgreSQL and a Redis of one's own, and whatever else is to run beside them, on free loopback ports.

The tests start them for one run (``crm.testing.services``), the benchmarks keep their data between runs (``bench/``).
"""

import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from crm.testing import binaries

HOST = "127.0.0.1"
#: Redis has 16 databases; xdist's workers get one each.
REDIS_DATABASES = 64
#: Seconds a server may take to answer.
START_TIMEOUT = 60.0

_ROOT = Path(__file__).resolve().parents[2]


class ServiceFailed(RuntimeError):
    """A server did not start; the message holds the end of its log."""


class Servers:
    """Servers that live in one folder and end with this process.

    Args:
        folder: where their data and logs lie; must be there, and let the servers' user in.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._owner = os.getpid()
        self._processes: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []

    def start_postgresql(self, settings: Mapping[str, str]) -> str:
        """Start PostgreSQL and wait until it answers; returns its DATABASE_URL. Data that is there already is kept.

        Raises:
            ServiceFailed: initdb or the server failed.
        """
        bin_folder, user = binaries.postgresql_bin(), server_user()
        data = self._folder_for("postgresql", user)
        if not (data / "PG_VERSION").exists():
            self._initdb(bin_folder, data, user)
        return self._start_postgresql("postgresql", data, settings)

    def start_replica(self, primary_url: str, settings: Mapping[str, str]) -> str:
        """Start a PostgreSQL that copies the one at ``primary_url`` and follows it; returns its DATABASE_URL, which
        names the same database.

        Raises:
            ServiceFailed: the copy or the server failed.
        """
        bin_folder, user = binaries.postgresql_bin(), server_user()
        data = self._folder_for("replica", user)
        command = [str(bin_folder / "pg_basebackup"), "-d", primary_url, "-D", str(data), "--write-recovery-conf"]
        self._run([*command, "--checkpoint=fast", "--no-sync"], data, user)
        url = self._start_postgresql("replica", data, {**settings, "hot_standby_feedback": "on"})
        return urlsplit(url)._replace(path=urlsplit(primary_url).path).geturl()

    def _start_postgresql(self, name: str, data: Path, settings: Mapping[str, str]) -> str:
        bin_folder, user, port = binaries.postgresql_bin(), server_user(), free_port()
        always = {"listen_addresses": HOST, "unix_socket_directories": "", "port": str(port), "max_connections": "200"}
        arguments = [part for name, value in {**always, **settings}.items() for part in ("-c", f"{name}={value}")]
        self.start(
            name,
            [str(bin_folder / "postgres"), "-D", str(data), *arguments],
            answers=lambda: _postgresql_answers(port),
            user=user,
            # PostgreSQL's fast shutdown; SIGTERM would wait for clients.
            soft_signal=signal.SIGINT,
        )
        return f"postgresql://svetofor@{HOST}:{port}/postgres"

    def start_redis(self) -> str:
        """Start Redis and wait until it answers; returns its URL without a database number.

        Raises:
            ServiceFailed: the server failed.
        """
        program, user, port = binaries.redis_server(), server_user(), free_port()
        settings = {
            "bind": HOST,
            "port": str(port),
            "dir": str(self._folder_for("redis", user)),
            "databases": str(REDIS_DATABASES),
            "save": "",
            "appendonly": "no",
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self.start("redis", [str(program), *arguments], answers=lambda: _redis_answers(port), user=user)
        return f"redis://{HOST}:{port}"

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        answers: Callable[[], bool],
        user: str | None = None,
        soft_signal: signal.Signals = signal.SIGTERM,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> int:
        """Start a process and wait until it answers; what it prints goes to ``<name>.log``. Returns its process id.

        Raises:
            ServiceFailed: it ended, or did not answer in time.
        """
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, user=user, group=_group(user), extra_groups=[] if user else None, cwd=cwd or self.folder,
                env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                # A session of its own: Ctrl-C at the terminal is for us, who then stop the servers in order.
                start_new_session=True, preexec_fn=die_with_parent(soft_signal),
            )  # fmt: skip
        self._processes.append((process, soft_signal))
        _wait(answers, process, log)
        return process.pid

    def stop(self) -> None:
        """Stop the servers, the last started first. Safe to call twice; does nothing in a forked child."""
        if os.getpid() != self._owner:
            return
        for process, soft in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(soft)
        for process, _soft in self._processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def _initdb(self, bin_folder: Path, data: Path, user: str | None) -> None:
        command = [str(bin_folder / "initdb"), "-D", str(data), "-U", "svetofor", "--auth=trust", "--no-sync"]
        command += ["--encoding=UTF8"]
        try:
            self._run([*command, "--locale=C.UTF-8"], data, user)
        except ServiceFailed:
            self._run([*command, "--locale=C"], data, user)

    def _run(self, command: Sequence[str], cwd: Path, user: str | None) -> None:
        result = subprocess.run(
            command, user=user, group=_group(user), extra_groups=[] if user else None, cwd=cwd,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if result.returncode:
            raise ServiceFailed(f"{Path(command[0]).name} failed:\n{result.stdout}")

    def _folder_for(self, name: str, user: str | None) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        if user:
            shutil.chown(folder, user, _group(user))
        return folder


# --- the environment --------------------------------------------------------------------------------------------------
def settings_variables() -> set[str]:
    """Names of all environment variables that ``crm/settings.py`` reads."""
    text = (_ROOT / "crm" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]*)["']""", text))


def clean_environment() -> None:
    """Neither the caller's environment nor ``.env`` reaches the settings."""
    # Those that gettext, PostgreSQL and Celery read by themselves.
    others = "LANGUAGE PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGOPTIONS CELERY_BROKER_URL"
    for name in [*settings_variables(), *others.split()]:
        os.environ.pop(name, None)
    os.environ["ENV_FILE"] = os.devnull


# --- processes --------------------------------------------------------------------------------------------------------
def die_with_parent(soft_signal: signal.Signals) -> Callable[[], None] | None:
    """For Popen's ``preexec_fn``: the child gets the signal when we die, even by ``kill -9`` (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, int(soft_signal), 0, 0, 0)  # 1 is PR_SET_PDEATHSIG


def server_user() -> str | None:
    """Whom to run the servers as: PostgreSQL refuses to be root. None is ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise ServiceFailed("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as.")


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _group(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


def _postgresql_answers(port: int) -> bool:
    import psycopg2

    try:
        psycopg2.connect(host=HOST, port=port, user="svetofor", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _wait(answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise ServiceFailed(f"{log.stem} did not start:\n{tail}")
        time.sleep(0.05)
