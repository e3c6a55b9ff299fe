"""The picture of the colours day by day; the traffic light shows it too."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.web.tags.numbers import number as grouped
from crm.web.tags.times import on_day
from crm.web.tags.zones import zone_word
from reports.frame.tables import Cell, Column, Line, Picture, Table
from reports.rules.charts import Point, Series, areas, every_week
from reports.zone_dynamics.figures import ZONES

_AS_READ = tuple(reversed(ZONES))
#: Of more days about so many are drawn, the last among them: there is no room for more.
DRAWN = 120
#: So many weeks stand below the picture.
WEEKS_SHOWN = 14


def day_by_day(points: Sequence[Point], *, key: str, title: str | Promise) -> Picture | None:
    """Stacked areas of the colours, red below, with a table of every week; None with fewer than two days."""
    drawn = points[:: -(len(points) // DRAWN + 1)][::-1]
    series = [Series(zone, zone_word(zone), [getattr(point, zone) for point in drawn], tone=zone) for zone in ZONES]
    chart = areas([point.date for point in drawn], series)
    if chart is None:
        return None
    names = ("held", *_AS_READ)
    lines = [
        Line("day", on_day(point.date), {name: Cell(getattr(point, name)) for name in names}, key=str(point.date))
        for point in every_week(points)
    ]
    columns = [Column("held", _("Held"), sort=False)]
    columns += [Column(zone, zone_word(zone), sort=False) for zone in _AS_READ]
    table = Table(key, _("Clients by zone, week by week"), columns, lines, name_label=_("Date"), most=WEEKS_SHOWN)
    return Picture(key, title, "reports/charts/areas.html", chart, _in_words(points[0], points[-1]), table)


def _in_words(first: Point, last: Point) -> str:
    """The picture for who does not see it."""
    return _(
        "%(since)s: %(g0)s green, %(y0)s yellow, %(r0)s red. %(until)s: %(g1)s green, %(y1)s yellow, %(r1)s red."
    ) % {
        "since": on_day(first.date),
        "until": on_day(last.date),
        **{f"{zone[0]}0": grouped(getattr(first, zone)) for zone in ZONES},
        **{f"{zone[0]}1": grouped(getattr(last, zone)) for zone in ZONES},
    }
