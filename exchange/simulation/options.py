"""What is played: how big, how long, by which rules, from which seed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from dateutil.relativedelta import relativedelta

#: A Monday after the holidays of January.
START = dt.date(2024, 1, 15)
#: Clients of one manager on a working day: one in so many is talked to.
EVERY_DAYS = 40


@dataclass(frozen=True, slots=True)
class Options:
    """One simulation.

    Attributes:
        days: how many nights.
        thresholds: months of the company's policy; the shipped ones when None.
        rules: rules to set before it begins, by key; None switches one off.
        pace: how much more often than in a real company the rarer things happen; a short simulation has to hurry.
        full_every: a full look at all rows every so many nights (what is cheap is looked at every night anyway).
        command: how to repeat it, for the message of a failure.
    """

    seed: int = 1
    days: int = 730
    clients: int = 2000
    managers: int = 20
    start: dt.date = START
    thresholds: tuple[int, int, int] | None = None
    rules: Mapping[str, int | None] = field(default_factory=dict)
    pace: float = 1.0
    full_every: int = 7
    command: str = ""

    @classmethod
    def short(cls, seed: int, *, clients: int = 30, managers: int = 4, days: int = 45, command: str = "") -> Self:
        """A few weeks in which everything happens: short thresholds, low limits, and the rarer things oftener."""
        return cls(
            seed=seed,
            days=days,
            clients=clients,
            managers=managers,
            thresholds=(1, 2, 3),
            rules={"claim.cap": clients // managers + 4, "claim.failures": 2, "claim.touch_days": 4},
            pace=5.0,
            full_every=1,
            command=command
            or f"manage.py simulate --short --seed {seed} --days {days} --clients {clients} --managers {managers}",
        )

    @property
    def repeat(self) -> str:
        """What to type to see the same again."""
        if self.command:
            return self.command
        return (
            f"manage.py simulate --seed {self.seed} --days {self.days} --clients {self.clients} "
            f"--managers {self.managers}"
        )

    @property
    def leaves_after(self) -> int:
        """Days after which an untouched client is due, about."""
        return (self.thresholds or (1, 5, 6))[2] * 30


def days_of(months: int, start: dt.date = START) -> int:
    """How many days so many months from the start are."""
    return (start + relativedelta(months=months) - start).days
