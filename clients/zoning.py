"""Keeping clock date, zone dates and zone of clients true. Works on locked rows, inside the caller's transaction."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction

from clients.freezing import BARE, FreezeBook, freeze_book
from clients.models import Client, Manager
from clients.policies import chain_of, policy_book, policy_of
from clients.rules.policies import Policy, PolicyBook
from clients.rules.zones import Zone, clock_date, zone_dates, zone_on
from clients.zone_changes import ZoneChange, record
from crm.updating import update_each

CLOCK_FIELDS = ("manager", "assigned_on", "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on", "zone")
#: What is computed of them.
_DATES = CLOCK_FIELDS[3:]
#: Where a client is when nobody holds it.
_WHERE_FIELDS = ("exchange_since", "last_manager", "quarantine_until", "archived_at")
_BATCH = 500


def lock_clients(client_ids: Iterable[int]) -> dict[int, Client]:
    """Lock client rows, always in ascending order of ids so that two transactions cannot wait for each other.

    NO KEY UPDATE: writing an event holds a key-share lock on its client, which a full FOR UPDATE of a second writer
    would wait for while the first waits for the second.
    """
    rows = (
        Client.objects.select_for_update(no_key=True, of=("self",))
        .select_related("manager__department")
        .filter(pk__in=sorted(set(client_ids)))
        .order_by("pk")
    )
    locked = {client.pk: client for client in rows}
    for client in locked.values():
        drop_old_manager(client)
    return locked


def drop_old_manager(client: Client) -> None:
    """Forget a joined manager who is not the client's any more, so that the right one is read when asked for.

    A row that was handed over while we waited for its lock comes back with the new ``manager_id``, but PostgreSQL does
    not join again: the manager's columns are empty, and the client would look as if its manager had no department.
    """
    joined = client._state.fields_cache.get("manager")
    if (joined.pk if joined else None) != client.manager_id:
        client._state.fields_cache.pop("manager", None)


def published(zone: Zone) -> str:
    """The zone that is stored: a client due for the exchange is stored red until the night takes it."""
    return Zone.RED.value if zone is Zone.DUE else zone.value


def set_zone_dates(
    client: Client, *, today: dt.date, book: PolicyBook | None = None, freezes: FreezeBook | None = None
) -> str:
    """Compute clock date, the three dates and the zone of a held, locked client on the instance, without saving.

    ``book`` and ``freezes``: policies and frozen days, read once by who computes many clients; else they are read for
    this one (three small queries). Returns the label of the policy the dates follow, for the record of the change.
    """
    if client.assigned_on is None:
        raise ValueError(f"client {client.pk} is not held")
    client.clock_date = clock_date(client.last_contact_on, client.assigned_on)
    policy = policy_of(client, book)
    if freezes is None:
        freezes = freeze_book([client.manager_id], after=client.clock_date) if client.manager_id else BARE
    dates = zone_dates(client.clock_date, policy.thresholds, freezes.of(client.manager_id))
    client.yellow_on, client.red_on, client.detach_on = dates.yellow_on, dates.red_on, dates.detach_on
    client.zone = published(zone_on(dates, today))
    return policy.label


def clear_zone_dates(client: Client) -> None:
    """Nobody holds the client: no clock runs."""
    client.assigned_on = client.clock_date = client.yellow_on = client.red_on = client.detach_on = None
    client.zone = ""


def store_clock(client: Client, *, cause: str, today: dt.date, before: str, policy: str = "") -> None:
    """Write the clock fields of a locked client and record a changed zone (``before`` -> its zone, by ``policy``)."""
    client.save(update_fields=[*CLOCK_FIELDS, *_WHERE_FIELDS])
    if client.zone != before:
        manager_id = client.manager_id or client.last_manager_id
        record([ZoneChange(client.pk, manager_id, before, client.zone, cause, today, policy)])


def set_last_contact(client: Client, last_contact_on: dt.date | None, *, today: dt.date, cause: str) -> None:
    """The last counted contact of a locked client is now this date (or none): move its clock, forward or back."""
    before, policy = client.zone, ""
    client.last_contact_on = last_contact_on
    if client.is_held:
        policy = set_zone_dates(client, today=today)
    Client.objects.filter(pk=client.pk).update(**{field: getattr(client, field) for field in CLOCK_FIELDS[1:]})
    if client.zone != before:
        record([ZoneChange(client.pk, client.manager_id, before, client.zone, cause, today, policy)])


def set_last_contacts(
    clients: Iterable[Client], last: Mapping[int, dt.date | None], *, today: dt.date, cause: str
) -> None:
    """The same for many locked clients at once: client → its last counted contact. Policies and frozen days are read
    once, and all of them are written by one statement."""
    moved = [client for client in clients if client.last_contact_on != last.get(client.pk)]
    for client in moved:
        client.last_contact_on = last.get(client.pk)
    held = [client for client in moved if client.is_held]
    book = policy_book() if held else None
    managers = {client.manager_id for client in held if client.manager_id}
    freezes = freeze_book(managers, after=_first_clock(held)) if held else None
    transitions = []
    for client in held:
        before = client.zone
        policy = set_zone_dates(client, today=today, book=book, freezes=freezes)
        if client.zone != before:
            transitions.append(ZoneChange(client.pk, client.manager_id, before, client.zone, cause, today, policy))
    fields = CLOCK_FIELDS[2:]
    update_each(Client, fields, {client.pk: [getattr(client, field) for field in fields] for client in moved})
    record(transitions)


def redate(client_ids: Iterable[int], *, today: dt.date, cause: str = "policy") -> int:
    """Compute the dates of these clients anew (a policy, a category or a department changed). Returns how many changed.

    Batches of 500, each its own transaction; running it again changes nothing.
    """
    total, ids = 0, sorted(set(client_ids))
    for start in range(0, len(ids), _BATCH):
        with transaction.atomic():
            total += redate_batch(ids[start : start + _BATCH], today=today, cause=cause)
    return total


def redate_batch(ids: list[int], *, today: dt.date, cause: str) -> int:
    """Compute the dates of these clients anew inside the caller's transaction. Returns how many changed.

    The same as ``set_zone_dates`` for each, but only what decides is read of a client, and all are written at once: a
    policy of the company re-dates everybody.
    """
    # Without their managers: what is joined to a row that somebody else had locked is from before the wait.
    held = list(
        Client.objects.held()
        .filter(pk__in=sorted(set(ids)))
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", "manager_id", "category", "assigned_on", "last_contact_on", *_DATES, named=True)
    )
    if not held:
        return 0
    # Read under the locks: what is approved or saved from now on waits for them and computes the dates once more.
    policies = _policies_of({(row.manager_id, row.category) for row in held})
    clocks = {row.pk: clock_date(row.last_contact_on, row.assigned_on) for row in held}
    # From the beginning of a year on: batches that read the same frozen days compute the same dates once.
    freezes = freeze_book({row.manager_id for row in held}, after=min(clocks.values()).replace(month=1, day=1))
    changed: dict[int, tuple[Any, ...]] = {}
    transitions: list[ZoneChange] = []
    for row in held:
        policy = policies[row.manager_id, row.category]
        dates = zone_dates(clocks[row.pk], policy.thresholds, freezes.of(row.manager_id))
        zone = published(zone_on(dates, today))
        found = (clocks[row.pk], dates.yellow_on, dates.red_on, dates.detach_on, zone)
        if found != tuple(getattr(row, field) for field in _DATES):
            changed[row.pk] = found
        if zone != row.zone:
            transitions.append(ZoneChange(row.pk, row.manager_id, row.zone, zone, cause, today, policy.label))
    update_each(Client, _DATES, changed)
    record(transitions)
    return len(changed)


def _policies_of(segments: Collection[tuple[int, str]]) -> dict[tuple[int, str], Policy]:
    """(manager, category) → the policy that rules his clients of that category now. Two queries."""
    book, managers = policy_book(), {manager for manager, _category in segments}
    paths = dict(Manager.objects.filter(pk__in=managers).values_list("pk", "department__path"))
    return {
        (manager, category): book.choose(chain_of(paths[manager] or ""), category) for manager, category in segments
    }


def _first_clock(held: Iterable[Client]) -> dt.date:
    return min(clock_date(client.last_contact_on, client.assigned_on or dt.date.min) for client in held)


def clients_of(manager: Manager) -> list[int]:
    """Ids of the clients a manager holds."""
    return list(Client.objects.held_by(manager).values_list("pk", flat=True))
