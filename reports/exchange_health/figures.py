"""The figures of the report on the exchange: each is a set of rows, defined once, counted for the table and listed
behind it.

Whose a row is: an arrival, what is undone and what is archived belong to the manager the client came from; a claim to
who got the client; a client on the exchange to its last manager. A manager belongs to the department he works in today,
as in all reports; so the parts make up the whole on every level.
"""

import datetime as dt
from collections.abc import Callable

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import rulebook
from clients.models import Client, OwnershipPeriod
from crm import clock
from exchange.claim_rulebook import CLAIM_TOUCH, STALE_DAYS
from exchange.models import Claim, ClaimPause, Detachment, Shelving
from exchange.weekly import stale_q
from interactions.models import Event, ProcessStatus, SalesProcess
from reports.frame.figures import Figure, ask_in_general, by, name_of_client
from reports.frame.scope import Scope

NEVER = dt.date.max


# --- what the rows are ------------------------------------------------------------------------------------------------
# Each set has the annotations ``whose`` (a manager's id), ``moment`` (what it is sorted by) and ``named`` (the client's
# name to sort and to search by).


def touch_days(scope: Scope) -> int:
    """Within how many days a first contact is in time, where no due date was written down."""
    return scope.rules[CLAIM_TOUCH] or rulebook.rule(CLAIM_TOUCH).default or 0


def due_by_rule(scope: Scope) -> ExpressionWrapper:
    """Until when the first contact after a claim was due, where that was not written down."""
    return ExpressionWrapper(F("date") + Value(dt.timedelta(days=touch_days(scope))), output_field=DateField())


@ask_in_general
def arrivals(scope: Scope) -> QuerySet[Detachment]:
    """Who came to the exchange in the period, also those that were given back later."""
    rows = Detachment.objects.order_by().filter(scope.on_days("date"))
    if reason := scope.options.get("reason"):
        rows = rows.filter(return_reason=reason)
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("detached_at"), named=name_of_client()))


@ask_in_general
def undone(scope: Scope) -> QuerySet[Detachment]:
    """Whose arrival was undone in the period: given back as if nothing had been."""
    rows = Detachment.objects.order_by().filter(scope.at_moments("undone_at"))
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("undone_at"), named=name_of_client()))


@ask_in_general
def taken(scope: Scope) -> QuerySet[Claim]:
    """Who left the exchange in the period by a claim or an assignment, with what became of it:

    ``waited``: how long the client had been there, in days.
    ``contacted``: a contact, dated from that day on and written down after the claim, until the first contact was due;
    ``started``, ``won``: a sale that began (or was won), that was won, from that day on; each only as long as the
    manager held the client on from this claim. ``failed``: it came back for want of a contact.
    """
    of_client = {"client": OuterRef("client")}
    period = OwnershipPeriod.objects.filter(manager=OuterRef("manager"), since=OuterRef("date"), **of_client)
    # Without an end the last word: of two periods that began on one day, the longer.
    held_until = period.order_by(F("until").desc(nulls_first=True), "-pk").values(
        last=Coalesce("until", Value(NEVER), output_field=DateField())
    )
    rows = (
        Claim.objects.order_by()
        .filter(scope.on_days("date"))
        .alias(
            held_until=Coalesce(Subquery(held_until[:1]), Value(NEVER), output_field=DateField()),
            due_on=Coalesce("first_touch__due_on", due_by_rule(scope), output_field=DateField()),
        )
    )
    contacts = Event.objects.counted().filter(
        counted_on__gte=OuterRef("date"),
        counted_on__lte=OuterRef("due_on"),
        created_at__gte=OuterRef("claimed_at"),
        **of_client,
    )
    sales = SalesProcess.objects.filter(**of_client)
    since = {"gte": OuterRef("date"), "lte": OuterRef("held_until")}
    begun = Q(**{f"started_on__{word}": value for word, value in since.items()})
    bought = Q(status=ProcessStatus.WON, **{f"closed_on__{word}": value for word, value in since.items()})
    rows = rows.alias(
        contacted=Exists(contacts.filter(counted_on__lte=OuterRef("held_until"))),
        started=Exists(sales.filter(begun | bought)),
        won=Exists(sales.filter(bought)),
        failed=Exists(Detachment.objects.filter(failed_claim=OuterRef("pk"), undone_at=None)),
    )
    arrived_on = TruncDate("exchange_since", tzinfo=clock.company_zone())
    rows = rows.annotate(waited=ExpressionWrapper(F("date") - arrived_on, output_field=DurationField()))
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("claimed_at"), named=name_of_client()))


@ask_in_general
def waiting(scope: Scope) -> QuerySet[Client]:
    """Who is on the exchange now, whatever the period."""
    rows = Client.objects.on_exchange().order_by()
    return scope.of_ours(rows.annotate(whose=F("last_manager_id"), moment=F("exchange_since"), named=F("search_name")))


@ask_in_general
def shelved(scope: Scope) -> QuerySet[Shelving]:
    """Who was archived or brought back in the period."""
    came_from = Detachment.objects.filter(client=OuterRef("client"), detached_at__lte=OuterRef("made_at"))
    rows = Shelving.objects.order_by().filter(
        date__range=(scope.period.since, scope.period.until),
        action__in=[Shelving.Action.ARCHIVE, Shelving.Action.RESTORE],
    )
    # Who never was there did not leave it when he was archived (an imported client without a manager).
    claims = Claim.objects.filter(client=OuterRef("client"))
    # Looked up, not joined: few are shelved of many clients.
    itself = Client.objects.order_by().filter(pk=OuterRef("client"))
    there = Exists(itself.filter(exchange_since__isnull=False))
    rows = rows.filter(Q(there) | Exists(came_from) | Exists(claims))
    latest = came_from.order_by("-detached_at", "-pk").values("manager_id")[:1]
    last = Subquery(itself.values("last_manager_id")[:1])
    return scope.of_ours(
        rows.annotate(
            whose=Coalesce(Subquery(latest), last, output_field=BigIntegerField()),
            moment=F("made_at"),
            named=name_of_client(),
        )
    )


@ask_in_general
def pauses(scope: Scope) -> QuerySet[ClaimPause]:
    """Whose claiming was paused in the period."""
    rows = ClaimPause.objects.order_by().filter(scope.on_days("starts_on"))
    return scope.of_ours(
        rows.annotate(whose=F("manager_id"), moment=F("starts_on"), named=Value("", output_field=CharField()))
    )


# --- the figures ------------------------------------------------------------------------------------------------------
def _age(shortest: int, longest: int | None) -> Callable[[Scope], Q]:
    """On the exchange for that many whole days, as the board's filter has it."""

    def condition(scope: Scope) -> Q:
        day = dt.timedelta(days=1)
        found = Q(exchange_since__lt=clock.day_start(scope.today - day * (shortest - 1)))
        if longest is not None:
            found &= Q(exchange_since__gte=clock.day_start(scope.today - day * longest))
        return found

    return condition


def _stale(scope: Scope) -> Q:
    days = scope.rules[STALE_DAYS]
    return Q(pk__in=[]) if days is None else stale_q(scope.today, days)


def _in_time_still(scope: Scope) -> Q:
    # Few are: the date is looked at first, and what costs after it.
    still_due = Q(due_on__gte=scope.today) & Q(client__isnull=False) & Q(held_until=NEVER)
    return still_due & Q(failed=False) & Q(contacted=False)


_Lost = OwnershipPeriod.Lost

FIGURES: dict[str, Figure] = {
    "came": Figure(_("Came to the exchange"), arrivals),
    "came_idle": Figure(_("Came: left alone too long"), arrivals, by(reason=_Lost.IDLE)),
    "came_returned": Figure(_("Came: returned by the manager"), arrivals, by(reason=_Lost.RETURNED)),
    "came_released": Figure(_("Came: released by the head"), arrivals, by(reason=_Lost.RELEASED)),
    "came_untouched": Figure(_("Came back: claimed and not contacted"), arrivals, by(reason=_Lost.UNTOUCHED)),
    "came_left": Figure(_("Came: the manager left"), arrivals, by(reason=_Lost.LEFT)),
    "came_reassigned": Figure(_("Came: handed over"), arrivals, by(reason=_Lost.REASSIGNED)),
    "undone": Figure(_("Given back: the arrival was undone"), undone),
    "taken": Figure(_("Taken from the exchange"), taken),
    "claimed": Figure(_("Claimed"), taken, by(assigned_by=None)),
    "assigned": Figure(_("Assigned by the head"), taken, by(assigned_by__isnull=False)),
    "contacted": Figure(_("Taken and contacted in time"), taken, by(contacted=True)),
    "in_time": Figure(_("Taken, the first contact still due"), taken, _in_time_still),
    "started": Figure(_("Taken and a sale begun"), taken, by(started=True)),
    "won": Figure(_("Taken and won"), taken, by(won=True)),
    "failed": Figure(_("Failed claims"), taken, by(failed=True)),
    "archived": Figure(_("Archived"), shelved, by(action=Shelving.Action.ARCHIVE)),
    "restored": Figure(_("Back from the archive"), shelved, by(action=Shelving.Action.RESTORE)),
    "pauses": Figure(_("Pauses of claiming"), pauses),
    "now": Figure(_("On the exchange now"), waiting),
    "quarantined": Figure(
        pgettext_lazy("clients", "Set aside now"), waiting, lambda scope: Q(quarantine_until__gte=scope.today)
    ),
    "age_7": Figure(_("On the exchange up to 7 days"), waiting, _age(0, 7)),
    "age_30": Figure(_("On the exchange 8 to 30 days"), waiting, _age(8, 30)),
    "age_90": Figure(_("On the exchange 31 to 90 days"), waiting, _age(31, 90)),
    "age_more": Figure(_("On the exchange more than 90 days"), waiting, _age(91, None)),
    "stale": Figure(_("Wanted by nobody for long"), waiting, _stale),
}

#: Those of the period; the others are as of today.
PAST = [key for key, figure in FIGURES.items() if figure.rows is not waiting]
