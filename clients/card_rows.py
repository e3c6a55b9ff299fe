"""The small tables of the client card, read together.

A card shows a few rows of some twenty tables. Each app registers here which rows of its tables belong to a client;
whoever asks for one table of a client gets it from one query for all of them, made when the first is asked for. It is
put into words once a process (``crm.web.prepared``) and read anew for every client that is read from the database.

The rows come as JSON objects under the name of their table, as a UNION needs, and leave here as instances of their
models with what is related to them. Numbers, words, days, moments and yes or no may travel so; amounts may not.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import DEFAULT_DB_ALIAS
from django.db.models import (
    BooleanField,
    Count,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    Field,
    FloatField,
    JSONField,
    Model,
    QuerySet,
    Value,
)
from django.db.models.functions import JSONObject

from clients.models import Client, Manager
from crm import clock
from crm.web.prepared import Param, Prepared

#: A colleague works with a client while his last contact or plan is no older.
LATELY_DAYS = 90
#: What the rows of a table may be filtered by: which client, which day it is, and from when on something is of late.
CLIENT = Param("client")
TODAY = Param("today", DateField())
A_YEAR_AGO = Param("a_year_ago", DateField())
LATELY = Param("lately", DateTimeField())
#: What the card shows of a person: his name.
NAME = ("first_name", "last_name", "username", "is_active")
#: Everybody who is responsible for an event of the client: their names are read with them.
WHO_WORKED = "who-worked"

Build = Callable[[], QuerySet]
_tables: dict[str, "Table | _Count"] = {}


def register(
    name: str, build: Build, *, fields: Sequence[str] = (), people: Sequence[str] = (), **related: Sequence[str]
) -> None:
    """Let ``build()`` say which rows the card shows: a queryset filtered by ``CLIENT`` (and ``TODAY``), in any order.

    Args:
        fields: which of its fields; none: all of them.
        people: foreign keys to managers: their names come with them (a join each would cost more than all the rest).
        related: other foreign keys whose rows are read too, and which of their fields: ``department=("path",)``.
    """
    _tables[name] = Table(build, fields, people, related)


def register_count(name: str, build: Build) -> None:
    """Let the rows of ``build()`` be counted only (``number_of``)."""
    _tables[name] = _Count(build)


def limited(rows: QuerySet, number: int) -> QuerySet:
    """The first so many rows, as a part of a UNION can say it on every database."""
    return rows.model._base_manager.filter(pk__in=rows.values("pk")[:number])


def rows_of(client: Client, name: str) -> list[Any]:
    """The rows of one table that belong to a client. One query for all tables of the card, whichever comes first."""
    if not hasattr(client, "_card_rows"):
        client._card_rows = _read(client.pk)  # type: ignore[attr-defined]
    return list(client._card_rows[name])  # type: ignore[attr-defined]


def number_of(client: Client, name: str) -> int:
    """How many rows were counted."""
    return sum(rows_of(client, name))


def _read(client_id: int) -> dict[str, list[Any]]:
    today = clock.today()
    found: dict[str, list[Any]] = {table: [] for table in _tables}
    mentioned: list[tuple[Any, str]] = []
    for table, row in _all_tables(
        client=client_id,
        today=today,
        a_year_ago=today - relativedelta(years=1),
        lately=clock.day_start(today - dt.timedelta(days=LATELY_DAYS)),
    ):
        made = _tables[table].make(row)
        found[table].append(made)
        mentioned += [(made, key) for key in _tables[table].people]
    name_people(mentioned, known={person.pk: person for person in found[WHO_WORKED]})
    return found


def name_people(mentioned: Iterable[tuple[Model, str]], *, known: Mapping[int, Manager]) -> None:
    """Put managers on rows under their foreign keys; of each the same instance. One query for all who are not known."""
    wanted = [(row, key, getattr(row, f"{key}_id")) for row, key in mentioned]
    missing = {pk for _row, _key, pk in wanted if pk} - known.keys()
    people = {**known, **(Manager.objects.only(*NAME).in_bulk(missing) if missing else {})}
    for row, key, pk in wanted:
        row._state.fields_cache[key] = people.get(pk)


class _Count:
    """How many rows of a table there are."""

    people = ()

    def __init__(self, build: Build) -> None:
        self._build = build

    def arm(self, name: str) -> QuerySet:
        rows = self._build().order_by().annotate(card_table=Value(name)).values("card_table")
        return rows.annotate(card_row=JSONObject(number=Count("pk"))).values_list("card_table", "card_row")

    def make(self, row: dict[str, Any]) -> int:
        return int(row["number"])


class Table:
    """How the rows of one table become JSON, and JSON becomes rows."""

    def __init__(
        self, build: Build, fields: Sequence[str], people: Sequence[str], related: dict[str, Sequence[str]]
    ) -> None:
        self._build, self._fields, self.people, self._related = build, fields, people, related

    def arm(self, name: str) -> QuerySet:
        rows = self._build().order_by()
        model = rows.model
        own = ["id", *self._fields] if self._fields else [field.name for field in model._meta.concrete_fields]
        self._make = _maker(model, own)
        self._makers = {
            key: _maker(model._meta.get_field(key).related_model, ["id", *names], f"{key}__")
            for key, names in self._related.items()
        }
        paths = [*own, *(f"{key}__{name}" for key, names in self._related.items() for name in ("id", *names))]
        row = JSONObject(**{path: F(path) for path in paths})
        return rows.annotate(card_table=Value(name), card_row=row).values_list("card_table", "card_row")

    def make(self, row: dict[str, Any]) -> Model:
        made = self._make(row)
        for key, maker in self._makers.items():
            made._state.fields_cache[key] = maker(row) if row[f"{key}__id"] is not None else None
        return made


def _union() -> QuerySet:
    arms = [table.arm(name) for name, table in _tables.items()]
    return arms[0].union(*arms[1:], all=True)


_all_tables = Prepared(_union)


# --- JSON to rows -----------------------------------------------------------------------------------------------------
def _maker(model: Any, names: Sequence[str], prefix: str = "") -> Callable[[dict[str, Any]], Any]:
    # In the table's order: so ``from_db`` takes them.
    fields = [field for field in model._meta.concrete_fields if field.name in names]
    columns = [field.attname for field in fields]
    readers = [(f"{prefix}{field.name}", _reader(field)) for field in fields]
    return partial(_made, model, columns, readers)


def _made(model: Any, columns: list[str], readers: list[tuple[str, Any]], row: dict[str, Any]) -> Any:
    values = [value if read is None or value is None else read(value) for key, read in readers for value in (row[key],)]
    return model.from_db(DEFAULT_DB_ALIAS, columns, values)


def _reader(field: Field) -> Callable[[Any], Any] | None:
    """How a value of this field is made of what JSON holds; None: it is that already."""
    field = getattr(field, "target_field", field)
    match field:
        case DecimalField() | FloatField():
            raise TypeError(f"{field} would not come back exactly as it is stored")
        case DateTimeField():
            return _moment
        case DateField():
            return dt.date.fromisoformat
        case BooleanField():
            return bool
        case JSONField():
            return _document
        case _:
            return None


def _moment(words: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(words)
    # SQLite keeps moments in UTC without saying so.
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _document(value: Any) -> Any:
    # SQLite has no documents inside documents: they come as words.
    return json.loads(value) if isinstance(value, str) else value
