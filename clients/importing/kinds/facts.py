"""The plain facts of a row: which field is read how, and what happens to a cell nobody understands."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from clients.importing.kinds import words
from clients.importing.registry import Context, ImportField, Plan
from clients.models import ContactPoint
from clients.rules import import_values as values
from clients.rules.import_people import contacts
from clients.rules.import_values import BadValue
from clients.validators import validate_time_zone
from crm.web.text import fold

#: Told of a value that was mended: code (``words.mended``) and what its words need.
Note = Callable[..., None]
Reader = Callable[[str, Note], Any]
#: What becomes of a row with a cell nobody understands: the option of the same name.
REFUSE, LEAVE_OUT = "refuse", "leave"


@dataclass(frozen=True)
class Fact(ImportField):
    """A field whose cell is one value.

    Attributes:
        read: makes the value of a cell, or raises ``BadValue``.
        is_vital: a row is refused for it whatever the option says: who or what it is would be in doubt.
    """

    read: Reader = field(default=lambda text, note: text)
    is_vital: bool = False


def plain(reader: Callable[[str], Any]) -> Reader:
    """A reader that mends nothing."""
    return lambda text, note: reader(text)


def line(most: int) -> Reader:
    """One line of at most so many characters; a longer one is refused."""

    def read(text: str, note: Note) -> str:
        found = values.clean(_readable(text, note))
        if len(found) > most:
            raise BadValue("too_long", length=len(found), most=most)
        return found

    return read


def lines(most: int) -> Reader:
    """Text of several lines; a longer one is cut and told."""

    def read(text: str, note: Note) -> str:
        found = values.clean_lines(_readable(text, note))
        if len(found) > most:
            note("cut", most=most)
        return found[:most].rstrip()

    return read


def _readable(text: str, note: Note) -> str:
    right = values.unbroken(text)
    if right != text:
        note("broken", value=right[:80])
    return right


def one_of(choices: Mapping[Any, Sequence[str]]) -> Reader:
    """One of a few: stored value → the words it may be written as, the first of them told when it is none."""
    by_word = {fold(word): value for value, known in choices.items() for word in (value, *map(str, known)) if word}

    def read(text: str, note: Note) -> str:
        value = by_word.get(fold(text).strip("."))
        if value is None:
            raise BadValue("choice", known=", ".join(str(known[0]) for known in choices.values()))
        return value

    return read


def website(text: str, note: Note) -> str:
    """An address; one without a scheme is taken as https."""
    found = values.clean(text)
    if "://" not in found:
        found = f"https://{found}"
    try:
        URLValidator(schemes=["http", "https"])(found)
    except ValidationError:
        raise BadValue("website") from None
    if len(found) > 200:
        raise BadValue("too_long", length=len(found), most=200)
    return found


def time_zone(text: str, note: Note) -> str:
    """A name of the time-zone database."""
    found = values.clean(text)
    try:
        validate_time_zone(found)
    except ValidationError:
        raise BadValue("zone") from None
    return found


def read_facts(plan: Plan, facts: Collection[Fact], ctx: Context) -> dict[str, Any]:
    """The values of a row's plain facts, by their keys; empty cells have none. What cannot be read refuses the row, or
    is told and left out where that was asked for."""
    found = {}
    for fact in facts:
        if text := plan.row.text(fact.key):
            with understanding(plan, fact.key, ctx, is_vital=fact.is_vital) as note:
                value = fact.read(text, note)
                if value not in ("", None):
                    found[fact.key] = value
    return found


@contextmanager
def understanding(plan: Plan, key: str, ctx: Context, *, is_vital: bool = False) -> Iterator[Note]:
    """What a ``BadValue`` raised inside does to the row; the note tells what was mended in the cell."""
    try:
        yield lambda code, **told: plan.mend(words.mended(code, **told), key)
    except BadValue as error:
        refuses = is_vital or ctx.options.get("wrong", REFUSE) == REFUSE
        (plan.refuse if refuses else plan.mend)(words.of(error), key)


def read_contacts(plan: Plan, keys: Sequence[str], ctx: Context) -> list[ContactPoint]:
    """The phones and addresses of a row, each once, not saved; the first is the main one."""
    found: dict[str, ContactPoint] = {}
    for key in keys:
        for text in plan.row.texts(key):
            with understanding(plan, key, ctx):
                cell = contacts(text, settings.PHONENUMBER_DEFAULT_REGION)
                for number, typed, comment in cell.phones:
                    found.setdefault(number, _point(ContactPoint.Kind.PHONE, typed, number, comment))
                for address in cell.emails:
                    found.setdefault(address.lower(), _point(ContactPoint.Kind.EMAIL, address, address.lower()))
                if cell.wrong:
                    raise BadValue("contact", value=", ".join(cell.wrong)[:100])
    points = list(found.values())
    if points:
        points[0].is_primary = True
    return points


def _point(kind: str, value: str, normalized: str, comment: str = "") -> ContactPoint:
    backwards = normalized.removeprefix("+")[::-1] if kind == ContactPoint.Kind.PHONE else ""
    return ContactPoint(kind=kind, value=value, normalized=normalized, digits_reversed=backwards, comment=comment)
