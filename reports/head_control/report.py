"""The declaration of the head's control."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from reports.frame.report import Ask, Report, register
from reports.frame.tables import Result
from reports.head_control.figures import FIGURES
from reports.head_control.filters import HeadControlFilter
from reports.head_control.selectors import head_control


@register
class HeadControl(Report):
    """How good the work with each client is."""

    key = "head-control"
    title = _("Head's control")
    why = _("With which clients is the work not in order: no open sale, overdue plans, too little known?")
    icon = "clipboard-check"
    group = "clients"
    filterset_class = HeadControlFilter
    main_filters: ClassVar[tuple[str, ...]] = ("variant", "department", "manager", "period", "compare")
    figures = FIGURES

    def build(self, ask: Ask) -> Result:
        return head_control(ask)
