"""Playing a sales history as it happened: each day begins with its nightly run, then come that day's rows.

One transaction per day, night included: a replay that was stopped goes on after the last day it finished. The present
state of the clients is kept in memory and written set by set; the night is the real one, and what it changed is read
back from its transitions.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from django.db import transaction
from django.db.models import Case, Value, When

from clients import zone_changes
from clients.models import Client, Manager, OwnershipPeriod
from clients.policies import department_chain, policy_book
from clients.rules.zones import Thresholds, ZoneDates, clock_date, zone_dates, zone_on
from clients.zone_changes import ZoneChange
from clients.zoning import published
from crm import clock
from exchange.history.people import BATCH, PREFIX, Ground, new_client, prepare, save_clients, save_relations
from exchange.history.steps import (
    STATUSES,
    PlannedStep,
    StepWriter,
    dated_steps,
    process_code,
    step_code,
)
from exchange.models import Claim, DryOrder, NightlyRun, ZoneTransition
from exchange.night import BARE, NightOrderError, run_night
from exchange.rules.sales_facts import Opportunity, SalesFiles
from interactions.models import Event, SalesProcess, Step

Progress = Callable[[int], object]
ONE_DAY = dt.timedelta(days=1)
#: Ids in one IN list.
_IDS = 300
_AMOUNT = SalesProcess._meta.get_field("amount")

_dates = lru_cache(maxsize=4096)(zone_dates)


class ReplayError(Exception):
    """The history cannot be played on this base, or not in this period."""


@dataclass(slots=True)
class Played:
    """What a replay did."""

    first: dt.date
    last: dt.date
    made: Counter[str] = field(default_factory=Counter)
    #: Rows outside of the period, and what of others was.
    skipped: Counter[str] = field(default_factory=Counter)
    #: The last day that was there already, if the replay went on with an earlier one.
    resumed_after: dt.date | None = None

    @property
    def changed_nothing(self) -> bool:
        return not self.made.total()


@dataclass(slots=True)
class _State:
    """A client as the replay knows it between two writes."""

    manager_id: int | None = None
    assigned_on: dt.date | None = None
    last_contact_on: dt.date | None = None
    zone: str = ""
    exchange_since: dt.datetime | None = None


@dataclass(slots=True)
class _Day:
    """What the rows of one day change."""

    contacted: set[int] = field(default_factory=set)
    gained: dict[int, Manager] = field(default_factory=dict)
    periods: list[OwnershipPeriod] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    changes: list[ZoneChange] = field(default_factory=list)


def replay(
    files: SalesFiles,
    first: dt.date,
    last: dt.date,
    *,
    now: dt.datetime | None = None,
    progress: Progress = lambda done: None,
) -> Played:
    """Play the days from ``first`` to ``last``. Running it again changes nothing; with a later ``last`` it goes on.

    Args:
        progress: called with the number of days done since the last call.

    Raises:
        ReplayError: the base has another history, the period is turned round or reaches into the future.
    """
    return _Replay(files, first, last, now or clock.now(), progress).run()


class _Replay:
    def __init__(self, files: SalesFiles, first: dt.date, last: dt.date, now: dt.datetime, progress: Progress) -> None:
        self.files, self.first, self.last, self.now, self.progress = files, first, last, now, progress
        self.out = Played(first, last)
        self.rows = {row.id: row for row in files.opportunities}
        self.starts: dict[dt.date, list[Opportunity]] = defaultdict(list)
        self.closings: dict[dt.date, list[Opportunity]] = defaultdict(list)
        self.undated: list[Opportunity] = []
        self.states: dict[int, _State] = defaultdict(_State)
        self.processes: dict[str, int] = {}

    def run(self) -> Played:
        today = clock.local_date(self.now)
        if self.first > self.last:
            raise ReplayError(f"{self.first} is after {self.last}.")
        if self.last > today:
            raise ReplayError(f"{self.last} has not come yet (today is {today}): a history lies in the past.")
        self._sort()
        played_to = self._refuse_other_history()
        with transaction.atomic():
            self._prepare(played_to)
            if played_to is None or played_to < self.last:
                # The nights after the played ones only ask, until an administrator has confirmed one.
                DryOrder.objects.get_or_create(reason="import_sales", lifted_at=None, defaults={"ordered_at": self.now})
        self.out.resumed_after = played_to
        day = self.first if played_to is None else played_to + ONE_DAY
        self.progress((min(day, self.last + ONE_DAY) - self.first).days)
        while day <= self.last:
            try:
                with transaction.atomic():
                    self._play(day)
            except NightOrderError as error:
                raise ReplayError(f"Another nightly run came in between: {error}.") from error
            self.progress(1)
            day += ONE_DAY
        self.out.made = +self.out.made
        return self.out

    # --- before the first day -----------------------------------------------------------------------------------------
    def _sort(self) -> None:
        """Lay the rows out by day, in the order of their lines, and count what lies outside of the period."""
        skipped = self.out.skipped
        for row in self.files.opportunities:
            days = [day for _, day in dated_steps(row)]
            if not days:
                self.undated.append(row)
                continue
            inside = [day for day in days if self.first <= day <= self.last]
            if not inside:
                if days[-1] < self.first:
                    skipped["sales that ended before the period, or stood still all through it"] += 1
                elif days[0] > self.last:
                    skipped["sales after the period"] += 1
                else:
                    skipped["sales begun before and closed after the period"] += 1
                continue
            for step, day in dated_steps(row):
                if day < self.first:
                    skipped["starts before the period (of sales closed in it)"] += 1
                elif day > self.last:
                    skipped["closings after the period (of sales begun in it)"] += 1
                else:
                    (self.starts if step is Step.STARTED else self.closings)[day].append(row)

    def _refuse_other_history(self) -> dt.date | None:
        """Look whether the base is empty, or was filled by this very replay; returns the last day played then."""
        runs = list(NightlyRun.objects.order_by("date").values_list("date", "status"))
        if not runs:
            if (
                Event.objects.exists()
                or OwnershipPeriod.objects.exists()
                or Client.objects.exclude(manager=None).exists()
                or Client.objects.on_exchange().exists()
            ):
                raise ReplayError(
                    "This base has a history already (events or clients with a manager). "
                    "A replay needs a base of its own: migrate an empty one and play there."
                )
            return None
        dates = [date for date, _ in runs]
        last = dates[-1]
        whole = dates == [self.first + dt.timedelta(days=number) for number in range(len(dates))]
        if not whole or any(status != "done" for _, status in runs) or not self._is_played(last):
            raise ReplayError(
                f"This base has nightly runs from {dates[0]} to {last} that are not those of this replay (same files, "
                f"same first day). A replay needs a base of its own: migrate an empty one and play there."
            )
        return last

    def _is_played(self, last: dt.date) -> bool:
        """Whether the events here are exactly those of these files from the first day to ``last``."""
        expected = {
            step_code(row, step.value)
            for row in self.files.opportunities
            for step, day in dated_steps(row)
            if self.first <= day <= last
        }
        return set(Event.objects.values_list("external_id", flat=True)) == expected

    def _prepare(self, played_to: dt.date | None) -> None:
        """Everything that has no date: people, products, clients without a manager, sales without dates."""
        self.ground: Ground = prepare(self.files)
        self.out.made = self.ground.made
        self.writer = StepWriter(self.ground, {product.key: product.name for product in self.files.products}, self.now)
        fresh = {account.key: new_client(self.ground, account) for account in self.ground.new_accounts}
        save_clients(self.ground, fresh)
        save_relations(self.ground, self.files.accounts, new_keys=set(fresh))
        book = policy_book()
        self.thresholds: dict[int, Thresholds] = {
            manager.pk: book.choose(department_chain(manager), "").thresholds
            for manager in Manager.objects.select_related("department")
        }
        codes = {process_code(row): row.id for row in self.files.opportunities}
        self.processes = {
            codes[code]: pk
            for code, pk in SalesProcess.objects.filter(external_id__startswith=PREFIX).values_list("external_id", "pk")
            if code in codes
        }
        self._add_processes([row for row in self.undated if row.id not in self.processes])
        if played_to is not None:
            for pk, *facts in Client.objects.values_list(
                "pk", "manager_id", "assigned_on", "last_contact_on", "zone", "exchange_since"
            ):
                self.states[pk] = _State(*facts)  # type: ignore[arg-type]

    def _add_processes(self, rows: Sequence[Opportunity], *, as_started: bool = False) -> None:
        self.processes.update(self.writer.add_processes(rows, as_started=as_started))
        self.out.made["sales"] += len(rows)

    # --- one day ------------------------------------------------------------------------------------------------------
    def _play(self, day: dt.date) -> None:
        self._night(day)
        starts, closings = self.starts.get(day, []), self.closings.get(day, [])
        if not starts and not closings:
            return
        self._add_processes([row for row in starts if row.id not in self.processes], as_started=True)
        # Closed now, but begun before the first day: the sale comes with its closing.
        self._add_processes([row for row in closings if row.id not in self.processes], as_started=True)
        changed = _Day()
        steps = []
        for row in starts:
            self._start(row, day, changed)
            steps.append(PlannedStep(row, Step.STARTED, day, self.processes[row.id]))
        for row in closings:
            step = next(step for step, _ in dated_steps(row) if step is not Step.STARTED)
            self._contact(self.ground.clients[row.account], step, day, changed)
            steps.append(PlannedStep(row, step, day, self.processes[row.id]))
        self.out.made["steps"] += self.writer.add_steps(steps)
        self._close(closings, day)
        self._write(day, changed)

    def _night(self, day: dt.date) -> None:
        """The real nightly run of the day, and what it changed of the clients."""
        moment = min(clock.at(day, 1), self.now)
        run = run_night(day, rules=BARE, moment=moment)
        if run.error:
            raise ReplayError(f"The night of {day} could not treat some clients: {run.error}")
        self.out.made["nights"] += 1
        if not (run.detached or run.turned_yellow or run.turned_red or run.mended):
            return
        for client_id, zone in (
            ZoneTransition.objects.filter(run=run).order_by("pk").values_list("client_id", "to_zone")
        ):
            state = self.states[client_id]
            state.zone = zone
            if not zone:
                state.manager_id, state.assigned_on, state.exchange_since = None, None, moment
                self.out.made["to the exchange"] += 1

    def _start(self, row: Opportunity, day: dt.date, changed: _Day) -> None:
        """A sale begins: who nobody holds goes to its agent, anybody else's client stays where it is."""
        client_id, agent = self.ground.clients[row.account], self.ground.managers[row.agent]
        state = self.states[client_id]
        if state.manager_id is None:
            on_exchange = state.exchange_since is not None
            state.manager_id, state.assigned_on = agent.pk, day
            changed.gained[client_id] = agent
            changed.periods.append(
                OwnershipPeriod(
                    client_id=client_id,
                    manager_id=agent.pk,
                    since=day,
                    gained=OwnershipPeriod.Gained.CLAIMED if on_exchange else OwnershipPeriod.Gained.CREATED,
                    given_by_id=agent.pk,
                    changed_by_id=agent.pk,
                )
            )
            if on_exchange:
                changed.claims.append(
                    Claim(
                        client_id=client_id,
                        manager_id=agent.pk,
                        claimed_at=self.writer.moment_of(day),
                        date=day,
                        exchange_since=state.exchange_since,
                    )
                )
                state.exchange_since = None
            self._repaint(client_id, day, "assignment", changed)
        self._contact(client_id, Step.STARTED, day, changed)

    def _contact(self, client_id: int, step: Step, day: dt.date, changed: _Day) -> None:
        """A counted contact: a held client turns green; of one nobody holds only the date of the contact is kept."""
        counted = self.writer.counts_on(step, day)
        if counted is None:
            return
        state = self.states[client_id]
        state.last_contact_on = counted if state.last_contact_on is None else max(state.last_contact_on, counted)
        changed.contacted.add(client_id)
        self._repaint(client_id, day, "contact", changed)

    def _repaint(self, client_id: int, day: dt.date, cause: str, changed: _Day) -> None:
        state = self.states[client_id]
        if state.manager_id is None:
            return
        zone = published(zone_on(self._zone_dates(state)[1], day))
        if zone != state.zone:
            changed.changes.append(ZoneChange(client_id, state.manager_id, state.zone, zone, cause, day))
            state.zone = zone

    def _zone_dates(self, state: _State) -> tuple[dt.date, ZoneDates]:
        assert state.manager_id is not None
        assert state.assigned_on is not None
        counted_from = clock_date(state.last_contact_on, state.assigned_on)
        return counted_from, _dates(counted_from, self.thresholds[state.manager_id])

    # --- writing a day ------------------------------------------------------------------------------------------------
    def _close(self, closings: Iterable[Opportunity], day: dt.date) -> None:
        """Close the sales, one statement per outcome: ``bulk_update`` of three columns took a quarter of the time."""
        for stage, status in STATUSES.items():
            amounts: dict[Decimal | None, list[int]] = defaultdict(list)
            for row in closings:
                if row.stage is stage:
                    amounts[row.value].append(self.processes[row.id])
            for part in _parts(list(amounts.items())):
                SalesProcess.objects.filter(pk__in=[pk for _, ids in part for pk in ids]).update(
                    status=status,
                    closed_on=day,
                    amount=Case(*(When(pk__in=ids, then=Value(amount)) for amount, ids in part), output_field=_AMOUNT),
                )

    def _write(self, day: dt.date, changed: _Day) -> None:
        """Write the clients' new state: one statement per set of clients that get the same dates."""
        sets: dict[tuple, list[int]] = defaultdict(list)
        for client_id in changed.contacted | set(changed.gained):
            state = self.states[client_id]
            facts: tuple = (state.last_contact_on, None, None, "")
            if state.manager_id is not None:
                facts = (state.last_contact_on, *self._zone_dates(state), state.zone)
            sets[(client_id in changed.gained, *facts)].append(client_id)
        for (gained, last_contact_on, counted_from, dates, zone), ids in sets.items():
            values: dict = {"last_contact_on": last_contact_on}
            if dates is not None:
                values |= {
                    "clock_date": counted_from,
                    "yellow_on": dates.yellow_on,
                    "red_on": dates.red_on,
                    "detach_on": dates.detach_on,
                    "zone": zone,
                }
            for part in _parts(ids):
                if gained:
                    values |= {
                        "assigned_on": day,
                        "exchange_since": None,
                        "manager_id": _by_client(part, changed.gained),
                    }
                Client.objects.filter(pk__in=part).update(**values)
        OwnershipPeriod.objects.bulk_create(changed.periods, batch_size=BATCH)
        Claim.objects.bulk_create(changed.claims, batch_size=BATCH)
        zone_changes.record(changed.changes)
        made = self.out.made
        made["claims"] += len(changed.claims)
        made["clients attached"] += len(changed.periods) - len(changed.claims)


def _parts(items: list) -> Iterator[list]:
    for start in range(0, len(items), _IDS):
        yield items[start : start + _IDS]


def _by_client(ids: Sequence[int], managers: dict[int, Manager]) -> Case:
    by_manager: dict[int, list[int]] = defaultdict(list)
    for client_id in ids:
        by_manager[managers[client_id].pk].append(client_id)
    return Case(*(When(pk__in=clients, then=Value(manager)) for manager, clients in by_manager.items()))
