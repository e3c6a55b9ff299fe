"""Said while a plan is being typed, and when it is saved or moved: there is something else at that time."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.generic import View

from clients.models import Manager
from crm import clock
from crm.web import htmx, marking
from crm.web.views import Access, PageMixin
from interactions import conflicts
from interactions.calendar.slots import moment_in
from interactions.models import Event, EventKind, EventStatus

_TEMPLATE = "interactions/_conflicts.html"


class Conflicts(PageMixin, View):
    """A piece of the form of an event (htmx): what the responsible has at that time already, as far as it is typed.
    What cannot be understood yet is not looked at."""

    access = Access.SALES

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not htmx.wants_partial(request):
            return htmx.redirect(request, reverse("calendar"))
        return TemplateResponse(request, _TEMPLATE, {"conflicts": self.found(), "of": "form"})

    def found(self) -> conflicts.Conflicts | None:
        sent = self.request.GET
        start, end = moment_in(sent, "occurred_at"), moment_in(sent, "ends_at")
        responsible = _chosen(Manager.objects.filter(is_active=True), sent.get("responsible", ""))
        kind = _chosen(EventKind.objects.choosable(), sent.get("kind", ""))
        is_plan = sent.get("status", EventStatus.PLANNED) == EventStatus.PLANNED
        if not (start and responsible and kind and is_plan) or start < clock.now() or (end and end < start):
            return None
        own = marking.keys([sent.get("exclude", "")])
        return conflicts.find(
            responsible=responsible,
            start=start,
            end=end,
            usual_minutes=kind.default_minutes,
            reader=self.request.user,
            exclude=own[0] if own else None,
        )


def warn(request: HttpRequest, saved: Any) -> None:
    """After saving or moving a plan: a toast with what it meets with."""
    if not isinstance(saved, Event) or saved.status != EventStatus.PLANNED or saved.occurred_at < clock.now():
        return
    if found := conflicts.of(saved, reader=request.user):  # type: ignore[arg-type]
        htmx.toast(request, render_to_string(_TEMPLATE, {"conflicts": found}, request=request), level=messages.WARNING)


def _chosen(rows: Any, text: str) -> Any:
    keys = marking.keys([text])
    return rows.filter(pk=keys[0]).first() if keys else None
