"""Lists one makes one's own: columns, their order, and saved views; and the same rows as a file."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, resolve, reverse

from clients import saved_views
from clients.forms.saved_views import SaveViewForm
from clients.models import ListColumns, Manager, SavedView
from crm import clock
from crm.web.columns import Column, chosen, file_rows, filled, prepared
from crm.web.exports import ExportMixin, csv_response
from crm.web.views import ListPage

#: In an address: the columns, and the saved view that was opened.
COLUMNS, VIEW = "cols", "view"


class DeskList(ListPage):
    """A list with columns to choose from and views to save.

    Class attributes:
        list_page: the name of the list's route: under it columns and views are kept. The export has the same.
        export_url_name: the route that answers with the rows as a file; empty: there is none.
    """

    list_page: ClassVar[str] = ""
    export_url_name: ClassVar[str] = ""

    def get_all_columns(self) -> Sequence[Column]:
        """What could be shown, in the order of the defaults."""
        raise NotImplementedError

    @cached_property
    def all_columns(self) -> list[Column]:
        return list(self.get_all_columns())

    @cached_property
    def columns(self) -> list[Column]:
        """What is shown: asked for in the address, else chosen by the person, else the defaults."""
        if asked := self.request.GET.get(COLUMNS):
            return chosen(self.all_columns, asked.split(","))
        own = ListColumns.objects.filter(manager=self.request.user, page=self.list_page)
        return chosen(self.all_columns, own.values_list("columns", flat=True).first())

    @cached_property
    def filterset(self) -> Any:
        return super().get_filterset()

    def get_filterset(self) -> Any:
        """Made once: the rows, and what a saved view may keep, ask for it."""
        return self.filterset

    def query_names(self) -> set[str]:
        """What a saved view of this list may keep."""
        filterset = self.get_filterset()
        return {"sort", COLUMNS, *(filterset.form.fields if filterset is not None else ())}

    def query_defaults(self) -> Mapping[str, str]:
        """What need not be kept: it is so anyway."""
        return {"sort": self.default_sort}

    def clean_query(self, asked: QueryDict | str) -> str:
        """An address of this list as a saved view keeps it."""
        return saved_views.clean_query(asked, self.query_names(), self.query_defaults())

    def order(self, queryset: QuerySet) -> QuerySet:
        return prepared(super().order(queryset), self.columns)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        filled(context["page"].rows, self.columns, self.request.user)
        context.update(
            columns=self.columns,
            is_wide=len(self.columns) > len(chosen(self.all_columns, None)),
            column_choice=choice(self.all_columns, self.columns),
            shown={column.key for column in self.columns},
            list_page=self.list_page,
            export_url=self._export_url(),
            **self._views(),
        )
        return context

    def _export_url(self) -> str:
        user: Any = self.request.user
        if not (self.export_url_name and user.exports):
            return ""
        return f"{reverse(self.export_url_name)}?{self.request.GET.urlencode()}"

    def _views(self) -> dict[str, Any]:
        user, query = self.request.user, self.request.GET
        views = list(saved_views.of_list(user, self.list_page))
        here = next((view for view in views if str(view.pk) == query.get(VIEW)), None)
        now = self.clean_query(query)
        base = reverse(self.list_page)
        for view in views:
            view.url = f"{base}?{view.query}{'&' if view.query else ''}{VIEW}={view.pk}"
        return {
            "saved_views": views,
            "saved_view": here,
            "saved_view_changed": here is not None and here.query != now,
            "save_view_form": SaveViewForm(user=user),
            "save_view_query": self.query_to_save(query),
        }

    def query_to_save(self, asked: QueryDict | str) -> str:
        """What is shown now as a view keeps it: with its columns, also where they are the person's own."""
        query = QueryDict(self.clean_query(asked), mutable=True)
        if COLUMNS not in query:
            query[COLUMNS] = ",".join(column.key for column in self.columns)
        return self.clean_query(query)


def choice(columns: Sequence[Column], shown: Sequence[Column]) -> list[tuple[Column, bool]]:
    """The menu of columns: those shown in their order, then the others; without the main one, which always stays."""
    keys = {column.key for column in shown}
    rest = [column for column in columns if column.key not in keys]
    return [(column, column.key in keys) for column in [*shown, *rest] if not column.main]


class ListExport(ExportMixin):
    """The rows of a list, with its filters and its columns, for a spreadsheet: ``class X(ListExport, XList)``."""

    request: HttpRequest
    columns: list[Column]
    file_name: ClassVar[str] = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        header = [str(column.label) for column in self.columns]
        rows = self.get_rows()[1]  # type: ignore[attr-defined]
        lines = file_rows(rows, self.columns, request.user)
        return csv_response(request, f"{self.file_name}-{clock.today()}", header, lines)


def list_view(page: str, request: HttpRequest, query: str = "") -> DeskList:
    """The list of this route as it would stand before ``request.user`` at the address ``?query``.

    Raises:
        Http404: there is no such list.
    """
    try:
        found = getattr(resolve(reverse(page)).func, "view_class", None)
    except NoReverseMatch:
        found = None
    if not (isinstance(found, type) and issubclass(found, DeskList)) or found.list_page != page:
        raise Http404
    here = HttpRequest()
    here.method, here.user, here.path = "GET", request.user, reverse(page)
    here.GET = QueryDict(query)
    view = found()
    view.setup(here)
    return view


def own_views(manager: Manager) -> QuerySet[SavedView]:
    """The views ``manager`` may change."""
    return SavedView.objects.filter(owner=manager)
