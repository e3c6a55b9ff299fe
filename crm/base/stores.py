"""Writing rows in great number: COPY on PostgreSQL, with indexes and references made afterwards; INSERT on SQLite."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.color import no_style
from django.db import connection, models, transaction

from crm.base.tables import NULL, TABLES, Table

Rows = list[tuple[Any, ...]]
#: Where rows without a month of their own are kept.
_ALL = -1


# --- files between the makers and the database ------------------------------------------------------------------------
class Spool:
    """Rows as text for COPY, in a file for each table (and month), until all are made."""

    def __init__(self, folder: Path, maker: int) -> None:
        self.folder, self.maker = folder, maker
        self._files: dict[tuple[Table, int], IO[str]] = {}

    def write(self, table: Table, rows: Rows) -> None:
        line = table.line
        if not table.by_month:
            self._file(table, _ALL).write("".join([line % row for row in rows]))
            return
        months: dict[int, list[str]] = {}
        for row in rows:
            months.setdefault(row[0], []).append(line % row[1:])
        for month, lines in months.items():
            self._file(table, month).write("".join(lines))

    def _file(self, table: Table, month: int) -> IO[str]:
        file = self._files.get((table, month))
        if file is None:
            name = f"{table.name}.{month + 1:04d}.{self.maker}"
            file = self._files[table, month] = (self.folder / name).open("w", encoding="utf-8")
        return file

    def close(self) -> None:
        for file in self._files.values():
            file.close()


@transaction.atomic
def copy_spooled(folder: Path) -> None:
    """COPY what was spooled, table by table and month by month.

    Emptied in the same transaction, a table takes its rows as if nobody had ever seen it otherwise: nothing is written
    twice, and there is nothing to vacuum.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(table.name for table in TABLES)}")
    for table in TABLES:
        for path in sorted(folder.glob(f"{table.name}.*")):
            _copy(table, path)
            path.unlink()


def _copy(table: Table, path: Path) -> None:
    columns = ", ".join(connection.ops.quote_name(column) for column in table.all_columns)
    with path.open("rb") as file, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table.name} ({columns}) FROM STDIN WITH (NULL '{NULL}', FREEZE)", file, 1 << 18)


def insert(table: Table, rows: Rows) -> None:
    """INSERT, where there is no COPY."""
    columns = ", ".join(connection.ops.quote_name(column) for column in table.all_columns)
    marks = ", ".join(["%s"] * len(table.all_columns))
    constants = tuple(table.constants.values())
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table.name} ({columns}) VALUES ({marks})",
            [(*(row[1:] if table.by_month else row), *constants) for row in rows],
        )


# --- around the writing -----------------------------------------------------------------------------------------------
@contextmanager
def bare_tables() -> Iterator[None]:
    """PostgreSQL: inside, the big tables have no indexes and no references; afterwards they have them again. When it
    fails in between, the database is to be thrown away."""
    names = [table.name for table in TABLES]
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [names, names])
        constraints = cursor.fetchall()
        # References first, then what they refer to.
        for table, name, _kind, _definition in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)", [names])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    keys = [row for row in constraints if row[2] != "f"]
    references = [row for row in constraints if row[2] == "f"]
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for table, name, _kind, definition in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, _kind, definition in references:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


#: References of the tables and to them; keys and unique constraints of the tables.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE (contype IN ('f', 'p', 'u') AND conrelid = ANY(%s::regclass[]))
       OR (contype = 'f' AND confrelid = ANY(%s::regclass[]))
    ORDER BY contype = 'f' DESC, conname
"""


def reset_sequences(tables: Iterable[Table]) -> None:
    """Ids were given: the next ones follow them."""
    found: list[type[models.Model]] = [table.model for table in tables]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), found):
            cursor.execute(statement)


def analyse() -> None:
    """What is where: the planner's statistics."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
