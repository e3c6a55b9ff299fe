"""Finding a client by whatever a person remembers: name, phone in any format, e-mail, INN, a contact person's name.

What anybody may know is searched everywhere: names, and a *whole* phone, INN or e-mail ("exists, ask X"). Parts of
them, and persons' names, are searched only among clients the reader may see: otherwise a colleague's phone could be
guessed digit by digit. For the same reason a client whose contacts are hidden from the reader (``contact_privacy``) is
found only by a whole number or address, or by a number's last seven digits; and what is shown is what he typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from django.db.models import BooleanField, Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from clients import contact_privacy
from clients.models import Client, ContactPerson, ContactPoint, Manager
from clients.querysets import editable_q, inn_begins_q, sees_q, visible_q, workers_of, works_on_q
from clients.rules import likeness
from clients.rules.ranking import How, Place, best_place, rank
from clients.search import similar
from clients.search.query import ENOUGH_DIGITS, Shape, Terms, as_parameters, begins, name_condition, read_query
from crm.web.prepared import Param, Params, Prepared

LIMIT = 20
#: With fewer hits than this it is asked what the words are like.
FEW = 3
#: The reader in queries that are put into words once: himself, and on whose clients he works.
ME, WORKERS = Param("me"), Params("workers")


def reader_values(by: Manager) -> dict[str, Any]:
    """What queries with ``ME`` and ``WORKERS`` are given."""
    return {"me": by.pk, "workers": [] if by.sees_everything else workers_of(by)}


@dataclass(slots=True)
class Hit:
    """One client found, what the reader may do with it, and for those he may see: what of it fitted."""

    client: Client
    is_visible: bool
    may_edit: bool = False
    matches: list[str] = field(default_factory=list)
    how: How = How.FOUND
    #: Letters mistyped, if it was found by likeness.
    slips: int = 0
    #: The number it was found by, in the stored form; empty where it was not, or where it is hidden.
    phone: str = ""

    @property
    def is_similar(self) -> bool:
        return self.how is How.SIMILAR


@dataclass(slots=True)
class _Found:
    how: How
    slips: int = 0
    matches: list[str] = field(default_factory=list)
    phone: str = ""


def search(
    text: str | Terms, *, by: Manager, limit: int = LIMIT, persons: bool = True, work_on: bool = False
) -> list[Hit]:
    """The clients that fit, the best first, at most ``limit``. Ten small queries at most, whatever is found.

    Args:
        persons: also by the names of contact persons.
        work_on: only those the reader may work on.
    """
    terms = read_query(text) if isinstance(text, str) else text
    if not (terms.text and by.is_active):  # see ``known_to``
        return []
    found: dict[int, _Found] = {}
    for client_id, how, shown, phone in _arms(terms, by, limit, persons):
        entry = found.setdefault(client_id, _Found(how))
        entry.how, entry.phone = min(entry.how, how), entry.phone or phone
        if shown and shown not in entry.matches:
            entry.matches.append(shown)
    hits = _hits(terms, by, found)
    if len(hits) < FEW and terms.may_be_name and likeness.is_worth_trying(terms.name):
        alike = similar.alike(Client.objects.known_to(by), terms.names, limit)
        hits += _hits(terms, by, {pk: _Found(How.SIMILAR, slips) for pk, slips in alike.items() if pk not in found})
    hits = [hit for hit in hits if hit.may_edit or not work_on]
    return sorted(hits, key=lambda hit: _rank(hit, terms, by))[:limit]


def _arms(terms: Terms, by: Manager, limit: int, persons: bool) -> Iterator[tuple[int, How, str, str]]:
    """Client id, how sure, what fitted, and the phone if it was one; the best of each arm. What is shown of a client
    the reader may not see is dropped by the caller."""
    known = Client.objects.known_to(by)
    if terms.inn:
        yield from ((pk, How.EXACT, "", "") for pk in known.filter(inn=terms.inn).values_list("pk", flat=True)[:limit])
    if whole := terms.phone or (terms.email if "@" in terms.email else ""):
        for pk, words, phone in _points(ContactPoint.objects.filter(normalized=whole), by, terms, limit):
            yield pk, How.EXACT, words, phone
    if terms.may_be_name:
        yield from ((pk, How.FOUND, "", "") for pk in _named(terms, by, limit))
    if condition := _part_condition(terms):
        points = ContactPoint.objects.visible_to(by).filter(condition)
        for pk, words, phone in _points(points.filter(_not_guessed(terms, by)), by, terms, limit):
            yield pk, How.FOUND, words, phone
    if terms.inn_start:
        visible = Client.objects.visible_to(by).filter(inn_begins_q(terms.inn_start))
        yield from (
            (pk, How.FOUND, inn, "") for pk, inn in visible.values_list("pk", "inn").order_by("inn", "pk")[:limit]
        )
    if persons and terms.may_be_name and not terms.phone_tail:
        found = ContactPerson.objects.visible_to(by).filter(name_condition(terms.readings))
        yield from ((person.client_id, How.FOUND, person.name, "") for person in found[:limit])


def _named(terms: Terms, by: Manager, limit: int) -> list[int]:
    """The best by name. The order is ``rank``'s as far as the database can tell: twenty namesakes of colleagues must
    not hide one of the reader's own."""
    return _names(terms.shape, by.sees_everything, limit)(**terms.values, **reader_values(by))


@lru_cache(maxsize=64)
def _names(shape: Shape, sees_everything: bool, limit: int) -> Prepared:
    readings = as_parameters(shape)

    def build() -> QuerySet[Client, int]:
        whose = [When(manager=ME, then=0), *([] if sees_everything else [When(sees_q(WORKERS, ME), then=1)])]
        rows = Client.objects.filter(name_condition(readings)).order_by(
            Case(*whose, default=2, output_field=IntegerField()),
            Case(When(begins(readings), then=0), default=1, output_field=IntegerField()),
            F("archived_at").asc(nulls_first=True),
            F("last_contact_on").desc(nulls_last=True),
            "pk",
        )
        return rows.values_list("pk", flat=True)[:limit]

    return Prepared(build, by_name=False)


def _points(points: QuerySet[ContactPoint], by: Manager, terms: Terms, limit: int) -> Iterator[tuple[int, str, str]]:
    for point in contact_privacy.marked(points, by).select_related("person").order_by("pk")[:limit]:
        words = terms.text if point.is_hidden else point.display
        phone = point.normalized if point.kind == ContactPoint.Kind.PHONE and not point.is_hidden else ""
        yield point.client_id, f"{words} · {point.person}" if point.person else words, phone


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


def _hits(terms: Terms, by: Manager, found: dict[int, _Found]) -> list[Hit]:
    """The clients themselves, with the reader's rights: one query."""
    if not found:
        return []
    clients = _lines(by.sees_everything)(ids=list(found), **reader_values(by))
    return [
        Hit(
            client,
            is_visible=client.is_visible,
            may_edit=client.may_edit,
            matches=found[client.pk].matches[:2] if client.is_visible else [],
            how=found[client.pk].how,
            slips=found[client.pk].slips,
            phone=found[client.pk].phone if client.is_visible else "",
        )
        for client in clients
    ]


@cache
def _lines(sees_everything: bool) -> Prepared:
    sees = None if sees_everything else sees_q(WORKERS, ME)
    return Prepared(
        lambda: (
            Client.objects.filter(pk__in=Params("ids"))
            .annotate(is_visible=_true_where(sees), may_edit=works_on(sees_everything))
            .for_lines()
        )
    )


def with_rights(clients: QuerySet[Client], by: Manager) -> QuerySet[Client]:
    """Each with ``is_visible`` and ``may_edit``."""
    return clients.annotate(is_visible=_true_where(visible_q(by)), may_edit=may_work_on(by))


def may_work_on(by: Manager, client: str = "pk") -> Exists | Value:
    """To annotate rows with: whether ``by`` may work on the client named by the column ``client``."""
    return _true_where(editable_q(by), client)


def works_on(sees_everything: bool, client: str = "pk") -> Exists | Value:
    """:func:`may_work_on` in a query that is put into words once: of the reader ``ME``."""
    return _true_where(None if sees_everything else works_on_q(WORKERS, ME), client)


def _true_where(condition: Q | None, client: str = "pk") -> Exists | Value:
    if condition is None:
        return Value(True, output_field=BooleanField())
    return Exists(Client.objects.filter(condition, pk=OuterRef(client)))


def _rank(hit: Hit, terms: Terms, by: Manager) -> tuple[int, ...]:
    client = hit.client
    return rank(
        how=hit.how,
        slips=hit.slips,
        is_mine=client.manager_id == by.pk,
        is_visible=hit.is_visible,
        place=Place.ELSEWHERE if hit.is_similar else best_place(terms.names, client.search_name),
        is_archived=client.archived_at is not None,
        last=client.last_contact_on,
        pk=client.pk,
    )
