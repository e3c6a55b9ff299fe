"""The only place that knows "now", "today" and the company's time zone.

Everything that decides by date takes ``today`` as an argument; the edges (views, tasks, commands) ask this module.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def company_zone() -> ZoneInfo:
    """The company's time zone: it decides to which calendar date a contact belongs."""
    return _zone(settings.COMPANY_TIME_ZONE)


_played: ContextVar[dt.datetime | None] = ContextVar("played", default=None)


def now() -> dt.datetime:
    """The present moment, aware, in UTC; inside :func:`playing` the moment that is played."""
    return _played.get() or timezone.now()


@contextmanager
def playing(moment: dt.datetime) -> Iterator[None]:
    """Let everything inside happen at ``moment``: the simulation plays months in minutes. Never used by a request.

    Raises:
        ValueError: the moment is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a naive moment cannot be played: {moment!r}")
    token = _played.set(moment)
    try:
        yield
    finally:
        _played.reset(token)


def is_playing() -> bool:
    """Whether another moment than the present one is played."""
    return _played.get() is not None


def today() -> dt.date:
    """The company's calendar date of this moment."""
    return local_date(now())


def local_date(moment: dt.datetime) -> dt.date:
    """The company's calendar date of an aware moment.

    Raises:
        ValueError: the moment is naive: nobody can tell on which day it was.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a naive moment has no calendar date: {moment!r}")
    return moment.astimezone(company_zone()).date()


def day_start(day: dt.date) -> dt.datetime:
    """The first moment of a company calendar date (aware). In zones whose summer time begins at midnight, the first
    that exists. Of a day that a query is given when it runs (:mod:`crm.web.prepared`) the same, then."""
    if hasattr(day, "moment"):
        return cast("dt.datetime", day.moment(day_start))
    naive = dt.datetime.combine(day, dt.time.min)
    # Through UTC and back: a wall time that a clock change skips is moved to one that exists.
    return naive.replace(tzinfo=company_zone()).astimezone(dt.UTC).astimezone(company_zone())


def at(day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    """An aware moment on a company calendar date; noon by default, which exists in every zone on every day."""
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=company_zone())
