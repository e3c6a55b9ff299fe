"""How many clients went straight from one manager to another: those behind the figures ``handed_in`` and
``handed_out``, found once for both."""

from collections.abc import Iterable

from django.db import connections

from clients.models import OwnershipPeriod
from exchange.models import Claim, Detachment
from reports.frame.scope import Scope
from reports.zone_dynamics.figures import GIVEN, NOT_RECEIVED


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


_OWNERS, _ARRIVALS, _CLAIMS = (model._meta.db_table for model in (OwnershipPeriod, Detachment, Claim))
_PAIRS = f"""
    SELECT gave.id AS gave, gave.manager_id AS giver, got.id AS got, got.manager_id AS receiver
    FROM {_OWNERS} gave
    JOIN {_OWNERS} got ON got.client_id = gave.client_id AND got.since = gave.until
         AND got.manager_id <> gave.manager_id AND got.gained NOT IN ({_listed(NOT_RECEIVED)})
    WHERE gave.until BETWEEN %s AND %s AND gave.lost IN ({_listed(GIVEN)})
      AND NOT EXISTS (
          SELECT 1 FROM {_ARRIVALS} a WHERE a.client_id = gave.client_id AND a.manager_id = gave.manager_id
          AND a.date = gave.until AND a.date BETWEEN %s AND %s AND a.undone_at IS NULL)
      AND NOT EXISTS (
          SELECT 1 FROM {_CLAIMS} c WHERE c.client_id = got.client_id AND c.manager_id = got.manager_id
          AND c.date = got.since AND c.date BETWEEN %s AND %s)
"""


def handed(scope: Scope) -> dict[int, dict[str, int]]:
    """By manager. One query: each of the figures by itself would look for the same."""
    giver, receiver = "giver IS NOT NULL", "receiver IS NOT NULL"
    if scope.manager_ids is not None:
        ours = ", ".join(map(str, sorted(scope.manager_ids))) or "NULL"
        giver, receiver = f"giver IN ({ours})", f"receiver IN ({ours})"
    sql = (
        f"WITH pairs AS ({_PAIRS}) "
        f"SELECT giver, 'handed_out', count(DISTINCT gave) FROM pairs WHERE {giver} GROUP BY giver "
        f"UNION ALL SELECT receiver, 'handed_in', count(DISTINCT got) FROM pairs WHERE {receiver} GROUP BY receiver"
    )
    found: dict[int, dict[str, int]] = {}
    with connections[OwnershipPeriod.objects.db].cursor() as cursor:
        cursor.execute(sql, [scope.period.since, scope.period.until] * 3)
        for manager, key, number in cursor.fetchall():
            found.setdefault(manager, {})[key] = number
    return found
