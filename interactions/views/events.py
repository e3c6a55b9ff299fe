"""Events: list, page, cancel, delete, approve. Writing them down: ``event_forms``; finishing and putting off:
``finishing``."""

from functools import cached_property
from typing import Any, ClassVar

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.querysets import unlisted
from clients.templatetags.register import register_contact
from clients.views.bulk import BulkMixin
from clients.views.desk import DeskList, ListExport
from crm import clock
from crm.web import htmx
from crm.web.addresses import address
from crm.web.columns import Column
from crm.web.filtering import Chip
from crm.web.tags.marks import icon
from crm.web.views import Access, ActionView, ListPage, PageView, fetch, safe_next
from interactions import next_steps, selectors, services
from interactions.columns import event_columns
from interactions.filters import TABS, EventFilter
from interactions.forms import CancelForm
from interactions.kind_points import read_points
from interactions.models import Event
from interactions.recurrence_words import in_words
from interactions.views.base import (
    EVENTS,
    EventMixin,
    card_of,
    number_in,
)
from interactions.views.head_comments import comments_of
from interactions.views.linked_files import files_of


def tab_links(view: ListPage, tabs: Any, *, default: str = "") -> list[tuple[str, Any, bool]]:
    """The tabs over a list: address, words, whether it is the present one. The other filters stay."""
    now = view.request.GET.get("status", "") or default
    links = []
    for key, words in tabs:
        query = view.request.GET.copy()
        query.pop("page", None)
        query["status"] = key
        if not key:
            del query["status"]
        links.append((f"?{query.urlencode()}", words, key == now))
    return links


def about_chips(view: PageView, filterset: Any) -> list[Chip]:
    """What a list was opened for, as chips (the fields are hidden: nobody chooses among thousands in a list)."""
    chips = []
    for name in filterset.about:
        thing = filterset.form.cleaned_data.get(name) if filterset.form.is_valid() else None
        if thing is not None:
            query = view.request.GET.copy()
            query.pop("page", None)
            query.pop(name, None)
            chips.append(Chip(name, filterset.form.fields[name].label, str(thing), f"?{query.urlencode()}"))
    return chips


class EventList(BulkMixin, DeskList):
    """Events one may see; mine unless others are asked for."""

    access = Access.SALES
    title = EVENTS
    template_name = "interactions/event_list.html"
    partial_template_name = "interactions/_event_list.html"
    filterset_class = EventFilter
    main_filters = ("q", "kind", "who", "named", "since", "until", "status", "client", "chain")
    list_page = "event-list"
    export_url_name = "event-export"
    sorts: ClassVar[Any] = {
        "when": ("occurred_at", "pk"),
        "client": ("client__search_name", "-occurred_at"),
    }

    def get_all_columns(self) -> list[Column]:
        return event_columns()

    def get_queryset(self) -> Any:
        rows = Event.objects.visible_to(self.request.user).select_related("client", "kind", "responsible", "process")
        return rows.by_hand().defer(*unlisted("client__", "responsible__")).order_by("-occurred_at", "-pk")

    @property
    def default_sort(self) -> str:  # type: ignore[override]
        """What is to be done: the most pressing first. What was done: the latest first."""
        return "when" if self.request.GET.get("status") in ("planned", "overdue") else "-when"

    def row_actions(self, row: Event) -> SafeString:
        button = register_contact(row.client)
        if row.status != "planned":
            return button
        return format_html(
            '{}<a class="btn btn-sm btn-outline-secondary" data-drawer href="{}{}">{} {}</a>',
            button,
            address("event-finish", row.pk),
            self.next_here,
            icon("check2"),
            gettext("Done"),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["tabs"] = [*tab_links(self, TABS), (reverse("approval-list"), _("Waiting for approval"), False)]
        context["chips"] = [*about_chips(self, context["filter"]), *context["chips"]]
        context["status"] = self.request.GET.get("status", "")
        return context


class EventExport(ListExport, EventList):
    """The rows of the list, with the same filters and columns, for a spreadsheet."""

    export_label = EVENTS
    file_name = "events"


class EventPage(PageView):
    """One event: what was said, what came of it, the thread it belongs to."""

    access = Access.SALES
    template_name = "interactions/event_detail.html"

    @cached_property
    def event(self) -> Event:
        rows = Event.objects.visible_to(self.request.user).select_related(
            "client__manager__department",
            "kind",
            "responsible",
            "author",
            "process__stage",
            "continues",
            "approved_by",
            "series",
        )
        return fetch(rows.annotate(returned_at=selectors.when_returned()), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(self.event)

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list")), (str(self.event.client), card_of(self.event.client))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        event, user = self.event, self.request.user
        this = Event.objects.filter(pk=event.pk)
        editable = this.editable_by(user).exists()
        decides = event.approval == "pending" and this.led_by(user).exists()
        return super().get_context_data(
            event=event,
            editable=editable,
            decides=decides,
            effect=selectors.effect_of(event, today=clock.today()) if decides else None,
            chain=selectors.chain_of(event, user),
            participants=event.participants.select_related("person", "manager"),
            agreements=event.agreements.all(),
            zone=selectors.shown_zone(event.client, clock.today()),
            repeats=in_words(event.series) if event.series else "",
            points=read_points().on(event.kind_id, clock.local_date(event.occurred_at)),
            **files_of(event, user, editable=editable),
            **comments_of(event, user),
            **kwargs,
        )


class EventCancel(EventMixin, ActionView):
    """The event does not take place."""

    success_message = _("Cancelled.")

    def perform(self) -> str | None:
        form = CancelForm(self.request.POST)
        result = form.cleaned_data["result"] if form.is_valid() else ""
        services.cancel_event(event=self.event, by=self.request.user, result=result)
        return None


class EventDelete(EventMixin, ActionView):
    """An event registered by mistake goes; also *Undo* right after registering, then with the step planned with it."""

    success_message = _("Deleted. The colour is what it was before.")

    def perform(self) -> str:
        pk = number_in(self.request, "planned")
        planned = Event.objects.filter(pk=pk, client=self.event.client_id).first() if pk else None
        # The page of what is gone is no place to go back to.
        own = self.event.get_absolute_url()
        next_steps.undo_registration(event=self.event, planned=planned)
        back = safe_next(self.request)
        return back if back and not back.startswith(own) else card_of(self.event.client)


class EventApprove(EventMixin, ActionView):
    """The head lets a back-dated contact count, or not."""

    def allowed(self) -> Any:
        return Event.objects.led_by(self.request.user)

    def perform(self) -> HttpResponseBase | None:
        event, decision = self.event, self.request.POST.get("decision")
        if decision not in ("approve", "reject"):
            raise Http404
        self.approved = decision == "approve"
        services.decide_backdating(event=event, by=self.request.user, approve=self.approved)
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None

    def get_success_message(self) -> str | Promise:
        return _("Approved: the contact counts.") if self.approved else _("Rejected: the contact does not count.")
