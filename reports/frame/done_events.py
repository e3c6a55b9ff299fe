"""How many events were done in a period: whole years and months from what is added up as events are written
(:mod:`interactions.tallies`), the days left over from the events themselves.

A year of a large company is five million events, by year and person some ten thousand rows, right to the event. What is
added up of them is written by hand: put into words by the ORM it would take longer than the answer.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from crm import clock
from crm.web.once import once
from interactions import tallies
from interactions.models import Event, EventDay, EventKind, EventMonth, EventYear
from reports.frame.scope import Scope
from reports.rules.covers import Grain, Piece, cover
from reports.rules.periods import ONE_DAY, Period

#: What an event of each kind is worth; of others nothing.
Worth = Mapping[int, int]
#: SQL: the kinds of what people do themselves.
_BY_HAND = f"SELECT id FROM {EventKind._meta.db_table} WHERE NOT is_system"


class _Stretch(NamedTuple):
    """Days that are added up by themselves, under the number ``place``; ``kinds``: only events of these."""

    place: int
    period: Period
    kinds: Collection[int] = ()


def done_events(scope: Scope) -> QuerySet[Event]:
    """The done events of the period, narrowed as the reader asked: the rows behind all numbers here."""
    rows = tallies.facts().filter(scope.at_moments("occurred_at")).filter(scope.of_clients("client__"))
    if client := scope.options.get("client"):
        rows = rows.filter(client=client)
    if wanted := scope.options.get("kind"):
        rows = rows.filter(kind=wanted)
    if others := _left_out(scope):
        rows = rows.exclude(kind__in=others)
    return scope.of_ours(rows, "responsible_id")


def by_whose(
    scope: Scope, periods: Sequence[Period], worth: Callable[[dt.date], Worth], cuts: Iterable[dt.date] = ()
) -> list[dict[int, dict[str, int]]]:
    """For each of the periods, who did how much, of all kinds together: ``done``, ``counted`` and ``worth``. What the
    program wrote (steps of sales) is nobody's work: only ``counted`` has it. Three queries.

    Args:
        worth: what events are worth from a day on until the next of the cuts.
        cuts: days on which they begin to be worth more, or less.
    """
    stretches = [_Stretch(place, period) for place, period in enumerate(periods)]
    worths, of_period, cuts = [], list(range(len(periods))), list(cuts)
    before_cuts = []
    for place, period in enumerate(periods):
        *earlier, latest = _between(period, cuts)
        worths.append(usual := worth(latest.since))
        # Before a cut some kinds were worth more, or less.
        before_cuts += [(place, each, more) for each in earlier if (more := _beside(worth(each.since), usual))]
    for place, period, more in before_cuts:
        stretches.append(_Stretch(len(stretches), period, more))
        worths.append(more)
        of_period.append(place)
    by_place = " ".join(f"WHEN {place} THEN {_each(found)}" for place, found in enumerate(worths))
    own = f"CASE WHEN kind IN ({_BY_HAND}) THEN done ELSE 0 END"
    found: list[dict[int, dict[str, int]]] = [{} for _period in periods]
    rows = _added(scope, stretches, ("place", "whose"), (own, "counted", f"{own} * CASE place {by_place} END"))
    for place, whose, done, counted, value in rows:
        numbers = found[of_period[place]].setdefault(whose, {"done": 0, "counted": 0, "worth": 0})
        numbers["worth"] += value
        if place < len(periods):
            numbers["done"], numbers["counted"] = done, counted
    return found


def by_whose_in_groups(scope: Scope, groups: Mapping[str, Iterable[int]]) -> dict[int, dict[str, int]]:
    """Who did how much of each group of kinds, by the names of the groups; and ``counted``, of all kinds. A row for
    each person: of a large company there are twenty times as many by kind. Three queries."""
    sums = [f"CASE WHEN kind IN ({_keys(keys)}) THEN done ELSE 0 END" for keys in groups.values()]
    names = [*groups, "counted"]
    rows = _added(scope, [_Stretch(0, scope.period)], ("whose",), (*sums, "counted"))
    return {whose: dict(zip(names, numbers, strict=True)) for whose, *numbers in rows}


def by_kind_and_part(scope: Scope, starts: Sequence[dt.date]) -> dict[tuple[int, int], int]:
    """How many events of each kind took place in each part of the period, by its place. Three queries at most.

    Args:
        starts: the first days of the parts, that of the period before all others.
    """
    stretches = [_Stretch(place, part) for place, part in enumerate(_between(scope.period, starts))]
    if not _is_kept(scope):
        rows = _in_parts(scope, *_of_events(scope), "occurred_at", starts)
    elif scope.manager_ids is None:
        sql, params = _where(scope, "day", scope.period)
        rows = _in_parts(scope, f"SELECT * FROM {EventDay._meta.db_table} WHERE {sql}", params, "day", starts)
    elif any(piece.grain == Grain.MONTH for each in stretches for piece in cover(each.period, with_years=False)):
        rows = _added(scope, stretches, ("kind", "place"), ("done",), with_years=False)
    else:
        rows = _in_parts(scope, *_of_events(scope), "occurred_at", starts)
    return {(kind, place): number for kind, place, number in rows}


def _between(period: Period, cuts: Iterable[dt.date]) -> list[Period]:
    """The period, cut before some days."""
    starts = [period.since, *sorted({day for day in cuts if period.since < day <= period.until})]
    ends = [day - ONE_DAY for day in starts[1:]] + [period.until]
    return [Period(since, until) for since, until in zip(starts, ends, strict=True)]


def _is_kept(scope: Scope) -> bool:
    """Whether what is asked is added up: nothing is by client."""
    return not any(scope.options.get(name) for name in ("category", "region", "client")) and once(
        "events are added up", tallies.are_kept
    )


def _last_day(scope: Scope) -> dt.date:
    """The day after which nothing was done. Nobody does what is to come, but what was imported may be wrong."""
    later = EventDay.objects.filter(day__gt=scope.today)
    return dt.date.max if once(("events later than", scope.today), later.exists) else scope.today


def _beside(worth: Worth, usual: Worth) -> Worth:
    """By how much more, or less, events are worth than usual."""
    more = {kind: worth.get(kind, 0) - usual.get(kind, 0) for kind in {**worth, **usual}}
    return {kind: value for kind, value in more.items() if value}


def _left_out(scope: Scope) -> list[int]:
    return [int(key) for key in others.split(".")] if (others := scope.options.get("but")) else []


# --- SQL --------------------------------------------------------------------------------------------------------------
# Names and the keys of kinds and managers are ours; what a reader has typed is among the parameters.
def _added(
    scope: Scope, stretches: Iterable[_Stretch], by: Sequence[str], sums: Sequence[str], *, with_years: bool = True
) -> list[tuple[Any, ...]]:
    """Sums over the events of the stretches, of each ``place``, ``whose`` or ``kind``; only what is something. Each row
    they are made of stands for ``done`` events of which some ``counted``; those below nought are taken away again."""
    last = _last_day(scope) if _is_kept(scope) else None
    arms: list[str] = []
    params: list[Any] = []
    for stretch in stretches:
        for sql, values in _arms(scope, stretch, last, with_years):
            arms.append(sql)
            params += values
    added = ", ".join(f"CAST(coalesce(sum({each}), 0) AS bigint)" for each in sums)
    return _read(f"SELECT {', '.join(by)}, {added} FROM ({' UNION ALL '.join(arms)}) AS found", by, params)


def _arms(
    scope: Scope, stretch: _Stretch, last: dt.date | None, with_years: bool
) -> Iterator[tuple[str, Sequence[Any]]]:
    """What the events of a stretch are added up from; ``last``: as of :func:`_last_day`, None when nothing is kept."""
    place, period, kinds = stretch
    pieces = cover(period, with_years=with_years, last=last) if last else [Piece(Grain.DAY, period, 1)]
    for grain, part, sign in pieces:
        named = f"SELECT {place} AS place, responsible_id AS whose, kind_id AS kind"
        if grain == Grain.DAY:
            counted = f"CASE WHEN counted_on IS NULL THEN 0 ELSE {sign} END AS counted"
            sql, params = _of_events(scope.of(part), kinds)
            yield f"{named}, {sign} AS done, {counted} FROM ({sql}) AS events", params
        else:
            model: Any = EventYear if grain == Grain.YEAR else EventMonth
            sql, params = _where(scope, grain, part, kinds, has_people=True)
            sums = f"{sign} * done AS done, {sign} * counted AS counted"
            yield f"{named}, {sums} FROM {model._meta.db_table} WHERE {sql}", params


def _of_events(scope: Scope, kinds: Collection[int] = ()) -> tuple[str, Sequence[Any]]:
    rows = done_events(scope)
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    columns = ("responsible_id", "kind_id", "counted_on", "occurred_at")
    try:
        return rows.values_list(*columns).query.sql_with_params()
    except EmptyResultSet:  # of a department without people
        return f"SELECT {', '.join(columns)} FROM {Event._meta.db_table} WHERE 1 = 0", []


def _where(
    scope: Scope, day: str, period: Period, kinds: Collection[int] = (), *, has_people: bool = False
) -> tuple[str, Sequence[Any]]:
    """The rows of sums that are of this period and of what the reader asked for, as done_events has it."""
    sql = [f"{day} BETWEEN %s AND %s"]
    if has_people and scope.manager_ids is not None:
        ours = f"responsible_id IN ({_keys(scope.manager_ids)})"
        sql.append(f"({ours} OR responsible_id IS NULL)" if scope.nobody else ours)
    elif has_people and not scope.nobody:
        sql.append("responsible_id IS NOT NULL")
    if wanted := scope.options.get("kind"):
        sql.append(f"kind_id = {_keys([getattr(wanted, 'pk', wanted)])}")
    if others := _left_out(scope):
        sql.append(f"kind_id NOT IN ({_keys(others)})")
    if kinds:
        sql.append(f"kind_id IN ({_keys(kinds)})")
    return " AND ".join(sql), [period.since, period.until]


def _in_parts(
    scope: Scope, sql: str, params: Sequence[Any], name: str, starts: Sequence[dt.date]
) -> list[tuple[Any, ...]]:
    """The rows of ``sql``, by kind and the place of the last of some days that is not after ``name``."""
    ops = connections[Event.objects.db].ops
    if name == "day":
        befores = [ops.adapt_datefield_value(start) for start in starts[1:]]
    else:
        befores = [ops.adapt_datetimefield_value(clock.day_start(start)) for start in starts[1:]]
    whens = " ".join(f"WHEN {name} < %s THEN {place}" for place in range(len(befores)))
    place = f"CASE {whens} ELSE {len(befores)} END" if whens else "0"
    inner = (
        f"SELECT kind_id AS kind, {place} AS place, {'done' if name == 'day' else '1'} AS done FROM ({sql}) AS rows_"
    )
    return _read(
        f"SELECT kind, place, CAST(sum(done) AS bigint) FROM ({inner}) AS found", ("kind", "place"), [*befores, *params]
    )


def _read(sql: str, by: Sequence[str], params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connections[Event.objects.db].cursor() as cursor:
        cursor.execute(f"{sql} GROUP BY {', '.join(by)}", params)
        return [row for row in cursor.fetchall() if any(row[len(by) :])]


def _each(worth: Worth) -> str:
    kinds: dict[int, list[int]] = defaultdict(list)
    for kind, value in worth.items():
        kinds[value].append(kind)
    whens = [f"WHEN kind IN ({_keys(alike)}) THEN {int(value)}" for value, alike in kinds.items() if value]
    return f"CASE {' '.join(whens)} ELSE 0 END" if whens else "0"


def _keys(keys: Iterable[int]) -> str:
    """Keys, written out; of none NULL, which is like nothing."""
    return ", ".join(str(int(key)) for key in sorted(keys)) or "NULL"
