"""Looking at the phones and e-mails of a client nobody holds: shown to whoever asks, and every look written down.

One rule for all: who may read such a client sees how many contacts it has; after a click, which is logged, he sees
them for the rest of the company's day. Salespeople may be limited to so many clients a day; heads and above are logged
only. Archived clients are like those on the exchange: nobody holds them either.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import ngettext

from clients import contact_privacy
from clients.models import Client, ContactPoint, Manager
from clients.rulebook import load
from clients.zoning import lock_clients
from crm import clock
from crm.web.access import Access
from crm.web.errors import DomainError
from exchange.claim_rulebook import VIEWS_DAILY
from exchange.claims import lock_manager
from exchange.models import ContactView


class NoLooksLeft(DomainError):
    """Today he has looked at as many clients as he may."""


@transaction.atomic
def look(*, client_id: int, by: Manager, now: dt.datetime | None = None) -> ContactView | None:
    """Write down that ``by`` looks at the contacts of a client nobody holds, once a day; they are shown to him until
    the day of the company is over. None when there is nothing to write down: the client has a manager by now.

    The manager's row is locked after the client's: looks of one manager are counted one after the other.

    Raises:
        NoLooksLeft: the limit of the day is reached, and this client is not among those he looked at.
    """
    now = now or clock.now()
    today = clock.local_date(now)
    client = lock_clients([client_id]).get(client_id)
    if client is None or not _is_hideable(client):
        return None
    by = lock_manager(by)
    looks = ContactView.objects.filter(manager=by, date=today)
    if earlier := looks.filter(client=client).first():
        return earlier
    allowance = _allowance(by, looks)
    if allowance and not allowance.left:
        raise NoLooksLeft(_spent_words(allowance.limit))
    return ContactView.objects.create(manager=by, client=client, date=today, viewed_at=now)


def may_see_contacts(client: Client, reader: Manager) -> bool:
    """Whether the contacts of a client he may read are shown to ``reader`` today. One query, none for a held client."""
    return not _is_hideable(client) or bool(shown_today(reader, [client.pk]))


def shown_today(reader: Manager, ids: Iterable[int]) -> set[int]:
    """Those of these clients at whose contacts ``reader`` looked today. One query."""
    looks = ContactView.objects.filter(manager=reader, date=clock.today(), client__in=list(ids))
    return set(looks.values_list("client_id", flat=True))


def hidden(reader: Manager, prefix: str = "") -> Q:
    """The rule of ``clients.contact_privacy``: nobody holds the client, it was held once, and ``reader`` did not look
    today."""
    looked = ContactView.objects.filter(manager=reader, date=clock.today(), client=OuterRef(f"{prefix}pk"))
    nobodys = Q(**{f"{prefix}manager__isnull": True, f"{prefix}exchange_since__isnull": False})
    return nobodys & ~Q(Exists(looked))


def register() -> None:
    """Called once, when the app is ready."""
    contact_privacy.register(hidden)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many clients a salesperson may look at in a day, and at how many he did today."""

    limit: int
    used: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def spent_words(self) -> str:
        return _spent_words(self.limit)


def allowance(reader: Manager) -> Allowance | None:
    """The limit as it stands for ``reader`` now; None where there is none. One query, two under a limit, none for heads
    and above."""
    return _allowance(reader, ContactView.objects.filter(manager=reader, date=clock.today()))


def _allowance(reader: Manager, looks: QuerySet[ContactView]) -> Allowance | None:
    if reader.access_level >= Access.HEAD:
        return None
    limit = load()[VIEWS_DAILY]
    return None if limit is None else Allowance(limit, looks.count())


def _spent_words(limit: int) -> str:
    words = ngettext(
        "You can look at the contacts of %(limit)d client of the exchange a day. Tomorrow you can again.",
        "You can look at the contacts of %(limit)d clients of the exchange a day. Tomorrow you can again.",
        limit,
    )
    return words % {"limit": limit}


def _is_hideable(client: Client) -> bool:
    return client.manager_id is None and client.exchange_since is not None


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the button: how many of which kind."""

    phones: int
    emails: int


def behind(client: Client) -> Behind:
    """How many phones and e-mails a client and its persons have; without a query where the card has read them."""
    kinds = [point.kind for point in client.contact_points.all()]
    return Behind(kinds.count(ContactPoint.Kind.PHONE), kinds.count(ContactPoint.Kind.EMAIL))


# --- who looked at what -----------------------------------------------------------------------------------------------
def looks_seen_by(reader: Manager) -> QuerySet[ContactView]:
    """Whose looks ``reader`` may read about: a head his people's and his own, a director everybody's."""
    rows = ContactView.objects.filter(manager__in=Manager.objects.reported_to(reader))
    return rows.select_related("manager__department", "client__manager")


@dataclass(frozen=True, slots=True)
class Busy:
    """A manager's day with many looks."""

    manager: Manager
    date: dt.date
    clients: int


def busiest_days(looks: QuerySet[ContactView], *, number: int = 6) -> list[Busy]:
    """The managers' days on which most clients were looked at. Two queries."""
    days = looks.select_related(None).order_by().values("manager_id", "date").annotate(clients=Count("pk"))
    found = list(days.order_by("-clients", "-date", "manager_id")[:number])
    people = Manager.objects.select_related("department").in_bulk({row["manager_id"] for row in found})
    return [Busy(people[row["manager_id"]], row["date"], row["clients"]) for row in found]
