"""A pytest plugin (``-p crm.testing.services``) that gives every test run a PostgreSQL and a Redis of its own.

They are started on free loopback ports before Django's settings are imported, and stopped at the end, also after a
failure or Ctrl-C. Only the process the user started does so; xdist's workers inherit the addresses, and each gets its
own test database and its own Redis database.

``TEST_DATABASE=postgres`` (the default) is PostgreSQL with Redis as broker; ``TEST_DATABASE=sqlite`` is the embedded
way: SQLite and the filesystem broker, nothing to start. Tests that need PostgreSQL, a worker or a browser are left out
there. Neither the caller's environment nor ``.env`` reaches the settings.
"""

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from crm.testing import binaries
from crm.testing.servers import REDIS_DATABASES, Servers, ServiceFailed, clean_environment

POSTGRES, SQLITE = "postgres", "sqlite"
#: The data lives as long as the run: nothing has to survive a power cut.
FOR_A_RUN = {"shared_buffers": "128MB", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

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
    clean_environment()
    os.environ["VAR_DIR"] = str(_services.folder / "var")
    # pytest-playwright keeps an event loop in the main thread; Django would refuse to touch the database there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    (_services.folder / "var").mkdir()
    if kind == SQLITE:
        os.environ["DATABASE_URL"] = f"sqlite:///{_services.folder / 'var' / 'unused.sqlite3'}"
    elif options.help or options.version:
        os.environ["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    else:
        try:
            os.environ["DATABASE_URL"] = _services.start_postgresql(FOR_A_RUN)
            os.environ["REDIS_URL"] = f"{_services.start_redis()}/0"
        except (binaries.MissingProgram, ServiceFailed) as error:
            raise pytest.UsageError(str(error)) from error


def pytest_report_header() -> str:
    return f"services: {database_kind()}, {os.environ.get('REDIS_URL') or 'filesystem broker'}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--with-database",
        action="store_true",
        help="leave out the tests without a database and those marked once: the other run of two has shown it",
    )


def _is_shown_by_the_other_run(item: pytest.Item, config: pytest.Config) -> bool:
    if not config.getoption("--with-database"):
        return False
    return item.get_closest_marker("django_db") is None or item.get_closest_marker("once") is not None


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
        item
        for item in items
        if any(item.get_closest_marker(name) for name in unfit) or _is_shown_by_the_other_run(item, config)
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
def _use_own_redis_database(worker: str) -> None:
    url = os.environ.get("REDIS_URL")
    if url:
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = f"{url.rsplit('/', 1)[0]}/{number % REDIS_DATABASES}"


# --- the servers ------------------------------------------------------------------------------------------------------
class Services(Servers):
    """The servers of one test run and the temporary folder they live in."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="svetofor-tests-"))
        # The servers may run as another user, who has to get to his own folder inside.
        folder.chmod(0o711)
        super().__init__(folder)

    def stop(self) -> None:
        """Stop the servers and remove their folder."""
        super().stop()
        if os.getpid() == self._owner:
            shutil.rmtree(self.folder, ignore_errors=True)
