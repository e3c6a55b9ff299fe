"""Which client a row of a file means: by code, INN and KPP, phone or e-mail, name and city. Pure.

The same questions are put to the clients that are here and to the earlier rows of the file. A weaker sign never
overrules a stronger one: two companies with different INNs stay two, whatever phone they share.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clients.rules.company_names import name_key, split_form
from crm.web.text import fold


class Sign(StrEnum):
    """What two entries were known to be one by; the strongest first."""

    CODE = "code"
    INN = "inn"
    CONTACT = "contact"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a row, or a client that is here, says of who it is. ``contacts``: normalised phones and addresses."""

    name: str = ""
    city: str = ""
    inn: str = ""
    kpp: str = ""
    code: str = ""
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What a row means.

    Attributes:
        pk: the client; None where it is new, or nobody can tell.
        by: the sign it was known by, or over which nobody can tell.
        several: those it may be, when there is more than one.
        unlike: a client with the same contact and another name.
        contradicts: the code is of one client, the INN of another.
    """

    pk: int | None = None
    by: Sign | None = None
    several: tuple[int, ...] = ()
    unlike: int | None = None
    contradicts: int | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it is either one client or a new one."""
        return not (self.several or self.unlike or self.contradicts)


def match(row: Identity, here: Iterable[tuple[int, Identity]], *, only_strong: bool = False) -> Match:
    """Which of the clients ``here`` (any that share a sign with the row) it means.

    Args:
        only_strong: by code and INN alone.
    """
    here = list(here)
    by_code = [pk for pk, client in here if row.code and client.code == row.code]
    by_inn = _by_inn(row, here)
    if by_code:
        if len(by_inn) == 1 and by_inn[0] not in by_code:
            return Match(by=Sign.CODE, contradicts=by_inn[0])
        return Match(by_code[0], Sign.CODE)
    if by_inn:
        return _one_of(by_inn, Sign.INN)
    if only_strong:
        return Match()
    # From here on: who has another INN is another company; so is who has another code.
    others = [
        (pk, client)
        for pk, client in here
        if not (row.inn and client.inn) and not (row.code and client.code and client.code != row.code)
    ]
    sharing = [(pk, client) for pk, client in others if set(row.contacts) & set(client.contacts)]
    if alike := [pk for pk, client in sharing if not row.name or is_alike(row.name, client.name)]:
        return _one_of(alike, Sign.CONTACT)
    if sharing and not _marks(row):
        return Match(by=Sign.CONTACT, unlike=sharing[0][0])
    named = [pk for pk, client in others if row.name and is_alike(row.name, client.name) and _same_city(row, client)]
    return _one_of(named, Sign.NAME) if named else Match()


def _by_inn(row: Identity, here: Sequence[tuple[int, Identity]]) -> list[int]:
    """Those with the INN and KPP; else who has the INN where one of the two names no KPP. Another KPP is a branch."""
    if not row.inn:
        return []
    same = [(pk, client) for pk, client in here if client.inn == row.inn]
    if exact := [pk for pk, client in same if client.kpp == row.kpp]:
        return exact
    return [pk for pk, client in same if not row.kpp or not client.kpp]


def _one_of(found: Sequence[int], by: Sign) -> Match:
    return Match(found[0], by) if len(found) == 1 else Match(by=by, several=tuple(found))


def is_alike(name: str, other: str) -> bool:
    """Whether two names are one but for case, quotes, the order of words and a legal form that one of them lacks."""
    form, other_form = split_form(name)[0], split_form(other)[0]
    return name_key(name) == name_key(other) and (not form or not other_form or form == other_form)


def _same_city(row: Identity, client: Identity) -> bool:
    return not row.city or not client.city or fold(row.city) == fold(client.city)


# --- earlier rows of the same file ------------------------------------------------------------------------------------
def said_by(row: Identity) -> list[str]:
    """The keys under which later rows find this one. They tell no legal forms apart: a file that has "ООО Ромашка" and
    "АО Ромашка" of one city and neither INN nor code is asked about them."""
    keys = [f"code:{row.code}"] if row.code else []
    if row.inn:
        keys += [f"inn:{row.inn}/{row.kpp}", f"inn:{row.inn}/any"]
    marks = _marks(row)
    for contact in row.contacts:
        keys += [f"contact:{contact}", f"contact:{contact}|{marks}|{name_key(row.name)}"]
    if row.name:
        keys += [f"name:{name_key(row.name)}|{marks}|{city}" for city in {fold(row.city), "any"}]
    return keys


def asked_by(row: Identity, *, only_strong: bool = False) -> list[tuple[Sign, str]]:
    """The keys by which an earlier row is the same as this one, the strongest first."""
    keys = [(Sign.CODE, f"code:{row.code}")] if row.code else []
    if row.inn:
        keys.append((Sign.INN, f"inn:{row.inn}/{row.kpp}"))
        keys.append((Sign.INN, f"inn:{row.inn}/" if row.kpp else f"inn:{row.inn}/any"))
    if only_strong:
        return keys
    # Who has another INN, or another code, is another company.
    theirs = [marks for marks in ("", "c", "i", "ci") if not set(marks) & set(_marks(row))]
    key = name_key(row.name)
    keys += [(Sign.CONTACT, f"contact:{each}|{marks}|{key}") for each in row.contacts for marks in theirs]
    if row.name:
        cities = (fold(row.city), "") if row.city else ("any",)
        keys += [(Sign.NAME, f"name:{key}|{marks}|{city}") for marks in theirs for city in cities]
    return keys


def unlike_asked_by(row: Identity) -> list[str]:
    """The keys by which an earlier row has a contact of this one; asked when no key of ``asked_by`` was found."""
    return [] if _marks(row) else [f"contact:{contact}" for contact in row.contacts]


def _marks(row: Identity) -> str:
    """Which signs the row has that no two companies share: "c" a code, "i" an INN."""
    return ("c" if row.code else "") + ("i" if row.inn else "")


def keys_of(rows: Collection[Identity]) -> set[str]:
    """Everything these rows may ask for or say: to be read at once."""
    return {
        key for row in rows for key in (*said_by(row), *(key for _sign, key in asked_by(row)), *unlike_asked_by(row))
    }
