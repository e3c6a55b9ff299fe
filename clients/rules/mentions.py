"""Who is named in a text: "@anna". Pure: no database."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm.web.text import fold

#: In one text no more people are told than this: a list of the whole company is no mention.
MOST = 20
#: A name behind an @ that stands at the beginning or after something that is no part of an address: "a@b.ru" and
#: "x/@y" name nobody. It ends in a letter or a digit: the full stop of a sentence is not part of it.
_NAME = re.compile(r"(?<![\w@.+\-/])@([^\W_](?:[\w.+\-]{0,148}\w)?)")


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text: where it stands (with its @), and the name without it."""

    start: int
    end: int
    name: str


def find(text: str) -> Iterator[Found]:
    """The names in a text, in their order."""
    for match in _NAME.finditer(text):
        yield Found(match.start(), match.end(), match[1])


def names(text: str) -> list[str]:
    """The names in a text as they are compared, each once, in their order, no more than ``MOST``."""
    return list(dict.fromkeys(fold(found.name) for found in find(text)))[:MOST]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be named."""

    id: int
    username: str
    last_name: str = ""


def people_named(text: str, people: Iterable[Person]) -> list[int]:
    """Who of these people is named: by his user name, or by a last name nobody else has ("@Иванова")."""
    by_name: dict[str, int] = {}
    shared: set[str] = set()
    people = list(people)
    for person in people:
        if last := fold(person.last_name):
            shared |= {last} & by_name.keys()
            by_name[last] = person.id
    for last in shared:
        del by_name[last]
    # A user name is one's own: it goes before anybody's last name.
    by_name |= {fold(person.username): person.id for person in people}
    return list(dict.fromkeys(by_name[name] for name in names(text) if name in by_name))
