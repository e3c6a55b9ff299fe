"""A plan took place, is put off, or: no, it did not."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm import clock
from crm.web import htmx
from crm.web.views import Access, ActionView
from interactions import next_steps, planning, replanning, selectors, undo
from interactions.models import Agreement, Event, EventKind
from interactions.plan_forms import FinishForm, NewAgreements, ReplanForm
from interactions.views import conflicts, same_offer
from interactions.views.base import EVENTS, AsksForDate, DrawerPage, EventMixin


def undo_url(event: Event, ticket: str) -> str:
    """Where *Undo* is posted to; "" where there is no way back."""
    return f"{reverse('event-undo', args=[event.pk])}?ticket={ticket}" if ticket else ""


class OfEvent(EventMixin, DrawerPage):
    """A form about one event, in the drawer or as a page."""

    access = Access.SALES

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "event": self.event}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list")), (str(self.event), self.event.get_absolute_url())]

    def get_undo_url(self) -> str:
        return undo_url(self.saved.event, self.saved.undo)

    def get_success_url(self) -> str:
        self.success_url = self.event.get_absolute_url()
        return super().get_success_url()


class EventFinish(AsksForDate, OfEvent):
    """A planned event took place: what came of it, what was agreed, what next. Every field may stay empty."""

    form_class = FinishForm
    template_name = "interactions/finish.html"
    partial_template_name = "interactions/_finish_form.html"
    submit_label = _("Done")

    @cached_property
    def agreements(self) -> Any:
        """The rows of promises; a request that does not speak of them makes none."""
        data = self.request.POST
        return NewAgreements(data if "agreed-TOTAL_FORMS" in data else None, prefix="agreed")

    def get_title(self) -> str | Promise:
        return _("Done: %(event)s, %(client)s") % {"event": self.event, "client": self.event.client}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "reader": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        return {"occurred_at": selectors.finish_time(self.event, clock.now()), "next_kind": self.event.kind_id}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = self.get_form()
        rows_are_good = not self.agreements.is_bound or self.agreements.is_valid()
        return self.form_valid(form) if form.is_valid() and rows_are_good else self.form_invalid(form)

    def promised(self) -> list[Agreement]:
        """The promises that were typed, unsaved."""
        rows = self.agreements.forms if self.agreements.is_bound else ()
        return [row.instance for row in rows if row.has_changed()]

    def save(self, form: FinishForm) -> next_steps.Finished:
        now = clock.now()
        return next_steps.finish_contact(
            event=self.event,
            by=self.request.user,
            occurred_at=form.cleaned_data["occurred_at"] or selectors.finish_time(self.event, now),
            result=form.cleaned_data["result"],
            agreements=self.promised(),
            next_step=form.next_step(),
            now=now,
        )

    def render_success(self) -> HttpResponseBase:
        same_offer.warn(self.request, self.saved.planned)
        return super().render_success()

    def get_success_message(self) -> str | Promise:
        event, planned, _ticket = self.saved
        if event.approval == "pending":
            # It may have waited before it was finished anew, whatever the rule is now.
            far = selectors.limit_in_words() or _("far back")
            return _("Done. The date lies %(far)s: it counts when the head approves it.") % {"far": far}
        is_green = event.counted_on and Client.objects.filter(pk=event.client_id, zone="green").exists()
        words = {"client": event.client, "when": in_words(planned) if planned else ""}
        if is_green and planned:
            return _("Done. %(client)s is green. Next: %(when)s.") % words
        if is_green:
            return _("Done. %(client)s is green.") % words
        return _("Done. Next: %(when)s.") % words if planned else _("Done.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(event=self.event, agreements=self.agreements, **kwargs)
        form = context["form"]
        context["quick"] = form.quick_moments()
        context["chosen_next"] = str(form["next_in"].value() or "")
        context["kinds"] = EventKind.objects.choosable()
        context["chosen_kind"] = str(form["next_kind"].value() or "")
        return context


class EventReplan(OfEvent):
    """Another day or time for a plan. A day alone (a row dropped on it, a quick button) keeps the time of day."""

    form_class = ReplanForm
    template_name = "interactions/replan.html"
    partial_template_name = "interactions/_replan_form.html"
    submit_label = _("Move it")

    def get_title(self) -> str | Promise:
        return _("When instead? %(event)s, %(client)s") % {"event": self.event, "client": self.event.client}

    @cached_property
    def later(self) -> list[planning.QuickDay]:
        return planning.quick_days_of(self.request.user, planning.LATER)

    def get_initial(self) -> dict[str, Any]:
        if "here" in self.request.GET:  # the calendar: one begins where the plan stands
            return {"at": self.event.occurred_at}
        return {"at": planning.at_time_of(self.event.occurred_at, self.later[0].day, now=clock.now())}

    def save(self, form: ReplanForm) -> replanning.Replanned:
        at, minutes = form.cleaned_data["at"], form.cleaned_data["minutes"]
        return replanning.replan_event(event=self.event, at=at, minutes=minutes, by=self.request.user)

    def render_success(self) -> HttpResponseBase:
        conflicts.warn(self.request, self.saved.event)
        return super().render_success()

    def form_invalid(self, form: Any) -> HttpResponseBase:
        if {"day", "dropped"} & self.request.POST.keys() and htmx.wants_partial(self.request):
            # Dropped or clicked in a list or in the calendar: there is no form on the page to show errors in.
            words = " ".join(error for errors in form.errors.values() for error in errors)
            htmx.toast(self.request, words, level=messages.ERROR)
            response = HttpResponse(status=422)
            response["HX-Reswap"] = "none"
            return response
        return super().form_invalid(form)

    def get_success_message(self) -> str | Promise:
        return _("%(event)s: now %(when)s.") % {"event": self.saved.event, "when": in_words(self.saved.event)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(event=self.event, later=self.later, **kwargs)


class EventUndo(EventMixin, ActionView):
    """No, it is still planned as it was."""

    success_message = _("Taken back: it is planned as before.")

    def perform(self) -> HttpResponseBase | None:
        undo.take_back(event=self.event, ticket=self.request.GET.get("ticket", ""), by=self.request.user)
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None


def in_words(event: Event) -> str:
    """When a plan is: "Tue 24 Nov, 10:00"."""
    return date_format(localtime(event.occurred_at), "D j E, H:i")
