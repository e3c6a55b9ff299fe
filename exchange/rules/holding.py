"""When a client leaves: holds, the warning that must come first, and the circuit breaker. Pure; see docs/rules.md.

A *hold* keeps a client with its manager although its time has come. It changes neither the colour nor the dates. The
*expected leaving day* is the first night on which nothing holds the client any more.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.rules.night import NightRules

ONE_DAY = dt.timedelta(days=1)
#: A warning is forgotten so many days after the day it named: who was warned before a contract of two years is warned
#: again when it ends early.
WARNING_LASTS = 60


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason why a client stays.

    Attributes:
        kind: a value of ``exchange.HoldKind``.
        until: the last day it holds.
        source: what holds, "event:12".
        label: its words: the subject of the plan, the title of the sale, the reason of the protection.
    """

    kind: str
    until: dt.date
    source: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that may hold a client from ``starts_on`` on: a protection, a contract, the grace after an undo, an
    open sale (``starts_on``: its last step), a planned contact (``until``: its day)."""

    kind: str
    starts_on: dt.date
    until: dt.date
    source: str = ""
    label: str = ""

    @property
    def hold(self) -> Hold:
        return Hold(self.kind, self.until, self.source, self.label)


@dataclass(slots=True)
class Facts:
    """All that may hold one client in its present stretch.

    Attributes:
        used: the plans that held it before in this stretch, as (source, until): each is one time.
        first_warned_on: when its manager was first told in this stretch that it would leave.
        warned: what he was told in this stretch, as (leaving day, days before).
    """

    facts: list[Fact] = field(default_factory=list)
    used: set[tuple[str, dt.date]] = field(default_factory=set)
    first_warned_on: dt.date | None = None
    warned: set[tuple[dt.date, int]] = field(default_factory=set)


#: In which order holds are named and used. A plan is spent only when nothing else holds, so it comes last.
ORDER = ("contract", "protection", "undo", "process", "warning", "plan")


def holds_on(facts: Facts, rules: NightRules, *, day: dt.date, told_on: dt.date) -> list[Hold]:
    """What holds a client whose time has come on ``day``, as things stand now; the strongest first.

    ``told_on`` is when its manager is told if nobody has told him yet: today. A night that is caught up, or carried out
    on a later day, minds what was given since (a protection of this morning); what has ended since it minds too.
    """
    given = max(day, told_on)
    found = [fact.hold for fact in facts.facts if fact.kind != "plan" and fact.starts_on <= given and day <= fact.until]
    if hold := warning_hold(facts.first_warned_on, rules, day=day, told_on=told_on):
        found.append(hold)
    if not found and (hold := plan_hold(facts, rules, day=day)):
        found.append(hold)
    return sorted(found, key=lambda hold: (ORDER.index(hold.kind), -hold.until.toordinal(), hold.source))


def plan_hold(facts: Facts, rules: NightRules, *, day: dt.date) -> Hold | None:
    """The planned contact that holds a client on ``day``, if one may.

    A plan counts from its day back to ``plan_days`` before it. One that was used already goes on holding, also when it
    was moved to an earlier day; moved to a later day it is a new one. A new one may begin while fewer than
    ``plan_times`` were used in this stretch.
    """
    if rules.plan_days is None:
        return None
    last = day + dt.timedelta(days=rules.plan_days)
    coming = [fact for fact in facts.facts if fact.kind == "plan" and day <= fact.until <= last]
    known = [fact for fact in coming if is_used(fact.hold, facts)]
    if not known and len(facts.used) < rules.plan_times:
        known = coming
    return max(known, key=lambda fact: (fact.until, fact.source)).hold if known else None


def is_used(hold: Hold, facts: Facts) -> bool:
    """Whether a plan held already, until this day or a later one: to go on with it is not one more time."""
    return any(hold.source == source and hold.until <= on for source, on in facts.used)


def warning_hold(first_warned_on: dt.date | None, rules: NightRules, *, day: dt.date, told_on: dt.date) -> Hold | None:
    """Nobody leaves before the first warning of the stretch is ``warn_age`` days old; unwarned, it goes out now."""
    if rules.warn_age is None or not rules.warn_levels:
        return None
    until = (first_warned_on or told_on) + dt.timedelta(days=rules.warn_age) - ONE_DAY
    return Hold("warning", until) if until >= day else None


@dataclass(frozen=True, slots=True)
class Leaving:
    """When a client is expected to leave, and by what it is held until then (empty: by nothing)."""

    on: dt.date
    holds: Sequence[Hold] = ()


def leaving(
    facts: Facts, rules: NightRules, *, detach_on: dt.date, day: dt.date, told_on: dt.date | None = None
) -> Leaving:
    """The first night from ``day`` on that takes the client if nothing happens, and what holds it before, in turn."""
    path: list[Hold] = []
    told_on, day = told_on or day, max(detach_on, day)
    ahead = Facts(facts.facts, set(facts.used), facts.first_warned_on)
    while found := holds_on(ahead, rules, day=day, told_on=told_on):
        path += [hold for hold in found if hold not in path]
        ahead.used |= {(hold.source, hold.until) for hold in found if hold.kind == "plan" and not is_used(hold, ahead)}
        day = max(hold.until for hold in found) + ONE_DAY
    return Leaving(day, tuple(path))


def warning_level(days_left: int, levels: Sequence[int]) -> int | None:
    """Which warning is due when so many days are left: the most urgent level reached; None when it is too early.

    A client that leaves tonight (0 days) has no warning left to get.
    """
    return min((level for level in levels if 0 < days_left <= level), default=None)


def breaker_trips(leaving: int, held: int, rules: NightRules) -> bool:
    """Whether so many detachments need an administrator's word: more than both limits (the larger one rules).

    ``held`` counts the clients that had a manager before the night.
    """
    share = rules.breaker_percent
    return share is not None and leaving > rules.breaker_clients and leaving * 100 > held * share
