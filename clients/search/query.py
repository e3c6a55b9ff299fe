"""What a typed text may be: a name, a part of a phone, an INN, an address. Pure but for the company's country."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q, TextField

from clients.rules import identifiers
from clients.rules.layouts import switched
from clients.rules.phones import normalise_phone
from clients.rules.ranking import words_of
from crm.web.prepared import Param
from crm.web.text import digits, fold

_MIN_DIGITS = 4
#: By so many last digits a number is known already: there is nothing left to guess.
ENOUGH_DIGITS = 7
#: From so many letters on a word is looked for inside others too, and in the other keyboard layout.
_INSIDE = 3
_PHONE_LIKE = re.compile(r"[\d\s()+\-–—.]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What may stand in a name, as conditions ask for it: texts, or in their places parameters of a prepared query.

    Attributes:
        begins: all of it.
        word_begins: the same behind a blank.
        words: its words; none of so few letters that only beginnings are asked for.
    """

    begins: Any
    word_begins: Any
    words: tuple[Any, ...]


#: How many words each reading of a text has: texts of one shape are asked for by the same query.
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """A query as it is searched. An empty field means: this cannot be what he typed."""

    text: str = ""
    name: str = ""
    #: The name if the other keyboard layout was meant.
    switched: str = ""
    #: A whole number in the stored form.
    phone: str = ""
    #: The digits of a part of a number, without the trunk prefix, read from the end.
    phone_tail: str = ""
    #: The beginning of a number in the stored form.
    phone_start: str = ""
    email: str = ""
    inn: str = ""
    inn_start: str = ""

    @property
    def is_whole(self) -> bool:
        """A whole phone or INN: one hit is surely the one that was meant."""
        return bool(self.phone or self.inn)

    @property
    def may_be_name(self) -> bool:
        """Not what is surely something else: a whole phone or INN, an address."""
        return not (self.is_whole or "@" in self.email)

    @property
    def names(self) -> tuple[str, ...]:
        """What may stand in a name, as typed first."""
        return tuple(name for name in (self.name, self.switched) if name)

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The same as conditions ask for it."""
        # One or two letters fit half of all names somewhere: only their beginnings are offered.
        return tuple(
            Reading(name, f" {name}", tuple(words_of(name)) if len(name) >= _INSIDE else ()) for name in self.names
        )

    @property
    def shape(self) -> Shape:
        return tuple(len(reading.words) for reading in self.readings)

    @property
    def values(self) -> dict[str, str]:
        """What a query for :func:`as_parameters` of this shape is given."""
        return {
            param.name: text
            for asked, known in zip(as_parameters(self.shape), self.readings)
            for param, text in zip(_texts(asked), _texts(known))
        }


def read_query(text: str) -> Terms:
    """What a typed text may be."""
    text = " ".join(text.replace("\0", "").split())[:200]
    name = fold(text)
    if not _PHONE_LIKE.fullmatch(text):
        email = name if _may_be_email(name) else ""
        return Terms(text=text, name=name, switched="" if "@" in text else _other_layout(text), email=email)
    number = digits(text)
    if len(number) < _MIN_DIGITS:
        return Terms(text=text, name=name)
    bare = text.replace(" ", "")
    return Terms(
        text=text,
        name=name,
        phone=_phone(text, number),
        phone_tail=(number[1:] if len(number) == 11 and number[0] in "78" else number)[::-1],
        phone_start=_phone_start(text, number),
        inn=_inn(bare) if bare.isdigit() else "",
        inn_start=bare if bare.isdigit() and len(bare) <= 12 else "",
    )


def as_parameters(shape: Shape) -> tuple[Reading, ...]:
    """The readings of any text of a shape; which text it is, :attr:`Terms.values` says."""
    return tuple(
        Reading(
            _text(f"name_{place}"),
            _text(f"word_begins_{place}"),
            tuple(_text(f"word_{place}_{number}") for number in range(words)),
        )
        for place, words in enumerate(shape)
    )


def _text(name: str) -> Param:
    return Param(name, TextField())


def _texts(reading: Reading) -> tuple[Any, ...]:
    return (reading.begins, reading.word_begins, *reading.words)


def name_condition(readings: Iterable[Reading], field: str = "search_name") -> Q:
    """Rows whose folded name fits one of the readings of what was typed."""
    condition = Q(pk__in=[])
    for reading in readings:
        words = Q(**{f"{field}__startswith": reading.begins}) if not reading.words else Q()
        for word in reading.words:
            words &= Q(**{f"{field}__contains": word})
        condition |= words
    return condition


def begins(readings: Iterable[Reading], field: str = "search_name") -> Q:
    """Those of them that begin with it, or have a word that does: to be ordered by, so that the best are kept."""
    condition = Q(pk__in=[])
    for reading in readings:
        condition |= Q(**{f"{field}__startswith": reading.begins}) | Q(**{f"{field}__contains": reading.word_begins})
    return condition


def _other_layout(text: str) -> str:
    return fold(switched(text)) if len(text) >= _INSIDE else ""


def _may_be_email(name: str) -> bool:
    return name.isascii() and " " not in name and len(name) > 2


def _phone(text: str, number: str) -> str:
    if len(number) < 10:
        return ""
    try:
        return normalise_phone(text, settings.PHONENUMBER_DEFAULT_REGION)
    except ValueError:
        return ""


def _phone_start(text: str, number: str) -> str:
    """What a number begins with that is typed from its beginning: "+7 916", "8916", "916"."""
    if text.lstrip().startswith("+"):
        return f"+{number}"
    if settings.PHONENUMBER_DEFAULT_REGION != "RU":
        return ""
    return f"+7{number[1:]}" if number[0] in "78" else f"+7{number}"


def _inn(number: str) -> str:
    try:
        return identifiers.inn(number)
    except ValueError:
        return ""
