"""Reads of the nights: the monitor and the page of one night. Every page costs the same number of queries however many
nights or clients there are."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import rulebook
from clients.models import Client, Department, Manager
from crm import clock
from crm.web.access import Access
from exchange import rulebook as keys
from exchange.alarms import Missed
from exchange.models import (
    Decision,
    DetachHold,
    Detachment,
    LeavingWarning,
    NightlyRun,
    ParkedClient,
    Proposal,
)
from exchange.undo import refusal, undo_deadline

ONE_DAY = dt.timedelta(days=1)
#: Above this a run is undone by a job.
UNDO_AT_ONCE = 500


# --- the monitor ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Gap:
    """Nights of which there is no row at all, between two that are there or after the last one."""

    first: dt.date
    last: dt.date

    @property
    def number(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Night:
    """One line of the monitor: a run, or a gap."""

    run: NightlyRun | None = None
    gap: Gap | None = None

    @property
    def seconds(self) -> float | None:
        """How long the run took; None while it is not finished, and for one that was finished a second time by the job
        after an administrator's word."""
        if self.run is None or self.run.finished_at is None:
            return None
        if self.run.decided_at and self.run.finished_at > self.run.decided_at:
            return None
        return (self.run.finished_at - self.run.started_at).total_seconds()

    @property
    def caught_up_on(self) -> dt.date | None:
        """The later day on which a missed night was made good."""
        if self.run is None:
            return None
        started = clock.local_date(self.run.started_at)
        return started if started > self.run.date else None


def monitored() -> QuerySet[NightlyRun]:
    """The nights, the latest first, with what their line shows."""
    return NightlyRun.objects.select_related("decided_by").annotate(parked_count=Count("parked")).order_by("-date")


def with_gaps(runs: Sequence[NightlyRun], missed: Missed | None) -> list[Night]:
    """The lines of the monitor. ``missed``: what is open after the last night; only for the first page."""
    nights: list[Night] = []
    later = missed.last + ONE_DAY if missed else None
    for run in runs:
        if later and later - run.date > ONE_DAY:
            nights.append(Night(gap=Gap(run.date + ONE_DAY, later - ONE_DAY)))
        nights.append(Night(run=run))
        later = run.date
    if not runs and missed:
        nights.append(Night(gap=Gap(missed.first, missed.last)))
    return nights


# --- one night --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class UndoTerms:
    """Until when detachments can be undone; ``days`` is None when undo is switched off."""

    days: int | None
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        return clock.local_date(self.now)

    def open_detachments(self, rows: Any) -> Any:
        """Those of a queryset of detachments that can be undone now."""
        return rows.none() if self.days is None else rows.undoable(days=self.days, today=self.today)

    def last_day(self, detachment: Detachment) -> dt.date | None:
        return None if self.days is None else undo_deadline(detachment, self.days)


def undo_terms() -> UndoTerms:
    """One small query."""
    return UndoTerms(rulebook.load()[keys.UNDO_DAYS], clock.now())


def detachments_of(run: NightlyRun, reader: Manager) -> Any:
    """The detachments of a night that this reader answers for. What he sees of them he may undo, if he is a head."""
    return Detachment.objects.visible_to(reader).filter(run=run)


def has_plan(run: NightlyRun) -> bool:
    """Whether the night wrote down whom it would take. Nights by thresholds only do not, nor did those of old."""
    return bool(run.proposed) or run.decision != Decision.NONE


def leaving_of_night(run: NightlyRun, reader: Manager) -> QuerySet:
    """Who left, or would leave: proposals where the night made a plan, else detachments."""
    rows: QuerySet
    if has_plan(run):
        rows = Proposal.objects.visible_to(reader).filter(run=run).order_by("detach_on", "pk")
    else:
        rows = detachments_of(run, reader).order_by("clock_date", "pk")
    return rows.select_related("client__manager", "manager", "department")


def kept_in_night(run: NightlyRun, reader: Manager) -> QuerySet[DetachHold]:
    rows = DetachHold.objects.visible_to(reader).that_kept_on(run)
    return rows.select_related("client", "manager__department").order_by("until", "pk")


def warned_in_night(run: NightlyRun, reader: Manager) -> QuerySet[LeavingWarning]:
    rows = LeavingWarning.objects.filter(run=run)
    if not reader.sees_everything:
        whose = {reader.pk, *reader.headed_manager_ids}
        rows = rows.filter(Q(manager__in=whose) | Q(head=reader) | Q(deputy=reader))
    return rows.select_related("client", "manager__department", "deputy", "head").order_by("leaves_on", "pk")


def parked_in_night(run: NightlyRun) -> QuerySet[ParkedClient]:
    return ParkedClient.objects.filter(run=run).select_related("client__manager").order_by("parked_at", "pk")


@dataclass(slots=True)
class LeftRow:
    """One client of "would leave / left".

    Attributes:
        due_on: since when its time has come; unknown for nights without a plan.
        state, tone: what became of it, in words, and the colour of the words ("" or "green", "yellow", "red").
        may_undo: it can be given back to its manager now, by this reader.
    """

    client: Client
    manager: Manager
    department: Department | None
    clock_date: dt.date
    due_on: dt.date | None
    last_contact_on: dt.date | None
    state: str | Promise
    tone: str
    detachment: Detachment | None
    may_undo: bool = False


def left_rows(rows: Iterable[Any], run: NightlyRun, reader: Manager, terms: UndoTerms) -> list[LeftRow]:
    """What the rows of ``leaving_of_night`` say. One query for all of them where the night made a plan."""
    rows = list(rows)
    if has_plan(run):
        taken = Detachment.objects.filter(run=run, client__in=[row.client_id for row in rows])
        arrivals = {row.client_id: row for row in taken.select_related("manager", "undone_by")}
    else:
        arrivals = {row.client_id: row for row in rows}
    return [_left_row(row, arrivals.get(row.client_id), run, terms, reader) for row in rows]


def _left_row(row: Any, arrival: Detachment | None, run: NightlyRun, terms: UndoTerms, reader: Manager) -> LeftRow:
    if arrival:
        state, tone = _arrival_state(arrival, row.client)
    else:
        state, tone = _proposal_state(row, run)
    open_to_undo = arrival is not None and terms.days is not None and Access.HEAD.allows(reader)
    return LeftRow(
        client=row.client,
        manager=row.manager,
        department=row.department,
        clock_date=row.clock_date,
        due_on=getattr(row, "detach_on", None),
        last_contact_on=arrival.last_contact_on if arrival else row.client.last_contact_on,
        state=state,
        tone=tone,
        detachment=arrival,
        may_undo=open_to_undo
        and refusal(arrival, row.client, row.manager, terms.days or 0, terms.now, by=reader) is None,
    )


def _arrival_state(arrival: Detachment, client: Client) -> tuple[str | Promise, str]:
    if arrival.undone_at:
        return _("given back by %(manager)s") % {"manager": arrival.undone_by or "–"}, "green"
    if client.manager:
        return _("claimed: %(manager)s") % {"manager": client.manager}, ""
    if client.exchange_since == arrival.detached_at:
        return _("on the exchange"), "red"
    return _("on the exchange again since"), ""


def _proposal_state(proposal: Proposal, run: NightlyRun) -> tuple[str | Promise, str]:
    if proposal.status == Proposal.Status.STAYED:
        return (_("stayed: rejected") if run.decision == Decision.REJECTED else _("stayed")), ""
    moved = proposal.client.manager_id != proposal.manager_id or proposal.client.clock_date != proposal.clock_date
    if moved:
        return pgettext_lazy("proposal", "saved since"), "green"
    if run.decision == Decision.ASKED:
        return _("would leave"), "yellow"
    if run.decision == Decision.SUPERSEDED:
        return _("overtaken by a later night"), ""
    return _("is leaving now"), "yellow"


def is_being_taken(run: NightlyRun) -> bool:
    """Whether a job takes the clients of a confirmed night now, or will soon. One query, and only for those."""
    if run.decision != Decision.CONFIRMED or not run.finished_at or not run.decided_at:
        return False
    # The job closes the run once more; after a later night it does nothing any more.
    return run.finished_at <= run.decided_at and not NightlyRun.objects.done().filter(date__gt=run.date).exists()


# --- undo -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Part:
    """A department with all below it: how many clients a night took from it, how many came back, how many can."""

    department: Department | None
    depth: int
    planned: int
    left: int
    given_back: int
    undoable: int


def parts(run: NightlyRun, reader: Manager, terms: UndoTerms) -> list[Part]:
    """A night by department, the sum of all first (``department`` None). Departments count what is below them; one
    whose clients all come from a single department below is left out. Three queries, four where undo is on."""
    planned = _by_department(Proposal.objects.visible_to(reader).filter(run=run)) if has_plan(run) else {}
    arrivals = detachments_of(run, reader)
    left = _by_department(arrivals)
    back = _by_department(arrivals.exclude(undone_at=None)) if left else {}
    undoable = _by_department(terms.open_detachments(arrivals)) if left else {}
    counts = (planned or left, left, back, undoable)
    found = [Part(None, 0, *(sum(count.values()) for count in counts))]
    keys_of = set().union(*counts)
    shown: list[Department] = []
    for department in Department.objects.visible_to(reader).order_by("path"):
        below = {pk for pk, path in keys_of if path.startswith(department.path)}
        if not below or (len(below) == 1 and department.pk not in below):
            continue
        while shown and not department.path.startswith(shown[-1].path):
            shown.pop()
        numbers = (sum(n for (pk, _path), n in count.items() if pk in below) for count in counts)
        found.append(Part(department, len(shown), *numbers))
        shown.append(department)
    return found


def _by_department(rows: QuerySet) -> dict[tuple[int, str], int]:
    grouped = rows.order_by().values(key=F("department"), path=F("department__path")).annotate(n=Count("pk"))
    return {(row["key"] or 0, row["path"] or "-"): row["n"] for row in grouped}


def to_undo(run: NightlyRun, reader: Manager, department: Department | None) -> Any:
    """The detachments of a night, or of a department's part, that were not undone yet."""
    rows = detachments_of(run, reader).filter(undone_at=None)
    return rows if department is None else rows.filter(department__path__startswith=department.path)


# --- exports ----------------------------------------------------------------------------------------------------------
def in_batches(rows: QuerySet, size: int = 500) -> Iterator[list[Any]]:
    """The rows of an export, some at a time."""
    batch: list[Any] = []
    for row in rows.iterator(chunk_size=size):
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
