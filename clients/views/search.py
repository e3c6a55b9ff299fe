"""Search, the palette, what was opened lately, and the suggestions of clients in forms."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from clients.calling import main_phones
from clients.forms import client_words
from clients.models import Client
from clients.recent import note, recent_clients
from clients.search import Hit, Question, find, search
from clients.search.arms import Group, all_keys
from clients.search.entries import client_entry
from crm.web import htmx
from crm.web.views import Access, ActionView, PageMixin, PageView, fetch

#: Lines of a sort on the search page, when only that sort is asked for, and in the palette.
GROUP_SIZE, WHOLE_SIZE, PALETTE_SIZE = 8, 50, 5
#: Matched by the page itself while one types.
_KNOWN_TO_PAGE = ("actions", "pages")


class Search(PageView):
    """Everything that fits, sort by sort. A whole phone or INN with one hit opens its card."""

    access = Access.SALES
    title = _("Search")
    template_name = "clients/search.html"
    partial_template_name = "clients/_search.html"

    @property
    def only(self) -> str:
        wanted = self.request.GET.get("in", "")
        return wanted if wanted in all_keys() else ""

    @cached_property
    def question(self) -> Question:
        limit = WHOLE_SIZE if self.only else GROUP_SIZE
        return Question(self.request.GET.get("q", ""), self.request.user, limit)

    @property
    def hits(self) -> list[Hit]:
        return self.question.hits

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.question.terms.is_whole and len(self.hits) == 1 and not htmx.wants_partial(request):
            return htmx.redirect(request, self.hits[0].client.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            groups=find(self.question, only=self.only),
            hits=self.hits,
            terms=self.question.terms,
            search_query=self.question.terms.text,
            only=self.only,
            **kwargs,
        )


class Palette(PageMixin, View):
    """The lines under what is being typed; before anything is typed, the clients opened lately."""

    access = Access.SALES

    def get(self, request: HttpRequest) -> HttpResponseBase:
        question = Question(request.GET.get("q", ""), request.user, PALETTE_SIZE)
        groups = find(question, without=_KNOWN_TO_PAGE) if question.terms.text else self.recent()
        context = {"groups": groups, "search_query": question.terms.text, "terms": question.terms}
        return TemplateResponse(request, "clients/_palette.html", context)

    def recent(self) -> list[Group]:
        clients, user = recent_clients(self.request.user), self.request.user
        phones = main_phones([client.pk for client in clients], user) if clients else {}
        entries = [
            client_entry(
                client,
                is_visible=True,
                may_edit=client.may_edit,  # type: ignore[attr-defined]
                phone=phones[client.pk].normalized if client.pk in phones else "",
            )
            for client in clients
        ]
        return [Group("recent", _("Recent"), entries)] if entries else []


class RecentNote(ActionView):
    """The card was opened: said by the card itself."""

    access = Access.SALES

    def perform(self) -> HttpResponse:
        user = self.request.user
        client = fetch(Client.objects.known_to(user), Client.objects.visible_to(user), pk=self.kwargs["pk"])
        note(client=client, by=user)
        return HttpResponse(status=204)


class ClientSuggest(PageMixin, View):
    """Options for a field in which a client is chosen by typing: names of clients anybody may know of."""

    access = Access.SALES

    def get(self, request: HttpRequest) -> HttpResponseBase:
        typed = next((value for key, value in request.GET.items() if key != "page"), "")
        words = [client_words(hit.client) for hit in search(typed, by=request.user, limit=10)]
        return TemplateResponse(request, ["clients/_suggestions.html"], {"words": words})
