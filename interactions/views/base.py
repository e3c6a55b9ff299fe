"""What the pages of events and sales share."""

import datetime as dt
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.web import htmx
from crm.web.views import Access, FormPage, fetch
from interactions import selectors
from interactions.forms import EARLIEST, LATEST
from interactions.models import Event
from interactions.views import conflicts, same_offer

#: Asked for by a link on a page that is no list: after saving, the page is read anew instead of its lists only.
RELOAD = "reload"

EVENTS = _("Events")


def number_in(request: HttpRequest, name: str) -> int | None:
    """A primary key from the query, None when it is not there.

    Raises:
        Http404: there is something else than a number.
    """
    value = request.GET.get(name, "")
    if value and not (value.isascii() and value.isdigit() and len(value) < 19):
        raise Http404
    return int(value) if value else None


def day_in(request: HttpRequest) -> dt.date | None:
    """The day asked for by ``?day=2026-11-24``; None where there is none, and for what is no day."""
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if day and EARLIEST <= day <= LATEST else None


def card_of(client: Client) -> str:
    """The address of a client's card."""
    return reverse("client-detail", args=[client.pk])


def client_to_work_on(request: HttpRequest, pk: int) -> Client:
    """A client on which something is to be registered.

    Raises:
        Http404: there is none, or (to look at the form) not one the user may read.
        PermissionDenied: he may know of it, but not work on it.
    """
    clients, user = Client.objects.select_related("manager"), request.user
    known = clients.known_to(user) if request.method == "POST" else clients.visible_to(user)
    return fetch(known, Client.objects.editable_by(user), pk=pk)


class AsksForDate:
    """A form with ``occurred_at``: who needs the head's approval for an old date is told so before he types it."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # type: ignore[misc]
        if hint := selectors.backdating_hint(self.request.user):
            field = context["form"]["occurred_at"]
            field.help_text = f"{field.help_text} {hint}".strip()
        return context


class DrawerPage(FormPage):
    """A form that also opens in the drawer over a list: there the lists are read anew instead of the page."""

    def render_success(self) -> HttpResponseBase:
        if htmx.wants_partial(self.request) and RELOAD not in self.request.GET:
            return htmx.done("drawer-close", "list-refresh")
        return super().render_success()


class EventMixin:
    """Something done with one event."""

    access = Access.SALES
    kwargs: dict[str, Any]
    request: Any

    @cached_property
    def event(self) -> Event:
        rows = Event.objects.select_related("client__manager", "kind", "process")
        return fetch(rows.visible_to(self.request.user), self.allowed(), pk=self.kwargs["pk"])

    def allowed(self) -> Any:
        """The events this may be done with."""
        return Event.objects.editable_by(self.request.user).by_hand()


class FormsetPage(DrawerPage):
    """A form with a few rows of something under it."""

    formset_class: ClassVar[Any] = None
    #: What is typed here, for ``interactions.views.same_offer``: "plan" or "sale".
    offers: ClassVar[str] = ""
    #: Heading of the rows, and the words on an empty one.
    rows_title: ClassVar[str | Promise] = ""
    #: How they are drawn.
    rows_template: ClassVar[str] = "interactions/_rows_form.html"
    template_name = "interactions/form.html"
    partial_template_name = "interactions/_form.html"

    @cached_property
    def formset(self) -> Any:
        """The rows: bound when they were sent. A request that does not speak of them leaves them alone."""
        instance = self.get_instance()
        if self.request.method == "POST" and f"{self.prefix_of_rows}-TOTAL_FORMS" in self.request.POST:
            return self.formset_class(self.request.POST, instance=instance, prefix=self.prefix_of_rows)
        return self.formset_class(instance=instance, prefix=self.prefix_of_rows)

    prefix_of_rows: ClassVar[str] = "rows"

    def get_instance(self) -> Any:
        """The object the form is about, saved or not."""
        raise NotImplementedError

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.get_instance(), "user": self.request.user}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = self.get_form()
        rows_are_good = not self.formset.is_bound or self.formset.is_valid()
        return self.form_valid(form) if form.is_valid() and rows_are_good else self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        instance = self.get_instance()
        context = {"client": instance.client, "offers": self.offers, "instance": instance, **kwargs}
        return super().get_context_data(
            formset=self.formset, rows_title=self.rows_title, rows_template=self.rows_template, **context
        )

    def render_success(self) -> HttpResponseBase:
        same_offer.warn(self.request, self.saved)
        conflicts.warn(self.request, self.saved)
        return super().render_success()


class PicksClient:
    """First step of a form that needs a client: search and choose one, without JavaScript too."""

    request: HttpRequest
    client: Client | None
    picker_title: ClassVar[str | Promise] = _("Which client?")

    def pick_url(self, client: Client) -> str:
        """Where choosing this client leads."""
        query = {key: value for key, value in self.request.GET.items() if key not in ("q", "client")}
        return f"{self.request.path}?{urlencode({**query, 'client': client.pk})}"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.client is not None:
            return super().get(request, *args, **kwargs)  # type: ignore[misc]
        words = request.GET.get("q", "")[:200]
        found = selectors.find_clients(request.user, words)
        if words and len(found) == 1 and not htmx.wants_partial(request):
            return htmx.redirect(request, self.pick_url(found[0]))
        today = selectors.local_today()
        rows = [(client, selectors.shown_zone(client, today), self.pick_url(client)) for client in found]
        name = "_pick_results.html" if htmx.wants_partial(request) else "pick_client.html"
        context = {"title": self.picker_title, "breadcrumbs": self.get_breadcrumbs(), "rows": rows, "q": words}  # type: ignore[attr-defined]
        return TemplateResponse(request, f"interactions/{name}", context)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.client is None:
            return htmx.redirect(request, request.get_full_path())
        return super().post(request, *args, **kwargs)  # type: ignore[misc]
