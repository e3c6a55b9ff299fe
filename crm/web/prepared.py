"""Queries that are put into words once and run many times.

Building a large query and turning it into SQL costs Django more than the database needs to answer it. A page that asks
the same question of another client each time has it written once a process:

    _latest = Prepared(lambda: Event.objects.filter(client=Param("client")).select_related("kind"))
    events = _latest(client=client.pk)

The answer is read anew each time: only the wording is kept.
"""

import copy
import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections
from django.db.models import BigIntegerField, Expression, Field, QuerySet

from crm.web import statements

#: With more of them a query is written out each time: what a plan for nobody in particular is worth gets less.
_MOST_VALUES = 100


class Param(Expression):
    """A value that a prepared query is given when it runs: a number (as a rule a row's id), or with another ``field`` a
    day or a moment."""

    def __init__(self, name: str, field: Field | None = None) -> None:
        self.name = name
        super().__init__(output_field=field or BigIntegerField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class Params(Param):
    """Several values, for ``…__in=Params("whose")``: as many as are given when the query runs."""


class Prepared:
    """A query with :class:`Param` in it. ``build`` makes it, once for each database; what depends on the reader, his
    language or the day is a parameter.

    Args:
        planned_anew: the best plan is another one for other values (how rare is what was typed?): the database plans
            it each time, only the wording is kept.
    """

    def __init__(self, build: Callable[[], QuerySet], *, planned_anew: bool = False) -> None:
        self._build, self._planned_anew = build, planned_anew
        self._known: dict[str, tuple[QuerySet, Any, str, tuple[Any, ...]]] = {}

    def __call__(self, **values: Any) -> list[Any]:
        """The rows for these values. One query, and those of ``prefetch_related``.

        Raises:
            KeyError: a value is missing.
        """
        queryset, compiler, sql, params = self._known.get(self._alias) or self._put_into_words()
        connection = connections[self._alias]
        given = {name: _adapted(value, connection) for name, value in values.items()}

        def ask(by_name: bool) -> QuerySet:
            bound = (by_name and _named(connection, sql, params, given)) or _bound(sql, params, given)
            ready = copy.copy(compiler)
            ready.connection = connection
            ready.as_sql = lambda *args, **kwargs: bound
            rows = queryset.all()
            rows.query.get_compiler = lambda *args, **kwargs: ready
            return rows

        if self._planned_anew:
            return list(ask(False))
        return statements.asked_again(connection, ask)

    @property
    def _alias(self) -> str:
        return self._queryset.db

    def _put_into_words(self) -> Any:
        queryset = self._queryset
        compiler = queryset.query.get_compiler(queryset.db)
        self._known[queryset.db] = queryset, compiler, *compiler.as_sql()
        return self._known[queryset.db]

    @property
    def _queryset(self) -> QuerySet:
        if not hasattr(self, "_built"):
            self._built = self._build()
        return self._built


def _bound(sql: str, params: tuple[Any, ...], given: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """The query with these values in the places of its parameters."""
    pieces, values = sql.split("%s"), []
    for place, param in enumerate(params):
        if not isinstance(param, Param):
            values.append(param)
        elif not isinstance(param, Params):
            values.append(given[param.name])
        else:
            several = list(given[param.name]) or [None]
            values += several
            pieces[place] += ", ".join(["%s"] * len(several))
            continue
        pieces[place] += "%s"
    return "".join(pieces), tuple(values)


def _named(
    connection: Any, sql: str, params: tuple[Any, ...], given: dict[str, Any]
) -> tuple[str, tuple[Any, ...]] | None:
    """The query as the database remembers it, with these values; None where it is to be written out."""
    pieces, types, values, constants = sql.split("%s"), [], [], []
    places: dict[tuple[str, str], str] = {}  # what stands in several places is given once
    for place, param in enumerate(params):
        if not isinstance(param, Param):
            pieces[place] += "%s"
            constants.append(param)
            continue
        key = param.name, param.output_field.db_type(connection)
        if key not in places:
            several = _filled_up(given[param.name]) if isinstance(param, Params) else [given[param.name]]
            places[key] = ", ".join(f"${len(values) + number}" for number in range(1, len(several) + 1))
            types += [key[1]] * len(several)
            values += several
        pieces[place] += places[key]
    if len(values) > _MOST_VALUES:
        return None
    return statements.called(connection, "".join(pieces), constants, types, values)


def _filled_up(values: Iterable[Any]) -> list[Any]:
    """Several values as 1, 2, 4, 8…: not another statement for each number of them."""
    found = list(values) or [None]
    return found + [found[-1]] * ((1 << (len(found) - 1).bit_length()) - len(found))


def _adapted(value: Any, connection: Any) -> Any:
    """As the database wants it: SQLite has no days and moments of its own."""
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, dt.date) else value
