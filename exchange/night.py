"""The nightly run: moves colours forward, detaches, takes the day's snapshot.

At-least-once: it may be killed at any point and started again, or run twice at once, and ends in the same state as one
undisturbed run. That holds because the work is cut into chunks, each one transaction that locks its rows, looks again
whether they are still due, writes the effect together with its record, and counts itself in the run's row.
"""

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet

from clients.models import Client, OwnershipPeriod
from clients.policies import chain_of, policy_book
from clients.querysets import ClientQuerySet
from clients.rules.policies import PolicyBook
from clients.rules.zones import Zone
from clients.zoning import drop_old_manager, published
from crm import clock
from exchange.models import Detachment, NightlyRun, RunStatus, TransitionCause, ZoneTransition
from exchange.snapshots import take_snapshot
from interactions.models import Event

log = logging.getLogger(__name__)

CHUNK = 1000
#: Key of the PostgreSQL advisory lock that keeps a second run waiting ("nght").
_LOCK_KEY = 0x6E676874

Chunk = list[Client]


class NightOrderError(Exception):
    """A night before the last published one was asked for: colours only move forward."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the night of a date would do if it ran now."""

    date: dt.date
    to_yellow: int
    to_red: int
    to_exchange: int


def run_due_nights(today: dt.date) -> list[NightlyRun]:
    """Run tonight, and before it every night that was missed since the last published one.

    Raises:
        NightOrderError: a later night has been published already.
    """
    # One lock around all of them (it is re-entrant): a second run waits until the last night is published, and does not
    # find itself before it half-way.
    with _one_at_a_time():
        return [run_night(day) for day in nights_due(today)]


def nights_due(today: dt.date) -> list[dt.date]:
    """The dates to run, oldest first: those after the last published night; on the first run only ``today``.

    A first run that never ended (killed, failed) was a night too: it is finished before the next.

    Raises:
        NightOrderError: a later night has been published already.
    """
    last = NightlyRun.objects.last_done_on()
    if last is None:
        begun = NightlyRun.objects.filter(date__lt=today).order_by("date").values_list("date", flat=True).first()
        last = begun - dt.timedelta(days=1) if begun else today
    if last == today:
        return [today]
    if last > today:
        raise NightOrderError(f"the night of {last} is published, {today} is before it")
    return [last + dt.timedelta(days=days) for days in range(1, (today - last).days + 1)]


def preview(day: dt.date) -> Preview:
    """Count what the night of ``day`` would change, without changing anything."""
    clients = Client.objects.held()
    return Preview(
        date=day,
        to_yellow=clients.in_zone(Zone.YELLOW, day).exclude(zone=Zone.YELLOW.value).count(),
        to_red=clients.in_zone(Zone.RED, day).exclude(zone=Zone.RED.value).count(),
        to_exchange=clients.due_on(day).count(),
    )


def run_night(day: dt.date, *, moment: dt.datetime | None = None, chunk: int = CHUNK) -> NightlyRun:
    """Publish the zones of ``day`` and detach who is due. Running it again changes nothing more.

    Args:
        moment: when detached clients arrive on the exchange; by default now, for a past night its first hour.
        chunk: clients per transaction.

    Raises:
        NightOrderError: a later night has been published already.
    """
    with _one_at_a_time():
        last = NightlyRun.objects.last_done_on()
        if last is not None and last > day:
            raise NightOrderError(f"the night of {last} is published, {day} is before it")
        return _run(day, last, moment or _arrival(day), chunk)


def _run(day: dt.date, last: dt.date | None, moment: dt.datetime, chunk: int) -> NightlyRun:
    book = policy_book()
    run, created = NightlyRun.objects.get_or_create(
        date=day, defaults={"policy_version": ", ".join(sorted(p.label for p in book.by_segment.values()))[:100]}
    )
    was_done = run.status == RunStatus.DONE
    if not created and not was_done:
        NightlyRun.objects.filter(pk=run.pk).exclude(status=RunStatus.DONE).update(status=RunStatus.RUNNING, error="")
    parked: dict[int, str] = {}
    try:
        changed = _sweep(run, Client.objects.due_on(day), lambda rows: _detach(run, rows, book, moment), chunk, parked)
        for arrived in _arrivals(day, last):
            changed += _sweep(run, arrived, lambda rows: _publish(run, rows, mended=False), chunk, parked)
        # What the dates' ranges could not see (imports, changed policies, an interrupted earlier version) is mended
        # here.
        lagging = Client.objects.zone_lags_on(day)
        changed += _sweep(run, lagging, lambda rows: _publish(run, rows, mended=last is not None), chunk, parked)
        if run.error and not parked:
            NightlyRun.objects.filter(pk=run.pk).update(error="")
        if changed or not was_done:
            take_snapshot(run)
    except Exception as error:
        NightlyRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING).update(
            status=RunStatus.FAILED, error=repr(error)
        )
        raise
    run.refresh_from_db()
    return run


def _arrivals(day: dt.date, last: dt.date | None) -> Iterator[QuerySet[Client]]:
    """Clients whose date of turning yellow or red lies between the last published night and ``day``: two index
    ranges."""
    if last is None:
        return
    held = Client.objects.held()
    yield held.filter(yellow_on__gt=last, yellow_on__lte=day).exclude(zone__in=[Zone.YELLOW, Zone.RED])
    yield held.filter(red_on__gt=last, red_on__lte=day).exclude(zone=Zone.RED)


def _sweep(
    run: NightlyRun,
    due: ClientQuerySet | QuerySet[Client],
    act: Callable[[Chunk], int],
    size: int,
    parked: dict[int, str],
) -> int:
    """Take ``due`` clients chunk by chunk until none is left; returns how many changed.

    A chunk that fails is taken again client by client; a client that fails alone is added to ``parked``, told in the
    run's row, and left out for the rest of this run.
    """
    total, step = 0, size
    while True:
        rows: Chunk = []
        changed = 0
        try:
            with transaction.atomic():
                rows = list(
                    due.exclude(pk__in=parked)
                    .select_for_update(no_key=True, of=("self",))
                    .select_related("manager__department")
                    .order_by("pk")[:step]
                )
                for row in rows:
                    drop_old_manager(row)
                changed = act(rows) if rows else 0
            total += changed
        except DatabaseError as error:
            if len(rows) > 1:
                step = 1
                continue
            if not rows:
                raise
            log.exception("client %s is parked in the night of %s", rows[0].pk, run.date)
            parked[rows[0].pk] = repr(error)
            step = size
            NightlyRun.objects.filter(pk=run.pk).update(error=f"parked clients: {parked}"[:2000])
            continue
        if not changed:
            return total


def _publish(run: NightlyRun, rows: Chunk, *, mended: bool) -> int:
    """Store the zone of the night on clients whose published zone lags, with its transition. Inside a chunk's
    transaction."""
    held = Client.objects.held()
    # The rows are locked; the condition stands here again so that no path can write a colour the dates do not say.
    # A client that could not be detached tonight stays red.
    reached = {
        Zone.GREEN: held.in_zone(Zone.GREEN, run.date),
        Zone.YELLOW: held.in_zone(Zone.YELLOW, run.date),
        Zone.RED: held.filter(red_on__lte=run.date),
    }
    changed: dict[Zone, int] = {}
    transitions = []
    for target, clients in reached.items():
        lagging = [row for row in rows if row.zone != target.value and _published_zone(row, run.date) == target.value]
        ids = [row.pk for row in lagging]
        changed[target] = clients.filter(pk__in=ids).update(zone=target.value) if ids else 0
        transitions += [_transition(run, row, target.value) for row in lagging]
    ZoneTransition.objects.bulk_create(transitions, ignore_conflicts=True)
    _count(
        run,
        turned_yellow=changed[Zone.YELLOW],
        turned_red=changed[Zone.RED],
        mended=sum(changed.values()) if mended else 0,
    )
    return sum(changed.values())


def _published_zone(client: Client, day: dt.date) -> str | None:
    zone = client.zone_on(day)
    return published(zone) if zone else None


def _detach(run: NightlyRun, rows: Chunk, book: PolicyBook, moment: dt.datetime) -> int:
    """Put due clients on the exchange with the facts behind it. Inside a chunk's transaction."""
    ids = [row.pk for row in rows]
    last_events = dict(
        Event.objects.filter(client_id__in=ids, counted_on=F("client__last_contact_on"))
        .order_by("client_id", "occurred_at", "pk")
        .values_list("client_id", "pk")
    )
    detached = (
        Client.objects.due_on(run.date)
        .filter(pk__in=ids)
        .update(
            last_manager=F("manager"),
            manager=None,
            assigned_on=None,
            clock_date=None,
            yellow_on=None,
            red_on=None,
            detach_on=None,
            zone="",
            exchange_since=moment,
        )
    )
    OwnershipPeriod.objects.filter(client_id__in=ids, until__isnull=True).update(
        until=run.date, lost=OwnershipPeriod.Lost.IDLE
    )
    Detachment.objects.bulk_create([_detachment(run, row, last_events.get(row.pk), book, moment) for row in rows])
    ZoneTransition.objects.bulk_create([_transition(run, row, "") for row in rows])
    _count(run, detached=detached)
    return detached


def _detachment(
    run: NightlyRun, client: Client, last_event_id: int | None, book: PolicyBook, moment: dt.datetime
) -> Detachment:
    manager = client.manager
    chain = chain_of(manager.department.path) if manager and manager.department else ()
    return Detachment(
        client=client,
        manager=manager,
        department=manager.department if manager else None,
        reason=OwnershipPeriod.Lost.IDLE,
        detached_at=moment,
        date=run.date,
        run=run,
        last_event_id=last_event_id,
        last_contact_on=client.last_contact_on,
        assigned_on=client.assigned_on,
        clock_date=client.clock_date,
        zone=client.zone,
        policy=book.choose(chain, client.category).label,
    )


def _transition(run: NightlyRun, client: Client, to_zone: str) -> ZoneTransition:
    return ZoneTransition(
        client=client,
        manager_id=client.manager_id,
        from_zone=client.zone,
        to_zone=to_zone,
        cause=TransitionCause.NIGHT,
        date=run.date,
        run=run,
    )


def _count(run: NightlyRun, **amounts: int) -> None:
    """Add to the run's counters in the transaction of the effect, so that a killed run has counted what it did."""
    if wanted := {field: F(field) + amount for field, amount in amounts.items() if amount}:
        NightlyRun.objects.filter(pk=run.pk).update(**wanted)


def _arrival(day: dt.date) -> dt.datetime:
    return clock.now() if day >= clock.today() else clock.at(day, 1)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A second run waits for the first (PostgreSQL: an advisory lock that dies with its connection; SQLite has one
    writer)."""
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
