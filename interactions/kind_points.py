"""What done events earn: the points their kinds had on their day; and who says so."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from clients import from_a_day
from clients.models import Manager
from clients.rules.since import ONE_DAY, Changes
from crm import clock
from crm.web.errors import DomainError
from crm.web.prepared import Prepared
from interactions.models import EventKind, KindPoints


@dataclass(frozen=True, slots=True)
class Points:
    """The history of all kinds."""

    kinds: Mapping[int, Changes[int]]

    def on(self, kind_id: int, day: dt.date) -> int:
        """What an event of a kind earns on a company day."""
        return (self.kinds[kind_id].on(day) or 0) if kind_id in self.kinds else 0

    @property
    def days(self) -> set[dt.date]:
        """The days something changed on."""
        return {day for changes in self.kinds.values() for day in changes.days}

    def expression(self, first: dt.date, last: dt.date) -> Case:
        """What each event earns, in SQL, for events from ``first`` to ``last``, both included, by the company's
        calendar. Kinds that earn the same all that time are one condition."""
        alike: dict[tuple[dt.date, dt.date, int], list[int]] = defaultdict(list)
        for kind_id, changes in self.kinds.items():
            for since, until, points in changes.between(first, last):
                if points:
                    alike[since, until, points].append(kind_id)
        whens = [
            When(_between(since, until, first, last) & Q(kind__in=kinds), then=Value(points))
            for (since, until, points), kinds in alike.items()
        ]
        return Case(*whens, default=Value(0), output_field=IntegerField())


def _between(since: dt.date, until: dt.date, first: dt.date, last: dt.date) -> Q:
    """When it happened; what reaches to an end of the whole time is not asked again."""
    condition = Q()
    if since > first:
        condition &= Q(occurred_at__gte=clock.day_start(since))
    if until < last:
        condition &= Q(occurred_at__lt=clock.day_start(until + ONE_DAY))
    return condition


def read_points() -> Points:
    """The history of all kinds. One query of a small table."""
    found: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    for kind_id, since, points in _all_points():
        found[kind_id].append((since, points))
    return Points({kind_id: Changes(changes) for kind_id, changes in found.items()})


_all_points = Prepared(lambda: KindPoints.objects.order_by("since").values_list("kind", "since", "points"))


def set_points(*, by: Manager, kind: EventKind, since: dt.date, points: int) -> KindPoints:
    """From ``since`` on a done event of this kind earns so many points.

    Raises:
        DomainError: only directors and administrators set points; a day in the past, which only administrators set
            right; a kind the program writes.
    """
    _check(by)
    if kind.is_system:
        raise DomainError(_("Events the program writes earn nothing."), field="kind")
    return from_a_day.put(KindPoints, by=by, since=since, values={"points": points}, kind=kind)


def points_set_by(by: Manager) -> QuerySet[KindPoints]:
    """The rows ``by`` may take back: a director's and an administrator's are all."""
    return KindPoints.objects.all() if by.sees_everything else KindPoints.objects.none()


def withdraw_points(row: KindPoints, *, by: Manager) -> None:
    """Take back points that have not held for a whole day.

    Raises:
        DomainError: only directors and administrators do; they have held already.
    """
    _check(by)
    from_a_day.withdraw(row, by=by)


def _check(by: Manager) -> None:
    if not by.sees_everything:
        raise DomainError(_("Directors and administrators set what events earn."))
