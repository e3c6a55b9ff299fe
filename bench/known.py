"""What the pages are asked with: people, clients, words that are in the base at hand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Count, QuerySet

from clients.models import Client, ContactPoint, Manager
from clients.models.people import Role
from crm import clock
from crm.web.pagination import MAX_PAGE, PAGE_SIZE
from interactions.models import Event, EventKind

#: Contacts are registered with so many clients in turn.
REGISTERED_WITH = 20


SELLER, HEAD, DIRECTOR = "seller", "head", "director"


@dataclass(frozen=True, slots=True)
class Known:
    """Three readers, and what is known of the seller's clients.

    Attributes:
        readers: a seller, his head, a director.
        thousand, ten: his clients with nearly that many events, and how many they have.
        deep: number of a page deep in the list of all clients.
    """

    readers: Mapping[str, Manager]
    clients: int
    thousand: tuple[int, int]
    ten: tuple[int, int]
    others: list[int]
    name: str
    inn: str
    phone: str
    email: str
    city: str
    long_ago: dt.date
    region: int | None
    board_region: int | None
    kind: int
    deep: int

    def __str__(self) -> str:
        people = ", ".join(reader.username for reader in self.readers.values())
        return f"{self.clients:,} clients; {people}; cards with {self.thousand[1]:,} and {self.ten[1]:,} events"


class NothingThere(RuntimeError):
    """The base lacks what a page needs."""


def look_around() -> Known:
    """Find people and clients to ask the pages with.

    Raises:
        NothingThere: the base has no seller with clients, no head or no director.
    """
    seller = _person(SELLER, Role.SALESPERSON, Manager.objects.filter(clients__isnull=False))
    head = _person(HEAD, Role.HEAD, Manager.objects.all())
    director = _person(DIRECTOR, Role.DIRECTOR, Manager.objects.all())
    own = Client.objects.filter(manager=seller)
    counted = [
        (row["client"], row["number"])
        for row in Event.objects.filter(client__in=own).values("client").annotate(number=Count("pk"))
    ]
    if not counted:
        raise NothingThere(f"{seller.username} has no clients with events.")
    thousand, ten = (min(counted, key=lambda row: (abs(row[1] - wanted), row[0])) for wanted in (1000, 10))
    others = [pk for pk, _number in sorted(counted) if pk not in (thousand[0], ten[0])][:REGISTERED_WITH]
    points = ContactPoint.objects.filter(client__in=own).order_by("pk")
    phone, email = (
        points.filter(kind=kind).values_list("normalized", flat=True).first() or ""
        for kind in (ContactPoint.Kind.PHONE, ContactPoint.Kind.EMAIL)
    )
    named = own.exclude(inn="").order_by("pk").first() or own.order_by("pk")[0]
    clients = Client.objects.count()
    return Known(
        readers={SELLER: seller, HEAD: head, DIRECTOR: director},
        clients=clients,
        thousand=thousand,
        ten=ten,
        others=others or [ten[0]],
        name=max(named.search_name.split(), key=len),
        inn=named.inn,
        phone=phone,
        email=email,
        city=named.city[:4],
        long_ago=clock.today() - dt.timedelta(days=90),
        region=_commonest(Client.objects.all()),
        board_region=_commonest(Client.objects.filter(exchange_since__isnull=False)),
        kind=EventKind.objects.choosable().filter(counts_as_contact=True).values_list("pk", flat=True)[0],
        deep=max(2, min(MAX_PAGE, clients // PAGE_SIZE) - 1),
    )


def open_session(manager: Manager) -> str:
    """Sign a person in, as ``force_login`` does; returns the session's key."""
    session = SessionStore()
    session[SESSION_KEY] = str(manager.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = manager.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _person(login: str, role: Role, among: QuerySet[Manager]) -> Manager:
    """The one made for the bench, the demo company's, or the first with this role."""
    fitting = among.filter(is_active=True, role=role, is_staff=False).distinct()
    for username in (f"bench-{login}", login):
        if found := fitting.filter(username=username).first():
            return found
    if found := fitting.order_by("pk").first():
        return found
    raise NothingThere(f"There is no {login} in this database.")


def _commonest(clients: Any) -> int | None:
    row = clients.exclude(region=None).values("region").annotate(n=Count("pk")).order_by("-n").first()
    return row["region"] if row else None
