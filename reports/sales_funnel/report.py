"""Report 7: the funnel of sales."""

from django.utils.translation import gettext_lazy as _

from crm.web.access import Access
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result
from reports.sales_funnel.figures import FIGURES
from reports.sales_funnel.filters import FunnelFilter
from reports.sales_funnel.selectors import Funnel


@register
class SalesFunnel(Report):
    """Salespeople read their own."""

    key = "funnel"
    title = _("Funnel of sales")
    why = _("How far do sales get, where and why are they lost, and what stands where now?")
    icon = "funnel"
    group = "sales"
    access = Access.SALES
    filterset_class = FunnelFilter
    main_filters = ("kind", "period", "department", "manager", "compare")
    figures = FIGURES
    default_sort = "-begun_sum"

    def build(self, ask: Ask) -> Result:
        return Funnel(ask).result()
