"""Exchange health: what came, what was taken, how long it waited, and what became of the claims."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from reports.exchange_health.figures import FIGURES
from reports.exchange_health.filters import HealthFilter
from reports.exchange_health.selectors import build
from reports.frame.figures import Figure
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result


@register
class ExchangeHealth(Report):
    key = "exchange"
    title = _("Exchange health")
    why = _("What came to the exchange and what left it, how long it waited, what became of the claims.")
    icon = "heart-pulse"
    group = "exchange"
    filterset_class = HealthFilter
    figures: ClassVar[Mapping[str, Figure]] = FIGURES
    default_sort = "-came"
    partial_template_name = "reports/exchange_health/_report.html"

    def build(self, ask: Ask) -> Result:
        return build(ask)
