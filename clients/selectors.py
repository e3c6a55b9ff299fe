"""What the pages of the clients app read: one function per table or figure."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import BooleanField, Case, Count, DateField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.http import Http404

from clients import card_rows, contact_privacy, panels
from clients.card_rows import CLIENT, TODAY, rows_of
from clients.facts import PORTRAIT_TEXTS, Fact, facts
from clients.freezing import StandStill, away_meanwhile, stand_still
from clients.models import (
    Absence,
    Client,
    ClientRelation,
    CoManager,
    ContactPerson,
    ContactPoint,
    Manager,
    OwnershipPeriod,
    PersonRelation,
    Role,
    Tag,
)
from clients.panels import DecidingContact
from clients.querysets import givers_of, sees_q, workers_of, works_on_q
from clients.rules.portrait import PORTRAIT_FIELDS, Completeness, completeness
from clients.rules.zones import Zone
from crm.web.prepared import Param, Params, Prepared

SOON_DAYS = 7
LATER_DAYS = 30


# --- the list ---------------------------------------------------------------------------------------------------------
def default_scope(user: Manager) -> str:
    """Whose clients are shown first: a salesperson's own, a head's department's, to others all."""
    if user.sees_everything:
        return "all"
    return "department" if user.role == Role.HEAD else "mine"


def scopes(user: Manager) -> list[str]:
    """The scopes a person may choose from, the widest last."""
    if user.sees_everything:
        return ["mine", "all", "unassigned"]
    return ["mine", "department", "all"] if user.role == Role.HEAD else ["mine", "all"]


def in_scope(user: Manager, scope: str) -> QuerySet[Client]:
    """The clients of a scope, never more than the person may see.

    ``mine``: lead, deputised or co-managed; ``department``: what a head works on; ``all``: what may be seen, the
    exchange included; ``unassigned``: those that never had a manager.
    """
    match scope:
        case "mine":
            return Client.objects.filter(works_on_q(own_keys(user), user.pk))
        case "department":
            return Client.objects.editable_by(user).held()
        case "unassigned":
            return Client.objects.visible_to(user).unassigned()
        case _:
            return Client.objects.visible_to(user)


def own_keys(user: Manager) -> list[int]:
    """Whose clients are his own: his, and those of whom he stands in for."""
    return sorted({user.pk, *user.deputised_manager_ids})


def parts_of_scope(user: Manager, scope: str) -> list[QuerySet[Client]]:
    """The same clients in parts that have none in common, each found by an index of its own: those of a head's people,
    those he co-manages beside them, the exchange."""
    if user.sees_everything or scope not in ("department", "all"):
        return [in_scope(user, scope)]
    parts = _parts_of_department(workers_of(user), user.pk)
    # Nobody holds them, so they have no dates: said once more, the index by dates finds them.
    exchange = Client.objects.filter(exchange_since__isnull=False, detach_on__isnull=True)
    return [*parts, exchange] if scope == "all" else parts


def _parts_of_department(workers: Any, helper: Any) -> list[QuerySet[Client]]:
    """Ids, or parameters of a prepared query."""
    helped = Client.objects.filter(pk__among=CoManager.objects.filter(manager=helper).values("client_id"))
    return [Client.objects.filter(manager__in=workers), helped.held().exclude(manager__in=workers)]


@dataclass(frozen=True, slots=True)
class ZoneCounts:
    """How many held clients of a scope wear which colour today; ``red`` includes those due for the exchange."""

    held: int = 0
    green: int = 0
    yellow: int = 0
    red: int = 0
    leaving: int = 0


def zone_counts(user: Manager, scope: str, today: dt.date) -> ZoneCounts:
    """The counters over the list of a scope, by the dates; ``leaving`` within the next seven days. One query."""
    # The exchange is no part of it: nobody holds its clients.
    scope = "department" if scope == "all" else scope
    soon = today + dt.timedelta(days=SOON_DAYS)
    rows: Any
    if scope == "mine":
        rows = _own_counts(whose=own_keys(user), me=user.pk, today=today, soon=soon)
    elif scope == "department" and not user.sees_everything:
        rows = _department_counts(whose=workers_of(user), me=user.pk, today=today, soon=soon)
    else:
        rows = _counted(parts_of_scope(user, scope), today, soon)
    return ZoneCounts(*map(sum, zip(*rows)))


def _counted(parts: list[QuerySet[Client]], today: Any, soon: Any) -> QuerySet:
    """One row for each part that has somebody in it."""
    counted = {
        "held": Count("yellow_on"),
        "green": Count("yellow_on", filter=Q(yellow_on__gt=today)),
        "yellow": Count("yellow_on", filter=Q(yellow_on__lte=today, red_on__gt=today)),
        "red": Count("yellow_on", filter=Q(red_on__lte=today)),
        "leaving": Count("yellow_on", filter=Q(detach_on__lte=soon)),
    }
    sums = [part.held().order_by().values(part=Value(1)).annotate(**counted).values_list(*counted) for part in parts]
    return sums[0].union(*sums[1:], all=True) if len(sums) > 1 else sums[0]


_WHOSE, _ME, _SOON = Params("whose"), Param("me"), Param("soon", DateField())
_own_counts = Prepared(lambda: _counted([Client.objects.filter(works_on_q(_WHOSE, _ME))], TODAY, _SOON))
_department_counts = Prepared(lambda: _counted(_parts_of_department(_WHOSE, _ME), TODAY, _SOON))


def filter_zone(clients: QuerySet[Client], value: str, today: dt.date) -> QuerySet[Client]:
    """The clients whose colour by the dates is ``value``; also ``leaving7``, ``leaving30``, ``exchange``,
    ``archived``."""
    match value:
        case "red":
            return clients.held().filter(red_on__lte=today)
        case "green" | "yellow":
            return clients.in_zone(value, today)
        case "leaving7":
            return clients.held().filter(detach_on__lte=today + dt.timedelta(days=SOON_DAYS))
        case "leaving30":
            return clients.held().filter(detach_on__lte=today + dt.timedelta(days=LATER_DAYS))
        case "exchange":
            return clients.on_exchange()
        case "archived":
            return clients.archived()
        case _:
            return clients


def nowhere(client: Client) -> str:
    """Where a client is that nobody holds, as a zone: "exchange", "archived", or "" when nobody ever held it."""
    if client.archived_at is not None:
        return "archived"
    return "exchange" if client.is_on_exchange else ""


def next_zone_date(today: dt.date) -> Case:
    """The day of a held client's next change of colour, as SQL, to sort by."""
    return Case(
        When(yellow_on__gt=today, then=F("yellow_on")),
        When(red_on__gt=today, then=F("red_on")),
        default=F("detach_on"),
    )


def managers_seen_by(user: Manager) -> QuerySet[Manager]:
    """The managers whose clients a person may see off the exchange: the choices of the manager filter."""
    if user.sees_everything:
        return Manager.objects.sellers()
    return Manager.objects.filter(pk__in={user.pk, *user.deputised_manager_ids, *user.headed_manager_ids})


# --- the card ---------------------------------------------------------------------------------------------------------
def known_client(user: Manager, pk: int) -> Client:
    """One client with what its card's head shows, and what ``user`` may do with it.

    Sets ``may_see`` (in full), ``may_edit``, ``may_transfer``, ``hides_contacts`` on it. For those who may see it,
    ``persons``, ``contact_points``, ``tags`` and ``team`` are known with it (``clients.card_rows``: one query for all
    small tables of the card).

    Raises:
        Http404: there is no such client.
    """

    rights = _rights(user, [pk])
    found = _card_head(client=pk) if pk in rights else []
    if not found:
        raise Http404
    client: Client = found[0]
    client.__dict__.update(rights[pk])
    if client.may_see:  # type: ignore[attr-defined]
        if others := [other.pk for other in rows_of(client, "others")]:
            rights |= _rights(user, others)
        _know(client, "persons", _persons(client))
        _know(client, "contact_points", _points(client))
        _know(client, "tags", sorted(rows_of(client, "tags"), key=lambda tag: tag.search_name))
        client.team = team_of(client)  # type: ignore[attr-defined]
        client._seen_by = {user.pk: {other for other, may in rights.items() if may["may_see"]}}  # type: ignore[attr-defined]
    return client


def _rights(user: Manager, ids: list[int]) -> dict[int, dict[str, bool]]:
    """What ``user`` may do with each of these clients; without those he may not even know of. One query, and one for
    those of them that nobody holds."""
    if not user.is_active:
        return {}  # see ``known_to``
    rights_of = _rights_of(user.sees_everything)
    rows = rights_of(ids=ids, me=user.pk, workers=workers_of(user), givers=givers_of(user))
    hidden = contact_privacy.hidden_among([row["pk"] for row in rows if not row["is_held"]], user)
    # NULL, which is no, where nobody holds the client.
    return {
        row["pk"]: {name: bool(row[name]) for name in _RIGHTS} | {"hides_contacts": row["pk"] in hidden} for row in rows
    }


_RIGHTS = ("may_see", "may_edit", "may_transfer")


@cache
def _rights_of(sees_everything: bool) -> Prepared:
    me, workers = Param("me"), Params("workers")

    def build() -> QuerySet[Client, Any]:
        rows = Client.objects.filter(pk__in=Params("ids")).order_by()
        return rows.values(
            "pk",
            is_held=_is(None, manager__isnull=False),
            may_see=_is(None if sees_everything else sees_q(workers, me)),
            may_edit=_is(None if sees_everything else works_on_q(workers, me)),
            may_transfer=_is(None if sees_everything else Q(manager_id__in=Params("givers")), manager__isnull=False),
        )

    return Prepared(build)


def _is(condition: Q | None, **further: Any) -> ExpressionWrapper | Value:
    """Whether a row meets a condition of ``clients.querysets``; None is met by all."""
    both = (condition or Q()) & Q(**further)
    return ExpressionWrapper(both, output_field=BooleanField()) if both else Value(True)


def _know(client: Client, name: str, rows: list[Any]) -> None:
    """Let a client know the rows of a related table that were read with its card, as ``prefetch_related`` does."""
    for row in rows:
        row._state.fields_cache["client"] = client
    known = getattr(client, name).all()
    known._result_cache, known._prefetch_done = rows, True
    client.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known


def _persons(client: Client) -> list[ContactPerson]:
    rows = rows_of(client, "persons")
    return sorted(rows, key=lambda row: (not row.is_active, not row.is_decision_maker, row.search_name, row.pk))


def _points(client: Client) -> list[ContactPoint]:
    return sorted(rows_of(client, "points"), key=lambda row: (not row.is_primary, row.kind, row.pk))


def _others() -> QuerySet[Client]:
    """The other clients to which one is related, and at which somebody is whom its people know."""
    clients, persons = ClientRelation.objects.order_by(), PersonRelation.objects.order_by()
    related = [
        clients.filter(source=CLIENT).values("target"),
        clients.filter(target=CLIENT).values("source"),
        persons.filter(source__client=CLIENT).values("target__client"),
        persons.filter(target__client=CLIENT).values("source__client"),
    ]
    return Client.objects.filter(pk__in=related[0].union(*related[1:])).exclude(pk=CLIENT)


#: What is told of a person somewhere else.
_PERSON = ("last_name", "first_name", "middle_name", "client")
_card_head = Prepared(
    lambda: (
        Client.objects.filter(pk=CLIENT)
        .annotate(away_meanwhile=away_meanwhile())
        .select_related("manager__department", "region", "industry", "source", "last_manager", "created_by")
    )
)
card_rows.register("others", _others, fields=("name",))
card_rows.register("relations", lambda: ClientRelation.objects.filter(Q(source=CLIENT) | Q(target=CLIENT)))
card_rows.register(
    "acquaintances",
    lambda: PersonRelation.objects.filter(Q(source__client=CLIENT) | Q(target__client=CLIENT)),
    source=_PERSON,
    target=_PERSON,
)
card_rows.register("persons", lambda: ContactPerson.objects.filter(client=CLIENT))
card_rows.register("points", lambda: ContactPoint.objects.filter(client=CLIENT))
card_rows.register("tags", lambda: Tag.objects.filter(client_tags__client=CLIENT))
card_rows.register("co-managers", lambda: CoManager.objects.filter(client=CLIENT), people=["manager"])
card_rows.register(
    "deputies",
    lambda: Absence.objects.in_force(TODAY).filter(manager__clients=CLIENT, deputy__isnull=False),  # type: ignore[arg-type]
    people=["deputy"],
)
card_rows.register(
    "owners", lambda: OwnershipPeriod.objects.filter(client=CLIENT), people=["manager", "given_by", "changed_by"]
)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a held client has its colour, and what comes next if nothing happens."""

    zone: str
    clock_date: dt.date
    #: The contact that decided, where one did and its document is known.
    contact: DecidingContact | None
    by_contact: bool
    since: dt.date
    next_zone: str
    next_on: dt.date | None
    days: int
    #: When the clock stood and will stand still, if it does.
    still: StandStill | None = None

    @property
    def is_due(self) -> bool:
        return not self.next_zone


def why_this_colour(client: Client, today: dt.date) -> Why | None:
    """The explanation of the colour on ``today``; None when nobody holds the client."""
    dates, zone = client.zone_dates, client.zone_on(today)
    if dates is None or zone is None or client.clock_date is None:
        return None
    since = {
        Zone.GREEN: client.clock_date,
        Zone.YELLOW: dates.yellow_on,
        Zone.RED: dates.red_on,
        Zone.DUE: dates.red_on,
    }
    upcoming = client.next_change(today)
    names = {Zone.YELLOW: "yellow", Zone.RED: "red", Zone.DUE: "exchange"}
    return Why(
        zone="red" if zone is Zone.DUE else zone.value,
        clock_date=client.clock_date,
        contact=panels.deciding_contact(client),
        by_contact=client.last_contact_on == client.clock_date,
        since=since[zone],
        next_zone=names[upcoming[0]] if upcoming else "",
        next_on=upcoming[1] if upcoming else None,
        days=upcoming[2] if upcoming else 0,
        still=stand_still(client, today),
    )


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A contact person with what hangs on it."""

    person: ContactPerson
    points: list[ContactPoint]
    relations: list[tuple[str, ContactPerson, PersonRelation]]
    #: How many phones and e-mails are hidden from the reader; ``points`` is empty then.
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class RelatedClient:
    """What another client is to this one; ``is_open``: the reader may see it in full."""

    relation: ClientRelation
    label: str
    client: Client
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class PortraitState:
    """The portrait's completeness, its texts, what is missing, and the people who decide."""

    state: Completeness
    texts: list[Fact]
    missing: list[Fact]
    deciders: list[ContactPerson]


def contact_points(client: Client) -> dict[int | None, list[ContactPoint]]:
    """Phones and e-mails by person; None: the client's own."""
    by_person: dict[int | None, list[ContactPoint]] = {}
    for point in client.contact_points.all():
        by_person.setdefault(point.person_id, []).append(point)
    return by_person


def people_of_card(client: Client, reader: Manager) -> dict[str, Any]:
    """What the card shows of contacts and persons: ``points``, ``persons``, ``call``, and ``contacts_hidden``: there
    are some, but this reader has to ask for them. Ask for a client read by ``known_client``."""
    points = contact_points(client)
    persons = person_cards(client, points, reader)
    if hidden := bool(points) and client.hides_contacts:  # type: ignore[attr-defined]
        persons = [PersonCard(card.person, [], card.relations, len(card.points)) for card in persons]
        points = {}
    return {
        "points": points.get(None, []),
        "call": phone_to_call(client, points),
        "persons": persons,
        "contacts_hidden": hidden,
    }


def phone_to_call(client: Client, points: dict[int | None, list[ContactPoint]]) -> ContactPoint | None:
    """The number behind *Call* on a phone: the main one, else the client's own, else a person's."""
    phones = [point for owned in points.values() for point in owned if point.kind == ContactPoint.Kind.PHONE]
    return min(phones, key=lambda point: (not point.is_primary, point.person_id is not None, point.pk), default=None)


def person_cards(client: Client, points: dict[int | None, list[ContactPoint]], reader: Manager) -> list[PersonCard]:
    """The client's contact persons, those who decide first. No query of its own on the card.

    A related person of another client is named only to those who may see that client.
    """
    persons = {person.pk: person for person in client.persons.all()}
    relations: dict[int, list[tuple[str, ContactPerson, PersonRelation]]] = {}
    clients = _others_seen(client, reader) | {client.pk: client}
    for relation in sorted(rows_of(client, "acquaintances"), key=lambda each: (each.kind, each.pk)):
        if not {relation.source.client_id, relation.target.client_id} <= clients.keys():
            continue
        for side in (relation.source, relation.target):
            side.client = clients[side.client_id]
            if side.pk in persons:
                label, other = relation.label_for(side), relation.other_side(side)
                relations.setdefault(side.pk, []).append((label, other, relation))
    return [PersonCard(person, points.get(person.pk, []), relations.get(person.pk, [])) for person in persons.values()]


def related_clients(client: Client, reader: Manager) -> list[RelatedClient]:
    """The related clients from whichever side, once each relation. No query of its own on the card."""
    seen = _others_seen(client, reader)
    clients = {other.pk: other for other in rows_of(client, "others")}
    found = []
    for relation in sorted(rows_of(client, "relations"), key=lambda each: (each.kind, each.pk)):
        other = clients[relation.source_id if relation.target_id == client.pk else relation.target_id]
        found.append(RelatedClient(relation, relation.label_for(client), other, other.pk in seen))
    return found


def _others_seen(client: Client, reader: Manager) -> dict[int, Client]:
    """Of the clients one has to do with those that ``reader`` may see in full. At most one query."""
    others = {other.pk: other for other in rows_of(client, "others")}
    if reader.pk not in (known := client.__dict__.setdefault("_seen_by", {})):
        seen = Client.objects.visible_to(reader).filter(pk__in=others) if others else Client.objects.none()
        known[reader.pk] = set(seen.values_list("pk", flat=True))
    return {pk: other for pk, other in others.items() if pk in known[reader.pk]}


def portrait(client: Client) -> PortraitState:
    """How complete the portrait is."""
    values = {name: getattr(client, f"{name}_id" if name in _KEYS else name) for name in PORTRAIT_FIELDS}
    state = completeness(values)
    deciders = [person for person in client.persons.all() if person.is_decision_maker and person.is_active]
    return PortraitState(state, facts(client, PORTRAIT_TEXTS), facts(client, state.missing), deciders)


_KEYS = frozenset({"industry", "region", "source"})


@dataclass(frozen=True, slots=True)
class Team:
    """Who works on a client beside its lead manager: co-managers, and who stands in for him with the last day."""

    co_managers: list[Manager]
    deputies: list[tuple[Manager, dt.date]]


def team_of(client: Client) -> Team:
    """The co-managers of a client and the deputies of its lead manager today. No query of its own on the card."""
    until: dict[Manager, dt.date] = {}
    for absence in rows_of(client, "deputies"):
        until[absence.deputy] = max(absence.ends_on, until.get(absence.deputy, absence.ends_on))
    helpers = [row.manager for row in rows_of(client, "co-managers")]
    return Team(sorted(helpers, key=by_name), [(deputy, until[deputy]) for deputy in sorted(until, key=by_name)])


def by_name(person: Manager) -> tuple[str, str, str]:
    """The order of people in lists."""
    return person.last_name, person.first_name, person.username


def owners(client: Client) -> list[OwnershipPeriod]:
    """Who held the client, the latest first. No query of its own on the card.

    ``why_lost``: in what words he lost it; ``notes``: what else happened meanwhile.
    """
    if not hasattr(client, "_owners"):
        periods = sorted(rows_of(client, "owners"), key=lambda period: (period.since, period.pk), reverse=True)
        notes = panels.owner_notes(client)
        for period in periods:
            last = period.until or dt.date.max
            his = [note for note in notes if note.manager_id == period.manager_id and period.since <= note.on <= last]
            period.why_lost = next((note.words for note in his if note.ends and note.on == period.until), "")
            period.notes = [note.words for note in his if not note.ends]
        client._owners = periods  # type: ignore[attr-defined]
    return client._owners  # type: ignore[attr-defined]
