"""What a night does to a chunk of locked clients, inside its transaction: publish a colour, take to the exchange."""

import datetime as dt

from django.db.models import F

from clients.models import Client, OwnershipPeriod
from clients.ownership import OwnerChange, announce
from clients.policies import chain_of
from clients.rules.policies import PolicyBook
from clients.rules.zones import Zone
from clients.zoning import published
from exchange.models import Detachment, NightlyRun, TransitionCause, ZoneTransition
from exchange.night.sweep import Chunk
from interactions.models import Event


def publish(run: NightlyRun, rows: Chunk, book: PolicyBook, *, mended: bool) -> int:
    """Store the zone of the night on clients whose published zone lags, with its transition. Returns how many."""
    held = Client.objects.held()
    # The rows are locked; the condition stands here again so that no path can write a colour the dates do not say.
    # A client that is not taken tonight stays red.
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
        transitions += [_transition(run, row, target.value, book) for row in lagging]
    ZoneTransition.objects.bulk_create(transitions, ignore_conflicts=True)
    count(
        run,
        turned_yellow=changed[Zone.YELLOW],
        turned_red=changed[Zone.RED],
        mended=sum(changed.values()) if mended else 0,
    )
    return sum(changed.values())


def _published_zone(client: Client, day: dt.date) -> str | None:
    zone = client.zone_on(day)
    return published(zone) if zone else None


def detach(run: NightlyRun, rows: Chunk, book: PolicyBook, moment: dt.datetime) -> int:
    """Put due clients on the exchange with the facts behind it. Returns how many."""
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
    idle = OwnershipPeriod.Lost.IDLE
    OwnershipPeriod.objects.filter(client_id__in=ids, until__isnull=True).update(until=run.date, lost=idle)
    Detachment.objects.bulk_create([_detachment(run, row, last_events.get(row.pk), book, moment) for row in rows])
    ZoneTransition.objects.bulk_create([_transition(run, row, "", book) for row in rows])
    announce([OwnerChange(row.pk, row.manager_id, None, idle, None, moment) for row in rows])
    count(run, detached=detached)
    return detached


def _detachment(
    run: NightlyRun, client: Client, last_event_id: int | None, book: PolicyBook, moment: dt.datetime
) -> Detachment:
    manager = client.manager
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
        policy=label_of(client, book),
    )


def label_of(client: Client, book: PolicyBook) -> str:
    """The label of the policy that rules a client; its manager and his department are read with it."""
    manager = client.manager
    chain = chain_of(manager.department.path) if manager and manager.department else ()
    return book.choose(chain, client.category).label


def _transition(run: NightlyRun, client: Client, to_zone: str, book: PolicyBook) -> ZoneTransition:
    return ZoneTransition(
        client=client,
        manager_id=client.manager_id,
        from_zone=client.zone,
        to_zone=to_zone,
        cause=TransitionCause.NIGHT,
        date=run.date,
        clock_date=client.clock_date,
        policy=label_of(client, book),
        run=run,
    )


def count(run: NightlyRun, **amounts: int) -> None:
    """Add to the run's counters in the transaction of the effect, so that a killed run has counted what it did."""
    if wanted := {field: F(field) + amount for field, amount in amounts.items() if amount}:
        NightlyRun.objects.filter(pk=run.pk).update(**wanted)
