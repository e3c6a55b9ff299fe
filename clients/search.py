"""Finding a client by whatever a person remembers: name, phone in any format, e-mail, INN, a contact person's name.

What anybody may know is searched everywhere: names, and a *whole* phone, INN or e-mail ("exists, ask X"). Parts of
them, and persons' names, are searched only among clients the reader may see: otherwise a colleague's phone could be
guessed digit by digit. For the same reason a client whose contacts are hidden from the reader (``contact_privacy``) is
found only by a whole number or address, or by a number's last seven digits; and what is shown is what he typed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q, QuerySet

from clients import contact_privacy
from clients.models import Client, ContactPerson, ContactPoint, Manager
from clients.rules import identifiers
from clients.rules.phones import normalise_phone
from crm.web.text import digits, fold

LIMIT = 20
_MIN_DIGITS = 4
#: By so many last digits a number is known already: there is nothing left to guess.
ENOUGH_DIGITS = 7
_MAX_WORDS = 6
_PHONE_LIKE = re.compile(r"[\d\s()+\-–—.]+")


@dataclass(frozen=True, slots=True)
class Terms:
    """A query as it is searched. An empty field means: this cannot be what he typed."""

    text: str = ""
    name: str = ""
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


@dataclass(slots=True)
class Hit:
    """One client found, whether the reader may see it in full, and for those: what of it fitted."""

    client: Client
    is_visible: bool
    matches: list[str] = field(default_factory=list)


def read_query(text: str) -> Terms:
    """What a typed text may be."""
    text = " ".join(text.replace("\0", "").split())[:200]
    name = fold(text)
    if not _PHONE_LIKE.fullmatch(text):
        return Terms(text=text, name=name, email=name if _may_be_email(name) else "")
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


def search(text: str, *, by: Manager, limit: int = LIMIT) -> list[Hit]:
    """The clients that fit, best arm first, at most ``limit``. Eight small queries at most, whatever is found."""
    terms = read_query(text)
    if not terms.text:
        return []
    matches: dict[int, list[str]] = {}
    for client_id, shown in _arms(terms, by, limit):
        shown_so_far = matches.setdefault(client_id, [])
        if shown and shown not in shown_so_far:
            shown_so_far.append(shown)
    ids = list(matches)[:limit]
    clients = Client.objects.known_to(by).with_people().in_bulk(ids)
    visible = set(Client.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return [Hit(clients[pk], pk in visible, matches[pk][:2] if pk in visible else []) for pk in ids if pk in clients]


def _arms(terms: Terms, by: Manager, limit: int) -> Iterator[tuple[int, str]]:
    """Pairs (client id, what fitted); what is shown of a client the reader may not see is dropped by the caller."""
    known = Client.objects.known_to(by)
    if terms.inn:
        yield from ((pk, "") for pk in known.filter(inn=terms.inn).values_list("pk", flat=True)[:limit])
    if whole := terms.phone or (terms.email if "@" in terms.email else ""):
        yield from _points(ContactPoint.objects.filter(normalized=whole), by, terms, limit)
    # The reader's own first: twenty namesakes of colleagues must not hide one of his.
    for clients in (Client.objects.visible_to(by), *(() if by.sees_everything else (known,))):
        named = clients.filter(_name_condition(terms.name))
        yield from ((pk, "") for pk in named.values_list("pk", flat=True)[:limit])
    if condition := _part_condition(terms):
        points = ContactPoint.objects.visible_to(by).filter(condition)
        yield from _points(points.filter(_not_guessed(terms, by)), by, terms, limit)
    if terms.inn_start:
        visible = Client.objects.visible_to(by).filter(inn__startswith=terms.inn_start)
        yield from ((pk, inn) for pk, inn in visible.values_list("pk", "inn")[:limit])
    if not terms.phone_tail:
        persons = ContactPerson.objects.visible_to(by).filter(_name_condition(terms.name))
        yield from ((person.client_id, person.name) for person in persons[:limit])


def _points(points: QuerySet[ContactPoint], by: Manager, terms: Terms, limit: int) -> Iterator[tuple[int, str]]:
    for point in contact_privacy.marked(points, by).select_related("person").order_by("pk")[:limit]:
        words = terms.text if point.is_hidden else point.display
        yield point.client_id, f"{words} · {point.person}" if point.person else words


def _name_condition(name: str) -> Q:
    # One or two letters fit half of all names somewhere: only their beginnings are offered.
    if len(name) < 3:
        return Q(search_name__startswith=name)
    condition = Q()
    for word in name.split()[:_MAX_WORDS]:
        # Each word by itself: "Ivan Petrov" is written "Petrov Ivan" here.
        condition &= Q(search_name__contains=word)
    return condition


def _part_condition(terms: Terms) -> Q:
    condition = Q()
    if terms.phone_tail:
        condition |= Q(digits_reversed__startswith=terms.phone_tail)
    if terms.phone_start:
        condition |= Q(normalized__startswith=terms.phone_start)
    if terms.email:
        condition |= Q(normalized__startswith=terms.email)
    return condition


def _not_guessed(terms: Terms, by: Manager) -> Q:
    """Hidden contacts are not found by a part, unless almost all of the number was typed."""
    open_ones = ~contact_privacy.hidden_q(by, "client__")
    if len(terms.phone_tail) < ENOUGH_DIGITS:
        return open_ones
    return open_ones | Q(digits_reversed__startswith=terms.phone_tail)


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
