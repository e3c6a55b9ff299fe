"""The nights of the history: what every nightly run would have done, computed from the legs and the counted contacts.

Contacts and owners are given; warnings, holds and detaches by idleness are *found*, night by night and with the
program's own rules, and the detaches must be those the legs were planned with.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from clients.models import Absence, Department, Manager
from clients.superiors import Superiors
from crm import clock
from crm.demo.clocks import Clock
from crm.demo.firms import Known
from crm.demo.legs import TAKEN
from crm.demo.people import BREAKER_CLIENTS, BREAKER_SHARE
from crm.demo.world import DAY, World
from exchange.models import (
    AskReason,
    Decision,
    DetachHold,
    Detachment,
    LeavingWarning,
    NightlyRun,
    ParkedClient,
    Proposal,
    RunStatus,
    ZoneSnapshot,
    ZoneTransition,
)
from exchange.rules.holding import (
    breaker_trips,
)
from exchange.rules.night import NightRules
from interactions.models import Event

#: When the administrator let the clients go of the night that asked.
_DECIDED = (9, 20)
_ZONES = ("green", "yellow", "red", "on_exchange")


class Nights:
    """Collects runs, transitions, detachments, claims, owners and snapshots; sets the clocks of the clients."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: list[NightlyRun] = []
        version = ", ".join(sorted(policy.label for policy in world.policy.by_segment.values()))[:100]
        rng = world.rng("nights")
        for number in range((world.today - world.first_day).days + 1):
            day = world.first_day + DAY * number
            started = min(clock.at(day, 1), world.now)
            run = NightlyRun(
                date=day,
                status=RunStatus.DONE,
                policy_version=version,
                started_at=started,
                finished_at=min(started + dt.timedelta(milliseconds=rng.randint(700, 2600)), world.now),
            )
            world.add(run)
            self.runs.append(run)
        self.heads = {row.pk: row.head.pk for row in world.of(Department) if row.head and row.head.is_active}
        self._superiors: dict[dt.date, Superiors] = {}
        #: Detachments that were undone.
        self.given_back: list[Detachment] = []
        self.admin = next(row for row in world.of(Manager) if row.username == "admin")
        # (manager or None, department) -> zone -> changes of the count by night; summed up at the end.
        self._changes: dict[tuple[Manager | None, Department | None], dict[str, list[int]]] = defaultdict(
            lambda: {zone: [0] * (len(self.runs) + 1) for zone in _ZONES}
        )

    def superiors(self, day: dt.date) -> Superiors:
        """Who is told beside a manager on a day, as ``clients.superiors`` finds it."""
        if day not in self._superiors:
            deputies = {
                row.manager_id: row.deputy.pk
                for row in reversed(self.world.of(Absence))
                if row.status == Absence.Status.APPROVED
                and row.starts_on <= day <= row.ends_on
                and row.deputy
                and row.deputy.is_active
            }
            self._superiors[day] = Superiors(self.heads, deputies)
        return self._superiors[day]

    def taken_at(self, run: NightlyRun) -> dt.datetime:
        """When a night takes its clients: at once, or when it was let."""
        return clock.at(run.date, *TAKEN) if run.date == self.world.asked_on else run.started_at

    def live(self, known: Known, events: Sequence[Event]) -> None:
        """Let all nights pass over one client with its events (they have ids)."""
        Clock(self, known, events).live()

    def night(self, day: dt.date) -> int:
        return (day - self.world.first_day).days

    def stay(self, key: tuple[Manager | None, Department | None], zone: str, first: dt.date, until: dt.date) -> None:
        """A client is counted in ``zone`` from the night of ``first`` to the one before ``until``."""
        if first < until:
            changes = self._changes[key][zone]
            changes[self.night(first)] += 1
            changes[self.night(until)] -= 1

    def close(self) -> None:
        """Write the snapshots and the totals of the runs."""
        counts = {
            key: {zone: list(accumulate(changes)) for zone, changes in zones.items()}
            for key, zones in self._changes.items()
        }
        for number, run in enumerate(self.runs):
            for (manager, department), zones in counts.items():
                row = {zone: numbers[number] for zone, numbers in zones.items()}
                if any(row.values()):
                    self.world.add(ZoneSnapshot(date=run.date, department=department, manager=manager, **row))
                    run.green += row["green"]
                    run.yellow += row["yellow"]
                    run.red += row["red"]
                    run.on_exchange += row["on_exchange"]
            run.held = run.green + run.yellow + run.red
        self._ask()
        self._park()
        for model, order in (
            (LeavingWarning, lambda row: (row.warned_on, row.client_id)),
            (DetachHold, lambda row: (row.since, row.client_id)),
            (Proposal, lambda row: (row.run.date, row.client_id)),
        ):
            told = self.world.rows[model]
            told.sort(key=order)
            for number, line in enumerate(told, 1):
                line.pk = number
        rows = self.world.rows[ZoneTransition]
        rows.sort(key=lambda row: (row.date, row.created_at, row.client_id))  # type: ignore[attr-defined]
        for transition in rows:
            transition.pk = self.world.next_id(ZoneTransition)

    def _ask(self) -> None:
        """The night on which too many were due asked the administrator, and he let them go in the morning."""
        if not self.world.asked_on:
            return
        run = self.runs[self.night(self.world.asked_on)]
        # So many that it would have asked by these numbers, which the administrator has set before it.
        limits = NightRules(breaker_percent=BREAKER_SHARE, breaker_clients=BREAKER_CLIENTS)
        if not breaker_trips(run.proposed, run.held + run.detached, limits):
            raise AssertionError(f"{run.proposed} of {run.held} leave on {run.date}: no reason to ask")
        run.decision, run.ask_reason = Decision.CONFIRMED, AskReason.TOO_MANY
        run.decided_by, run.decided_at = self.admin, clock.at(run.date, *_DECIDED)
        run.finished_at = self.taken_at(run) + dt.timedelta(seconds=2)

    def _park(self) -> None:
        """One night could not warn of one client: the next one did."""
        days = range(15, 40)
        for row in self.world.of(LeavingWarning):
            held = row.client.manager_id == row.manager_id and row.client.clock_date == row.clock_date
            if held and (row.leaves_on - row.warned_on).days == row.level > 7 and (
                (self.world.today - row.warned_on).days in days
            ):  # fmt: skip
                run = self.runs[self.night(row.warned_on)]
                parked_at = run.started_at + dt.timedelta(seconds=1)
                error = "OperationalError('canceling statement due to lock timeout')"
                self.world.add(ParkedClient(run=run, client=row.client, step="warn", error=error, parked_at=parked_at))
                run.warned -= 1
                row.run = self.runs[self.night(row.warned_on) + 1]
                row.run.warned += 1
                row.warned_on = row.run.date
                return


def by_client(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Events of each client, in their order."""
    grouped: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.client_id].append(event)
    return grouped
