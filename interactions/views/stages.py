"""The stage a sale is at: what it asks for, and the head's word on it."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.web import htmx
from crm.web.views import Access, ActionView, ListPage, PageView, safe_next
from interactions import stage_approvals
from interactions.filters import APPROVAL_TABS
from interactions.models import SalesProcess, StageApproval
from interactions.selectors.stage_box import stage_box
from interactions.stage_filters import StageApprovalFilter
from interactions.step_undo import take_back_move
from interactions.views.events import tab_links
from interactions.views.sales.base import SALES, ProcessMixin


class StageBox(ProcessMixin, PageView):
    """The box of the stage alone: read anew when a file came or a word was given. Without htmx: the sale's page."""

    template_name = "interactions/_stage_box.html"

    def allowed(self) -> None:
        return None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not htmx.wants_partial(request):
            return htmx.redirect(request, self.process.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        editable = SalesProcess.objects.editable_by(user).filter(pk=self.process.pk).exists()
        return {"process": self.process, "view": self, **stage_box(self.process, user, editable=editable)}


class QuestionForm(forms.Form):
    """What the head is asked to look at."""

    words = forms.CharField(max_length=500, required=False)


class AnswerForm(QuestionForm):
    """What the head says. ``question``: which question he has read; empty when nobody has asked."""

    decision = forms.ChoiceField(choices=[("approve", ""), ("reject", "")])
    question = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)


class _ApprovalStep(ProcessMixin, ActionView):
    """One step of an approval; afterwards one is where one was."""

    form_class: ClassVar[type[forms.Form]] = QuestionForm

    def said(self) -> dict[str, Any]:
        """What was sent with it."""
        form = self.form_class(self.request.POST)
        if not form.is_valid():
            raise ValidationError([message for messages in form.errors.values() for message in messages])
        return form.cleaned_data

    def done(self) -> HttpResponseBase | None:
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None

    def get_return_url(self) -> str:
        return safe_next(self.request) or f"{self.process.get_absolute_url()}#approval"


class StepUndo(ProcessMixin, ActionView):
    """The move just made was a mistake: it is taken back."""

    success_message = _("Taken back.")

    def perform(self) -> HttpResponseBase | None:
        take_back_move(process=self.process, step_id=self.kwargs["step"], by=self.request.user)
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None

    def get_return_url(self) -> str:
        return safe_next(self.request, referrer=True) or self.process.get_absolute_url()


class ApprovalAsk(_ApprovalStep):
    """Ask the head to let the sale go on."""

    success_message = _("The head has been asked.")

    def perform(self) -> HttpResponseBase | None:
        stage_approvals.ask(process=self.process, by=self.request.user, question=self.said()["words"])
        return self.done()


class ApprovalWithdraw(_ApprovalStep):
    """Take one's question back."""

    success_message = _("Taken back.")

    def perform(self) -> HttpResponseBase | None:
        stage_approvals.withdraw(process=self.process, by=self.request.user)
        return self.done()


class ApprovalDecide(_ApprovalStep):
    """The head lets the sale go on, or not: asked (``question``: which question he has read) or by himself."""

    form_class = AnswerForm

    def allowed(self) -> QuerySet[SalesProcess]:
        return SalesProcess.objects.led_by(self.request.user)

    def perform(self) -> HttpResponseBase | None:
        said = self.said()
        self.decided = stage_approvals.decide(
            process=self.process,
            by=self.request.user,
            approve=said["decision"] == "approve",
            answer=said["words"],
            question_id=said["question"],
        )
        return self.done()

    def get_success_message(self) -> str | Promise:
        is_approved = self.decided.status == StageApproval.Status.APPROVED
        return _("Approved: the sale may go on.") if is_approved else _("Not approved.")


class StageApprovalList(ListPage):
    """The sales that wait for a head's word; a salesperson reads what became of his own questions."""

    access = Access.SALES
    title = _("Approvals of sales")
    template_name = "interactions/stage_approvals.html"
    partial_template_name = "interactions/_stage_approvals.html"
    filterset_class = StageApprovalFilter
    sorts: ClassVar[Any] = {"asked": ("asked_at", "pk"), "amount": (F("process__amount").asc(nulls_first=True), "pk")}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(SALES, reverse("process-list"))]

    def get_queryset(self) -> QuerySet[StageApproval]:
        rows = stage_approvals.shown_to(self.request.user)  # type: ignore[arg-type]
        return rows.select_related("process__client__manager", "process__kind", "stage", "asked_by", "decided_by")

    @property
    def default_sort(self) -> str:  # type: ignore[override]
        """Who has waited longest comes first; of what was answered the latest."""
        return "-asked" if self.request.GET.get("status") in ("approved", "rejected") else "asked"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        status = self.request.GET.get("status", "")
        decides = self.request.user.access_level >= Access.HEAD and not status
        return {
            **super().get_context_data(**kwargs),
            "tabs": [*tab_links(self, APPROVAL_TABS), (reverse("approval-list"), _("Dates of contacts"), False)],
            "status": status,
            "decides": decides,
        }
