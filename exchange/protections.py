"""Keeping a client by hand: a head's protection with a reason, a contract. One verb, one transaction.

Who may is the caller's question (``led_by`` of the querysets); how long and how often is answered here, by the rules.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Manager
from clients.rulebook import RuleValues, load
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.models import Protection
from exchange.rulebook import HOLD_CONTRACT, HOLD_PROTECTION, HOLD_RENEWALS

Kind = Protection.Kind
ONE_DAY = dt.timedelta(days=1)

_RULES = {Kind.PROTECTION.value: HOLD_PROTECTION, Kind.CONTRACT.value: HOLD_CONTRACT}
_OFF = {
    Kind.PROTECTION.value: _("Protection by the head is switched off in the rules."),
    Kind.CONTRACT.value: _("Holding by contract is switched off in the rules."),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be given to a client today.

    Attributes:
        first, last: the days until which it may last; None when ``refusal`` says why nothing may be given.
        renewals_left: how often a protection may still be given without a contact after this one; None for a contract.
        refusal: why not; "" when it may be given.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    renewals_left: int | None = None
    refusal: str | Promise = ""


@transaction.atomic
def protect(*, client_id: int, until: dt.date, reason: str, by: Manager, today: dt.date | None = None) -> Protection:
    """Keep a client with its manager until a day, whatever its colour.

    Given again before a contact took place, it is a renewal; how many there may be in a row is a rule.

    Raises:
        Conflict: nobody holds the client any more.
        DomainError: switched off, used up (no field), or too long (field ``until``), or without a reason (``reason``).
    """
    return _give(client_id, Kind.PROTECTION.value, until, reason, by, today or clock.today())


@transaction.atomic
def enter_contract(
    *, client_id: int, until: dt.date, reason: str, by: Manager, today: dt.date | None = None
) -> Protection:
    """Keep a client until its contract ends; ``reason`` is the contract's number and subject.

    Raises:
        Conflict: nobody holds the client any more.
        DomainError: as :func:`protect`; contracts are not counted.
    """
    return _give(client_id, Kind.CONTRACT.value, until, reason, by, today or clock.today())


@transaction.atomic
def renew(
    *, protection: Protection, until: dt.date, reason: str, by: Manager, today: dt.date | None = None
) -> Protection:
    """Prolong a protection or a contract that still runs.

    Raises:
        Conflict: it has ended meanwhile, or nobody holds the client any more.
        DomainError: as :func:`protect`.
    """
    today = today or clock.today()
    running = _running(protection, today)
    return _give(running.client_id, running.kind, until, reason, by, today)


@transaction.atomic
def revoke(*, protection: Protection, by: Manager, today: dt.date | None = None) -> Protection:
    """End a protection or a contract early: from today on it holds nothing.

    Raises:
        Conflict: it has ended already.
    """
    today = today or clock.today()
    running = _running(protection, today)
    running.revoked_on, running.revoked_by = today, by
    running.save(update_fields=["revoked_on", "revoked_by"])
    return running


def limits(client: Client, kind: str, *, today: dt.date, values: RuleValues | None = None) -> Limits:
    """Until when, and whether at all, a protection or contract may be given to a held client today. One or two
    queries."""
    values = values or load()
    days = values[_RULES[kind]]
    if days is None:
        return Limits(refusal=_OFF[kind])
    left = None
    if kind == Kind.PROTECTION:
        left = values.number(HOLD_RENEWALS) - Protection.objects.of_stretch(client).that_held().count()
        if left < 0:
            return Limits(refusal=_used_up(values.number(HOLD_RENEWALS)))
    return Limits(first=today + ONE_DAY, last=today + dt.timedelta(days=days), renewals_left=left)


def _give(client_id: int, kind: str, until: dt.date, reason: str, by: Manager, today: dt.date) -> Protection:
    client = lock_clients([client_id]).get(client_id)
    if client is None or client.manager is None:
        raise Conflict(_("This client has no lead manager any more."))
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise DomainError(_("Say why: everybody who works on the client reads it."), field="reason")
    allowed = limits(client, kind, today=today)
    if allowed.first is None or allowed.last is None:
        raise DomainError(allowed.refusal)
    if until < allowed.first:
        raise DomainError(_("Choose a day after today."), field="until")
    if until > allowed.last:
        raise DomainError(
            gettext("At most until %(date)s.") % {"date": date_format(allowed.last, "DATE_FORMAT")}, field="until"
        )
    return Protection.objects.create(
        client=client,
        kind=kind,
        manager=client.manager,
        reason=reason,
        starts_on=today,
        until=until,
        renews=Protection.objects.of_stretch(client).order_by("pk").last() if kind == Kind.PROTECTION else None,
        given_by=by,
    )


def _running(protection: Protection, today: dt.date) -> Protection:
    """The protection as it is now, its client locked.

    Raises:
        Conflict: it has ended.
    """
    lock_clients([protection.client_id])
    found = Protection.objects.filter(pk=protection.pk).first()
    if found is None or found.revoked_on is not None or found.until < today:
        raise Conflict(_("It has ended already."))
    return found


def _used_up(renewals: int) -> str:
    if not renewals:
        return gettext("A protection cannot be renewed: the client must have had a contact first.")
    return ngettext(
        "A protection can be renewed %(count)d time; then the client must have had a contact.",
        "A protection can be renewed %(count)d times; then the client must have had a contact.",
        renewals,
    ) % {"count": renewals}
