"""The program as it runs for real: gunicorn, two sync workers, production settings, collected static files."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from bench.visitor import Visitor
from crm.testing.servers import HOST, Servers, free_port

ROOT = Path(__file__).resolve().parent.parent
#: Where the bench keeps its base, its results and collected static files.
VAR = ROOT / "var" / "bench"
WORKERS = 2
#: Seconds a page may take before gunicorn kills its worker.
PATIENCE = 600


def lay_out_environment(database_url: str, redis_url: str = "") -> None:
    """Set the environment that the program, this process and ``manage.py`` read, as production would."""
    VAR.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PRODUCTION": "1",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets.token_hex(32),
        "STATIC_MANIFEST": "1",
        "VAR_DIR": str(VAR),
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        **({"REDIS_URL": redis_url} if redis_url else {}),
    }


def manage(*arguments: str) -> None:
    """Run a command of the program.

    Raises:
        subprocess.CalledProcessError: it failed; its output has been shown.
    """
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)


def start(servers: Servers, *, workers: int = WORKERS, threads: int = 1) -> tuple[int, int]:
    """Start gunicorn, with sync workers unless they have threads; returns its port and process id.

    Raises:
        ServiceFailed: it does not answer.
    """
    manage("collectstatic", "--noinput", "--verbosity=0")
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "crm.wsgi", "--preload", f"--bind={HOST}:{port}"]
    command += [f"--workers={workers}", f"--threads={threads}", f"--timeout={PATIENCE}", "--log-level=warning"]
    return port, servers.start("gunicorn", command, answers=lambda: _answers(port), cwd=ROOT)


def _answers(port: int) -> bool:
    try:
        return Visitor(port, "").ask("GET", "/health/?alive").status == 200
    except OSError:
        return False
