"""Interactions by client: what was done with whom."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from crm.web.access import Access
from reports.frame.figures import Figure
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result
from reports.interactions_by_client.figures import FIGURES
from reports.interactions_by_client.filters import InteractionsFilter
from reports.interactions_by_client.selectors import build


@register
class Interactions(Report):
    key = "interactions"
    title = _("Interactions by client")
    why = _("What was done with each client, of which kind and by whom; what is planned and what is overdue.")
    icon = "chat-dots"
    group = "work"
    access = Access.SALES
    filterset_class = InteractionsFilter
    figures: ClassVar[Mapping[str, Figure]] = FIGURES
    default_sort = "-done"

    def build(self, ask: Ask) -> Result:
        return build(ask)
