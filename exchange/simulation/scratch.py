"""A database of its own for a simulation: it never touches the product's.

The command starts itself once more as another process whose settings name a new SQLite file (or the database it was
given), without a mail server and without a broker; there it plays.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

from clients.models import Client, Manager

#: Set in the process that plays.
_MARK = "SIMULATION_SCRATCH"


class NotEmpty(Exception):
    """The database has somebody's data."""


def is_scratch() -> bool:
    """Whether this process was started to play."""
    return os.environ.get(_MARK) == "1"


def play_elsewhere(arguments: Sequence[str], *, database: str = "", keep: bool = False) -> int:
    """Run ``manage.py simulate`` with these arguments in a process with a database of its own; returns its exit code.

    Args:
        database: the address of an empty database to use; a temporary SQLite file by default.
        keep: leave the temporary file where it is, and say where.
    """
    folder = tempfile.mkdtemp(prefix="svetofor-simulation-")
    environment = {
        **os.environ,
        _MARK: "1",
        "DATABASE_URL": database or f"sqlite:///{Path(folder) / 'simulation.sqlite3'}",
        "VAR_DIR": folder,
        "ENV_FILE": os.devnull,
        "REDIS_URL": "",
        "EMAIL_URL": "",
        "DEMO": "",
        "LANGUAGE_CODE": "en",
        "LOG_LEVEL": "ERROR",
        "COMPANY_TIME_ZONE": settings.COMPANY_TIME_ZONE,
        "HOLIDAYS_COUNTRY": settings.HOLIDAYS_COUNTRY,
        "HOLIDAYS_SUBDIVISION": settings.HOLIDAYS_SUBDIVISION,
    }
    manage = str(settings.BASE_DIR / "manage.py")
    try:
        return subprocess.run([sys.executable, manage, "simulate", *arguments], env=environment).returncode
    finally:
        if not keep:
            _remove(Path(folder))


def refuse_if_used() -> None:
    """Play only where nobody works.

    Raises:
        NotEmpty: there are clients or people.
    """
    if Client.objects.exists() or Manager.objects.exists():
        raise NotEmpty("This database has clients or people; a simulation wants an empty one.")


def prepare() -> None:
    """The tables of an empty database, and jobs done where they are asked for instead of by a worker."""
    from django.core.management import call_command

    from crm.web.tasks import current_app

    call_command("migrate", verbosity=0)
    refuse_if_used()
    current_app.conf.task_always_eager = True
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # The file lives as long as the process: nothing has to survive a power cut.
            cursor.execute("PRAGMA synchronous=OFF")


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
