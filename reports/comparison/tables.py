"""The tables of the comparison: all respects side by side, and one in detail."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from clients.models import Role
from crm.web.tags.times import day
from reports.comparison.filters import ComparisonFilter
from reports.comparison.indicators import DAYS, HELD, Indicator
from reports.comparison.selectors import BEFORE, NOW, YEAR_AGO, Comparison, Numbers, trends
from reports.frame.figures import Unit
from reports.frame.people import Reported
from reports.frame.tables import Cell, Column, Line, Table
from reports.frame.tree import Tree, tree
from reports.frame.values import words
from reports.rules import comparing
from reports.rules.periods import Period

FEW = gettext_lazy(
    "Marked: of so few cases that it says little; such a manager has no place. Heads and directors are shown, not "
    "compared. What is said of a department or of all is what they make together, not an average of averages."
)


# --- side by side -----------------------------------------------------------------------------------------------------
def overview(filterset: ComparisonFilter, comparison: Comparison, sort: str) -> tuple[Table, Tree]:
    """Everybody in all chosen respects; the median of all under them."""
    shown = filterset.respects
    cells = partial(_overview_cells, comparison, shown, filterset.days.days)
    grown = tree(filterset, comparison.numbers, cells, sort=sort)
    usual = {each.key: _median_cell(comparison, each) for each in shown}
    lines = with_notes(grown.lines, filterset)
    if lines:
        lines.append(Line("median", _("Median of all"), usual))
    table = Table(
        "managers",
        _("Managers side by side"),
        [
            Column(DAYS, _("Worked"), Unit.DAYS, _("Working days of his schedule, without holidays and absences.")),
            Column(HELD, _("Held"), Unit.POINTS, _("Clients held on an average day of the period.")),
            Column("came", _("Came"), Unit.COUNT, _("Clients that came to him, from wherever.")),
            Column("went", _("Went"), Unit.COUNT, _("Clients that went from him, to wherever.")),
            *(Column(each.key, each.short, each.unit, each.title, each.good) for each in shown),
        ],
        lines,
        grown.total,
        name_label=_("Manager"),
        note=FEW,
        empty=_("Nobody held a client or did anything in these days."),
    )
    return table, grown


def _overview_cells(
    comparison: Comparison, shown: list[Indicator], length: int, numbers: Numbers
) -> Mapping[str, Cell]:
    return {
        DAYS: Cell(numbers.get(f"{NOW}.{DAYS}", 0)),
        HELD: Cell(numbers.get(f"{NOW}.{HELD}", 0) / length),
        "came": Cell(numbers.get(f"{NOW}.came", 0), "came"),
        "went": Cell(numbers.get(f"{NOW}.went", 0), "went"),
        **{each.key: _rate_cell(comparison, each, numbers) for each in shown},
    }


def _rate_cell(comparison: Comparison, indicator: Indicator, numbers: Numbers) -> Cell:
    """What they make, against the period before; in small what it was a year ago."""
    value = comparison.rate(indicator, numbers)
    field = comparison.field(indicator)
    return Cell(
        value,
        then=comparison.rate(indicator, numbers, BEFORE),
        note=_a_year_ago(comparison.rate(indicator, numbers, YEAR_AGO), indicator.unit),
        few=value is not None and field.is_few(comparison.showing(indicator, numbers)),
    )


def _median_cell(comparison: Comparison, indicator: Indicator) -> Cell:
    return Cell(
        comparison.field(indicator).median,
        then=comparison.field(indicator, BEFORE).median,
        note=_a_year_ago(comparison.field(indicator, YEAR_AGO).median, indicator.unit),
    )


def _a_year_ago(value: float | None, unit: Unit) -> str:
    return "" if value is None else _("a year ago %(value)s") % {"value": words(value, unit)}


# --- one respect in detail --------------------------------------------------------------------------------------------
def detail(filterset: ComparisonFilter, comparison: Comparison, indicator: Indicator, sort: str) -> tuple[Table, Tree]:
    """One respect: the amount, what it was made with, what comes out, how that compares."""
    grown = tree(filterset, comparison.numbers, partial(_detail_cells, comparison, indicator), sort=sort)
    shown = [
        int(line.key) for line in grown.lines if line.kind == "manager" and line.cells[indicator.key].value is not None
    ]
    moves = trends(filterset.asked_of_peers, shown, indicator) if shown else {}
    lines = [
        _placed(comparison, indicator, line, moves.get(int(line.key), []))
        if line.kind == "manager"
        else _with_median(comparison, indicator, line, filterset.peers_of(line.key))
        for line in grown.lines
    ]
    table = Table(
        "detail",
        indicator.label,
        _detail_columns(indicator),
        with_notes(lines, filterset),
        _with_median(comparison, indicator, grown.total, filterset.peers_of("")),
        name_label=_("Manager"),
        note=format_lazy("{} {}", indicator.title, FEW),
    )
    return table, grown


def _detail_columns(indicator: Indicator) -> list[Column]:
    unit, good = indicator.unit, indicator.good
    amount = Unit.MONEY if indicator.figure == "won_sum" else Unit.COUNT
    return [
        Column("amount", _("Amount"), amount, _("The raw total: it is not what they are compared by.")),
        Column("base", *_BASES.get(indicator.base, _BASES[""])),
        Column(indicator.key, indicator.short, unit, indicator.title, good),
        Column("median", _("Median"), unit, _("Half of the managers make as much or more."), sort=False),
        Column("against", _("To the median"), Unit.PERCENT, _("By how much more or less than the median of all.")),
        Column("place", _("Place"), Unit.COUNT, _("Among those with enough cases; the best is first."), sort=False),
        Column("before", _("Before"), unit, _("In the period before.")),
        Column("change", pgettext("of a number", "Change"), Unit.PERCENT, _("Against the period before.")),
        Column(YEAR_AGO, _("A year ago"), unit, _("In the same days of the year before.")),
        Column("year_change", _("In a year"), Unit.PERCENT, _("Against the same days of the year before.")),
        Column("trend", _("Course"), unit, _("Within the period, the latest at the right."), sort=False),
    ]


_BASES = {
    DAYS: (gettext_lazy("Worked"), Unit.DAYS, gettext_lazy("Working days.")),
    HELD: (gettext_lazy("Client months"), Unit.POINTS, gettext_lazy("Clients held, times days held, of 30 days.")),
    "": (gettext_lazy("Cases"), Unit.COUNT, gettext_lazy("What it is a share or an average of.")),
}


def _detail_cells(comparison: Comparison, indicator: Indicator, numbers: Numbers) -> Mapping[str, Cell]:
    showing, field = comparison.showing(indicator, numbers), comparison.field(indicator)
    now, before, year_ago = (comparison.rate(indicator, numbers, when) for when in (NOW, BEFORE, YEAR_AGO))
    base = numbers.get(f"{NOW}.{indicator.base}", 0)
    change, year_change = comparing.against(now, before), comparing.against(now, year_ago)
    return {
        "amount": Cell(numbers.get(f"{NOW}.{indicator.figure}", 0), indicator.figure),
        "base": Cell(base / 30 if indicator.base == HELD else base, indicator.base if indicator.is_of_cases else ""),
        indicator.key: Cell(now, few=now is not None and field.is_few(showing)),
        "against": Cell(comparing.against(now, field.median)),
        "before": Cell(before),
        "change": Cell(change, tone=_tone(change, indicator)),
        YEAR_AGO: Cell(year_ago),
        "year_change": Cell(year_change, tone=_tone(year_change, indicator)),
    }


def _tone(change: float | None, indicator: Indicator) -> str:
    if not change:
        return ""
    return "good" if (change > 0) == (indicator.good == "more") else "bad"


def _placed(comparison: Comparison, indicator: Indicator, line: Line, moves: list[float | None]) -> Line:
    """The line of a manager with his place and his course."""
    numbers = comparison.numbers.get(int(line.key), {})
    is_compared = int(line.key) in comparison.sellers
    place = comparison.field(indicator).place(comparison.showing(indicator, numbers)) if is_compared else None
    among = _("of %(among)s") % {"among": place.among} if place else ""
    more = {
        "place": Cell(place.place if place else None, note=among),
        "trend": Cell(line.cells[indicator.key].value, spark=moves),
    }
    return replace(line, cells={**line.cells, **more})


def _with_median(comparison: Comparison, indicator: Indicator, line: Line, members: list[int]) -> Line:
    """The line of a department, or of all, with the median of its people."""
    median = comparison.field_of(members, indicator).median
    return replace(line, cells={**line.cells, "median": Cell(median)})


# --- notes ------------------------------------------------------------------------------------------------------------
def with_notes(lines: list[Line], filterset: ComparisonFilter) -> list[Line]:
    """With what has to be known of a manager before he is compared."""
    managers = {str(each.pk): each for each in filterset.managers}
    return [
        replace(line, note=_note(managers[line.key], filterset.days)) if line.kind == "manager" else line
        for line in lines
    ]


def _note(manager: Reported, days: Period) -> str:
    since, until = manager.works_from, manager.works_until
    if manager.role != Role.SALESPERSON:
        return _("leads others")
    if until and until <= days.until:
        return _("until %(day)s") % {"day": day(until)}
    if since and comparing.is_new(since, days):
        return _("new: since %(day)s") % {"day": day(since)}
    return ""
