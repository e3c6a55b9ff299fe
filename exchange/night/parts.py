"""A stretch of a night cut by department, for several workers (``NIGHT_WORKERS``).

The run that holds the night's lock stays the only one who does what concerns the whole company. For a stretch it writes
down the parts, calls helpers (Celery tasks) and works on the parts like them. Who works on a part holds its lock
(PostgreSQL: advisory, it dies with the connection), so a part whose helper was killed is free at once; the run takes
whatever is left at the end. It waits for nobody who has not begun: without a single free worker it does all by itself.
"""

import contextlib
import dataclasses
import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum

from clients.models import Manager
from clients.policies import policy_book
from crm import clock
from exchange.models import NightlyRun, NightPart
from exchange.night.stretches import STRETCHES, Night
from exchange.night.sweep import Sweeper
from exchange.rules.night import NightRules
from exchange.rules.spreading import dealt

log = logging.getLogger(__name__)

#: Parts for each worker: who is done early takes another.
_PARTS_EACH = 4
#: A helper that nobody began in so many seconds is not needed any more.
_EXPIRES = 600
#: First key of the advisory locks ("nghp"); the second is the part's.
_LOCK_KEY = 0x6E676870


def go_through(night: Night, stretch: str, workers: int) -> int:
    """A stretch over all clients, by so many workers. Returns how many clients changed."""
    if workers < 2 or connection.vendor != "postgresql":
        return STRETCHES[stretch](night, Sweeper(night.run, night.chunk))
    _call_off(night.run)
    parts = _cut(night.run, stretch, workers)
    _call_helpers(night, parts, workers - 1)
    for wait in (False, True):
        for part in parts:
            _work_on(night, part, wait=wait)
    changed: int = NightPart.objects.filter(run=night.run).aggregate(sum=Sum("changed"))["sum"] or 0
    NightPart.objects.filter(run=night.run).delete()
    return changed


def help_with(parts: Sequence[int], facts: dict[str, Any]) -> int:
    """Work on those of the parts that nobody works on; returns on how many."""
    run = NightlyRun.objects.filter(pk=facts["run"]).first()
    if run is None:
        return 0
    night = Night(
        run=run,
        last=dt.date.fromisoformat(facts["last"]) if facts["last"] else None,
        rules=NightRules(**facts["rules"] | {"warn_levels": tuple(facts["rules"]["warn_levels"])}),
        book=policy_book(),
        moment=dt.datetime.fromisoformat(facts["moment"]),
        told_on=dt.date.fromisoformat(facts["told_on"]),
        chunk=facts["chunk"],
    )
    return sum(_work_on(night, part, wait=False) for part in parts)


def _call_off(run: NightlyRun) -> None:
    """The parts of an attempt that was killed: nobody begins one any more, and who is at work on one comes to its
    end."""
    left = NightPart.objects.filter(run=run)
    left.update(done_at=clock.now())
    for part in left.values_list("pk", flat=True):
        with _locked(part, wait=True):
            pass
    left.delete()


def _cut(run: NightlyRun, stretch: str, workers: int) -> list[int]:
    people = Manager.objects.order_by().values_list("department").annotate(number=Count("pk"))
    # (Whoever has no manager belongs to those without a department.)
    dealt_out = dealt({None: 0, **dict(people)}, workers * _PARTS_EACH)
    made = NightPart.objects.bulk_create(NightPart(run=run, stretch=stretch, departments=each) for each in dealt_out)
    return [part.pk for part in made]


def _call_helpers(night: Night, parts: Sequence[int], number: int) -> None:
    from kombu.exceptions import OperationalError

    from exchange.tasks import help_with_night

    facts = {
        "run": night.run.pk,
        "last": night.last and night.last.isoformat(),
        "rules": dataclasses.asdict(night.rules),
        "moment": night.moment.isoformat(),
        "told_on": night.told_on.isoformat(),
        "chunk": night.chunk,
    }
    try:
        for _helper in range(number):
            help_with_night.apply_async((list(parts), facts), expires=_EXPIRES)
    except OperationalError:
        log.exception("no helpers for the night of %s: the broker does not answer", night.run.date)


def _work_on(night: Night, key: int, *, wait: bool) -> bool:
    """Do a part, unless somebody has done it, or (without ``wait``) is about it; whether it was done here."""
    with _locked(key, wait=wait) as is_ours:
        part = NightPart.objects.filter(pk=key, done_at=None).first() if is_ours else None
        if part is None:
            return False
        sweeper = Sweeper(night.run, night.chunk, only=_clients_of(part.departments))
        changed = STRETCHES[part.stretch](night, sweeper)
        NightPart.objects.filter(pk=key).update(changed=changed, done_at=clock.now())
    return True


def _clients_of(departments: Sequence[int | None]) -> Q:
    theirs = Q(manager__department__in=[each for each in departments if each is not None])
    return theirs | Q(manager__department=None) if None in departments else theirs


@contextlib.contextmanager
def _locked(key: int, *, wait: bool) -> Iterator[bool]:
    function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_LOCK_KEY, key])
        is_ours = cursor.fetchone()[0] is not False
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_KEY, key])
