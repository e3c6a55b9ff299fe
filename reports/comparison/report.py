"""Report 8: managers beside each other, fairly."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.comparison.figures import FIGURES
from reports.comparison.filters import ComparisonFilter
from reports.comparison.indicators import Indicator
from reports.comparison.selectors import Comparison, compare
from reports.comparison.tables import detail, overview
from reports.comparison.words import headline, remarks
from reports.frame.figures import summed
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Cell, Picture, Result, Table, Words
from reports.frame.values import words
from reports.rules import charts

#: So many bars at each end of the picture, where there are too many for all.
_AT_AN_END = 7


@register
class ComparisonReport(Report):
    key = "comparison"
    title = gettext_lazy("Comparison of managers")
    why = gettext_lazy("Who makes what of his days and of his clients, and who needs help in what?")
    icon = "people"
    filterset_class = ComparisonFilter
    main_filters = ("period", "department", "manager", "detail")
    figures = FIGURES

    def build(self, ask: Ask) -> Result:
        filterset: ComparisonFilter = ask.filterset
        comparison = compare(filterset)
        leading = filterset.respects[0]
        if filterset.in_detail:
            table, grown = detail(filterset, comparison, leading, ask.sort)
        else:
            table, grown = overview(filterset, comparison, ask.sort)
        compared = comparison.sellers & comparison.numbers.keys() & {each.pk for each in filterset.managers}
        together = summed(comparison.numbers[key] for key in compared)
        picture = _picture(comparison, leading, table)
        return Result(
            ask.scope,
            [table],
            headline=headline(comparison, leading, together),
            remarks=remarks(filterset, comparison),
            pictures=[picture] if picture else [],
            compared=filterset.compared,
            folded=grown.folded,
        )


def _picture(comparison: Comparison, indicator: Indicator, table: Table) -> Picture | None:
    """Bars, the longest first, and the median through them: of who is compared; of departments where those are too
    many."""
    sellers = {str(key) for key in comparison.sellers}
    compared = [line for line in table.lines if line.kind == "manager" and line.key in sellers]
    departments = [line for line in table.lines if line.kind == "department"]
    cells = [(line.name, line.cells[indicator.key]) for line in compared or departments]
    known = sorted((each for each in cells if each[1].value is not None), key=lambda each: -each[1].value)  # type: ignore[operator]
    median = comparison.field(indicator).median
    chart = charts.bars(_bars(known), middle=median, middle_label=_("median"), unit=indicator.unit)
    if chart is None:
        return None
    text = _("Bars of %(count)s, the longest first; the line is the median, %(median)s.")
    description = text % {"count": len(known), "median": words(median, indicator.unit)}
    return Picture("standing", indicator.label, "reports/charts/bars.html", chart, description)


def _bars(cells: list[tuple[Words, Cell]]) -> list[charts.Amount]:
    """A bar for each; of many those at both ends."""
    bars = [
        charts.Amount(name, cell.value, tone="muted" if cell.few else "", note=_("few cases") if cell.few else "")  # type: ignore[arg-type]
        for name, cell in cells
    ]
    between = len(bars) - 2 * _AT_AN_END
    if between < 2:
        return bars
    rest = _("… %(count)s between") % {"count": between}
    return [*bars[:_AT_AN_END], charts.Amount(rest, None), *bars[-_AT_AN_END:]]
