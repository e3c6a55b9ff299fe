"""Reads of the report on the exchange. Its queries do not grow with departments, managers or clients."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, DateField, F, IntegerField, QuerySet, Value
from django.db.models.functions import TruncDate
from django.utils.translation import gettext

from clients import rulebook
from clients.models import Department
from crm import clock
from exchange.claim_rulebook import CLAIM_TOUCH, STALE_DAYS
from exchange.models import Shelving
from reports import exchange_health_figures as figures
from reports.exchange_health_figures import FIGURES, REASONS, Scope
from reports.exchange_health_filters import HealthFilter
from reports.filters import NO_DEPARTMENT
from reports.rules.flows import Flow, flows, median
from reports.selectors import MANAGERS_SHOWN

#: What the table shows of each department and manager.
COLUMNS = ("came", "taken", "contacted", "won", "failed", "now", "stale")
#: Whoever has none of these has no line.
_ALIVE = (*COLUMNS, "undone", "archived", "restored", "pauses")
_OF_TAKEN = ("taken", "claimed", "assigned", "contacted", "in_time", "started", "won", "failed")
_OF_WAITING = ("now", "quarantined", "age_7", "age_30", "age_90", "age_more", "stale")

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``query``: the filters of its line, "department=3&", ready for more behind it."""

    kind: str
    level: int
    name: str
    query: str
    counts: Counts
    department_key: str = ""
    is_active: bool = True

    @property
    def links(self) -> dict[str, str]:
        """Where each number leads, relative to the report's own address."""
        return {key: f"rows/?{self.query}what={key}" for key in FIGURES}


@dataclass(frozen=True, slots=True)
class Reason:
    """How many were returned or released for one reason of the dictionary."""

    pk: int
    name: str
    number: int

    @property
    def key(self) -> str:
        return str(self.pk)


@dataclass(frozen=True, slots=True)
class Health:
    """The whole report."""

    scope: Scope
    rows: list[Row]
    total: Row
    reasons: list[Reason]
    points: list[Flow]
    median_days: int | None
    managers_hidden: bool
    lines: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", [*self.rows, self.total])

    @property
    def manager_rows(self) -> list[Row]:
        return [row for row in self.rows if row.kind == "manager"]

    @property
    def balance(self) -> int:
        """By how many clients the exchange grew in the period."""
        return sum(point.balance for point in self.points)


def scope_of(filterset: HealthFilter) -> Scope:
    """What the figures are counted over, by the rules as they are set now. One query for the rules."""
    rules = rulebook.load()
    usual = rulebook.rule(CLAIM_TOUCH).default
    return filterset.scope_of(stale_days=rules[STALE_DAYS], touch_days=rules[CLAIM_TOUCH] or usual)


def health(filterset: HealthFilter, *, sort: str = "-came") -> Health:
    """The report for the reader and the filters of ``filterset``: five queries."""
    scope = scope_of(filterset)
    counts, reasons = _flows_of_managers(scope)
    for rows, keys in ((figures.taken(scope), _OF_TAKEN), (figures.waiting(scope), _OF_WAITING)):
        for whose, found in _counted(rows, keys, scope).items():
            counts.setdefault(whose, Counter()).update(found)
    tree = _Tree(filterset, counts)
    by_day, stays = _by_day(scope)
    return Health(
        scope=scope,
        rows=tree.rows(sort),
        total=tree.total,
        reasons=reasons,
        points=flows(scope.period, by_day),
        median_days=median(stays),
        managers_hidden=tree.is_folded,
    )


def _counted(rows: QuerySet, keys: Iterable[str], scope: Scope) -> dict[int | None, dict[str, int]]:
    """Several figures over one set of rows, by whose they are. One query."""
    numbers = {f"n_{key}": Count("pk", filter=FIGURES[key].condition(scope) or None) for key in keys}
    found = rows.values("whose").annotate(**numbers)
    return {row["whose"]: {key: row[f"n_{key}"] for key in keys} for row in found}


def _grouped(rows: QuerySet, *names: str, **expressions: Any) -> QuerySet:
    """How many rows there are of each combination, as tuples in the order given, the number last: a part of a union."""
    # Named first and grouped then: a count among the values themselves would be counted for every row.
    names = (*names, *expressions)
    return rows.annotate(**expressions).values(*names).annotate(number_of=Count("pk")).values_list(*names, "number_of")


def _flows_of_managers(scope: Scope) -> tuple[dict[int | None, Counter], list[Reason]]:
    """Arrivals by reason, what was undone, archived, brought back and paused, by whose it is; and the reasons of
    return. One query."""
    nothing = {"detail": Value(None, output_field=IntegerField()), "detail_name": Value("")}
    came = {"word": F("reason"), "detail": F("return_reason_id"), "detail_name": F("return_reason__name")}
    parts = [
        _grouped(figures.arrivals(scope), "whose", **came),
        _grouped(figures.undone(scope), "whose", word=Value("undone"), **nothing),
        _grouped(figures.shelved(scope), "whose", word=F("action"), **nothing),
        _grouped(figures.pauses(scope), "whose", word=Value("pauses"), **nothing),
    ]
    keys = {**REASONS, Shelving.Action.ARCHIVE: "archived", Shelving.Action.RESTORE: "restored"}
    counts: dict[int | None, Counter] = {}
    reasons: Counter = Counter()
    for whose, word, reason, name, number in parts[0].union(*parts[1:], all=True):
        found = counts.setdefault(whose, Counter())
        found[keys.get(word, word)] += number
        if word in REASONS:
            found["came"] += number
        if reason:
            reasons[reason, name] += number
    named = [Reason(pk, gettext(name), number) for (pk, name), number in reasons.items()]
    return counts, sorted(named, key=lambda reason: (-reason.number, reason.name))


def _by_day(scope: Scope) -> tuple[dict[tuple[str, dt.date], int], dict[int, int]]:
    """What came and went on each day; and after how many days on the exchange how many were taken. One query."""
    zone = clock.company_zone()
    arrived_on = TruncDate("exchange_since", tzinfo=zone)
    nothing = {"arrived_on": Value(None, output_field=DateField())}
    # The part that knows a date stands first: PostgreSQL takes the column's type from it.
    parts = [
        _grouped(figures.taken(scope), word=Value("taken"), day=F("date"), arrived_on=arrived_on),
        _grouped(figures.arrivals(scope), word=Value("came"), day=F("date"), **nothing),
        _grouped(figures.undone(scope), word=Value("undone"), day=TruncDate("undone_at", tzinfo=zone), **nothing),
        _grouped(figures.shelved(scope), word=F("action"), day=F("date"), **nothing),
    ]
    words = {Shelving.Action.ARCHIVE.value: "archived", Shelving.Action.RESTORE.value: "restored"}
    by_day: Counter = Counter()
    stays: Counter = Counter()
    for word, day, arrived, number in parts[0].union(*parts[1:], all=True):
        by_day[words.get(word, word), day] += number
        if word == "taken":
            stays[max(0, (day - arrived).days)] += number
    return by_day, stays


class _Tree:
    """The figures of managers as a tree of departments."""

    def __init__(self, filterset: HealthFilter, counts: Mapping[int | None, Counter]) -> None:
        self.filterset, self.counts = filterset, counts
        self.managers = filterset.managers
        shown = [manager for manager in self.managers if self._is_alive(counts.get(manager.pk))]
        self.is_folded = len(shown) > MANAGERS_SHOWN and filterset.is_everybody
        self.shown = [] if self.is_folded else shown

    @staticmethod
    def _is_alive(found: Counter | None) -> bool:
        return found is not None and any(found[key] for key in _ALIVE)

    @cached_property
    def total(self) -> Row:
        return Row("total", 0, "", self.filterset.scope, self._sum(self.counts))

    def rows(self, sort: str) -> list[Row]:
        """Each department with the sum of all below it, then its managers, then its parts; last, who belongs to no
        department, and what is nobody's."""
        departments = self.filterset.shown_departments
        top = min((department.path.count("/") for department in departments), default=0)
        rows = []
        for department in departments:
            level = department.path.count("/") - top
            rows.append(self._department(department, level))
            rows += self._managers(department.pk, level + 1, sort)
        homeless: list[int | None] = [each.pk for each in self.managers if each.department_id is None]
        found = self._sum([*homeless, None])
        if any(found[key] for key in _ALIVE):
            query = f"department={NO_DEPARTMENT}&{self.filterset.kept_in_departments}"
            rows.append(Row("department", 0, "", query, found, NO_DEPARTMENT))
            rows += self._managers(None, 1, sort)
        return rows

    def _sum(self, whose: Iterable[int | None]) -> Counter:
        found: Counter = Counter()
        for pk in whose:
            found.update(self.counts.get(pk, {}))
        return found

    def _department(self, department: Department, level: int) -> Row:
        inside = [
            each.pk for each in self.managers if each.department and each.department.path.startswith(department.path)
        ]
        query = f"department={department.pk}&{self.filterset.kept_in_departments}"
        return Row("department", level, department.name, query, self._sum(inside), str(department.pk))

    def _managers(self, department_id: int | None, level: int, sort: str) -> list[Row]:
        rows = [
            Row(
                "manager",
                level,
                str(manager),
                f"manager={manager.pk}&{self.filterset.kept}",
                self._sum([manager.pk]),
                str(department_id or NO_DEPARTMENT),
                manager.is_active,
            )
            for manager in self.shown
            if manager.department_id == department_id
        ]
        return _sorted(rows, sort)


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    name = sort.lstrip("-")
    rows = sorted(rows, key=lambda row: row.name.casefold())
    if name == "name":
        return rows[::-1] if sort.startswith("-") else rows
    return sorted(rows, key=lambda row: row.counts[name], reverse=sort.startswith("-"))


SORTS = ("name", *COLUMNS)
