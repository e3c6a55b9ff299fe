"""Whose day it soon is at a client: its own and its people's."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from clients.models import Client, ClientKind
from clients.rules.anniversaries import next_on
from crm.web.templatetags.web import ago

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
    days = [Anniversary(words, on, (on - today).days) for words, on in _days(client, today)]
    return sorted((day for day in days if day.days <= within), key=lambda day: (day.on, day.words))


def _days(client: Client, today: dt.date) -> Iterator[tuple[str, dt.date]]:
    if client.birthday:
        on = next_on(client.birthday, today)
        is_person = client.kind == ClientKind.PERSON
        words = gettext("birthday %(when)s") if is_person else gettext("founding day %(when)s")
        yield words % {"when": ago(on)}, on
    for person in client.persons.all():
        if person.is_active and person.birthday:
            on = next_on(person.birthday, today)
            yield gettext("%(name)s: birthday %(when)s") % {"name": _short(person), "when": ago(on)}, on


def _short(person) -> str:  # type: ignore[no-untyped-def]
    return " ".join(part for part in (person.first_name, person.last_name) if part)
