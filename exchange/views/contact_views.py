"""Looking at the contacts of a client on the exchange, and who looked at what."""

from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import selectors as clients
from clients.models import Client
from crm import clock
from crm.web import htmx
from crm.web.exports import ExportMixin, csv_response
from crm.web.views import Access, ActionView, ListPage, fetch, safe_next
from exchange import contact_views
from exchange.contact_view_filters import ContactViewFilter
from exchange.models import ContactView


class ContactLook(ActionView):
    """Show the phones and e-mails of a client nobody holds; the look is written down."""

    access = Access.SALES
    partial_template_name = "exchange/_contacts_shown.html"

    @cached_property
    def client(self) -> Client:
        user = self.request.user
        # Of a colleague's client everybody may know that it exists: it is not "not found", but "not yours" (403).
        return fetch(Client.objects.known_to(user), Client.objects.visible_to(user), pk=self.kwargs["pk"])

    def perform(self) -> None:
        self.look = contact_views.look(client_id=self.client.pk, by=self.request.user)

    def get_success_message(self) -> str | Promise:
        return _("Shown until the end of the day. This look is written down.") if self.look else ""

    def get_return_url(self) -> str:
        return safe_next(self.request) or self.client.get_absolute_url()

    def render_partial(self, *, status: int = 200) -> HttpResponseBase:
        user = self.request.user
        client = clients.known_client(user, self.client.pk)
        if not client.may_see:  # type: ignore[attr-defined]
            # Claimed by somebody else in this moment: its card is a colleague's.
            return htmx.redirect(self.request, client.get_absolute_url())
        context = {"client": client, "editable": client.may_edit, "is_answer": True}  # type: ignore[attr-defined]
        return TemplateResponse(
            self.request, [self.partial_template_name], context | clients.people_of_card(client, user), status=status
        )


class ContactViewList(ListPage):
    """Who looked at the contacts of which client, and when. A head: his people."""

    access = Access.HEAD
    title = _("Looks at contacts")
    template_name = "exchange/contact_views.html"
    partial_template_name = "exchange/_contact_views.html"
    filterset_class = ContactViewFilter
    sorts: ClassVar[dict[str, tuple[Any, ...]]] = {
        "when": (F("viewed_at").asc(), F("pk").asc()),
        "who": (F("manager__last_name").asc(), F("manager__first_name").asc(), F("viewed_at").desc(), F("pk").desc()),
        "client": (F("client__search_name").asc(), F("viewed_at").desc(), F("pk").desc()),
    }
    default_sort = "-when"

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(_("Exchange"), reverse("exchange-board"))]

    def get_queryset(self) -> QuerySet[ContactView]:
        return contact_views.looks_seen_by(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        busiest = contact_views.busiest_days(self.get_rows()[1]) if context["page"].rows else []
        return context | {"busiest": busiest, "most": max((day.clients for day in busiest), default=0)}


class ContactViewExport(ExportMixin, ContactViewList):
    """The same rows for a spreadsheet."""

    export_label = _("Looks at contacts")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        header = [
            *(gettext("When"), gettext("Who"), gettext("Department")),
            *(gettext("Client"), gettext("City"), gettext("Lead manager now")),
        ]
        rows = (
            [
                *(look.viewed_at, look.manager, look.manager.department),
                *(look.client.name, look.client.city, look.client.manager),
            ]
            for look in self.get_rows()[1].iterator(chunk_size=500)
        )
        return csv_response(request, f"contact-views-{clock.today()}", header, rows)
