"""Reads of zone dynamics. Its queries do not grow with departments, managers or clients."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm.web.tags.zones import zone_word
from reports.flows.reading import ARRIVED, by_whose
from reports.frame.figures import Number, Unit, summed
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Picture, Result, Table
from reports.frame.tree import Tree, tree
from reports.kept import reading as kept
from reports.rules.balance import unexplained
from reports.rules.charts import Point, State, ribbons
from reports.rules.periods import ONE_DAY
from reports.zone_dynamics import words
from reports.zone_dynamics.figures import NOBODY, OTHERS, ZONES, pair
from reports.zone_dynamics.handing import handed
from reports.zone_dynamics.pictures import day_by_day
from reports.zone_dynamics.states import State as Held
from reports.zone_dynamics.states import by_night, first_night, state_at
from reports.zone_dynamics.turns import how_often

#: The page has two tables by manager: so many lines of each.
LINES_SHOWN = 20
#: What is compared with the period before.
FLOWS = ("turned_yellow", "turned_red", "rescued", "came", "taken", "won")
#: From left to right and from top to bottom, as they are read; the last is "not held".
STATES = ("green", "yellow", "red", NOBODY)

Numbers = Mapping[str, Number]


@dataclass(frozen=True)
class Dynamics:
    """Everything the report knows.

    Attributes:
        numbers: by manager: the figures; ``start_…`` and ``end_…`` by colour, where known; ``then_…`` of the period it
            is compared with.
        turned: how often which colour turned to which, with all of them.
        first: the date of the first night; None: there was none.
    """

    ask: Ask
    numbers: Mapping[int | None, Numbers]
    turned: Numbers
    first: dt.date | None

    @property
    def scope(self) -> Scope:
        return self.ask.scope

    @property
    def knows_start(self) -> bool:
        return self.first is not None and self.scope.period.since >= self.first

    @property
    def knows_end(self) -> bool:
        return self.first is not None and self.scope.period.until + ONE_DAY >= self.first

    @property
    def is_compared(self) -> bool:
        """Not with days of which nothing is known: everything would look like more."""
        return bool(self.ask.compared and self.first and self.ask.compared.period.since >= self.first)

    @cached_property
    def total(self) -> Numbers:
        return {**summed(self.numbers.values()), **self.turned}

    @cached_property
    def points(self) -> list[Point]:
        """What was held after each night of the period; today's as it is now."""
        today, nights = self.scope.today, by_night(self.scope)
        if not nights or today not in self.scope.period:
            return nights
        now = {zone: int(self.total.get(f"end_{zone}", 0)) for zone in ZONES}
        return [*(point for point in nights if point.date < today), Point(today, **now)]

    def held(self, numbers: Numbers, when: str, *zones: str) -> Number | None:
        """How many were held at the "start" or the "end", of these colours or of all."""
        is_known = self.knows_start if when == "start" else self.knows_end
        return sum(numbers.get(f"{when}_{zone}", 0) for zone in zones or ZONES) if is_known else None


def build(ask: Ask) -> Result:
    """The report: 13 queries beside those of the filters, and five more when it is compared."""
    report = _read(ask)
    flows = tree(ask.filterset, report.numbers, lambda numbers: _flow_cells(numbers, report), sort=ask.sort)
    return Result(
        scope=ask.scope,
        headline=words.headline(report),
        remarks=words.remarks(report, flows.lines),
        pictures=[
            picture
            for picture in (day_by_day(report.points, key="days", title=_("Day by day")), _ribbons(report))
            if picture
        ],
        tables=[_flows(flows), _balance(report), _colours(report), _pairs(report)],
        compared=ask.compared.period if ask.compared and report.is_compared else None,
        folded=flows.folded,
    )


def _read(ask: Ask) -> Dynamics:
    scope = ask.scope
    numbers, turned = _counted(scope)
    report = Dynamics(ask, numbers, turned, first_night())
    if ask.compared and report.is_compared:
        then, _turned = _counted(ask.compared)
        for manager, found in then.items():
            numbers[manager] |= {f"then_{key}": found.get(key, 0) for key in FLOWS}
    if report.knows_start:
        _put(numbers, "start", state_at(scope, scope.period.since))
    if report.knows_end:
        _put(numbers, "end", state_at(scope, scope.period.until + ONE_DAY))
    return report


def _counted(scope: Scope) -> tuple[dict[int | None, dict[str, Number]], Numbers]:
    """The figures by manager; and the turns that are told of all of them together."""
    often = how_often(scope)
    numbers: dict[int | None, dict[str, Number]] = defaultdict(dict)
    for found in (
        often.by_manager,
        by_whose(OTHERS, {"came": ARRIVED}, scope),
        kept.tally(OTHERS, scope, keys=("taken", "won")),
        handed(scope),
    ):
        for manager, some in found.items():
            numbers[manager].update(some)
    return numbers, often.together


def _put(numbers: dict[int | None, dict[str, Number]], when: str, held: Held) -> None:
    for manager, counts in held.items():
        numbers[manager] |= {f"{when}_{zone}": number for zone, number in counts.items()}


# --- by department and manager ----------------------------------------------------------------------------------------
def _flow_cells(numbers: Numbers, report: Dynamics) -> dict[str, Cell]:
    return {
        key: Cell(
            numbers.get(key, 0),
            figure=key,
            then=numbers.get(f"then_{key}", 0) if report.is_compared else None,
            share_of=numbers.get("taken", 0) if key == "won" else None,
        )
        for key in FLOWS
    }


def _flows(found: Tree) -> Table:
    columns = [
        Column("turned_yellow", _("Turned yellow"), good="less", title=_("Green before, left alone too long.")),
        Column("turned_red", _("Turned red"), good="less", title=_("Yellow or green before, left alone too long.")),
        Column("rescued", _("Rescued"), good="more", title=_("Yellow or red before, green by a contact.")),
        Column("came", _("To the exchange"), good="less", title=_("Also those that were given back later.")),
        Column("taken", _("Taken from the exchange"), title=_("Claimed, or assigned by the head.")),
        Column(
            "won",
            _("Taken and won"),
            good="more",
            title=_("Of those taken in the period: a sale won as long as the manager held the client on."),
        ),
    ]
    return Table(
        "flows",
        _("What turned"),
        columns,
        found.lines,
        found.total,
        name_label=_("Department, manager"),
        note=_("A turn belongs to who held the client then, and to the department he works in today."),
        empty=_("Nothing turned in this period."),
        most=LINES_SHOWN,
    )


def _balance(report: Dynamics) -> Table:
    found = tree(report.ask.filterset, report.numbers, lambda numbers: _balance_cells(report, numbers))
    columns = [
        Column("start", _("At the start"), title=_("Held when the period began."), sort=False),
        Column("got", _("Got a manager"), title=_("Created, claimed, assigned or given back."), sort=False),
        Column("handed_in", _("Handed over to them"), title=_("By another manager, without the exchange."), sort=False),
        Column("left", _("Lost their manager"), title=_("To the exchange."), sort=False),
        Column("handed_out", _("Handed over by them"), title=_("To another manager."), sort=False),
        Column(
            "else", _("Not written down"), Unit.CHANGE, title=_("Deleted, merged or corrected afterwards."), sort=False
        ),
        Column("end", _("At the end"), title=_("Held when the period ended."), sort=False),
    ]
    if not any(line.cells["else"].value for line in [*found.lines, found.total]):
        columns = [column for column in columns if column.key != "else"]
    return Table(
        "balance",
        _("How many were held"),
        columns,
        found.lines,
        found.total,
        name_label=_("Department, manager"),
        note=_("At the start, with what came, without what went: at the end."),
        empty=_("Nobody held a client in this period."),
        most=LINES_SHOWN,
    )


def _balance_cells(report: Dynamics, numbers: Numbers) -> dict[str, Cell]:
    start, end = report.held(numbers, "start"), report.held(numbers, "end")
    moved = {key: numbers.get(key, 0) for key in ("got", "handed_in", "left", "handed_out")}
    rest = unexplained(start, moved["got"] + moved["handed_in"], moved["left"] + moved["handed_out"], end)
    return {
        "start": Cell(start),
        **{key: Cell(number, figure=key) for key, number in moved.items()},
        "else": Cell(rest, tone="muted"),
        "end": Cell(end),
    }


# --- of all of them ---------------------------------------------------------------------------------------------------
def _colours(report: Dynamics) -> Table:
    """Of each colour: what was, what turned to it and from it, what is."""
    lines = []
    for zone in reversed(ZONES):
        came, went = report.total.get(f"in_{zone}", 0), report.total.get(f"out_{zone}", 0)
        lines.append(
            _colour_line(report, zone_word(zone), (zone,), Cell(came, f"in_{zone}"), Cell(went, f"out_{zone}"))
        )
    got, left = (Cell(report.total.get(key, 0), key) for key in ("got", "left"))
    whole = _colour_line(report, _("Held"), ZONES, got, left, kind="total")
    columns = [
        Column("start", _("At the start"), sort=False),
        Column("in", pgettext("colour", "Turned to it"), sort=False),
        Column("out", pgettext("colour", "Turned from it"), sort=False),
        Column("else", _("With other managers"), Unit.CHANGE, title=_("Handed over, and what is not written down.")),
        Column("end", _("At the end"), sort=False),
    ]
    if not any(line.cells["else"].value for line in [*lines, whole]):
        columns = [column for column in columns if column.key != "else"]
    return Table("colours", _("Colour by colour"), columns, lines, whole, name_label=pgettext("of a client", "Colour"))


def _colour_line(
    report: Dynamics, name: str, zones: tuple[str, ...], came: Cell, went: Cell, kind: str = "zone"
) -> Line:
    start, end = report.held(report.total, "start", *zones), report.held(report.total, "end", *zones)
    rest = unexplained(start, came.value, went.value, end)  # type: ignore[arg-type]
    cells = {"start": Cell(start), "in": came, "out": went, "else": Cell(rest, tone="muted"), "end": Cell(end)}
    key = zones[0] if kind == "zone" else ""
    return Line(kind, name, cells, query=report.ask.filterset.scope, key=key)


def _pairs(report: Dynamics) -> Table:
    """From which colour to which."""
    columns = [Column(after or "nobody", _("→ %(colour)s") % {"colour": _state(after)}, sort=False) for after in STATES]
    lines = [
        Line(
            "zone",
            _state(before),
            {after or "nobody": _pair_cell(report, before, after) for after in STATES},
            query=report.ask.filterset.scope,
            key=before or "nobody",
        )
        for before in STATES
    ]
    return Table("pairs", _("From which colour to which"), columns, lines, name_label=_("From"))


def _pair_cell(report: Dynamics, before: str, after: str) -> Cell:
    return Cell(None) if before == after else Cell(report.total.get(pair(before, after), 0), figure=pair(before, after))


def _state(zone: str) -> str:
    return zone_word(zone) if zone else _("Not held")


def _ribbons(report: Dynamics) -> Picture | None:
    turned = {
        (before or "nobody", after or "nobody"): int(report.total.get(pair(before, after), 0))
        for before in STATES
        for after in STATES
        if before != after
    }
    states = [State(zone or "nobody", _state(zone), tone=zone or "exchange") for zone in STATES]
    chart = ribbons(states, states, turned)
    if chart is None:
        return None
    return Picture("turns", _("What turned to what"), "reports/charts/ribbons.html", chart, words.turns(report.total))
