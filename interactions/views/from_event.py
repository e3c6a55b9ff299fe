"""What begins in an event: a client, a person, a sale; and the person a typed name stands for."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients.forms import PersonForm
from clients.models import Client, ContactPerson
from clients.views.edit import ClientCreate
from crm import clock
from crm.web.views import Access, FormPage, fetch
from interactions import from_event, participants
from interactions.forms import ClientFromEventForm, LinkForm, kept_rows
from interactions.models import Event, EventParticipant, SalesProcess
from interactions.views.base import EVENTS, DrawerPage, EventMixin, number_in
from interactions.views.sales.editing import ProcessCreate, parts


class _OutOfEvent(EventMixin):
    """A form that begins with what the event says, and leads back to it when it is given up."""

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(EVENTS, reverse("event-list")), (str(self.event), self.event.get_absolute_url())]


class EventSale(_OutOfEvent, ProcessCreate):
    """A sale that begins in this event."""

    @property
    def client(self) -> Client:  # type: ignore[override]
        return self.event.client

    @cached_property
    def instance(self) -> SalesProcess:
        happened_on = timezone.localdate(self.event.occurred_at)
        sale = super().instance
        sale.title, sale.responsible = self.event.subject, self.event.responsible
        sale.started_on = min(clock.today(), happened_on)
        return sale

    def save(self, form: Any) -> SalesProcess:
        return from_event.start_sale(
            event=self.event,
            process=form.instance,
            by=self.request.user,
            lines=kept_rows(self.formset) if self.formset.is_bound else (),
            **parts(form),
        )


class EventClient(_OutOfEvent, ClientCreate):
    """A client that was spoken of in this event, or whose event it is."""

    title = _("New client from an event")
    form_class = ClientFromEventForm

    def get_initial(self) -> dict[str, Any]:
        event = self.event
        names = event.participants.exclude(name="").values_list("name", flat=True)
        facts = {
            "event": event,
            "client": event.client,
            "day": date_format(timezone.localtime(event.occurred_at), "DATE_FORMAT"),
            "url": self.request.build_absolute_uri(event.get_absolute_url()),
        }
        came_from = gettext("From “%(event)s” with %(client)s, %(day)s: %(url)s") % facts
        return {"name": names[0] if names else "", "notes": came_from, **super().get_initial()}

    def save(self, form: ClientFromEventForm) -> Client:
        points, _removed = form.points.to_save()
        return from_event.create_client(
            event=self.event,
            client=form.instance,
            by=self.request.user,
            manager=form.cleaned_data["manager"],
            points=points,
            custom=form.custom,
            take_along=form.cleaned_data["take_along"],
        )


class EventPerson(_OutOfEvent, FormPage):
    """A new contact person who took part; ``?participant=``: the name that stood for him."""

    title = _("New contact person")
    template_name = "clients/form.html"
    form_class = PersonForm
    submit_label = _("Add person")
    success_message = _("The contact person is added.")

    @cached_property
    def participant(self) -> EventParticipant | None:
        pk = number_in(self.request, "participant")
        rows = EventParticipant.objects.filter(event=self.event, person=None, manager=None).select_related("event")
        return fetch(rows, pk=pk) if pk else None

    def get_form_kwargs(self) -> dict[str, Any]:
        name = self.participant.name if self.participant else ""
        person = participants.new_person(self.event.client, name)
        return {**super().get_form_kwargs(), "instance": person, "user": self.request.user}

    def save(self, form: PersonForm) -> ContactPerson:
        points, _removed = form.points.to_save()
        return participants.add_person(
            event=self.event, person=form.instance, points=points, participant=self.participant
        )

    def get_success_url(self) -> str:
        self.success_url = self.event.get_absolute_url()
        return super().get_success_url()


class ParticipantLink(DrawerPage):
    """The person of the client whom a typed name stands for."""

    access = Access.SALES
    form_class = LinkForm
    submit_label = _("Link")

    @cached_property
    def participant(self) -> EventParticipant:
        user, rows = self.request.user, EventParticipant.objects.filter(person=None, manager=None)
        visible = rows.filter(event__in=Event.objects.visible_to(user).by_hand())
        allowed = rows.filter(event__in=Event.objects.editable_by(user))
        return fetch(visible.select_related("event__client", "event__kind"), allowed, pk=self.kwargs["pk"])

    def get_title(self) -> str | Promise:
        return _("Who is “%(name)s”?") % {"name": self.participant.name}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        event = self.participant.event
        return [(EVENTS, reverse("event-list")), (str(event), event.get_absolute_url())]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "participant": self.participant}

    def save(self, form: LinkForm) -> Event:
        self.person = form.cleaned_data["person"]
        self.number = participants.link(
            participant=self.participant, person=self.person, everywhere=form.cleaned_data["everywhere"]
        )
        return self.participant.event

    def get_success_message(self) -> str:
        words = ngettext("%(person)s, in %(count)d event.", "%(person)s, in %(count)d events.", self.number)
        return words % {"person": self.person, "count": self.number}
