"""Figures: each is a set of rows defined once, counted for the table and listed behind the number.

Whose a row is decides to whom it counts; a manager belongs to the department he works in today, as in all reports. So
the parts make up the whole on every level, and what is listed behind a number is as many rows as the number says.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.utils.functional import Promise

from clients.models import Client
from reports.frame.scope import Scope

#: A set of rows. Each row has the annotations ``whose`` (a manager's id), ``moment`` (a date or a moment: what the list
#: is sorted by) and ``named`` (the client's ``search_name``, to sort and to search by).
Rows = Callable[[Scope], QuerySet]
Number = int | Decimal


class Unit(StrEnum):
    """How a number is written."""

    COUNT = "count"
    CHANGE = "change"
    MONEY = "money"
    POINTS = "points"
    PERCENT = "percent"
    DAYS = "days"
    HOURS = "hours"
    TIMES = "times"
    TEXT = "text"
    DATE = "date"


def everything(scope: Scope) -> Q:
    """No condition."""
    return Q()


def by(**lookup: Any) -> Callable[[Scope], Q]:
    """A condition that does not depend on the scope."""
    return lambda scope: Q(**lookup)


def name_of_client(key: str = "client_id") -> Subquery:
    """The client's ``search_name`` for ``named``: read for the rows that are listed. A join would be made for all that
    are counted."""
    return Subquery(Client.objects.filter(pk=OuterRef(key)).values("search_name")[:1])


def number_of_rows(condition: Q | None = None) -> Count:
    """How many rows there are; counting their keys, no index without the key would be enough."""
    return Count(Value(1), filter=condition)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a report: how many ``rows`` meet ``condition``; or, with ``sum_of``, what these come to.

    Attributes:
        label: names the list of these rows: "Taken from the exchange".
        sum_of: a column, or an annotation of ``rows``, that is added up.
        unit: how the number is written.
    """

    label: str | Promise
    rows: Rows
    condition: Callable[[Scope], Q] = everything
    sum_of: str = ""
    unit: Unit = Unit.COUNT

    def of(self, scope: Scope) -> QuerySet:
        """The rows behind the number."""
        return self.rows(scope).filter(self.condition(scope))

    def aggregate(self, scope: Scope) -> Count | Sum:
        """The number as an aggregate over ``rows(scope)``."""
        condition = self.condition(scope) or None
        return Sum(self.sum_of, filter=condition) if self.sum_of else number_of_rows(condition)


def by_rows(figures: Mapping[str, Figure], keys: Iterable[str] = ()) -> dict[Rows, list[str]]:
    """The keys of the figures, all when none are named, by the rows they are counted of."""
    sets: dict[Rows, list[str]] = defaultdict(list)
    for key in keys or figures:
        sets[figures[key].rows].append(key)
    return sets


def tally(
    figures: Mapping[str, Figure], scope: Scope, *by_columns: str, keys: Iterable[str] = ()
) -> dict[Any, dict[str, Number]]:
    """The figures, by whose they are: one query for each set of rows among them.

    Args:
        by_columns: what they are grouped by instead of ``whose``; of more than one the key is a tuple.
        keys: only these figures; all when empty.
    """
    columns = by_columns or ("whose",)
    found: dict[Any, dict[str, Number]] = defaultdict(dict)
    for rows, wanted in by_rows(figures, keys).items():
        numbers = {f"n_{key}": figures[key].aggregate(scope) for key in wanted}
        # Grouped by name and without an order: an order would be one more column to group by.
        for row in rows(scope).order_by().values(*columns).annotate(**numbers):
            place = tuple(row[column] for column in columns) if len(columns) > 1 else row[columns[0]]
            found[place].update({key: row[f"n_{key}"] or 0 for key in wanted})
    return dict(found)


def summed(numbers: Iterable[Mapping[str, Number]]) -> dict[str, Number]:
    """The figures of several added up."""
    total: dict[str, Number] = {}
    for each in numbers:
        for key, value in each.items():
            total[key] = total.get(key, 0) + value
    return total
