"""Two clicks to register a contact, and the history on the client's card."""

from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import Client
from crm import clock
from crm.web import htmx
from crm.web.views import Access, PageMixin, View, fetch
from interactions import next_steps, panels, selectors, services
from interactions.forms import ContactForm
from interactions.models import Approval, EventKind
from interactions.views import same_offer
from interactions.views.base import RELOAD, AsksForDate, DrawerPage, card_of, client_to_work_on, number_in

#: The kind of a call nobody answered.
NOT_REACHED = "call_failed"


class ContactRegister(AsksForDate, DrawerPage):
    """Register a contact: on the card, in the drawer over a list, or as a page of its own."""

    access = Access.SALES
    form_class = ContactForm
    template_name = "interactions/contact.html"
    partial_template_name = "interactions/_contact_form.html"
    submit_label = gettext_lazy("Register")

    @cached_property
    def client(self) -> Client:
        return client_to_work_on(self.request, self.kwargs["pk"])

    def get_title(self) -> str | Promise:
        return _("Contact with %(client)s") % {"client": self.client}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Clients"), reverse("client-list")), (str(self.client), card_of(self.client))]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "client": self.client, "user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        """``?person=``: with whom it was, where the link knows it."""
        person = number_in(self.request, "person")
        return {**super().get_initial(), **({"persons": [person]} if person else {})}

    def save(self, form: ContactForm) -> Any:
        now = clock.now()
        event, self.planned = next_steps.register_contact(
            event=form.event(now),
            by=self.request.user,
            participants=services.Participants(persons=list(form.cleaned_data["persons"])),
            agreements=form.agreements(),
            next_step=form.next_step(),
            now=now,
        )
        self.client.refresh_from_db(fields=["zone"])
        return event

    def render_success(self) -> HttpResponseBase:
        same_offer.warn(self.request, self.planned)
        return super().render_success()

    def get_success_message(self) -> str:
        words = {"client": self.client}
        if self.saved.approval == Approval.PENDING:
            # Switched off in this very moment: it waits all the same.
            far = selectors.limit_in_words() or _("far back")
            return _("Registered. The date lies %(far)s: it counts when the head approves it.") % {"far": far}
        if self.saved.counted_on and self.client.zone == "green":
            return _("Registered. %(client)s is green.") % words
        return _("Registered with %(client)s.") % words

    def get_undo_url(self) -> str:
        url = reverse("event-delete", args=[self.saved.pk])
        return f"{url}?planned={self.planned.pk}" if self.planned else url

    def get_success_url(self) -> str:
        self.success_url = card_of(self.client)
        return super().get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context.update(panels.contact_choices(self.request, self.client, context["form"]))
        # Asked for by a page that is no list: it is read anew afterwards.
        if RELOAD in self.request.GET:
            context["form_action"] += f"?{RELOAD}=1"
        if "call" in self.request.GET:
            context["not_reached"] = EventKind.objects.choosable().filter(code=NOT_REACHED).first()
        return context


class ClientHistory(PageMixin, View):
    """The history of a client: the card's partial for htmx; without it the card itself, filtered."""

    access = Access.SALES

    def get(self, request: Any, pk: int) -> HttpResponse:
        client = fetch(Client.objects.visible_to(request.user), pk=pk)
        query = request.GET.urlencode()
        address = f"{card_of(client)}?{query}" if query else card_of(client)
        if not htmx.wants_partial(request):
            return htmx.redirect(request, f"{address}#history")
        context = {**panels.history(request, client), "client": client}
        rows = "_threads.html" if context["by_thread"] else "_history_rows.html"
        name = rows if "more" in request.GET else "_history.html"
        response = TemplateResponse(request, f"interactions/{name}", context)
        if "more" not in request.GET:
            response["HX-Replace-Url"] = address
        return response
