"""One client's clock through all the nights and days: warnings, holds, owners, arrivals on the exchange and claims."""

import datetime as dt

from clients.models import OwnershipPeriod
from clients.rules.zones import zone_on
from clients.zoning import published
from crm import clock
from crm.demo.keeping import KnownFact
from crm.demo.legs import Gained, Leg, Lost, gained_at, lost_at
from crm.demo.tracks import Track
from crm.demo.world import DAY
from exchange.models import (
    Claim,
    Detachment,
    HoldKind,
    LeavingWarning,
    NightlyRun,
    Proposal,
    TransitionCause,
)
from exchange.rules.holding import Fact, Facts, Hold, holds_on, is_used, leaving, warning_level
from interactions.models import Event


class Clock(Track):
    """One client's clock, from its first manager to this morning."""

    def live(self) -> None:
        acts: list[tuple[dt.date, int, Leg | Event]] = [(day, 1, event) for day, _at, _pk, event in self.counted]
        for leg in self.known.legs:
            acts.append((leg.start, 0, leg))
            if leg.lost == Lost.UNTOUCHED and leg.end:
                acts.append((leg.end, -1, leg))
            elif leg.lost and leg.lost not in (Lost.IDLE, Lost.REASSIGNED) and leg.end and not leg.is_handed:
                acts.append((leg.end, 2, leg))
            if leg.given_back_on:
                acts.append((leg.given_back_on, 3, leg))
        acts.sort(key=lambda act: act[:2])
        for day, order, what in acts:
            self._nights_until(day - DAY if order < 0 else day)
            if order < 0 and isinstance(what, Leg):
                self._take_back(what)
            elif isinstance(what, Event):
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
            over = last + DAY
            if self.known.archived_on:
                over = min(over, self.known.archived_on + DAY)
            self.nights.stay((None, self.left.seller.manager.department), "on_exchange", first, over)

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

    def _detach_at_night(self, day: dt.date) -> None:
        assert self.leg
        mistake = self.leg.given_back_on is not None
        if not mistake and (self.leg.lost != Lost.IDLE or self.leg.end != day):
            raise AssertionError(f"client {self.known.row.pk} leaves on {day}, planned: {self.leg}")
        run = self.nights.runs[self.nights.night(day)]
        moment = lost_at(self.leg, self.world, self.known.row.pk) if not mistake else self.nights.taken_at(run)
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
            # The colour changes when the contact is written down.
            written = max(event.occurred_at, event.created_at)
            moment = written if clock.local_date(written) == day else event.occurred_at
            self._redate(day, TransitionCause.CONTACT, moment)

    def _gain(self, leg: Leg) -> None:
        moment = gained_at(leg, self.world)
        giver = leg.given_by.manager if leg.given_by else None
        if self.leg:  # handed over
            if not (self.leg.lost == Lost.REASSIGNED or self.leg.is_handed) or self.leg.end != leg.start:
                raise AssertionError(f"client {self.known.row.pk} is held when {leg} begins")
            self._end_period(leg.start, str(self.leg.lost), giver)
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
                    overrides=leg.against,
                    override_reason=self._why_against() if leg.against else "",
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

    def _why_against(self) -> str:
        return self.world.rng("against", self.known.row.pk).choice(self.world.words.override_reasons)

    def _take_back(self, leg: Leg) -> None:
        """No first contact in time: a night takes the claimed client back."""
        assert self.leg is leg
        assert leg.end
        run = self.nights.runs[self.nights.night(leg.end)]
        run.detached += 1
        self._record_detachment(leg.end, run.started_at, run=run)
        self._transition("", TransitionCause.LEAVING, leg.end, run.started_at)
        self._leave(leg.end, run.started_at, by=None)

    def _give_up(self, leg: Leg) -> None:
        """Returned by the manager, released by the head, or left behind by a manager who left."""
        assert self.leg is leg
        assert leg.end
        rng, words = self.world.rng("why given up", self.known.row.pk, leg.end), self.world.words
        moment = lost_at(leg, self.world, self.known.row.pk)
        head = leg.seller.head.manager if leg.seller.head else leg.seller.manager
        by, reason, comment = head, None, words.departure_comments.get(leg.seller.manager.username, words.left_comment)
        if leg.lost == Lost.RELEASED:
            comment = rng.choice(words.released_comments)
        elif leg.lost == Lost.RETURNED:
            name = rng.choice(list(words.return_comments))
            by, reason, comment = leg.seller.manager, name, rng.choice(words.return_comments[name])
        self._record_detachment(leg.end, moment, by=by, reason=reason, comment=comment)
        self._transition("", TransitionCause.LEAVING, leg.end, moment)
        self._leave(leg.end, moment, by=by)
