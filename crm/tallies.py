"""Sums that the database keeps itself: triggers on a table append signed rows to tables of sums, for PostgreSQL and
SQLite.

+n for a row written, −n for one changed or deleted. Nothing is changed in place, so that two people never wait for each
other; who reads adds up, and :meth:`Tallies.fold` makes one row of those of the same each night. The triggers are put
in place after migrations. Their names tell what they do: where they were lost, or where something else is to be added
up, they are made anew and all rows are counted once.
"""

import datetime as dt
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models import Count
from django.db.models.signals import post_migrate, pre_migrate

_CLIENTS = "clients_client"
#: Rows written by one statement.
_CHUNK = 5000


def month(vendor: str, day: str) -> str:
    """SQL: the first day of the month of a date."""
    return f"date_trunc('month', {day})::date" if vendor == "postgresql" else f"substr({day}, 1, 8) || '01'"


def year(vendor: str, day: str) -> str:
    """SQL: the first day of the year of a date."""
    return f"date_trunc('year', {day})::date" if vendor == "postgresql" else f"substr({day}, 1, 5) || '01-01'"


@dataclass(frozen=True, slots=True)
class Sums:
    """What is added up in one table. Its SQL speaks of a row ``r`` of the source.

    Attributes:
        model: "app.Model": the table of sums.
        columns: by what is added up: column → SQL; the first says when, and by it rows are folded.
        numbers: what is added up: column → SQL.
        condition: which rows count.
        first: only the first row of each client counts, in this order ("since, id")…
        among: … among these.
        of_client: by what of the client it is added up beside that: column → column of the client.
    """

    model: str
    columns: Mapping[str, str]
    numbers: Mapping[str, str]
    condition: str = "TRUE"
    first: str = ""
    among: str = "TRUE"
    of_client: Mapping[str, str] = field(default_factory=dict)

    @property
    def of(self) -> type[models.Model]:
        return apps.get_model(self.model)

    @property
    def names(self) -> list[str]:
        return [*self.columns, *self.of_client]

    def signed(self, rows: str, sign: int) -> str:
        """The rows of a query that count, with their sign."""
        if not self.first:
            return f"SELECT {sign} AS sign, e.* FROM ({rows}) e"
        placed = (
            f"SELECT a.*, row_number() OVER (PARTITION BY client_id ORDER BY {self.first}) AS place FROM ({rows}) a"
        )
        return f"SELECT {sign} AS sign, e.* FROM ({placed} WHERE {self.among}) e WHERE place = 1"

    def appending(self, rows: str, joined: str = "", client: str = "") -> str:
        """The statement that adds up rows that have a ``sign``.

        Args:
            joined: what is known beside a row.
            client: the columns ``of_client``, if they are not those the client has now.
        """
        if self.of_client:
            joined += f" CROSS JOIN ({client}) c" if client else f" LEFT JOIN {_CLIENTS} c ON c.id = r.client_id"
        by = [*self.columns.values(), *(f"c.{column}" for column in self.of_client.values())]
        sums = [f"coalesce(sum(sign * ({number})), 0)" for number in self.numbers.values()]
        return (
            f"INSERT INTO {self.of._meta.db_table} ({', '.join([*self.names, *self.numbers])}) "
            f"SELECT {', '.join([*by, *sums])} FROM ({rows}) r {joined} WHERE {self.condition} "
            f"GROUP BY {', '.join(str(place + 1) for place in range(len(by)))} "
            f"HAVING {' OR '.join(f'{number} <> 0' for number in sums)};"
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows are added up.

    Attributes:
        name: the names of its triggers begin with it.
        facts: the columns that matter; with ``id`` and ``client_id`` where clients' first rows are counted.
        sums: what is added up, on "postgresql" or "sqlite".
        joined: SQL that joins what the sums have to know beside a row.
    """

    name: str
    table: str
    facts: Sequence[str]
    sums: Callable[[str], Sequence[Sums]]
    joined: str = ""

    def triggers(self, vendor: str) -> dict[str, list[str]]:
        """The statements that make each trigger, by its name."""
        made = dict((_on_postgresql if vendor == "postgresql" else _on_sqlite)(self))
        mark = f"{zlib.crc32(repr(made).encode()):08x}"
        named = {when: f"{self.name}_{when}_{mark}" for when in made}
        return {named[when]: [each.replace("{name}", named[when]) for each in made[when]] for when in made}

    def counting(self, vendor: str) -> Iterator[str]:
        """The statements that add up all rows there are."""
        for sums in self.sums(vendor):
            yield sums.appending(sums.signed(f"SELECT * FROM {self.table}", 1), self.joined)


class Tallies:
    """Sums that are kept together."""

    def __init__(self, *sources: Source) -> None:
        self.sources = sources

    def count_all(self, using: str = DEFAULT_DB_ALIAS) -> None:
        """Count all rows anew. Nobody writes any meanwhile (PostgreSQL: they wait)."""
        connection = connections[using]
        with transaction.atomic(using=using), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                tables = ", ".join({source.table: None for source in self.sources})
                cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
            for sums in self._tables(using):
                cursor.execute(f"DELETE FROM {sums.of._meta.db_table}")
            for source in self.sources:
                for statement in source.counting(connection.vendor):
                    cursor.execute(statement)

    def fold(self) -> int:
        """Make one row of those of the same; how many rows there are less. Safe in any number, and while rows are
        written: what comes meanwhile is a row more."""
        return sum(_fold(sums, part) for sums in self._tables(DEFAULT_DB_ALIAS) for part in _unfolded(sums))

    def are_installed(self, using: str) -> bool:
        """Whether the triggers are there and do what is said here."""
        return all(
            set(source.triggers(connections[using].vendor)) == {name for name, _table in _found(source, using)}
            for source in self.sources
        )

    def install(self, using: str) -> None:
        """Make the triggers, without those that were there."""
        self.drop(using)
        connection = connections[using]
        with connection.cursor() as cursor:
            for source in self.sources:
                for statements in source.triggers(connection.vendor).values():
                    for statement in statements:
                        cursor.execute(statement)

    def drop(self, using: str) -> None:
        """Take the triggers away."""
        is_postgresql = connections[using].vendor == "postgresql"
        for source in self.sources:
            for name, table in _found(source, using):
                with connections[using].cursor() as cursor:
                    cursor.execute(f"DROP TRIGGER {name}{f' ON {table}' if is_postgresql else ''}")
                    if is_postgresql:
                        cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")

    def drop_backwards(self, _apps: Any, schema_editor: Any) -> None:
        """For the way back of a migration: what the triggers write to is about to go."""
        self.drop(schema_editor.connection.alias)

    def keep(self, sender: Any) -> None:
        """Keep them from the next migration on; for ``AppConfig.ready()`` of the app of their tables."""
        _kept.append(self)
        pre_migrate.connect(self.lift_before_migrations, sender=sender)
        post_migrate.connect(self.keep_after_migrations, sender=sender)

    def lift_before_migrations(self, sender: Any, using: str, plan: Any = (), **_kwargs: Any) -> None:
        """Before migrations run. SQLite cannot rebuild a table that a trigger of another one speaks of."""
        if plan and connections[using].vendor == "sqlite":
            self.drop(using)

    def keep_after_migrations(self, sender: Any, using: str, plan: Any = (), **_kwargs: Any) -> None:
        """After migrations ran: the triggers are there, and what they keep is right."""
        if plan and self._are_there(using) and not self.are_installed(using):
            self.install(using)
            self.count_all(using)

    def _tables(self, using: str) -> list[Sums]:
        """The tables of sums, each by one of what is added up in it."""
        vendor = connections[using].vendor
        return list({sums.model: sums for source in self.sources for sums in source.sums(vendor)}.values())

    def _are_there(self, using: str) -> bool:
        tables = connections[using].introspection.table_names()
        return all(sums.of._meta.db_table in tables for sums in self._tables(using))


_kept: list[Tallies] = []


def count_all() -> None:
    """Count anew whatever is added up."""
    for tallies in _kept:
        tallies.count_all()


@contextmanager
def uncounted() -> Iterator[None]:
    """Inside, nothing is added up: for great numbers of rows, of which all are counted at the end."""
    for tallies in _kept:
        tallies.drop(DEFAULT_DB_ALIAS)
    yield
    for tallies in _kept:
        tallies.install(DEFAULT_DB_ALIAS)
    count_all()


def _found(source: Source, using: str) -> list[tuple[str, str]]:
    """The triggers of a source that are there, with their tables."""
    query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)"
    if connections[using].vendor == "postgresql":
        query = (
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND c.relname IN (%s, %s)"
        )
    with connections[using].cursor() as cursor:
        cursor.execute(query, [source.table, _CLIENTS])
        return [(name, table) for name, table in cursor.fetchall() if name.startswith(f"{source.name}_")]


# --- one row of those of the same -------------------------------------------------------------------------------------
def _unfolded(sums: Sums) -> list[dt.date]:
    """When there is more than one row of anything."""
    twice = sums.of._default_manager.order_by().values(*sums.names).annotate(rows=Count("pk")).filter(rows__gt=1)
    return sorted({row[sums.names[0]] for row in twice})


@transaction.atomic
def _fold(sums: Sums, part: dt.date) -> int:
    columns, table = [*sums.names, *sums.numbers], sums.of._meta.db_table
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(sums.numbers))
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # What was taken away, not what was read: another may have folded since, or a row may have come.
        cursor.execute(f"DELETE FROM {table} WHERE {sums.names[0]} = %s RETURNING {', '.join(columns)}", [part])
        rows = cursor.fetchall()
    for row in rows:
        added = found[row[: len(sums.names)]]
        for place, number in enumerate(row[len(sums.names) :]):
            added[place] += number
    kept = [
        sums.of(**dict(zip(columns, [*key, *numbers], strict=True))) for key, numbers in found.items() if any(numbers)
    ]
    sums.of._default_manager.bulk_create(kept, batch_size=_CHUNK)
    return len(rows) - len(kept)


# --- PostgreSQL: once for each statement ------------------------------------------------------------------------------
_NEW, _OLD = "SELECT * FROM new_rows", "SELECT * FROM old_rows"
_STATEMENTS = {
    "inserted": ("INSERT", "NEW TABLE AS new_rows", {_NEW: 1}),
    "updated": ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows", {_NEW: 1, _OLD: -1}),
    "deleted": ("DELETE", "OLD TABLE AS old_rows", {_OLD: -1}),
}


def _on_postgresql(source: Source) -> Iterator[tuple[str, list[str]]]:
    for when, (event, tables, changed) in _STATEMENTS.items():
        body = [
            sums.appending(
                _of_clients(source, sums, changed)
                if sums.first
                else " UNION ALL ".join(sums.signed(rows, sign) for rows, sign in changed.items()),
                source.joined,
            )
            for sums in source.sums("postgresql")
        ]
        yield (
            when,
            [
                _function(body),
                f"CREATE TRIGGER {{name}} AFTER {event} ON {source.table} REFERENCING {tables} "
                "FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            ],
        )
    if columns := _client_columns(source, "postgresql"):
        moved = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        yield (
            "moved",
            [
                _function(_moved(source, "postgresql")),
                f"CREATE TRIGGER {{name}} AFTER UPDATE OF {', '.join(columns)} ON {_CLIENTS} "
                f"FOR EACH ROW WHEN ({moved}) EXECUTE FUNCTION {{name}}()",
            ],
        )


def _function(body: Sequence[str]) -> str:
    words = "\n".join(body)
    return (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {words} RETURN NULL; END $$"
    )


def _of_clients(source: Source, sums: Sums, changed: Mapping[str, int]) -> str:
    """The first rows of clients whose rows were changed: as they are, and as they were without that."""
    if len(changed) == 1:
        (rows,) = changed
        clients = rows.replace("*", "client_id")
    else:
        new, old = (", ".join(f"{row}.{fact}" for fact in source.facts) for row in "no")
        differ = f"FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE ({new}) IS DISTINCT FROM ({old})"
        clients = f"SELECT n.client_id {differ} UNION SELECT o.client_id {differ}"
    now = f"SELECT * FROM {source.table} WHERE client_id IN ({clients})"
    before = f"{now} AND id NOT IN (SELECT id FROM new_rows)" if _NEW in changed else now
    if _OLD in changed:
        before = f"{before} UNION ALL {_OLD} WHERE client_id IN ({clients})"
    return f"{sums.signed(now, 1)} UNION ALL {sums.signed(before, -1)}"


# --- SQLite: once for each row ----------------------------------------------------------------------------------------
def _on_sqlite(source: Source) -> Iterator[tuple[str, list[str]]]:
    changed = " OR ".join(f"NEW.{fact} IS NOT OLD.{fact}" for fact in source.facts)
    events = {
        "inserted": ("INSERT", "TRUE", {"NEW": 1}),
        "updated": (f"UPDATE OF {', '.join(source.facts)}", changed, {"OLD": -1, "NEW": 1}),
        "deleted": ("DELETE", "TRUE", {"OLD": -1}),
    }
    for when, (event, condition, rows) in events.items():
        # The first rows of a client are looked at before the change and after it.
        for moment, sign in (("BEFORE", -1), ("AFTER", 1)):
            body = [
                statement
                for sums in source.sums("sqlite")
                for statement in (
                    [_first_on_sqlite(source, sums, [*rows], sign)]
                    if sums.first
                    else [_row_on_sqlite(source, sums, row, its) for row, its in rows.items() if moment == "AFTER"]
                )
            ]
            if body:
                words = " ".join(body)
                yield (
                    f"{moment.lower()}_{when}",
                    [f"CREATE TRIGGER {{name}} {moment} {event} ON {source.table} WHEN {condition} BEGIN {words} END"],
                )
    if columns := _client_columns(source, "sqlite"):
        moved = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        words = " ".join(_moved(source, "sqlite"))
        yield (
            "moved",
            [
                f"CREATE TRIGGER {{name}} AFTER UPDATE OF {', '.join(columns)} ON {_CLIENTS} "
                f"WHEN {moved} BEGIN {words} END"
            ],
        )


def _row_on_sqlite(source: Source, sums: Sums, row: str, sign: int) -> str:
    facts = ", ".join(f"{row}.{fact} AS {fact}" for fact in source.facts)
    return sums.appending(f"SELECT {sign} AS sign, {facts}", source.joined)


def _first_on_sqlite(source: Source, sums: Sums, rows: Sequence[str], sign: int) -> str:
    clients = ", ".join(f"{row}.client_id" for row in rows)
    return sums.appending(
        sums.signed(f"SELECT * FROM {source.table} WHERE client_id IN ({clients})", sign), source.joined
    )


# --- a client that is moved to another of its columns -----------------------------------------------------------------
def _client_columns(source: Source, vendor: str) -> list[str]:
    return list({column: None for sums in source.sums(vendor) for column in sums.of_client.values()})


def _moved(source: Source, vendor: str) -> list[str]:
    """What takes the rows of the client from where they were and puts them where they are."""
    return [
        sums.appending(
            sums.signed(f"SELECT * FROM {source.table} WHERE client_id = NEW.id", sign),
            source.joined,
            "SELECT " + ", ".join(f"{client}.{column} AS {column}" for column in sums.of_client.values()),
        )
        for sums in source.sums(vendor)
        if sums.of_client
        for client, sign in (("OLD", -1), ("NEW", 1))
    ]
