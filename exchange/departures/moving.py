"""A batch of the clients of who left: moved as was decided, or taken back. Each is one transaction, under the lock of
the departure, in which the clients are moved and their items say so."""

import datetime as dt
import logging

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, OwnershipPeriod
from clients.notices import notify
from clients.ownership import restore
from clients.services import reassign
from clients.zoning import lock_clients, set_zone_dates, store_clock
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import departure_notices
from exchange.claim_rulebook import load_claim_rules
from exchange.models import Departure, DepartureItem, DetachHold, Detachment, HoldKind, TransitionCause
from exchange.rulebook import load_rules
from exchange.rules.claiming import ClaimRules
from exchange.rules.holding import ONE_DAY
from exchange.rules.night import NightRules
from exchange.services import return_client

log = logging.getLogger(__name__)
_Left = OwnershipPeriod.Lost.LEFT


def locked(departure_id: int) -> Departure:
    """The departure, nobody else's until the end of the transaction."""
    rows = Departure.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("manager", "decided_by", "undone_by").get(pk=departure_id)


# --- as was decided ---------------------------------------------------------------------------------------------------
@transaction.atomic
def carry_out_batch(departure_id: int, now: dt.datetime | None, batch: int) -> bool:
    """Move the next clients; close the departure when there are none. Returns whether there may be more."""
    departure = locked(departure_id)
    if departure.status != Departure.Status.RUNNING:
        return False
    moment = now or clock.now()
    items = list(departure.items.waiting().select_related("to_manager").order_by("client_id")[:batch])
    if not items:
        Departure.objects.filter(pk=departure_id).update(status=Departure.Status.DONE, finished_at=moment)
        _tell(departure, moment)
        return False
    clients, rules = lock_clients(item.client_id for item in items), load_claim_rules()
    with translation.override(departure.decided_by.language or settings.LANGUAGE_CODE):
        for item in items:
            _attempt(item, lambda item=item: _carry_out(item, clients.get(item.client_id), departure, rules, moment))
    return True


def _attempt(item: DepartureItem, act) -> None:  # type: ignore[no-untyped-def]
    """Do it in a transaction of its own, or write down why not: one odd client stops no departure."""
    try:
        with transaction.atomic():
            act()
    except DomainError as refused:
        error = str(refused)
    except Exception as failure:
        if isinstance(failure, DatabaseError | InterfaceError) and not isinstance(failure, IntegrityError):
            raise  # the database is gone, or wants the whole batch again
        log.exception("client %s of departure %s could not be moved", item.client_id, item.departure_id)
        error = gettext("Something went wrong; the administrator finds it in the log.")
    else:
        return
    DepartureItem.objects.filter(pk=item.pk).update(error=error[:300])


def _carry_out(
    item: DepartureItem, client: Client | None, departure: Departure, rules: ClaimRules, moment: dt.datetime
) -> None:
    if client is None or client.manager_id != departure.manager_id:
        raise Conflict(_whereabouts(client))
    before = {"assigned_on": client.assigned_on, "last_manager": client.last_manager_id}
    by = departure.decided_by
    if item.to_manager:
        today = clock.local_date(moment)
        reassign(client_id=client.pk, manager=item.to_manager, by=by, today=today, moment=moment, lost=_Left)
    else:
        return_client(
            client_id=client.pk, by=by, reason=None, comment=departure.comment, now=moment, lost=_Left, rules=rules
        )
    DepartureItem.objects.filter(pk=item.pk).update(**before, done_at=moment)


def _whereabouts(client: Client | None) -> str:
    if client is None:
        return gettext("This client does not exist any more.")
    if client.manager:
        return gettext("It is with %(manager)s meanwhile.") % {"manager": client.manager}
    if client.archived_at:
        return gettext("It is in the archive meanwhile.")
    return gettext("It is on the exchange meanwhile.")


def _tell(departure: Departure, moment: dt.datetime) -> None:
    """Tell those who got clients, once."""
    got: dict[int, list[list[int]]] = {}
    handed = departure.items.filter(done_at__isnull=False, to_manager__isnull=False)
    for receiver, client in handed.order_by("pk").values_list("to_manager", "client"):
        got.setdefault(receiver, []).append([client])
    got.pop(departure.decided_by_id, None)
    if got:
        data = {pk: {"clients": rows, "from": str(departure.manager)} for pk, rows in got.items()}
        date = clock.local_date(moment)
        notify(kind=departure_notices.RECEIVED, recipients=data, key=str(departure.pk), date=date, data=data)


# --- taking it back ---------------------------------------------------------------------------------------------------
@transaction.atomic
def take_back_batch(departure_id: int, now: dt.datetime | None, batch: int) -> bool:
    """Bring the next clients back. Returns whether there may be more."""
    departure = locked(departure_id)
    if departure.status != Departure.Status.UNDONE or departure.undone_by is None:
        return False
    items = list(departure.items.to_take_back().order_by("client_id")[:batch])
    if not items:
        return False
    clients, rules, moment = lock_clients(item.client_id for item in items), load_rules(), now or clock.now()
    with translation.override(departure.undone_by.language or settings.LANGUAGE_CODE):
        for item in items:
            client = clients.get(item.client_id)
            _attempt(item, lambda item=item, client=client: _take_back(item, client, departure, rules, moment))
    return True


def _take_back(
    item: DepartureItem, client: Client | None, departure: Departure, rules: NightRules, moment: dt.datetime
) -> None:
    assert item.done_at is not None
    handed_on = clock.local_date(item.done_at)
    if client is None:
        raise Conflict(_whereabouts(client))
    if not departure.manager.is_active:
        raise Conflict(_("%(manager)s does not work here any more.") % {"manager": departure.manager})
    theirs = _still_as_we_left_it(item, client, departure, handed_on)
    today, before = clock.local_date(moment), client.zone
    client.manager, client.assigned_on = departure.manager, item.assigned_on
    client.last_manager_id = item.last_manager_id
    client.exchange_since = client.quarantine_until = client.archived_at = None
    policy = set_zone_dates(client, today=today)
    store_clock(client, cause=TransitionCause.UNDO, today=today, before=before, policy=policy)
    if theirs:
        theirs.delete()
    _reopen(item, client, departure, handed_on)
    if item.action == DepartureItem.Action.RELEASE:
        arrived = Detachment.objects.filter(client=client, manager=departure.manager, detached_at=item.done_at)
        arrived.update(undone_at=moment, undone_by=departure.undone_by)
    if rules.undo_grace:
        DetachHold.objects.get_or_create(
            client=client,
            manager=departure.manager,
            clock_date=client.clock_date,
            kind=HoldKind.UNDO,
            source=f"departure:{item.pk}",
            until=today + dt.timedelta(days=rules.undo_grace) - ONE_DAY,
            defaults={"since": today},
        )
    DepartureItem.objects.filter(pk=item.pk).update(undone_at=max(moment, item.done_at))
    restore(client.pk, item.done_at)


def _still_as_we_left_it(
    item: DepartureItem, client: Client, departure: Departure, handed_on: dt.date
) -> OwnershipPeriod | None:
    """The receiver's row of the owner history; None for a released client.

    Raises:
        Conflict: the client is not where the departure put it, or went elsewhere and came back.
    """
    if item.action == DepartureItem.Action.RELEASE:
        if not client.is_on_exchange:
            raise Conflict(_whereabouts(client))
        if client.exchange_since != item.done_at:
            raise Conflict(gettext("It has come to the exchange again since."))
        return None
    if client.manager_id != item.to_manager_id:
        raise Conflict(_whereabouts(client))
    latest = list(client.ownership.order_by("-pk")[:2])
    theirs, his = (*latest, None, None)[:2]
    unbroken = (
        theirs is not None
        and (theirs.manager_id, theirs.until, theirs.since) == (item.to_manager_id, None, handed_on)
        and (his is None or (his.manager_id, his.until, his.lost) == (departure.manager_id, handed_on, _Left))
    )
    if not unbroken:
        raise Conflict(gettext("It has changed hands since."))
    return theirs


def _reopen(item: DepartureItem, client: Client, departure: Departure, handed_on: dt.date) -> None:
    """The manager's row of the owner history as it was."""
    his = client.ownership.filter(manager=departure.manager, until=handed_on, lost=_Left).order_by("-pk").first()
    if his:
        OwnershipPeriod.objects.filter(pk=his.pk).update(until=None, lost="", changed_by=F("given_by"))
        return
    OwnershipPeriod.objects.create(
        client=client,
        manager=departure.manager,
        since=item.assigned_on,
        gained=OwnershipPeriod.Gained.RESTORED,
        given_by=departure.undone_by,
        changed_by=departure.undone_by,
    )
