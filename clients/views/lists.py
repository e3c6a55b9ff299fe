"""The list of clients, and its export."""

from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import selectors
from clients.filters import ClientFilter
from clients.models import Client
from clients.panels import tell_leaving
from clients.templatetags.clients import zone_today
from crm import clock
from crm.web import htmx
from crm.web.exports import ExportMixin, csv_response
from crm.web.templatetags.web import zone_word
from crm.web.views import Access, ListPage

TABS = {
    "mine": _("Mine"),
    "department": _("Department"),
    "all": _("All I can see"),
    "unassigned": _("Without a manager"),
}


class ClientList(ListPage):
    """Clients by risk: those who leave first come first."""

    access = Access.SALES
    title = _("Clients")
    template_name = "clients/list.html"
    partial_template_name = "clients/_list.html"
    filterset_class = ClientFilter
    main_filters = ("whose", "q", "zone", "manager", "category")
    sorts: ClassVar = {
        "risk": (F("detach_on").asc(nulls_last=True),),
        "name": ("search_name",),
        "contact": (F("last_contact_on").asc(nulls_first=True),),
        "next": (F("next_on").asc(nulls_last=True),),
        "manager": ("manager__last_name", "manager__first_name"),
    }
    default_sort = "risk"

    @cached_property
    def whose(self) -> str:
        wanted = self.request.GET.get("whose", "")
        user = self.request.user
        return wanted if wanted in selectors.scopes(user) else selectors.default_scope(user)

    @cached_property
    def scope(self) -> QuerySet[Client]:
        return selectors.in_scope(self.request.user, self.whose)

    def get_queryset(self) -> QuerySet[Client]:
        return self.scope.with_people().annotate(next_on=selectors.next_zone_date(clock.today()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        shows_manager = self.whose != "mine" or bool(user.deputised_manager_ids)
        if not shows_manager:
            self.main_filters = tuple(name for name in self.main_filters if name != "manager")
        tabs = [(key, TABS[key], key == self.whose) for key in selectors.scopes(user)]
        context = super().get_context_data(
            tabs=tabs,
            whose=self.whose,
            counts=selectors.zone_counts(self.scope, clock.today()),
            shows_manager=shows_manager,
            is_answer=htmx.wants_partial(self.request),
            **kwargs,
        )
        tell_leaving(context["page"].rows, clock.today())
        return context


class ClientExport(ExportMixin, ClientList):
    """The rows of the list, with the same filters, for a spreadsheet."""

    export_label = _("Clients")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        today = clock.today()
        header = [
            *(gettext("Name"), gettext("City"), gettext("Zone"), gettext("Next change on"), gettext("Lead manager")),
            *(
                gettext("Last contact"),
                gettext("Clock date"),
                gettext("Category"),
                gettext("Region"),
                gettext("Industry"),
            ),
            *(gettext("INN"), gettext("KPP"), gettext("Website")),
        ]
        rows = self.get_rows()[1].select_related("manager", "region", "industry").iterator(chunk_size=500)
        return csv_response(request, f"clients-{today}", header, (_row(client) for client in rows))


def _row(client: Any) -> list[Any]:
    return [
        *(client.name, client.city, zone_word(zone_today(client)), client.next_on, client.manager),
        *(client.last_contact_on, client.clock_date, client.category, client.region, client.industry),
        *(client.inn, client.kpp, client.website),
    ]
