"""What is expected of people: points a day, how often clients are spoken with. Set as it was, a change in between."""

import datetime as dt
from collections import Counter
from statistics import median

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Q

from clients import norms
from clients.models import Department, Manager, Role
from clients.working_days import working_days
from crm import clock
from crm.demo.work.staff import person
from crm.demo.world import DAY, World, weekday
from interactions import kind_points
from interactions.models import Event, EventStatus, Regulation
from interactions.regulations import set_regulation

#: Days a norm is measured by, and how many months ago it was changed.
_MEASURED, _CHANGED = 42, 4
#: Months ago the points of a presentation were changed, and to what.
_POINTS_CHANGED, _PRESENTATION = 5, 18
_PER = Regulation.Per
#: Department, category, kind, times, in a, months ago (None: since the beginning).
_REGULATIONS: tuple[tuple[str, str, str, int, str, int | None], ...] = (
    ("", "A", "call_out", 1, _PER.MONTH, None),
    ("", "A", "", 1, _PER.MONTH, None),
    ("", "B", "", 1, _PER.HALF_YEAR, None),
    ("", "B", "", 1, _PER.QUARTER, 5),
    ("key", "A", "meeting", 1, _PER.HALF_YEAR, None),
    ("key", "A", "meeting", 1, _PER.QUARTER, 3),
)


def set_measures(world: World) -> None:
    """After all that was done is stored: the norms follow from what people do."""
    _points(world)
    _norms(world)
    _regulations(world)


def _decided(since: dt.date) -> dt.datetime:
    """Some days before it begins to hold."""
    return clock.at(weekday(since - DAY * 4), 15, 40)


def _points(world: World) -> None:
    """A presentation has been earning more for some months."""
    since = _month(world, _POINTS_CHANGED)
    with clock.playing(_decided(since)):
        kind_points.set_points(
            by=person(world, "director"), kind=world.kinds["presentation"], since=since, points=_PRESENTATION
        )


def _norms(world: World) -> None:
    """Each department what its people usually earn; once it was changed. Where there is nobody to lead or to sell the
    company's norm holds: nothing is expected."""
    director, changed = person(world, "director"), _month(world, _CHANGED)
    with clock.playing(_decided(world.first_day)):
        norms.set_norm(by=director, department=None, since=world.first_day, points=0)
    before, now = _usual(world, changed), _usual(world, world.today)
    for department in Department.objects.order_by("path"):
        for since, usual in ((world.first_day, before), (changed, now)):
            with clock.playing(_decided(since)):
                points = max(1, round(usual.get(department.pk, 0)))
                norms.set_norm(by=director, department=department, since=since, points=points)


def _usual(world: World, until: dt.date) -> dict[int, float]:
    """By department: points the salesperson in the middle earned on a working day of the weeks before."""
    first = until - DAY * _MEASURED
    sellers = Manager.objects.filter(role=Role.SALESPERSON, department__isnull=False)
    sellers = sellers.filter(Q(works_until=None) | Q(works_until__gt=until))  # who was leaving sets no measure
    department_of = dict(sellers.values_list("pk", "department"))
    worth, earned = kind_points.read_points(), Counter[int]()
    done = Event.objects.filter(
        status=EventStatus.DONE, occurred_at__gte=clock.at(first, 0), occurred_at__lt=clock.at(until, 0),
        responsible__in=department_of,
    )  # fmt: skip
    for manager, kind, number in done.order_by().values_list("responsible", "kind").annotate(number=Count("pk")):
        earned[manager] += worth.on(kind, until) * number
    days = working_days(department_of, first, until - DAY)
    found: dict[int, list[float]] = {}
    for manager, department in department_of.items():
        if worked := len(days.get(manager, ())):
            found.setdefault(department, []).append(earned[manager] / worked)
    return {department: median(shares) for department, shares in found.items()}


def _regulations(world: World) -> None:
    director = person(world, "director")
    for department, category, kind, times, per, months in _REGULATIONS:
        since = world.first_day if months is None else _month(world, months)
        with clock.playing(_decided(since)):
            set_regulation(
                by=director,
                department=Department.objects.get(name=world.words.departments[department]) if department else None,
                category=category, kind=world.kinds[kind] if kind else None, since=since, times=times, per=per,
            )  # fmt: skip


def _month(world: World, ago: int) -> dt.date:
    """The first of a month so many months ago."""
    return world.today.replace(day=1) - relativedelta(months=ago)
