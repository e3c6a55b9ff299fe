"""Where one client's clock stands, and the rows that every change of it leaves."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clients.models import Manager, OwnershipPeriod
from clients.rules.policies import Policy
from clients.rules.zones import ZoneDates, clock_date, zone_on
from clients.zoning import published
from crm.demo.firms import Known
from crm.demo.keeping import known_facts
from crm.demo.legs import Leg, Lost
from crm.demo.world import DAY, dates_of
from exchange.models import DetachHold, Detachment, NightlyRun, TransitionCause, ZoneTransition
from exchange.rules.holding import Facts, Hold
from interactions.models import Event

if TYPE_CHECKING:
    from crm.demo.nights import Nights


class Track:
    """The clock of one client between two changes; what changes it are its nights and days (``clocks.Clock``)."""

    def __init__(self, nights: "Nights", known: Known, events: Sequence[Event]) -> None:
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
