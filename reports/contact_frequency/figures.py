"""The figures of the report on contact frequency.

What is judged is a *holding*: a client for as long as one manager held it in the period. So whoever took a client over
answers for his own days and contacts only, and two managers for one client who was handed over. Contacts are counted
whoever made them. The present category of the client and department of the manager decide what rules.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db.models import (
    Case,
    DateField,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, OwnershipPeriod
from interactions.models import Event, EventKind
from interactions.regulations import regulation_book
from interactions.rules.regulations import Regulation, RegulationBook
from reports.contact_frequency.days import ANYBODY, Calendar, DayNumber, LastDays, by_regulation, contacts, ruled_q
from reports.contact_frequency.filters import ANY_CONTACT, NO_CATEGORY
from reports.contact_frequency.listings import CALLED, EXPECTED, MADE
from reports.frame.figures import Figure, by, name_of_client, number_of_rows
from reports.frame.scope import Scope
from reports.rules.periods import ONE_DAY

#: What became of what was asked of a holding.
KEPT, MISSED = 1, 2
#: Whether the next contact with a client is due, in the order of what presses.
RULED, SOON, LATE = 1, 2, 3
#: Soon is today or within so many days.
SOON_DAYS = dt.timedelta(days=7)
#: The annotation of a kind's state.
STATE = "state_"
#: Who was not spoken with for longer is late whatever days off there were.
_HORIZON = dt.timedelta(days=3 * 366)
_NEVER = Value(dt.date.max, output_field=DateField())


def kinds(book: RegulationBook, scope: Scope) -> list[int | None]:
    """Of which kinds contacts are asked for, as far as the reader wants to know; None: any contact."""
    wanted = scope.options.get("asked_for", "")
    return [kind for kind in book.kinds if wanted in ("", name_of(kind))]


def name_of(kind: int | None) -> str:
    """A kind in an address: "any", "3"."""
    return ANY_CONTACT if kind is None else str(kind)


def holdings(scope: Scope) -> QuerySet[OwnershipPeriod]:
    """Whom somebody held in the period while a regulation ruled."""
    return holdings_by(scope, regulation_book())


def holdings_by(scope: Scope, book: RegulationBook) -> QuerySet[OwnershipPeriod]:
    """The same with the regulations read already: with ``state_<kind>`` of each kind asked for (:data:`KEPT` and so
    on), ``judged``: the worst of them, and what they follow from: ``expected_<kind>``, ``made_<kind>``."""
    first, last = scope.period.since, min(scope.period.until, scope.today)
    calendar = Calendar.of(first, last, scope.rules)
    rows = OwnershipPeriod.objects.order_by().filter(
        Q(until__isnull=True) | Q(until__gt=first), _of_clients(scope, "client__"), since__lte=last
    )
    meant, states = Q(pk__in=[]), []
    for kind, name in kind_names(kinds(book, scope)).items():
        parts, key = None, name_of(kind)
        for place, stretch in enumerate(book.stretches(kind, first, last)):
            starts, ends = f"from_{key}_{place}", f"to_{key}_{place}"
            rows = rows.alias(
                **{
                    starts: Greatest(DayNumber("since"), Value(stretch.first.toordinal())),
                    # The day a client is handed over is the next manager's.
                    ends: Least(DayNumber(Coalesce("until", _NEVER)) - 1, Value(stretch.last.toordinal())),
                }
            )
            a_day = Coalesce(by_regulation(stretch.regulations, _parts_a_day, "client__"), Value(0))
            added = calendar.asking_days(starts, ends) * a_day
            parts = added if parts is None else parts + added
            meant |= _meant(stretch.regulations, "client__")
        if parts is not None:
            facts = {EXPECTED + key: contacts(parts), MADE + key: _made(kind, first, last), CALLED + key: Value(name)}
            rows = rows.annotate(**facts).annotate(**{STATE + key: _state(kind, first, last)})
            states.append(STATE + key)
    rows = rows.filter(meant).annotate(judged=_largest(states))
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("since"), named=name_of_client()))


def _state(kind: int | None, first: dt.date, last: dt.date) -> Case:
    """What became of what was asked. The contacts are counted of those only whose last one does not tell."""
    expected, made = EXPECTED + name_of(kind), MADE + name_of(kind)
    latest = "client__last_contact_on"
    since_then = Q(**{f"{latest}__gte": first}) & Q(**{f"{latest}__gte": F("since")})
    known = [When(Q(**{f"{latest}__isnull": True}) | ~since_then, then=Value(MISSED))]
    if kind is None:  # it is the holder's, and one is enough
        known.append(When(since_then, until=None, **{f"{latest}__lte": last, expected: 1}, then=Value(KEPT)))
    return Case(
        When(**{f"{expected}__lte": 0}, then=Value(0)),
        *known,
        When(**{f"{made}__lt": F(expected)}, then=Value(MISSED)),
        default=Value(KEPT),
        output_field=IntegerField(),
    )


def _largest(names: Sequence[str]) -> Combinable:
    """The largest of some numbers; nought of none."""
    return Greatest(*names, Value(0)) if names else Value(0)


def kind_names(wanted: Sequence[int | None]) -> dict[int | None, str]:
    """Kinds in words. One query."""
    known = EventKind.objects.in_bulk([kind for kind in wanted if kind])
    return {kind: str(known[kind]) if kind else gettext("Any contact") for kind in wanted}


def _parts_a_day(regulation: Regulation) -> Value:
    return Value(regulation.parts_a_day)


def _meant(regulations: Sequence[Regulation], prefix: str = "") -> Q:
    """Whose clients something may be asked for."""
    found = Q(pk__in=[])
    for each in regulations:
        if each.times:
            found |= ruled_q(each, prefix) or ANYBODY
    return found


def _of_clients(scope: Scope, prefix: str = "") -> Q:
    """The client filters, of which a category may also be "none"."""
    if scope.options.get("category") != NO_CATEGORY:
        return scope.of_clients(prefix)
    others = {name: value for name, value in scope.options.items() if name != "category"}
    return replace(scope, options=others).of_clients(prefix) & Q(**{f"{prefix}category": ""})


def _made(kind: int | None, first: dt.date, last: dt.date) -> Coalesce:
    """How many contacts of a kind there were while the manager held the client."""
    made = Event.objects.counted().filter(
        client=OuterRef("client"),
        counted_on__range=(first, last),
        counted_on__gte=OuterRef("since"),
        counted_on__lt=Coalesce(OuterRef("until"), _NEVER),
    )
    if kind is not None:
        made = made.filter(kind=kind)
    number = made.order_by().values("client").annotate(number_of=number_of_rows()).values("number_of")
    return Coalesce(Subquery(number, output_field=IntegerField()), Value(0))


def held_now(scope: Scope) -> QuerySet[Client]:
    """Who is held now and ruled today."""
    return held_now_by(scope, regulation_book())


def held_now_by(scope: Scope, book: RegulationBook) -> QuerySet[Client]:
    """The same with the regulations read already: with ``due`` (:data:`RULED`, :data:`SOON`, :data:`LATE`; nought of
    whom nothing is asked), the most pressing of all kinds."""
    today = scope.today
    longest = max((each.days_between or 0 for kind in book.kinds for each in book.in_force(kind, today)), default=0)
    last_days = LastDays.of(today - _HORIZON, [today - ONE_DAY, today + SOON_DAYS], longest, scope.rules)
    rows = Client.objects.held().order_by().filter(_of_clients(scope))
    meant, states = Q(pk__in=[]), []
    for kind in kinds(book, scope):
        in_force, key = book.in_force(kind, today), name_of(kind)
        if not any(each.times for each in in_force):
            continue
        of_kind = _meant(in_force)
        meant |= of_kind
        # Who is not meant is not looked up among the events.
        last = Case(When(of_kind, then=_last(kind))) if kind else F("last_contact_on")
        rows = rows.alias(**{f"from_{key}": Greatest("assigned_on", Coalesce(last, "assigned_on"))})
        due = by_regulation(in_force, partial(_pressing, counted_from=f"from_{key}", today=today, last_days=last_days))
        rows = rows.alias(**{STATE + key: Coalesce(due, Value(0))})
        states.append(STATE + key)
    rows = rows.filter(meant).annotate(due=_largest(states))
    return scope.of_ours(rows.annotate(whose=F("manager_id"), moment=F("clock_date"), named=F("search_name")))


def _last(kind: int | None) -> Any:
    """The day of the last contact of a kind, as a date."""
    if kind is None:
        return F("last_contact_on")
    contacts_of_kind = Event.objects.counted().filter(client=OuterRef("pk"), kind=kind).order_by()
    return Subquery(contacts_of_kind.values("client").annotate(last=Max("counted_on")).values("last"))


def _pressing(regulation: Regulation, *, counted_from: str, today: dt.date, last_days: LastDays) -> Any:
    """:data:`LATE`, :data:`SOON` or :data:`RULED`, of whom was last spoken with on ``counted_from``. Nothing is due
    before the regulation rules."""
    between = regulation.days_between
    if between is None or regulation.since > today + SOON_DAYS:
        return Value(0)
    until = {LATE: today - ONE_DAY, SOON: today + SOON_DAYS}
    due = [
        When(**{f"{counted_from}__lte": last_days.before(between, day)}, then=Value(when))
        for when, day in until.items()
        if regulation.since <= day
    ]
    return Case(*due, default=Value(RULED))


FIGURES: dict[str, Figure] = {
    "asked": Figure(_("Contacts were asked for"), holdings, by(judged__gt=0)),
    "kept": Figure(_("The regulation was kept"), holdings, by(judged=KEPT)),
    "missed": Figure(_("Fewer contacts than asked for"), holdings, by(judged=MISSED)),
    "ruled": Figure(_("Under a regulation now"), held_now, by(due__gt=0)),
    "late": Figure(_("A contact is overdue"), held_now, by(due=LATE)),
    "soon": Figure(_("A contact is due within 7 days"), held_now, by(due=SOON)),
}
