"""Pages one makes one's own: saved views; of lists also columns, their order, and the same rows as a file."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from clients import saved_views
from clients.forms.saved_views import SaveViewForm
from clients.models import Manager, SavedView
from clients.models.desk import VIEW
from clients.page_rows import rows_of
from crm import clock
from crm.web.columns import Column, chosen, file_rows, filled, prepared
from crm.web.exports import ExportMixin, csv_response
from crm.web.prepared import Params, Prepared
from crm.web.views import ListPage

#: In an address: the columns.
COLUMNS = "cols"


#: How the rows of a page are read, by the list and its columns: put into words once.
_readings: dict[tuple[Any, ...], Prepared] = {}


def _in_words(page: str, columns: Sequence[Column], rows: Callable[[], QuerySet]) -> Prepared:
    key = (page, *sorted(column.key for column in columns if column.prepare))
    if key not in _readings:
        found = rows().filter(pk__in=Params("keys"))
        _readings[key] = Prepared(lambda: found)
    return _readings[key]


class ViewsMixin:
    """A page whose filters and order can be kept under a name. Stands before the page.

    Class attributes:
        list_page: the name of the page's route: under it the views are kept. The export has the same.
    """

    list_page: ClassVar[str] = ""
    default_sort: ClassVar[str] = ""
    request: HttpRequest

    def get_filterset(self) -> Any:
        """The bound filterset, made once; None where the page has no filters."""
        raise NotImplementedError

    def query_names(self) -> set[str]:
        """What a saved view of this page may keep."""
        filterset = self.get_filterset()
        return {"sort", *(filterset.form.fields if filterset is not None else ())}

    def query_defaults(self) -> Mapping[str, str]:
        """What need not be kept: it is so anyway."""
        return {"sort": self.default_sort}

    def clean_query(self, asked: QueryDict | str) -> str:
        """An address of this page as a saved view keeps it."""
        return saved_views.clean_query(asked, self.query_names(), self.query_defaults())

    def query_to_save(self, asked: QueryDict | str) -> str:
        """What is shown now as a view keeps it."""
        return self.clean_query(asked)

    def views_context(self) -> dict[str, Any]:
        """What the menu of views and the tabs of the pinned ones show."""
        user, query = self.request.user, self.request.GET
        views = saved_views.of_list(user, self.list_page)  # type: ignore[arg-type]
        here = next((view for view in views if str(view.pk) == query.get(VIEW)), None)
        now = self.clean_query(query)
        return {
            "list_page": self.list_page,
            "saved_views": views,
            "saved_view": here,
            "saved_view_changed": here is not None and here.query != now,
            "save_view_form": SaveViewForm(user=user),
            "save_view_query": self.query_to_save(query),
        }


class DeskList(ViewsMixin, ListPage):
    """A list with columns to choose from and views to save.

    Class attributes:
        export_url_name: the route that answers with the rows as a file; empty: there is none.
        is_shown_alike: what ``shown`` adds follows from the columns alone, whoever reads, whatever is filtered by, on
            whichever day: the query for the rows of a page is put into words once.
    """

    export_url_name: ClassVar[str] = ""
    is_shown_alike: ClassVar[bool] = False

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
        own = rows_of(self.request.user, "columns", self.list_page)  # type: ignore[arg-type]
        return chosen(self.all_columns, own[0].columns if own else None)

    @cached_property
    def filterset(self) -> Any:
        rows_of(self.request.user, "views", self.list_page)  # type: ignore[arg-type]  # with the fields filtered by
        return ListPage.get_filterset(self)

    def get_filterset(self) -> Any:
        """Made once: the rows, and what a saved view may keep, ask for it."""
        return self.filterset

    def query_names(self) -> set[str]:
        return {COLUMNS, *super().query_names()}

    def shown(self, rows: QuerySet) -> QuerySet:
        """The rows with what the columns show of them."""
        return prepared(rows, self.columns)

    def read_rows(self, rows: QuerySet, keys: list[Any]) -> Mapping[Any, Any]:
        if not self.is_shown_alike:
            return self.shown(rows.order_by()).in_bulk(keys)
        found = _in_words(self.list_page, self.columns, lambda: self.shown(rows.model._default_manager.order_by()))
        return {row.pk: row for row in found(keys=keys)}

    def row_url(self, row: Any) -> str:
        """Where a click into a row leads."""
        return str(row.get_absolute_url())

    def row_css(self, row: Any) -> str:
        """Classes of a row."""
        return ""

    def row_actions(self, row: Any) -> SafeString | None:
        """What can be done with a row, in its last cell; None where the list has no such cell."""
        return None

    @cached_property
    def next_here(self) -> SafeString:
        """The end of an address from which one comes back to this list."""
        return conditional_escape(f"?next={quote(self.request.get_full_path())}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        filled(context["page"].rows, self.columns, self.request.user)
        context.update(
            columns=self.columns,
            is_wide=len(self.columns) > len(chosen(self.all_columns, None)),
            **columns_menu(self.all_columns, self.columns),
            shown={column.key for column in self.columns},
            export_url=self._export_url(),
            **self.views_context(),
        )
        return context

    def _export_url(self) -> str:
        user: Any = self.request.user
        if not (self.export_url_name and user.exports):
            return ""
        return f"{reverse(self.export_url_name)}?{self.request.GET.urlencode()}"

    def query_to_save(self, asked: QueryDict | str) -> str:
        """With its columns, also where they are the person's own."""
        query = QueryDict(self.clean_query(asked), mutable=True)
        if COLUMNS not in query:
            query[COLUMNS] = ",".join(column.key for column in self.columns)
        return self.clean_query(query)


def choice(columns: Sequence[Column], shown: Sequence[Column]) -> list[tuple[Column, bool]]:
    """The menu of columns: those shown in their order, then the others; without the main one, which always stays."""
    keys = {column.key for column in shown}
    rest = [column for column in columns if column.key not in keys]
    return [(column, column.key in keys) for column in [*shown, *rest] if not column.main]


def columns_menu(columns: Sequence[Column], shown: Sequence[Column]) -> dict[str, Any]:
    """Context of the menu of columns: the choice, and all that it is drawn from beside the language."""
    found = choice(columns, shown)
    own = (str(column.label) for column, _shown in found if not isinstance(column.label, Promise))
    return {"column_choice": found, "column_state": (*((column.key, is_on) for column, is_on in found), *own)}


class ListExport(ExportMixin):
    """The rows of a list, with its filters and its columns, for a spreadsheet: ``class X(ListExport, XList)``."""

    request: HttpRequest
    columns: list[Column]
    file_name: ClassVar[str] = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        header = [str(column.label) for column in self.columns]
        rows = self.shown(self.get_rows()[1])  # type: ignore[attr-defined]
        lines = file_rows(rows, self.columns, request.user)
        return csv_response(request, f"{self.file_name}-{clock.today()}", header, lines)


Page = TypeVar("Page", bound=ViewsMixin)


def list_view(page: str, request: HttpRequest, query: str = "", *, of: type[Page] = ViewsMixin) -> Page:  # type: ignore[assignment]
    """The page of this route as it would stand before ``request.user`` at the address ``?query``.

    Args:
        of: what the page must be able to do: keep views, or (``DeskList``) have columns.

    Raises:
        Http404: there is no such page, or not for him.
    """
    try:
        found = resolve(reverse(page)).func
    except NoReverseMatch:
        raise Http404 from None
    kind = getattr(found, "view_class", None)
    if not (isinstance(kind, type) and issubclass(kind, of)):
        raise Http404
    view = kind(**found.view_initkwargs)  # type: ignore[attr-defined]
    if view.list_page != page or not view.access.allows(request.user):
        raise Http404
    here = HttpRequest()
    here.method, here.user, here.path = "GET", request.user, reverse(page)
    here.GET = QueryDict(query)
    view.setup(here)
    return view


def own_views(manager: Manager) -> QuerySet[SavedView]:
    """The views ``manager`` may change."""
    return SavedView.objects.filter(owner=manager)
