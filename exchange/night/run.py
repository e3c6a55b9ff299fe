"""The nightly run: warns, moves colours forward, detaches, takes the day's snapshot.

At-least-once: it may be killed at any point and started again, or run twice at once, and ends in the same state as one
undisturbed run. That holds because the work is cut into chunks, each one transaction that locks its rows, looks again
whether they are still due, writes the effect together with its record, and counts itself in the run's row.
"""

import datetime as dt
import logging
from dataclasses import dataclass

from django.conf import settings

from clients.models import Client
from clients.policies import policy_book
from clients.redating import finish_redatings
from clients.rules.zones import Zone
from crm import clock
from exchange import departures
from exchange.claim_rulebook import load_claim_rules
from exchange.models import Decision, NightlyRun, Proposal, RunStatus
from exchange.night import deciding, leaving, parts, telling, touching
from exchange.night.lock import one_at_a_time
from exchange.night.stretches import Night
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
    day: dt.date,
    *,
    rules: NightRules | None = None,
    moment: dt.datetime | None = None,
    chunk: int = CHUNK,
    workers: int | None = None,
) -> NightlyRun:
    """Warn, publish the zones of ``day`` and detach who is due. Running it again changes nothing more.

    Args:
        rules: what it goes by; the settings in force by default, ``BARE`` for thresholds only.
        moment: when the night acts: detached clients arrive on the exchange then. By default now, also for a night that
            is caught up: the days to undo it and the time before a claim count from then. (By bare thresholds a past
            night acts in its first hour.) Warnings bear the day on which they really go out: that of ``moment``, by
            default today.
        chunk: clients per transaction.
        workers: how many work on it, ``NIGHT_WORKERS`` by default; a night of a played history is done by one.

    Raises:
        NightOrderError: a later night has been published already.
    """
    with one_at_a_time():
        last = NightlyRun.objects.last_done_on()
        if last is not None and last > day:
            raise NightOrderError(f"the night of {last} is published, {day} is before it")
        told_on = clock.local_date(moment) if moment else max(day, clock.today())
        rules = rules or load_rules()
        workers = workers or (1 if clock.is_playing() else settings.NIGHT_WORKERS)
        return _Night(day, last, rules, moment or _arrival(day, rules), told_on, chunk, workers).run_through()


class _Night:
    """One run over one date: what concerns the whole company, between the stretches that go from client to client."""

    def __init__(
        self,
        day: dt.date,
        last: dt.date | None,
        rules: NightRules,
        moment: dt.datetime,
        told_on: dt.date,
        chunk: int,
        workers: int,
    ) -> None:
        self.day, self.workers = day, workers
        #: A night that is played for a past day tells nobody. Asked now: midnight may pass while it is at work.
        self.is_played = told_on < clock.today()
        if not rules.bare:
            _finish_departures()
            _finish_redatings()
            _finish_confirmed()
        book = policy_book()
        version = ", ".join(sorted(policy.label for policy in book.by_segment.values()))[:100]
        self.run, self.created = NightlyRun.objects.get_or_create(
            date=day, defaults={"policy_version": version, "is_bare": rules.bare}
        )
        self.was_done = self.run.status == RunStatus.DONE
        self.night = Night(self.run, last, rules, book, moment, told_on, chunk)

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
            is_bare = self.night.rules.bare
            changed = self._go_through("take") if is_bare else self._by_the_rules()
            changed += self._go_through("publish")
            if not is_bare and not self.is_played:
                # Before the night is called done: one that was killed here is started again and tells them then.
                run.refresh_from_db()
                telling.tell(run, told_on=self.night.told_on)
            if changed or not self.was_done:
                take_snapshot(run)
        except Exception as error:
            NightlyRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(
                status=RunStatus.FAILED, error=repr(error)
            )
            raise
        run.refresh_from_db()
        return run

    def _by_the_rules(self) -> int:
        night = self.night
        sweeper = Sweeper(night.run, night.chunk)
        rules = load_claim_rules()
        back = touching.take_back(sweeper, night.rules, rules, moment=night.moment, told_on=night.told_on)
        return back + self._leave()

    def _leave(self) -> int:
        night = self.night
        self._go_through("look")
        if night.run.decision in (Decision.NONE, Decision.ASKED):
            leaving.count_plan(night.run)
        if not leaving.ask_or_go(night.run, night.rules, night.told_on):
            return 0
        taken = self._go_through("take")
        leaving.close_plan(night.run)
        return taken

    def _go_through(self, stretch: str) -> int:
        return parts.go_through(self.night, stretch, self.workers)


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
