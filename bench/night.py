"""``python -m bench night``: nights with the same number of changes at three sizes, held against their bars."""

from collections.abc import Mapping

from bench import base
from bench.bars import Verdict
from bench.nights import trial
from bench.nights.trial import Weight
from bench.table import verdict_line
from crm.testing.servers import Servers

#: The night at the largest size may take so many times its time at the smallest, and so much less.
GROWS = 1.3


def run(servers: Servers, sizes: list[str], database_url: str = "") -> bool:
    """Measure nights of these sizes, or of copies of a base that is there already; whether all bars are held."""
    nights: dict[str, Weight] = {}
    held = True
    for size in sizes if not database_url else ["this base"]:
        url = database_url or base.in_postgresql(servers, size)
        found, verdicts = _of_base(url, size)
        nights[size] = found["night"]
        held &= _told(verdicts)
    return held & _told(growth(nights))


def growth(nights: Mapping[str, Weight]) -> list[Verdict]:
    """The same number of changes costs the same, however many clients there are."""
    if len(nights) < 2:
        return []
    smallest, *_others, largest = nights.values()
    return [
        Verdict("night, largest / smallest size", largest.seconds / smallest.seconds, GROWS, "times"),
        Verdict("the same in processor time", largest.cpu / smallest.cpu, GROWS, "times"),
    ]


def _of_base(url: str, size: str) -> tuple[dict[str, Weight], list[Verdict]]:
    with trial.staged(url, trial.TRIED) as stage:
        print(f"{size}: {stage.held:,} held clients, {stage.changes:,} changes a night", flush=True)
        found = trial.try_nights(stage)
        found["changed policy"] = trial.after_policy_change(stage)
    with trial.staged(url, trial.CAUGHT_UP) as stage:
        found[f"{stage.nights} nights at once"] = trial.catch_up(stage)
    for what, weight in found.items():
        print(f"{what:22} {weight}", flush=True)
    return found, trial.verdicts(stage, found)


def _told(verdicts: list[Verdict]) -> bool:
    for verdict in verdicts:
        print(f"  {verdict_line(verdict)}", flush=True)
    return all(verdict.held for verdict in verdicts)
