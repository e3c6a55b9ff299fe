"""What other apps show on the client card.

The card belongs to the clients app, the history and the exchange facts to apps above it: they register panels here in
``AppConfig.ready()``. A panel is a template with the context its function reads for one client and one reader.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

from clients.models import Client, Manager

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """One box of the card. ``place``: "header", "left", "middle", "right", or "contacts" (in the place of contacts
    that are hidden); lower ``order`` comes first."""

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


@dataclass(frozen=True, slots=True)
class OwnerNote:
    """Words about the time a manager held a client, in the reader's language.

    Attributes:
        on: a day of that time; with ``ends`` its last.
        ends: the words say why he lost it.
    """

    manager_id: int
    on: dt.date
    words: str
    ends: bool = False


OwnerFacts = Callable[[Client], Sequence[OwnerNote]]
_owner_facts: list[OwnerFacts] = []


def register_owner_notes(reader: OwnerFacts) -> None:
    """Let ``reader`` add its words to the owner history of the card."""
    if reader not in _owner_facts:
        _owner_facts.append(reader)


def owner_notes(client: Client) -> list[OwnerNote]:
    """What other apps know about the times managers held a client."""
    return [note for reader in _owner_facts for note in reader(client) if note.words]


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did last with a client, or has planned: in the reader's words, with the link to the document."""

    manager: Manager
    label: str
    at: dt.datetime
    url: str
    is_plan: bool = False


DeedFacts = Callable[[Client], Sequence[Deed]]
_deed_facts: list[DeedFacts] = []


def register_deeds(reader: DeedFacts) -> None:
    """Let ``reader(client)`` say who had to do with a client of late, each with what he did last."""
    if reader not in _deed_facts:
        _deed_facts.append(reader)


def deeds(client: Client) -> list[Deed]:
    """Who had to do with a client of late."""
    return [deed for reader in _deed_facts for deed in reader(client)]


#: A client that leaves within so many days by its dates is told of with its expected day and what keeps it.
LEAVING_DAYS = 30


@dataclass(frozen=True, slots=True)
class Keeper:
    """One thing that keeps a client with its manager although its time has come, in the reader's words.

    Attributes:
        kind: for programs: "plan", "process", "protection"…
        icon: of bootstrap-icons.
        name: what it is, in a word or two: "open sale".
        words: one sentence with the day until which it keeps.
        until: the last day it keeps.
        source: the document: "event:12"; "" where the kind says it all.
    """

    kind: str
    icon: str
    name: str
    words: str
    until: dt.date
    source: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """When a held client is expected to leave if nothing happens, and what keeps it before, in turn."""

    on: dt.date
    keepers: Sequence[Keeper] = ()

    @property
    def last(self) -> Keeper | None:
        """What keeps it longest."""
        return max(self.keepers, key=lambda keeper: keeper.until, default=None)


#: Clients, or what was read of them: key, manager, dates.
Row = TypeVar("Row", bound=Any)
LeavingFact = Callable[[Sequence[Any], dt.date], Mapping[int, Outlook]]
_leaving_facts: list[LeavingFact] = []


def register_leaving(reader: LeavingFact) -> None:
    """Let ``reader(clients, today)`` say when held clients leave; a fixed number of queries, whatever their number."""
    if reader not in _leaving_facts:
        _leaving_facts.append(reader)


def leaving_for(clients: Sequence[Any], today: dt.date, *, within: int = LEAVING_DAYS) -> dict[int, Outlook]:
    """The outlook of those of these clients whose dates say that they leave within so many days."""
    last = today + dt.timedelta(days=within)
    near = [client for client in clients if client.is_held and client.detach_on and client.detach_on <= last]
    found: dict[int, Outlook] = {}
    for reader in _leaving_facts if near else ():
        found.update(reader(near, today))
    return found


def tell_leaving(clients: Sequence[Any], today: dt.date, *, within: int = LEAVING_DAYS) -> None:
    """Set ``leaving`` (an :class:`Outlook` or None) on each of these clients, for the tags that say when they leave."""
    found = leaving_for(clients, today, within=within)
    for client in clients:
        client.leaving = found.get(client.pk)  # type: ignore[attr-defined]


#: How many clients whose dates are near are asked what keeps them, for a short list of those who leave first.
LOOKED_AT = 300


def nearest_arms(clients: QuerySet[Any, Any], today: Any, last: Any) -> list[QuerySet[Any, Any]]:
    """The clients of whom a short list "leaving soon" is made, in two parts, each by the index of the date: those whose
    dates lie ahead until ``last``, and those who are past them: these are mostly kept for long."""
    ordered = clients.order_by("detach_on", "pk")
    return [
        ordered.filter(detach_on__gt=today, detach_on__lte=last)[:LOOKED_AT],
        ordered.filter(detach_on__lte=today)[:LOOKED_AT],
    ]


def nearest_of(rows: Iterable[Row], today: dt.date, *, days: int) -> list[Row]:
    """Of rows that hold both parts the list itself: those whose dates are still ahead come first."""
    last = today + dt.timedelta(days=days)
    near = [
        (row.detach_on <= today, row.detach_on, row.pk, row) for row in rows if row.detach_on and row.detach_on <= last
    ]
    return [row for *_order, row in sorted(near)[:LOOKED_AT]]


def really_leaving(clients: Sequence[Row], today: dt.date, *, days: int) -> list[Row]:
    """Those of these clients that leave within so many days whatever keeps them now, the first first.

    Ask ``tell_leaving`` before.
    """
    last = today + dt.timedelta(days=days)
    on = {client: client.leaving.on if client.leaving else client.detach_on for client in clients}  # type: ignore[attr-defined]
    soon = [(leaves_on, client.pk, client) for client, leaves_on in on.items() if leaves_on and leaves_on <= last]
    return [client for _, _, client in sorted(soon)]
