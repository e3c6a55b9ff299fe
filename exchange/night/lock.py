"""One night at a time."""

import contextlib
from collections.abc import Iterator

from django.db import connection

#: Key of the PostgreSQL advisory lock that keeps a second run waiting ("nght").
_LOCK_KEY = 0x6E676874


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """A second run waits for the first (PostgreSQL: an advisory lock that dies with its connection; SQLite has one
    writer). Whoever has it may take it again."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])
