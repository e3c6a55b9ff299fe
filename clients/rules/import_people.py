"""Names, phones and addresses as they stand in somebody's spreadsheet. Pure: text in, parts out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from clients.rules.import_values import BadValue, clean
from clients.rules.phones import normalise_phone
from crm.web.text import fold

_PATRONYMIC = re.compile(r"(?:.*(?:вич|вна|ична|инична|ьич)|.+(?:оглы|кызы))\Z", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.\s*){1,2}|[^\W\d_]{1,2}\.?")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_TITLES = re.compile(r"^(?:г-н|г-жа|господин|госпожа|mr|mrs|ms|dr)\.?\s+", re.IGNORECASE)
#: Between two phones or addresses of one cell.
_BETWEEN = re.compile(
    r"\s*(?:[,;\n|](?!\s*(?:доб|вн|ext))|(?<!\d)/|/(?=\s*[+\d(]{2})|\s(?:или|or|и|and)\s)\s*", re.IGNORECASE
)
_EMAIL = re.compile(r"[^\s<>,;|\"']+@[^\s<>,;|\"']+")
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z", re.I)
_NUMBER = re.compile(r"\+?\s*\(?\d[\d\s()\-\u2010-\u2015.]{3,}\d")
_EXTENSION = re.compile(r"(?:доб|вн|ext|x|#)\.?\s*\d{1,6}", re.IGNORECASE)
#: What people write where there is none.
_NOTHING = {"", "нет", "no", "none", "n/a", "не указан", "неизвестен", "отсутствует"}
_DIGITS = re.compile(r"\d")


class Name(NamedTuple):
    last: str
    first: str
    middle: str = ""


@dataclass(slots=True)
class Contacts:
    """What a cell holds: phones as (normalised, as it stood, what was said of it), addresses, and what is neither."""

    phones: list[tuple[str, str, str]] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def person_name(cell: str) -> Name:
    """ "Иванов Иван Иванович", "Иван Иванович Иванов", "Иванов И. И.", "Smith, John", "John Smith" → its parts.

    Russian names begin with the last name unless a patronymic says otherwise, others end with it.

    Raises:
        BadValue: there is no letter in it ("name").
    """
    text = _TITLES.sub("", clean(cell))
    if not any(sign.isalpha() for sign in text):
        raise BadValue("name")
    if "," in text:
        last, rest = (part.strip() for part in text.split(",", 1))
        first, _space, middle = rest.partition(" ")
        return Name(last, first, middle) if first and last else Name("", first or last)
    words = re.sub(r"\.(?=\S)", ". ", text).split()
    if len(words) == 1:
        return Name("", words[0])
    if len(words) >= 3 and _is_patronymic(words[1]) and not _is_patronymic(words[2]):
        return Name(" ".join(words[2:]), words[0], words[1])
    if len(words) == 2 and _is_patronymic(words[1]):
        return Name("", *words)
    if not _CYRILLIC.search(text):
        return Name(words[-1], words[0], " ".join(words[1:-1]))
    if _INITIALS.fullmatch(words[0]) and not _INITIALS.fullmatch(words[-1]):
        return Name(words[-1], words[0], " ".join(words[1:-1]))
    return Name(words[0], words[1], " ".join(words[2:]))


def _is_patronymic(word: str) -> bool:
    return len(word) > 4 and bool(_PATRONYMIC.match(word))


def contacts(cell: str, region: str) -> Contacts:
    """All phones and e-mail addresses of a cell, in their order and once each: "8 (916) 123-45-67 Анна, (495) 123-45-67
    доб. 12; info@example.ru".

    Args:
        region: of numbers without a country code ("RU").
    """
    found = Contacts()
    for line in cell.replace("\r", "\n").split("\n"):
        text = clean(line)
        for address in _EMAIL.findall(text):
            _add_address(found, address.strip(".,:()[]<>"))
        for piece in _BETWEEN.split(_EMAIL.sub(",", text)):
            _add_phone(found, piece.strip(" .:-"), region)
    if not (found.phones or found.emails or found.wrong or clean(cell).casefold().strip(" .-\u2013\u2014") in _NOTHING):
        found.wrong.append(clean(cell))
    return found


def _add_address(found: Contacts, address: str) -> None:
    address = address.removeprefix("mailto:")
    if not _ADDRESS.match(address) or len(address) > 254 or ".." in address:
        found.wrong.append(address)
    elif address.lower() not in (known.lower() for known in found.emails):
        found.emails.append(address)


def _add_phone(found: Contacts, piece: str, region: str) -> None:
    if not _DIGITS.search(piece) and "@" not in piece:
        return  # "тел.", a name between two numbers
    match = _NUMBER.search(piece)
    try:
        if match is None:
            raise ValueError(piece)
        number = match[0].strip()
        normalised = normalise_phone(number, region)
    except ValueError:
        found.wrong.append(piece)
        return
    said = clean(piece.replace(match[0], " ")).strip(" .,:;-")
    comment = said.removeprefix("(").removesuffix(")") if "(" not in said[1:] else said
    comment = comment if _EXTENSION.search(comment) or any(sign.isalpha() for sign in comment) else ""
    if normalised not in (known for known, _typed, _comment in found.phones):
        found.phones.append((normalised, number, comment[:100]))


def is_same_person(one: Name, other: Name, *, shares: bool = False) -> bool:
    """Whether two names at one client are one person: the same last and first name, and no other patronymic. With a
    phone or an address in common the first name is enough where one of them lacks the last."""
    if fold(one.first) != fold(other.first) or _differ(one.middle, other.middle):
        return False
    return fold(one.last) == fold(other.last) or (shares and not _differ(one.last, other.last))


def _differ(one: str, other: str) -> bool:
    return bool(one and other and fold(one) != fold(other))


def person_keys(client_id: int, name: Name, contacts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The keys under which later rows of a file find this person, and those it looks for itself."""
    last, first, middle = (fold(part) for part in name)
    key = f"person:{client_id}|{first}|{last}"
    said, asked = [f"{key}|{middle}", f"{key}|*"], [f"{key}|{middle}", f"{key}|"] if middle else [f"{key}|*"]
    for contact in contacts:
        key = f"person:{client_id}|{first}|{contact}"
        said += [f"{key}|{last}", f"{key}|*"]
        asked += [f"{key}|{last}", f"{key}|"] if last else [f"{key}|*"]
    return said, asked
