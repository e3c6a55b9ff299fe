"""Reads of the exchange: the badge, and what the card tells (the board: ``exchange.board``)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext, ngettext

from clients.card_rows import CLIENT, limited, register, rows_of
from clients.models import Client
from crm import clock
from crm.web.tags.times import on_day
from exchange.models import Claim, DetachHold, Detachment, LeavingWarning, TransitionCause, ZoneTransition
from exchange.why.words import hold_words, told_to

#: The badge of the navigation says no more than this.
BADGE_CAP = 999
#: A badge may lag a little: it is drawn on every page of everybody.
BADGE_SECONDS = 10
_BADGE = "exchange:waiting"


def waiting_count(reader: Any = None) -> int:
    """How many clients are on the exchange, for the badge of every page. The same for everybody, and up to
    ``BADGE_SECONDS`` old; counts no further than it shows."""
    found = cache.get(_BADGE)
    return waiting_count_now() if found is None else found


def waiting_count_now() -> int:
    """The same, counted anew: after a claim or a return the badge is right at once for who did it."""
    found = _count_waiting()
    cache.set(_BADGE, found, BADGE_SECONDS)
    return found


def _count_waiting() -> int:
    # What the board shows: without those nobody may contact now.
    waiting = Client.objects.on_exchange().exclude(quarantine_until__gte=clock.today())
    return waiting.order_by()[:BADGE_CAP].count()


def last_arrivals(client: Client, *, limit: int = 7) -> list[Detachment]:
    """How a client came to the exchange, the latest first. No query of its own on the card."""
    return sorted(rows_of(client, "arrivals"), key=lambda row: (row.detached_at, row.pk), reverse=True)[:limit]


#: So many lines the card tells of the exchange and the zones.
STEPS = 6
#: So many arrivals the owner history looks through.
ARRIVALS = 20

_of_client = Q(client=CLIENT)
register(
    "arrivals",
    lambda: limited(Detachment.objects.filter(_of_client), ARRIVALS),
    people=["manager", "detached_by", "undone_by"],
    return_reason=("name",),
)
register("zones", lambda: limited(ZoneTransition.objects.filter(_of_client).exclude(to_zone=""), STEPS))
register("claims", lambda: limited(Claim.objects.filter(_of_client), STEPS), people=["manager", "assigned_by"])
register(
    "warnings", lambda: limited(LeavingWarning.objects.filter(_of_client), STEPS), people=["manager", "deputy", "head"]
)
register("holds", lambda: limited(DetachHold.objects.filter(_of_client), STEPS))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of "Exchange and zones": when, what happened (or the zone that was reached), and the details under
    it."""

    date: dt.date
    icon: str
    text: str
    details: Sequence[str] = field(default_factory=tuple)
    zone: str = ""


def zone_story(client: Client, *, limit: int = STEPS) -> list[Step]:
    """The latest changes of colour, arrivals on the exchange, claims, warnings and holds of a client, the newest first.

    No query of its own on the card; the whole story is told by ``exchange.why``.
    """
    changes = rows_of(client, "zones")
    # The arrival that keeps the client here now has a box of its own (``exchange-arrival``).
    here = 1 if client.is_on_exchange else 0
    arrivals = last_arrivals(client, limit=limit + 1)[here : here + limit]
    claims = rows_of(client, "claims")
    claimed = {(claim.date, claim.manager_id) for claim in claims}
    steps = [_arrival_step(arrival) for arrival in arrivals] + [_claim_step(claim) for claim in claims]
    # Getting a manager by a claim turns green too: one line for both.
    steps += [
        _change_step(change)
        for change in changes
        if not (change.cause == TransitionCause.ASSIGNMENT and (change.date, change.manager_id) in claimed)
    ]
    steps += [_warning_step(warning) for warning in rows_of(client, "warnings")]
    steps += [_hold_step(hold) for hold in rows_of(client, "holds")]
    return sorted(steps, key=lambda step: step.date, reverse=True)[:limit]


def _warning_step(warning: LeavingWarning) -> Step:
    text = gettext("Told that it leaves on %(date)s") % {"date": on_day(warning.leaves_on)}
    return Step(warning.warned_on, "bell", text, [str(person) for person in told_to(warning)])


def _hold_step(hold: DetachHold) -> Step:
    text = gettext("Stayed: %(what)s") % {"what": hold_words(hold)}
    return Step(hold.since, "shield-check", text, [gettext("until %(date)s") % {"date": on_day(hold.until)}])


def _change_step(change: ZoneTransition) -> Step:
    return Step(change.date, "", "", [change.get_cause_display()], zone=change.to_zone)


def _arrival_step(arrival: Detachment) -> Step:
    details = [gettext("was with %(manager)s") % {"manager": arrival.manager}, arrival.get_reason_display()]
    details += [str(part) for part in (arrival.return_reason, arrival.comment) if part]
    return Step(arrival.date, "", "", details, zone="exchange")


def _claim_step(claim: Claim) -> Step:
    waited = max(0, (claim.date - clock.local_date(claim.exchange_since)).days)
    details = [ngettext("after %(days)d day", "after %(days)d days", waited) % {"days": waited}]
    if claim.assigned_by:
        text = gettext("Assigned to %(manager)s") % {"manager": claim.manager}
        details.insert(0, gettext("by %(manager)s") % {"manager": claim.assigned_by})
    else:
        text = gettext("Claimed by %(manager)s") % {"manager": claim.manager}
    return Step(claim.date, "box-arrow-in-left", text, details)
