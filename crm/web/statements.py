"""Queries the database remembers: PostgreSQL plans a large query for longer than it runs it.

A :class:`crm.web.prepared.Prepared` query that a connection has run before is only called by its name there
(``EXECUTE``); after five times the server keeps its plan too, unless one made for the values at hand is much better.
Only outside of transactions, where what goes wrong can be asked again: between this program and the database may stand
a pooler that gives each statement another connection, and a table may have been changed meanwhile.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DatabaseError

logger = logging.getLogger(__name__)

#: A statement nobody knows: the connection behind a pooler is another one each time.
_UNKNOWN = "26000"
#: Somebody prepared it already (behind a pooler another process did); a table it reads has been changed.
_KNOWN_ALREADY, _OUTDATED = "42P05", "0A000"
#: A connection remembers so many; what is asked beyond is asked in full.
_MOST = 200

_remembered: WeakKeyDictionary[Any, dict[tuple[str, ...], str]] = WeakKeyDictionary()
#: Databases behind a pooler.
_forgetful: set[str] = set()


def may_remember(connection: Any) -> bool:
    """Whether this database can be asked to remember statements, now."""
    return (
        connection.vendor == "postgresql"
        and connection.alias not in _forgetful
        and not connection.in_atomic_block
        and not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")  # what one sets behind a pooler
    )


def called(
    connection: Any, sql: str, constants: Sequence[Any], types: Sequence[str], values: Sequence[Any]
) -> tuple[str, tuple[Any, ...]] | None:
    """How a statement is asked for by its name; None when it has none.

    Args:
        sql: with ``%s`` for each of ``constants``, which belong to it, and ``$1``, ``$2``… for ``values``.
        types: of the values, in the database's words.
    """
    connection.ensure_connection()
    known = _remembered.setdefault(connection.connection, {})
    key = (sql, *map(repr, constants), *types)
    if key not in known and len(known) < _MOST:
        known[key] = _prepare(connection, sql, constants, types)
    if not (name := known.get(key, "")):
        return None
    places = ", ".join(["%s"] * len(values))
    return f"EXECUTE {name} ({places})" if values else f"EXECUTE {name}", tuple(values)


def asked_again(connection: Any, ask: Callable[[bool], Iterable[Any]]) -> list[Any]:
    """The rows of ``ask(by_name)``; asked in full where the name does not work any more."""
    if not may_remember(connection):
        return list(ask(False))
    try:
        return list(ask(True))
    except DatabaseError as error:
        code = _code_of(error)
        if code not in (_UNKNOWN, _OUTDATED):
            raise
        if code == _UNKNOWN:
            logger.warning("The database forgets statements (is there a pooler?): they are written out from now on.")
            _forgetful.add(connection.alias)
        else:
            _forget(connection)
    return list(ask(False))


def _prepare(connection: Any, sql: str, constants: Sequence[Any], types: Sequence[str]) -> str:
    """Let the connection remember a statement; its name, "" where that cannot be."""
    given = f" ({', '.join(types)})" if types else ""
    words = sql % tuple(_literal(connection, constant) for constant in constants)
    # Named by what it says: behind a pooler another process may have prepared it, and then it is the same.
    name = f"crm_{hashlib.blake2b(f'{given}{words}'.encode(), digest_size=12).hexdigest()}"
    try:
        _tell(connection, f"PREPARE {name}{given} AS {words}")
    except DatabaseError as error:
        return name if _code_of(error) == _KNOWN_ALREADY else ""
    return name


def _literal(connection: Any, value: Any) -> str:
    with connection.connection.cursor() as cursor:
        return cursor.mogrify("%s", [value]).decode()


def _forget(connection: Any) -> None:
    _remembered.pop(connection.connection, None)
    _tell(connection, "DEALLOCATE ALL")


def _tell(connection: Any, words: str) -> None:
    # Not a query of the page: nothing is read.
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(words)


def _code_of(error: DatabaseError) -> str:
    return getattr(error.__cause__, "pgcode", None) or ""
