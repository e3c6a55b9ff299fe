"""What ``make run`` starts: the web server, a Celery worker and Celery beat, together, on this machine.

Before that the database is brought up to date, and an empty one is filled with the demo company. Ctrl-C (or SIGTERM)
stops all; if one of them ends, the others are stopped too and the reason is said. Not for production: there each is a
service of its own (README.md, compose.yaml).
"""

import contextlib
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import environ
from django.conf import LazySettings

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
#: Seconds the web server may take to answer first, and the processes to end after being asked to.
START_TIMEOUT, STOP_TIMEOUT = 60.0, 10.0


class Stop(Exception):
    """Ends the program with a message for a person and an exit code."""

    def __init__(self, message: str = "", code: int = 1) -> None:
        super().__init__(message)
        self.code = code


#: Signals that asked us to stop. Handlers only note them: an exception could lose a process just started.
_received: list[int] = []


@dataclass
class Child:
    """One of the processes: its name in messages, and the process."""

    name: str
    process: subprocess.Popen[bytes]


def main() -> int:
    """Run everything until it is stopped; returns the exit code (0 after Ctrl-C)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: _received.append(received))
    try:
        port = _port()
        settings = _settings()
        with _only_one(settings):
            _check_port_is_free(port)
            _manage("migrate", "--noinput", "--verbosity=0")
            if os.environ["DEMO"] not in ("0", "false", "False", "no", ""):
                _manage("seed_demo", "--if-empty")
            _serve(port, debug=bool(settings.DEBUG))
    except Stop as stop:
        if str(stop):
            _say(str(stop))
        return stop.code
    return 0


# --- before -----------------------------------------------------------------------------------------------------------
def _port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop(f"PORT must be a number from 1 to 65535, not {text!r}.", code=2)
    return int(text)


def _settings() -> LazySettings:
    """The program's settings; .env is read first, so that it may say DEMO=0."""
    env_file = Path(os.environ.get("ENV_FILE", ROOT / ".env"))
    if env_file.is_file():
        environ.Env.read_env(env_file)
    os.environ.setdefault("DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        for folder in (settings.VAR_DIR, settings.STATIC_ROOT):
            folder.mkdir(parents=True, exist_ok=True)
    except ImproperlyConfigured as error:
        raise Stop(f"The configuration is wrong: {error}", code=2) from None
    except OSError as error:
        raise Stop(f"Cannot write to {error.filename}: {error.strerror}.", code=2) from None
    return settings


@contextlib.contextmanager
def _only_one(settings: LazySettings) -> Iterator[None]:
    """Two beats on one database would start every job twice."""
    path = settings.VAR_DIR / "run.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(f"Svetofor already runs from this folder (it holds {path}). Stop it first.") from None
        yield


def _check_port_is_free(port: int) -> None:
    with socket.socket() as probe:
        # As the web server does: a port whose last connections are still fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise Stop(f"Port {port} may not be used by you. Choose another: make run PORT=8080") from None
        except OSError:
            raise Stop(f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}") from None


def _manage(*arguments: str) -> None:
    child = _start(arguments[0], [sys.executable, "manage.py", *arguments])
    while not _received and child.process.poll() is None:
        time.sleep(0.05)
    _end([child])
    _stop_if_asked()
    if code := child.process.returncode:
        raise Stop(f"manage.py {' '.join(arguments)} failed (exit code {code}); nothing was started.")


# --- the three processes ----------------------------------------------------------------------------------------------
def _commands(port: int, *, debug: bool) -> dict[str, list[str]]:
    python = [sys.executable, "-m"]
    if debug:  # shows tracebacks and reloads on change
        web = [sys.executable, "manage.py", "runserver", f"{HOST}:{port}", "--nostatic"]
    else:
        web = [*python, "gunicorn", "crm.wsgi", f"--bind={HOST}:{port}", "--workers=2", "--threads=4"]
        web += ["--graceful-timeout=5", "--log-level=warning"]
    celery = [*python, "celery", "--quiet", "-A", "crm"]
    return {
        "web server": web,
        "worker": [*celery, "worker", "--loglevel=WARNING", "--concurrency=1", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel=WARNING", "--pidfile="],
    }


def _serve(port: int, *, debug: bool) -> None:
    """Start the processes and watch them until one ends or we are told to stop."""
    children: list[Child] = []
    try:
        for name, command in _commands(port, debug=debug).items():
            children.append(_start(name, command))
        _wait_until(lambda: _received or _ended(children) or _answers(port))
        if not _received and not _ended(children):
            _say(f"Svetofor CRM is ready: http://{HOST}:{port}/   (Ctrl-C stops it)")
        while not (ended := _ended(children)):
            _stop_if_asked()
            time.sleep(0.2)
        code = ended.process.returncode
        reason = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        raise Stop(f"The {ended.name} ended {reason}; its message is above. Stopping everything.")
    finally:
        _end(children)


def _ended(children: list[Child]) -> Child | None:
    return next((child for child in children if child.process.poll() is not None), None)


def _wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise Stop(f"The web server did not answer within {START_TIMEOUT:.0f} seconds. Stopping everything.")
        time.sleep(0.2)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/health/?alive", headers={"Accept": "text/plain"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _end(children: list[Child]) -> None:
    """Ask every process to end, and after a while kill it with all it has started. A second Ctrl-C kills at once."""
    deadline = time.monotonic() + STOP_TIMEOUT
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    while any(child.process.poll() is None for child in children):
        if len(_received) > 1 or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    for child in children:
        # The group, not the process: what it has started must not outlive it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _start(name: str, command: list[str]) -> Child:
    # Celery warns whom it runs as; on one's own machine or in a container that is nobody's concern.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent,
        # A session of its own: Ctrl-C at the terminal reaches us alone, and we stop the processes in order.
        start_new_session=True,
    )  # fmt: skip
    return Child(name, process)


def _die_with_parent() -> None:
    """In the child: be told to end when the supervisor dies, even by ``kill -9`` (Linux only)."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)  # 1 is PR_SET_PDEATHSIG


def _stop_if_asked() -> None:
    if _received:
        raise Stop("Stopping.", code=0 if _received[0] == signal.SIGINT else 128 + _received[0])


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
