"""Giving clients back that a night has taken: a whole run, a department's part, one client."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager, OwnershipPeriod
from clients.notices import notify
from clients.ownership import restore
from clients.zoning import lock_clients, set_zone_dates, store_clock
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import notices
from exchange.models import DetachHold, Detachment, HoldKind, TransitionCause
from exchange.rulebook import load_rules
from exchange.rules.holding import ONE_DAY
from exchange.rules.night import NightRules

_BATCH = 200


@dataclass(slots=True)
class Undone:
    """What an undo did. ``kept`` are the clients it could not give back, with the reason in words."""

    given_back: list[int] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)


def undo_deadline(detachment: Detachment, days: int) -> dt.date:
    """The last day on which a detachment can be undone."""
    return clock.local_date(detachment.detached_at) + dt.timedelta(days=days)


def undo(
    *, detachments: QuerySet[Detachment] | Iterable[Detachment], by: Manager, now: dt.datetime | None = None
) -> Undone:
    """Give the clients of these detachments back to the managers who had them: owner, clock and owner history come back
    as they were, and the plans that were returned (``clients.ownership``). Each gets a few days of grace.

    Batches of 200, each its own transaction; permission is the caller's. A client that was claimed, or whose time to
    undo is over, stays where it is and is named.

    Raises:
        DomainError: undo is switched off.
    """
    from clients import rulebook
    from exchange import rulebook as keys

    now = now or clock.now()
    days = rulebook.load()[keys.UNDO_DAYS]
    if days is None:
        raise DomainError(_("Undo is switched off."))
    rules, out = load_rules(), Undone()
    ids = sorted(detachment.pk for detachment in detachments)
    given: dict[int, list[list[int]]] = defaultdict(list)
    for start in range(0, len(ids), _BATCH):
        with transaction.atomic():
            for detachment in _undo_batch(ids[start : start + _BATCH], by, days, rules, out, now):
                given[detachment.manager_id].append([detachment.client_id])
    each = {manager: {"clients": rows} for manager, rows in given.items()}
    if each:
        notify(
            kind=notices.GIVEN_BACK,
            recipients=each,
            key=now.isoformat(),
            date=clock.local_date(now),
            data=each,
        )
    return out


def undo_one(*, detachment: Detachment, by: Manager, now: dt.datetime | None = None) -> None:
    """Give one client back.

    Raises:
        Conflict: it cannot be given back; the words say why.
    """
    done = undo(detachments=[detachment], by=by, now=now)
    if done.kept:
        raise Conflict(next(iter(done.kept.values())))


def _undo_batch(
    ids: list[int], by: Manager, days: int, rules: NightRules, out: Undone, now: dt.datetime
) -> list[Detachment]:
    rows = list(Detachment.objects.select_related("manager__department", "client").filter(pk__in=ids))
    clients = lock_clients(row.client_id for row in rows)
    # Read again under the locks: somebody may just have undone it.
    fresh = Detachment.objects.in_bulk(ids)
    done = []
    for row in sorted(rows, key=lambda row: row.client_id):
        client = clients.get(row.client_id)
        if reason := refusal(fresh.get(row.pk), client, row.manager, days, now, by=by):
            out.kept[row.client_id] = str(reason)
            continue
        assert client is not None
        _give_back(row, client, by, rules, now)
        out.given_back.append(row.client_id)
        done.append(row)
    return done


def refusal(
    detachment: Detachment | None,
    client: Client | None,
    manager: Manager,
    days: int,
    now: dt.datetime,
    *,
    by: Manager | None = None,
) -> object:
    """Why a detachment cannot be undone now by ``by``, in words; None when it can. (``undoable`` of its queryset says
    the same in SQL, but for who asks.)"""
    if detachment is None or client is None:
        return _("This client does not exist any more.")
    if detachment.undone_at:
        return _("It has been given back already.")
    if client.is_held:
        return _("%(manager)s has claimed it meanwhile.") % {"manager": client.manager}
    if client.archived_at:
        return _("It has been archived since.")
    if client.exchange_since != detachment.detached_at:
        return _("It has come to the exchange again since.")
    if clock.local_date(now) > undo_deadline(detachment, days):
        return _("The time to undo it is over.")
    if not manager.is_active:
        return _("%(manager)s does not work here any more.") % {"manager": manager}
    untouched = detachment.reason == OwnershipPeriod.Lost.UNTOUCHED
    if by and untouched and manager.pk == by.pk and not by.sees_everything:
        # Undone, a failed claim is none any more: nobody forgives his own.
        return _("Somebody else decides on your own clients.")
    return None


def _give_back(detachment: Detachment, client: Client, by: Manager, rules: NightRules, now: dt.datetime) -> None:
    today = clock.local_date(now)
    client.manager, client.assigned_on = detachment.manager, detachment.assigned_on
    client.exchange_since = client.quarantine_until = client.archived_at = None
    period = (
        client.ownership.filter(manager=detachment.manager, until=detachment.date).order_by("-since", "-pk").first()
    )
    client.last_manager = _owner_before(client, period)
    policy = set_zone_dates(client, today=today)
    store_clock(client, cause=TransitionCause.UNDO, today=today, before="", policy=policy)
    if period:
        OwnershipPeriod.objects.filter(pk=period.pk).update(until=None, lost="", changed_by=F("given_by"))
    else:
        OwnershipPeriod.objects.create(
            client=client,
            manager=detachment.manager,
            since=detachment.assigned_on,
            gained=OwnershipPeriod.Gained.RESTORED,
            given_by=by,
            changed_by=by,
        )
    if rules.undo_grace:
        DetachHold.objects.get_or_create(
            client=client,
            manager=detachment.manager,
            clock_date=client.clock_date,
            kind=HoldKind.UNDO,
            source=f"undo:{detachment.pk}",
            until=today + dt.timedelta(days=rules.undo_grace) - ONE_DAY,
            defaults={"since": today},
        )
    Detachment.objects.filter(pk=detachment.pk).update(undone_at=now, undone_by=by)
    restore(client.pk, detachment.detached_at)


def _owner_before(client: Client, period: OwnershipPeriod | None) -> Manager | None:
    """Who held the client before this period of the manager it is given back to; it may have been himself."""
    closed = client.ownership.filter(until__isnull=False)
    if period:
        # A client that took over a double has the owners of both: who held the double meanwhile was not before him.
        closed = closed.filter(until__lte=period.since).exclude(pk=period.pk)
    else:
        closed = closed.exclude(manager=client.manager)
    before = closed.select_related("manager").order_by("-until", "-pk").first()
    return before.manager if before else None
