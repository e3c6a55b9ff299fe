"""What the head's control counts: clients with what is wrong with them, their contacts, plans and open sales.

All of it belongs to the manager who leads the client now, whoever did it: the control judges how clients are worked
with, not who worked.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import reduce
from operator import add, or_

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ContactPerson, ContactPoint
from clients.models.client import ClientKind
from clients.rules.portrait import PORTRAIT_FIELDS
from interactions import process_activity
from interactions.models import Event, ProcessLine, SalesProcess
from interactions.overdue import ahead_q, overdue_q
from reports.frame.figures import Figure, Unit, ask_in_general, by
from reports.frame.scope import Scope
from reports.rulebook import CRITICAL, PORTRAIT_PERCENT, WARM_DAYS
from reports.rules.control import Light, Problem, fields_needed

OF_CLIENT = {"client": OuterRef("pk")}


# --- what the rows are ------------------------------------------------------------------------------------------------
@ask_in_general
def clients(scope: Scope) -> QuerySet[Client]:
    """Held clients with the four indicators and what else is asked of them, each true or false. What a question does
    not ask for costs nothing."""
    plans = Event.objects.planned().filter(**OF_CLIENT)
    persons = ContactPerson.objects.filter(is_active=True, **OF_CLIENT)
    points = ContactPoint.objects.filter(person=OuterRef("pk"))
    own = Q(kind=ClientKind.PERSON) & Exists(ContactPoint.objects.filter(person=None, **OF_CLIENT))
    reachable = (Exists(persons) | own) & ~Exists(persons.filter(~Exists(points)))
    rows = Client.objects.held().order_by().filter(scope.of_clients())
    if client := scope.options.get("client"):
        rows = rows.filter(pk=client)
    rows = rows.alias(
        filled=filled_fields(),
        no_sale=~Exists(_asked_for(SalesProcess.objects.open(), scope).filter(**OF_CLIENT)),
        overdue=Exists(plans.filter(overdue_q(scope.today))),
        planned=Exists(plans.filter(ahead_q(scope.today))),
        contacts=_true_when(Q(~reachable)),
        touched=Exists(Event.objects.counted().filter(scope.on_days("counted_on"), **OF_CLIENT)),
        fresh=_true_when(Q(last_contact_on__gte=warm_since(scope))),
    )
    rows = rows.alias(portrait=_true_when(Q(filled__lt=fields_needed_by(scope))))
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("assigned_on"), named=F("search_name")))


@ask_in_general
def contacts(scope: Scope) -> QuerySet[Event]:
    """Counted contacts of the period with clients that are held now."""
    return _of_held(Event.objects.counted().filter(scope.on_days("counted_on")), scope, "occurred_at")


def done(scope: Scope) -> QuerySet[Event]:
    """What was done in the period with clients that are held now, without steps of sales."""
    rows = Event.objects.done().by_hand().exclude(approval__in=["pending", "rejected"])
    return _of_held(rows.filter(scope.at_moments("occurred_at")), scope, "occurred_at")


@ask_in_general
def plans(scope: Scope) -> QuerySet[Event]:
    """What is planned with held clients, whenever it was to be."""
    return _of_held(Event.objects.planned(), scope, "occurred_at")


def sales(scope: Scope) -> QuerySet[SalesProcess]:
    """The open sales of held clients: of the kind, at the stage, with the product that is asked for."""
    planned = Event.objects.planned().filter(ahead_q(scope.today), process=OuterRef("pk"))
    rows = _of_held(_asked_for(SalesProcess.objects.open(), scope), scope, "started_on")
    return rows.alias(planned=Exists(planned))


def _of_held(rows: QuerySet, scope: Scope, moment: str) -> QuerySet:
    rows = rows.order_by().filter(scope.of_clients("client__"), client__manager__isnull=False)
    if client := scope.options.get("client"):
        rows = rows.filter(client=client)
    return scope.of_ours(rows.annotate(whose=F("client__manager_id"), moment=F(moment), named=F("client__search_name")))


def _asked_for(rows: QuerySet[SalesProcess], scope: Scope) -> QuerySet[SalesProcess]:
    """The sales of the filters "kind", "stage" and "product"."""
    for name in ("kind", "stage"):
        if key := scope.options.get(name):
            rows = rows.filter(**{name: key})
    if product := scope.options.get("product"):
        rows = rows.filter(Exists(ProcessLine.objects.filter(process=OuterRef("pk"), product=product)))
    return rows


# --- conditions -------------------------------------------------------------------------------------------------------
def filled_fields() -> Case:
    """How many fields of the portrait are filled, as SQL; the same as ``clients.rules.portrait.completeness``."""
    return reduce(add, (Case(When(_is_filled(name), then=1), default=0) for name in PORTRAIT_FIELDS))


def _is_filled(name: str) -> Q:
    field = Client._meta.get_field(name)
    known = Q(**{f"{name}__isnull": False})
    return known & ~Q(**{name: ""}) if isinstance(field, CharField | TextField) else known


def fields_needed_by(scope: Scope) -> int:
    """How many fields of the portrait must be filled by the rules."""
    percent = scope.rules[PORTRAIT_PERCENT]
    assert percent is not None, "it cannot be switched off"
    return fields_needed(len(PORTRAIT_FIELDS), percent)


def _true_when(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def warm_since(scope: Scope) -> dt.date:
    """The first of the last days in which a contact keeps a client warm."""
    days = scope.rules[WARM_DAYS]
    assert days is not None, "it cannot be switched off"
    return scope.today - dt.timedelta(days=days - 1)


def critical(scope: Scope) -> frozenset[Problem]:
    """What is critical by the rules as they are set."""
    return frozenset(problem for problem in Problem if scope.rules[CRITICAL[problem]] is not None)


def _any_of(problems: Iterable[Problem]) -> Q:
    return reduce(or_, (Q(**{problem: True}) for problem in problems), Q(pk__in=[]))


def shines(colour: Light) -> Callable[[Scope], Q]:
    """The clients of a light, as a condition: the same as ``reports.rules.control.light``."""

    def condition(scope: Scope) -> Q:
        red = _any_of(critical(scope))
        match colour:
            case Light.RED:
                return red
            case Light.YELLOW:
                return _any_of(Problem) & ~red
        return ~_any_of(Problem)

    return condition


def _warm(scope: Scope) -> Q:
    return Q(no_sale=False) | Q(fresh=True)


def _cold(scope: Scope) -> Q:
    return Q(no_sale=True, fresh=False)


def _overdue(scope: Scope) -> Q:
    return overdue_q(scope.today)


def _from_today(scope: Scope) -> Q:
    return ahead_q(scope.today)


# --- the figures ------------------------------------------------------------------------------------------------------
FIGURES: dict[str, Figure] = {
    "clients": Figure(_("Clients"), clients),
    Light.GREEN: Figure(_("Green: all four in order"), clients, shines(Light.GREEN)),
    Light.YELLOW: Figure(_("Yellow: something is missing"), clients, shines(Light.YELLOW)),
    Light.RED: Figure(_("Red: something is critical"), clients, shines(Light.RED)),
    Problem.NO_SALE: Figure(_("No open sale"), clients, by(no_sale=True)),
    Problem.OVERDUE: Figure(_("With an overdue plan"), clients, by(overdue=True)),
    Problem.PORTRAIT: Figure(_("Portrait not filled"), clients, by(portrait=True)),
    Problem.CONTACTS: Figure(_("Contacts missing"), clients, by(contacts=True)),
    "touched": Figure(_("With a contact in the period"), clients, by(touched=True)),
    "untouched": Figure(_("Without a contact in the period"), clients, by(touched=False)),
    "unplanned": Figure(_("Nothing planned"), clients, by(planned=False)),
    "warm": Figure(_("Warm clients"), clients, _warm),
    "warm_sale": Figure(_("With an open sale"), clients, by(no_sale=False)),
    "warm_contact": Figure(_("With a recent contact"), clients, by(fresh=True)),
    "cold": Figure(_("Cold clients"), clients, _cold),
    "contacts_made": Figure(_("Contacts in the period"), contacts),
    "done": Figure(_("Done in the period"), done),
    "plans": Figure(_("Planned from today on"), plans, _from_today),
    "overdue_plans": Figure(_("Overdue plans"), plans, _overdue),
    "sales": Figure(_("Open sales"), sales),
    "amount": Figure(_("Amount of open sales"), sales, sum_of="amount", unit=Unit.MONEY),
    "idle": Figure(_("Idle sales"), sales, lambda scope: process_activity.idle_q(scope.today)),
    "late": Figure(_("Expected to close before today"), sales, lambda scope: Q(expected_close_on__lt=scope.today)),
    "unplanned_sales": Figure(_("Sales with nothing planned"), sales, by(planned=False)),
}
