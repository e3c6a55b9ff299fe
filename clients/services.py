"""What can be done with clients. One verb, one transaction; permission is the caller's (the views' querysets)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import custom_fields, mentions
from clients.models import Client, CoManager, ContactPerson, ContactPoint, Manager, OwnershipPeriod
from clients.ownership import OwnerChange, announce
from clients.zoning import clear_zone_dates, lock_clients, redate, set_zone_dates, store_clock
from crm import clock
from crm.web.errors import Conflict, DomainError


@transaction.atomic
def create_client(
    *,
    client: Client,
    by: Manager,
    manager: Manager | None,
    points: Sequence[ContactPoint] = (),
    custom: Mapping[str, Any] | None = None,
    today: dt.date | None = None,
) -> Client:
    """Save a new client with its phones and e-mails and, with ``manager``, attach it: it starts green.

    ``custom``: values of the company's own fields by their keys.

    Raises:
        ValidationError: a field is wrong.
    """
    client.created_by = by
    if custom:
        client.custom = custom_fields.changed(client.custom, custom)
    client.full_clean()
    client.save()
    for point in points:
        point.client = client
        point.full_clean()
        point.save()
    if manager is not None:
        attach(client_id=client.pk, manager=manager, by=by, gained=OwnershipPeriod.Gained.CREATED, today=today)
        client.refresh_from_db()
    _tell_named("", client, by)
    return client


@transaction.atomic
def update_client(
    *,
    client: Client,
    by: Manager,
    points: Sequence[ContactPoint] = (),
    removed: Sequence[ContactPoint] = (),
    custom: Mapping[str, Any] | None = None,
    today: dt.date | None = None,
) -> Client:
    """Save edited facts, phones and e-mails. A changed category may mean another policy: the dates are computed anew.

    Neither the clock nor where the client is (whose, on the exchange, set aside) is written from this (possibly old)
    instance: a contact or a claim registered meanwhile stays. So do values of the company's own fields that ``custom``
    (key → value) does not name.

    Raises:
        ValidationError: a field or a phone is wrong; nothing is saved then.
    """
    client.full_clean()
    if custom:
        client.custom = custom_fields.changed(_locked(client.pk).custom, custom)
    clock_fields = {"assigned_on", "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on", "zone"}
    where_fields = {"manager", "exchange_since", "last_manager", "quarantine_until", "archived_at"}
    kept = clock_fields | where_fields | {"id", "created_at", "created_by"} | (set() if custom else {"custom"})
    notes_before = Client.objects.values_list("notes", flat=True).get(pk=client.pk) if "@" in client.notes else ""
    client.save(update_fields=[field.name for field in client._meta.concrete_fields if field.name not in kept])
    _tell_named(notes_before, client, by)
    for point in removed:
        point.delete()
    for point in points:
        point.client = client
        point.full_clean()
        point.save()
    redate([client.pk], today=today or clock.today())
    client.refresh_from_db()
    return client


@transaction.atomic
def attach(
    *,
    client_id: int,
    manager: Manager,
    by: Manager | None,
    gained: str,
    today: dt.date | None = None,
    moment: dt.datetime | None = None,
) -> Client:
    """Give a client that nobody holds to a manager; its clock starts today.

    Raises:
        Conflict: somebody holds it already.
    """
    today = today or clock.today()
    client = _locked(client_id)
    if client.is_held:
        raise Conflict(_("This client already has a lead manager."))
    _refuse_inactive(manager)
    client.manager, client.assigned_on = manager, today
    client.exchange_since = client.quarantine_until = client.archived_at = None
    policy = set_zone_dates(client, today=today)
    store_clock(client, cause="assignment", today=today, before="", policy=policy)
    OwnershipPeriod.objects.create(
        client=client, manager=manager, since=today, gained=gained, given_by=by, changed_by=by
    )
    _no_co_manager(client, manager)
    announce([OwnerChange(client_id, None, manager.pk, gained, by.pk if by else None, moment or clock.now())])
    return client


@transaction.atomic
def reassign(
    *,
    client_id: int,
    manager: Manager,
    by: Manager,
    today: dt.date | None = None,
    moment: dt.datetime | None = None,
    lost: str = OwnershipPeriod.Lost.REASSIGNED,
) -> Client:
    """Hand a held client to another manager; its clock starts anew. ``lost``: how its manager lost it.

    Raises:
        Conflict: nobody holds it any more.
        DomainError: he holds it already, or does not work here any more.
    """
    today = today or clock.today()
    client = _locked(client_id)
    if not client.is_held:
        raise Conflict(_("This client has no lead manager any more."))
    if client.manager_id == manager.pk:
        raise DomainError(_("%(manager)s already holds this client.") % {"manager": manager}, field="manager")
    _refuse_inactive(manager)
    before, giver = client.zone, client.manager_id
    _end_ownership(client, lost=lost, by=by, today=today)
    client.last_manager = client.manager
    client.manager, client.assigned_on = manager, today
    policy = set_zone_dates(client, today=today)
    store_clock(client, cause="assignment", today=today, before=before, policy=policy)
    OwnershipPeriod.objects.create(
        client=client,
        manager=manager,
        since=today,
        gained=OwnershipPeriod.Gained.ASSIGNED,
        given_by=by,
        changed_by=by,
    )
    _no_co_manager(client, manager)
    announce([OwnerChange(client_id, giver, manager.pk, lost, by.pk, moment or clock.now())])
    return client


@transaction.atomic
def detach(*, client: Client, lost: str, by: Manager | None, today: dt.date, moment: dt.datetime) -> None:
    """Take a locked, held client from its manager and put it on the exchange; the exchange app records why."""
    before, giver = client.zone, client.manager_id
    _end_ownership(client, lost=lost, by=by, today=today)
    client.last_manager, client.manager, client.exchange_since = client.manager, None, moment
    clear_zone_dates(client)
    store_clock(client, cause="leaving", today=today, before=before)
    announce([OwnerChange(client.pk, giver, None, lost, by.pk if by else None, moment)])


@transaction.atomic
def save_person(
    *, person: ContactPerson, points: Sequence[ContactPoint] = (), removed: Sequence[ContactPoint] = ()
) -> ContactPerson:
    """Save a contact person with phones and e-mails.

    Raises:
        ValidationError: a field of the person or of a phone is wrong; nothing is saved then.
    """
    person.full_clean()
    person.save()
    for point in removed:
        point.delete()
    for point in points:
        point.client, point.person = person.client, person
        point.full_clean()
        point.save()
    return person


def _tell_named(notes_before: str, client: Client, by: Manager) -> None:
    """Tell whoever is named in the notes and was not before."""
    url = client.get_absolute_url()
    mentions.tell(notes_before, client.notes, by=by, client=client, url=url, what=mentions.NOTES)


def _locked(client_id: int) -> Client:
    client = lock_clients([client_id]).get(client_id)
    if client is None:
        raise Conflict(_("This client does not exist any more."))
    return client


def _no_co_manager(client: Client, manager: Manager) -> None:
    """Who leads a client does not help with it: when he loses it he has lost it."""
    CoManager.objects.filter(client=client, manager=manager).delete()


def _refuse_inactive(manager: Manager) -> None:
    if not manager.is_active:
        raise DomainError(_("%(manager)s does not work here any more.") % {"manager": manager}, field="manager")


def _end_ownership(client: Client, *, lost: str, by: Manager | None, today: dt.date) -> None:
    OwnershipPeriod.objects.filter(client=client, until__isnull=True).update(until=today, lost=lost, changed_by=by)
