"""Who holds what: never both held and on the exchange, and an owner history without gaps or overlaps."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db.models import F, Q

from clients.models import Client, OwnershipPeriod
from exchange.models import Claim, Detachment, Shelving
from exchange.simulation.invariants.broken import Look

#: How somebody loses a client to the exchange; "left" may also be handed on.
TO_EXCHANGE = {"idle", "returned", "released", "untouched"}
T = TypeVar("T")
#: New periods are looked at for so many days: nights are missed now and then.
_RECENT = dt.timedelta(days=4)


def check(look: Look) -> None:
    """All of it; the owner history of those who changed hands lately, or of everybody in a full look."""
    _states(look)
    _arrivals(look)
    _histories(look)


def _states(look: Look) -> None:
    rule = "held or on the exchange"
    both = Client.objects.filter(manager__isnull=False)
    look.none(rule, both.filter(exchange_since__isnull=False), "has a manager and stands on the exchange")
    shelved = both.filter(Q(quarantine_until__isnull=False) | Q(archived_at__isnull=False))
    look.none(rule, shelved, "has a manager and is set aside")
    half = Client.objects.filter(manager__isnull=True).filter(
        Q(detach_on__isnull=False) | Q(clock_date__isnull=False) | Q(assigned_on__isnull=False) | ~Q(zone="")
    )
    look.none(rule, half, "nobody holds it, and its clock runs")
    held = {
        pk: (manager, since)
        for pk, manager, since in Client.objects.filter(manager__isnull=False).values_list(
            "pk", "manager_id", "assigned_on"
        )
    }
    opened: dict[int, tuple[int, dt.date]] = {}
    rows = OwnershipPeriod.objects.filter(until__isnull=True).order_by()
    for client, manager, since in rows.values_list("client_id", "manager_id", "since"):
        if client in opened:
            look.broken("one owner", "two open periods", client=client)
        opened[client] = (manager, since)
    if held != opened:
        for client in sorted(held.keys() | opened.keys()):
            if held.get(client) != opened.get(client):
                look.broken(
                    "owner and owner history agree",
                    f"held by {held.get(client)}, the open period says {opened.get(client)}",
                    client=client,
                )


def _arrivals(look: Look) -> None:
    """Who stands on the exchange came there by an arrival that was not undone, from the manager named as the last."""
    arrived = dict(
        Detachment.objects.filter(client__manager=None, undone_at=None, detached_at=F("client__exchange_since"))
        .order_by()
        .values_list("client_id", "manager_id")
    )
    restored = set(
        Shelving.objects.filter(action="restore", made_at=F("client__exchange_since"), client__manager=None)
        .order_by()
        .values_list("client_id", flat=True)
    )
    there = Client.objects.filter(manager=None, exchange_since__isnull=False).order_by()
    for client, last_manager in there.values_list("pk", "last_manager_id"):
        if client in restored:
            continue  # it came back from the archive, where it had once arrived
        if client not in arrived:
            look.broken("arrivals are written down", "on the exchange without an arrival", client=client)
        if arrived[client] != last_manager:
            look.broken("arrivals are written down", f"came from {arrived[client]}, not {last_manager}", client=client)


def merged_ids() -> set[int]:
    """Clients with the periods of two: they held several owners at once before they became one."""
    return set(Client.history.filter(history_change_reason__startswith="merged: ").values_list("id", flat=True))


def _histories(look: Look) -> None:
    periods = OwnershipPeriod.objects.order_by("client_id", "since", "pk")
    if not look.full:
        recent = OwnershipPeriod.objects.filter(Q(since__gte=look.day - _RECENT) | Q(until__gte=look.day - _RECENT))
        periods = periods.filter(client__in=recent.order_by().values("client"))
    by_client: dict[int, list[OwnershipPeriod]] = defaultdict(list)
    for period in periods:
        by_client[period.client_id].append(period)
    merged = merged_ids()
    # All ids in one query may be more than SQLite takes; all rows are not many.
    few = list(by_client) if not look.full and len(by_client) < 500 else None
    arrivals: dict[int, list[Detachment]] = defaultdict(list)
    rows = Detachment.objects.filter(undone_at=None).order_by("pk")
    for row in rows.filter(client__in=few) if few is not None else rows:
        arrivals[row.client_id].append(row)
    claims: dict[int, list[Claim]] = defaultdict(list)
    taken = Claim.objects.exclude(client=None).order_by("pk")
    for claim in taken.filter(client__in=few) if few is not None else taken:
        claims[claim.client_id].append(claim)  # type: ignore[index] # those without a client are left out
    restores: dict[int, set[dt.datetime]] = defaultdict(set)
    for client, made_at in Shelving.objects.filter(action="restore").values_list("client_id", "made_at"):
        restores[client].add(made_at)
    # In a full look also those who have arrivals or claims and no owner at all.
    known = by_client.keys() | arrivals.keys() | claims.keys() if look.full else by_client.keys()
    for client in sorted(known - merged):
        _history(look, client, by_client.get(client, []), arrivals[client], claims[client], restores[client])


def _history(
    look: Look,
    client: int,
    periods: list[OwnershipPeriod],
    arrivals: list[Detachment],
    claims: list[Claim],
    restores: set[dt.datetime],
) -> None:
    rule = "owner history without gaps"
    waiting = list(claims)
    unused = list(arrivals)
    for number, period in enumerate(periods):
        last = number == len(periods) - 1
        if period.until is None:
            if not last:
                look.broken(rule, "an open period is not the last", client=client)
            break
        following = None if last else periods[number + 1]
        if following and following.since < period.until:
            look.broken(rule, f"{following} overlaps {period}", client=client)
        arrival = _first(unused, lambda row, period=period: (
            row.manager_id == period.manager_id and row.date == period.until and row.reason == period.lost
        ))  # fmt: skip
        if arrival is None:
            if period.lost in TO_EXCHANGE:
                look.broken(rule, f"{period} ended on the exchange without an arrival", client=client)
            if following is None or following.since != period.until or following.gained != "assigned":
                look.broken(rule, f"{period} was handed on to nobody", client=client)
            continue
        unused.remove(arrival)
        if following is None:
            continue
        stays = {arrival.detached_at, *restores}
        claim = _first(waiting, lambda row, stays=stays: row.exchange_since in stays)
        if claim is None:
            look.broken("every claim is in the ledger", f"{following} came from the exchange unwritten", client=client)
        waiting.remove(claim)
        how = "assigned" if claim.assigned_by_id else "claimed"
        if (claim.manager_id, claim.date, how) != (following.manager_id, following.since, following.gained):
            look.broken("every claim is in the ledger", f"{claim!r} is not {following!r}", client=client)
    if unused:
        look.broken(rule, f"arrivals without a period: {unused}", client=client)
    if waiting:
        look.broken("every claim is in the ledger", f"claims without a stay: {waiting}", client=client)


def _first(rows: Iterable[T], fits: Callable[[T], bool]) -> T | None:
    return next((row for row in rows if fits(row)), None)
