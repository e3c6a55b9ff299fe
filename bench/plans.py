"""What PostgreSQL does for a page: the plans of its queries, as it carried them out."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.inside import asking_inside
from bench.known import look_around
from bench.pages import choosable, chosen

_READS = re.compile(r"[\s(]*(SELECT|WITH|EXECUTE)\b", re.IGNORECASE)
_WARM_UP = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """One query, and what EXPLAIN told of it."""

    sql: str
    told: Mapping[str, Any]

    def rows_read(self) -> Counter[str]:
        """Table → rows that were looked at, whether or not they were wanted. Looking for one in vain counts as one."""
        found: Counter[str] = Counter()
        for node in self._nodes():
            if table := node.get("Relation Name"):
                rows = sum(node.get(what, 0) for what in _ROWS)
                found[table] += round(max(1, rows) * node["Actual Loops"])
        return found

    def scanned(self) -> set[str]:
        """Tables that were read from end to end."""
        return {
            node["Relation Name"] for node in self._nodes() if node["Node Type"] == "Seq Scan" and node["Actual Loops"]
        }

    def __str__(self) -> str:
        top = self.told["Plan"]
        buffers = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
        read = ", ".join(f"{table} {rows:,}" for table, rows in self.rows_read().most_common(3))
        return (
            f"planned {self.told['Planning Time']:.1f} ms, done {self.told['Execution Time']:.1f} ms, "
            f"{buffers:,} buffers; read: {read or 'no table'}\n  {' '.join(self.sql.split())[:200]}"
        )

    def _nodes(self) -> Iterator[Mapping[str, Any]]:
        waiting = [self.told["Plan"]]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.get("Plans", [])


_ROWS = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")


def explain(sql: str) -> Plan:
    """Carry a query out, and have it explained."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        (told,) = cursor.fetchone()
    return Plan(sql, (told if isinstance(told, list) else json.loads(told))[0])


def reading_queries(ask: Callable[[], object]) -> list[str]:
    """The queries of one request, without those that write."""
    with CaptureQueriesContext(connection) as queries:
        ask()
    return [query["sql"] for query in queries if _READS.match(query["sql"])]


def explain_page(key: str) -> str:
    """The plans of one page's queries, the dearest first, as text. The first of the pages the name fits.

    Raises:
        ValueError: no page is called so.
    """
    known = look_around()
    ask = asking_inside(chosen(choosable(known), [key])[0], known)
    for _ in range(_WARM_UP):
        ask()
    plans = [explain(sql) for sql in reading_queries(ask)]
    plans.sort(key=lambda plan: -plan.told["Execution Time"] - plan.told["Planning Time"])
    return "\n".join(str(plan) for plan in plans)
