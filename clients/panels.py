"""What other apps show on the client card.

The card belongs to the clients app, the history and the exchange facts to apps above it: they register panels here in
``AppConfig.ready()``. A panel is a template with the context its function reads for one client and one reader.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from clients.models import Client

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """One box of the card. ``place``: "header", "left", "middle" or "right"; lower ``order`` comes first."""

    name: str
    place: str
    template: str
    context: Callable[[HttpRequest, Client], Context]
    order: int = 100


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Add a panel to every client card (a second one of the same name replaces the first)."""
    _panels[panel.name] = panel


def panels_at(place: str) -> list[Panel]:
    """The panels of a place in their order."""
    return sorted((panel for panel in _panels.values() if panel.place == place), key=lambda panel: panel.order)
