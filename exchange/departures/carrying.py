"""What was decided about the clients of who left is carried out, and taken back as long as it may be.

At-least-once: a departure is carried out in batches, each one transaction in which the clients are moved and their
items say so; killed at any point and started again, it goes on with what is left. Taking one back works alike.
"""

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clients import rulebook
from clients.models import Client, Manager
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.claim_rulebook import LEAVER_UNDO
from exchange.departures.moving import carry_out_batch, locked, take_back_batch
from exchange.departures.planning import Planned, may_switch_off, receivers_of, refuse_receivers
from exchange.models import Departure, DepartureItem

log = logging.getLogger(__name__)
#: Departures of so many clients are carried out at once; larger ones by a job.
AT_ONCE = 200
_BATCH = 100


# --- deciding ---------------------------------------------------------------------------------------------------------
def depart(
    *,
    manager: Manager,
    items: Sequence[Planned],
    by: Manager,
    comment: str = "",
    deactivate: bool = True,
    now: dt.datetime | None = None,
) -> Departure:
    """Write down what becomes of the clients of ``manager``, switch his sign-in off, and carry it out: few clients at
    once, many by a job. Permission is the caller's; to whom clients may be given is looked at here.

    Raises:
        Conflict: his departure is under way already; or (with ``deactivate``) he holds a client nobody decided on.
        DomainError: his own departure; a receiver who cannot get clients; or there is nothing to do.
    """
    now = now or clock.now()
    departure = _decide(manager, items, by, " ".join(comment.split())[:300], deactivate, now)
    if len(items) <= AT_ONCE:
        _try_at_once(departure, now)
        departure.refresh_from_db()
    return departure


@transaction.atomic
def _decide(
    manager: Manager, items: Sequence[Planned], by: Manager, comment: str, deactivate: bool, now: dt.datetime
) -> Departure:
    from exchange.tasks import carry_on_departure

    leaver = (
        Manager.objects.select_for_update(no_key=True, of=("self",)).select_related("department").get(pk=manager.pk)
    )
    _refuse(leaver, items, by, deactivate)
    departure = Departure.objects.create(
        manager=leaver,
        department=leaver.department,
        deactivated=deactivate and leaver.is_active,
        comment=comment,
        decided_by=by,
        decided_at=now,
    )
    DepartureItem.objects.bulk_create(
        [
            DepartureItem(
                departure=departure,
                client=item.client,
                action=DepartureItem.Action.HAND if item.to else DepartureItem.Action.RELEASE,
                to_manager=item.to,
            )
            for item in items
        ],
        batch_size=500,
    )
    if departure.deactivated:
        Manager.objects.filter(pk=leaver.pk).update(is_active=False, works_until=clock.local_date(now))
        manager.is_active = False
    if len(items) > AT_ONCE:
        carry_on_departure.delay_on_commit(departure.pk)
    return departure


def _refuse(leaver: Manager, items: Sequence[Planned], by: Manager, deactivate: bool) -> None:
    if leaver.pk == by.pk:
        raise DomainError(_("Somebody else decides on your own clients."))
    if deactivate and not may_switch_off(by, leaver):
        raise DomainError(_("You cannot switch the sign-in of %(manager)s off.") % {"manager": leaver})
    if Departure.objects.filter(manager=leaver, status=Departure.Status.RUNNING).exists():
        raise Conflict(_("The departure of %(manager)s is under way already.") % {"manager": leaver})
    named = {item.to.pk for item in items if item.to}
    if strangers := named - set(receivers_of(by, leaver).filter(pk__in=named).values_list("pk", flat=True)):
        refuse_receivers(strangers)
    if deactivate:
        decided = {item.client.pk for item in items}
        if open_still := set(Client.objects.held_by(leaver).values_list("pk", flat=True)) - decided:
            words = ngettext(
                "%(manager)s holds %(count)d client more than you decided on. Look at the plan again.",
                "%(manager)s holds %(count)d clients more than you decided on. Look at the plan again.",
                len(open_still),
            )
            raise Conflict(words % {"manager": leaver, "count": len(open_still)})
    if not items and not (deactivate and leaver.is_active):
        raise DomainError(_("There is nothing to do."))


def _try_at_once(departure: Departure, now: dt.datetime | None) -> None:
    """Carry on now. What cannot be is not lost: it is written down, and the next quarter of an hour tries again."""
    try:
        carry_on(departure.pk, now=now)
    except Exception:
        log.exception("departure %s stopped; it will be carried on", departure.pk)


# --- carrying it out --------------------------------------------------------------------------------------------------
def carry_on(departure_id: int, *, now: dt.datetime | None = None, batch: int = _BATCH) -> Departure:
    """Do what is left of a departure, or of taking it back. Two at once share the work: a batch is done under the
    departure's lock.

    ``now``: when the clients change hands; by default the time of each batch.
    """
    while carry_out_batch(departure_id, now, batch) or take_back_batch(departure_id, now, batch):
        pass
    return Departure.objects.get(pk=departure_id)


def carry_on_all() -> int:
    """Finish every departure (and every taking back) that lost its worker. Returns how many there were; one query when
    there is none.

    Raises:
        Exception: what stopped one; the others were tried too.
    """
    stopped: list[Exception] = []
    unfinished = list(Departure.objects.unfinished().order_by("decided_at", "pk").values_list("pk", flat=True))
    for pk in unfinished:
        try:
            carry_on(pk)
        except Exception as error:
            log.exception("departure %s could not be finished", pk)
            stopped.append(error)
    if stopped:
        raise stopped[0]
    return len(unfinished)


# --- taking it back ---------------------------------------------------------------------------------------------------
def undo_until(departure: Departure) -> dt.date | None:
    """The last day on which a departure may be taken back; None when it never may."""
    days = rulebook.load()[LEAVER_UNDO]
    return None if days is None else clock.local_date(departure.decided_at) + dt.timedelta(days=days)


def undo(*, departure: Departure, by: Manager, now: dt.datetime | None = None) -> Departure:
    """Take a departure back: the clients that are still where it put them are with their manager again, with owner,
    clock, owner history, plans and sales as they were, and his sign-in is switched on if it was switched off by it.
    Items that cannot be taken back say why. One that is under way stops.

    Raises:
        Conflict: it was taken back already.
        DomainError: undo is switched off, its time is over, or the manager cannot sign in any more.
    """
    now = now or clock.now()
    number = _begin_undo(departure.pk, by, now)
    if number <= AT_ONCE:
        _try_at_once(departure, now)
    departure.refresh_from_db()
    return departure


@transaction.atomic
def _begin_undo(departure_id: int, by: Manager, now: dt.datetime) -> int:
    """Returns how many clients are to come back."""
    from exchange.tasks import carry_on_departure

    departure = locked(departure_id)
    if departure.status == Departure.Status.UNDONE:
        raise Conflict(_("%(manager)s has taken it back already.") % {"manager": departure.undone_by})
    last = undo_until(departure)
    if last is None:
        raise DomainError(_("Undo is switched off."))
    if clock.local_date(now) > last:
        raise DomainError(_("The time to undo it is over."))
    leaver = Manager.objects.select_for_update(no_key=True, of=("self",)).get(pk=departure.manager_id)
    if departure.deactivated and not leaver.is_active:
        if not may_switch_off(by, leaver):
            raise DomainError(_("You cannot switch the sign-in of %(manager)s on.") % {"manager": leaver})
        Manager.objects.filter(pk=leaver.pk).update(is_active=True, works_until=None)
    elif not leaver.is_active:
        raise DomainError(_("%(manager)s does not work here any more.") % {"manager": leaver})
    Departure.objects.filter(pk=departure_id).update(
        status=Departure.Status.UNDONE, undone_at=now, undone_by=by, finished_at=departure.finished_at or now
    )
    number = departure.items.to_take_back().count()
    if number > AT_ONCE:
        carry_on_departure.delay_on_commit(departure_id)
    return number
