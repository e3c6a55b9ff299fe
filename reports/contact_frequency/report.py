"""Contact frequency: who keeps the regulations, which clients were missed, who is due next."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from crm.web.access import Access
from reports.contact_frequency.figures import FIGURES
from reports.contact_frequency.filters import FrequencyFilter
from reports.contact_frequency.selectors import build
from reports.frame.figures import Figure
from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result


@register
class ContactFrequency(Report):
    key = "contact-frequency"
    title = _("Contact frequency")
    why = _("Who speaks with his clients as often as the regulations ask, which clients were missed, who is due next.")
    icon = "calendar-check"
    group = "work"
    access = Access.SALES
    filterset_class = FrequencyFilter
    main_filters = ("period", "department", "manager", "asked_for", "compare")
    figures: ClassVar[Mapping[str, Figure]] = FIGURES
    default_sort = "-missed"

    def build(self, ask: Ask) -> Result:
        return build(ask)
