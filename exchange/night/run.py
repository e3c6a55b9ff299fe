"""The nightly run: warns, moves colours forward, detaches, takes the day's snapshot.

At-least-once: it may be killed at any point and started again, or run twice at once, and ends in the same state as one
undisturbed run. That holds because the work is cut into chunks, each one transaction that locks its rows, looks again
whether they are still due, writes the effect together with its record, and counts itself in the run's row.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from clients.models import Client
from clients.policies import policy_book
from clients.redating import finish_redatings
from clients.rules.policies import PolicyBook
from clients.rules.zones import Zone
from clients.superiors import superiors
from crm import clock
from exchange import departures
from exchange.claim_rulebook import load_claim_rules
from exchange.models import Decision, NightlyRun, Proposal, RunStatus
from exchange.night import deciding, effects, leaving, telling, touching, warning
from exchange.night.lock import one_at_a_time
from exchange.night.sweep import CHUNK, Sweeper
from exchange.rulebook import load_rules
from exchange.rules.night import NightRules
from exchange.snapshots import take_snapshot

log = logging.getLogger(__name__)


class NightOrderError(Exception):
    """A night before the last published one was asked for: colours only move forward."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the night of a date would do if it ran now.

    ``to_exchange`` leave; ``kept`` are due and stay (a hold, or a warning that is not old enough). ``asks`` (a value of
    ``AskReason``): nobody leaves before an administrator has confirmed it.
    """

    date: dt.date
    to_yellow: int
    to_red: int
    to_exchange: int
    kept: int = 0
    asks: str = ""


def run_due_nights(today: dt.date, *, rules: NightRules | None = None) -> list[NightlyRun]:
    """Run tonight, and before it every night that was missed since the last published one.

    Raises:
        NightOrderError: a later night has been published already.
    """
    # One lock around all of them (it is re-entrant): a second run waits until the last night is published, and does not
    # find itself before it half-way.
    with one_at_a_time():
        return [run_night(day, rules=rules) for day in nights_due(today)]


def nights_due(today: dt.date) -> list[dt.date]:
    """The dates to run, oldest first: those after the last published night; on the first run only ``today``.

    A first run that never ended (killed, failed) was a night too: it is finished before the next.

    Raises:
        NightOrderError: a later night has been published already.
    """
    last = NightlyRun.objects.last_done_on()
    if last is None:
        begun = NightlyRun.objects.filter(date__lt=today).order_by("date").values_list("date", flat=True).first()
        last = begun - dt.timedelta(days=1) if begun else today
    if last == today:
        return [today]
    if last > today:
        raise NightOrderError(f"the night of {last} is published, {today} is before it")
    return [last + dt.timedelta(days=days) for days in range(1, (today - last).days + 1)]


def preview(day: dt.date, *, rules: NightRules | None = None) -> Preview:
    """Count what the night of ``day`` would change, without changing anything."""
    rules = rules or load_rules()
    clients = Client.objects.held()
    due = clients.due_on(day)
    if rules.bare:
        leave, asks = list(due.values_list("zone", flat=True)), ""
    else:
        leave = [row.zone for row in leaving.who_leaves(due, rules, day=day, told_on=max(day, clock.today()))]
        asks = leaving.ask_reason(day, len(leave), clients.count(), rules)
    # Who is due and stays is red; who leaves turns no colour any more.
    turn_red = clients.filter(red_on__lte=day).exclude(zone=Zone.RED.value).count()
    return Preview(
        date=day,
        to_yellow=clients.in_zone(Zone.YELLOW, day).exclude(zone=Zone.YELLOW.value).count(),
        to_red=turn_red if asks else turn_red - sum(zone != Zone.RED.value for zone in leave),
        to_exchange=len(leave),
        kept=due.count() - len(leave),
        asks=asks,
    )


def run_night(
    day: dt.date, *, rules: NightRules | None = None, moment: dt.datetime | None = None, chunk: int = CHUNK
) -> NightlyRun:
    """Warn, publish the zones of ``day`` and detach who is due. Running it again changes nothing more.

    Args:
        rules: what it goes by; the settings in force by default, ``BARE`` for thresholds only.
        moment: when the night acts: detached clients arrive on the exchange then. By default now, also for a night that
            is caught up: the days to undo it and the time before a claim count from then. (By bare thresholds a past
            night acts in its first hour.) Warnings bear the day on which they really go out: that of ``moment``, by
            default today.
        chunk: clients per transaction.

    Raises:
        NightOrderError: a later night has been published already.
    """
    with one_at_a_time():
        last = NightlyRun.objects.last_done_on()
        if last is not None and last > day:
            raise NightOrderError(f"the night of {last} is published, {day} is before it")
        told_on = clock.local_date(moment) if moment else max(day, clock.today())
        rules = rules or load_rules()
        night = _Night(day, last, rules, moment or _arrival(day, rules), told_on, chunk)
        return night.run_through()


class _Night:
    """One run over one date; holds what its steps share."""

    def __init__(
        self,
        day: dt.date,
        last: dt.date | None,
        rules: NightRules,
        moment: dt.datetime,
        told_on: dt.date,
        chunk: int,
    ) -> None:
        self.day, self.last, self.rules, self.moment, self.told_on = day, last, rules, moment, told_on
        #: A night that is played for a past day tells nobody. Asked now: midnight may pass while it is at work.
        self.is_played = told_on < clock.today()
        if not rules.bare:
            _finish_departures()
            _finish_redatings()
            _finish_confirmed()
        self.book: PolicyBook = policy_book()
        version = ", ".join(sorted(policy.label for policy in self.book.by_segment.values()))[:100]
        self.run, self.created = NightlyRun.objects.get_or_create(
            date=day, defaults={"policy_version": version, "is_bare": rules.bare}
        )
        self.was_done = self.run.status == RunStatus.DONE
        self.sweeper = Sweeper(self.run, chunk)

    def run_through(self) -> NightlyRun:
        run = self.run
        if not self.created and not self.was_done:
            NightlyRun.objects.filter(pk=run.pk).exclude(status=RunStatus.DONE).update(
                status=RunStatus.RUNNING, error=""
            )
        try:
            # A question that nobody answered is asked anew, by tonight's facts.
            NightlyRun.objects.asking().filter(date__lt=self.day).update(decision=Decision.SUPERSEDED)
            Proposal.objects.open().filter(run__date__lt=self.day).update(status=Proposal.Status.STAYED)
            changed = (self._detach_bare() if self.rules.bare else self._by_the_rules()) + self._publish()
            if not self.rules.bare and not self.is_played:
                # Before the night is called done: one that was killed here is started again and tells them then.
                run.refresh_from_db()
                telling.tell(run, told_on=self.told_on)
            if changed or not self.was_done:
                take_snapshot(run)
        except Exception as error:
            NightlyRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(
                status=RunStatus.FAILED, error=repr(error)
            )
            raise
        run.refresh_from_db()
        return run

    def _detach_bare(self) -> int:
        due = Client.objects.due_on(self.day)
        return self.sweeper.drain("detach", due, lambda rows: effects.detach(self.run, rows, self.book, self.moment))

    def _by_the_rules(self) -> int:
        rules, sweeper = self.rules, self.sweeper
        back = touching.take_back(sweeper, rules, load_claim_rules(), moment=self.moment, told_on=self.told_on)
        return back + self._leave()

    def _leave(self) -> int:
        rules, sweeper = self.rules, self.sweeper
        if rules.warn_levels:
            who = superiors(self.told_on)
            clients = warning.to_warn(self.day, rules, told_on=self.told_on)
            sweeper.walk("warn", clients, lambda rows: warning.warn(self.run, rows, rules, who, self.told_on))
        if self.run.decision in (Decision.NONE, Decision.ASKED):
            # What an administrator has decided on is the list he read, not a new one.
            leaving.plan(sweeper, rules, self.told_on)
        if not leaving.ask_or_go(self.run, rules, self.told_on):
            return 0
        return leaving.take(sweeper, self.book, rules, moment=self.moment, told_on=self.told_on)

    def _publish(self) -> int:
        run, book, sweeper = self.run, self.book, self.sweeper
        changed = 0
        for arrived in _arrivals(self.day, self.last):
            changed += sweeper.drain("publish", arrived, lambda rows: effects.publish(run, rows, book, mended=False))
        # What the dates' ranges could not see (imports, changed policies, an interrupted earlier version) is mended
        # here.
        lagging, mended = Client.objects.zone_lags_on(self.day), self.last is not None
        return changed + sweeper.drain("publish", lagging, lambda rows: effects.publish(run, rows, book, mended=mended))


def _arrivals(day: dt.date, last: dt.date | None) -> Iterator[QuerySet[Client]]:
    """Clients whose date of turning yellow or red lies between the last published night and ``day``: two index
    ranges."""
    if last is None:
        return
    held = Client.objects.held()
    yield held.filter(yellow_on__gt=last, yellow_on__lte=day).exclude(zone__in=[Zone.YELLOW, Zone.RED])
    yield held.filter(red_on__gt=last, red_on__lte=day).exclude(zone=Zone.RED)


def _finish_departures() -> None:
    """Nobody's client is taken as idle who is on its way to another manager; a departure that cannot be finished stops
    no night: its page says what is wrong."""
    try:
        departures.carry_on_all()
    except Exception:
        log.exception("a departure could not be finished before the night")


def _finish_redatings() -> None:
    """The night goes by whole changes of policy, not half of one. A job that cannot be finished stops no night (its
    page says what is wrong), but as long as one is open nobody is taken without asking: see ``leaving.ask_reason``."""
    try:
        finish_redatings()
    except Exception:
        log.exception("a re-dating could not be finished before the night")


def _finish_confirmed() -> None:
    """A word that was given yesterday and not carried out is carried out before tonight looks anew; one that cannot be
    stops no night: tonight's plan overtakes it."""
    try:
        deciding.finish_confirmed()
    except Exception:
        log.exception("a confirmed night could not be carried out before the next")


def _arrival(day: dt.date, rules: NightRules) -> dt.datetime:
    return clock.at(day, 1) if rules.bare and day < clock.today() else clock.now()
