"""What a night does to a chunk of locked clients, inside its transaction: publish a colour, take to the exchange."""

import datetime as dt
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value

from clients.models import Client, OwnershipPeriod
from clients.ownership import OwnerChange, announce
from clients.policies import label_expression
from clients.querysets import zone_expression
from clients.rules.policies import PolicyBook
from clients.rules.zones import Zone
from crm.inserting import insert_from
from exchange.models import Detachment, NightlyRun, TransitionCause, ZoneTransition
from exchange.night.sweep import Chunk
from interactions.models import Event

#: To take a client to the exchange is to write five rows and all its indexes, where a colour is one of each.
WEIGHT_OF_LEAVING = 3


def publish(run: NightlyRun, rows: Chunk, book: PolicyBook, *, mended: bool) -> int:
    """Store the zone of the night on clients whose published zone lags, with its transition. Returns how many."""
    # The rows are locked; the condition stands here again so that no path can write a colour the dates do not say.
    # A client that is not taken tonight stays red.
    lagging = Client.objects.zone_lags_on(run.date).filter(pk__in=[row.pk for row in rows])
    reached = zone_expression(run.date)
    turned: dict[str, int] = dict(lagging.order_by().values_list(reached).annotate(number=Count("pk")))
    _record(run, lagging, label_expression(book), to_zone=reached)
    changed = lagging.update(zone=reached)
    count(
        run,
        turned_yellow=turned.get(Zone.YELLOW.value, 0),
        turned_red=turned.get(Zone.RED.value, 0),
        mended=changed if mended else 0,
    )
    return changed


def detach(run: NightlyRun, rows: Chunk, book: PolicyBook, moment: dt.datetime) -> int:
    """Put due clients on the exchange with the facts behind it. Returns how many."""
    ids, label = [row.pk for row in rows], label_expression(book)
    due = Client.objects.due_on(run.date).filter(pk__in=ids)
    idle = OwnershipPeriod.Lost.IDLE
    decided = Event.objects.filter(client=OuterRef("pk"), counted_on=OuterRef("last_contact_on"))
    insert_from(
        due,
        Detachment,
        client=F("pk"),
        manager=F("manager"),
        department=F("manager__department"),
        reason=idle,
        detached_at=moment,
        date=run.date,
        run=run.pk,
        last_event=Subquery(decided.order_by("-occurred_at", "-pk").values("pk")[:1]),
        last_contact_on=F("last_contact_on"),
        assigned_on=F("assigned_on"),
        clock_date=F("clock_date"),
        zone=F("zone"),
        policy=label,
    )
    _record(run, due, label, to_zone=Value(""))
    detached = due.update(
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
    OwnershipPeriod.objects.filter(client_id__in=ids, until__isnull=True).update(until=run.date, lost=idle)
    announce([OwnerChange(row.pk, row.manager_id, None, idle, None, moment) for row in rows])
    count(run, detached=detached)
    return detached


def _record(run: NightlyRun, turning: QuerySet[Client], label: Any, *, to_zone: Any) -> None:
    """Write down the transitions of clients that are about to change."""
    insert_from(
        turning,
        ZoneTransition,
        client=F("pk"),
        manager=F("manager"),
        from_zone=F("zone"),
        to_zone=to_zone,
        cause=TransitionCause.NIGHT,
        date=run.date,
        clock_date=F("clock_date"),
        policy=label,
        run=run.pk,
    )


def count(run: NightlyRun, **amounts: int) -> None:
    """Add to the run's counters in the transaction of the effect, so that a killed run has counted what it did."""
    if wanted := {field: F(field) + amount for field, amount in amounts.items() if amount}:
        NightlyRun.objects.filter(pk=run.pk).update(**wanted)
