"""What can be done with the exchange. One verb, one transaction; permission is the caller's (the views' querysets).

Lock order: the client's row, then the manager's. The claimer's row makes his claims queue, so that the ledger, the cap
and the pause are counted one after the other.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients import services as clients
from clients.models import Absence, Client, Manager, OwnershipPeriod
from clients.policies import policy_of
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import failing
from exchange.claim_rulebook import load_claim_rules
from exchange.claims import ClaimRefused, claimer_of, lock_manager, lots_of, moment_words, open_touch
from exchange.models import Claim, Detachment, FirstTouch, ReturnReason
from exchange.rules.claiming import OVERRULABLE, ClaimRules, Refusal, refusals
from interactions.models import Event


class AlreadyTaken(Conflict):
    """Somebody else claimed the client first."""


@transaction.atomic
def claim(*, client_id: int, by: Manager, now: dt.datetime | None = None, rules: ClaimRules | None = None) -> Claim:
    """Take a client from the exchange; its clock starts today, and the first contact is owed. Of any number of
    simultaneous claimers exactly one wins.

    ``rules``: the rules in force by default.

    Raises:
        AlreadyTaken: "taken by X at 10:42".
        ClaimRefused: a rule says no; the words say which ones and from when it would be possible.
    """
    rules = rules or load_claim_rules()
    client = _on_exchange(client_id)
    now = now or clock.now()
    found = _refusals(client, by, rules, now)
    if found:
        raise ClaimRefused(found)
    made = _take(client, manager=by, by=by, gained=OwnershipPeriod.Gained.CLAIMED, now=now)
    open_touch(made, rules=rules)
    return made


@transaction.atomic
def assign_from_exchange(
    *,
    client_id: int,
    manager: Manager,
    by: Manager,
    reason: str = "",
    now: dt.datetime | None = None,
    rules: ClaimRules | None = None,
) -> Claim:
    """A head gives a client from the exchange to a manager; its clock starts today. It counts against nobody's day, and
    no first contact is owed.

    A pause, a cool-down or the cap of the receiver is overruled only with a ``reason``, which is kept. What a head
    gives himself is a claim like everybody's, with all its rules.

    Raises:
        AlreadyTaken: somebody claimed it meanwhile.
        DomainError: the manager does not work here any more.
        ClaimRefused: nobody may contact the client; or a rule says no and there is no reason (field ``reason``).
    """
    rules = rules or load_claim_rules()
    if manager.pk == by.pk and not by.sees_everything:
        return claim(client_id=client_id, by=by, now=now, rules=rules)
    client = _on_exchange(client_id)
    now = now or clock.now()
    if not manager.is_active:
        raise DomainError(_("%(manager)s does not work here any more.") % {"manager": manager}, field="manager")
    found = _refusals(client, manager, rules, now)
    if fixed := [each for each in found if each.rule in ("quarantine", "works")]:
        raise ClaimRefused(fixed)
    against = [each for each in found if each.rule in OVERRULABLE]
    reason = " ".join(reason.split())[:300]
    if against and not reason:
        raise ClaimRefused(against, field="reason")
    return _take(
        client,
        manager=manager,
        by=by,
        gained=OwnershipPeriod.Gained.ASSIGNED,
        now=now,
        overrides=",".join(each.rule for each in against),
        override_reason=reason if against else "",
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one client of many. ``words`` say why not, or who has it now."""

    client_id: int
    claim: Claim | None
    words: str
    #: Refused because of who should get it: another one may.
    concerns_receiver: bool = False

    @property
    def ok(self) -> bool:
        return self.claim is not None


def claim_many(*, client_ids: Iterable[int], by: Manager, now: dt.datetime | None = None) -> list[Answer]:
    """Claim one after the other, each in its own transaction, in the order given; an answer for each."""
    return [_answer(pk, lambda pk=pk: claim(client_id=pk, by=by, now=now)) for pk in dict.fromkeys(client_ids)]


def assign_many(
    *, client_ids: Iterable[int], manager: Manager, by: Manager, reason: str = "", now: dt.datetime | None = None
) -> list[Answer]:
    """Give many clients of the exchange to one manager, each in its own transaction; an answer for each."""
    return [
        _answer(pk, lambda pk=pk: assign_from_exchange(client_id=pk, manager=manager, by=by, reason=reason, now=now))
        for pk in dict.fromkeys(client_ids)
    ]


def spread(
    *, client_ids: Iterable[int], among: Iterable[Manager], by: Manager, now: dt.datetime | None = None
) -> list[Answer]:
    """Give clients of the exchange evenly to those of these managers who are here today: each to the one with the
    fewest clients then, whom no rule forbids it. An answer for each client.

    Raises:
        DomainError: nobody of them is here.
    """
    today = clock.local_date(now or clock.now())
    away = set(Absence.objects.in_force(today).values_list("manager_id", flat=True))
    present = {
        manager.pk: manager
        for manager in among
        if manager.is_active and manager.pk not in away and (manager.pk != by.pk or by.sees_everything)
    }
    if not present:
        raise DomainError(_("None of them is here today."), field="among")
    held = Client.objects.filter(manager__in=present).order_by().values_list("manager").annotate(n=Count("pk"))
    loads = dict.fromkeys(present, 0) | dict(held)
    answers = []
    for pk in dict.fromkeys(client_ids):
        answer = None
        for receiver in sorted(loads, key=lambda key: (loads[key], key)):
            manager = present[receiver]
            answer = _answer(
                pk, lambda pk=pk, manager=manager: assign_from_exchange(client_id=pk, manager=manager, by=by, now=now)
            )
            if answer.ok:
                loads[receiver] += 1
                break
            if not answer.concerns_receiver:
                break
        assert answer is not None
        answers.append(answer)
    return answers


def _answer(client_id: int, act: Callable[[], Claim]) -> Answer:
    try:
        made = act()
    except ClaimRefused as refused:
        fits_nobody = any(each.rule not in OVERRULABLE for each in refused.refusals)
        return Answer(client_id, None, str(refused), concerns_receiver=not fits_nobody)
    except DomainError as error:
        return Answer(client_id, None, str(error))
    return Answer(client_id, made, gettext("Now with %(manager)s.") % {"manager": made.manager})


@transaction.atomic
def return_client(
    *,
    client_id: int,
    by: Manager,
    reason: ReturnReason | None,
    comment: str = "",
    now: dt.datetime | None = None,
    lost: str | None = None,
    rules: ClaimRules | None = None,
) -> Detachment:
    """Put a held client on the exchange by hand: its manager returns it, or a head releases it.

    ``lost``: how its manager loses it, where it is neither (``Lost.LEFT``: he does not work here any more). A claimed
    client that its manager returns without a contact, later than on the day of the claim, is a failed claim.

    Raises:
        Conflict: nobody holds it any more.
        DomainError: the manager has returned as many as he may; a head can release it.
    """
    rules = rules or load_claim_rules()
    client = lock_clients([client_id]).get(client_id)
    if client is None or client.manager is None:
        raise Conflict(_("This client has no lead manager any more."))
    now = now or clock.now()
    lost = lost or (OwnershipPeriod.Lost.RETURNED if client.manager_id == by.pk else OwnershipPeriod.Lost.RELEASED)
    failed = None
    if lost == OwnershipPeriod.Lost.RETURNED:
        lock_manager(by)
        _refuse_too_many(by, rules, now)
        failed = failing.claim_failed_by_return(client, rules, today=clock.local_date(now))
    detachment = put_on_exchange(
        client, lost=lost, by=by, now=now, return_reason=reason, comment=comment, failed_claim=failed
    )
    if failed:
        failing.pause_if_too_many(by, rules, today=clock.local_date(now))
    return detachment


def put_on_exchange(
    client: Client,
    *,
    lost: str,
    by: Manager | None,
    now: dt.datetime,
    day: dt.date | None = None,
    return_reason: ReturnReason | None = None,
    comment: str = "",
    **facts: Any,
) -> Detachment:
    """Take a locked, held client from its manager, with the facts behind it. ``day``: the night it belongs to."""
    assert client.manager is not None, "the caller has looked"
    assert client.assigned_on is not None
    assert client.clock_date is not None
    today = day or clock.local_date(now)
    detachment = Detachment(
        client=client,
        manager=client.manager,
        department=client.manager.department,
        reason=lost,
        return_reason=return_reason,
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
        **facts,
    )
    clients.detach(client=client, lost=lost, by=by, today=today, moment=now)
    detachment.save()
    return detachment


def _on_exchange(client_id: int) -> Client:
    # The lock makes simultaneous claimers queue; each reads the row again after its turn comes, and only the first
    # still finds it on the exchange. (SQLite queues whole transactions instead.) The moment of a deed is read after
    # it, here and in exchange.shelving: read before, a claim that waited for "may be contacted again" would be older.
    client = lock_clients([client_id]).get(client_id)
    if client is None or not client.is_on_exchange:
        raise AlreadyTaken(_taken_words(client))
    return client


def _refusals(client: Client, manager: Manager, rules: ClaimRules, now: dt.datetime) -> list[Refusal]:
    """What the rules say once the claimer's row is locked too."""
    lock_manager(manager)
    today = clock.local_date(now)
    lot = lots_of([client], manager)[client.pk]
    return refusals(lot, claimer_of(manager, today=today), rules, now=now, today=today)


def _take(client: Client, *, manager: Manager, by: Manager, gained: str, now: dt.datetime, **facts: Any) -> Claim:
    since, today = client.exchange_since, clock.local_date(now)
    clients.attach(client_id=client.pk, manager=manager, by=by, gained=gained, today=today, moment=now)
    # What was owed for an earlier claim (given back the same day) is owed no more.
    FirstTouch.objects.open().filter(client=client).update(outcome=FirstTouch.Outcome.ENDED, settled_on=today)
    return Claim.objects.create(
        client_id=client.pk,
        manager=manager,
        assigned_by=by if gained == OwnershipPeriod.Gained.ASSIGNED else None,
        claimed_at=now,
        date=today,
        exchange_since=since,
        **facts,
    )


def _refuse_too_many(by: Manager, rules: ClaimRules, now: dt.datetime) -> None:
    if rules.return_weekly is None:
        return
    week = dt.timedelta(days=7)
    returned = Detachment.objects.filter(
        manager=by, reason=OwnershipPeriod.Lost.RETURNED, detached_at__gt=now - week
    ).order_by("-detached_at")
    latest = list(returned.values_list("detached_at", flat=True)[: rules.return_weekly])
    if len(latest) >= rules.return_weekly:
        words = ngettext(
            "%(number)d client given back within seven days: that is the limit. Your head can release it, or you "
            "give it back from %(moment)s.",
            "%(number)d clients given back within seven days: that is the limit. Your head can release it, or you "
            "give it back from %(moment)s.",
            rules.return_weekly,
        )
        raise DomainError(words % {"number": rules.return_weekly, "moment": moment_words(latest[-1] + week, now)})


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
