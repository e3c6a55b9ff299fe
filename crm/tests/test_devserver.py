"""``make run``'s supervisor, for real: three processes come up together and go down together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# It brings its own SQLite database: once, in the shorter of the two runs, is enough.
pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).resolve().parents[2]
READY = "Svetofor CRM is ready"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


class Supervisor:
    def __init__(self, folder: Path, port: int) -> None:
        self.log = folder / "output.txt"
        environment = {**os.environ, "VAR_DIR": str(folder / "var"), "PORT": str(port), "DEMO": "0"}
        environment.pop("DATABASE_URL", None)
        environment["DJANGO_SETTINGS_MODULE"] = "crm.settings"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "crm.devserver"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_ready(self) -> None:
        deadline = time.monotonic() + 90
        while READY not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)

    def children(self) -> list[int]:
        """Process ids of what it has started (Linux)."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    def wait(self) -> int:
        return self.process.wait(timeout=40)


@pytest.fixture
def supervisor(tmp_path: Path, port: int) -> Iterator[Supervisor]:
    started = Supervisor(tmp_path, port)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.wait()


def _is_running(pid: int) -> bool:
    try:
        # A zombie has ended; nobody has asked for its exit code yet.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_serves_until_ctrl_c_and_leaves_nothing_behind(supervisor: Supervisor, port: int, tmp_path: Path) -> None:
    supervisor.wait_ready()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/login/")
    assert connection.getresponse().status == 200
    connection.close()
    children = supervisor.children()
    assert len(children) == 3

    second = Supervisor(tmp_path_of(tmp_path, "second"), port)
    assert second.wait() == 1
    assert f"Port {port} is taken by another program" in second.output

    supervisor.process.send_signal(signal.SIGINT)

    assert supervisor.wait() == 0
    assert "Traceback" not in supervisor.output
    assert not [pid for pid in children if _is_running(pid)]


def test_when_one_process_dies_all_stop_and_the_reason_is_said(supervisor: Supervisor) -> None:
    supervisor.wait_ready()
    children = supervisor.children()
    os.kill(children[-1], signal.SIGKILL)

    assert supervisor.wait() == 1
    assert "The beat ended by signal SIGKILL" in supervisor.output
    assert not [pid for pid in children if _is_running(pid)]


@pytest.mark.parametrize("text", ["0", "70000", "eighty", ""])
def test_a_port_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "crm.devserver"], cwd=ROOT, env={**os.environ, "PORT": text, "VAR_DIR": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 2
    assert "PORT must be a number" in result.stdout


def tmp_path_of(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    return path
