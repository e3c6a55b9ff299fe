"""What is kept: which rows, how they are worked out, and which numbers are made of them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, DateField, F, Model, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from clients.models import Manager
from clients.rulebook import RuleValues
from exchange.claim_rulebook import STALE_DAYS
from interactions.models import Event
from reports.exchange_health import figures as exchange
from reports.frame.figures import Figure, Rows
from reports.frame.scope import Scope
from reports.head_control import figures as control
from reports.kept.models import (
    ControlNumbers,
    HeldClient,
    LightNumbers,
    Numbers,
    ShelvedClient,
    TakenClient,
    WaitingClient,
    WaitingNumbers,
)
from reports.rulebook import CRITICAL, PORTRAIT_PERCENT
from reports.rules.control import Light, Problem
from reports.rules.periods import Period
from reports.traffic_light import figures as traffic_light

#: The rules that kept numbers follow.
RULES = (PORTRAIT_PERCENT, *CRITICAL.values(), STALE_DAYS)


@dataclass(frozen=True, slots=True)
class Tallied:
    """Numbers by manager that are kept of a set."""

    model: type[Numbers]
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Kept:
    """A set of rows that is kept.

    Attributes:
        model: where; its primary key is that of the row.
        rows: the rows themselves, as the figures have them.
        live: the same with everything that is kept: columns of ``model`` → what they are of the rows.
        kept: what is kept, with the names that the conditions of the figures know.
        of_client: the client of a row.
        tallied: the numbers that are kept of it.
    """

    model: type[Model]
    rows: Sequence[Rows]
    live: Callable[[Scope], QuerySet]
    columns: Mapping[str, Any]
    kept: Callable[[Scope], QuerySet]
    of_client: str
    tallied: Sequence[Tallied] = ()

    def of_clients(self, rows: QuerySet, clients: Any, were: Any = ()) -> QuerySet:
        """Those of the live rows that are of these clients, or ``were`` when they were kept: a claim outlives its
        client."""
        condition = Q(**{f"{self.of_client}__in": clients})
        if self.of_client != "pk":
            condition |= Q(pk__in=were)
        return rows.filter(condition)


def whole_company(day: dt.date, rules: RuleValues) -> Scope:
    """Everything there is, whenever it was: what is kept."""
    values: Any = rules
    return Scope(
        reader=Manager(),
        today=day,
        period=Period(dt.date.min, dt.date.max),
        manager_ids=None,
        nobody=True,
        rules=values,
    )


def rules_in_words(rules: Mapping[str, int | None] | RuleValues) -> str:
    """The numbers of the rules that kept numbers follow."""
    return " ".join(str(rules[key]) for key in RULES)


# --- held clients -----------------------------------------------------------------------------------------------------
def _held(scope: Scope) -> QuerySet:
    rows = scope.of_ours(HeldClient.objects.annotate(whose=F("manager")))
    needed = control.fields_needed_by(scope)
    return rows.alias(portrait=Case(When(filled__lt=needed, then=Value(True)), default=Value(False)))


HELD = Kept(
    model=HeldClient,
    rows=(control.clients, traffic_light.held),
    live=control.clients,
    columns={
        "client": "pk",
        "manager": "whose",
        **{name: name for name in ("yellow_on", "red_on", "detach_on", "no_sale", "overdue", "contacts", "filled")},
    },
    kept=_held,
    of_client="pk",
    tallied=(
        Tallied(LightNumbers, traffic_light.FIGURES),
        Tallied(ControlNumbers, {key: control.FIGURES[key] for key in ("clients", *Light, *Problem)}),
    ),
)


# --- the exchange -----------------------------------------------------------------------------------------------------
WAITING = Kept(
    model=WaitingClient,
    rows=(exchange.waiting,),
    live=exchange.waiting,
    columns={
        "client": "pk",
        "manager": "whose",
        "exchange_since": "exchange_since",
        "quarantine_until": "quarantine_until",
    },
    kept=lambda scope: scope.of_ours(WaitingClient.objects.annotate(whose=F("manager"))),
    of_client="pk",
    tallied=(
        Tallied(
            WaitingNumbers,
            {key: figure for key, figure in exchange.FIGURES.items() if figure.rows is exchange.waiting},
        ),
    ),
)


def _taken_live(scope: Scope) -> QuerySet:
    contacts = Event.objects.counted().filter(
        client=OuterRef("client"), counted_on__gte=OuterRef("date"), created_at__gte=OuterRef("claimed_at")
    )
    return exchange.taken(scope).annotate(
        touch_due_on=F("first_touch__due_on"),
        contact_on=Subquery(contacts.order_by("counted_on").values("counted_on")[:1]),
    )


def _taken(scope: Scope) -> QuerySet:
    rows = TakenClient.objects.filter(scope.on_days("date")).annotate(whose=F("manager"))
    rows = scope.of_ours(rows).alias(
        due_on=Coalesce("touch_due_on", exchange.due_by_rule(scope), output_field=DateField())
    )
    in_time = Q(contact_on__lte=F("due_on")) & Q(contact_on__lte=F("held_until"))
    return rows.alias(contacted=Case(When(in_time, then=Value(True)), default=Value(False)))


TAKEN = Kept(
    model=TakenClient,
    rows=(exchange.taken,),
    live=_taken_live,
    columns={
        "claim": "pk",
        "client": "client_id",
        "manager": "whose",
        "date": "date",
        "assigned_by": "assigned_by_id",
        **{name: name for name in ("waited", "touch_due_on", "held_until", "contact_on", "started", "won", "failed")},
    },
    kept=_taken,
    of_client="client",
)

SHELVED = Kept(
    model=ShelvedClient,
    rows=(exchange.shelved,),
    live=exchange.shelved,
    columns={"shelving": "pk", "client": "client_id", "manager": "whose", "action": "action", "date": "date"},
    kept=lambda scope: scope.of_ours(ShelvedClient.objects.filter(scope.on_days("date")).annotate(whose=F("manager"))),
    of_client="client",
)

SETS = (HELD, WAITING, TAKEN, SHELVED)
#: By the rows of the figures.
BY_ROWS: Mapping[Rows, Kept] = {rows: kept for kept in SETS for rows in kept.rows}
