"""One client beside the list of the day."""

from typing import Any

from django.http import Http404

from clients.models import Manager
from clients.selectors import known_client, people_of_card
from interactions.models import Event, EventStatus
from interactions.selectors.card import client_figures, client_since, latest_of, next_steps, open_agreements

#: So much of the history stands beside the list; the rest is on the card.
RECENT = 6


def client_beside(reader: Manager, pk: int) -> dict[str, Any]:
    """What is known of a client before one calls: recent history, persons with their numbers, figures, agreements.

    Raises:
        Http404: there is no such client, or ``reader`` may not read it.
    """
    client = known_client(reader, pk)
    if not client.may_see:  # type: ignore[attr-defined]
        raise Http404
    return {
        "beside": client,
        "editable": client.may_edit,  # type: ignore[attr-defined]
        "recent_history": [event for event in latest_of(client).events if _happened(event)][:RECENT],
        "planned": next_steps(client),
        "agreements": open_agreements(client),
        "figures": client_figures(client),
        "client_since": client_since(client),
        **people_of_card(client, reader),
    }


def _happened(event: Event) -> bool:
    return event.status == EventStatus.DONE
