"""The figures of the report on the exchange: each is a set of rows, defined once, counted for the table and listed
behind it.

Whose a row is: an arrival, what is undone and what is archived belong to the manager the client came from; a claim to
who got the client; a client on the exchange to its last manager. A manager belongs to the department he works in today,
as in all reports; so the parts make up the whole on every level.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, OwnershipPeriod
from crm import clock
from exchange.models import Claim, ClaimPause, Detachment, Shelving
from exchange.weekly import stale_q
from interactions.models import Event, ProcessStatus, SalesProcess
from reports.rules.flows import Period

NEVER = dt.date.max


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows, and of which days.

    Attributes:
        manager_ids: whose; None: everybody's.
        nobody: whether rows that are nobody's belong to it.
        stale_days: after how many days on the exchange a client counts as wanted by nobody; None: rule switched off.
        touch_days: within how many days a first contact is in time, where no due date was written down.
    """

    today: dt.date
    period: Period
    manager_ids: frozenset[int] | None
    nobody: bool
    stale_days: int | None
    touch_days: int

    def of_ours(self, rows: QuerySet) -> QuerySet:
        """The rows whose ``whose`` belongs to the scope."""
        if self.manager_ids is None:
            return rows if self.nobody else rows.filter(whose__isnull=False)
        ours = Q(whose__in=sorted(self.manager_ids))
        return rows.filter(ours | Q(whose__isnull=True) if self.nobody else ours)


# --- what the rows are ------------------------------------------------------------------------------------------------
# Each set has the annotations ``whose`` (a manager's id), ``moment`` (what it is sorted by) and ``named`` (the client's
# name to sort and to search by).


def arrivals(scope: Scope) -> QuerySet[Detachment]:
    """Who came to the exchange in the period, also those that were given back later."""
    rows = Detachment.objects.order_by().filter(date__range=(scope.period.since, scope.period.until))
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("detached_at"), named=F("client__search_name")))


def undone(scope: Scope) -> QuerySet[Detachment]:
    """Whose arrival was undone in the period: given back as if nothing had been."""
    rows = Detachment.objects.order_by().filter(
        undone_at__gte=clock.day_start(scope.period.since),
        undone_at__lt=clock.day_start(scope.period.until + dt.timedelta(days=1)),
    )
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("undone_at"), named=F("client__search_name")))


def taken(scope: Scope) -> QuerySet[Claim]:
    """Who left the exchange in the period by a claim or an assignment, with what became of it:

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
    due = ExpressionWrapper(F("date") + Value(dt.timedelta(days=scope.touch_days)), output_field=DateField())
    rows = (
        Claim.objects.order_by()
        .filter(date__range=(scope.period.since, scope.period.until))
        .alias(
            held_until=Coalesce(Subquery(held_until[:1]), Value(NEVER), output_field=DateField()),
            due_on=Coalesce("first_touch__due_on", due, output_field=DateField()),
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
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("claimed_at"), named=F("client__search_name")))


def waiting(scope: Scope) -> QuerySet[Client]:
    """Who is on the exchange now, whatever the period."""
    rows = Client.objects.on_exchange().order_by()
    return scope.of_ours(rows.annotate(whose=F("last_manager_id"), moment=F("exchange_since"), named=F("search_name")))


def shelved(scope: Scope) -> QuerySet[Shelving]:
    """Who was archived or brought back in the period."""
    came_from = Detachment.objects.filter(client=OuterRef("client"), detached_at__lte=OuterRef("made_at"))
    rows = Shelving.objects.order_by().filter(
        date__range=(scope.period.since, scope.period.until),
        action__in=[Shelving.Action.ARCHIVE, Shelving.Action.RESTORE],
    )
    # Who never was there did not leave it when he was archived (an imported client without a manager).
    claims = Claim.objects.filter(client=OuterRef("client"))
    rows = rows.filter(Q(client__exchange_since__isnull=False) | Exists(came_from) | Exists(claims))
    latest = came_from.order_by("-detached_at", "-pk").values("manager_id")[:1]
    return scope.of_ours(
        rows.annotate(
            whose=Coalesce(Subquery(latest), F("client__last_manager_id"), output_field=BigIntegerField()),
            moment=F("made_at"),
            named=F("client__search_name"),
        )
    )


def pauses(scope: Scope) -> QuerySet[ClaimPause]:
    """Whose claiming was paused in the period."""
    rows = ClaimPause.objects.order_by().filter(starts_on__range=(scope.period.since, scope.period.until))
    return scope.of_ours(
        rows.annotate(whose=F("manager_id"), moment=F("starts_on"), named=Value("", output_field=CharField()))
    )


# --- the figures ------------------------------------------------------------------------------------------------------
def _all(scope: Scope) -> Q:
    return Q()


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
    if scope.stale_days is None:
        return Q(pk__in=[])
    return stale_q(scope.today, scope.stale_days)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the report: ``rows`` that meet ``condition``. ``label`` names the list of these rows."""

    label: str | Promise
    rows: Callable[[Scope], QuerySet]
    condition: Callable[[Scope], Q] = field(default=_all)

    def of(self, scope: Scope) -> QuerySet:
        """The rows behind the number."""
        return self.rows(scope).filter(self.condition(scope))


def _by(**lookup: object) -> Callable[[Scope], Q]:
    return lambda scope: Q(**lookup)


def _in_time_still(scope: Scope) -> Q:
    return Q(client__isnull=False, contacted=False, failed=False, held_until=NEVER, due_on__gte=scope.today)


_Lost = OwnershipPeriod.Lost

FIGURES: dict[str, Figure] = {
    "came": Figure(_("Came to the exchange"), arrivals),
    "came_idle": Figure(_("Came: left alone too long"), arrivals, _by(reason=_Lost.IDLE)),
    "came_returned": Figure(_("Came: returned by the manager"), arrivals, _by(reason=_Lost.RETURNED)),
    "came_released": Figure(_("Came: released by the head"), arrivals, _by(reason=_Lost.RELEASED)),
    "came_untouched": Figure(_("Came back: claimed and not contacted"), arrivals, _by(reason=_Lost.UNTOUCHED)),
    "came_left": Figure(_("Came: the manager left"), arrivals, _by(reason=_Lost.LEFT)),
    "came_reassigned": Figure(_("Came: handed over"), arrivals, _by(reason=_Lost.REASSIGNED)),
    "undone": Figure(_("Given back: the arrival was undone"), undone),
    "taken": Figure(_("Taken from the exchange"), taken),
    "claimed": Figure(_("Claimed"), taken, _by(assigned_by=None)),
    "assigned": Figure(_("Assigned by the head"), taken, _by(assigned_by__isnull=False)),
    "contacted": Figure(_("Taken and contacted in time"), taken, _by(contacted=True)),
    "in_time": Figure(_("Taken, the first contact still due"), taken, _in_time_still),
    "started": Figure(_("Taken and a sale begun"), taken, _by(started=True)),
    "won": Figure(_("Taken and won"), taken, _by(won=True)),
    "failed": Figure(_("Failed claims"), taken, _by(failed=True)),
    "archived": Figure(_("Archived"), shelved, _by(action=Shelving.Action.ARCHIVE)),
    "restored": Figure(_("Back from the archive"), shelved, _by(action=Shelving.Action.RESTORE)),
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

#: Reasons of arrival → their figures.
REASONS = {reason.value: f"came_{reason.value}" for reason in _Lost}
