"""How far sales got, and how long they stood at each stage. The log says it; of imported sales at least where they
are."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import connections
from django.db.models import Count, Q, QuerySet, Subquery, Sum

from interactions.models import ProcessStatus, SalesProcess, Stage, StageChange
from interactions.rules.funnel import Group, Pile, Stay

_DAY = dt.timedelta(days=1)
_MICROSECONDS = 1_000_000 * 24 * 60 * 60

#: Of steps with how long it was until the next: how many, median and mean by stage.
_POSTGRESQL = """
    SELECT to_stage_id, COUNT(*), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY stayed), AVG(stayed)
    FROM ({steps}) AS steps
    GROUP BY to_stage_id
"""
#: SQLite knows no median: it is the stay in the middle; of an even number, the mean of the two there.
_SQLITE = """
    SELECT to_stage_id, MIN(of_all), AVG(stayed), MIN(mean)
    FROM (
        SELECT to_stage_id, stayed,
               ROW_NUMBER() OVER (PARTITION BY to_stage_id ORDER BY stayed) AS place,
               COUNT(*) OVER (PARTITION BY to_stage_id) AS of_all,
               AVG(stayed) OVER (PARTITION BY to_stage_id) AS mean
        FROM ({steps}) AS steps
    ) AS placed
    WHERE place IN ((of_all + 1) / 2, (of_all + 2) / 2)
    GROUP BY to_stage_id
"""


def came_to(stage: int) -> Q:
    """What came as far as a stage, by its steps or by where it stands. A won sale came past all of them."""
    position = Subquery(Stage.objects.filter(pk=stage).values("position"))
    return Q(status=ProcessStatus.WON) | Q(furthest__position__gte=position) | Q(stage__position__gte=position)


def groups_of(rows: QuerySet[SalesProcess]) -> list[Group]:
    """The sales by how far they got, where they stand and how they ended. Two queries, one of the stages."""
    positions: dict[int | None, int] = dict(Stage.objects.order_by().values_list("pk", "position"))
    found = rows.order_by().values("furthest", "stage", "status", "loss_reason")
    piles: dict[tuple[Any, ...], Pile] = defaultdict(Pile)
    for row in found.annotate(n=Count("pk"), total=Sum("amount")):
        been = [positions[stage] for stage in (row["furthest"], row["stage"]) if stage is not None]
        key = max(been, default=None), row["stage"], row["status"], row["loss_reason"]
        piles[key] += Pile(row["n"], row["total"] or Decimal())
    return [Group(far, stage, status, reason, pile) for (far, stage, status, reason), pile in piles.items()]


def stays_of(rows: QuerySet[SalesProcess]) -> dict[int, Stay]:
    """How long the sales stood at each stage, from one step to the next, by key of the stage. One query: the database
    takes the medians."""
    steps = StageChange.objects.order_by().filter(process__in=rows.order_by().values("pk"))
    stays = steps.filter(stayed__isnull=False, to_stage__isnull=False).values("to_stage_id", "stayed")
    sql, params = stays.query.sql_with_params()
    database = connections[rows.db]
    medians = _POSTGRESQL if database.vendor == "postgresql" else _SQLITE
    with database.cursor() as cursor:
        cursor.execute(medians.format(steps=sql), params)
        return {stage: Stay(count, _days(median), _days(mean)) for stage, count, median, mean in cursor.fetchall()}


def _days(length: Any) -> float:
    """SQLite keeps durations as microseconds."""
    return length / _DAY if isinstance(length, dt.timedelta) else float(length) / _MICROSECONDS
