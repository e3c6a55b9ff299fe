"""What other apps show on the client card.

The card belongs to the clients app, the history and the exchange facts to apps above it: they register panels here in
``AppConfig.ready()``. A panel is a template with the context its function reads for one client and one reader.
"""

import datetime as dt
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


@dataclass(frozen=True, slots=True)
class DecidingContact:
    """The contact a client's colour counts from, in the reader's words: "Outgoing call" with the link to the
    document."""

    date: dt.date
    label: str
    url: str = ""
    who: str = ""


ContactFact = Callable[[Client], DecidingContact | None]
_contact_facts: list[ContactFact] = []


def register_contact_fact(reader: ContactFact) -> None:
    """Let ``reader`` say which contact on ``client.last_contact_on`` decided; it may make one query."""
    if reader not in _contact_facts:
        _contact_facts.append(reader)


def deciding_contact(client: Client) -> DecidingContact | None:
    """The contact that decided the clock date; None when the assignment did, or nobody knows the document."""
    if client.last_contact_on is None or client.last_contact_on != client.clock_date:
        return None
    return next((fact for reader in _contact_facts if (fact := reader(client)) is not None), None)
