"""Reads of the exchange: what the board and the card show. A page costs the same number of queries however long it
is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Count, DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext

from clients.models import Client, Manager, OwnershipPeriod
from crm import clock
from crm.web.templatetags.web import on_day
from exchange.claims import ClaimState, states
from exchange.models import Claim, DetachHold, Detachment, LeavingWarning, TransitionCause, ZoneTransition
from exchange.why.words import hold_words, told_to
from interactions.models import Event, ProcessStatus, SalesProcess

#: The badge of the navigation says no more than this.
BADGE_CAP = 999
#: A badge may lag a little: it is drawn on every page of everybody.
BADGE_SECONDS = 10
_BADGE = "exchange:waiting"


@dataclass(slots=True)
class BoardRow:
    """One client of the board with what is known about it.

    Attributes:
        days: whole days on the exchange.
        detachment: how it came; None for a client that was imported onto the exchange.
        last_talk: the latest counted contact.
        won, total, lost: past sales: how many were won and for how much, how many were lost.
        loss_reason: why the last lost sale was lost; "" when nobody wrote it down.
        owners: how many managers held the client so far.
        state: may the reader claim it.
        taken, notice: what the row says after a claim: is it the reader's now, or was somebody quicker.
    """

    client: Client
    days: int
    detachment: Detachment | None
    last_talk: Event | None
    won: int
    total: Decimal
    lost: int
    loss_reason: str
    owners: int
    state: ClaimState
    taken: bool = False
    notice: str = ""


def won_total() -> Coalesce:
    """The sum of a client's won sales, as an expression to annotate or to sort by."""
    won = SalesProcess.objects.filter(client=OuterRef("pk"), status=ProcessStatus.WON).order_by()
    money = DecimalField(max_digits=16, decimal_places=2)
    return Coalesce(
        Subquery(won.values("client").annotate(n=Sum("amount")).values("n"), output_field=money),
        Value(Decimal(0), output_field=money),
        output_field=money,
    )


def board_rows(clients: Sequence[Client], reader: Manager, *, today: dt.date | None = None) -> list[BoardRow]:
    """The rows of the board for one page of clients: seven queries, each driven by the page's ids."""
    today = today or clock.today()
    ids = [client.pk for client in clients]
    facts = _facts(ids)
    talks = Event.objects.select_related("kind").in_bulk([fact["talk"] for fact in facts.values() if fact["talk"]])
    arrivals = Detachment.objects.select_related("return_reason", "manager").in_bulk(
        [fact["arrival"] for fact in facts.values() if fact["arrival"]]
    )
    sales = {
        (row["client_id"], row["status"]): row
        for row in SalesProcess.objects.filter(client_id__in=ids)
        .order_by()
        .values("client_id", "status")
        .annotate(number=Count("pk"), total=Sum("amount"))
    }
    may = states(clients, reader)
    rows = []
    for client in clients:
        fact = facts.get(client.pk, {})
        won = sales.get((client.pk, ProcessStatus.WON.value), {})
        lost = sales.get((client.pk, ProcessStatus.LOST.value), {})
        since = clock.local_date(client.exchange_since) if client.exchange_since else today
        rows.append(
            BoardRow(
                client=client,
                days=(today - since).days,
                detachment=arrivals.get(fact.get("arrival")),
                last_talk=talks.get(fact.get("talk")),
                won=won.get("number", 0),
                total=won.get("total") or Decimal(0),
                lost=lost.get("number", 0),
                loss_reason=gettext(fact["loss"]) if fact.get("loss") else "",
                owners=fact.get("owners") or 0,
                state=may[client.pk],
            )
        )
    return rows


def _facts(ids: list[int]) -> dict[int, dict[str, Any]]:
    """For each client the id of its last contact and of its last arrival, the last reason of loss, the number of
    owners."""
    of_client = {"client": OuterRef("pk")}
    talks = Event.objects.counted().filter(**of_client).order_by("-occurred_at", "-pk")
    arrivals = Detachment.objects.filter(**of_client).order_by("-detached_at", "-pk")
    losses = SalesProcess.objects.filter(status=ProcessStatus.LOST, **of_client).order_by("-closed_on", "-pk")
    owners = OwnershipPeriod.objects.filter(**of_client).order_by().values("client")
    rows = Client.objects.filter(pk__in=ids).annotate(
        talk=Subquery(talks.values("pk")[:1]),
        arrival=Subquery(arrivals.values("pk")[:1]),
        loss=Subquery(losses.values("loss_reason__name")[:1]),
        owners=Subquery(owners.annotate(n=Count("manager", distinct=True)).values("n")),
    )
    return {row["pk"]: row for row in rows.order_by().values("pk", "talk", "arrival", "loss", "owners")}


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
    return Client.objects.on_exchange().order_by()[:BADGE_CAP].count()


def last_arrivals(client: Client, *, limit: int = 7) -> list[Detachment]:
    """How a client came to the exchange, the latest first. Read once for a client: two panels of the card need it."""
    if not hasattr(client, "_arrivals"):
        arrivals: QuerySet[Detachment] = client.detachments.select_related("manager", "return_reason", "detached_by")
        client._arrivals = list(arrivals[:limit])  # type: ignore[attr-defined]
    return client._arrivals  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of "Exchange and zones": when, what happened (or the zone that was reached), and the details under
    it."""

    date: dt.date
    icon: str
    text: str
    details: Sequence[str] = field(default_factory=tuple)
    zone: str = ""


def zone_story(client: Client, *, limit: int = 6) -> list[Step]:
    """The latest changes of colour, arrivals on the exchange, claims, warnings and holds of a client, the newest first.

    Five queries; the whole story is told by ``exchange.why``.
    """
    changes = list(client.transitions.select_related("manager").exclude(to_zone="")[:limit])
    # The arrival that keeps the client here now has a box of its own (``exchange-arrival``).
    here = 1 if client.is_on_exchange else 0
    arrivals = last_arrivals(client, limit=limit + 1)[here : here + limit]
    claims = list(client.claims.select_related("manager", "assigned_by")[:limit])
    claimed = {(claim.date, claim.manager_id) for claim in claims}
    steps = [_arrival_step(arrival) for arrival in arrivals] + [_claim_step(claim) for claim in claims]
    # Getting a manager by a claim turns green too: one line for both.
    steps += [
        _change_step(change)
        for change in changes
        if not (change.cause == TransitionCause.ASSIGNMENT and (change.date, change.manager_id) in claimed)
    ]
    told = client.leaving_warnings.select_related("manager", "deputy", "head")
    steps += [_warning_step(warning) for warning in told[:limit]]
    steps += [_hold_step(hold) for hold in client.detach_holds.all()[:limit]]
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
