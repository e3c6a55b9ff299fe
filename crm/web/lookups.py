"""Conditions that Django does not have."""

from typing import Any

from django.db.models import Field
from django.db.models.lookups import In


@Field.register_lookup
class Among(In):
    """``pk__among=rows.values("client_id")``: as ``__in`` of a subquery, for one of the conditions of an OR.

    PostgreSQL turns ``a IN (…) OR b IN (SELECT …)`` into a scan of the whole table. What the subquery finds is asked
    for first here, so that each half is answered by its own index. For subqueries that find little.
    """

    lookup_name = "among"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        wanted, wanted_params = self.process_lhs(compiler, connection)
        found, found_params = self.process_rhs(compiler, connection)
        return f"{wanted} = ANY(ARRAY{found})", [*wanted_params, *found_params]
