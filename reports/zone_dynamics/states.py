"""How many clients of which colour each manager held when a day began, and night after night."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from clients.models import Client
from exchange.models import NightlyRun, ZoneSnapshot, ZoneTransition
from reports.frame.figures import number_of_rows
from reports.frame.scope import Scope
from reports.kept.reading import light_now
from reports.rules.charts import Point
from reports.zone_dynamics.figures import ZONES

#: Manager → colour → clients.
State = dict[int, dict[str, int]]
#: A night that is late has passed within so many days.
_LATE = dt.timedelta(days=7)


def first_night() -> dt.date | None:
    """The date of the first night there was: of days before it nothing is known."""
    return NightlyRun.objects.done().order_by("date").values_list("date", flat=True).first()


def state_at(scope: Scope, day: dt.date) -> State:
    """What was held when ``day`` began: as the next night has counted it (or as it is now), without what had turned
    from that day until then."""
    night = NightlyRun.objects.done().filter(date__gte=day).order_by("date").first()
    turned = ZoneTransition.objects.order_by().filter(date__gte=day)
    if night is None:
        found = _now(scope)
    else:
        found = _counted(scope, night.date)
        turned = turned.filter(
            Q(run__isnull=False, date__lte=night.date) | Q(run=None, created_at__lt=night.finished_at),
            date__lte=night.date + _LATE,
        )
    for manager, before, after, number in _by_pair(scope.of_ours(turned, "manager_id")):
        found[manager][after] -= number
        found[manager][before] += number
    return {manager: {zone: counts[zone] for zone in ZONES} for manager, counts in found.items()}


def _by_pair(turned: QuerySet[ZoneTransition]) -> QuerySet:
    columns = ("manager_id", "from_zone", "to_zone")
    return turned.values(*columns).annotate(number=Count("*")).values_list(*columns, "number")


def _now(scope: Scope) -> State:
    """By the published colours, as the nights count them too: by the dates, as the last night found them. What was
    published since is green on that day as well."""
    found: State = defaultdict(lambda: defaultdict(int))
    last = NightlyRun.objects.done().aggregate(last=Max("date"))["last"] or scope.today
    if last == scope.today:
        lights = light_now(scope)
        return defaultdict(lambda: defaultdict(int), {key: defaultdict(int, found) for key, found in lights.items()})
    risk, red = number_of_rows(Q(yellow_on__lte=last)), number_of_rows(Q(red_on__lte=last))
    held = scope.of_ours(Client.objects.held().order_by(), "manager_id").values("manager_id")
    rows = held.annotate(number=Count("*"), risk=risk, red=red)
    for manager, number, is_risk, is_red in rows.values_list("manager_id", "number", "risk", "red"):
        found[manager].update(green=number - is_risk, yellow=is_risk - is_red, red=is_red)
    return found


def _counted(scope: Scope, night: dt.date) -> State:
    found: State = defaultdict(lambda: defaultdict(int))
    for manager, *counts in snapshots(scope).filter(date=night).values_list("manager_id", *ZONES):
        found[manager].update(zip(ZONES, counts, strict=True))
    return found


def snapshots(scope: Scope) -> QuerySet[ZoneSnapshot]:
    """What the nights counted of the managers of the scope; the rows that count the exchange are not among them."""
    return scope.of_ours(ZoneSnapshot.objects.order_by().filter(manager__isnull=False), "manager_id")


def by_night(scope: Scope) -> list[Point]:
    """What all of them held right after each night of the period, the oldest first. One query."""
    nights: QuerySet[Any, Any]
    if scope.manager_ids is None:
        nights = NightlyRun.objects.done().filter(scope.on_days("date")).order_by("date")
    else:
        sums = {zone: Sum(zone) for zone in ZONES}
        nights = snapshots(scope).filter(scope.on_days("date")).values("date").annotate(**sums).order_by("date")
    return [Point(*row) for row in nights.values_list("date", "green", "yellow", "red")]
