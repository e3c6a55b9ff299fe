"""Search, and the suggestions of clients in forms."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from clients.forms import client_words
from clients.search import Hit, read_query, search
from crm.web import htmx
from crm.web.views import Access, PageMixin, PageView


class Search(PageView):
    """Clients by name, phone, e-mail, INN or contact person. A whole phone or INN with one hit opens its card."""

    access = Access.SALES
    title = _("Search")
    template_name = "clients/search.html"
    partial_template_name = "clients/_search.html"

    @cached_property
    def hits(self) -> list[Hit]:
        return search(self.request.GET.get("q", ""), by=self.request.user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        terms = read_query(request.GET.get("q", ""))
        if terms.is_whole and len(self.hits) == 1 and not htmx.wants_partial(request):
            return htmx.redirect(request, self.hits[0].client.get_absolute_url())
        return super().get(request, *args, terms=terms, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(hits=self.hits, search_query=kwargs["terms"].text, **kwargs)


class ClientSuggest(PageMixin, View):
    """Options for a field in which a client is chosen by typing: names of clients anybody may know of."""

    access = Access.SALES

    def get(self, request: HttpRequest) -> HttpResponseBase:
        typed = next((value for key, value in request.GET.items() if key != "page"), "")
        words = [client_words(hit.client) for hit in search(typed, by=request.user, limit=10)]
        return TemplateResponse(request, ["clients/_suggestions.html"], {"words": words})
