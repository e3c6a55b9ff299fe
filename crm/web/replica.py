"""Reading from a replica of the database (``REPLICA_URL``): what may be a little old, and only that.

Everything is read from the primary unless it is asked for here, inside ``with reading(place)``: figures of reports
(:func:`read`) and rows of files (:func:`place` with ``exact``). Sessions, rights, the pages people work on and whatever
a write depends on never are. Three things decide whether the replica may be asked:

* how far it is behind: more than ``REPLICA_MAX_LAG`` seconds, and the primary is asked;
* what the reader has written himself: the place of it in the primary's log is kept in a cookie (:class:`Written`), and
  a replica that has not come so far is not asked;
* whether it answers: one that is down, or breaks a query off, is left alone for a while.
"""

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from crm import clock
from crm.web.once import apart

log = logging.getLogger(__name__)

ALIAS = "replica"
#: Where in the primary's log the reader's last write ended.
COOKIE = "written"
#: Seconds in which a replica that has failed is not asked again.
RETRY = 10
#: How often, and after how many seconds each, a replica is asked whether it has come up with the primary.
_TRIES, _PAUSE = 10, 0.02

_PRIMARY_AT = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
# (A server that is no replica any more has a history of its own.)
_REPLICA_AT = """
    SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END,
           pg_last_xact_replay_timestamp()
"""

_alias: ContextVar[str] = ContextVar("reading_from", default=DEFAULT_DB_ALIAS)
#: A moment of ``time.monotonic()``.
_left_alone_until = 0.0
Answer = TypeVar("Answer")


class Router:
    """Reads go where :func:`reading` says, by default to the primary; writes and migrations to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == ALIAS else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where to read, and what moment it shows."""

    alias: str
    as_of: dt.datetime


def is_there() -> bool:
    """Whether this installation has a replica."""
    return ALIAS in connections.settings


@contextlib.contextmanager
def reading(where: Place) -> Iterator[None]:
    """Read from there."""
    if where.alias == DEFAULT_DB_ALIAS:
        yield
        return
    token = _alias.set(where.alias)
    try:
        with apart():
            yield
    finally:
        _alias.reset(token)


def read(build: Callable[[], Answer], request: HttpRequest | None = None) -> tuple[Answer, dt.datetime]:
    """What ``build`` reads, from the replica if it may be asked, and what moment it shows.

    Asked again of the primary when the replica fails meanwhile.
    """
    where = place(request)
    if where.alias == ALIAS:
        try:
            with reading(where):
                return build(), where.as_of
        except (OperationalError, InterfaceError) as error:
            _leave_alone(error)
    return build(), clock.now()


def place(request: HttpRequest | None = None, *, exact: bool = False) -> Place:
    """Where this reader may read now.

    Args:
        exact: only from a replica that has everything the primary has at this moment; it is given a moment to come up.
    """
    primary = Place(DEFAULT_DB_ALIAS, clock.now())
    if not is_there() or time.monotonic() < _left_alone_until:
        return primary
    newest = _primary_at()
    try:
        for attempt in range(_TRIES if exact else 1):
            if attempt:
                time.sleep(_PAUSE)
            reached, last_commit = _replica_at()
            if reached >= newest:
                return Place(ALIAS, primary.as_of)
    except (OperationalError, InterfaceError) as error:
        _leave_alone(error)
        return primary
    if exact or reached < _own_write(request) or last_commit is None:
        return primary
    behind = primary.as_of - last_commit
    return Place(ALIAS, last_commit) if behind <= dt.timedelta(seconds=settings.REPLICA_MAX_LAG) else primary


class Written:
    """Keeps in a cookie how far the replica must be before this reader is shown anything from it.

    Only as long as the replica may be behind at all: later it has the write, or is not asked.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            response.set_cookie(
                COOKIE,
                str(_primary_at()),
                max_age=settings.REPLICA_MAX_LAG + 5,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


def _own_write(request: HttpRequest | None) -> int:
    value = request.COOKIES.get(COOKIE, "") if request else ""
    return int(value) if value.isdecimal() else 0


def _primary_at() -> int:
    """How long the primary's log is."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_PRIMARY_AT)
        return int(cursor.fetchone()[0])


def _replica_at() -> tuple[int, dt.datetime | None]:
    """How far the replica has come in that log, and when the last thing it has was written.

    Raises:
        OperationalError: it does not answer, or is a replica no more.
    """
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_REPLICA_AT)
        reached, last_commit = cursor.fetchone()
    if reached is None:
        raise OperationalError("it is no replica")
    return reached, last_commit


def forget_failures() -> None:
    """Ask the replica again, whatever has happened before."""
    global _left_alone_until
    _left_alone_until = 0.0


def _leave_alone(error: Exception) -> None:
    global _left_alone_until
    log.warning("the replica is left alone for %s s: %s", RETRY, error)
    _left_alone_until = time.monotonic() + RETRY
    connections[ALIAS].close()
