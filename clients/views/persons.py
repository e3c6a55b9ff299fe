"""The list of contact persons, and its export."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients import selectors
from clients.columns import person_columns
from clients.models import Client, ContactPerson
from clients.person_filter import PersonFilter
from clients.querysets import unlisted
from clients.templatetags.register import register_contact
from clients.views.bulk import BulkMixin
from clients.views.desk import DeskList, ListExport
from crm.web.addresses import address
from crm.web.columns import Column
from crm.web.views import Access

TABS = {
    "mine": _("Of my clients"),
    "department": _("Of the department's clients"),
    "all": _("All I can see"),
}


class PersonList(BulkMixin, DeskList):
    """People at the clients one may see."""

    access = Access.SALES
    title = _("Contact persons")
    template_name = "clients/persons.html"
    partial_template_name = "clients/_persons.html"
    filterset_class = PersonFilter
    main_filters = ("whose", "q", "position", "decides", "birthday")
    list_page = "person-list"
    export_url_name = "person-export"
    sorts: ClassVar = {
        "name": ("search_name",),
        "client": ("client__search_name", "search_name"),
        "birthday": (F("birthday_md").asc(nulls_last=True), "search_name"),
    }
    default_sort = "name"

    def get_all_columns(self) -> list[Column]:
        return person_columns()

    @cached_property
    def scopes(self) -> list[str]:
        return [scope for scope in selectors.scopes(self.request.user) if scope in TABS]  # type: ignore[arg-type]

    @cached_property
    def whose(self) -> str:
        wanted = self.request.GET.get("whose", "")
        return wanted if wanted in self.scopes else selectors.default_scope(self.request.user)  # type: ignore[arg-type]

    def get_queryset(self) -> QuerySet[ContactPerson]:
        user: Any = self.request.user
        rows = ContactPerson.objects.visible_to(user).select_related("client__manager")
        rows = rows.defer(*unlisted("client__", "client__manager__"))
        if self.whose != "all":
            rows = rows.filter(client__in=selectors.in_scope(user, self.whose).order_by().values("pk"))
        mine = Client.objects.editable_by(user).filter(pk=OuterRef("client"))
        return rows.annotate(may_edit=Exists(mine))

    def row_url(self, row: ContactPerson) -> str:
        return row.client.get_absolute_url()

    def row_actions(self, row: Any) -> SafeString:
        drawn = [f"{register_contact(row.client, row)} "] if row.is_active else []
        if row.may_edit:
            button, (tags, edit) = 'class="btn btn-sm btn-ghost btn-icon bi', self.words
            drawn.append(
                f'<a {button} bi-tag" data-drawer href="{address("person-tags", row.pk)}{self.next_here}"'
                f' title="{tags}"></a> <a {button} bi-pencil"'
                f' href="{address("person-update", row.pk)}{self.next_here}" title="{edit}"></a>'
            )
        return mark_safe("".join(drawn))  # names and words are escaped

    @cached_property
    def words(self) -> list[SafeString]:
        return [conditional_escape(gettext("Tags")), conditional_escape(gettext("Edit"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tabs = [(key, TABS[key], key == self.whose) for key in self.scopes]
        return super().get_context_data(tabs=tabs, **kwargs)


class PersonExport(ListExport, PersonList):
    """The rows of the list, with the same filters and columns, for a spreadsheet."""

    export_label = _("Contact persons")
    file_name = "persons"
