"""Absences: the list with what waits for a decision, entering, changing, deciding."""

from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from clients import absences
from clients.filters import ABSENCE_TABS, AbsenceFilter
from clients.forms.absences import AbsenceForm
from clients.freezing import days_off_ahead
from clients.models import Absence, Manager
from crm import clock
from crm.web.views import Access, ActionView, FormPage, ListPage, fetch

_WAITING_SHOWN = 50


class AbsenceList(ListPage):
    """Who is away and who stands in: one's own, a head's people's, a director's all; above it what waits for him."""

    access = Access.SALES
    title = _("Absences")
    template_name = "clients/absences.html"
    partial_template_name = "clients/_absences.html"
    filterset_class = AbsenceFilter
    main_filters = ("tab", "manager", "kind")
    sorts: ClassVar[dict[str, tuple[Any, ...]]] = {
        "from": (F("starts_on").asc(), F("pk").asc()),
        "until": (F("ends_on").asc(), F("pk").asc()),
        "who": (F("manager__last_name").asc(), F("manager__first_name").asc(), F("starts_on").asc(), F("pk").asc()),
    }

    @property
    def tab(self) -> str:
        tab = self.request.GET.get("tab", "")
        return tab if tab in dict(ABSENCE_TABS) else ""

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Calendar"), reverse("calendar"))]

    def get_sort(self) -> str:
        return super().get_sort() or ("-from" if self.tab else "from")

    def get_queryset(self) -> QuerySet[Absence]:
        user, today = self.request.user, clock.today()
        rows = Absence.objects.visible_to(user).select_related("manager__department", "deputy", "decided_by")
        if self.tab == "":
            # What waits for him stands above.
            return rows.not_over(today).exclude(Q(status=Absence.Status.REQUESTED) & self._decidable(user))
        return rows.exclude(pk__in=Absence.objects.not_over(today)) if self.tab == "over" else rows

    @staticmethod
    def _decidable(user: Manager) -> Q:
        return Q(pk__in=Absence.objects.decidable_by(user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, today = self.request.user, clock.today()
        context = super().get_context_data(**kwargs)
        waiting = Absence.objects.waiting().decidable_by(user).select_related("manager__department", "deputy")
        context.update(
            today=today,
            tabs=[(key, label, key == self.tab) for key, label in ABSENCE_TABS],
            waiting=list(waiting.order_by("starts_on", "pk")[:_WAITING_SHOWN]),
            rows=[(row, absences.can_be_done(row, by=user, today=today)) for row in context["page"]],
            days_off=days_off_ahead(today),
        )
        return context


class _AbsencePage(FormPage):
    access = Access.SALES
    form_class = AbsenceForm

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Calendar"), reverse("calendar")), (_("Absences"), reverse("absence-list"))]

    def get_success_url(self) -> str:
        return reverse("absence-list")


class AbsenceCreate(_AbsencePage):
    """A new absence: one's own, or of somebody on whose absences one decides."""

    title = _("New absence")

    @cached_property
    def people(self) -> QuerySet[Manager] | None:
        """On whose absences he decides, with himself; None: his own only."""
        user = self.request.user
        if not user.sees_everything and not user.headed_manager_ids - {user.pk}:
            return None
        everybody = Manager.objects.filter(is_active=True)
        return everybody if user.sees_everything else everybody.filter(pk__in={user.pk, *user.headed_manager_ids})

    def get_initial(self) -> dict[str, Any]:
        return {"manager": self.request.user.pk, "starts_on": clock.today(), "ends_on": clock.today()}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user, "people": self.people}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = not absences.may_decide(self.request.user, self.request.user)
        kwargs.setdefault("submit_label", _("Ask for it") if own and self.people is None else _("Enter"))
        return super().get_context_data(**kwargs)

    def save(self, form: AbsenceForm) -> Absence:
        data = {"manager": self.request.user, **form.cleaned_data}
        return absences.request_absence(by=self.request.user, **data)

    def get_success_message(self) -> str | Promise:
        if self.saved.status == Absence.Status.APPROVED:
            return _("Entered: the clocks stand still on these days.")
        return _("Asked: it waits for the head.")


class OfAbsence:
    """A view about one absence: 404 for those the user may not see, 403 for those not his to change."""

    def editable(self, user: Manager) -> QuerySet[Absence]:
        return Absence.objects.editable_by(user)

    @cached_property
    def absence(self) -> Absence:
        user = self.request.user  # type: ignore[attr-defined]
        visible = Absence.objects.visible_to(user).select_related("manager__department", "deputy")
        return fetch(visible, self.editable(user), pk=self.kwargs["pk"])  # type: ignore[attr-defined]


class AbsenceUpdate(OfAbsence, _AbsencePage):
    """Other days, another deputy."""

    title = _("Change absence")
    submit_label = _("Save")
    success_message = _("Saved.")
    template_name = "clients/absence_form.html"

    def get_initial(self) -> dict[str, Any]:
        names = ("kind", "starts_on", "ends_on", "reason")
        return {name: getattr(self.absence, name) for name in names} | {"deputy": self.absence.deputy_id}

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = {"user": self.request.user, "people": None, "away": self.absence.manager}
        return {**super().get_form_kwargs(), **kwargs}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        decides = absences.may_decide(self.request.user, self.absence.manager)
        return super().get_context_data(absence=self.absence, decides=decides, **kwargs)

    def save(self, form: AbsenceForm) -> Absence:
        return absences.change_absence(absence=self.absence, by=self.request.user, **form.cleaned_data)


class _AbsenceAction(OfAbsence, ActionView):
    access = Access.SALES
    success_url = "absence-list"


class _AbsenceDecision(_AbsenceAction):
    def editable(self, user: Manager) -> QuerySet[Absence]:
        return Absence.objects.decidable_by(user)


class AbsenceApprove(_AbsenceDecision):
    """The head agrees."""

    success_message = _("Approved: the clocks stand still on these days.")

    def perform(self) -> None:
        absences.approve(absence=self.absence, by=self.request.user)


class AbsenceDecline(_AbsenceDecision):
    """The head does not agree."""

    success_message = _("Declined.")

    def perform(self) -> None:
        absences.decline(absence=self.absence, by=self.request.user)


class AbsenceCancel(_AbsenceAction):
    """There will be no absence."""

    success_message = _("Cancelled: these days count again.")

    def perform(self) -> None:
        absences.cancel(absence=self.absence, by=self.request.user)


class AbsenceEnd(_AbsenceAction):
    """Back earlier: from today on he is there."""

    success_message = _("Ended: the clocks run again from today.")

    def perform(self) -> None:
        absences.end_absence(absence=self.absence, by=self.request.user)
