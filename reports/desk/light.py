"""The colours of the head's clients now, and how they moved since yesterday and last week."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.frame.addresses import rows_url
from reports.frame.figures import Number, summed
from reports.frame.scope import Scope
from reports.rules.charts import Point
from reports.rules.periods import ONE_DAY, Period
from reports.zone_dynamics.states import by_night

WEEK = dt.timedelta(days=7)
#: A night may be missing: the comparison takes the nearest one that is at most this much older.
SLACK = dt.timedelta(days=6)
COLOURS = ("green", "yellow", "red")
#: The figures of the traffic light the desk asks for.
FIGURES = (*COLOURS, "held", "leaving_7")


@dataclass(frozen=True, slots=True)
class Movement:
    """A colour now and by how much it changed; None where there is no night to compare with."""

    zone: str
    now: Number
    since_yesterday: Number | None
    since_week: Number | None

    @property
    def url(self) -> str:
        return rows_url("traffic-light", self.zone)

    @property
    def is_better(self) -> bool | None:
        """Whether the week went well for this colour; None when it did not move, or nobody knows."""
        return (self.since_week > 0) == (self.zone == "green") if self.since_week else None


@dataclass(frozen=True, slots=True)
class Light:
    """The traffic light of the desk; ``yesterday_on``, ``week_on``: the nights it is compared with."""

    now: Mapping[str, Number]
    movements: list[Movement]
    yesterday_on: dt.date | None
    week_on: dt.date | None

    @property
    def leaving_url(self) -> str:
        return rows_url("traffic-light", "leaving_7")


def light(numbers: Iterable[Mapping[str, Number]], scope: Scope) -> Light:
    """The figures of everybody added up, against the nights of yesterday and of a week ago. One query."""
    now = {**dict.fromkeys(FIGURES, 0), **summed(numbers)}
    nights = by_night(scope.of(Period(scope.today - WEEK - SLACK, scope.today - ONE_DAY)))
    yesterday, week = (_nearest(nights, scope.today - ago) for ago in (ONE_DAY, WEEK))
    movements = [Movement(zone, now[zone], _change(now, yesterday, zone), _change(now, week, zone)) for zone in COLOURS]
    return Light(now, movements, yesterday.date if yesterday else None, week.date if week else None)


def _change(now: Mapping[str, Number], then: Point | None, zone: str) -> Number | None:
    return None if then is None else now[zone] - getattr(then, zone)


def _nearest(nights: Iterable[Point], wanted: dt.date) -> Point | None:
    known = [night for night in nights if wanted - SLACK <= night.date <= wanted]
    return max(known, key=lambda night: night.date, default=None)
