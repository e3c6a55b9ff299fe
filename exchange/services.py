"""What can be done with the exchange. One verb, one transaction; permission is the caller's (the views' querysets)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from clients import services as clients
from clients.models import Client, Manager, OwnershipPeriod
from clients.policies import policy_of
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict
from exchange.models import Claim, Detachment, ReturnReason
from interactions.models import Event


class AlreadyTaken(Conflict):
    """Somebody else claimed the client first."""


@transaction.atomic
def claim(*, client_id: int, by: Manager, now: dt.datetime | None = None) -> Claim:
    """Take a client from the exchange; its clock starts today. Of any number of simultaneous claimers exactly one wins.

    Raises:
        AlreadyTaken: "taken by X at 10:42".
    """
    return _take(client_id, manager=by, by=by, gained=OwnershipPeriod.Gained.CLAIMED, now=now or clock.now())


@transaction.atomic
def assign_from_exchange(*, client_id: int, manager: Manager, by: Manager, now: dt.datetime | None = None) -> Claim:
    """A head gives a client from the exchange to a manager; its clock starts today.

    Raises:
        AlreadyTaken: somebody claimed it meanwhile.
        DomainError: the manager does not work here any more.
    """
    return _take(client_id, manager=manager, by=by, gained=OwnershipPeriod.Gained.ASSIGNED, now=now or clock.now())


@transaction.atomic
def return_client(
    *,
    client_id: int,
    by: Manager,
    reason: ReturnReason | None,
    comment: str = "",
    now: dt.datetime | None = None,
) -> Detachment:
    """Put a held client on the exchange by hand: its manager returns it, or a head releases it.

    Raises:
        Conflict: nobody holds it any more.
    """
    now = now or clock.now()
    today = clock.local_date(now)
    client = lock_clients([client_id]).get(client_id)
    if client is None or client.manager is None or client.assigned_on is None or client.clock_date is None:
        raise Conflict(_("This client has no lead manager any more."))
    own = client.manager_id == by.pk
    detachment = Detachment(
        client=client,
        manager=client.manager,
        department=client.manager.department,
        reason=OwnershipPeriod.Lost.RETURNED if own else OwnershipPeriod.Lost.RELEASED,
        return_reason=reason,
        comment=" ".join(comment.split())[:500],
        detached_at=now,
        date=today,
        detached_by=by,
        last_event=Event.objects.deciding_for(client).first(),
        last_contact_on=client.last_contact_on,
        assigned_on=client.assigned_on,
        clock_date=client.clock_date,
        zone=client.zone,
        policy=policy_of(client).label,
    )
    clients.detach(client=client, lost=detachment.reason, by=by, today=today, moment=now)
    detachment.save()
    return detachment


def _take(client_id: int, *, manager: Manager, by: Manager, gained: str, now: dt.datetime) -> Claim:
    # The lock makes simultaneous claimers queue; each reads the row again after its turn comes, and only the first
    # still finds it on the exchange. (SQLite queues whole transactions instead.)
    client = lock_clients([client_id]).get(client_id)
    if client is None or not client.is_on_exchange:
        raise AlreadyTaken(_taken_words(client))
    since = client.exchange_since
    today = clock.local_date(now)
    clients.attach(client_id=client_id, manager=manager, by=by, gained=gained, today=today)
    return Claim.objects.create(
        client_id=client_id,
        manager=manager,
        assigned_by=by if by != manager else None,
        claimed_at=now,
        date=today,
        exchange_since=since,
    )


def _taken_words(client: Client | None) -> str:
    """Who was quicker, in the words of the reader's language and time zone."""
    latest = (
        Claim.objects.filter(client=client).select_related("manager").first() if client and client.manager_id else None
    )
    if latest is None:
        return str(_("This client is not on the exchange any more."))
    moment = timezone.localtime(latest.claimed_at)
    when = f"{moment:%H:%M}"
    if moment.date() != timezone.localdate():
        when = f"{date_format(moment, 'SHORT_DATE_FORMAT')} {when}"
    return _("Already taken by %(manager)s at %(time)s.") % {"manager": latest.manager, "time": when}
