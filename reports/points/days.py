"""The report on points day by day and by kind of event."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from django.template.defaultfilters import date as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.norms import Expected
from clients.rules.freezing import days_between
from crm.web.tags.times import day as day_words
from interactions.calendar.reading import DaysOff, days_off
from interactions.kind_points import read_points
from interactions.models import EventKind
from reports.frame.done_events import by_kind_and_part
from reports.frame.figures import Number, Unit, summed
from reports.frame.report import Ask
from reports.frame.tables import Cell, Column, Line, Picture, Table
from reports.points.measures import COLUMNS, Sums, cells
from reports.rules import charts
from reports.rules.periods import Period, parts

#: Up to so many days each is looked at by itself.
_BY_DAY = 62
_KINDS = (
    Column("each", gettext_lazy("Points each"), Unit.POINTS, gettext_lazy("At the end of the period."), sort=False),
    Column("done", gettext_lazy("Events"), sort=False),
    Column("points", gettext_lazy("Points"), Unit.POINTS, sort=False),
)


class Days:
    """What was done in each part of the period, read once for both tables; parts are days, weeks or months."""

    def __init__(self, ask: Ask, expect: Expected) -> None:
        self.ask, self.expected = ask, expect
        self.by_kind: dict[int, list[Sums]] = defaultdict(list)
        self.points = read_points()
        self.known = {kind.pk: kind for kind in EventKind.objects.filter(is_system=False)}
        every, period = parts(ask.scope.period, _BY_DAY), ask.scope.period
        firsts = [part.since for part in every]
        # Within one of these stretches each kind earns the same.
        starts = sorted({*firsts, *(day for day in self.points.days if day in period)})
        by_part: dict[dt.date, list[Sums]] = defaultdict(list)
        for (kind, place), done in by_kind_and_part(ask.scope, starts).items():
            if kind in self.known:
                numbers = {"done": done, "points": done * self.points.on(kind, starts[place])}
                by_part[firsts[bisect_right(firsts, starts[place]) - 1]].append(numbers)
                self.by_kind[kind].append(numbers)
        self.parts = [(part, self._sums(part, by_part[part.since])) for part in every if part.since <= ask.scope.today]

    def _sums(self, part: Period, done: Iterable[Sums]) -> Mapping[str, Number]:
        days, expect = days_between(part.since, part.until), self.expected
        return {
            **summed(done),
            "norm": sum(expect.by_day[day] for day in days),
            "days": sum(expect.people[day] for day in days),
        }

    def picture(self) -> Picture | None:
        """Columns with the norm as a line."""
        drawn = charts.columns(
            [part.since for part, _sums in self.parts],
            [charts.Series("points", _("Points"), [int(sums.get("points", 0)) for _part, sums in self.parts])],
            target=[int(sums["norm"]) or None for _part, sums in self.parts],
            unit=Unit.POINTS,
        )
        if not drawn:
            return None
        return Picture(
            "over-time",
            gettext_lazy("Points and norm"),
            "reports/charts/columns.html",
            drawn,
            _("Points of each day, week or month as columns; the norm is the line they should reach."),
        )

    def table(self) -> Table:
        """A line for each part of the period; of one person with the reason of each day off."""
        off = self._off()
        return Table(
            "days",
            gettext_lazy("By time"),
            [column for column in COLUMNS if column.key != "per_day"],
            list(self._lines(off)),
            name_label=gettext_lazy("When"),
        )

    def _lines(self, off: DaysOff | None) -> Iterator[Line]:
        for part, sums in self.parts:
            reason = ""
            if off and not sums["norm"]:
                reason = off.of(self.ask.filterset.managers[0].pk, part.since) or _("day off")
            if not (reason or any(sums.values())):
                continue
            query = f"{self.ask.filterset.scope_without_days}since={part.since}&until={part.until}&"
            key = part.since.isoformat()
            found = cells(sums)
            del found["per_day"]
            found["share"] = replace(found["share"], tone="")  # nobody is judged by a day
            yield Line("part", _part_words(part), found, query=query, key=key, note=reason)

    def _off(self) -> DaysOff | None:
        people = self.ask.filterset.managers
        if len(people) != 1 or not self.parts or any(part.days > 1 for part, _sums in self.parts):
            return None
        period = self.ask.scope.period
        return days_off(self.ask.scope.reader, [people[0].pk], period.since, period.until)

    def kinds(self) -> Table:
        """A line for each kind of event, what earned most first."""
        lines = []
        for pk, numbers in self.by_kind.items():
            sums = summed(numbers)
            each = self.points.on(pk, min(self.ask.scope.period.until, self.ask.scope.today))
            lines.append(
                Line(
                    "kind",
                    str(self.known[pk]),
                    {"each": Cell(each), **_earned(sums)},
                    query=f"{self.ask.filterset.scope}kind={pk}&",
                    key=str(pk),
                )
            )
        lines.sort(key=lambda line: (-line.cells["points"].value, -line.cells["done"].value, str(line.name)))  # type: ignore[operator]
        whole = summed(numbers for found in self.by_kind.values() for numbers in found)
        total = Line("total", "", _earned(whole), query=self.ask.filterset.scope) if lines else None
        return Table("kinds", gettext_lazy("By kind of event"), _KINDS, lines, total, name_label=gettext_lazy("Kind"))


def _earned(sums: Sums) -> dict[str, Cell]:
    return {"done": Cell(sums.get("done", 0), "done"), "points": Cell(sums.get("points", 0), "points")}


def _part_words(part: Period) -> str:
    """ "Today", "12 Nov", "9 Nov – 15 Nov", "November 2026"."""
    if part.days == 1:
        return day_words(part.since)
    if part.days > 7:
        return format_date(part.since, "F Y")
    return f"{day_words(part.since)} – {day_words(part.until)}"
