"""A pytest plugin (``-p crm.testing.services``) that gives every test run a PostgreSQL and a Redis of its own.

They are started on free loopback ports before Django's settings are imported, and stopped at the end, also after a
failure or Ctrl-C. Only the process the user started does so; xdist's workers inherit the addresses, and each gets its
own test database and its own Redis database.

``TEST_DATABASE=postgres`` (the default) is PostgreSQL with Redis as broker; ``TEST_DATABASE=sqlite`` is the embedded
way: SQLite and the filesystem broker, nothing to start. Tests that need PostgreSQL, a worker or a browser are left out
there. Neither the caller's environment nor ``.env`` reaches the settings.
"""

import atexit
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
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crm.testing import binaries

POSTGRES, SQLITE = "postgres", "sqlite"
#: Redis has 16 databases; the controller (or a run without xdist) uses 0, the worker gwN uses N + 1.
REDIS_DATABASES = 64
#: Seconds a server may take to answer.
START_TIMEOUT = 60.0

_ROOT = Path(__file__).resolve().parents[2]
_services: "Services | None" = None


def database_kind() -> str:
    """The database this run is on: ``"postgres"`` or ``"sqlite"``.

    Raises:
        pytest.UsageError: TEST_DATABASE says something else.
    """
    kind = os.environ.get("TEST_DATABASE", POSTGRES)
    if kind not in (POSTGRES, SQLITE):
        raise pytest.UsageError(f"TEST_DATABASE must be {POSTGRES} or {SQLITE}, not {kind!r}.")
    return kind


# --- pytest's hooks ---------------------------------------------------------------------------------------------------
@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Lay out the environment before pytest-django imports the settings."""
    global _services
    options = early_config.known_args_namespace
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        _use_own_redis_database(worker)
        return
    kind = database_kind()
    _services = Services()
    atexit.register(_services.stop)
    # Being told to end is as good a reason to tidy up as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _clean_environment()
    os.environ["VAR_DIR"] = str(_services.folder / "var")
    os.environ["ENV_FILE"] = os.devnull
    # pytest-playwright keeps an event loop in the main thread; Django would refuse to touch the database there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    (_services.folder / "var").mkdir()
    if kind == SQLITE:
        os.environ["DATABASE_URL"] = f"sqlite:///{_services.folder / 'var' / 'unused.sqlite3'}"
    elif options.help or options.version:
        os.environ["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    else:
        try:
            os.environ["DATABASE_URL"] = _services.start_postgresql()
            os.environ["REDIS_URL"] = f"{_services.start_redis()}/0"
        except (binaries.MissingProgram, ServiceFailed) as error:
            raise pytest.UsageError(str(error)) from error


def pytest_report_header() -> str:
    return f"services: {database_kind()}, {os.environ.get('REDIS_URL') or 'filesystem broker'}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--with-database",
        action="store_true",
        help="leave out the tests without a database: the other run of two has shown what they show",
    )


def _is_pure(item: pytest.Item, config: pytest.Config) -> bool:
    return bool(config.getoption("--with-database")) and item.get_closest_marker("django_db") is None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this database cannot run, and put browser tests last.

    Last, because Playwright keeps an event loop running in its process, in which async views cannot be called by
    Django's (synchronous) test client.
    """
    if database_kind() == SQLITE:
        unfit = {"postgres", "browser", "worker"}
    else:
        unfit = {"sqlite"}
    left_out = [
        item for item in items if any(item.get_closest_marker(name) for name in unfit) or _is_pure(item, config)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = {id(item) for item in left_out}
        items[:] = [item for item in items if id(item) not in gone]
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if _services is not None:
        _services.stop()


# --- the environment --------------------------------------------------------------------------------------------------
def settings_variables() -> set[str]:
    """Names of all environment variables that ``crm/settings.py`` reads."""
    text = (_ROOT / "crm" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]*)["']""", text))


def _clean_environment() -> None:
    for name in settings_variables():
        os.environ.pop(name, None)
    # Variables that gettext, PostgreSQL and Celery read by themselves.
    for name in (
        "LANGUAGE",
        "PGHOST",
        "PGPORT",
        "PGUSER",
        "PGPASSWORD",
        "PGDATABASE",
        "PGOPTIONS",
        "CELERY_BROKER_URL",
    ):
        os.environ.pop(name, None)


def _use_own_redis_database(worker: str) -> None:
    url = os.environ.get("REDIS_URL")
    if url:
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = f"{url.rsplit('/', 1)[0]}/{number % REDIS_DATABASES}"


# --- the servers ------------------------------------------------------------------------------------------------------
class ServiceFailed(RuntimeError):
    """A server did not start; the message holds the end of its log."""


class Services:
    """The servers of one test run and the temporary folder they live in."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="svetofor-tests-"))
        # The servers may run as another user, who has to get to his own folder inside.
        self.folder.chmod(0o711)
        self._owner = os.getpid()
        self._processes: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []

    def start_postgresql(self) -> str:
        """Start PostgreSQL and wait until it answers; returns its DATABASE_URL.

        Raises:
            ServiceFailed: initdb or the server failed.
        """
        bin_folder = binaries.postgresql_bin()
        user = _server_user()
        data, log = self._folder_for("postgresql", user), self.folder / "postgresql.log"
        self._initdb(bin_folder, data, user)
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": str(port),
            "max_connections": "200",
            "shared_buffers": "128MB",
            # The data lives as long as the run: nothing has to survive a power cut.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        process = self._start(
            [str(bin_folder / "postgres"), "-D", str(data), *arguments], log, user, signal.SIGINT
        )  # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for clients.
        _wait(lambda: _postgresql_answers(port), process, log)
        return f"postgresql://svetofor@127.0.0.1:{port}/postgres"

    def start_redis(self) -> str:
        """Start Redis and wait until it answers; returns its URL without a database number.

        Raises:
            ServiceFailed: the server failed.
        """
        program = binaries.redis_server()
        user = _server_user()
        data, log = self._folder_for("redis", user), self.folder / "redis.log"
        port = _free_port()
        settings = {
            "bind": "127.0.0.1",
            "port": str(port),
            "dir": str(data),
            "databases": str(REDIS_DATABASES),
            "save": "",
            "appendonly": "no",
        }
        arguments = [argument for name, value in settings.items() for argument in (f"--{name}", value)]
        process = self._start([str(program), *arguments], log, user, signal.SIGTERM)
        _wait(lambda: _redis_answers(port), process, log)
        return f"redis://127.0.0.1:{port}"

    def stop(self) -> None:
        """Stop the servers and remove their folder. Safe to call twice; does nothing in a forked child."""
        if os.getpid() != self._owner:
            return
        for process, soft in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(soft)
        for process, _soft in self._processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initdb(self, bin_folder: Path, data: Path, user: str | None) -> None:
        output = ""
        for locale in ("C.UTF-8", "C"):
            command = [str(bin_folder / "initdb"), "-D", str(data), "-U", "svetofor", "--auth=trust", "--no-sync"]
            command += ["--encoding=UTF8", f"--locale={locale}"]
            result = subprocess.run(
                command, user=user, group=_group(user), extra_groups=[] if user else None, cwd=data,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            if result.returncode == 0:
                return
            output = result.stdout
        raise ServiceFailed(f"initdb failed:\n{output}")

    def _folder_for(self, name: str, user: str | None) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        if user:
            shutil.chown(folder, user, _group(user))
        return folder

    def _start(
        self, command: list[str], log: Path, user: str | None, soft_signal: signal.Signals
    ) -> subprocess.Popen[bytes]:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, user=user, group=_group(user), extra_groups=[] if user else None, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                # A session of its own: Ctrl-C at the terminal is for pytest, which then stops the servers in order.
                start_new_session=True, preexec_fn=die_with_parent(soft_signal),
            )  # fmt: skip
        self._processes.append((process, soft_signal))
        return process


def die_with_parent(soft_signal: signal.Signals) -> Callable[[], None] | None:
    """For Popen's ``preexec_fn``: the child gets the signal when we die, even by ``kill -9`` (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, int(soft_signal), 0, 0, 0)  # 1 is PR_SET_PDEATHSIG


def _server_user() -> str | None:
    """Whom to run the servers as: PostgreSQL refuses to be root. None is ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise ServiceFailed("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as.")


def _group(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _postgresql_answers(port: int) -> bool:
    import psycopg2

    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="svetofor", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
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
