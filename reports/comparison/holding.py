"""How long managers held clients: what their work with clients is held against; and which came to them and went. A
client that was handed over counts to each for the days he had it.

Until a day somebody has held, in clients times days, what has passed since all that came to him before it, less what
has passed since all that went: so it is told of what is added up by year and month (:mod:`reports.flows`), and two days
tell of the time between them.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connections

from clients.models import OwnershipPeriod
from reports.flows.keeping import What, day_number
from reports.flows.models import FlowMonth, FlowYear
from reports.frame.scope import Scope
from reports.rules.covers import Grain, cover
from reports.rules.periods import ONE_DAY, Period

#: Of each period: days of clients held, clients that came, went, and were found by himself.
Held = dict[str, int]
_NAMES = ("held", "came", "went", "found")
_NOTHING = (0,) * len(_NAMES)
#: Before anybody held anything.
_LONG_AGO = dt.date(1900, 1, 1)


def holding(scope: Scope, periods: Sequence[Period]) -> list[dict[int, Held]]:
    """For each of the periods, by manager: ``held``, clients times days, ``came``, ``went`` and ``found``. A client is
    his at the end of whose day it was. One query."""
    ends = {day for each in periods for day in (each.since, each.until + ONE_DAY)}
    sql, params = _query(scope, sorted(ends))
    until: dict[int, dict[int, list[int]]] = defaultdict(dict)
    with connections[OwnershipPeriod.objects.db].cursor() as cursor:
        cursor.execute(sql, params)
        for day, whose, *numbers in cursor.fetchall():
            until[day][whose] = numbers
    return [_between(until[each.since.toordinal()], until[(each.until + ONE_DAY).toordinal()]) for each in periods]


def _between(early: Mapping[int, Sequence[int]], late: Mapping[int, Sequence[int]]) -> dict[int, Held]:
    """What was added between two days. Whoever has anything at the first has it at the second."""
    found = {}
    for whose, until in late.items():
        numbers = [number - before for number, before in zip(until, early.get(whose, _NOTHING), strict=True)]
        if any(numbers):
            found[whose] = dict(zip(_NAMES, numbers, strict=True))
    return found


def _query(scope: Scope, days: Iterable[dt.date]) -> tuple[str, list[Any]]:
    """What came, went and was found before each of the days. Written by hand: put into words by the ORM it would take
    longer than the answer."""
    sources = _sources(connections[OwnershipPeriod.objects.db].vendor)
    arms, params = [], []
    for day in days:
        for grain, period, sign in cover(Period(_LONG_AGO, day - ONE_DAY)):
            for whose, select in sources[grain]:
                arm = f"SELECT {day.toordinal()} AS day, {sign} AS sign, {whose} AS whose, {select} BETWEEN %s AND %s"
                if scope.manager_ids is not None:
                    arm += f" AND {whose} IN ({', '.join(map(str, sorted(scope.manager_ids))) or 'NULL'})"
                arms.append(arm)
                params += [period.since, period.until]
    passed = "CASE what WHEN 'began' THEN day * number - amount WHEN 'ended' THEN amount - day * number ELSE 0 END"
    sums = [passed, *(f"CASE what WHEN '{what}' THEN number ELSE 0 END" for what in _FLOWS)]
    return (
        f"SELECT day, whose, {', '.join(f'CAST(sum(sign * {each}) AS bigint)' for each in sums)} "
        f"FROM ({' UNION ALL '.join(arms)}) AS found GROUP BY day, whose",
        params,
    )


#: In the order of ``came``, ``went``, ``found``.
_FLOWS = (What.BEGAN, What.ENDED, What.FOUND)


def _sources(vendor: str) -> dict[Grain, list[tuple[str, str]]]:
    """SQL: whose, then what, number, amount and where from, up to the day."""
    flows = ", ".join(f"'{what}'" for what in _FLOWS)
    kept: dict[Grain, Any] = {Grain.YEAR: FlowYear, Grain.MONTH: FlowMonth}
    owners = OwnershipPeriod._meta.db_table
    since, until = day_number(vendor, "since"), day_number(vendor, "until")
    return {
        **{
            grain: [("whose", f"what, number, amount FROM {each._meta.db_table} WHERE what IN ({flows}) AND {grain}")]
            for grain, each in kept.items()
        },
        Grain.DAY: [
            (
                "manager_id",
                f"'{What.BEGAN}' AS what, 1 AS number, {since} AS amount FROM {owners} WHERE since",
            ),
            ("manager_id", f"'{What.ENDED}', 1, {until} FROM {owners} WHERE until"),
            ("manager_id", f"'{What.FOUND}', 1, 0 FROM {owners} WHERE gained = 'created' AND since"),
        ],
    }
