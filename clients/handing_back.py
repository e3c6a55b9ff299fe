"""Taking back that a client was handed to another manager: owner, clock and owner history are as they were."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, CoManager, Manager, OwnershipPeriod
from clients.ownership import restore
from clients.services import reassign
from clients.zoning import lock_clients, set_zone_dates, store_clock
from crm import clock
from crm.web.errors import Conflict


@dataclass(frozen=True, slots=True)
class Handed:
    """A client that changed hands, and what is needed to take that back.

    Attributes:
        moment: when; names the change together with the client.
        helped: the receiver was its co-manager before.
    """

    client_id: int
    from_id: int
    to_id: int
    moment: dt.datetime
    assigned_on: dt.date
    last_manager_id: int | None
    helped: bool


@transaction.atomic
def hand(*, client_id: int, manager: Manager, by: Manager, moment: dt.datetime | None = None) -> Handed:
    """``services.reassign``, remembering what is needed to take it back.

    Raises:
        Conflict, DomainError: as ``services.reassign``.
    """
    moment = moment or clock.now()
    client = lock_clients([client_id]).get(client_id)
    if client is None or client.manager_id is None or client.assigned_on is None:
        raise Conflict(_("This client has no lead manager any more."))
    handed = Handed(
        client_id=client_id,
        from_id=client.manager_id,
        to_id=manager.pk,
        moment=moment,
        assigned_on=client.assigned_on,
        last_manager_id=client.last_manager_id,
        helped=CoManager.objects.filter(client=client_id, manager=manager).exists(),
    )
    reassign(client_id=client_id, manager=manager, by=by, today=clock.local_date(moment), moment=moment)
    return handed


@transaction.atomic
def take_back(handed: Handed, *, by: Manager, now: dt.datetime | None = None) -> Client:
    """The client is its former manager's again, its clock runs as if it had never left him, plans and sales come back.

    Raises:
        Conflict: it has changed hands since, or its former manager does not work here any more.
    """
    client = lock_clients([handed.client_id]).get(handed.client_id)
    if client is None or client.manager_id != handed.to_id:
        raise Conflict(gettext("It has changed hands since."))
    giver = Manager.objects.get(pk=handed.from_id)
    if not giver.is_active:
        raise Conflict(_("%(manager)s does not work here any more.") % {"manager": giver})
    theirs, his = _unbroken(client, handed)
    today, before = clock.local_date(now or clock.now()), client.zone
    client.manager, client.assigned_on, client.last_manager_id = giver, handed.assigned_on, handed.last_manager_id
    policy = set_zone_dates(client, today=today)
    store_clock(client, cause="undo", today=today, before=before, policy=policy)
    theirs.delete()
    if his is not None:
        OwnershipPeriod.objects.filter(pk=his.pk).update(until=None, lost="", changed_by=F("given_by"))
    if handed.helped:
        CoManager.objects.get_or_create(client=client, manager_id=handed.to_id)
    CoManager.objects.filter(client=client, manager=giver).delete()
    restore(client.pk, handed.moment)
    return client


def _unbroken(client: Client, handed: Handed) -> tuple[OwnershipPeriod, OwnershipPeriod | None]:
    """The receiver's row of the owner history and the giver's before it, if nothing has come since.

    Raises:
        Conflict: it went elsewhere and came back.
    """
    day = clock.local_date(handed.moment)
    latest = list(client.ownership.order_by("-pk")[:2])
    theirs, his = (*latest, None, None)[:2]
    is_ours = theirs is not None and (theirs.manager_id, theirs.until, theirs.since) == (handed.to_id, None, day)
    lost = OwnershipPeriod.Lost.REASSIGNED
    was_his = his is None or (his.manager_id, his.until, his.lost) == (handed.from_id, day, lost)
    if theirs is None or not (is_ours and was_his):
        raise Conflict(gettext("It has changed hands since."))
    return theirs, his
