"""Pictures of the head's control: what is wrong with how many clients, and whose clients are red."""

from collections.abc import Container, Sequence
from statistics import median

from django.utils.translation import gettext as _

from reports.frame.figures import Unit
from reports.frame.tables import Line, Picture, Table
from reports.head_control.figures import FIGURES
from reports.rules import charts
from reports.rules.control import Light, Problem

TEMPLATE = "reports/charts/bars.html"
#: Managers in the picture; shares of fewer clients say nothing.
MANAGERS, FEWEST = 12, 5


def pictures(table: Table, critical: Container[Problem]) -> list[Picture]:
    """Of the table of the four indicators."""
    assert table.total is not None
    return [picture for picture in (_problems(table.total, critical), _managers(table.lines)) if picture]


def _number(line: Line, key: str) -> int:
    return int(line.cells[key].value or 0)  # type: ignore[arg-type]


def _problems(total: Line, critical: Container[Problem]) -> Picture | None:
    amounts = [
        charts.Amount(
            str(FIGURES[problem].label), _number(total, problem), tone="red" if problem in critical else "yellow"
        )
        for problem in Problem
    ]
    chart = charts.bars(amounts)
    if chart is None:
        return None
    said = "; ".join(f"{amount.label}: {amount.value}" for amount in amounts)
    return Picture("problems", _("What is wrong, and with how many clients"), TEMPLATE, chart, said)


def _managers(lines: Sequence[Line]) -> Picture | None:
    """The share of red clients of each manager against the median of those shown; those with the most first."""
    shares = {
        str(line.name): 100 * _number(line, Light.RED) / _number(line, "clients")
        for line in lines
        if line.kind == "manager" and _number(line, "clients") >= FEWEST
    }
    if len(shares) < 2:
        return None
    worst = sorted(shares, key=lambda name: -shares[name])[:MANAGERS]
    middle = round(median(shares.values()))
    amounts = [charts.Amount(name, round(shares[name]), tone="red") for name in worst]
    chart = charts.bars(amounts, middle=middle, middle_label=_("median"), unit=Unit.PERCENT)
    said = _("Most of all %(manager)s: %(share)d%% of the clients are red; the median is %(median)d%%.") % {
        "manager": worst[0],
        "share": round(shares[worst[0]]),
        "median": middle,
    }
    return Picture("managers", _("Share of red clients by manager"), TEMPLATE, chart, said) if chart else None
