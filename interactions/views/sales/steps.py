"""What moves a sale: to another stage, won, lost, open again; and away with it."""

from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm import clock
from crm.web import htmx
from crm.web.errors import DomainError
from crm.web.views import ActionView
from interactions import sales, stages
from interactions.forms import CloseForm, MoveForm
from interactions.models import SalesProcess, StageChange
from interactions.stages import StageRefused
from interactions.views.base import DrawerPage, card_of
from interactions.views.sales.base import ProcessMixin


class ProcessMove(ProcessMixin, ActionView):
    """To another stage: a counted contact."""

    def perform(self) -> HttpResponseBase | None:
        process, form = self.process, MoveForm(self.request.POST)
        if not form.is_valid():
            raise ValidationError(_("There is no such stage."))
        self.moved = sales.move_process(process=process, stage=form.cleaned_data["stage"], by=self.request.user)
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None

    def render_failure(self, error: DomainError | ValidationError) -> HttpResponseBase:
        response = super().render_failure(error)
        if htmx.wants_partial(self.request):
            # Somebody has moved or closed it meanwhile: the board is old.
            response["HX-Trigger"] = "list-refresh"
        return response

    @cached_property
    def step(self) -> StageChange:
        """The step just made."""
        return self.moved.stage_changes.all()[0]

    def get_undo_url(self) -> str:
        return reverse("process-step-undo", args=[self.moved.pk, self.step.pk])

    def get_success_message(self) -> str:
        words = gettext("Now at “%(stage)s”.") % {"stage": self.moved.stage}
        if planned := self.step.planned_tasks.count():
            words += " " + ngettext("%(count)d task is planned.", "%(count)d tasks are planned.", planned) % {
                "count": planned
            }
        return words


class ProcessClose(ProcessMixin, DrawerPage):
    """Won or lost: a counted contact."""

    form_class = CloseForm
    submit_label = _("Close the sale")

    def get_title(self) -> str | Promise:
        return _("Close: %(sale)s") % {"sale": self.process}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "process": self.process}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(refused=self.refusal(), **kwargs)

    def refusal(self) -> StageRefused | None:
        """Why it cannot be won yet, said before anything is typed; None where it can, or is to be closed as lost."""
        asked = self.request.POST or self.request.GET
        if asked.get("outcome") == "lost" or not self.process.is_open:
            return None
        try:
            stages.check_win(self.process)
        except StageRefused as refused:
            return refused
        return None

    def get_initial(self) -> dict[str, Any]:
        outcome = self.request.GET.get("outcome")
        return {"outcome": outcome if outcome in ("won", "lost") else "won", "closed_on": clock.today()}

    def save(self, form: CloseForm) -> SalesProcess:
        data = form.cleaned_data
        self.process.refresh_from_db()
        return sales.close_process(
            process=self.process,
            won=data["outcome"] == "won",
            by=self.request.user,
            closed_on=data["closed_on"],
            loss_reason=data["loss_reason"],
            lost_to=data["lost_to"],
            comment=data["comment"],
        )

    def get_success_message(self) -> str | Promise:
        return _("Won. Well done!") if self.saved.status == "won" else _("Lost. The reason is kept for the funnel.")


class ProcessReopen(ProcessMixin, ActionView):
    """Open a closed sale again: the head's."""

    success_message = _("The sale is open again.")

    def allowed(self) -> Any:
        return SalesProcess.objects.led_by(self.request.user)

    def perform(self) -> None:
        sales.reopen_process(process=self.process, by=self.request.user)


class ProcessDelete(ProcessMixin, ActionView):
    """A sale opened by mistake goes with its steps; what people wrote stays in the history."""

    success_message = _("Deleted. The client's colour was computed anew.")

    def allowed(self) -> Any:
        return SalesProcess.objects.deletable_by(self.request.user)

    def perform(self) -> str:
        client = self.process.client
        sales.delete_process(process=self.process)
        return card_of(client)
