"""The client card, and the stub that is all a colleague sees."""

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clients import selectors
from clients.anniversaries import upcoming
from clients.facts import ABOUT, facts
from clients.models import Client
from clients.panels import tell_leaving
from clients.relations import graph_of
from clients.rules.portrait import PORTRAIT_FIELDS
from clients.team import workers
from crm import clock
from crm.web.views import Access, PageView

#: The card says when a client is expected to leave from so many days before.
CARD_DAYS = 60


class ClientDetail(PageView):
    """One client: who it is, what colour and why, what was agreed, what is next.

    Everybody may know that a client exists: of one he may not see he gets name, city, zone and lead manager.
    """

    access = Access.SALES

    @cached_property
    def client(self) -> Client:
        return selectors.known_client(self.request.user, self.kwargs["pk"])

    def get_template_names(self) -> list[str]:
        return ["clients/detail.html" if self.client.may_see else "clients/stub.html"]  # type: ignore[attr-defined]

    def get_title(self) -> str:
        return self.client.name

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        return list_crumb()

    @property
    def may_reassign(self) -> bool:
        """Held clients go by the right to transfer; those nobody ever held by seeing them at all. Archived ones are
        brought back first."""
        if self.client.archived_at is not None:
            return False
        held = self.client.may_transfer  # type: ignore[attr-defined]
        return Access.HEAD.allows(self.request.user) and (
            held or not (self.client.is_held or self.client.is_on_exchange)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        client, today = self.client, clock.today()
        context = super().get_context_data(client=client, today=today, **kwargs)
        if not client.may_see:  # type: ignore[attr-defined]
            return context
        tell_leaving([client], today, within=CARD_DAYS)
        people = selectors.people_of_card(client, self.request.user)
        related = selectors.related_clients(client, self.request.user)
        return {
            **context,
            "editable": client.may_edit,  # type: ignore[attr-defined]
            "why": selectors.why_this_colour(client, today),
            **people,
            "related": related,
            "graph": graph_of(client, related, people["persons"]),
            "workers": workers(client, client.team),  # type: ignore[attr-defined]
            "owners": selectors.owners(client),
            "portrait": selectors.portrait(client),
            **facts_of_card(client),
            "may_reassign": self.may_reassign,
            "may_merge": client.may_transfer and Access.HEAD.allows(self.request.user),  # type: ignore[attr-defined]
        }


def facts_of_card(client: Client) -> dict[str, Any]:
    """The facts the card shows beside the portrait, those nobody has written down yet, and whose day it soon is."""
    about, notes = facts(client, ABOUT), facts(client, ("notes",))
    return {
        "about": about,
        "notes": notes,
        "unknown": [each for each in [*about, *notes] if not each.words and each.name not in PORTRAIT_FIELDS],
        "anniversaries": upcoming(client, clock.today()),
    }


def list_crumb() -> list[tuple[Any, str]]:
    """The way back to the list."""
    return [(_("Clients"), reverse("client-list"))]


def crumbs_of(client: Client) -> list[tuple[Any, str]]:
    """The way back to a client's card."""
    return [*list_crumb(), (client.name, client.get_absolute_url())]
