"""Whose phones and e-mails a reader may see of a client he may read.

Of most clients all of them. An app above may say that those of some clients stay hidden until something was done (the
exchange: until the look is logged): it registers its condition here in ``AppConfig.ready()``. Whatever prints a
contact asks this module; ``ContactPoint`` rows themselves stay readable to programs.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from clients.models import Client, ContactPoint, Manager

#: ``rule(reader, prefix)``: of which clients the contacts are hidden from this reader; ``prefix`` is the path from the
#: filtered table to the client ("client__"). Clients that have a manager are never meant.
HiddenRule = Callable[[Manager, str], Q]
_rules: list[HiddenRule] = []


def register(rule: HiddenRule) -> None:
    """Let ``rule`` hide contacts."""
    if rule not in _rules:
        _rules.append(rule)


def hidden_q(reader: Manager, prefix: str = "") -> Q:
    """The rows of clients whose contacts are hidden from ``reader``."""
    condition = Q(pk__in=[])
    for rule in _rules:
        condition |= rule(reader, prefix)
    return condition


def hidden_contacts(clients: Iterable[Client], reader: Manager) -> set[int]:
    """The ids of those of these clients whose contacts are hidden from ``reader``. One query; none when all of them
    have a manager."""
    return hidden_among([client.pk for client in clients if not client.is_held], reader)


def hidden_among(ids: Collection[int], reader: Manager) -> set[int]:
    """Those of these clients, which nobody holds, whose contacts are hidden from ``reader``. One query at most."""
    if not (ids and _rules):
        return set()
    return set(Client.objects.filter(hidden_q(reader), pk__in=ids).values_list("pk", flat=True))


def shown(points: QuerySet[ContactPoint], reader: Manager) -> QuerySet[ContactPoint]:
    """Those of these contacts that may be printed for ``reader``."""
    return points.exclude(hidden_q(reader, "client__"))


def marked(points: QuerySet[ContactPoint], reader: Manager) -> QuerySet[Any]:
    """All of these contacts, each with ``is_hidden``: it may be found by what was typed, but not be printed."""
    return points.annotate(is_hidden=Case(When(hidden_q(reader, "client__"), then=Value(True)), default=Value(False)))
