"""Figures: each is a set of rows defined once, counted for the table and listed behind the number.

Whose a row is decides to whom it counts; a manager belongs to the department he works in today, as in all reports. So
the parts make up the whole on every level, and what is listed behind a number is as many rows as the number says.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.utils.functional import Promise

from clients.models import Client
from crm.web.prepared import prepared_as
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


_in_general: set[Rows] = set()


def ask_in_general(rows: Rows) -> Rows:
    """For rows that are counted again and again; a decorator. Their queries are put into words once, for any managers
    and any days: so these rows, and the conditions of their figures, may add to the days of the scope and ask for the
    beginning of one (``crm.clock.day_start``), and nothing else."""
    _in_general.add(rows)
    return rows


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
    width = len(columns)
    for rows, wanted in by_rows(figures, keys).items():
        some = {key: figures[key] for key in wanted}

        def build(scope: Scope, rows: Rows = rows, some: Mapping[str, Figure] = some) -> QuerySet:
            return grouped(rows(scope), some, scope, columns)

        for row in answers((rows, columns, asked(some)), rows, scope, build):
            found[row[:width] if width > 1 else row[0]].update(zip(wanted, (n or 0 for n in row[width:]), strict=True))
    return dict(found)


def grouped(rows: QuerySet, figures: Mapping[str, Figure], scope: Scope, columns: Iterable[str]) -> QuerySet:
    """The figures of the rows, behind the columns."""
    sums = {f"n_{key}": figure.aggregate(scope) for key, figure in figures.items()}
    # Grouped by name and without an order: an order would be one more column to group by.
    return rows.order_by().values(*columns).annotate(**sums).values_list(*columns, *sums)


def asked(figures: Mapping[str, Figure]) -> Hashable:
    """What is asked by these figures, apart from the rows."""
    return tuple((key, figure.condition, figure.sum_of) for key, figure in figures.items())


def answers(
    question: Hashable, rows: Rows, scope: Scope, build: Callable[[Scope], QuerySet], **given: Any
) -> Iterable[Any]:
    """What ``build(scope)`` finds; ``question`` and the kind of the scope say all it is built of, ``given`` is given
    to parameters of its own."""
    if rows not in _in_general:
        return build(scope)
    query = prepared_as((question, scope.kind), lambda: build(scope.in_general), by_name=False)
    return query(**scope.given, **given)


def summed(numbers: Iterable[Mapping[str, Number]]) -> dict[str, Number]:
    """The figures of several added up."""
    total: dict[str, Number] = {}
    for each in numbers:
        for key, value in each.items():
            total[key] = total.get(key, 0) + value
    return total
