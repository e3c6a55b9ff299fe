"""Queries that are put into words once and run many times.

Building a large query and turning it into SQL costs Django more than the database needs to answer it. A page that asks
the same question of another client each time has it written once a process:

    _latest = Prepared(lambda: Event.objects.filter(client=Param("client")).select_related("kind"))
    events = _latest(client=client.pk)

The answer is read anew each time: only the wording is kept.
"""

import copy
import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Self

from django.db import connections
from django.db.models import BigIntegerField, DateTimeField, Expression, Field, QuerySet

from crm.web import statements

#: So many queries are kept by what they ask (:func:`prepared_as`).
_MOST_KINDS = 500
#: With more of them a query is written out each time: what a plan for nobody in particular is worth gets less.
_MOST_VALUES = 100


class Param(Expression):
    """A value that a prepared query is given when it runs: a number (as a rule a row's id), or with another ``field`` a
    day or a moment.

    A day can be counted from, as a day can: ``Param("today", DateField()) - dt.timedelta(days=7)`` is the day a week
    before the one that is given.
    """

    def __init__(self, name: str, field: Field | None = None, steps: tuple[Callable[[Any], Any], ...] = ()) -> None:
        self.name, self.steps = name, steps
        super().__init__(output_field=field or BigIntegerField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]

    def made_by(self, step: Callable[[Any], Any], field: Field | None = None) -> Self:
        """What ``step`` makes of the value."""
        return type(self)(self.name, field or self.output_field, (*self.steps, step))

    def moment(self, of_day: Callable[[dt.date], dt.datetime]) -> Self:
        """A moment of the day: ``crm.clock.day_start`` asks for it."""
        return self.made_by(of_day, DateTimeField())

    def __add__(self, other: Any) -> Any:
        return self.made_by(lambda day: day + other) if isinstance(other, dt.timedelta) else super().__add__(other)

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, dt.timedelta) else super().__sub__(other)

    def of(self, values: Mapping[str, Any]) -> Any:
        """Its value among those that are given."""
        value = values[self.name]
        for step in self.steps:
            value = step(value)
        return value


class Params(Param):
    """Several values, for ``…__in=Params("whose")``: as many as are given when the query runs."""


class Prepared:
    """A query with :class:`Param` in it. ``build`` makes it, once for each database; what depends on the reader, his
    language or the day is a parameter.

    Args:
        by_name: let the database remember it too. Not where other values want another plan: a rare word and one that
            stands in every name, a day and a year. Then only the wording is kept.
    """

    def __init__(self, build: Callable[[], QuerySet], *, by_name: bool = True) -> None:
        self._build, self._by_name = build, by_name
        self._known: dict[str, tuple[QuerySet, Any, str, tuple[Any, ...]]] = {}

    def __call__(self, **values: Any) -> list[Any]:
        """The rows for these values. One query, and those of ``prefetch_related``.

        Raises:
            KeyError: a value is missing.
        """
        queryset, compiler, sql, params = self._known.get(self._alias) or self._put_into_words()
        connection = connections[self._alias]
        given = [_adapted(param.of(values), connection) if isinstance(param, Param) else param for param in params]

        def ask(by_name: bool) -> QuerySet:
            bound = (by_name and _named(connection, sql, params, given)) or _bound(sql, params, given)
            ready = copy.copy(compiler)
            ready.connection = connection
            ready.as_sql = lambda *args, **kwargs: bound
            rows = queryset.all()
            rows.query.get_compiler = lambda *args, **kwargs: ready
            return rows

        return statements.asked_again(connection, ask) if self._by_name else list(ask(False))

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


def prepared_as(kind: Hashable, build: Callable[[], QuerySet], *, by_name: bool = True) -> Prepared:
    """The prepared query of a kind: for what is asked in many ways, each of them many times."""
    if kind not in _kinds:
        if len(_kinds) >= _MOST_KINDS:
            _kinds.clear()
        _kinds[kind] = Prepared(build, by_name=by_name)
    return _kinds[kind]


_kinds: dict[Hashable, Prepared] = {}


def _bound(sql: str, params: tuple[Any, ...], given: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """The query with these values in the places of its parameters."""
    pieces, values = sql.split("%s"), []
    for place, (param, value) in enumerate(zip(params, given, strict=True)):
        if not isinstance(param, Params):
            values.append(value)
        else:
            several = list(value) or [None]
            values += several
            pieces[place] += ", ".join(["%s"] * len(several))
            continue
        pieces[place] += "%s"
    return "".join(pieces), tuple(values)


def _named(
    connection: Any, sql: str, params: tuple[Any, ...], given: Sequence[Any]
) -> tuple[str, tuple[Any, ...]] | None:
    """The query as the database remembers it, with these values; None where it is to be written out."""
    pieces, types, values, constants = sql.split("%s"), [], [], []
    places: dict[Hashable, str] = {}  # what stands in several places is given once
    for place, (param, value) in enumerate(zip(params, given, strict=True)):
        if not isinstance(param, Param):
            pieces[place] += "%s"
            constants.append(value)
            continue
        key = param.name, param.output_field.db_type(connection), param.steps
        if key not in places:
            several = _filled_up(value) if isinstance(param, Params) else [value]
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
