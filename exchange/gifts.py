"""Nobody gets by being handed a client what he may not claim: a listener of ``clients.ownership``.

Without it a friendly claim washes every rule: a colleague claims what a former owner has to wait for, and the head
hands it on; or a head assigns to one of his people and takes it over the next day. What is meant to be an exception is
one: released, and assigned with a reason that is kept.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from clients.models import Manager, OwnershipPeriod
from clients.ownership import OwnerChange
from crm import clock
from crm.web.errors import DomainError
from crm.web.tags.times import on_day
from exchange.claim_rulebook import load_claim_rules
from exchange.models import Claim
from exchange.rules.claiming import ClaimRules, Lot, cooldown_ends

_HANDED = (OwnershipPeriod.Lost.REASSIGNED, OwnershipPeriod.Lost.LEFT)


def refuse_laundering(changes: Sequence[OwnerChange]) -> None:
    """Look at clients that go from one manager to another and came from the exchange lately. Directors are free.

    Raises:
        DomainError: a head takes for himself what he assigned; or the receiver is a former owner who still has to wait.
    """
    handed = [each for each in changes if each.from_id and each.to_id and each.by_id and each.how in _HANDED]
    if not handed:
        return
    rules = load_claim_rules()
    claims = Claim.objects.filter(client__in=[change.client_id for change in handed]).order_by("claimed_at", "pk")
    latest_of = {claim.client_id: claim for claim in claims}
    for change in handed:
        latest = latest_of.get(change.client_id)
        if latest is None or latest.claimed_at <= change.moment - dt.timedelta(days=rules.cooldown_days):
            continue
        own_gift = change.by_id == change.to_id and latest.assigned_by_id == change.by_id
        free = None if own_gift else _waits_until(change, latest, rules)
        if not (own_gift or free) or Manager.objects.get(pk=change.by_id).sees_everything:
            continue
        if own_gift:
            raise DomainError(
                _("You assigned this client from the exchange yourself; to take it for yourself, claim it."),
                field="manager",
            )
        words = _("Held it before, and waits until %(date)s: release the client, and assign it with a reason.")
        raise DomainError(words % {"date": on_day(free)}, field="manager")


def _waits_until(change: OwnerChange, latest: Claim, rules: ClaimRules) -> dt.date | None:
    """The first day on which the receiver could have claimed the client himself, if that is still to come."""
    before = OwnershipPeriod.objects.filter(
        client=change.client_id, manager=change.to_id, until__isnull=False, until__lte=latest.date
    )
    period = before.order_by("-until", "-pk").first()
    if period is None or latest.manager_id == change.to_id:
        return None
    lot = Lot(
        since=latest.exchange_since,
        arrived_on=clock.local_date(latest.exchange_since),
        held_until=period.until,
        gave_back=period.lost == OwnershipPeriod.Lost.RETURNED,
    )
    free = cooldown_ends(lot, rules)
    return free if free and clock.local_date(change.moment) < free else None
