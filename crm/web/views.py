"""Base views: permission first, then parse → service or selector → render.

Every view declares ``access``; a view that forgot cannot even be put into a URLconf. An htmx request is answered with
``partial_template_name``, which is the same partial the full page includes.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import FormView, TemplateView, View

from crm.web import htmx
from crm.web.access import Access
from crm.web.errors import DomainError
from crm.web.filtering import active_chips
from crm.web.pagination import COUNT_CAP, PAGE_SIZE, paginate

__all__ = [
    "Access",
    "ActionView",
    "FormPage",
    "ListPage",
    "PageMixin",
    "PageView",
    "add_errors",
    "fetch",
    "safe_next",
]

M = TypeVar("M", bound=Model)


def fetch(visible: "QuerySet[M]", editable: "QuerySet[M] | None" = None, **lookup: Any) -> M:
    """One object the user may see, and, where ``editable`` is given, may act on.

    Raises:
        Http404: it does not exist, or the user may not know of it.
        PermissionDenied: he may see it but not act on it.
    """
    found = get_object_or_404(visible, **lookup)
    if editable is not None and not editable.filter(pk=found.pk).exists():
        raise PermissionDenied
    return found


def safe_next(request: HttpRequest, *, referrer: bool = False) -> str:
    """The address to go on to, if the request names one of this site: ``next``, then (if wanted) the referrer."""
    candidates = [request.POST.get("next", ""), request.GET.get("next", "")]
    if referrer:
        candidates.append(request.headers.get("referer", ""))
    for url in candidates:
        if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
            return url
    return ""


def add_errors(form: BaseForm, error: DomainError | ValidationError) -> None:
    """Put what a service refused beside the field it belongs to; on top of the form where there is no such field."""
    if isinstance(error, DomainError):
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, found in error.error_dict.items():
        form.add_error(name if name in form.fields else None, found)


class PageMixin:
    """What every page has: a declared role, a title, partials for htmx, toasts.

    Class attributes:
        access: the lowest role that may open it; must be declared.
        title: words for the browser tab and the page's heading; or override ``get_title()``.
        partial_template_name: the partial an htmx request gets; the full page includes the same file.
    """

    access: ClassVar[Access | None] = None
    title: ClassVar[str | Promise] = ""
    partial_template_name: ClassVar[str | None] = None
    request: HttpRequest

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        if not isinstance(initkwargs.get("access", cls.access), Access):
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__qualname__} must declare `access`.")
        return super().as_view(**initkwargs)  # type: ignore[misc]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refused = self.check_access(request)
        if refused is not None:
            return refused
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return htmx.with_toasts(request, response)

    def check_access(self, request: HttpRequest) -> HttpResponseBase | None:
        """None when the role is enough; the way to the sign-in page for anonymous people.

        Raises:
            PermissionDenied: signed in, but the role is not enough.
        """
        assert isinstance(self.access, Access)
        if self.access.allows(request.user):
            return None
        if request.user.is_authenticated:
            raise PermissionDenied
        if getattr(request, "htmx", None):
            # Back to the page he was on, not to the fragment.
            here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
            return htmx.redirect(request, redirect_to_login(here).headers["Location"])
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else safe_next(request, referrer=True)
        return redirect_to_login(wanted or "/")

    def get_title(self) -> str | Promise:
        """The words of the browser tab and of the heading."""
        return self.title

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        """Pairs (words, address) above the heading, from the top down, without the page itself."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) if hasattr(super(), "get_context_data") else kwargs  # type: ignore[misc]
        context.setdefault("title", self.get_title())
        context.setdefault("breadcrumbs", self.get_breadcrumbs())
        return context

    def get_template_names(self) -> list[str]:
        if self.partial_template_name and htmx.wants_partial(self.request):
            return [self.partial_template_name]
        return super().get_template_names()  # type: ignore[misc]


class PageView(PageMixin, TemplateView):
    """A page to read."""


class ListPage(PageView):
    """A filtered, sorted list, page by page, with its state in the URL.

    Class attributes:
        filterset_class: a django-filter FilterSet; optional. It is given ``request``.
        sorts: what ``?sort=`` may be → the order it means. Prefix ``-`` in the URL turns it round.
        default_sort: the order without ``?sort=``.
        page_size: rows on a page.
        count_cap: up to so many rows are counted exactly.
        main_filters: names of the filters that stand in the bar; the others fold under *More filters*. Empty: all.

    Context: ``page`` (iterate it), ``filter``, ``filters_main``, ``filters_more``, ``chips``, ``sort``.
    """

    filterset_class: ClassVar[Any] = None
    sorts: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    default_sort: ClassVar[str] = ""
    page_size: ClassVar[int] = PAGE_SIZE
    count_cap: ClassVar[int] = COUNT_CAP
    main_filters: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        if not initkwargs.get("partial_template_name", cls.partial_template_name):
            raise ImproperlyConfigured(f"{cls.__module__}.{cls.__qualname__} must name `partial_template_name`.")
        return super().as_view(**initkwargs)

    def get_queryset(self) -> QuerySet:
        """The rows this user may see, unfiltered. Start from ``visible_to``."""
        raise NotImplementedError

    def get_filterset(self) -> Any:
        """The bound filterset; None where the list has no filters."""
        if self.filterset_class is None:
            return None
        filterset = self.filterset_class(self.request.GET or None, queryset=self.get_queryset(), request=self.request)
        # A form in the drawer stands on the same page, and its fields may have the same names.
        filterset.form.auto_id = "filter_%s"
        return filterset

    def get_sort(self) -> str:
        """The order in force: a key of ``sorts``, with ``-`` in front when it is turned round."""
        wanted = self.request.GET.get("sort", "")
        return wanted if wanted.lstrip("-") in self.sorts else self.default_sort

    def order(self, queryset: QuerySet) -> QuerySet:
        """The queryset in the order in force; untouched when there is none."""
        sort = self.get_sort()
        terms = self.sorts.get(sort.lstrip("-"))
        if not terms:
            return queryset
        return (
            queryset.order_by(*(_turned(term) for term in terms)) if sort.startswith("-") else queryset.order_by(*terms)
        )

    def get_parts(self) -> Sequence[QuerySet]:
        """The rows this user may see in parts that have none in common, where each has its own index; none: as a whole.

        They are filtered and ordered as ``get_queryset`` is.
        """
        return ()

    def get_rows(self) -> tuple[Any, QuerySet]:
        """The filterset and the filtered, ordered rows: what is shown, counted and exported.

        A filter that cannot be understood finds nothing: rows of another question would pass for the answer.
        """
        filterset = self.get_filterset()
        if filterset is None:
            return None, self.order(self.get_queryset())
        return filterset, self.order(self._filtered(filterset, filterset.queryset))

    def _filtered(self, filterset: Any, rows: QuerySet) -> QuerySet:
        if filterset is None or not filterset.is_bound:
            return rows
        return filterset.filter_queryset(rows) if filterset.form.is_valid() else rows.none()

    def read_rows(self, rows: QuerySet, keys: list[Any]) -> Mapping[Any, Any]:
        """Those of the rows that stand on the page, by key, with all that is shown of them."""
        return rows.order_by().in_bulk(keys)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        filterset, rows = self.get_rows()
        fields = list(filterset.form) if filterset is not None else []
        context.update(
            page=paginate(
                rows,
                self.request.GET.get("page"),
                size=self.page_size,
                cap=self.count_cap,
                parts=[self.order(self._filtered(filterset, part)) for part in self.get_parts()],
                read=partial(self.read_rows, rows),
            ),
            filter=filterset,
            chips=active_chips(filterset, self.request) if filterset is not None else [],
            sort=self.get_sort(),
            filters_main=[field for field in fields if not self.main_filters or field.name in self.main_filters],
            filters_more=[field for field in fields if self.main_filters and field.name not in self.main_filters],
        )
        return context


def _turned(term: Any) -> Any:
    """An ordering term the other way round; plain names and expressions alike."""
    if isinstance(term, str):
        return term[1:] if term.startswith("-") else f"-{term}"
    turned = term.copy()
    turned.reverse_ordering()
    return turned


class FormPage(PageMixin, FormView):
    """A form whose ``save()`` calls a service.

    What the service refuses (DomainError, ValidationError) stands at its field, and the form comes back with status
    422 and everything typed still in it. After success: ``success_message`` as a toast, then ``get_success_url()``.

    Class attributes:
        submit_label: words on the button.
        success_message: words of the toast; empty for none.
    """

    template_name = "base/form.html"
    partial_template_name: ClassVar[str | None] = "base/_form.html"
    submit_label: ClassVar[str | Promise] = ""
    success_message: ClassVar[str | Promise] = ""
    saved: Any = None

    def save(self, form: Any) -> Any:
        """Call the service with ``form.cleaned_data``. What it returns is kept as ``self.saved``."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponseBase:
        try:
            self.saved = self.save(form)
        except (DomainError, ValidationError) as error:
            add_errors(form, error)
            return self.form_invalid(form)
        if message := self.get_success_message():
            htmx.toast(self.request, message, undo_url=self.get_undo_url())
        return self.render_success()

    def render_success(self) -> HttpResponseBase:
        """The answer after saving: on to ``get_success_url()``. Override to answer htmx with a partial."""
        return htmx.redirect(self.request, self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponseBase:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_success_message(self) -> str | Promise:
        """Words of the toast after saving."""
        return self.success_message

    def get_undo_url(self) -> str:
        """Where *Undo* in the toast is posted to; empty where there is no undo."""
        return ""

    def get_success_url(self) -> str:
        """``next`` of the request, else ``success_url``, else the saved object's own page."""
        if url := safe_next(self.request):
            return url
        if self.success_url:
            return resolve_url(self.success_url)
        return resolve_url(self.saved)

    def get_cancel_url(self) -> str:
        """Where *Cancel* leads: ``next`` of the request, else the last breadcrumb, else home."""
        crumbs = self.get_breadcrumbs()
        return safe_next(self.request) or (crumbs[-1][1] if crumbs else "/")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("submit_label", self.submit_label)
        kwargs.setdefault("cancel_url", self.get_cancel_url())
        kwargs.setdefault("next", safe_next(self.request))
        return super().get_context_data(**kwargs)


class ActionView(PageMixin, View):
    """Something done by one POST: finish, claim, cancel, delete. GET is answered with 405.

    ``perform()`` calls the service and may return an address or a whole response; None goes back where the person
    came from (htmx: the partial, drawn anew). A refusal becomes a toast: status 422, or 409 when somebody was quicker.
    """

    http_method_names: ClassVar[list[str]] = ["post", "options"]
    success_message: ClassVar[str | Promise] = ""
    success_url: ClassVar[str | None] = None

    def perform(self) -> HttpResponseBase | str | None:
        """Call the service."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            result = self.perform()
        except (DomainError, ValidationError) as error:
            return self.render_failure(error)
        if message := self.get_success_message():
            htmx.toast(request, message, undo_url=self.get_undo_url())
        if isinstance(result, HttpResponseBase):
            return result
        if isinstance(result, str):
            return htmx.redirect(request, result)
        if self.partial_template_name and htmx.wants_partial(request):
            return self.render_partial()
        return htmx.redirect(request, self.get_return_url())

    def render_failure(self, error: DomainError | ValidationError) -> HttpResponseBase:
        """Say why not. htmx: toast only, or the partial drawn anew where a Conflict made the page stale."""
        text = str(error.message) if isinstance(error, DomainError) else " ".join(error.messages)
        htmx.toast(self.request, text, level=messages.ERROR)
        if not htmx.wants_partial(self.request):
            return htmx.redirect(self.request, self.get_return_url())
        status = getattr(error, "status", 422)
        if status == 409 and self.partial_template_name:
            return self.render_partial(status=status)
        response = HttpResponse(status=status)
        response["HX-Reswap"] = "none"
        return response

    def render_partial(self, *, status: int = 200) -> HttpResponseBase:
        """The partial with ``get_context_data()``, read anew after the action."""
        return TemplateResponse(
            self.request, [str(self.partial_template_name)], self.get_context_data(view=self), status=status
        )

    def get_success_message(self) -> str | Promise:
        """Words of the toast after the action."""
        return self.success_message

    def get_undo_url(self) -> str:
        """Where *Undo* in the toast is posted to; empty where there is no undo."""
        return ""

    def get_return_url(self) -> str:
        """``next``, else ``success_url``, else the page the person came from, else home."""
        own = resolve_url(self.success_url) if self.success_url else ""
        return safe_next(self.request) or own or safe_next(self.request, referrer=True) or "/"
