"""Events: list, page, create, edit, cancel, delete, approve. Finishing and putting off: ``finishing``."""

from functools import cached_property
from typing import Any, ClassVar

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import panels
from clients.models import Client
from clients.views.bulk import BulkMixin
from clients.views.desk import DeskList, ListExport
from crm import clock
from crm.web import htmx
from crm.web.columns import Column
from crm.web.filtering import Chip
from crm.web.views import Access, ActionView, ListPage, PageView, fetch, safe_next
from interactions import next_steps, selectors, services
from interactions.columns import event_columns
from interactions.filters import TABS, EventFilter
from interactions.forms import AgreementFormSet, CancelForm, EventForm, MoveEventForm, kept_rows
from interactions.models import Event, EventKind, EventStatus, SalesProcess
from interactions.views import same_offer
from interactions.views.base import (
    EVENTS,
    AsksForDate,
    DrawerPage,
    EventMixin,
    FormsetPage,
    PicksClient,
    card_of,
    client_to_work_on,
    number_in,
)


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


def client_chip(view: ListPage, filterset: Any) -> list[Chip]:
    """The client a list was opened for, as a chip (its field is hidden: nobody chooses among thousands in a list)."""
    client = filterset.form.cleaned_data.get("client") if filterset.form.is_valid() else None
    if client is None:
        return []
    query = view.request.GET.copy()
    query.pop("page", None)
    query.pop("client", None)
    return [Chip(_("Client"), str(client), f"?{query.urlencode()}")]


class EventList(BulkMixin, DeskList):
    """Events one may see; mine unless others are asked for."""

    access = Access.SALES
    title = EVENTS
    template_name = "interactions/event_list.html"
    partial_template_name = "interactions/_event_list.html"
    filterset_class = EventFilter
    main_filters = ("q", "kind", "who", "since", "until", "status", "client")
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
        return rows.by_hand().order_by("-occurred_at", "-pk")

    @property
    def default_sort(self) -> str:  # type: ignore[override]
        """What is to be done: the most pressing first. What was done: the latest first."""
        return "when" if self.request.GET.get("status") in ("planned", "overdue") else "-when"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["tabs"] = [*tab_links(self, TABS), (reverse("approval-list"), _("Waiting for approval"), False)]
        context["chips"] = [*client_chip(self, context["filter"]), *context["chips"]]
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
            **kwargs,
        )


class EventCreate(AsksForDate, PicksClient, FormsetPage):
    """A new event in full: planned or done. Asks for the client first, unless it is given or follows from something."""

    access = Access.SALES
    form_class = EventForm
    formset_class = AgreementFormSet
    rows_title = _("Agreements")
    offers = same_offer.PLAN
    submit_label = _("Save")
    success_message = _("Saved.")

    @cached_property
    def continues(self) -> Event | None:
        pk = number_in(self.request, "continues")
        rows = Event.objects.select_related("kind", "process")
        return (
            fetch(rows.visible_to(self.request.user), Event.objects.editable_by(self.request.user), pk=pk)
            if pk
            else None
        )

    @cached_property
    def process(self) -> SalesProcess | None:
        pk, rows = number_in(self.request, "process"), SalesProcess.objects
        return fetch(rows.visible_to(self.request.user), rows.editable_by(self.request.user), pk=pk) if pk else None

    @cached_property
    def client(self) -> Client | None:
        source = self.continues or self.process
        pk = source.client_id if source else number_in(self.request, "client")
        return client_to_work_on(self.request, pk) if pk else None

    def pick_url(self, client: Client) -> str:
        if self.is_plan:
            return super().pick_url(client)
        return reverse("contact-register", args=[client.pk])

    @property
    def is_plan(self) -> bool:
        return self.request.GET.get("status") == EventStatus.PLANNED

    @property
    def picker_title(self) -> str | Promise:  # type: ignore[override]
        return _("Plan an event: with whom?") if self.is_plan else _("Register a contact: with whom?")

    def get_title(self) -> str | Promise:
        if self.continues:
            return _("Continue: %(event)s") % {"event": self.continues}
        return _("Plan an event") if self.is_plan else _("New event")

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        crumbs = [(EVENTS, reverse("event-list"))]
        return [*crumbs, (str(self.client), card_of(self.client))] if self.client else crumbs

    @cached_property
    def instance(self) -> Event:
        process = self.process or (self.continues.process if self.continues else None)
        return Event(
            client=self.client,
            continues=self.continues,
            process=process if process and process.is_open else None,
            responsible=self.request.user,
            status=EventStatus.PLANNED if self.is_plan else EventStatus.DONE,
            subject=self.continues.subject if self.continues else "",
        )

    def get_instance(self) -> Event:
        return self.instance

    def get_initial(self) -> dict[str, Any]:
        wanted = self.request.GET.get("kind", "")
        is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
        kind = EventKind.objects.choosable().filter(pk=int(wanted)).first() if is_number else None
        initial = {"kind": kind or (self.continues.kind_id if self.continues else None)}
        if self.is_plan:
            initial["occurred_at"] = selectors.tomorrow_morning()
        return initial

    def get_success_message(self) -> str | Promise:
        """A plan for a client that leaves soon: until when it keeps it."""
        event: Event = self.saved
        if event.status != EventStatus.PLANNED:
            return super().get_success_message()
        outlook = panels.leaving_for([event.client], clock.today()).get(event.client_id)
        kept_by = (
            next((each for each in outlook.keepers if each.source == f"event:{event.pk}"), None) if outlook else None
        )
        return kept_by.words if kept_by else super().get_success_message()

    def save(self, form: EventForm) -> Event:
        return services.register_event(
            event=form.instance,
            by=self.request.user,
            participants=form.participants(),
            agreements=kept_rows(self.formset) if self.formset.is_bound else (),
        )


class EventUpdate(AsksForDate, FormsetPage):
    """Edit an event. Steps of a sale are edited in the sale."""

    access = Access.SALES
    form_class = EventForm
    formset_class = AgreementFormSet
    rows_title = _("Agreements")
    offers = same_offer.PLAN
    submit_label = _("Save")
    success_message = _("Saved.")

    @cached_property
    def event(self) -> Event:
        rows = Event.objects.select_related("client__manager", "kind", "process")
        user = self.request.user
        return fetch(rows.visible_to(user), Event.objects.editable_by(user).by_hand(), pk=self.kwargs["pk"])

    def get_instance(self) -> Event:
        return self.event

    def get_title(self) -> str | Promise:
        return _("Edit: %(event)s") % {"event": self.event}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list")), (str(self.event), self.event.get_absolute_url())]

    def get_initial(self) -> dict[str, Any]:
        rows = list(self.event.participants.all())
        return {
            "persons": [row.person_id for row in rows if row.person_id],
            "colleagues": [row.manager_id for row in rows if row.manager_id],
            "names": ", ".join(row.name for row in rows if row.name),
        }

    def save(self, form: EventForm) -> Event:
        return services.change_event(
            event=form.instance,
            by=self.request.user,
            participants=form.participants(),
            agreements=kept_rows(self.formset) if self.formset.is_bound else None,
        )


class EventMove(EventMixin, DrawerPage):
    """It was another client: the event goes there, and the colours of both are computed anew."""

    form_class = MoveEventForm
    submit_label = _("Move")

    def get_title(self) -> str | Promise:
        return _("Another client: %(event)s") % {"event": self.event}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list")), (str(self.event), self.event.get_absolute_url())]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.event.participants.filter(person__isnull=False).select_related("person")
        persons = [str(row.person) for row in rows]
        return super().get_context_data(event=self.event, persons=persons, **kwargs)

    def save(self, form: MoveEventForm) -> Event:
        event, self.dropped = services.move_event(
            event=self.event, client=form.cleaned_data["client"], by=self.request.user
        )
        return event

    def get_success_message(self) -> str | Promise:
        words = {"client": self.saved.client, "persons": ", ".join(str(person) for person in self.dropped)}
        if self.dropped:
            return _("Now with %(client)s. Left out, being persons of the old client: %(persons)s.") % words
        return _("Now with %(client)s.") % words


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
