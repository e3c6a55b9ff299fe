"""The one-shot import: the whole history at once, as it stands today.

Everything was read and checked before; it is written in one transaction. What is there already (``external_id``) is
left as it is, except that a sale that was open moves on when the files know more of it.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from clients import zone_changes
from clients.freezing import FreezeBook, freeze_book
from clients.models import Client, OwnershipPeriod
from clients.policies import policy_book, policy_of
from clients.rules.policies import PolicyBook
from clients.zone_changes import ZoneChange
from clients.zoning import lock_clients, set_zone_dates, store_clock
from crm import clock
from exchange.history.people import BATCH, new_client, prepare, save_clients, save_relations
from exchange.history.steps import (
    STATUSES,
    PlannedStep,
    StepWriter,
    closing,
    dated_steps,
    process_code,
    stage_name,
)
from exchange.models import DryOrder
from exchange.rules.sales_facts import Opportunity, SalesFiles
from exchange.rules.sales_facts import Stage as FileStage
from interactions.models import ProcessStatus, SalesProcess, StageChange, Step

Progress = Callable[[int], object]
#: Rows written between two moves of the progress bar.
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Lead:
    """Who leads an account by its history, and since when (None: no date is known)."""

    agent: str
    since: dt.date | None
    #: The last date of his sales with it.
    latest: dt.date | None = None


@dataclass(slots=True)
class Difference:
    """An opportunity that is here already and says something else than the file; it was left as it is."""

    opportunity: Opportunity
    column: str
    value: str
    words: str


@dataclass(slots=True)
class Outcome:
    """What an import did."""

    made: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    @property
    def changed_nothing(self) -> bool:
        return not self.made.total()


def leads(opportunities: Iterable[Opportunity]) -> dict[str, Lead]:
    """The lead of each account: the agent of its latest sale.

    The latest is the one with the latest date (of closing, or of beginning while open), of several that of the last
    line; sales without a date come before all others. The agent leads since the first date of his unbroken row of
    latest sales.
    """
    by_account: dict[str, list[Opportunity]] = defaultdict(list)
    for row in opportunities:
        by_account[row.account].append(row)
    found = {}
    for account, rows in by_account.items():
        rows.sort(key=lambda row: (row.latest_on or dt.date.min, row.line), reverse=True)
        agent, dates = rows[0].agent, []
        for row in rows:
            if row.agent != agent:
                break
            if first := row.engaged_on or row.closed_on:
                dates.append(first)
        found[account] = Lead(agent, min(dates, default=None), rows[0].latest_on)
    return found


@transaction.atomic
def import_history(
    files: SalesFiles, *, now: dt.datetime | None = None, progress: Progress = lambda done: None
) -> Outcome:
    """Write what is not here yet. Running it again with the same files changes nothing.

    Args:
        now: the moment of the import; what it attaches and colours, it does as of that day.
        progress: called with the number of opportunities done since the last call.
    """
    return _Import(files, now or clock.now(), progress).run()


class _Import:
    def __init__(self, files: SalesFiles, now: dt.datetime, progress: Progress) -> None:
        self.files, self.now, self.progress = files, now, progress
        self.today = clock.local_date(now)
        self.outcome = Outcome()
        self.book: PolicyBook = policy_book()
        self.freezes: FreezeBook = freeze_book()

    def run(self) -> Outcome:
        files = self.files
        self.ground = ground = prepare(files)
        self.outcome.made = ground.made
        self.writer = StepWriter(ground, {product.key: product.name for product in files.products}, self.now)
        self.leads = leads(files.opportunities)
        codes = {process_code(row): row for row in files.opportunities}
        self.stored = {
            process.external_id: process
            for process in SalesProcess.objects.exclude(external_id="").filter(external_id__startswith="sales:")
            if process.external_id in codes
        }
        new = [row for row in files.opportunities if process_code(row) not in self.stored]
        old = [row for row in files.opportunities if process_code(row) in self.stored]
        self.outcome.known.update(
            accounts=len(files.accounts) - len(ground.new_accounts), sales=len(old), products=len(files.products)
        )
        moved = self._moved_on(old)
        contacts = self._contacts(new, moved)
        self._new_clients(contacts)
        self._write_new(new)
        ground.made["steps"] += self.writer.add_steps(moved)
        self._old_clients(contacts, {row.account for row in new})
        self.progress(len(old))
        # Zero entries are no news.
        self.outcome.made = +self.outcome.made
        if not self.outcome.changed_nothing:
            # The base has changed at once: the next night only asks.
            DryOrder.objects.create(reason="import_sales", ordered_at=self.now)
        return self.outcome

    # --- sales --------------------------------------------------------------------------------------------------------
    def _write_new(self, new: Sequence[Opportunity]) -> None:
        for start in range(0, len(new), _CHUNK):
            rows = new[start : start + _CHUNK]
            ids = self.writer.add_processes(rows)
            self.ground.made["sales"] += len(rows)
            self.ground.made["steps"] += self.writer.add_steps(
                PlannedStep(row, step, day, ids[row.id]) for row in rows for step, day in dated_steps(row)
            )
            self.progress(len(rows))

    def _moved_on(self, old: Sequence[Opportunity]) -> list[PlannedStep]:
        """Bring open sales up to what the files know now; returns the steps this adds."""
        logged = set(
            StageChange.objects.filter(process__external_id__startswith="sales:").values_list("process_id", "step")
        )
        steps, changed = [], []
        for row in old:
            process = self.stored[process_code(row)]
            added, touched = self._move_on(row, process, {step for step in Step if (process.pk, step) in logged})
            steps += added
            if touched:
                changed.append(process)
        fields = ["status", "stage", "started_on", "closed_on", "amount"]
        SalesProcess.objects.bulk_update(changed, fields, batch_size=200)
        self.ground.made["sales moved on"] += len(changed)
        return steps

    def _move_on(self, row: Opportunity, process: SalesProcess, logged: set[Step]) -> tuple[list[PlannedStep], bool]:
        differs = self._difference(row, process, logged)
        if differs:
            self.outcome.differences.append(differs)
            return [], False
        before = (process.status, process.stage_id, process.started_on, process.closed_on, process.amount)
        added = []
        if row.engaged_on and Step.STARTED not in logged:
            process.started_on = row.engaged_on
            added.append(PlannedStep(row, Step.STARTED, row.engaged_on, process.pk))
        step = closing(row)
        if step and row.closed_on and step not in logged:
            process.status, process.closed_on, process.amount = STATUSES[row.stage], row.closed_on, row.value
            added.append(PlannedStep(row, step, row.closed_on, process.pk))
        prospecting, wanted = self.ground.stages[FileStage.PROSPECTING].pk, self.ground.stages[stage_name(row)].pk
        if process.stage_id == prospecting:
            process.stage_id = wanted
        if process.amount is None and process.status == ProcessStatus.OPEN:
            process.amount = row.value
        after = (process.status, process.stage_id, process.started_on, process.closed_on, process.amount)
        return added, before != after

    def _difference(self, row: Opportunity, process: SalesProcess, logged: set[Step]) -> Difference | None:
        """What cannot be added to what is here, only overwrite it: people may have worked on it since."""

        def differs(column: str, value: object, words: str) -> Difference:
            return Difference(row, column, str(value if value is not None else ""), f"{words}; left as it is")

        if process.client_id != self.ground.clients.get(row.account):
            return differs("account", row.account, "the sale is here with another client")
        if process.responsible_id != self.ground.managers[row.agent].pk:
            return differs("sales_agent", row.agent, "the sale is here with another agent")
        if Step.STARTED in logged and process.started_on != row.engaged_on:
            return differs("engage_date", row.engaged_on, f"the sale is here as begun on {process.started_on}")
        step = closing(row)
        closed_here = process.status != ProcessStatus.OPEN
        if closed_here and (process.status, process.closed_on) != (STATUSES.get(row.stage), row.closed_on):
            return differs("deal_stage", row.stage, f"the sale is here as {process.status} on {process.closed_on}")
        if not closed_here and step and logged & {Step.WON, Step.LOST}:
            return differs("deal_stage", row.stage, "the sale was opened again here")
        return None

    # --- clients ------------------------------------------------------------------------------------------------------
    def _contacts(self, new: Sequence[Opportunity], moved: Sequence[PlannedStep]) -> dict[str, dt.date]:
        """The last counted contact of each account among the steps that are about to be written."""
        last: dict[str, dt.date] = {}
        steps = [(row.account, step, day) for row in new for step, day in dated_steps(row)]
        steps += [(planned.opportunity.account, planned.step, planned.day) for planned in moved]
        for account, step, day in steps:
            counted = self.writer.counts_on(step, day)
            if counted and (account not in last or counted > last[account]):
                last[account] = counted
        return last

    def _new_clients(self, contacts: dict[str, dt.date]) -> None:
        clients = {account.key: new_client(self.ground, account) for account in self.ground.new_accounts}
        for key, client in clients.items():
            client.last_contact_on = contacts.get(key)
            if lead := self.leads.get(key):
                self._attach(client, lead)
        save_clients(self.ground, clients)
        save_relations(self.ground, self.files.accounts, new_keys=set(clients))
        self._record([client for client in clients.values() if client.is_held])

    def _attach(self, client: Client, lead: Lead) -> None:
        client.manager = self.ground.managers[lead.agent]
        client.assigned_on = lead.since or self.today
        set_zone_dates(client, today=self.today, book=self.book, freezes=self.freezes)

    def _record(self, attached: Sequence[Client]) -> None:
        """The owner history and the transition of clients that have just got their manager."""
        OwnershipPeriod.objects.bulk_create([_period(client) for client in attached], batch_size=BATCH)
        zone_changes.record(
            [
                ZoneChange(
                    *(client.pk, client.manager_id, "", client.zone, "assignment", self.today),
                    policy=policy_of(client, self.book).label,
                )
                for client in attached
            ]
        )
        self.ground.made["clients with a manager"] += len(attached)

    def _old_clients(self, contacts: dict[str, dt.date], with_new_sales: set[str]) -> None:
        """Clients that were here before: move their clocks, attach who never had a manager, follow a changed lead."""
        fresh = {account.key for account in self.ground.new_accounts}
        touched = {key: self.ground.clients[key] for key in (set(contacts) | with_new_sales) - fresh}
        locked = lock_clients(touched.values())
        imported = dict(
            OwnershipPeriod.objects.filter(
                client_id__in=list(touched.values()),
                until__isnull=True,
                gained=OwnershipPeriod.Gained.IMPORTED,
                changed_by__isnull=True,
            ).values_list("client_id", "since")
        )
        attached: list[Client] = []
        for key in sorted(touched):
            client, before = locked[touched[key]], locked[touched[key]].zone
            if (counted := contacts.get(key)) and (client.last_contact_on is None or counted > client.last_contact_on):
                client.last_contact_on = counted
            lead = self.leads.get(key)
            if lead and not client.is_held and not client.is_on_exchange and client.archived_at is None:
                self._attach(client, lead)
                attached.append(client)
                before = client.zone  # the transition of getting a manager is recorded with the owner history
            elif lead and client.pk in imported and self._leads_now(lead, client):
                self._hand_over(client, lead, imported[client.pk])
            elif client.is_held:
                set_zone_dates(client, today=self.today, book=self.book, freezes=self.freezes)
            policy = policy_of(client, self.book).label if client.is_held else ""
            store_clock(client, cause="contact", today=self.today, before=before, policy=policy)
        self._record(attached)

    def _leads_now(self, lead: Lead, client: Client) -> bool:
        """Whether another agent than the manager has the latest sale (files may hold a part of the history only)."""
        if client.manager_id == self.ground.managers[lead.agent].pk or lead.latest is None:
            return False
        return client.last_contact_on is None or lead.latest >= client.last_contact_on

    def _hand_over(self, client: Client, lead: Lead, held_since: dt.date) -> None:
        """The latest sale is another agent's now, and nobody but an import has ever decided who leads: follow it."""
        since = max(lead.since or self.today, held_since)
        OwnershipPeriod.objects.filter(client=client, until__isnull=True).update(
            until=since, lost=OwnershipPeriod.Lost.REASSIGNED
        )
        client.last_manager = client.manager
        self._attach(client, Lead(lead.agent, since))
        OwnershipPeriod.objects.bulk_create([_period(client)])
        self.ground.made["handed over"] += 1


def _period(client: Client) -> OwnershipPeriod:
    return OwnershipPeriod(
        client_id=client.pk,
        manager_id=client.manager_id,
        since=client.assigned_on,
        gained=OwnershipPeriod.Gained.IMPORTED,
    )
