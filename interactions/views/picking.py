"""Register a contact from anywhere: whom with is typed, the register box follows."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.recent import recent_clients
from clients.search import Entry, search
from clients.search.arms import Group
from clients.search.entries import client_entry
from crm.web import htmx
from crm.web.views import Access, PageView
from interactions import selectors

_FOUND, _RECENT, _PRESSING = 8, 5, 5


class ContactPick(PageView):
    """Which client? Those opened lately and those who need one most, till something is typed."""

    access = Access.SALES
    title = _("Register a contact: with whom?")
    template_name = "interactions/contact_pick.html"
    partial_template_name = "interactions/_contact_pick.html"

    #: The address that gives the lines alone, while something is typed.
    lines_url: ClassVar[str] = "contact-pick"

    @property
    def kept(self) -> dict[str, str]:
        """What the address says besides, for the lines too."""
        return {}

    @cached_property
    def words(self) -> str:
        return self.request.GET.get("q", "")[:200]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if "lines" in request.GET:
            return TemplateResponse(request, "clients/_palette.html", self.lines())
        groups = self.groups()
        if self.words and not htmx.wants_partial(request) and [len(group.entries) for group in groups] == [1]:
            return htmx.redirect(request, groups[0].entries[0].url)
        lines = f"{reverse(self.lines_url)}?{urlencode({**self.kept, 'lines': 1})}"
        context = {"groups": groups, "search_query": self.words, "lines_url": lines, "kept": self.kept}
        return super().get(request, *args, **context, **kwargs)

    def lines(self) -> dict[str, Any]:
        return {"groups": self.groups(), "search_query": self.words}

    def groups(self) -> list[Group]:
        """The clients that fit and on whom the reader may work."""
        user = self.request.user
        if self.words.strip():
            found = [hit.client for hit in search(self.words, by=user, limit=_FOUND, work_on=True)]
            groups = [Group("clients", _("Clients"), [self.entry(client) for client in found])]
        else:
            recent = recent_clients(user, limit=_RECENT, work_on=True)
            known = {client.pk for client in recent}
            pressing = [client for client in selectors.find_clients(user, "") if client.pk not in known][:_PRESSING]
            groups = [
                Group("recent", _("Recent"), [self.entry(client) for client in recent]),
                Group("pressing", _("They need you most"), [self.entry(client) for client in pressing]),
            ]
        return [group for group in groups if group.entries]

    def entry(self, client: Client) -> Entry:
        """A client to choose: what follows opens in the drawer."""
        entry = client_entry(client, is_visible=True, may_edit=False)
        entry.url, entry.in_drawer = reverse("contact-register", args=[client.pk]), True
        return entry
