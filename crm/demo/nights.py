"""The nights of the history: what every nightly run would have done, computed from the legs and the counted contacts.

Contacts and owners are given; detaches by idleness are *found*, night by night and with the program's own rule, and
must be those the legs were planned with.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from clients.models import Department, Manager, OwnershipPeriod
from clients.rules.policies import Policy
from clients.rules.zones import ZoneDates, clock_date, zone_on
from clients.zoning import published
from crm import clock
from crm.demo.firms import Known
from crm.demo.legs import Gained, Leg, Lost
from crm.demo.story import gained_at
from crm.demo.world import DAY, World, dates_of
from exchange.models import Claim, Detachment, NightlyRun, RunStatus, TransitionCause, ZoneSnapshot, ZoneTransition
from interactions.models import Event

_ZONES = ("green", "yellow", "red", "on_exchange")


class Nights:
    """Collects runs, transitions, detachments, claims, owners and snapshots; sets the clocks of the clients."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: list[NightlyRun] = []
        version = ", ".join(sorted(policy.label for policy in world.policy.by_segment.values()))[:100]
        for number in range((world.today - world.first_day).days + 1):
            day = world.first_day + DAY * number
            started = min(clock.at(day, 1), world.now)
            run = NightlyRun(
                date=day,
                status=RunStatus.DONE,
                policy_version=version,
                started_at=started,
                finished_at=min(started + dt.timedelta(seconds=3), world.now),
            )
            world.add(run)
            self.runs.append(run)
        # (manager or None, department) -> zone -> changes of the count by night; summed up at the end.
        self._changes: dict[tuple[Manager | None, Department | None], dict[str, list[int]]] = defaultdict(
            lambda: {zone: [0] * (len(self.runs) + 1) for zone in _ZONES}
        )

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
        rows = self.world.rows[ZoneTransition]
        rows.sort(key=lambda row: (row.date, row.created_at, row.client_id))  # type: ignore[attr-defined]
        for transition in rows:
            transition.pk = self.world.next_id(ZoneTransition)


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

    def live(self) -> None:
        acts: list[tuple[dt.date, int, Leg | Event]] = [(day, 1, event) for day, _at, _pk, event in self.counted]
        for leg in self.known.legs:
            acts.append((leg.start, 0, leg))
            if leg.lost and leg.lost not in (Lost.IDLE, Lost.REASSIGNED) and leg.end:
                acts.append((leg.end, 2, leg))
        acts.sort(key=lambda act: act[:2])
        for day, order, what in acts:
            self._nights_until(day)
            if isinstance(what, Event):
                self._contact(day, what)
            elif order == 0:
                self._gain(what)
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
            self.nights.stay(key, "green", first, min(over, yellow_on))
            self.nights.stay(key, "yellow", max(first, yellow_on), min(over, red_on))
            self.nights.stay(key, "red", max(first, red_on), min(over, detach_on))
            for reached, zone in ((yellow_on, "yellow"), (red_on, "red")):
                if first <= reached <= last:
                    run = self.nights.runs[self.nights.night(reached)]
                    self._transition(zone, TransitionCause.NIGHT, reached, run.started_at, run)
                    run.turned_yellow += zone == "yellow"
                    run.turned_red += zone == "red"
            if detach_on > last:
                return
            self._detach_at_night(detach_on)
            first = detach_on
        if self.left and not self.leg:
            self.nights.stay((None, self.left.seller.manager.department), "on_exchange", first, last + DAY)

    def _detach_at_night(self, day: dt.date) -> None:
        assert self.leg
        if self.leg.lost != Lost.IDLE or self.leg.end != day:
            raise AssertionError(f"client {self.known.row.pk} leaves on {day}, planned: {self.leg}")
        run = self.nights.runs[self.nights.night(day)]
        run.detached += 1
        self._record_detachment(day, run.started_at, run=run)
        self._transition("", TransitionCause.NIGHT, day, run.started_at, run)
        self._leave(day, run.started_at, by=None)

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
        self.period = OwnershipPeriod(
            client=self.known.row,
            manager=leg.seller.manager,
            since=leg.start,
            gained=leg.gained,
            changed_by=giver or (None if leg.gained == Gained.IMPORTED else leg.seller.manager),
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
        self.clock = clock_date(self.last_contact_on, self.assigned_on)
        self.dates = dates_of(self.clock, self.policy.thresholds, self.leg.seller.frozen)
        zone = published(zone_on(self.dates, day))
        if zone != self.zone:
            self._transition(zone, cause, day, moment)

    def _leave(self, day: dt.date, moment: dt.datetime, *, by: Manager | None) -> None:
        assert self.leg
        self._end_period(day, str(self.leg.lost), by)
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
                reason=self.leg.lost,
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
