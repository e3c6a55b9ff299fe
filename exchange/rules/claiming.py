"""Who may claim what from the exchange, and when. Pure; see docs/rules.md.

All rules are looked at, not only the first that says no: the person reads every reason, and from when on the claim
would be possible if nothing else happens.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What a claim goes by; a number that is None is switched off."""

    delay_hours: int | None = None
    daily: int | None = None
    cap: int | None = None
    former_days: int | None = None
    cooldown_days: int = 30
    cooldown_returned_days: int | None = None
    touch_days: int | None = None
    failures: int | None = None
    failure_window_days: int = 90
    pause_days: int = 14
    return_weekly: int | None = None


@dataclass(frozen=True, slots=True)
class Claimer:
    """The facts about who wants to claim.

    Attributes:
        held: how many clients he holds now.
        claimed_today: how many claims the ledger has of him today.
        paused_until: the last day of a pause in force; None without one.
        works: he works here and belongs to a department.
    """

    held: int = 0
    claimed_today: int = 0
    paused_until: dt.date | None = None
    works: bool = True


@dataclass(frozen=True, slots=True)
class Lot:
    """The facts about one client of the exchange, as far as they matter to one claimer.

    Attributes:
        since: when it came to the exchange.
        arrived_on: the company's date of that moment.
        quarantine_until: the last day on which nobody may claim it.
        held_until: the last day on which this claimer held it; None when he never did.
        gave_back: whether he then gave it back himself.
    """

    since: dt.datetime
    arrived_on: dt.date
    quarantine_until: dt.date | None = None
    held_until: dt.date | None = None
    gave_back: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule that says no.

    Attributes:
        rule: "works", "quarantine", "pause", "delay", "cooldown", "daily" or "cap".
        on: the first day on which it says no no more; None when only something else can change it (the cap).
        at: the same to the minute, where it is not the beginning of that day (the delay).
        number: the number it goes by: the limit of the day, the cap, the days to wait.
    """

    rule: str
    on: dt.date | None = None
    at: dt.datetime | None = None
    number: int = 0


#: What a head may overrule with a reason when he assigns a client; the others do not concern an assignment or are
#: nobody's to overrule.
OVERRULABLE = ("pause", "cooldown", "cap")


def refusals(lot: Lot, claimer: Claimer, rules: ClaimRules, *, now: dt.datetime, today: dt.date) -> list[Refusal]:
    """Every rule that forbids this claim now; empty when it may be made."""
    found = []
    if not claimer.works:
        found.append(Refusal("works"))
    if lot.quarantine_until is not None and today <= lot.quarantine_until:
        found.append(Refusal("quarantine", on=lot.quarantine_until + ONE_DAY))
    if rules.failures is not None and claimer.paused_until is not None and today <= claimer.paused_until:
        found.append(Refusal("pause", on=claimer.paused_until + ONE_DAY))
    if rules.delay_hours and now < (opens := lot.since + dt.timedelta(hours=rules.delay_hours)):
        found.append(Refusal("delay", at=opens, number=rules.delay_hours))
    if (free := cooldown_ends(lot, rules)) and today < free:
        found.append(Refusal("cooldown", on=free, number=(free - _came_on(lot)).days))
    if rules.daily is not None and claimer.claimed_today >= rules.daily:
        found.append(Refusal("daily", on=today + ONE_DAY, number=rules.daily))
    if rules.cap is not None and claimer.held >= rules.cap:
        found.append(Refusal("cap", number=rules.cap))
    return found


def cooldown_ends(lot: Lot, rules: ClaimRules) -> dt.date | None:
    """The first day on which a former owner may claim the client again; None for who is no former owner.

    Counted from the arrival on the exchange, whoever held it last: a colleague who claims it and gives it back shortens
    nobody's waiting.
    """
    if rules.former_days is None or lot.held_until is None:
        return None
    if lot.held_until < lot.arrived_on - dt.timedelta(days=rules.former_days):
        return None
    days = rules.cooldown_days
    if lot.gave_back and rules.cooldown_returned_days is not None:
        days = min(days, rules.cooldown_returned_days)
    return _came_on(lot) + dt.timedelta(days=days)


def _came_on(lot: Lot) -> dt.date:
    """The arrival that waiting counts from: his own loss where it is later, for he held the client's other row when two
    were merged."""
    return max(lot.arrived_on, lot.held_until or lot.arrived_on)


def pause_from(failures: Sequence[dt.date], last_pause: dt.date | None, rules: ClaimRules, *, today: dt.date) -> bool:
    """Whether these failed claims (their dates) pause claiming from today.

    ``last_pause``: when the last pause began; failures up to then have been paid for.
    """
    if rules.failures is None:
        return False
    oldest = today - dt.timedelta(days=rules.failure_window_days)
    counted = [day for day in failures if oldest < day <= today and (last_pause is None or day > last_pause)]
    return len(counted) >= rules.failures
