"""Who works with a client: its lead manager, who stands in for him, co-managers, and who else did lately."""

import datetime as dt
from dataclasses import dataclass

from clients import panels
from clients.models import Client, Manager
from clients.panels import Deed
from clients.selectors import Team


@dataclass(frozen=True, slots=True)
class Worker:
    """One of them, and what he did last, if he did something lately. ``role``: "lead", "deputy" (then with the last
    day), "co-manager", or "" for a colleague who has just had to do with the client."""

    manager: Manager
    role: str = ""
    until: dt.date | None = None
    deed: Deed | None = None


def workers(client: Client, team: Team) -> list[Worker]:
    """Everybody who works with the client, each once. No query that the card does not make anyway."""
    deeds = {deed.manager.pk: deed for deed in panels.deeds(client)}
    known: dict[int, Worker] = {}
    if client.manager:
        known[client.manager.pk] = Worker(client.manager, "lead", None, deeds.get(client.manager.pk))
    for deputy, until in team.deputies:
        known.setdefault(deputy.pk, Worker(deputy, "deputy", until, deeds.get(deputy.pk)))
    for manager in team.co_managers:
        # Who stands in and helps besides is shown as who helps: that may be ended.
        known[manager.pk] = Worker(manager, "co-manager", None, deeds.get(manager.pk))
    others = sorted((deed for pk, deed in deeds.items() if pk not in known), key=lambda deed: deed.at, reverse=True)
    return [*known.values(), *(Worker(deed.manager, deed=deed) for deed in others)]
