"""The report on points, put together: by department and manager, by time, by kind of event."""

from collections import defaultdict
from dataclasses import replace
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.norms import Expected, expected
from reports.frame.comparing import THEN
from reports.frame.figures import Number, Unit
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Line, Picture, Result, Table, Tile
from reports.frame.tree import Tree, tree
from reports.points import words
from reports.points.days import Days
from reports.points.figures import earned
from reports.points.measures import COLUMNS, cells
from reports.rules import charts
from reports.rules.norms import share_of

#: More bars nobody compares.
_BARS = 40


def build(ask: Ask) -> Result:
    """The answer. A fixed number of queries."""
    expect = _expected(ask, ask.scope)
    numbers = _numbers(ask, expect)
    found = tree(ask.filterset, numbers, partial(cells, is_compared=bool(ask.compared)), sort=ask.sort)
    shares = [share_of(int(each.get("points", 0)), int(each.get("norm", 0))) for each in numbers.values()]
    days = Days(ask, expect)
    managers = Table(
        "managers",
        gettext_lazy("Departments and managers"),
        COLUMNS,
        found.lines,
        found.total,
        name_label=gettext_lazy("Manager"),
        empty=gettext_lazy("Nothing was done on these days, and nothing was expected."),
    )
    return Result(
        scope=ask.scope,
        headline=words.headline(found.total),
        remarks=words.remarks(ask, shares),
        tiles=_tiles(found.total),
        pictures=[picture for picture in (days.picture(), _people(found)) if picture],
        tables=[managers, days.table(), days.kinds()],
        compared=ask.filterset.compared,
        folded=found.folded,
    )


def _expected(ask: Ask, scope: Scope) -> Expected:
    """What is expected on the days that have come; today is a whole day."""
    return expected(ask.filterset.managers, scope.period.since, min(scope.period.until, scope.today))


def _numbers(ask: Ask, expect: Expected) -> dict[int | None, dict[str, Number]]:
    """By manager: what was done and earned, what was expected; the same of the days they are held against as
    ``then_…``."""
    scopes = [each for each in (ask.scope, ask.compared) if each]
    numbers: dict[int | None, dict[str, Number]] = defaultdict(dict)
    for prefix, scope, done in zip(
        ("", THEN), scopes, earned(ask.scope, [each.period for each in scopes]), strict=False
    ):
        due = _expected(ask, scope) if prefix else expect
        for key, did in done.items():
            numbers[key] |= {f"{prefix}points": did["points"], f"{prefix}done": did["done"]}
        for key, norm in due.points.items():
            numbers[key] |= {f"{prefix}norm": norm, f"{prefix}days": due.days[key]}
    return dict(numbers)


def _tiles(total: Line) -> list[Tile]:
    points, norm = total.cells["points"], total.cells["norm"].value
    cells_shown = {**total.cells, "points": replace(points, target=norm or None)}  # type: ignore[arg-type]
    return [
        Tile(column.label, cells_shown[column.key], column.unit, column.good)
        for column in COLUMNS
        if column.key in ("points", "norm", "share", "per_day")
    ]


def _people(found: Tree) -> Picture | None:
    """Bars of managers against their norms; of departments where the managers are too many to be shown."""
    kind = "department" if found.folded else "manager"
    lines = [line for line in found.lines if line.kind == kind and line.cells["norm"].value]
    if not 1 < len(lines) <= _BARS:
        return None
    amounts = [
        charts.Amount(line.name, line.cells["points"].value, line.cells["norm"].value)  # type: ignore[arg-type]
        for line in sorted(lines, key=lambda line: -(line.cells["share"].value or 0))  # type: ignore[operator]
    ]
    if not (drawn := charts.bars(amounts, unit=Unit.POINTS)):
        return None
    return Picture(
        "people",
        gettext_lazy("Who keeps the norm"),
        "reports/charts/bars.html",
        drawn,
        _("A bar for each, the best share of the norm first; the mark is the norm."),
    )
