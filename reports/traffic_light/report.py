"""The traffic light: whose clients are green, yellow and red now, who leaves next, and how it moved."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from reports.frame.figures import Figure
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result
from reports.traffic_light.figures import FIGURES
from reports.traffic_light.filters import LightFilter
from reports.traffic_light.selectors import build


@register
class TrafficLight(Report):
    key = "traffic-light"
    title = _("Traffic light")
    why = _("Green, yellow and red clients by department and manager, who leaves next, and how it changed.")
    icon = "stoplights"
    group = "clients"
    filterset_class = LightFilter
    main_filters = ("department", "manager", "category", "region")
    figures: ClassVar[Mapping[str, Figure]] = FIGURES
    default_sort = "-urgency"
    rows_sort = "moment"
    partial_template_name = "reports/traffic_light/_report.html"

    def build(self, ask: Ask) -> Result:
        return build(ask)
