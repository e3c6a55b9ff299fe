"""The list of clients, and its export."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clients import selectors
from clients.columns import client_columns
from clients.company_counts import counts_of
from clients.filters import ClientFilter
from clients.models import Client
from clients.templatetags.clients import zones_today
from clients.templatetags.register import contact_buttons
from clients.views.bulk import BulkMixin
from clients.views.desk import DeskList, ListExport
from crm import clock
from crm.web import htmx
from crm.web.addresses import addresses
from crm.web.columns import Column
from crm.web.tags.zones import zone_row
from crm.web.views import Access

TABS = {
    "mine": _("Mine"),
    "department": _("Department"),
    "all": _("All I can see"),
    "unassigned": _("Without a manager"),
}


class ClientList(BulkMixin, DeskList):
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
        "city": ("city", "search_name"),
        "created": ("created_at", "pk"),
    }
    default_sort = "risk"
    list_page = "client-list"
    export_url_name = "client-export"
    is_shown_alike = True

    @cached_property
    def whose(self) -> str:
        wanted = self.request.GET.get("whose", "")
        user = self.request.user
        return wanted if wanted in selectors.scopes(user) else selectors.default_scope(user)

    def get_all_columns(self) -> list[Column]:
        """Who is shown his own clients only need not be told whose they are, unless he asks."""
        every = client_columns()
        if self.shows_manager:
            return every
        return [replace(column, default=False) if column.key == "manager" else column for column in every]

    @cached_property
    def shows_manager(self) -> bool:
        return self.whose != "mine" or bool(self.request.user.deputised_manager_ids)

    def get_queryset(self) -> QuerySet[Client]:
        return selectors.in_scope(self.request.user, self.whose)

    def get_parts(self) -> list[QuerySet[Client]]:
        return selectors.parts_of_scope(self.request.user, self.whose)

    def order(self, queryset: QuerySet[Client]) -> QuerySet[Client]:
        if self.get_sort().lstrip("-") == "next":
            queryset = queryset.alias(next_on=selectors.next_zone_date(clock.today()))
        return super().order(queryset)

    def shown(self, rows: QuerySet[Client]) -> QuerySet[Client]:
        return super().shown(rows.for_lines())

    def row_css(self, row: Client) -> str:
        return zone_row(self._zone_of(row))

    @cached_property
    def _zone_of(self) -> Callable[[Client], str]:
        return zones_today()

    def row_url(self, row: Client) -> str:
        return self._address(row.pk)

    @cached_property
    def _address(self) -> Callable[[int], str]:
        return addresses("client-detail")

    def row_actions(self, row: Client) -> SafeString:
        return self._button(row)

    @cached_property
    def _button(self) -> Callable[[Client], SafeString]:
        return contact_buttons()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        if not self.shows_manager:
            self.main_filters = tuple(name for name in self.main_filters if name != "manager")
        tabs = [(key, TABS[key], key == self.whose) for key in selectors.scopes(user)]
        context = super().get_context_data(
            tabs=tabs, whose=self.whose, is_answer=htmx.wants_partial(self.request), **kwargs
        )
        # After the rows: what the counts need of the reader was read with the page's own needs.
        return {**context, "counts": counts_of(user, self.whose, clock.today())}


class ClientExport(ListExport, ClientList):
    """The rows of the list, with the same filters and columns, for a spreadsheet."""

    export_label = _("Clients")
    file_name = "clients"
