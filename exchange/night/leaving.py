"""Who leaves tonight: the plan that is written down first, the question to an administrator, and the detaching."""

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from clients.models import Client
from clients.rules.policies import PolicyBook
from crm import clock
from exchange.holds import facts_of
from exchange.models import (
    AskReason,
    Decision,
    DetachHold,
    Detachment,
    DryOrder,
    NightlyRun,
    Proposal,
    RunStatus,
)
from exchange.night.effects import detach
from exchange.night.sweep import Chunk, Sweeper
from exchange.rules.holding import Hold, breaker_trips, holds_on
from exchange.rules.night import NightRules

#: Clients looked at together.
_LOOK = 1000


def plan(sweeper: Sweeper, rules: NightRules, told_on: dt.date) -> None:
    """Write down whom the run takes (``Proposal``) and whom a hold keeps (``DetachHold``); done again, renewed."""
    run = sweeper.run
    Proposal.objects.filter(run=run, status=Proposal.Status.OPEN).delete()
    sweeper.walk("plan", to_plan(run), lambda rows: _plan_chunk(run, rows, rules, told_on))
    NightlyRun.objects.filter(pk=run.pk).update(
        proposed=Proposal.objects.filter(run=run).exclude(status=Proposal.Status.STAYED).count(),
        kept=to_plan(run).exclude(Exists(Proposal.objects.open().filter(run=run, client=OuterRef("pk")))).count(),
    )


def to_plan(run: NightlyRun) -> QuerySet[Client]:
    """The clients whose time has come. One that this very run took, and that was given back, is not taken again."""
    taken = Detachment.objects.filter(run=run, client=OuterRef("pk"))
    return Client.objects.due_on(run.date).exclude(Exists(taken))


def count_leaving(due: QuerySet[Client], rules: NightRules, day: dt.date) -> int:
    """How many of the clients whose time has come would leave in the night of ``day``; nothing is written."""
    total, last = 0, 0
    while rows := list(due.filter(pk__gt=last).order_by("pk")[:_LOOK]):
        facts = facts_of(rows, rules, day=day)
        total += sum(not holds_on(facts[row.pk], rules, day=day, told_on=day) for row in rows)
        last = rows[-1].pk
    return total


def _plan_chunk(run: NightlyRun, rows: Chunk, rules: NightRules, told_on: dt.date) -> int:
    kept = keep(run, rows, rules, told_on)
    Proposal.objects.bulk_create(
        [
            Proposal(
                run=run,
                client=row,
                manager=row.manager,
                department_id=row.manager.department_id,
                clock_date=row.clock_date,
                detach_on=row.detach_on,
            )
            for row in rows
            if row.pk not in kept
        ],
        update_conflicts=True,
        unique_fields=["run", "client"],
        update_fields=["manager", "department", "clock_date", "detach_on", "status"],
    )
    return len(rows)


def keep(run: NightlyRun, rows: Chunk, rules: NightRules, told_on: dt.date) -> dict[int, Hold]:
    """Which of these due clients stay tonight, and by what; written down."""
    facts = facts_of(rows, rules, day=run.date)
    kept = {
        row.pk: holds[0] for row in rows if (holds := holds_on(facts[row.pk], rules, day=run.date, told_on=told_on))
    }
    DetachHold.objects.bulk_create(
        [
            DetachHold(
                client=row,
                manager=row.manager,
                clock_date=row.clock_date,
                kind=hold.kind,
                source=hold.source,
                label=hold.label,
                since=run.date,
                until=hold.until,
                run=run,
            )
            for row in rows
            if (hold := kept.get(row.pk))
        ],
        ignore_conflicts=True,
    )
    return kept


def ask_or_go(run: NightlyRun, rules: NightRules) -> bool:
    """Whether the plan may be carried out. If an administrator must be asked, the run says so. Decided once per run."""
    run.refresh_from_db()
    if run.decision:
        return run.decision == Decision.CONFIRMED
    orders = DryOrder.objects.filter(lifted_at=None)
    reason = ""
    if rules.first_run_dry and orders.exists():
        reason = AskReason.IMPORT
    elif rules.first_run_dry and not _has_worked_before(run):
        reason = AskReason.FIRST
    elif breaker_trips(run.proposed, Client.objects.held().count(), rules):
        reason = AskReason.TOO_MANY
    if reason and run.proposed:
        NightlyRun.objects.filter(pk=run.pk).update(decision=Decision.ASKED, ask_reason=reason)
        return False
    if reason and not run.kept:
        # Nobody was due: there is nothing to be careful about any more.
        orders.update(lifted_at=clock.now(), lifted_by_run=run)
    return True


def _has_worked_before(run: NightlyRun) -> bool:
    """Whether a night by these rules was confirmed, or found nobody due."""
    earlier = NightlyRun.objects.filter(date__lt=run.date, status=RunStatus.DONE, is_bare=False)
    return (
        earlier.filter(decision=Decision.CONFIRMED).exists()
        or earlier.filter(decision="", kept=0, proposed=0).exists()
        or earlier.filter(decision="", detached__gt=0).exists()
    )


def take(sweeper: Sweeper, book: PolicyBook, rules: NightRules, *, moment: dt.datetime, told_on: dt.date) -> int:
    """Detach whom the plan names, each looked at once more under its lock; returns how many left."""
    run = sweeper.run
    planned = Proposal.objects.open().filter(
        run=run, client=OuterRef("pk"), manager=OuterRef("manager_id"), clock_date=OuterRef("clock_date")
    )
    due = Client.objects.due_on(run.date).filter(Exists(planned))
    before = run.detached

    def act(rows: Chunk) -> int:
        kept = keep(run, rows, rules, told_on)
        going = [row for row in rows if row.pk not in kept]
        if going:
            detach(run, going, book, moment)
        proposals = Proposal.objects.filter(run=run)
        proposals.filter(client__in=[row.pk for row in going]).update(status=Proposal.Status.DONE)
        proposals.filter(client__in=list(kept)).update(status=Proposal.Status.STAYED)
        return len(rows)

    sweeper.drain("detach", due, act)
    # Who had a contact since the plan was made is not due any more.
    left = Proposal.objects.open().filter(run=run).exclude(client__in=sweeper.parked)
    left.update(status=Proposal.Status.STAYED)
    run.refresh_from_db(fields=["detached"])
    return run.detached - before
