"""What the report on points counts: done events with what each earned on its day.

An event belongs to its responsible, and to the company's day it happened on. What the program wrote (steps of sales)
earns nothing; a back-dated contact does once the head has approved it.
"""

from collections.abc import Sequence

from django.db.models import F, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from crm import clock
from interactions.kind_points import Points, read_points
from interactions.models import Approval, Event, KindPoints
from reports.frame.done_events import by_whose
from reports.frame.figures import Figure, Number, Unit, by, name_of_client
from reports.frame.scope import Scope
from reports.rules.periods import Period


def done(scope: Scope) -> QuerySet[Event]:
    """The done events of the period; ``points``: what each earned, ``on_day``: the company's day."""
    rows = Event.objects.done().by_hand().order_by().filter(scope.at_moments("occurred_at"))
    rows = rows.filter(approval__in=[Approval.NOT_NEEDED, Approval.APPROVED])
    if kind := scope.options.get("kind"):
        rows = rows.filter(kind=kind)
    return scope.of_ours(
        rows.annotate(
            whose=F("responsible_id"),
            moment=F("occurred_at"),
            named=name_of_client(),
            points=read_points().expression(scope.period.since, scope.period.until),
            on_day=TruncDate("occurred_at", tzinfo=clock.company_zone()),
        )
    )


def earned(scope: Scope, periods: Sequence[Period], *, with_points: bool = True) -> list[dict[int, dict[str, Number]]]:
    """The same of each of the periods, added up by whose it is: ``done``, ``points``, and how many ``contacts``
    counted. Five queries; fewer and shorter ones without points, which may change within a month."""
    points = read_points() if with_points else Points({})
    found = by_whose(scope, periods, lambda day: {kind: points.on(kind, day) for kind in points.kinds}, points.days)
    return [
        {
            whose: {"done": did["done"], "points": did["worth"], "contacts": did["counted"]}
            for whose, did in each.items()
        }
        for each in found
    ]


_EARNING = KindPoints.objects.filter(points__gt=0).values("kind")

FIGURES: dict[str, Figure] = {
    "points": Figure(_("Points"), done, by(kind__in=_EARNING), sum_of="points", unit=Unit.POINTS),
    "done": Figure(_("Done events"), done),
}
