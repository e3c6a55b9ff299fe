"""Points a second time: event by event, day by day, person by person."""

import datetime as dt
from typing import Any

from clients.models import Absence, Department, Holiday, Manager, ManagerSchedule, PointsNorm, WorkSchedule
from crm import clock
from interactions.models import Event, EventKind, KindPoints
from reports.tests.naive.asking import Asked

QUERIES = [{"period": "month"}, {"period": "30", "compare": "year_ago"}]


def latest(rows: list[Any], day: dt.date) -> Any:
    """The row that holds on a day."""
    begun = [row for row in rows if row.since <= day]
    return max(begun, key=lambda row: row.since) if begun else None


def norm_on(ask: Asked, manager: Manager, day: dt.date) -> int:
    """What his department, or the first above it that says anything, expects on a day."""
    if manager.department_id is None:
        return 0
    departments = {each.pk: each for each in ask.all(Department)}
    places: list[int | None] = []
    here = departments[manager.department_id]
    while here:
        places.append(here.pk)
        here = departments.get(here.parent_id)
    for place in [*places, None]:
        row = latest([row for row in ask.all(PointsNorm) if row.department_id == place], day)
        if row and row.points is not None:
            return row.points
    return 0


def works_on(ask: Asked, manager: Manager, day: dt.date) -> bool:
    if (manager.works_from and day < manager.works_from) or (manager.works_until and day > manager.works_until):
        return False
    if not manager.is_active and manager.works_until is None:
        return False
    if any(row.date == day for row in ask.all(Holiday)):
        return False
    for absence in ask.all(Absence):
        is_his = absence.manager_id == manager.pk and absence.status == "approved"
        if is_his and absence.starts_on <= day <= absence.ends_on:
            return False
    schedules = {each.pk: each for each in ask.all(WorkSchedule)}
    for whose in (manager.pk, None):
        row = latest([row for row in ask.all(ManagerSchedule) if row.manager_id == whose], day)
        if row and row.schedule_id:
            return str(day.isoweekday()) in schedules[row.schedule_id].weekdays
    return day.isoweekday() <= 5


def points_on(ask: Asked, kind_id: int, day: dt.date) -> int:
    row = latest([row for row in ask.all(KindPoints) if row.kind_id == kind_id], day)
    return row.points if row else 0


def measured(points: int, done: int, norm: int, days: int) -> dict[str, Any]:
    found: dict[str, Any] = {"points": points, "done": done, "norm": norm, "days": days, "share": None}
    return {**found, "share": 100 * points / norm} if norm else found


def naive(ask: Asked) -> dict[tuple[str, str, str], Any]:
    last = min(ask.until, ask.today)
    earned: list[tuple[int, int, dt.date, int]] = []  # who, kind, day, points
    for event in ask.all(Event):
        day = clock.local_date(event.occurred_at)
        kind = next(kind for kind in ask.all(EventKind) if kind.pk == event.kind_id)
        if event.status != "done" or kind.is_system or event.approval in ("pending", "rejected"):
            continue
        if event.responsible_id in ask.whose and ask.during(day):
            earned.append((event.responsible_id, kind.pk, day, points_on(ask, kind.pk, day)))
    due: list[tuple[int, dt.date, int]] = []  # who, day, norm
    for manager in ask.all(Manager):
        day = ask.since
        while day <= last and manager.pk in ask.whose:
            if (norm := norm_on(ask, manager, day)) and works_on(ask, manager, day):
                due.append((manager.pk, day, norm))
            day += dt.timedelta(days=1)

    found: dict[tuple[str, str, str], Any] = {}
    for line, whose in ask.lines():
        theirs, norms = [row for row in earned if row[0] in whose], [row for row in due if row[0] in whose]
        sums = measured(sum(row[3] for row in theirs), len(theirs), sum(row[2] for row in norms), len(norms))
        sums["per_day"] = sums["points"] / sums["days"] if sums["days"] else None
        found |= {("managers", line, key): value for key, value in sums.items()}
    for day, days in parts_of(ask.since, ask.until).items():
        if day <= ask.today:
            there, norms = [row for row in earned if row[2] in days], [row for row in due if row[1] in days]
            sums = measured(sum(row[3] for row in there), len(there), sum(row[2] for row in norms), len(norms))
            found |= {("days", f"part {day}", key): value for key, value in sums.items()}
    for kind in {row[1] for row in earned}:
        theirs = [row for row in earned if row[1] == kind]
        found["kinds", f"kind {kind}", "each"] = points_on(ask, kind, last)
        found["kinds", f"kind {kind}", "done"] = len(theirs)
        found["kinds", f"kind {kind}", "points"] = sum(row[3] for row in theirs)
    found["kinds", "total", "done"], found["kinds", "total", "points"] = len(earned), sum(row[3] for row in earned)
    return found


def parts_of(since: dt.date, until: dt.date) -> dict[dt.date, set[dt.date]]:
    """The days of each day, week or month, under the first of them."""
    all_days = [since + dt.timedelta(days=n) for n in range((until - since).days + 1)]
    groups: dict[Any, set[dt.date]] = {}
    for day in all_days:
        named: Any = (
            day if len(all_days) <= 62 else day.isocalendar()[:2] if len(all_days) <= 190 else day.replace(day=1)
        )
        groups.setdefault(named, set()).add(day)
    return {min(days): days for days in groups.values()}
