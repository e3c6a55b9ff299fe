"""Reads of the reports. The traffic light is counted by the dates of today, never by the stored zone."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Count, Q, QuerySet, Sum

from clients import panels
from clients.models import Client, Manager, Role
from exchange.models import NightlyRun, ZoneSnapshot
from reports.filters import NO_DEPARTMENT, TrafficLightFilter
from reports.rules.charts import Point
from reports.rules.counts import Counts, change, total

WEEK, MONTH = dt.timedelta(days=7), dt.timedelta(days=30)
#: Days of the trend.
TREND = dt.timedelta(days=90)
#: A night may be missing: the comparison takes the nearest one that is at most this much older.
SLACK = dt.timedelta(days=6)
#: With more managers than this the company's table shows departments only; each opens with a click.
MANAGERS_SHOWN = 40


#: What each number of the table asks the list of clients for.
DRILL_DOWN = {
    "held": "",
    "green": "zone=green",
    "yellow": "zone=yellow",
    "red": "zone=red",
    "due": "zone=due",
    "leaving_7": "leaving=7",
    "leaving_30": "leaving=30",
}


def report_clients(reader: Manager) -> QuerySet[Client]:
    """Held clients whose figures the reader may see: his own, a head's departments', for a director everybody's."""
    clients = Client.objects.visible_to(reader).held()
    return clients if reader.sees_everything else clients.filter(manager__in=Manager.objects.reported_to(reader))


def counts_by_manager(clients: QuerySet[Client], today: dt.date) -> dict[int, Counts]:
    """The traffic light of each manager in one grouped query."""

    def until(days: int) -> Q:
        return Q(detach_on__lte=today + dt.timedelta(days=days))

    rows = (
        clients.order_by()
        .values("manager_id")
        .annotate(
            green=Count("pk", filter=Q(yellow_on__gt=today)),
            yellow=Count("pk", filter=Q(yellow_on__lte=today, red_on__gt=today)),
            red=Count("pk", filter=Q(red_on__lte=today)),
            due=Count("pk", filter=until(0)),
            leaving_7=Count("pk", filter=until(7)),
            leaving_30=Count("pk", filter=until(30)),
        )
    )
    return {row.pop("manager_id"): Counts(**row) for row in rows}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        kind: "department", "manager" or "total".
        level: how deep below the highest department shown.
        query: the filters of its line, "department=3&": the clients behind its numbers.
        week, month: the same counts then; None when nobody knows.
    """

    kind: str
    level: int
    name: str
    query: str
    counts: Counts
    week: Counts | None = None
    month: Counts | None = None
    department_key: str = ""
    is_active: bool = True
    is_seller: bool = False

    @property
    def week_change(self) -> int | None:
        return change(self.counts, self.week)

    @property
    def month_change(self) -> int | None:
        return change(self.counts, self.month)

    @property
    def links(self) -> dict[str, str]:
        """Where each number leads: the clients behind it, relative to the report's own address."""
        return {name: f"clients/?{self.query}{drill}".rstrip("&?") for name, drill in DRILL_DOWN.items()}


@dataclass(frozen=True, slots=True)
class TrafficLight:
    """The whole report."""

    as_of: dt.date
    rows: list[Row]
    total: Row
    week_on: dt.date | None
    month_on: dt.date | None
    trend: list[Point]
    managers_hidden: bool

    @property
    def lines(self) -> list[Row]:
        """Everything the table shows, the total last."""
        return [*self.rows, self.total]

    @property
    def manager_rows(self) -> list[Row]:
        return [row for row in self.rows if row.kind == "manager"]


def traffic_light(filterset: TrafficLightFilter, *, today: dt.date, sort: str = "-risk") -> TrafficLight:
    """The report for the reader and the filters of ``filterset``; its queries do not grow with managers or clients."""
    counts = counts_by_manager(filterset.qs, today)
    managers = filterset.managers
    nights = [] if filterset.is_narrowed else _nights(today)
    week_on, month_on = (_night_on([night.date for night in nights], today - ago) for ago in (WEEK, MONTH))
    past = _snapshots({day for day in (week_on, month_on) if day}, filterset)
    week = past.get(week_on, {}) if week_on else None
    month = past.get(month_on, {}) if month_on else None
    rows = [
        Row(
            "manager",
            0,
            str(manager),
            f"manager={manager.pk}&{filterset.kept}",
            counts.get(manager.pk, Counts()),
            None if week is None else week.get(manager.pk, Counts()),
            None if month is None else month.get(manager.pk, Counts()),
            department_key=str(manager.department_id or NO_DEPARTMENT),
            is_active=manager.is_active,
            is_seller=manager.is_active and manager.role == Role.SALESPERSON and manager.department_id is not None,
        )
        for manager in managers
    ]
    # Who holds nothing has a line only if he should hold something; in the comparison of his department he counts.
    alive = [row for row in rows if row.counts.held or row.is_seller]
    folded = len(alive) > MANAGERS_SHOWN and filterset.is_everybody
    tree = _tree(filterset, rows, alive if not folded else [], _order(sort))
    whole = _sum("total", 0, "", filterset.scope, rows)
    return TrafficLight(
        as_of=today,
        rows=tree,
        total=whole,
        week_on=week_on,
        month_on=month_on,
        trend=_trend(nights, filterset, whole.counts, today),
        managers_hidden=folded,
    )


def _tree(filterset: TrafficLightFilter, rows: list[Row], shown: list[Row], order: "_Order") -> list[Row]:
    """Each department with the sum of all below it, then its managers, then its parts."""
    departments, kept = filterset.shown_departments, filterset.kept_in_departments
    paths = {str(each.department_id): each.department.path for each in filterset.managers if each.department}
    top = min((department.path.count("/") for department in departments), default=0)
    tree = []
    for department in departments:
        inside = [row for row in rows if paths.get(row.department_key, "").startswith(department.path)]
        level = department.path.count("/") - top
        key = str(department.pk)
        tree.append(_sum("department", level, department.name, f"department={key}&{kept}", inside, key))
        own = sorted((row for row in shown if row.department_key == key), key=order.key, reverse=order.reverse)
        tree += [replace(row, level=level + 1) for row in own]
    homeless = [row for row in rows if row.department_key == NO_DEPARTMENT]
    if any(row.counts.held for row in homeless):
        tree.append(_sum("department", 0, "", f"department={NO_DEPARTMENT}&{kept}", homeless, NO_DEPARTMENT))
        tree += [replace(row, level=1) for row in shown if row.department_key == NO_DEPARTMENT]
    return tree


def _sum(kind: str, level: int, name: str, query: str, rows: Iterable[Row], key: str = "") -> Row:
    rows = list(rows)
    weeks, months = [row.week for row in rows], [row.month for row in rows]
    return Row(
        kind,
        level,
        name,
        query,
        total(row.counts for row in rows),
        None if None in weeks else total(week for week in weeks if week),
        None if None in months else total(month for month in months if month),
        department_key=key,
    )


SORTS = ("name", "held", "green", "yellow", "red", "leaving", "week", "month", "risk")


@dataclass(frozen=True, slots=True)
class _Order:
    name: str
    reverse: bool

    def key(self, row: Row) -> tuple:
        counts = row.counts
        match self.name:
            case "name":
                return (row.name.casefold(),)
            case "leaving":
                return (counts.leaving_7, counts.leaving_30, counts.red)
            case "week":
                return (row.week_change or 0, counts.at_risk)
            case "month":
                return (row.month_change or 0, counts.at_risk)
            case "risk":
                return (counts.leaving_7, counts.red, counts.yellow, counts.held)
            case _:
                return (getattr(counts, self.name), counts.held)


def _order(sort: str) -> _Order:
    return _Order(sort.lstrip("-"), sort.startswith("-"))


def _nights(today: dt.date) -> list[Point]:
    """The company's counts right after each published night of the trend, the oldest first."""
    since = today - TREND - SLACK
    runs = NightlyRun.objects.done().filter(date__gt=since, date__lte=today).order_by("date")
    return [Point(*row) for row in runs.values_list("date", "green", "yellow", "red")]


def _night_on(nights: list[dt.date], wanted: dt.date) -> dt.date | None:
    """The published night of that date, or the nearest one not much older."""
    return max((night for night in nights if wanted - SLACK <= night <= wanted), default=None)


def _snapshots(days: set[dt.date], filterset: TrafficLightFilter) -> dict[dt.date, dict[int, Counts]]:
    """What each manager of the report held on these days. One query."""
    found: dict[dt.date, dict[int, Counts]] = {day: {} for day in days}
    if days:
        rows = _of_scope(filterset).filter(date__in=days)
        for day, manager_id, green, yellow, red in rows.values_list("date", "manager_id", "green", "yellow", "red"):
            found[day][manager_id] = Counts(green, yellow, red)
    return found


def _of_scope(filterset: TrafficLightFilter) -> QuerySet[ZoneSnapshot]:
    """The snapshots of the managers of the report, without the rows that count the exchange."""
    snapshots = ZoneSnapshot.objects.order_by().filter(manager__isnull=False)
    if filterset.request.user.sees_everything and filterset.is_everybody:
        return snapshots
    return snapshots.filter(manager_id__in=[manager.pk for manager in filterset.managers])


def _trend(nights: list[Point], filterset: TrafficLightFilter, now: Counts, today: dt.date) -> list[Point]:
    """The counts of each day of the last 90, today's as they are now. At most one query."""
    since = today - TREND
    if not nights:
        return []
    if filterset.request.user.sees_everything and filterset.is_everybody:
        points = [night for night in nights if since <= night.date < today]
    else:
        sums = (
            _of_scope(filterset)
            .filter(date__gte=since, date__lt=today)
            .values("date")
            .annotate(g=Sum("green"), y=Sum("yellow"), r=Sum("red"))
            .order_by("date")
        )
        points = [Point(*row) for row in sums.values_list("date", "g", "y", "r")]
    return [*points, Point(today, now.green, now.yellow, now.red)]


def first_to_leave(clients: QuerySet[Client], today: dt.date, *, limit: int = 4) -> list[Client]:
    """The clients that go to the exchange first, within 30 days, whatever keeps them now."""
    near = panels.nearest(clients.select_related("manager"), today, days=MONTH.days)
    panels.tell_leaving(near, today)
    return panels.really_leaving(near, today, days=MONTH.days)[:limit]
