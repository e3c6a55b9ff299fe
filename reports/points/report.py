"""Report 6."""

from django.utils.translation import gettext_lazy as _

from crm.web.access import Access
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result
from reports.points.figures import FIGURES
from reports.points.filters import PointsFilter
from reports.points.selectors import build


@register
class Points(Report):
    """Points against the norm. Salespeople read their own."""

    key = "points"
    title = _("Points")
    why = _("Who does how much: points of done events against the norm of the working days.")
    icon = "speedometer"
    group = "work"
    access = Access.SALES
    filterset_class = PointsFilter
    main_filters = ("period", "department", "manager", "kind", "compare")
    figures = FIGURES
    default_sort = "-share"

    def build(self, ask: Ask) -> Result:
        return build(ask)
