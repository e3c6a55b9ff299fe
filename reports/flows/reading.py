"""Figures told of what flowed: whole years and months from what is added up, the days left over from the rows
themselves."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connections

from clients.models import OwnershipPeriod
from reports.flows.keeping import What
from reports.flows.models import FlowDay, FlowMonth, FlowOrigin, FlowYear
from reports.frame.figures import Figure
from reports.frame.groupings import Tally, tally_each
from reports.frame.scope import Scope
from reports.rules.covers import Grain, cover

WHOSE, ORIGIN = ("whose",), ("client__source", "client__region")
#: By which columns of the sums.
_COLUMNS = {WHOSE: ["whose"], ORIGIN: ["source", "region"]}
#: What narrows rows by what is not added up by.
_NARROWING = ("category", "region", "source", "reason", "kind")


class Told(NamedTuple):
    """What a figure adds up: numbers, or the money these come to."""

    whats: Sequence[str]
    is_money: bool = False


LOST = Told([f"{What.LOST}{reason}" for reason in OwnershipPeriod.Lost])
ARRIVED = Told([*LOST.whats, What.UNDONE])

Figures = Mapping[str, Figure]


def answers(scope: Scope) -> bool:
    """Whether what is asked is added up."""
    return not any(scope.options.get(name) for name in _NARROWING)


def by_whose(figures: Figures, told: Mapping[str, Told], scope: Scope) -> Tally:
    """The figures that are told, by whose they are: what :func:`~reports.frame.figures.tally` would say."""
    (found,) = by_each(figures, told, scope, [WHOSE])
    return found


def by_each(
    figures: Figures, told: Mapping[str, Told], scope: Scope, groupings: Sequence[tuple[str, ...]]
) -> list[Tally]:
    """The same by whose it is, or by where the clients of the whole company are from: each one query, and those of the
    days left over."""
    last = _last_day(scope)
    found = [_kept(told, scope, grouping, last) for grouping in groupings]
    for piece in cover(scope.period, last=last):
        if piece.grain == Grain.DAY:
            left_over = tally_each(figures, scope.of(piece.period), groupings, list(told))
            for each, numbers_by_place in zip(found, left_over, strict=True):
                for place, some in numbers_by_place.items():
                    sums = each.setdefault(place, dict.fromkeys(told, 0))
                    for key, number in some.items():
                        sums[key] += piece.sign * number
    return [{place: sums for place, sums in each.items() if any(sums.values())} for each in found]


def by_part(told: Mapping[str, Told], scope: Scope, starts: Sequence[dt.date]) -> tuple[Tally, Tally]:
    """The figures of the whole company by part of the period, named by its first day; and how many were lost, by the
    reason. One query.

    Args:
        starts: the first days of the parts, that of the period before all others.
    """
    whens = " ".join(f"WHEN day < %s THEN {place}" for place in range(len(starts) - 1))
    part = f"CASE {whens} ELSE {len(starts) - 1} END" if whens else "0"
    sql = (
        "SELECT part, what, CAST(sum(number) AS bigint), CAST(sum(amount) AS bigint) "
        f"FROM (SELECT {part} AS part, what, number, amount FROM {FlowDay._meta.db_table} WHERE day BETWEEN %s AND %s) "
        "AS found GROUP BY part, what"
    )
    parts: Tally = {}
    reasons: Tally = {}
    with connections[FlowDay.objects.db].cursor() as cursor:
        cursor.execute(sql, [*starts[1:], scope.period.since, scope.period.until])
        for place, what, number, amount in cursor.fetchall():
            for key, (whats, is_money) in told.items():
                if what in whats and (number or amount):
                    sums = parts.setdefault(starts[place], dict.fromkeys(told, 0))
                    sums[key] += _money(amount) if is_money else number
            if what in LOST.whats and number:
                lost = reasons.setdefault(what.removeprefix(What.LOST), {"lost": 0})
                lost["lost"] += number
    return parts, reasons


def _last_day(scope: Scope) -> dt.date:
    """The day after which nothing flowed. Nobody writes down what is to come; what was imported may be wrong."""
    return dt.date.max if FlowDay.objects.filter(day__gt=scope.today).exists() else scope.today


def _money(hundredths: int) -> Decimal:
    return Decimal(int(hundredths)) / 100


def _kept(told: Mapping[str, Told], scope: Scope, grouping: tuple[str, ...], last: dt.date) -> Tally:
    """What is added up of whole years and months. Written by hand: put into words by the ORM it would take longer than
    the answer."""
    by, has_years = _COLUMNS[grouping], grouping != ORIGIN
    params: list[Any] = []
    every = sorted({what for each in told.values() for what in each.whats})
    arms = []
    for grain, period, sign in cover(scope.period, with_years=has_years, last=last):
        if grain == Grain.DAY:
            continue
        model: Any = (FlowYear if grain == Grain.YEAR else FlowMonth) if has_years else FlowOrigin
        arm = (
            f"SELECT {', '.join(by)}, what, {sign} * number AS number, {sign} * amount AS amount "
            f"FROM {model._meta.db_table} WHERE {grain} BETWEEN %s AND %s AND what IN ({_marks(every)})"
        )
        params += [period.since, period.until, *every]
        if has_years and scope.manager_ids is not None:
            arm += f" AND whose IN ({_marks(scope.manager_ids) or 'NULL'})"
            params += sorted(scope.manager_ids)
        arms.append(arm)
    if not arms:
        return {}
    numbers = ", ".join(
        f"CAST(sum(CASE WHEN what IN ({_marks(each.whats)}) THEN {'amount' if each.is_money else 'number'} ELSE 0 END) "
        "AS bigint)"
        for each in told.values()
    )
    found: Tally = {}
    with connections[FlowYear.objects.db].cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(by)}, {numbers} FROM ({' UNION ALL '.join(arms)}) AS found GROUP BY {', '.join(by)}",
            [*(what for each in told.values() for what in each.whats), *params],
        )
        for row in cursor.fetchall():
            place, sums = row[: len(by)], row[len(by) :]
            found[place if len(by) > 1 else place[0]] = {
                key: _money(number) if each.is_money else number
                for (key, each), number in zip(told.items(), sums, strict=True)
            }
    return found


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))
