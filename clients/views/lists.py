"""The list of clients, and its export."""

from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients import selectors
from clients.columns import client_columns
from clients.filters import ClientFilter
from clients.models import Client
from clients.views.bulk import BulkMixin
from clients.views.desk import DeskList, ListExport
from crm import clock
from crm.web import htmx
from crm.web.columns import Column
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

    @cached_property
    def whose(self) -> str:
        wanted = self.request.GET.get("whose", "")
        user = self.request.user
        return wanted if wanted in selectors.scopes(user) else selectors.default_scope(user)

    @cached_property
    def scope(self) -> QuerySet[Client]:
        return selectors.in_scope(self.request.user, self.whose)

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
        return self.scope.with_people().annotate(next_on=selectors.next_zone_date(clock.today()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        if not self.shows_manager:
            self.main_filters = tuple(name for name in self.main_filters if name != "manager")
        tabs = [(key, TABS[key], key == self.whose) for key in selectors.scopes(user)]
        return super().get_context_data(
            tabs=tabs,
            whose=self.whose,
            counts=selectors.zone_counts(self.scope, clock.today()),
            is_answer=htmx.wants_partial(self.request),
            **kwargs,
        )


class ClientExport(ListExport, ClientList):
    """The rows of the list, with the same filters and columns, for a spreadsheet."""

    export_label = _("Clients")
    file_name = "clients"
