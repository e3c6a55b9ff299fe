"""Promises of both sides: written down, kept or not."""

from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm import clock
from crm.web import htmx
from crm.web.views import Access, ActionView, fetch
from interactions import services
from interactions.agreements import add_agreement
from interactions.forms import DayField
from interactions.models import Agreement, Event
from interactions.panels import agreements as panel_of
from interactions.views.base import RELOAD, DrawerPage, card_of, client_to_work_on

#: Asked for by the panel of the card: it is drawn anew.
PANEL = "panel"


class AgreementForm(forms.ModelForm):
    """One promise."""

    class Meta:
        model = Agreement
        fields = ["side", "text"]
        widgets = {"side": forms.RadioSelect}

    due_on = DayField(label=_("Due"), required=False)


class AgreementCreate(DrawerPage):
    """A promise nobody wrote down with the talk it was given in."""

    access = Access.SALES
    title = _("New agreement")
    form_class = AgreementForm
    submit_label = _("Write down")
    success_message = _("The agreement is written down.")

    @cached_property
    def client(self) -> Client:
        return client_to_work_on(self.request, self.kwargs["pk"])

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(self.client.name, card_of(self.client))]

    def get_success_url(self) -> str:
        return card_of(self.client)

    def save(self, form: AgreementForm) -> Agreement:
        return add_agreement(client=self.client, **form.cleaned_data)


class AgreementSettle(ActionView):
    """A promise was kept, or not. ``?status=&was=`` in the address is for *Undo*, which posts nothing else."""

    access = Access.SALES

    @cached_property
    def agreement(self) -> Agreement:
        user, rows = self.request.user, Agreement.objects.select_related("event__client")
        visible, editable = Event.objects.visible_to(user), Event.objects.editable_by(user)
        return fetch(rows.filter(event__in=visible), rows.filter(event__in=editable), pk=self.kwargs["pk"])

    def perform(self) -> HttpResponseBase | None:
        self.before = self.agreement.status
        status = self.request.POST.get("status") or self.request.GET.get("status", "")
        services.settle_agreement(agreement=self.agreement, status=status, was=self.request.GET.get("was", ""))
        if not htmx.wants_partial(self.request) or RELOAD in self.request.GET:
            return None
        return self._panel() if PANEL in self.request.GET else htmx.done("list-refresh")

    def get_success_message(self) -> str | Promise:
        if self.agreement.status == Agreement.Status.OPEN:
            return _("Open again.")
        return _("Noted: kept.") if self.agreement.status == Agreement.Status.KEPT else _("Noted: not kept.")

    def get_undo_url(self) -> str:
        if self.agreement.status == Agreement.Status.OPEN:
            return ""
        url = reverse("agreement-settle", args=[self.agreement.pk])
        return f"{url}?status={self.before}&was={self.agreement.status}"

    def _panel(self) -> HttpResponseBase:
        """The panel of the card, and the history beside it."""
        client = self.agreement.event.client
        context: dict[str, Any] = {"client": client, "today": clock.today(), "editable": True}
        context |= panel_of(self.request, client)
        response = TemplateResponse(self.request, ["interactions/panels/agreements.html"], context)
        response["HX-Trigger"] = "list-refresh"
        return response
