"""What is done with the views of a list, and with its columns."""

from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import saved_views
from clients.forms.saved_views import SavedViewForm, SaveViewForm
from clients.models import ListColumns, SavedView
from clients.views.desk import COLUMNS, DeskList, ViewsMixin, columns_menu, list_view, own_views
from crm.web import htmx
from crm.web.columns import chosen, moved
from crm.web.views import Access, ActionView, FormPage, fetch, safe_next


class OfList:
    """Something about one list, or another page with views; the address carries the page's own query."""

    access = Access.SALES
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def desk_list(self) -> ViewsMixin:
        return list_view(self.kwargs["page"], self.request, self.request.GET.urlencode())


class SavedViewCreate(OfList, FormPage):
    """Keep what is shown under a name."""

    form_class = SaveViewForm
    partial_template_name = "clients/_save_view.html"
    title = _("Save this view")
    submit_label = _("Save")
    success_message = _("Saved: it stands above the list.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        return [(self.desk_list.title, reverse(self.desk_list.list_page))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "save_view_form": context["form"],
            "save_view_query": self.request.GET.urlencode(),
            "list_page": self.desk_list.list_page,
        }

    def save(self, form: SaveViewForm) -> SavedView:
        data, user = form.cleaned_data, self.request.user
        return saved_views.save_view(
            owner=user,
            page=self.desk_list.list_page,
            name=data["name"],
            query=self.desk_list.query_to_save(self.request.GET),
            department=user.department if data.get("share") else None,
        )

    def render_success(self) -> HttpResponseBase:
        return htmx.location(self.request, self.saved.get_absolute_url(), target=f"#{self.desk_list.list_page}")


class OfView:
    """Something about one view one may open: 404 for others', 403 for those one may not change."""

    access = Access.SALES
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def view(self) -> SavedView:
        user = self.request.user
        return fetch(
            SavedView.objects.visible_to(user).select_related("department"), self.allowed(), pk=self.kwargs["pk"]
        )

    def allowed(self) -> Any:
        """The views this may be done with."""
        return own_views(self.request.user)


class SavedViewUpdate(OfView, FormPage):
    """Another name, other readers."""

    form_class = SavedViewForm
    submit_label = _("Save")
    success_message = _("Saved.")

    def get_title(self) -> str | Promise:
        return _("View “%(name)s”") % {"name": self.view.name}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        found = list_view(self.view.page, self.request)
        return [(found.title, reverse(found.list_page)), (self.view.name, self.view.get_absolute_url())]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.view.name, "department": self.view.department_id}

    def save(self, form: SavedViewForm) -> SavedView:
        return saved_views.change_view(view=self.view, **form.cleaned_data)

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.view.get_absolute_url()

    def render_success(self) -> HttpResponseBase:
        if htmx.wants_partial(self.request):
            return htmx.done("drawer-close", "list-refresh")
        return super().render_success()


class SavedViewOverwrite(OfView, ActionView):
    """From now on the view is what is shown now."""

    success_message = _("The view is as you see it now.")

    def perform(self) -> HttpResponseBase:
        view = self.view
        found = list_view(view.page, self.request, self.request.GET.urlencode())
        saved_views.overwrite_view(view=view, query=found.query_to_save(self.request.GET))
        return htmx.location(self.request, view.get_absolute_url(), target=f"#{view.page}")


class SavedViewPin(OfView, ActionView):
    """Above the list, or no longer."""

    def allowed(self) -> None:
        return None

    def perform(self) -> HttpResponseBase | None:
        act = saved_views.pin if self.request.POST.get("pinned") == "1" else saved_views.unpin
        act(view=self.view, manager=self.request.user)
        return htmx.done("list-refresh") if htmx.wants_partial(self.request) else None


class SavedViewDelete(OfView, ActionView):
    """Gone for everybody, with Undo."""

    success_message = _("The view is deleted.")

    def perform(self) -> HttpResponseBase | str:
        page = self.view.page
        self.token = saved_views.delete_view(view=self.view)
        return htmx.location(self.request, reverse(page), target=f"#{page}")

    def get_undo_url(self) -> str:
        return f"{reverse('saved-view-restore')}?{urlencode({'token': self.token})}"


class SavedViewRestore(ActionView):
    """The view is back."""

    access = Access.SALES
    success_message = _("The view is back.")

    def perform(self) -> HttpResponseBase | str:
        view = saved_views.restore_view(token=self.request.GET.get("token", ""), by=self.request.user)
        return htmx.location(self.request, view.get_absolute_url(), target=f"#{view.page}")


class ListColumnsChoose(OfList, ActionView):
    """Which columns, in which order. Where the address names the columns, they change there; else they are one's own
    from now on."""

    @cached_property
    def desk_list(self) -> DeskList:
        return list_view(self.kwargs["page"], self.request, self.request.GET.urlencode(), of=DeskList)

    def perform(self) -> HttpResponseBase:
        asked = self.request.POST
        keys = [
            column.key for column in chosen(self.desk_list.all_columns, asked.getlist("columns")) if not column.main
        ]
        key, _colon, way = asked.get("move", "").partition(":")
        if way in ("up", "down"):
            keys = moved(keys, key, -1 if way == "up" else 1)
        here = self.address()
        named = COLUMNS in parse_qs(urlsplit(here).query)
        if "reset" in asked:
            ListColumns.objects.filter(manager=self.request.user, page=self.desk_list.list_page).delete()
            here, keys = with_columns(here, None), []
        elif named:
            here = with_columns(here, keys)
        else:
            ListColumns.objects.update_or_create(
                manager=self.request.user, page=self.desk_list.list_page, defaults={"columns": keys}
            )
        if not htmx.wants_partial(self.request):
            return htmx.redirect(self.request, here)
        response = self.menu(keys)
        response["HX-Replace-Url"] = here
        response["HX-Trigger-After-Settle"] = "list-refresh"
        return response

    def address(self) -> str:
        """The list as it stands in the browser."""
        details = getattr(self.request, "htmx", None)
        shown = details.current_url_abs_path if details else ""
        here = shown or safe_next(self.request, referrer=True)
        base = reverse(self.desk_list.list_page)
        return here if here and urlsplit(here).path == base else base

    def menu(self, keys: list[str]) -> HttpResponse:
        shown = chosen(self.desk_list.all_columns, keys)
        context = {**columns_menu(self.desk_list.all_columns, shown), "list_page": self.desk_list.list_page}
        return TemplateResponse(self.request, "clients/_columns_form.html", context)


def with_columns(url: str, keys: list[str] | None) -> str:
    """The address with other columns; None: with none of its own."""
    parts = urlsplit(url)
    query = QueryDict(parts.query, mutable=True)
    query.pop("page", None)
    query.pop(COLUMNS, None)
    if keys:
        query[COLUMNS] = ",".join(keys)
    return urlunsplit(("", "", parts.path, query.urlencode(safe=","), ""))
