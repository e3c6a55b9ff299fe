"""Who needs the head's help, and why: what is known of each manager against the limits of the rules. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

#: The share of red clients says nothing of who holds fewer, nor a median of fewer managers.
FEWEST_CLIENTS, FEWEST_MANAGERS = 5, 3


class Reason(StrEnum):
    """Why somebody needs help; the most urgent first."""

    AWAY = "away"
    TOUCH = "touch"
    LEAVING = "leaving"
    IDLE = "idle"
    OVERDUE = "overdue"
    RED = "red"
    SIGNALS = "signals"


#: How much a reason weighs where some managers are put before others.
_WEIGHT = {
    Reason.AWAY: 5,
    Reason.TOUCH: 4,
    Reason.LEAVING: 4,
    Reason.IDLE: 3,
    Reason.OVERDUE: 2,
    Reason.RED: 2,
    Reason.SIGNALS: 1,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a manager today.

    Attributes:
        leaving: clients whose time is over within seven days, by their dates.
        overdue: plans with his clients of days that are over; ``overdue_new``: of the last seven days.
        idle_days: his working days since the last one on which he registered something as done.
        is_away: away today; ``has_deputy``: somebody stands in.
        untouched: claims that go back soon for want of a first contact.
        signals: those no head has looked at.
    """

    manager_id: int
    department_id: int | None
    held: int = 0
    red: int = 0
    leaving: int = 0
    overdue: int = 0
    overdue_new: int = 0
    idle_days: int = 0
    is_away: bool = False
    has_deputy: bool = False
    untouched: int = 0
    signals: int = 0

    @property
    def red_share(self) -> float:
        """In per cent."""
        return 100 * self.red / self.held if self.held else 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The rules; None, or False, where one is switched off."""

    leaving: int | None
    overdue: int | None
    red_points: int | None
    idle_days: int | None
    away: bool
    touch_days: int | None
    signals: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A reason with its number, and another one it is held against: the median, what is new."""

    reason: Reason
    number: int
    other: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A manager who needs help."""

    facts: Facts
    reasons: Sequence[Found]

    @property
    def weight(self) -> int:
        return sum(_WEIGHT[found.reason] for found in self.reasons)


def who_needs_help(everybody: Iterable[Facts], limits: Limits) -> list[Case]:
    """Those for whom there is a reason, who needs it most first."""
    facts = list(everybody)
    medians = _medians(facts)
    cases = [Case(each, tuple(_reasons(each, limits, medians))) for each in facts]
    found = [case for case in cases if case.reasons]
    return sorted(found, key=lambda case: (-case.weight, -case.facts.leaving, -case.facts.red, case.facts.manager_id))


def _reasons(facts: Facts, limits: Limits, medians: dict[int | None, float]) -> Iterable[Found]:
    """In the order of :class:`Reason`."""
    if limits.away and facts.is_away and not facts.has_deputy and facts.held:
        yield Found(Reason.AWAY, facts.held)
    if limits.touch_days is not None and facts.untouched:
        yield Found(Reason.TOUCH, facts.untouched)
    if limits.leaving is not None and facts.leaving >= limits.leaving:
        yield Found(Reason.LEAVING, facts.leaving)
    if limits.idle_days is not None and not facts.is_away and facts.held and facts.idle_days >= limits.idle_days:
        yield Found(Reason.IDLE, facts.idle_days)
    if limits.overdue is not None and facts.overdue >= limits.overdue and facts.overdue_new:
        yield Found(Reason.OVERDUE, facts.overdue, facts.overdue_new)
    usual = medians.get(facts.department_id) if facts.held >= FEWEST_CLIENTS else None
    if limits.red_points is not None and usual is not None and facts.red_share - usual >= limits.red_points:
        yield Found(Reason.RED, round(facts.red_share), round(usual))
    if limits.signals and facts.signals:
        yield Found(Reason.SIGNALS, facts.signals)


def _medians(everybody: Iterable[Facts]) -> dict[int | None, float]:
    """The median share of red clients of each department that has enough managers with clients."""
    shares: dict[int | None, list[float]] = defaultdict(list)
    for facts in everybody:
        if facts.held >= FEWEST_CLIENTS:
            shares[facts.department_id].append(facts.red_share)
    return {department: median(some) for department, some in shares.items() if len(some) >= FEWEST_MANAGERS}
