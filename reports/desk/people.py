"""What the rules of help ask of each manager. A fixed number of queries, however many managers there are."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clients.models import Absence, Manager
from clients.working_days import working_days
from crm import clock
from exchange.claims import touched
from exchange.models import FirstTouch, Signal
from interactions.models import Event
from interactions.overdue import overdue_q
from reports.frame.figures import Figure, Number, tally
from reports.frame.scope import Scope
from reports.head_control.figures import FIGURES, plans
from reports.rules.help import Facts, Limits

Numbers = Mapping[str, Number]
#: What fell due before is not new.
RECENT = dt.timedelta(days=7)
#: So far back working days are counted: who has done nothing for longer needs help anyway.
LOOKED_BACK = dt.timedelta(days=30)


def the_people(reader: Manager, today: dt.date) -> QuerySet[Any]:
    """Those who work for the reader, himself aside; with ``last_done_at``, ``is_away``, ``has_deputy`` and ``signals``
    that no head has looked at."""
    this = OuterRef("pk")
    # Nothing was done in the future: all that is planned there is passed over by the index.
    done = (
        Event.objects.done().by_hand().filter(responsible=this, occurred_at__lte=clock.now()).order_by("-occurred_at")
    )
    away = Absence.objects.in_force(today).filter(manager=this)  # type: ignore[attr-defined]
    signals = Signal.objects.standing().unseen().filter(manager=this).order_by().values("manager")  # type: ignore[attr-defined]
    people: QuerySet[Any] = Manager.objects.reported_to(reader).exclude(pk=reader.pk)
    return (
        people.filter(is_active=True, department__isnull=False)
        .select_related("department")
        .annotate(
            last_done_at=Subquery(done.values("occurred_at")[:1]),
            is_away=Exists(away),
            has_deputy=Exists(away.filter(deputy__isnull=False)),
            signal_count=Coalesce(Subquery(signals.annotate(n=Count("pk")).values("n")), 0),
        )
    )


@dataclass(frozen=True, slots=True)
class People:
    """What is known of the managers, and the claims that go back soon, the first first."""

    facts: list[Facts]
    claims: Mapping[int, Sequence[FirstTouch]]


def people_facts(managers: Sequence[Manager], colours: Mapping[int, Numbers], scope: Scope, limits: Limits) -> People:
    """The facts of these managers; ``colours``: the traffic light of each."""
    overdue = _overdue(scope)
    idle = _idle_days(managers, scope.today)
    claims = _untouched([manager.pk for manager in managers], scope.today, limits.touch_days)
    return People(
        [
            _facts(each, colours.get(each.pk, {}), overdue.get(each.pk, {}), idle[each.pk], claims.get(each.pk, ()))
            for each in managers
        ],
        claims,
    )


def _facts(manager: Any, light: Numbers, late: Numbers, idle_days: int, claims: Sequence[FirstTouch]) -> Facts:
    return Facts(
        manager_id=manager.pk,
        department_id=manager.department_id,
        held=int(light.get("held", 0)),
        red=int(light.get("red", 0)),
        leaving=int(light.get("leaving_7", 0)),
        overdue=int(late.get("overdue_plans", 0)),
        overdue_new=int(late.get("overdue_new", 0)),
        idle_days=idle_days,
        is_away=manager.is_away,
        has_deputy=manager.has_deputy,
        untouched=len(claims),
        signals=manager.signal_count,
    )


def _fell_due_lately(scope: Scope) -> Q:
    return overdue_q(scope.today) & Q(occurred_at__gte=clock.day_start(scope.today) - RECENT)


def _overdue(scope: Scope) -> dict[int, dict]:
    """Overdue plans with the clients of each manager, as the head's control counts them. One query."""
    wanted = {"overdue_plans": FIGURES["overdue_plans"], "overdue_new": Figure("", plans, _fell_due_lately)}
    return tally(wanted, scope)


def _idle_days(managers: Sequence[Any], today: dt.date) -> dict[int, int]:
    """On how many of his working days, up to yesterday, each has registered nothing as done. Three queries."""
    worked = working_days(managers, today - LOOKED_BACK, today - dt.timedelta(days=1))
    last = {each.pk: clock.local_date(each.last_done_at) if each.last_done_at else dt.date.min for each in managers}
    return {pk: sum(day > last[pk] for day in days) for pk, days in worked.items()}


def _untouched(ids: Iterable[int], today: dt.date, days: int | None) -> dict[int, list[FirstTouch]]:
    """The claims of each manager that go back within so many days for want of a first contact. Two queries at most."""
    if days is None:
        return {}
    last = today + dt.timedelta(days=days)
    duties = FirstTouch.objects.open().filter(manager__in=ids, client__manager=F("manager"), due_on__lte=last)
    rows = list(duties.select_related("claim", "client").order_by("due_on", "pk"))
    made = touched(rows)
    found: dict[int, list[FirstTouch]] = {}
    for row in rows:
        if row.pk not in made:
            found.setdefault(row.manager_id, []).append(row)
    return found
