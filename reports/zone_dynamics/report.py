"""Zone dynamics: how the colours moved over a period, and who moved them."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from reports.frame.figures import Figure
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result
from reports.zone_dynamics.figures import FIGURES
from reports.zone_dynamics.selectors import build


@register
class ZoneDynamics(Report):
    key = "zone-dynamics"
    title = _("Zone dynamics")
    why = _("How many turned yellow and red, how many were rescued, what came to the exchange and was won from it.")
    icon = "graph-up-arrow"
    group = "clients"
    figures: ClassVar[Mapping[str, Figure]] = FIGURES
    default_sort = "-turned_red"

    def build(self, ask: Ask) -> Result:
        return build(ask)
