"""How many events were done in a period: whole years and months from what is added up as events are written
(:mod:`interactions.tallies`), the days left over from the events themselves.

A year of a large company is five million events, by year and person some ten thousand rows, right to the event.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Case, Count, Expression, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate

from crm import clock
from interactions import tallies
from interactions.models import Event, EventDay, EventKind, EventMonth, EventYear
from reports.frame.figures import number_of_rows
from reports.frame.scope import Scope
from reports.rules.covers import Grain, Piece, cover
from reports.rules.periods import ONE_DAY, Period

#: What an event of each kind is worth; of others nothing.
Worth = Mapping[int, int]
_NONE = Value(0, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Done:
    """What one person did of one kind in a stretch of the period.

    Attributes:
        whose: the responsible.
        since: the first day of the stretch.
        done: how many events took place.
        counted: how many of them count as a contact.
    """

    whose: int
    kind: int
    since: dt.date
    done: int
    counted: int


def done_events(scope: Scope) -> QuerySet[Event]:
    """The done events of the period, narrowed as the reader asked: the rows behind all numbers here."""
    rows = tallies.facts().filter(scope.at_moments("occurred_at")).filter(scope.of_clients("client__"))
    if client := scope.options.get("client"):
        rows = rows.filter(client=client)
    return scope.of_ours(_of_kinds(scope, rows), "responsible_id")


def by_whose_and_kind(scope: Scope, cuts: Iterable[dt.date] = ()) -> list[Done]:
    """Who did how much of which kind. Two queries.

    Args:
        cuts: days on which something begins to count otherwise: a new stretch begins on each of them.
    """
    last, stretches = _last_day(scope), _stretches(scope.period, cuts)
    arms = [
        rows.values("whose", "kind_id").annotate(
            n_done=done(), n_counted=counted(), stretch=Value(index, output_field=IntegerField())
        )
        for index, stretch in enumerate(stretches)
        for rows, done, counted in _arms(scope, stretch, last)
    ]
    return [
        Done(whose, kind, stretches[index].since, *numbers)
        for whose, kind, index, *numbers in _read(arms, ["whose", "kind_id", "stretch"], ["n_done", "n_counted"])
    ]


def by_whose(
    scope: Scope, periods: Sequence[Period], worth: Callable[[dt.date], Worth], cuts: Iterable[dt.date] = ()
) -> list[dict[int, dict[str, int]]]:
    """For each of the periods, who did how much, of all kinds together: ``done``, ``counted`` and ``worth``. What the
    program wrote (steps of sales) is nobody's work: only ``counted`` has it. Four queries.

    Args:
        worth: what events are worth from a day on until the next of the cuts.
        cuts: as above.
    """
    own = Q(kind__in=list(EventKind.objects.filter(is_system=False).order_by().values_list("pk", flat=True)))
    last, cuts, arms = _last_day(scope), list(cuts), []
    for index, period in enumerate(periods):
        *earlier, latest = _stretches(period, cuts)
        usual = worth(latest.since)
        place = Value(index, output_field=IntegerField())
        arms += [
            rows.values("whose").annotate(
                period=place, n_done=done(filter=own), n_counted=counted(), n_worth=done(_each(usual), filter=own)
            )
            for rows, done, counted in _arms(scope, period, last)
        ]
        # Before a cut some kinds were worth more, or less.
        for stretch in earlier:
            if more := _beside(worth(stretch.since), usual):
                arms += [
                    rows.filter(own, kind__in=more)
                    .values("whose")
                    .annotate(period=place, n_done=_NONE, n_counted=_NONE, n_worth=done(_each(more)))
                    for rows, done, _counted in _arms(scope, stretch, last)
                ]
    names = ("done", "counted", "worth")
    found: list[dict[int, dict[str, int]]] = [{} for _period in periods]
    for index, whose, *numbers in _read(arms, ["period", "whose"], [f"n_{name}" for name in names]):
        found[index][whose] = dict(zip(names, numbers, strict=True))
    return found


def by_whose_in_groups(scope: Scope, groups: Mapping[str, Iterable[int]]) -> dict[int, dict[str, int]]:
    """Who did how much of each group of kinds, by the names of the groups; and ``counted``, of all kinds. A row for
    each person: of a large company there are twenty times as many by kind. Two queries."""
    members = {name: Q(kind__in=list(keys)) for name, keys in groups.items()}
    arms = [
        rows.values("whose").annotate(
            **{f"n_{name}": done(filter=condition) for name, condition in members.items()}, n_counted=counted()
        )
        for rows, done, counted in _arms(scope, scope.period, _last_day(scope))
    ]
    names = [*groups, "counted"]
    return {
        whose: dict(zip(names, numbers, strict=True))
        for whose, *numbers in _read(arms, ["whose"], [f"n_{name}" for name in names])
    }


def by_kind_and_day(scope: Scope) -> dict[tuple[int, dt.date], tuple[int, int]]:
    """How many events of each kind took place on each day, and how many of them count as a contact. Two queries."""
    if scope.manager_ids is None and _is_kept(scope):
        days = _of_kinds(scope, EventDay.objects.filter(scope.on_days("day")))
        rows = days.values("kind_id", "day").annotate(n_done=Sum("done"), n_counted=Sum("counted"))
    else:
        day = TruncDate("occurred_at", tzinfo=clock.company_zone())
        events = done_events(scope).annotate(day=day).values("kind_id", "day")
        rows = events.annotate(n_done=number_of_rows(), n_counted=Count("counted_on"))
    return {(row["kind_id"], row["day"]): (row["n_done"], row["n_counted"]) for row in rows if row["n_done"]}


def by_kind_and_part(scope: Scope, starts: Sequence[dt.date]) -> dict[tuple[int, int], int]:
    """How many events of each kind took place in each part of the period, by its place. Two queries.

    Args:
        starts: the first days of the parts, that of the period before all others.
    """
    rows: QuerySet[Any]
    number: Any
    if scope.manager_ids is None and _is_kept(scope):
        rows, number = _of_kinds(scope, EventDay.objects.filter(scope.on_days("day"))), Sum("done")
        part = _place("day", starts)
    else:
        rows, number = done_events(scope), number_of_rows()
        part = _place("occurred_at", [clock.day_start(day) for day in starts])
    found = rows.annotate(part=part).values_list("kind_id", "part").annotate(number=number)
    return {(kind, place): number for kind, place, number in found if number}


def _place(name: str, starts: Sequence[dt.date]) -> Case:
    """The place of the last of some days, or moments, that is not after ``name``."""
    before = [When(**{f"{name}__lt": start}, then=Value(place)) for place, start in enumerate(starts[1:])]
    return Case(*before, default=Value(len(starts) - 1), output_field=IntegerField())


def _stretches(period: Period, cuts: Iterable[dt.date]) -> list[Period]:
    starts = [period.since, *sorted({day for day in cuts if period.since < day <= period.until})]
    ends = [day - ONE_DAY for day in starts[1:]] + [period.until]
    return [Period(since, until) for since, until in zip(starts, ends, strict=True)]


def _is_kept(scope: Scope) -> bool:
    """Whether what is asked is added up: nothing is by client."""
    return not any(scope.options.get(name) for name in ("category", "region", "client")) and tallies.are_kept()


def _last_day(scope: Scope) -> dt.date | None:
    """The day after which nothing was done; None: what is asked is not added up. Nobody does what is to come, but what
    was imported may be wrong."""
    if not _is_kept(scope):
        return None
    return dt.date.max if EventDay.objects.filter(day__gt=scope.today).exists() else scope.today


def _beside(worth: Worth, usual: Worth) -> Worth:
    """By how much more, or less, events are worth than usual."""
    more = {kind: worth.get(kind, 0) - usual.get(kind, 0) for kind in {**worth, **usual}}
    return {kind: value for kind, value in more.items() if value}


def _each(worth: Worth) -> Case:
    kinds: dict[int, list[int]] = defaultdict(list)
    for kind, value in worth.items():
        kinds[value].append(kind)
    whens = [When(kind__in=alike, then=Value(value)) for value, alike in kinds.items() if value]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def _of_kinds(scope: Scope, rows: QuerySet) -> QuerySet:
    if wanted := scope.options.get("kind"):
        rows = rows.filter(kind=wanted)
    if others := scope.options.get("but"):
        rows = rows.exclude(kind__in=[int(key) for key in others.split(".")])
    return rows


class _Number:
    """How many events there are, where each row stands for some: ``of`` a column, or for one."""

    def __init__(self, of: str, sign: int, *, is_sum: bool) -> None:
        self.of, self.sign, self.is_sum = of, sign, is_sum

    def __call__(self, worth: Expression | None = None, *, filter: Q | None = None) -> Expression:
        """Their number, or with ``worth`` what they are worth."""
        number: Any
        if self.is_sum:
            number = Sum(F(self.of) * worth if worth else self.of, filter=filter)
        elif worth:
            number = Sum(worth, filter=filter)
        else:
            number = Count(self.of, filter=filter) if self.of else number_of_rows(filter)
        return number if self.sign == 1 else -1 * number


def _arms(scope: Scope, period: Period, last: dt.date | None) -> Iterator[tuple[QuerySet, _Number, _Number]]:
    """What the events of a period are added up from, with what is done and what counts as a contact in each.

    Args:
        last: as of :func:`_last_day`.
    """
    for grain, part, sign in cover(period, last=last) if last else [Piece(Grain.DAY, period, 1)]:
        if grain == Grain.DAY:
            rows = done_events(scope.of(part)).annotate(whose=F("responsible_id"))
            yield rows, _Number("", sign, is_sum=False), _Number("counted_on", sign, is_sum=False)
        else:
            yield _kept(scope, grain, part), _Number("done", sign, is_sum=True), _Number("counted", sign, is_sum=True)


def _kept(scope: Scope, grain: Grain, part: Period) -> QuerySet:
    model: Any = EventYear if grain == Grain.YEAR else EventMonth
    rows = model.objects.order_by().filter(**{f"{grain}__range": (part.since, part.until)})
    return scope.of_ours(_of_kinds(scope, rows), "responsible_id").annotate(whose=F("responsible_id"))


def _read(arms: Sequence[QuerySet], by: Sequence[str], sums: Sequence[str]) -> list[tuple[Any, ...]]:
    """One query of all, added up in the database; only what is something."""
    first, *others = [arm.values_list(*by, *sums) for arm in arms]
    rows = first.union(*others, all=True) if others else first
    sql, params = rows.query.sql_with_params()
    # Names are ours; what a reader has asked for is among the parameters.
    added = ", ".join(f"CAST(coalesce(sum({name}), 0) AS bigint)" for name in sums)
    with connections[rows.db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(by)}, {added} FROM ({sql}) AS found GROUP BY {', '.join(by)}", params)
        return [row for row in cursor.fetchall() if any(row[len(by) :])]
