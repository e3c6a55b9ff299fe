"""Requests a second of a page at four connections, and what the web workers weigh afterwards."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.visitor import Answer

CONNECTIONS = 4
SECONDS = 8.0


def rate(ask: Callable[[], Answer], *, connections: int = CONNECTIONS, seconds: float = SECONDS) -> float:
    """Answers a second while so many ask without a pause.

    Raises:
        visitor.Refused: one of them was refused.
    """
    begun = time.perf_counter()

    def visit(_place: int) -> int:
        done = 0
        while time.perf_counter() - begun < seconds:
            ask()
            done += 1
        return done

    with ThreadPoolExecutor(connections) as pool:
        answers = sum(pool.map(visit, range(connections)))
    return answers / (time.perf_counter() - begun)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process: all it has in memory, and the same with what it shares with others divided among them."""

    resident: int = 0
    proportional: int = 0


def worker_memory(master: int) -> Memory:
    """Of the heaviest of a gunicorn's workers; nothing where /proc does not tell (not Linux)."""
    children = Path(f"/proc/{master}/task/{master}/children")
    if not children.exists():
        return Memory()
    return max((_memory(pid) for pid in children.read_text().split()), key=lambda found: found.resident)


def _memory(pid: str) -> Memory:
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    found = {words[0]: int(words[1]) * 1024 for words in lines}
    return Memory(found["Rss:"], found["Pss:"])
