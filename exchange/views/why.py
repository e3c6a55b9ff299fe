"""Why a client had its colour: on any day, in words, with all that moved or held it."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from clients.views.card import crumbs_of
from crm import clock
from crm.web.forms import DateInput
from crm.web.views import Access, PageView, fetch
from exchange.why import Story, ribbon_of, steps_of, why_on
from exchange.why.steps import days_of

#: Steps shown at first.
SHOWN = 40


class DayForm(forms.Form):
    """The day to explain; today when nothing is asked."""

    on = forms.DateField(label=gettext_lazy("Day"), required=False, widget=DateInput)

    def clean_on(self) -> dt.date | None:
        day = self.cleaned_data["on"]
        if day and day > clock.today():
            raise forms.ValidationError(_("This day is still to come: only days up to today can be explained."))
        return day


class ClientWhy(PageView):
    """The zone of a client on one day and why: who held it, which contact, which policy, who was told."""

    access = Access.SALES
    template_name = "exchange/why.html"
    partial_template_name = "exchange/why_body.html"

    @cached_property
    def client(self) -> Client:
        clients = Client.objects.visible_to(self.request.user).select_related("manager__department")
        return fetch(clients, pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = self.get_context_data(**kwargs)
        return self.render_to_response(context, status=200 if context["form"].is_valid() else 422)

    def get_title(self) -> str:
        return _("Why: %(client)s") % {"client": self.client}

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return crumbs_of(self.client)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        today = clock.today()
        form = DayForm(self.request.GET)
        form.fields["on"].widget.attrs |= {"max": today.isoformat()}
        story = Story(self.client)
        steps = steps_of(story, self.request.user)
        day = (form.cleaned_data["on"] or today) if form.is_valid() else None
        context |= {
            "client": self.client,
            "form": form,
            "day": day,
            "today": today,
            "first_day": story.first_day,
            "why": why_on(story, day, today=today) if day and day >= story.first_day else None,
            "ribbon": ribbon_of(story, day or today, today=today),
            "total": len(steps),
            "steps": steps if "all" in self.request.GET else steps[:SHOWN],
            "url": reverse("client-why", args=[self.client.pk]),
        }
        if day:
            context["earlier"], context["later"] = days_of(steps, day)
        if context["why"]:
            context["sentences"] = context["why"].sentences(self.request.user)
        return context
