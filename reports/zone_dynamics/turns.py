"""How often colours turned in a period: whole years and months from what is added up as turns are written
(:mod:`exchange.turn_tallies`), the days left over from the turns themselves."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connections

from exchange.models import TurnMonth, TurnYear, ZoneTransition
from reports.frame.scope import Scope
from reports.rules.covers import Grain, Piece, cover
from reports.zone_dynamics.figures import TURNS, turned

#: The figures that are told of each manager; all others of everybody together.
OF_MANAGERS = ("turned_yellow", "turned_red", "rescued", "got", "left")


class Turned(NamedTuple):
    """How often, by the keys of the figures."""

    by_manager: Mapping[int, Mapping[str, int]]
    together: Mapping[str, int]


def how_often(scope: Scope) -> Turned:
    """One query. Written by hand: what it reads is added up by manager and by colours at once."""
    arms, params = [], []
    for piece in cover(scope.period):
        arm, its = _arm(scope, piece)
        arms.append(arm)
        params += its
    numbers = [f"CAST(sum(CASE WHEN {_condition(key)} THEN number ELSE 0 END) AS bigint)" for key in OF_MANAGERS]
    sql = (
        f"WITH turned AS (SELECT manager_id, from_zone, to_zone, cause, sum(number) AS number "
        f"FROM ({' UNION ALL '.join(arms)}) AS found GROUP BY manager_id, from_zone, to_zone, cause) "
        f"SELECT manager_id, '', '', '', {', '.join(numbers)} "
        "FROM turned GROUP BY manager_id "
        f"UNION ALL SELECT NULL, from_zone, to_zone, cause, CAST(sum(number) AS bigint){', 0' * (len(numbers) - 1)} "
        "FROM turned GROUP BY from_zone, to_zone, cause"
    )
    by_manager: dict[int, dict[str, int]] = {}
    together: dict[str, int] = {}
    with connections[ZoneTransition.objects.db].cursor() as cursor:
        cursor.execute(sql, params)
        for manager, before, after, cause, *found in cursor.fetchall():
            if manager is not None:
                by_manager[manager] = {key: number for key, number in zip(OF_MANAGERS, found, strict=True) if number}
                continue
            for key in turned(before, after, cause):
                together[key] = together.get(key, 0) + found[0]
    return Turned(by_manager, together)


def _arm(scope: Scope, piece: Piece) -> tuple[str, list[Any]]:
    columns = "SELECT manager_id, from_zone, to_zone, cause"
    if piece.grain == Grain.DAY:
        select, day = f"{columns}, {piece.sign} AS number FROM {ZoneTransition._meta.db_table}", "date"
    else:
        model: Any = TurnYear if piece.grain == Grain.YEAR else TurnMonth
        select, day = f"{columns}, {piece.sign} * number AS number FROM {model._meta.db_table}", str(piece.grain)
    params: list[Any] = [piece.period.since, piece.period.until]
    condition = "manager_id IS NOT NULL"
    if scope.manager_ids is not None:
        condition = f"manager_id IN ({', '.join(map(str, sorted(scope.manager_ids))) or 'NULL'})"
    return f"{select} WHERE {day} BETWEEN %s AND %s AND {condition}", params


def _condition(key: str) -> str:
    """SQL: the turns of a figure. Colours and causes are ours."""
    turn = TURNS[key]
    before, after = (", ".join(f"'{zone}'" for zone in zones) for zones in (turn.before, turn.after))
    cause = f" AND cause = '{turn.cause}'" if turn.cause else ""
    return f"from_zone IN ({before}) AND to_zone IN ({after}){cause}"
