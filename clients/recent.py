"""The clients somebody opened lately: written down by the card itself, by a POST, so that reading stays reading."""

from typing import Any

from django.db import transaction

from clients.models import Client, Manager, RecentItem
from clients.panels import Panel, register
from clients.search.clients import with_rights
from crm import clock

#: How many are kept.
KEPT = 20
#: How many the palette offers.
SHOWN = 7


@transaction.atomic
def note(*, client: Client, by: Manager) -> None:
    """``by`` has just opened the card of ``client``; what he opened longest ago is forgotten."""
    RecentItem.objects.update_or_create(manager=by, client=client, defaults={"seen_at": clock.now()})
    kept = RecentItem.objects.filter(manager=by).order_by("-seen_at", "-pk").values_list("pk", flat=True)[:KEPT]
    RecentItem.objects.filter(manager=by).exclude(pk__in=list(kept)).delete()


def recent_clients(by: Manager, *, limit: int = SHOWN, work_on: bool = False) -> list[Client]:
    """What he opened lately and may still see in full, the latest first, each with ``may_edit``. One query.

    Args:
        work_on: only those he may work on.
    """
    clients = with_rights(Client.objects.visible_to(by), by).filter(recent_items__manager=by).for_lines()
    if work_on:
        clients = clients.filter(may_edit=True)
    return list(clients.order_by("-recent_items__seen_at", "-recent_items__pk")[:limit])


def register_panel() -> None:
    """What the card says by itself when it is opened."""
    register(Panel("recent-note", "header", "clients/panel_recent.html", _nothing))


def _nothing(_request: Any, _client: Client) -> dict[str, Any]:
    return {}
