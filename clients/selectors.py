"""What the pages of the clients app read: one function per table or figure."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When, prefetch_related_objects
from django.shortcuts import get_object_or_404

from clients import contact_privacy, panels
from clients.facts import PORTRAIT_TEXTS, Fact, facts
from clients.freezing import StandStill, away_meanwhile, stand_still
from clients.models import (
    Absence,
    Client,
    ClientRelation,
    ContactPerson,
    ContactPoint,
    Manager,
    OwnershipPeriod,
    PersonRelation,
    Role,
)
from clients.panels import DecidingContact
from clients.querysets import visible_q
from clients.rules.portrait import PORTRAIT_FIELDS, Completeness, completeness
from clients.rules.zones import Zone
from crm import clock

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
    visible = Client.objects.visible_to(user)
    match scope:
        case "mine":
            own = {user.pk, *user.deputised_manager_ids}
            co_managed = user.co_managements.values("client_id")
            return visible.filter(Q(manager_id__in=sorted(own)) | Q(pk__in=co_managed))
        case "department":
            return visible.held()
        case "unassigned":
            return visible.unassigned()
        case _:
            return visible


@dataclass(frozen=True, slots=True)
class ZoneCounts:
    """How many held clients of a scope wear which colour today; ``red`` includes those due for the exchange."""

    held: int = 0
    green: int = 0
    yellow: int = 0
    red: int = 0
    leaving: int = 0


def zone_counts(clients: QuerySet[Client], today: dt.date) -> ZoneCounts:
    """The counters over a list, by the dates; ``leaving`` within the next seven days. One query."""
    soon = today + dt.timedelta(days=SOON_DAYS)
    return ZoneCounts(
        **clients.held()
        .order_by()
        .aggregate(
            held=Count("pk"),
            green=Count("pk", filter=Q(yellow_on__gt=today)),
            yellow=Count("pk", filter=Q(yellow_on__lte=today, red_on__gt=today)),
            red=Count("pk", filter=Q(red_on__lte=today)),
            leaving=Count("pk", filter=Q(detach_on__lte=soon)),
        )
    )


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
    ``persons``, ``contact_points`` and ``team`` are read with it (three queries more), so that the panels need not ask
    again.

    Raises:
        Http404: there is no such client.
    """

    def here(clients: QuerySet[Client]) -> Exists:
        return Exists(clients.filter(pk=OuterRef("pk")))

    allowed = Client.objects.known_to(user).annotate(
        may_see=here(Client.objects.visible_to(user)),
        may_edit=here(Client.objects.editable_by(user)),
        may_transfer=here(Client.objects.transferable_by(user).held()),
        hides_contacts=here(Client.objects.filter(contact_privacy.hidden_q(user))),
        away_meanwhile=away_meanwhile(),
    )
    allowed = allowed.select_related(
        "manager__department", "region", "industry", "source", "last_manager", "created_by"
    )
    client = get_object_or_404(allowed, pk=pk)
    if client.may_see:  # type: ignore[attr-defined]
        prefetch_related_objects([client], "persons", "contact_points")
        client.team = team_of(client, clock.today())  # type: ignore[attr-defined]
    return client


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
    """The client's contact persons, those who decide first. One query more than the persons.

    A related person of another client is named only to those who may see that client.
    """
    persons = list(client.persons.all())
    relations: dict[int, list[tuple[str, ContactPerson, PersonRelation]]] = {}
    ids = [person.pk for person in persons]
    if ids:
        both = PersonRelation.objects.filter(Q(source__in=ids) | Q(target__in=ids)).filter(
            visible_q(reader, "source__client__") or Q(), visible_q(reader, "target__client__") or Q()
        )
        for relation in both.select_related("source__client", "target__client"):
            for side in (relation.source, relation.target):
                if side.pk in ids:
                    label, other = relation.label_for(side), relation.other_side(side)
                    relations.setdefault(side.pk, []).append((label, other, relation))
    return [PersonCard(person, points.get(person.pk, []), relations.get(person.pk, [])) for person in persons]


def related_clients(client: Client, reader: Manager) -> list[RelatedClient]:
    """The related clients from whichever side, once each relation. One query."""
    seen = Client.objects.visible_to(reader)
    relations = ClientRelation.objects.of(client).annotate(
        sees_source=Exists(seen.filter(pk=OuterRef("source"))), sees_target=Exists(seen.filter(pk=OuterRef("target")))
    )
    return [
        RelatedClient(
            relation,
            relation.label_for(client),
            relation.other_side(client),
            relation.sees_source if client.pk == relation.target_id else relation.sees_target,
        )
        for relation in relations
    ]


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


def team_of(client: Client, today: dt.date) -> Team:
    """The co-managers of a client and the deputies of its lead manager today. One query."""
    helps = client.co_managements.filter(manager=OuterRef("pk"))
    stands_in = Absence.objects.in_force(today).filter(manager=client.manager_id, deputy=OuterRef("pk"))
    rows = Manager.objects.annotate(
        helps=Exists(helps), until=Subquery(stands_in.order_by("-ends_on").values("ends_on")[:1])
    ).filter(
        Q(pk__in=client.co_managements.values("manager"))
        | Q(pk__in=Absence.objects.in_force(today).filter(manager=client.manager_id).values("deputy"))
    )
    people = list(rows)
    return Team([who for who in people if who.helps], [(who, who.until) for who in people if who.until])


def owners(client: Client) -> list[OwnershipPeriod]:
    """Who held the client, the latest first. One query, made once for the whole card.

    ``why_lost``: in what words he lost it; ``notes``: what else happened meanwhile.
    """
    if not hasattr(client, "_owners"):
        periods = list(client.ownership.select_related("manager", "given_by", "changed_by"))
        notes = panels.owner_notes(client)
        for period in periods:
            last = period.until or dt.date.max
            his = [note for note in notes if note.manager_id == period.manager_id and period.since <= note.on <= last]
            period.why_lost = next((note.words for note in his if note.ends and note.on == period.until), "")
            period.notes = [note.words for note in his if not note.ends]
        client._owners = periods  # type: ignore[attr-defined]
    return client._owners  # type: ignore[attr-defined]
