"""Whose day it soon is at a client: its own and its people's."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from clients.models import Client, ClientKind
from clients.rules.occasions import days_within
from crm.web.tags.times import ago

#: The card speaks of a day so many days before it.
AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A birthday, or a company's founding day, and how many days there are until then."""

    words: str
    on: dt.date
    days: int


def upcoming(client: Client, today: dt.date, *, within: int = AHEAD_DAYS) -> list[Anniversary]:
    """The days of the next two weeks, the nearest first. No query where the persons were read with the client."""
    soon = days_within(today, within + 1)
    found = [Anniversary(words, soon[md], (soon[md] - today).days) for words, md in _days(client, soon)]
    return sorted(found, key=lambda day: (day.on, day.words))


def _days(client: Client, soon: dict[int, dt.date]) -> Iterator[tuple[str, int]]:
    if client.birthday_md in soon:
        is_person = client.kind == ClientKind.PERSON
        words = gettext("Birthday %(when)s") if is_person else gettext("Founding day %(when)s")
        yield words % {"when": ago(soon[client.birthday_md])}, client.birthday_md
    for person in client.persons.all():
        if person.is_active and person.birthday_md in soon:
            facts = {"name": person.name, "when": ago(soon[person.birthday_md])}
            yield gettext("%(name)s: birthday %(when)s") % facts, person.birthday_md
