"""The arms of this app: clients, contact persons, pages and what can be done."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from django.db.models import Case, F, IntegerField, QuerySet, When
from django.utils.translation import gettext_lazy as _

from clients.calling import main_phones
from clients.models import Client, ContactPerson, Manager
from clients.models.client import ClientKind
from clients.querysets import sees_q
from clients.rules import likeness
from clients.rules.ranking import How, Place, best_place, rank
from clients.search import similar
from clients.search.arms import Arm, Entry, Question, client_actions, register
from clients.search.clients import FEW, ME, WORKERS, Hit, reader_values, works_on
from clients.search.query import Shape, as_parameters, begins, name_condition
from clients.templatetags.clients import zone_today
from crm.web import navigation
from crm.web.prepared import Params, Prepared
from crm.web.text import fold


def client_entry(client: Client, *, is_visible: bool, may_edit: bool, phone: str = "") -> Entry:
    """A client as a line: of one the reader may not see in full the four facts everybody may know."""
    return Entry(
        title=str(client),
        url=client.get_absolute_url(),
        icon="person" if is_visible and client.kind == ClientKind.PERSON else "building",
        note=" · ".join(words for words in (client.city, client.manager.short_name if client.manager else "") if words),
        zone=zone_today(client),
        keeper="" if is_visible or not client.manager else str(client.manager),
        client_id=client.pk,
        may_register=may_edit,
        phone=phone,
    )


def entry_of(hit: Hit, phone: str = "") -> Entry:
    """A client found."""
    entry = client_entry(hit.client, is_visible=hit.is_visible, may_edit=hit.may_edit, phone=phone)
    entry.matches, entry.is_similar = hit.matches, hit.is_similar
    return entry


def clients(question: Question) -> Iterator[Entry]:
    """Clients anybody may know of; a number to call only of those the reader may see: the one that was typed, else the
    main one."""
    unknown = [hit.client.pk for hit in question.hits if hit.is_visible and not hit.phone]
    phones = main_phones(unknown, question.by) if unknown else {}
    for hit in question.hits:
        point = phones.get(hit.client.pk)
        yield entry_of(hit, point.normalized if point else hit.phone)


def persons(question: Question) -> list[Entry]:
    """Contact persons of clients the reader may see; to their client the line leads."""
    terms, by = question.terms, question.by
    if terms.phone_tail or not terms.may_be_name:
        return []
    reader = reader_values(by)
    best = _best_persons(terms.shape, by.sees_everything, question.limit)(**terms.values, **reader)
    slips = dict.fromkeys(best, 0)
    sure = set(slips)
    if len(slips) < FEW and likeness.is_worth_trying(terms.name):
        slips = {**similar.alike(ContactPerson.objects.visible_to(by), terms.names, question.limit), **slips}
    if not slips:
        return []
    found = _person_lines(by.sees_everything)(ids=list(slips), **reader)

    def order(person: ContactPerson) -> tuple[int, ...]:
        return rank(
            how=How.FOUND if person.pk in sure else How.SIMILAR,
            slips=slips[person.pk],
            is_mine=person.client.manager_id == by.pk,
            place=best_place(terms.names, person.search_name) if person.pk in sure else Place.ELSEWHERE,
            is_archived=not person.is_active or person.client.archived_at is not None,
            last=person.client.last_contact_on,
            pk=person.pk,
        )

    return [
        Entry(
            title=person.name,
            url=person.client.get_absolute_url(),
            icon="person-badge",
            note=" · ".join(words for words in (person.position, str(person.client)) if words),
            zone=zone_today(person.client),
            is_similar=person.pk not in sure,
            client_id=person.client_id,
            person_id=person.pk,
            may_register=person.may_edit,
        )
        for person in sorted(found, key=order)[: question.limit + 1]
    ]


def _persons_seen(sees_everything: bool) -> QuerySet[ContactPerson]:
    """``visible_to`` in a query that is put into words once."""
    rows = ContactPerson.objects.all()
    return rows if sees_everything else rows.filter(sees_q(WORKERS, ME, "client__"))


@lru_cache(maxsize=64)
def _best_persons(shape: Shape, sees_everything: bool, limit: int) -> Prepared:
    readings = as_parameters(shape)

    def build() -> QuerySet[ContactPerson, int]:
        ranked = _persons_seen(sees_everything).filter(name_condition(readings))
        ranked = ranked.order_by(
            Case(When(begins(readings), then=0), default=1, output_field=IntegerField()),
            "-is_active",
            F("client__last_contact_on").desc(nulls_last=True),
            "pk",
        )
        return ranked.values_list("pk", flat=True)[: limit + 1]

    return Prepared(build, by_name=False)


@cache
def _person_lines(sees_everything: bool) -> Prepared:
    return Prepared(
        lambda: (
            _persons_seen(sees_everything)
            .filter(pk__in=Params("ids"))
            .annotate(may_edit=works_on(sees_everything, "client_id"))
            .select_related("client__manager")
        )
    )


def pages(question: Question) -> list[Entry]:
    """Pages of the rail and those that stand elsewhere."""
    return _named_like(question, pages_for(question.by))


def actions_with_client(question: Question) -> list[Entry]:
    """What can be done at once with the client that was surely meant."""
    return client_actions(question.best, question.by) if question.best else []


def actions(question: Question) -> list[Entry]:
    """What can be begun from anywhere."""
    return _named_like(question, actions_for(question.by))


def pages_for(by: Manager) -> list[Entry]:
    """All pages this person may open, as lines."""
    return [Entry(title=str(page.label), url=page.url, icon=page.icon) for page in navigation.places(by)]


def actions_for(by: Manager) -> list[Entry]:
    """All this person may begin from anywhere, as lines."""
    return [
        Entry(
            title=str(action.label), url=action.url, icon=action.icon, key=action.key, in_drawer=action.hook == "drawer"
        )
        for action in navigation.quick_actions_of(by)
    ]


def _named_like(question: Question, entries: Iterable[Entry]) -> list[Entry]:
    names = question.terms.names
    placed = [(best_place(names, fold(entry.title)), place, entry) for place, entry in enumerate(entries)]
    return [entry for place, _order, entry in sorted(placed, key=lambda three: three[:2]) if place <= Place.WORDS]


def register_arms() -> None:
    """Called once, when the app is ready."""
    register(Arm(key="clients", label=_("Clients"), find=clients, order=10))
    register(Arm(key="persons", label=_("Contact persons"), find=persons, order=20))
    register(Arm(key="client", label=_("With this client"), find=actions_with_client, order=15))
    register(Arm(key="actions", label=_("Actions"), find=actions, order=80))
    register(Arm(key="pages", label=_("Pages"), find=pages, order=90))
