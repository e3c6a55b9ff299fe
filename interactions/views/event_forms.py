"""An event is written down: registered or planned, edited, given to another client."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import panels
from clients.models import Client
from crm import clock
from crm.web.views import Access, fetch
from interactions import recurring, selectors, services
from interactions.calendar import slots
from interactions.forms import AgreementFormSet, EventForm, MoveEventForm, NewEventForm, kept_rows
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
from interactions.views.repeating import repeats


class EventCreate(AsksForDate, PicksClient, FormsetPage):
    """A new event in full: planned or done. Asks for the client first, unless it is given or follows from something."""

    access = Access.SALES
    form_class = NewEventForm
    formset_class = AgreementFormSet
    rows_title = _("Agreements")
    offers = same_offer.PLAN
    submit_label = _("Save")
    success_message = _("Saved.")

    #: What was put in, where it recurs.
    filled: recurring.Filled | None = None

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
        initial: dict[str, Any] = {"kind": kind or (self.continues.kind_id if self.continues else None)}
        if self.is_plan:
            initial |= {"occurred_at": selectors.tomorrow_morning(), **slots.prefilled(self.request.GET)}
            initial.setdefault("ends_at", self._usual_end(initial))
        return initial

    def _usual_end(self, initial: dict[str, Any]) -> dt.datetime | None:
        """A plan is as long as its kind usually takes; the first kind is the one that is chosen when nobody chooses."""
        kinds = EventKind.objects.choosable()
        kind = (kinds.filter(pk=self.continues.kind_id) if self.continues else kinds).first()
        kind = initial["kind"] if isinstance(initial["kind"], EventKind) else kind
        return initial["occurred_at"] + dt.timedelta(minutes=kind.default_minutes) if kind else None

    def get_success_message(self) -> str | Promise:
        """A plan for a client that leaves soon: until when it keeps it."""
        event: Event = self.saved
        if self.filled:
            return repeats(self.filled)
        if event.status != EventStatus.PLANNED:
            return super().get_success_message()
        outlook = panels.leaving_for([event.client], clock.today()).get(event.client_id)
        kept_by = (
            next((each for each in outlook.keepers if each.source == f"event:{event.pk}"), None) if outlook else None
        )
        return kept_by.words if kept_by else super().get_success_message()

    def save(self, form: NewEventForm) -> Event:
        facts = {
            "event": form.instance,
            "by": self.request.user,
            "participants": form.participants(),
            "agreements": kept_rows(self.formset) if self.formset.is_bound else (),
        }
        if series := form.series():
            self.filled = recurring.register(**facts, series=series, zone=timezone.get_current_timezone_name())
            return form.instance
        return services.register_event(**facts)


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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        recurs = self.event.series_id and self.event.status == EventStatus.PLANNED
        following = reverse("event-following", args=[self.event.pk]) if recurs else ""
        return super().get_context_data(following_url=following, **kwargs)

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
