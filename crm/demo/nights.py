"""The nights of the history: what every nightly run would have done, computed from the legs and the counted contacts.

Contacts and owners are given; warnings, holds and detaches by idleness are *found*, night by night and with the
program's own rules, and the detaches must be those the legs were planned with.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from clients.models import Absence, Department, Manager, OwnershipPeriod
from clients.rules.policies import Policy
from clients.rules.zones import ZoneDates, clock_date, zone_on
from clients.superiors import Superiors
from clients.zoning import published
from crm import clock
from crm.demo.firms import Known
from crm.demo.keeping import KnownFact, known_facts
from crm.demo.legs import Gained, Leg, Lost
from crm.demo.people import BREAKER_CLIENTS, BREAKER_SHARE
from crm.demo.story import gained_at
from crm.demo.world import DAY, World, dates_of
from exchange.models import (
    AskReason,
    Claim,
    Decision,
    DetachHold,
    Detachment,
    HoldKind,
    LeavingWarning,
    NightlyRun,
    ParkedClient,
    Proposal,
    RunStatus,
    TransitionCause,
    ZoneSnapshot,
    ZoneTransition,
)
from exchange.rules.holding import (
    Fact,
    Facts,
    Hold,
    breaker_trips,
    holds_on,
    is_used,
    leaving,
    warning_level,
)
from exchange.rules.night import NightRules
from interactions.models import Event

#: When the administrator let the clients go of the night that asked, and when the job had done it.
_DECIDED, _TAKEN = (9, 20), (9, 21)
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
        return clock.at(run.date, *_TAKEN) if run.date == self.world.asked_on else run.started_at

    def live(self, known: Known, events: Sequence[Event]) -> None:
        """Let all nights pass over one client with its events (they have ids)."""
        _Clock(self, known, events).live()

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


class _Clock:
    """One client's clock, from its first manager to this morning."""

    def __init__(self, nights: Nights, known: Known, events: Sequence[Event]) -> None:
        self.nights, self.world, self.known = nights, nights.world, known
        self.counted = sorted(
            (event.counted_on, event.occurred_at, event.pk, event) for event in events if event.counted_on
        )
        self.day = self.world.first_day - DAY  # the last night that has passed
        self.leg: Leg | None = None
        self.zone = ""
        self.left: Leg | None = None
        self.assigned_on: dt.date | None = None
        self.last_contact_on: dt.date | None = None
        self.clock: dt.date | None = None
        self.dates: ZoneDates | None = None
        self.exchange_since: dt.datetime | None = None
        self.period: OwnershipPeriod | None = None
        self.policy = Policy()
        self.known_facts = list(known_facts(self.world, known, events))
        #: What was told and used in the present stretch.
        self.stretch = Facts()
        self.written: set[tuple[dt.date | None, str, dt.date]] = set()
        #: While a night's mistake is not undone: the clock and the owner before.
        self.before_mistake: tuple[dt.date | None, dt.date | None, ZoneDates | None, Leg | None] | None = None

    def live(self) -> None:
        acts: list[tuple[dt.date, int, Leg | Event]] = [(day, 1, event) for day, _at, _pk, event in self.counted]
        for leg in self.known.legs:
            acts.append((leg.start, 0, leg))
            if leg.lost and leg.lost not in (Lost.IDLE, Lost.REASSIGNED) and leg.end:
                acts.append((leg.end, 2, leg))
            if leg.given_back_on:
                acts.append((leg.given_back_on, 3, leg))
        acts.sort(key=lambda act: act[:2])
        for day, order, what in acts:
            self._nights_until(day)
            if isinstance(what, Event):
                self._contact(day, what)
            elif order == 0:
                self._gain(what)
            elif order == 3:
                self._give_back(what)
            else:
                self._give_up(what)
        self._nights_until(self.world.today)
        self._store()

    # --- nights -------------------------------------------------------------------------------------------------------
    def _nights_until(self, day: dt.date) -> None:
        """All nights after the last one passed, the night of ``day`` included; days follow their nights."""
        first, last = self.day + DAY, day
        if first > last:
            return
        self.day = last
        if self.leg and self.dates:
            key = (self.leg.seller.manager, self.leg.seller.manager.department)
            yellow_on, red_on, detach_on = self.dates.yellow_on, self.dates.red_on, self.dates.detach_on
            over = last + DAY
            leaves_on = self._look(first, last, detach_on)
            gone = leaves_on or over
            self.nights.stay(key, "green", first, min(over, yellow_on))
            self.nights.stay(key, "yellow", max(first, yellow_on), min(over, red_on))
            self.nights.stay(key, "red", max(first, red_on), gone)
            for reached, zone in ((yellow_on, "yellow"), (red_on, "red")):
                if first <= reached <= last:
                    run = self.nights.runs[self.nights.night(reached)]
                    self._transition(zone, TransitionCause.NIGHT, reached, run.started_at, run)
                    run.turned_yellow += zone == "yellow"
                    run.turned_red += zone == "red"
            if leaves_on is None:
                return
            self._detach_at_night(leaves_on)
            first = leaves_on
        if self.left and not self.leg:
            self.nights.stay((None, self.left.seller.manager.department), "on_exchange", first, last + DAY)

    def _look(self, first: dt.date, last: dt.date, detach_on: dt.date) -> dt.date | None:
        """What the nights from ``first`` to ``last`` do about the leaving of a held client: warn, keep; the night that
        takes it."""
        day = max(first, detach_on - DAY * self.world.rules.horizon)
        while day <= last:
            run = self.nights.runs[self.nights.night(day)]
            facts = self._facts(run)
            self._warn(run, facts, detach_on)
            if day >= detach_on:
                holds = holds_on(facts, self.world.rules, day=day, told_on=day)
                if not holds:
                    return day
                run.kept += 1
                self._rely_on(holds[0], run, facts)
            day += DAY
        return None

    def _facts(self, run: NightlyRun) -> Facts:
        """What the night of ``run`` knows."""
        stretch = self.stretch
        stretch.facts = [known.fact for known in self.known_facts if known.is_known(run.started_at)]
        return stretch

    def _warn(self, run: NightlyRun, facts: Facts, detach_on: dt.date) -> None:
        rules, day = self.world.rules, run.date
        leaves_on = leaving(facts, rules, detach_on=detach_on, day=day).on
        level = warning_level((leaves_on - day).days, rules.warn_levels)
        if level is None or any(on == leaves_on and told <= level for on, told in facts.warned):
            return
        assert self.leg
        facts.warned.add((leaves_on, level))
        facts.first_warned_on = facts.first_warned_on or day
        run.warned += 1
        manager, who = self.leg.seller.manager, self.nights.superiors(day)
        escalates = rules.warn_head is not None and level <= rules.warn_head
        self.world.add(
            LeavingWarning(
                client=self.known.row,
                manager=manager,
                deputy_id=who.deputies.get(manager.pk),
                head_id=who.head_of(manager) if escalates else None,
                clock_date=self.clock,
                leaves_on=leaves_on,
                level=level,
                warned_on=day,
                run=run,
            )
        )

    def _rely_on(self, hold: Hold, run: NightlyRun, facts: Facts) -> None:
        """Write a hold down by the first night that relied on it."""
        if is_used(hold, facts) or (self.clock, hold.source, hold.until) in self.written:
            return
        self.written.add((self.clock, hold.source, hold.until))
        if hold.kind == HoldKind.PLAN:
            facts.used.add((hold.source, hold.until))
        if hold.kind != HoldKind.UNDO:  # that is written by who undoes
            self._hold(hold, run.date, run)

    def _hold(self, hold: Hold, since: dt.date, run: NightlyRun | None) -> None:
        assert self.leg
        self.world.add(
            DetachHold(
                client=self.known.row,
                manager=self.leg.seller.manager,
                clock_date=self.clock,
                kind=hold.kind,
                source=hold.source,
                label=hold.label,
                since=since,
                until=hold.until,
                run=run,
            )
        )

    def _detach_at_night(self, day: dt.date) -> None:
        assert self.leg
        mistake = self.leg.given_back_on is not None
        if not mistake and (self.leg.lost != Lost.IDLE or self.leg.end != day):
            raise AssertionError(f"client {self.known.row.pk} leaves on {day}, planned: {self.leg}")
        run = self.nights.runs[self.nights.night(day)]
        moment = self.nights.taken_at(run)
        run.detached += 1
        run.proposed += 1
        assert self.dates
        manager = self.leg.seller.manager
        self.world.add(
            Proposal(
                run=run,
                client=self.known.row,
                manager=manager,
                department=manager.department,
                clock_date=self.clock,
                detach_on=self.dates.detach_on,
                status=Proposal.Status.DONE,
            )
        )
        self._record_detachment(day, moment, run=run)
        self._transition("", TransitionCause.NIGHT, day, moment, run)
        if mistake:
            self.before_mistake = self.assigned_on, self.clock, self.dates, self.left
        self._leave(day, moment, by=None)

    def _give_back(self, leg: Leg) -> None:
        """The head undoes what a night has done: everything is as it was, with some days of grace."""
        assert self.before_mistake
        assert self.period
        assert leg.given_back_on
        day, head = leg.given_back_on, (leg.seller.head or leg.seller).manager
        moment = min(clock.at(day, 10, 5), self.world.now)
        detachment = self.world.of(Detachment)[-1]
        assert detachment.client_id == self.known.row.pk
        detachment.undone_at, detachment.undone_by = moment, head
        self.leg, self.exchange_since = leg, None
        self.assigned_on, self.clock, self.dates, self.left = self.before_mistake
        self.period.until, self.period.lost = None, ""
        assert self.dates
        self._transition(published(zone_on(self.dates, day)), TransitionCause.UNDO, day, moment)
        self.nights.given_back.append(detachment)
        if grace := self.world.rules.undo_grace:
            hold = Hold(HoldKind.UNDO, day + DAY * (grace - 1), f"undo:{detachment.pk}")
            self._hold(hold, day, None)
            self.known_facts.append(KnownFact(Fact(hold.kind, day, hold.until, hold.source), moment))

    # --- days ---------------------------------------------------------------------------------------------------------
    def _contact(self, day: dt.date, event: Event) -> None:
        self.last_contact_on = day if self.last_contact_on is None else max(self.last_contact_on, day)
        if self.leg:
            self._redate(day, TransitionCause.CONTACT, event.occurred_at)

    def _gain(self, leg: Leg) -> None:
        moment = gained_at(leg, self.world)
        giver = leg.given_by.manager if leg.given_by else None
        if self.leg:  # handed over
            if self.leg.lost != Lost.REASSIGNED or self.leg.end != leg.start:
                raise AssertionError(f"client {self.known.row.pk} is held when {leg} begins")
            self._end_period(leg.start, Lost.REASSIGNED, giver)
            self.left = self.leg
        if self.exchange_since:
            self.world.add(
                Claim(
                    client=self.known.row,
                    manager=leg.seller.manager,
                    assigned_by=giver,
                    claimed_at=moment,
                    date=leg.start,
                    exchange_since=self.exchange_since,
                )
            )
        self.leg, self.exchange_since = leg, None
        self.assigned_on = leg.start
        self.policy = self.world.policy_of(leg.seller, self.known.row.category)
        given_by = giver or (None if leg.gained == Gained.IMPORTED else leg.seller.manager)
        self.period = OwnershipPeriod(
            client=self.known.row,
            manager=leg.seller.manager,
            since=leg.start,
            gained=leg.gained,
            given_by=given_by,
            changed_by=given_by,
            created_at=moment,
        )
        self.world.add(self.period)
        self._redate(leg.start, TransitionCause.ASSIGNMENT, moment)

    def _give_up(self, leg: Leg) -> None:
        """Returned by the manager, released by the head, or left behind by a manager who left."""
        assert self.leg is leg
        assert leg.end
        rng, words = self.world.rng("giving up", self.known.row.pk, leg.end), self.world.words
        moment = min(clock.at(leg.end, 17, rng.randrange(60)), self.world.now)
        head = leg.seller.head.manager if leg.seller.head else leg.seller.manager
        by, reason, comment = head, None, words.left_comment
        if leg.lost == Lost.RELEASED:
            comment = rng.choice(words.released_comments)
        elif leg.lost == Lost.RETURNED:
            name = rng.choice(list(words.return_comments))
            by, reason, comment = leg.seller.manager, name, rng.choice(words.return_comments[name])
        self._record_detachment(leg.end, moment, by=by, reason=reason, comment=comment)
        self._transition("", TransitionCause.LEAVING, leg.end, moment)
        self._leave(leg.end, moment, by=by)

    # --- what both do -------------------------------------------------------------------------------------------------
    def _redate(self, day: dt.date, cause: TransitionCause, moment: dt.datetime) -> None:
        assert self.assigned_on
        assert self.leg
        before, self.clock = self.clock, clock_date(self.last_contact_on, self.assigned_on)
        if self.clock != before or cause == TransitionCause.ASSIGNMENT:
            self.stretch = Facts()
        self.dates = dates_of(self.clock, self.policy.thresholds, self.leg.seller.frozen)
        zone = published(zone_on(self.dates, day))
        if zone != self.zone:
            self._transition(zone, cause, day, moment)

    def _leave(self, day: dt.date, moment: dt.datetime, *, by: Manager | None) -> None:
        assert self.leg
        self._end_period(day, str(self.leg.lost or Lost.IDLE), by)
        self.left, self.leg, self.exchange_since = self.leg, None, moment
        self.assigned_on = self.clock = self.dates = None

    def _end_period(self, day: dt.date, lost: str, by: Manager | None) -> None:
        assert self.period
        self.period.until, self.period.lost = day, lost
        if by:
            self.period.changed_by = by

    def _transition(
        self, zone: str, cause: TransitionCause, day: dt.date, moment: dt.datetime, run: NightlyRun | None = None
    ) -> None:
        assert self.leg
        row = ZoneTransition(
            client=self.known.row,
            manager=self.leg.seller.manager,
            from_zone=self.zone,
            to_zone=zone,
            cause=cause,
            date=day,
            clock_date=self.clock if run else None,
            policy=self.policy.label,
            run=run,
            created_at=moment,
        )
        self.world.rows[ZoneTransition].append(row)  # gets its id when all are known, in the order of time
        self.zone = zone

    def _record_detachment(
        self,
        day: dt.date,
        moment: dt.datetime,
        *,
        run: NightlyRun | None = None,
        by: Manager | None = None,
        reason: str | None = None,
        comment: str = "",
    ) -> None:
        assert self.leg
        before = [event for counted_on, _at, _pk, event in self.counted if counted_on == self.last_contact_on]
        self.world.add(
            Detachment(
                client=self.known.row,
                manager=self.leg.seller.manager,
                department=self.leg.seller.manager.department,
                reason=self.leg.lost or Lost.IDLE,
                return_reason=self.world.return_reasons[reason] if reason else None,
                comment=comment,
                detached_at=moment,
                date=day,
                detached_by=by,
                run=run,
                last_event=before[-1] if before else None,
                last_contact_on=self.last_contact_on,
                assigned_on=self.assigned_on,
                clock_date=self.clock,
                zone=self.zone,
                policy=self.policy.label,
            )
        )

    def _store(self) -> None:
        row = self.known.row
        row.last_contact_on = self.last_contact_on
        row.last_manager = self.left.seller.manager if self.left else None
        row.exchange_since = self.exchange_since
        row.zone = self.zone
        if self.leg and self.dates:
            row.manager = self.leg.seller.manager
            row.assigned_on, row.clock_date = self.assigned_on, self.clock
            row.yellow_on, row.red_on, row.detach_on = self.dates.yellow_on, self.dates.red_on, self.dates.detach_on


def by_client(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Events of each client, in their order."""
    grouped: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.client_id].append(event)
    return grouped
