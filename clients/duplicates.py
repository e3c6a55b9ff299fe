"""Clients that may be the one somebody is about to enter. Only what everybody may know of each."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q

from clients.doubles.decisions import told_apart
from clients.models import Client, ContactPoint
from clients.rules import identifiers
from clients.rules.company_names import likeness, significant_words
from clients.rules.phones import normalise_phone

_ALIKE = 0.85
_CANDIDATES = 60
_SHOWN = 5


@dataclass(slots=True)
class Duplicate:
    """A client that looks like the new one, and by what: "inn_kpp", "inn", "phone", "email" or "name"."""

    client: Client
    by: list[str] = field(default_factory=list)

    @property
    def is_strong(self) -> bool:
        """By something two clients seldom share; a like name alone is only a hint."""
        return any(reason != "name" for reason in self.by)


def find(
    *, name: str = "", inn: str = "", kpp: str = "", contacts: Iterable[str] = (), exclude_pk: int | None = None
) -> list[Duplicate]:
    """The clients that share INN, a phone or an e-mail, then those with a like name; at most five of a sort.

    What cannot be read (an INN half typed, a phone with letters) is passed over, and so is whom somebody told apart
    from the client ``exclude_pk``. Four queries at most, one more for a client that is there already.
    """
    found: dict[int, Duplicate] = {}

    def add(client: Client, reason: str) -> None:
        entry = found.setdefault(client.pk, Duplicate(client))
        if reason not in entry.by:
            entry.by.append(reason)

    others = {exclude_pk, *told_apart(exclude_pk)} if exclude_pk else set()
    clients = Client.objects.select_related("manager").exclude(pk__in=others)
    if inn := _read(identifiers.inn, inn):
        kpp = _read(identifiers.kpp, kpp)
        for client in clients.filter(inn=inn)[:_SHOWN]:
            add(client, "inn_kpp" if client.kpp == kpp else "inn")
    if wanted := normalised(contacts):
        points = (
            ContactPoint.objects.filter(normalized__in=wanted)
            .exclude(client__in=others)
            .select_related("client__manager")
        )
        for point in points[: 2 * _SHOWN]:
            add(point.client, point.kind)
    for client in _named_alike(clients, name):
        add(client, "name")
    return list(found.values())


def normalised(contacts: Iterable[str]) -> list[str]:
    """The phones and addresses that can be read, in the form they are stored in."""
    readable = []
    for text in (typed.strip().replace("\0", "") for typed in contacts):
        if "@" in text:
            readable.append(text.lower())
        elif phone := _read(lambda value: normalise_phone(value, settings.PHONENUMBER_DEFAULT_REGION), text):
            readable.append(phone)
    return readable


def _named_alike(clients, name: str) -> list[Client]:  # type: ignore[no-untyped-def]
    words = significant_words(name[:255])[:2]
    if not words:
        return []
    condition = Q()
    for word in words:
        # The beginning of the word: endings are what people mistype and decline.
        condition |= Q(search_name__contains=word if len(word) < 6 else word[:-2])
    candidates = [(likeness(name, client.search_name), client) for client in clients.filter(condition)[:_CANDIDATES]]
    alike = [pair for pair in candidates if pair[0] >= _ALIKE]
    return [client for _score, client in sorted(alike, key=lambda pair: -pair[0])[:_SHOWN]]


def _read(rule, text: str) -> str:  # type: ignore[no-untyped-def]
    try:
        return str(rule(text)) if text else ""
    except ValueError:
        return ""
