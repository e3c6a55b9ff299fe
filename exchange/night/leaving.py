"""Who leaves tonight: the plan that is written down first, the question to an administrator, and the detaching."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet

from clients.models import Client, Manager, OwnershipPeriod, Redating
from clients.rules.policies import PolicyBook
from clients.zoning import redate_batch
from crm import clock
from exchange.holds import facts_of
from exchange.models import (
    AskReason,
    Decision,
    DetachHold,
    Detachment,
    DryOrder,
    NightlyRun,
    ParkedClient,
    Proposal,
    RunStatus,
)
from exchange.night.effects import WEIGHT_OF_LEAVING, count, detach
from exchange.night.sweep import FIELDS, Chunk, Sweeper
from exchange.rules.holding import Hold, breaker_trips, holds_on, is_used
from exchange.rules.night import NightRules

#: Clients looked at together.
_LOOK = 1000


def plan(sweeper: Sweeper, rules: NightRules, told_on: dt.date) -> None:
    """Write down whom the run takes (``Proposal``) and whom a hold keeps (``DetachHold``); done again, renewed."""
    run = sweeper.run
    sweeper.walk("plan", to_plan(run), lambda rows: _plan_chunk(run, rows, rules, told_on))


def count_plan(run: NightlyRun) -> None:
    """After everybody was looked at: the plan has those only who are due, and the run knows how many they are."""
    # Whom an earlier attempt proposed and who is not due any more.
    still = to_plan(run).filter(pk=OuterRef("client"), manager=OuterRef("manager"), clock_date=OuterRef("clock_date"))
    Proposal.objects.open().filter(run=run).exclude(Exists(still)).delete()
    proposals = Proposal.objects.filter(run=run)
    kept = max(to_plan(run).count() - proposals.open().count(), 0)
    NightlyRun.objects.filter(pk=run.pk).update(proposed=proposals.count(), kept=kept)


def to_plan(run: NightlyRun) -> QuerySet[Client]:
    """The clients whose time has come. One that this very run took, and that was given back, is not taken again."""
    taken = Detachment.objects.filter(run=run, client=OuterRef("pk"))
    return Client.objects.due_on(run.date).exclude(Exists(taken))


def who_leaves(due: QuerySet[Client], rules: NightRules, *, day: dt.date, told_on: dt.date) -> Iterator[Client]:
    """Which of the clients whose time has come would leave in the night of ``day``; nothing is written."""
    last = 0
    due = due.only("manager", "clock_date", "zone").order_by("pk")
    while rows := list(due.filter(pk__gt=last)[:_LOOK]):
        facts = facts_of(rows, rules, day=day)
        yield from (row for row in rows if not holds_on(facts[row.pk], rules, day=day, told_on=told_on))
        last = rows[-1].pk


def _plan_chunk(run: NightlyRun, rows: Chunk, rules: NightRules, told_on: dt.date) -> int:
    kept = keep(run, rows, rules, told_on)
    Proposal.objects.open().filter(run=run, client__in=list(kept)).delete()
    managers = Manager.objects.filter(pk__in={row.manager_id for row in rows})
    departments = dict(managers.values_list("pk", "department_id"))
    Proposal.objects.bulk_create(
        [
            Proposal(
                run=run,
                client=row,
                manager_id=row.manager_id,
                department_id=departments[row.manager_id],
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
                manager_id=row.manager_id,
                clock_date=row.clock_date,
                kind=hold.kind,
                source=hold.source,
                label=hold.label,
                since=run.date,
                until=hold.until,
                run=run,
            )
            for row in rows
            # A plan that held before and was moved to an earlier day is not one more time.
            if (hold := kept.get(row.pk)) and not is_used(hold, facts[row.pk])
        ],
        ignore_conflicts=True,
    )
    return kept


def ask_or_go(run: NightlyRun, rules: NightRules, told_on: dt.date) -> bool:
    """Whether the plan may be carried out. If an administrator must be asked, the run says so. Decided once per run."""
    run.refresh_from_db()
    if run.decision:
        return run.decision == Decision.CONFIRMED
    # Nights that are caught up on one day are one to the people: what the earlier ones took without asking counts too.
    by_nights = Detachment.objects.filter(
        run__isnull=False, undone_at=None, detached_at__gte=clock.day_start(told_on), reason=OwnershipPeriod.Lost.IDLE
    )
    earlier = by_nights.exclude(run=run).exclude(run__decision=Decision.CONFIRMED).count()
    # Those it took before it was killed had a manager before it.
    held = Client.objects.held().count() + earlier + Detachment.objects.filter(run=run, undone_at=None).count()
    if reason := ask_reason(run.date, run.proposed, held, rules, earlier=earlier):
        NightlyRun.objects.filter(pk=run.pk).update(decision=Decision.ASKED, ask_reason=reason)
        return False
    if rules.first_run_dry and not run.proposed and not run.kept:
        # Nobody was due: there is nothing to be careful about any more.
        DryOrder.objects.filter(lifted_at=None).update(lifted_at=clock.now(), lifted_by_run=run)
    return True


def ask_reason(day: dt.date, proposed: int, held: int, rules: NightRules, *, earlier: int = 0) -> str:
    """Why the night of ``day`` must ask before it takes so many of so many held clients; "" when it need not.

    ``earlier``: how many the nights before it took that were caught up on the same day.
    """
    if not proposed:
        return AskReason.NONE
    if rules.first_run_dry and DryOrder.objects.filter(lifted_at=None).exists():
        return AskReason.IMPORT
    if rules.first_run_dry and not _has_worked_before(day):
        return AskReason.FIRST
    if Redating.objects.exclude(status=Redating.Status.DONE).exists():
        # By a changed policy somebody of them might stay.
        return AskReason.DATES
    return AskReason.TOO_MANY if breaker_trips(proposed + earlier, held, rules) else AskReason.NONE


def _has_worked_before(day: dt.date) -> bool:
    """Whether an earlier night by these rules was confirmed, or found nobody due."""
    earlier = NightlyRun.objects.filter(date__lt=day, status=RunStatus.DONE, is_bare=False)
    return (
        earlier.filter(decision=Decision.CONFIRMED).exists()
        or earlier.filter(decision="", kept=0, proposed=0).exists()
        or earlier.filter(decision="", detached__gt=0).exists()
    )


def _by_true_dates(run: NightlyRun, rows: Chunk, told_on: dt.date) -> Chunk:
    """Those of these locked clients whose time has come by the dates as they should be.

    A policy, a holiday or a long list's absence may have changed since the night began, or since it asked: as long as
    the job that re-dates everybody is open, who is about to leave is re-dated here first.
    """
    if not Redating.objects.unfinished().exists():
        return rows
    ids = [row.pk for row in rows]
    redate_batch(ids, today=told_on, cause="policy")
    due = Client.objects.due_on(run.date).filter(pk__in=ids)
    return list(due.only(*FIELDS).order_by("pk"))


def take(sweeper: Sweeper, book: PolicyBook, rules: NightRules, *, moment: dt.datetime, told_on: dt.date) -> int:
    """Detach whom the plan names, each looked at once more under its lock; returns how many left."""
    run, left = sweeper.run, 0
    planned = Proposal.objects.open().filter(
        run=run, client=OuterRef("pk"), manager=OuterRef("manager_id"), clock_date=OuterRef("clock_date")
    )
    due = Client.objects.due_on(run.date).filter(Exists(planned))

    def act(rows: Chunk) -> int:
        nonlocal left
        due_now = _by_true_dates(run, rows, told_on)
        kept = keep(run, due_now, rules, told_on)
        going = [row for row in due_now if row.pk not in kept]
        if going:
            left += detach(run, going, book, moment)
        proposals = Proposal.objects.filter(run=run)
        proposals.filter(client__in=[row.pk for row in going]).update(status=Proposal.Status.DONE)
        proposals.filter(client__in=list(kept)).update(status=Proposal.Status.STAYED)
        count(run, kept=len(kept))
        return len(rows)

    sweeper.drain("detach", due, act, weight=WEIGHT_OF_LEAVING)
    return left


def close_plan(run: NightlyRun) -> None:
    """After everybody was taken: who had a contact since the plan was made is not due any more."""
    parked = ParkedClient.objects.filter(run=run, step="detach")
    over = Proposal.objects.open().filter(run=run).exclude(client__in=parked.values("client"))
    over.update(status=Proposal.Status.STAYED)
