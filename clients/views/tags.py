"""Tags of a row: shown, changed in place or in the drawer, taken back; and what there is to choose from."""

from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from clients import tags
from clients.forms.tags import TagsForm
from clients.models import Client, ContactPerson
from crm.web import htmx
from crm.web.views import Access, FormPage, PageMixin, fetch, safe_next


class TagsPage(FormPage):
    """The tags of one row the user may edit. ``?names=&now=`` with a POST sets them at once, if they are still those of
    ``now``: that is *Undo*."""

    access = Access.SALES
    form_class = TagsForm
    submit_label = _("Save")
    #: Whose rows.
    rows: ClassVar[Any] = None

    def visible(self) -> QuerySet[Any]:
        """The rows of which the user may know that they are there."""
        return self.rows.objects.visible_to(self.request.user)

    @cached_property
    def target(self) -> Any:
        allowed = self.rows.objects.editable_by(self.request.user)
        return fetch(self.visible(), allowed, pk=self.kwargs["pk"])

    @property
    def in_place(self) -> bool:
        """Whether the tags on the page are what is swapped, not the drawer."""
        details = getattr(self.request, "htmx", None)
        return bool(details) and str(details.target or "").startswith("tags-")

    @property
    def partial_template_name(self) -> str:  # type: ignore[override]
        return "clients/_tags_form.html" if self.in_place else "base/_form.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.in_place and "shown" in request.GET:
            return self.labels()
        _target = self.target
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str | Promise:
        return _("Tags: %(name)s") % {"name": self.target}

    def get_breadcrumbs(self) -> list[tuple[str | Promise, str]]:
        card = self.target.client if isinstance(self.target, ContactPerson) else self.target
        return [(str(card), card.get_absolute_url())]

    def get_initial(self) -> dict[str, Any]:
        return {"names": tags.join_names(self.target.tags.all())}

    def get_form_kwargs(self) -> dict[str, Any]:
        _target = self.target
        kwargs = super().get_form_kwargs()
        if self.request.method == "POST" and "names" in self.request.GET:
            kwargs["data"] = self.request.GET
        return kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(row=self.target, **kwargs)

    def save(self, form: TagsForm) -> Any:
        names = tags.split_names(form.cleaned_data["names"])
        now = self.request.GET.get("now") if "names" in self.request.GET else None
        was = None if now is None else tags.split_names(now)
        self.done = tags.set_tags(self.target, names, by=self.request.user, was=was)  # type: ignore[arg-type]
        return self.target

    def get_success_message(self) -> str | Promise:
        return _("Tags saved.") if self.done.is_change else ""

    def get_undo_url(self) -> str:
        if "names" in self.request.GET:
            return ""
        before, now = tags.join_names(self.done.before), tags.join_names(self.done.after)
        return f"{self.request.path}?{urlencode({'names': before, 'now': now})}"

    def get_success_url(self) -> str:
        return safe_next(self.request) or self.get_breadcrumbs()[-1][1]

    def render_success(self) -> HttpResponseBase:
        if self.in_place:
            return self.labels()
        if not htmx.wants_partial(self.request):
            return super().render_success()
        if "names" in self.request.GET:
            return htmx.redirect(self.request, self.get_return_url())
        return htmx.done("drawer-close", "list-refresh")

    def get_return_url(self) -> str:
        """Where *Undo* was pressed: the page is read anew."""
        return safe_next(self.request, referrer=True) or self.get_success_url()

    def labels(self) -> HttpResponseBase:
        """The tags as they stand on the page."""
        context = {"row": self.target, "editable": True}
        return TemplateResponse(self.request, "clients/_tags.html", context)


class ClientTags(TagsPage):
    """Of a client, of which everybody may know that it exists."""

    rows = Client

    def visible(self) -> QuerySet[Any]:
        return Client.objects.known_to(self.request.user)  # type: ignore[arg-type]


class PersonTags(TagsPage):
    """Of a contact person."""

    rows = ContactPerson

    def visible(self) -> QuerySet[Any]:
        return super().visible().select_related("client")


class TagSuggest(PageMixin, View):
    """The names of tags that hold what is being typed."""

    access = Access.SALES

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = tags.suggestions(request.GET.get("q", "").replace("\0", "")[: tags.LONGEST])
        return JsonResponse({"names": [tag.name for tag in found]})
