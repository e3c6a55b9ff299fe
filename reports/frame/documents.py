"""How the rows behind a number are told: what each is, its details, who did it, and where it can be opened.

Who a row belongs to, the client's name, city and lead manager may always be told. Details and the way to the document
are for those who may read the client.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet

from clients.models import Client, Manager
from clients.panels import tell_leaving
from clients.templatetags.clients import zone_today
from crm import clock
from reports.frame.drill_down import AMOUNT

_BATCH = 500
Teller = Callable[[Any], "Told"]


@dataclass(frozen=True, slots=True)
class Told:
    """A row in words: ``what`` may always be told, ``details`` and ``url`` only to who may read the client."""

    what: Any
    details: str = ""
    by: Manager | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """How the rows of a model are listed.

    Attributes:
        related: what is read with them, in the same query.
        client: the way from a row to its client, "process.client"; empty: the row is the client, or has none.
    """

    tell: Callable[[Any], Told]
    related: tuple[str, ...] = ()
    client: str = "client"

    def client_of(self, row: Any) -> Client | None:
        if isinstance(row, Client):
            return row
        return attrgetter(self.client)(row) if self.client else None


_listings: dict[type[Model], Listing] = {}


def register(model: type[Model], *related: str, client: str = "client") -> Callable[[Teller], Teller]:
    """Say how rows of a model are told, by a decorated function: ``@register(Claim, "assigned_by")``."""

    def keep(tell: Teller) -> Teller:
        _listings[model] = Listing(tell, related, client)
        return tell

    return keep


@dataclass(frozen=True, slots=True)
class Document:
    """A row behind a number, as this reader may know it. ``zone``: of a client, its colour today."""

    moment: Any
    client: Client | None
    whose: Manager | None
    what: Any
    details: str
    by: Manager | None
    url: str
    is_open: bool
    amount: Any = None
    zone: str = ""


def listed(rows: QuerySet) -> QuerySet:
    """The rows with what their words need."""
    listing = _of(rows.model)
    whom = "manager" if rows.model is Client else f"{listing.client.replace('.', '__')}__manager"
    related = [*([whom] if listing.client else []), *listing.related]
    return rows.select_related(*related) if related else rows


def documents(rows: Sequence[Any], reader: Manager) -> list[Document]:
    """The rows in words. Two queries: the managers they belong to, and which clients the reader may read; of clients
    it is also asked what keeps them."""
    if rows and isinstance(rows[0], Client):
        tell_leaving(rows, clock.today())
    managers = Manager.objects.select_related("department").in_bulk({row.whose for row in rows} - {None})
    clients = [client.pk for client in (_of(type(row)).client_of(row) for row in rows) if client]
    readable = set(Client.objects.visible_to(reader).filter(pk__in=clients).values_list("pk", flat=True))
    return [_document(row, managers, readable) for row in rows]


def all_documents(rows: QuerySet, reader: Manager) -> Iterator[Document]:
    """The same for a file of any length, batch by batch."""
    batch: list[Any] = []
    for row in listed(rows).iterator(chunk_size=_BATCH):
        batch.append(row)
        if len(batch) == _BATCH:
            yield from documents(batch, reader)
            batch = []
    yield from documents(batch, reader) if batch else ()


def _document(row: Any, managers: dict[int, Manager], readable: set[int]) -> Document:
    listing = _of(type(row))
    client, told = listing.client_of(row), listing.tell(row)
    is_open = client is None or client.pk in readable
    return Document(
        # A date of the client's own is none of the four facts that may be told of every client.
        moment=row.moment if is_open or row is not client else None,
        client=client,
        whose=managers.get(row.whose),
        what=told.what,
        details=told.details if is_open else "",
        by=told.by,
        url=(told.url if is_open else "") or (client.get_absolute_url() if client else ""),
        is_open=is_open,
        amount=getattr(row, AMOUNT, None),
        zone=zone_today(client) if client is not None and row is client else "",
    )


def _of(model: type[Model]) -> Listing:
    return _listings[model]
