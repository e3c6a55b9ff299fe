"""Reads of the traffic light. Its queries do not grow with departments, managers or clients."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clients import panels
from clients.models import Client, Manager, Role
from crm.web.tags.times import on_day
from crm.web.tags.zones import zone_word
from exchange.leaving_selectors import first_leaving
from exchange.models import NightlyRun
from reports.frame.figures import Number, Unit, answers, summed
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Result, Table, Tile
from reports.frame.tree import Numbers, tree
from reports.kept.reading import light_now
from reports.rules.charts import Point
from reports.rules.counts import urgency
from reports.rules.periods import Period
from reports.traffic_light import words
from reports.traffic_light.figures import FIGURES, held
from reports.zone_dynamics.pictures import day_by_day
from reports.zone_dynamics.states import by_night, snapshots

WEEK, MONTH = 7, 30
#: The small line of each manager: yellow and red, week by week.
WEEKS = 12
#: With more managers than this nobody has a small line: twelve nights of each would be read for it.
MANAGERS_DRAWN = 400
#: Days of the picture.
TREND = dt.timedelta(days=90)
#: A night may be missing: the comparison takes the nearest one that is at most this much older.
SLACK = dt.timedelta(days=6)
COLOURS = ("green", "yellow", "red")
_LEAVING_SHOWN = 4


@dataclass(frozen=True)
class Light:
    """Everything the report knows.

    Attributes:
        numbers: by manager: the figures of now, and ``risk_7`` for the yellow and red of seven days ago.
        nights: days ago → the night that stands for it.
        nightly: the counts of each night of the last 90 days.
    """

    ask: Ask
    numbers: Mapping[int | None, Numbers]
    nights: Mapping[int, dt.date]
    nightly: Sequence[Point]

    @cached_property
    def total(self) -> dict[str, Number]:
        return {**dict.fromkeys(FIGURES, 0), **summed(self.numbers.values())}

    @cached_property
    def trend(self) -> Sequence[Point]:
        """The counts of each night of the last 90 days, today's as they are now."""
        now = Point(self.ask.scope.today, **{zone: int(self.total[zone]) for zone in COLOURS})
        return [*self.nightly, now] if self.nightly else []

    def change(self, numbers: Numbers, days: int) -> Number | None:
        """By how many there are more yellow and red than so many days ago; None when nobody knows."""
        return numbers.get("risk", 0) - numbers.get(f"risk_{days}", 0) if days in self.nights else None


def build(ask: Ask) -> Result:
    """The report: eleven queries at most beside those of the filters."""
    report = _read(ask)
    managers = tree(
        ask.filterset,
        report.numbers,
        lambda numbers: _cells(report, numbers),
        sort=ask.sort,
        always=[each.pk for each in ask.filterset.managers if _should_hold(each)],
    )
    picture = day_by_day(report.trend, key="trend", title=_("Last 90 days"))
    return Result(
        scope=ask.scope,
        headline=words.headline(report),
        remarks=words.remarks(report, managers.lines),
        tiles=_tiles(report),
        pictures=[picture] if picture else [],
        tables=[_table(report, managers.lines, managers.total)],
        folded=managers.folded,
        extra={"total": report.total, "leaving": _first_to_leave(ask.scope), "is_narrowed": ask.filterset.is_narrowed},
    )


def _should_hold(manager: Manager) -> bool:
    """Who holds nothing has a line only if he should hold something."""
    return manager.is_active and manager.role == Role.SALESPERSON and manager.department_id is not None


def _read(ask: Ask) -> Light:
    scope = ask.scope
    numbers = light_now(scope)
    if ask.filterset.is_narrowed:
        return Light(ask, numbers, {}, [])
    nights = _nights(scope.today, with_weeks=len(ask.filterset.managers) <= MANAGERS_DRAWN)
    _add_then(numbers, scope, nights)
    nightly = by_night(scope.of(Period(scope.today - TREND, scope.today - dt.timedelta(days=1))))
    return Light(ask, numbers, nights, nightly)


def _nights(today: dt.date, *, with_weeks: bool) -> dict[int, dt.date]:
    """The nights a week and a month ago, and of twelve weeks; for a missing one the nearest not much older."""
    wanted = {MONTH, *(WEEK * number for number in range(1, (WEEKS if with_weeks else 1) + 1))}
    first = today - dt.timedelta(days=max(wanted)) - SLACK
    known = list(NightlyRun.objects.done().filter(date__gte=first, date__lt=today).values_list("date", flat=True))
    found = {}
    for days in sorted(wanted):
        day = today - dt.timedelta(days=days)
        if night := max((each for each in known if day - SLACK <= each <= day), default=None):
            found[days] = night
    return found


def _add_then(numbers: dict[Any, dict[str, Number]], scope: Scope, nights: Mapping[int, dt.date]) -> None:
    """How many yellow and red each manager held on these nights. One query."""
    names: dict[dt.date, list[str]] = defaultdict(list)
    for days, date in nights.items():
        names[date].append(f"risk_{days}")
    rows = snapshots(scope).filter(date__in=list(names))
    for manager, night, yellow, red in rows.values_list("manager_id", "date", "yellow", "red"):
        of_manager = numbers.setdefault(manager, {})
        for name in names[night]:
            of_manager[name] = yellow + red


def _cells(report: Light, numbers: Numbers) -> dict[str, Cell]:
    def number(key: str, *, of: bool = False) -> Cell:
        return Cell(numbers.get(key, 0), figure=key, share_of=numbers.get("held", 0) if of else None)

    def change(days: int) -> Cell:
        value = report.change(numbers, days)
        return Cell(value, tone="bad" if value and value > 0 else "good" if value else "")

    ago = [WEEK * number for number in range(WEEKS, 0, -1)]
    line = [float(numbers.get(f"risk_{days}", 0)) if days in report.nights else None for days in ago]
    drawn = sum(value is not None for value in line) > 1
    leaving, red, yellow = (int(numbers.get(key, 0)) for key in ("leaving_7", "red", "yellow"))
    return {
        "held": number("held"),
        **{zone: number(zone, of=True) for zone in COLOURS},
        **{key: number(key) for key in ("due", "leaving_7", "leaving_30")},
        "week": change(WEEK),
        "month": change(MONTH),
        "risk": Cell(
            numbers.get("risk", 0), figure="risk", spark=[*line, float(numbers.get("risk", 0))] if drawn else ()
        ),
        "urgency": Cell(urgency(leaving, red, yellow)),
    }


def _table(report: Light, lines: Sequence[Line], total: Line) -> Table:
    columns = [
        Column("held", _("Held")),
        Column("green", zone_word("green"), good="more"),
        Column("yellow", zone_word("yellow"), good="less"),
        Column("red", zone_word("red"), good="less"),
        Column("due", pgettext("exchange", "Due"), title=_("The next night takes them to the exchange")),
        Column("leaving_7", _("In 7 days"), title=_("Leave for the exchange by then, the due ones included.")),
        Column("leaving_30", _("In 30 days"), title=_("Leave for the exchange within 30 days if nobody calls")),
        Column("week", _("Week"), Unit.CHANGE, good="less", title=_("Yellow and red against a week ago.")),
        Column("month", _("Month"), Unit.CHANGE, good="less", title=_("Yellow and red against a month ago.")),
        Column("risk", _("Yellow and red"), good="less", title=_("And week by week over the last twelve weeks.")),
    ]
    return Table(
        "managers",
        _("By department and manager"),
        columns,
        lines,
        total,
        name_label=_("Department, manager"),
        note=_note(report),
        empty=_("Nobody holds a client."),
    )


def _note(report: Light) -> str:
    said = [_("In 7 and in 30 days: who leaves for the exchange by then, the due ones included.")]
    if WEEK in report.nights:
        said.append(
            _("Week: yellow and red against the night of %(week)s.") % {"week": on_day(report.nights[WEEK])}
        )  # fmt: skip
    if MONTH in report.nights:
        said.append(_("Month: against the night of %(month)s.") % {"month": on_day(report.nights[MONTH])})
    if report.ask.filterset.is_narrowed:
        said.append(_("Changes are not known by category or region."))
    elif WEEK not in report.nights:
        said.append(_("Changes appear when there are nights to compare with."))
    return " ".join(said)


def _tiles(report: Light) -> list[Tile]:
    total = report.total
    icons = {"green": "check-circle", "yellow": "exclamation-triangle", "red": "exclamation-octagon"}
    colours = [
        Tile(zone_word(zone), Cell(total[zone], figure=zone, share_of=total["held"]), icon=icons[zone])
        for zone in COLOURS
    ]
    note = _("%(number)s in 30 days") % {"number": total["leaving_30"]}
    leaving = Cell(total["leaving_7"], figure="leaving_7", note=note)
    return [*colours, Tile(_("Leaving in 7 days"), leaving, icon="box-arrow-right")]


def _first_to_leave(scope: Scope) -> list[Client]:
    """The clients that go to the exchange first, within 30 days, whatever keeps them now."""

    def arm(place: int) -> list[Any]:
        return list(answers(("leaving", place), held, scope, lambda asked: _near(asked)[place]))

    near = arm(0)
    if rest := panels.LOOKED_AT - len(near):
        near += arm(1)[:rest]
    return first_leaving(near, scope.today, days=MONTH, number=_LEAVING_SHOWN)


def _near(scope: Scope) -> list[QuerySet]:
    rows = held(scope).values_list("pk", "manager_id", "clock_date", "detach_on", named=True)
    return panels.nearest_arms(rows, scope.today, scope.today + dt.timedelta(days=MONTH))
