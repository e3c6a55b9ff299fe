"""Report 10: new and lost clients, sales to new and to existing ones."""

from django.utils.translation import gettext_lazy as _

from reports.clients_and_sales.figures import FIGURES
from reports.clients_and_sales.filters import ClientsAndSalesFilter
from reports.clients_and_sales.selectors import ClientsAndSales
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result


@register
class ClientsAndSalesReport(Report):
    key = "clients-and-sales"
    title = _("Clients and sales")
    why = _("How many clients come and go, and what is sold to new and to existing ones, against the plan?")
    icon = "people-fill"
    group = "sales"
    filterset_class = ClientsAndSalesFilter
    figures = FIGURES
    default_sort = "-won_sum"

    def build(self, ask: Ask) -> Result:
        return ClientsAndSales(ask).result()
