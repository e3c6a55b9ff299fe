"""``python -m bench night``: nights with the same number of changes at three sizes, held against their bars."""

import datetime as dt
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench import base
from bench.bars import Verdict
from bench.nights import trial
from bench.nights.trial import Stage, Weight
from bench.table import verdict_line
from crm.testing.servers import Servers

#: The night at the largest size may take so many times its time at the smallest, and so much less.
GROWS = 1.3


@dataclass(slots=True)
class Nights:
    """What was measured so far: of each size, what was weighed and how it stands to the bars."""

    on: str = ""
    stages: dict[str, Stage] = field(default_factory=dict)
    found: dict[str, dict[str, Weight]] = field(default_factory=dict)
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    #: Bars of one size against another.
    growth: list[Verdict] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Whether all bars are."""
        return all(verdict.held for verdicts in (*self.verdicts.values(), self.growth) for verdict in verdicts)

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "day": dt.datetime.now(dt.UTC).date().isoformat(),
            "on": f"{self.on}, Python {platform.python_version()}, {os.cpu_count()} cores",
            "seconds": round(self.seconds),
            "nights": [
                {
                    "size": size,
                    "clients": stage.held,
                    "weights": {what: weight.as_json() for what, weight in self.found[size].items()},
                    "bars": [verdict.as_json() for verdict in self.verdicts[size]],
                }
                for size, stage in self.stages.items()
            ],
            "bars": [verdict.as_json() for verdict in self.growth],
        }


def run(servers: Servers, sizes: list[str], database_url: str = "") -> Nights:
    """Measure nights of these sizes, or of copies of a base that is there already."""
    nights, begun = Nights(), time.perf_counter()
    for size in sizes if not database_url else ["this base"]:
        url = database_url or base.in_postgresql(servers, size)
        nights.on = f"PostgreSQL {trial.version_of(url)}"
        _measure(url, size, nights)
        _tell(nights.verdicts[size])
    nights.growth = growth({size: found["night"] for size, found in nights.found.items()})
    _tell(nights.growth)
    nights.seconds = time.perf_counter() - begun
    return nights


def growth(nights: Mapping[str, Weight]) -> list[Verdict]:
    """The same number of changes costs the same, however many clients there are."""
    if len(nights) < 2:
        return []
    smallest, *_others, largest = nights.values()
    return [
        Verdict("night, largest / smallest size", largest.seconds / smallest.seconds, GROWS, "times"),
        Verdict("the same in processor time", largest.cpu / smallest.cpu, GROWS, "times"),
    ]


def _measure(url: str, size: str, nights: Nights) -> None:
    with trial.staged(url, trial.TRIED) as stage:
        print(f"{size}: {stage.held:,} held clients, {stage.changes:,} changes a night", flush=True)
        found = trial.try_nights(stage)
        found["changed policy"] = trial.after_policy_change(stage)
    with trial.staged(url, trial.CAUGHT_UP) as late:
        found[f"{late.nights} nights at once"] = trial.catch_up(late)
    for what, weight in found.items():
        print(f"{what:22} {weight}", flush=True)
    nights.stages[size], nights.found[size], nights.verdicts[size] = stage, found, trial.verdicts(stage, found)


def _tell(verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        print(f"  {verdict_line(verdict)}", flush=True)
