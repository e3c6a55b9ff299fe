"""The fields the company added, on the card of a client."""

from django.http import HttpRequest

from clients.facts import further_facts
from clients.models import Client
from clients.panels import Context, Panel, register


def register_panel() -> None:
    """Called once, when the app is ready."""
    register(Panel("further", "left", "clients/panel_further.html", further, order=20))


def further(request: HttpRequest, client: Client) -> Context:
    """Filled in and not. One query."""
    return {**further_facts(client)}
