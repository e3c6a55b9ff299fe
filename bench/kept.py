"""Runs that are remembered: JSON files in docs/performance/, and what docs/performance.md shows of them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import web
from bench.bars import SIZES, SQLITE
from bench.documents import renewed, renewed_nights
from bench.picture import growth

#: What `sizes` measures: pages at each size, on SQLite, many people at once on the smallest, and nights.
RUSH, NIGHT = "rush", "night"
NAMES = (*SIZES, SQLITE, RUSH, NIGHT)
_DOCUMENT = web.ROOT / "docs" / "performance.md"
_FOLDER = web.ROOT / "docs" / "performance"


def fresh(name: str) -> Path:
    """Where a run leaves its figures."""
    return web.VAR / f"{name}.json"


def measure(names: Iterable[str], bases: str) -> int:
    """Measure these, each in a process of its own, and write the documents after each; 0 when every bar is held.

    Args:
        bases: DATABASE_URL with ``{size}`` in it, of bases that are there already; "" for our own. Nights have their
            own in any case.
    """
    code = 0
    for name in names:
        fresh(name).unlink(missing_ok=True)
        code = max(
            code, subprocess.run([sys.executable, "-m", "bench", *_arguments(name, bases)], cwd=web.ROOT).returncode
        )
        if not fresh(name).exists():
            sys.exit(f"{name}: nothing was measured.")
        _FOLDER.mkdir(exist_ok=True)
        shutil.copyfile(fresh(name), _FOLDER / fresh(name).name)
        write_documents()
    return code


def write_documents() -> None:
    """The picture and the tables, of what is kept."""
    runs = [run for run in map(_kept, (*SIZES, SQLITE)) if run]
    document = renewed(_DOCUMENT.read_text(encoding="utf-8"), runs, _kept(RUSH))
    if nights := _kept(NIGHT):
        document = renewed_nights(document, nights)
    _DOCUMENT.write_text(document, encoding="utf-8")
    (_FOLDER / "growth.svg").write_text(growth(runs), encoding="utf-8")


def _kept(name: str) -> dict[str, Any] | None:
    path = _FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _arguments(name: str, bases: str) -> list[str]:
    if name == SQLITE:
        return ["run", "--on", SQLITE]
    if name == NIGHT:
        return [NIGHT]
    size = next(iter(SIZES)) if name == RUSH else name
    command = ["rush"] if name == RUSH else ["run", "--nights"]
    return [*command, "--size", size, *(["--database", bases.format(size=size)] if bases else [])]
