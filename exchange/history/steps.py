"""Writing sales and their steps in bulk: each step is a line of the stage log and an event, as the services do."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crm import clock
from exchange.history.people import BATCH, PREFIX, Ground
from exchange.rules.sales_facts import Opportunity
from exchange.rules.sales_facts import Stage as FileStage
from interactions import process_activity, process_path
from interactions.models import (
    Event,
    EventStatus,
    ProcessLine,
    ProcessStatus,
    SalesProcess,
    StageChange,
    Step,
)
from interactions.rules.contacts import counted_on
from interactions.sales import step_time

STATUSES = {FileStage.WON: ProcessStatus.WON, FileStage.LOST: ProcessStatus.LOST}


def process_code(opportunity: Opportunity) -> str:
    """``external_id`` of its sale."""
    return f"{PREFIX}{opportunity.id}"


def step_code(opportunity: Opportunity, step: str) -> str:
    """``external_id`` of the event of one of its steps."""
    return f"{PREFIX}{opportunity.id}:{step}"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a sale that is to be written."""

    opportunity: Opportunity
    step: Step
    day: dt.date
    process_id: int


def stage_name(opportunity: Opportunity) -> str:
    """The stage an opportunity is in, or was closed from: a closing follows Engaging."""
    return FileStage.PROSPECTING if opportunity.stage is FileStage.PROSPECTING else FileStage.ENGAGING


def closing(opportunity: Opportunity) -> Step | None:
    """How it was closed; None while it is open."""
    return {FileStage.WON: Step.WON, FileStage.LOST: Step.LOST}.get(opportunity.stage)


def dated_steps(opportunity: Opportunity) -> Iterator[tuple[Step, dt.date]]:
    """The steps whose date is known: each is a contact."""
    if opportunity.engaged_on:
        yield Step.STARTED, opportunity.engaged_on
    if (step := closing(opportunity)) and opportunity.closed_on:
        yield step, opportunity.closed_on


class StepWriter:
    """Inserts sales, steps and events in batches; knows what the present moment is."""

    def __init__(self, ground: Ground, titles: Mapping[str, str], now: dt.datetime) -> None:
        self.ground, self.titles, self.now = ground, titles, now
        self.today = clock.local_date(now)

    def counts_on(self, step: Step, day: dt.date) -> dt.date | None:
        """The date on which a step of that day counts as a contact: steps of an imported history need no approval."""
        return counted_on(
            is_done=True,
            counts_as_contact=self.ground.event_kinds[f"process_{step.value}"].counts_as_contact,
            awaits_approval=False,
            occurred_on=day,
            today=self.today,
        )

    def moment_of(self, day: dt.date) -> dt.datetime:
        """Of a step only the day is known: noon of it, or now if it is today."""
        return step_time(day, self.now)

    def add_processes(self, opportunities: Iterable[Opportunity], *, as_started: bool = False) -> dict[str, int]:
        """Insert the sales with their product; returns their ids by the opportunity's id.

        ``as_started``: as they were on the day they began, open and without an amount if they were closed later.
        """
        rows = list(opportunities)
        processes = SalesProcess.objects.bulk_create(
            [self._process(row, as_started and row.closed_on is not None) for row in rows], batch_size=BATCH
        )
        ProcessLine.objects.bulk_create(
            [
                ProcessLine(process_id=process.pk, product_id=self.ground.products[row.product])
                for process, row in zip(processes, rows)
            ],
            batch_size=BATCH,
        )
        return {row.id: process.pk for process, row in zip(processes, rows)}

    def add_steps(self, planned: Iterable[PlannedStep]) -> int:
        """Insert events and stage log; returns how many. Clocks are the caller's."""
        rows = list(planned)
        events = Event.objects.bulk_create([self._event(row) for row in rows], batch_size=BATCH)
        StageChange.objects.bulk_create(
            [self._change(row, event) for row, event in zip(rows, events)],
            batch_size=BATCH,
        )
        sales = {row.process_id for row in rows}
        process_activity.recompute(sales)
        process_path.recompute(sales)
        return len(rows)

    def _process(self, row: Opportunity, still_open: bool) -> SalesProcess:
        agent = self.ground.managers[row.agent].pk
        return SalesProcess(
            client_id=self.ground.clients[row.account],
            kind_id=self.ground.kind.pk,
            title=self.titles[row.product],
            status=ProcessStatus.OPEN if still_open else STATUSES.get(row.stage, ProcessStatus.OPEN),
            stage_id=self.ground.stages[stage_name(row)].pk,
            responsible_id=agent,
            author_id=agent,
            source_id=self.ground.source.pk,
            amount=None if still_open else row.value,
            started_on=row.engaged_on,
            stage_since=self.moment_of(row.engaged_on) if row.engaged_on else None,
            closed_on=None if still_open else row.closed_on,
            external_id=process_code(row),
        )

    def _event(self, row: PlannedStep) -> Event:
        agent = self.ground.managers[row.opportunity.agent].pk
        return Event(
            client_id=self.ground.clients[row.opportunity.account],
            kind_id=self.ground.event_kinds[f"process_{row.step.value}"].pk,
            status=EventStatus.DONE,
            subject=self.titles[row.opportunity.product],
            occurred_at=self.moment_of(row.day),
            responsible_id=agent,
            author_id=agent,
            process_id=row.process_id,
            counted_on=self.counts_on(row.step, row.day),
            external_id=step_code(row.opportunity, row.step.value),
        )

    def _change(self, row: PlannedStep, event: Event) -> StageChange:
        stage = self.ground.stages[stage_name(row.opportunity)].pk
        return StageChange(
            process_id=row.process_id,
            step=row.step,
            from_stage_id=None if row.step is Step.STARTED else stage,
            to_stage_id=stage,
            changed_at=event.occurred_at,
            changed_by_id=event.author_id,
            event_id=event.pk,
        )
