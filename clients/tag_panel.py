"""Tags on the client card."""

from django.http import HttpRequest

from clients import panels
from clients.models import Client


def _context(_request: HttpRequest, client: Client) -> panels.Context:
    return {"row": client}


def register_panel() -> None:
    """Put the tags over the card."""
    panels.register(panels.Panel("tags", "top", "clients/_tags.html", _context, order=0))
