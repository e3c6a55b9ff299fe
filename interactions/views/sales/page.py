"""The page of one sale."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import Promise

from crm import clock
from crm.web.views import PageView
from interactions import process_activity, selectors, stages
from interactions.models import SalesProcess
from interactions.rules.amounts import lines_total
from interactions.selectors.stage_box import stage_box
from interactions.views.base import card_of
from interactions.views.linked_files import files_of
from interactions.views.sales.base import SALES, ProcessMixin


class ProcessPage(ProcessMixin, PageView):
    """One sale: where it stands, what moved it, what is in it."""

    template_name = "interactions/process_detail.html"

    def allowed(self) -> None:
        return None

    def get_title(self) -> str:
        return str(self.process)

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list")), (str(self.process.client), card_of(self.process.client))]

    def permissions(self) -> dict[str, bool]:
        """What the reader may do with it. One query."""
        user, this = self.request.user, SalesProcess.objects.filter(pk=OuterRef("pk"))
        may = {"editable": this.editable_by(user), "leads": this.led_by(user), "deletable": this.deletable_by(user)}
        asked = {name: Exists(rows) for name, rows in may.items()}
        return SalesProcess.objects.values(**asked).get(pk=self.process.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        process, user = self.process, self.request.user
        may = self.permissions()
        editable = may["editable"]
        may_move = stages.positions_open_to(process) if editable else set()
        lines = list(process.lines.select_related("product"))
        return super().get_context_data(
            process=process,
            editable=editable,
            leads=not process.is_open and may["leads"],
            deletable=may["deletable"],
            stages=[(stage, stage.position in may_move) for stage in process.kind.stages.all()],
            may_win=editable and stages.may_win(process),
            steps=selectors.stage_log(process),
            events=selectors.events_of(process, user),
            lines=lines,
            lines_total=lines_total(lines),
            co_managers=process.co_managers.all(),
            competitors=process.competitors.all(),
            idle=process_activity.idle_days(process, clock.today()),
            is_idle=process_activity.is_idle(process, clock.today()),
            zone=selectors.shown_zone(process.client, clock.today()),
            today=selectors.local_today(),
            **stage_box(process, user, editable=editable),
            **files_of(process, user, editable=editable),
            **kwargs,
        )
