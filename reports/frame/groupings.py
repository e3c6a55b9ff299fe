"""Figures grouped in several ways at once: a set of rows that takes the database long to find is found once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Cast

from reports.frame.figures import Figure, Number, by_rows, tally
from reports.frame.scope import Scope

#: Figures by one column, or by several: then the key is a tuple.
Tally = dict[Any, dict[str, Number]]


def tally_each(
    figures: Mapping[str, Figure], scope: Scope, groupings: Sequence[Sequence[str]], keys: Sequence[str]
) -> list[Tally]:
    """For each of the groupings what :func:`~reports.frame.figures.tally` says. PostgreSQL is asked once for each set
    of rows among the figures; SQLite knows no grouping sets and is asked for each grouping."""
    found: list[Tally] = [defaultdict(dict) for _columns in groupings]
    for rows, wanted in by_rows(figures, keys).items():
        part = {key: figures[key] for key in wanted}
        queryset = rows(scope).order_by()
        if connections[queryset.db].vendor == "postgresql":
            tallies = _at_once(queryset, part, scope, groupings)
        else:
            tallies = [tally(part, scope, *columns) for columns in groupings]
        for all_of_it, some in zip(found, tallies, strict=True):
            for place, numbers in some.items():
                all_of_it[place].update(numbers)
    return [dict(each) for each in found]


def _at_once(
    rows: QuerySet, figures: Mapping[str, Figure], scope: Scope, groupings: Sequence[Sequence[str]]
) -> list[Tally]:
    columns = list(dict.fromkeys(column for grouping in groupings for column in grouping))
    names = {column: f"c_{place}" for place, column in enumerate(columns)}
    sums = {key: f"n_{place}" for place, key in enumerate(figures)}
    inner = rows.annotate(
        **{name: F(column) for column, name in names.items()},
        **{name: _of_each(figures[key], scope) for key, name in sums.items()},
    ).values(*names.values(), *sums.values())
    sql, params = inner.query.sql_with_params()
    listed = ", ".join(names.values())
    sets = ", ".join(f"({', '.join(names[column] for column in grouping)})" for grouping in groupings)
    numbers = ", ".join(f"COALESCE(SUM({name}), 0)" for name in sums.values())
    tallies: list[Tally] = [{} for _grouping in groupings]
    with connections[rows.db].cursor() as cursor:
        # Names and numbers are ours; what a reader has asked for is among the parameters.
        cursor.execute(
            f"SELECT GROUPING({listed}), {listed}, {numbers} FROM ({sql}) AS found GROUP BY GROUPING SETS ({sets})",
            params,
        )
        places = {_mask(columns, grouping): place for place, grouping in enumerate(groupings)}
        for mask, *values in cursor.fetchall():
            place = places[mask]
            key = tuple(values[columns.index(column)] for column in groupings[place])
            tallies[place][key if len(key) > 1 else key[0]] = dict(zip(sums, values[len(columns) :], strict=True))
    return tallies


def _of_each(figure: Figure, scope: Scope) -> Case | Cast | F | Value:
    """What one row adds to the number."""
    condition = figure.condition(scope)
    if figure.sum_of:
        value = F(figure.sum_of)
        return Case(When(condition, then=value)) if condition else value
    # Of a condition nothing meets there is no case left, and its nothing would have no type.
    return Cast(Case(When(condition, then=Value(1))), IntegerField()) if condition else Value(1)


def _mask(columns: Sequence[str], grouping: Sequence[str]) -> int:
    """What PostgreSQL's GROUPING says of the rows of a grouping: a bit for each column it leaves out."""
    return sum(1 << place for place, column in enumerate(reversed(columns)) if column not in grouping)
