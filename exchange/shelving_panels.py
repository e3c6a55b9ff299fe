"""What the card shows of a client nobody holds: how it is set aside, who may do that, and that it may call us."""

from django.http import HttpRequest

from clients.models import Client
from clients.panels import Context, Panel, register
from crm import clock
from exchange import inbound, shelving


def register_panels() -> None:
    """Called once, when the app is ready."""
    register(Panel("exchange-set-aside", "top", "exchange/panel_shelving.html", set_aside, order=10))
    register(Panel("exchange-shelve", "header", "exchange/panel_shelve.html", may_shelve, order=90))
    register(Panel("exchange-inbound", "middle", "exchange/panel_inbound.html", inbound_box, order=5))


def set_aside(request: HttpRequest, client: Client) -> Context:
    """How the client is set aside, by whom and why. One query, and only where it is."""
    mark = shelving.mark_of(client, clock.today())
    if not mark:
        return {}
    why = shelving.latest([client], clock.today())
    return {"mark": mark, "shelved": why.get(client.pk), "decides": _decides(request, client)}


def may_shelve(request: HttpRequest, client: Client) -> Context:
    """What who decides on the client may do with it. No query."""
    free = not client.is_held and client.archived_at is None and _decides(request, client)
    return {"may_archive": free, "may_quarantine": free and client.is_on_exchange}


def inbound_box(request: HttpRequest, client: Client) -> Context:
    """Everybody in sales may write down that the client called or wrote. No query."""
    quarantined = client.is_quarantined(clock.today())
    return {
        "takes_inbound": inbound.takes_inbound(client),
        "quarantine_until": client.quarantine_until if quarantined else None,
    }


def _decides(request: HttpRequest, client: Client) -> bool:
    return shelving.decides_on(request.user, client)  # type: ignore[arg-type]
