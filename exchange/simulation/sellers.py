"""Salespeople on an ordinary day: they call, plan, sell, claim, give back, fall ill, correct mistakes."""

import datetime as dt

from clients import absences
from clients.models import Absence, Client, Manager
from clients.services import create_client
from exchange.simulation import deeds
from exchange.simulation.options import EVERY_DAYS
from exchange.simulation.world import Person, World
from interactions.models import Event, EventStatus
from interactions.services import cancel_event, change_event, delete_event, move_event

DAY = dt.timedelta(days=1)
_CODES = ("call_out",) * 8 + (
    "call_in",
    "meeting",
    "letter_out",
    "letter_in",
    "visit",
    "message_out",
    "call_failed",
    "note",
)


def work(world: World, person: Person) -> None:
    """One working day of one salesperson."""
    me = world.manager(person.pk)
    _first_contacts(world, person, me)
    _plans(world, person, me)
    _contacts(world, person, me)
    _stand_in(world, me)
    _exchange(world, person, me)
    _mistakes(world, me)
    if world.rarely(0.004):
        _new_client(world, person, me)
    if world.rarely(0.01) and world.mine.get(me.pk):
        # Whom he likes least.
        least = min(world.mine[me.pk], key=lambda row: (_liking(world, person, row.pk), row.pk))
        deeds.give_back(world, me, least.pk, comment="No need at present")


def _liking(world: World, person: Person, client_id: int) -> float:
    if client_id not in person.liking:
        person.liking[client_id] = world.chance.random()
    return person.liking[client_id]


def _first_contacts(world: World, person: Person, me: Manager) -> None:
    for client_id in world.duties.get(me.pk, ()):
        if world.happens(person.character.care * 0.6):
            deeds.contact(world, me, client_id, what="first contacts")


def _plans(world: World, person: Person, me: Manager) -> None:
    for event_id in world.plans.get(me.pk, ())[:6]:
        if world.happens(0.2 + 0.6 * person.character.care):
            deeds.finish(world, me, event_id)
        elif world.happens(0.3):
            event = Event.objects.filter(pk=event_id).first()
            if event and world.may_work_on(me, event.client_id):
                _change_plan(world, me, event)


def _change_plan(world: World, me: Manager, event: Event) -> None:
    if world.happens(0.4):
        world.attempt("plans cancelled", lambda: cancel_event(event=event, by=me))
        return
    event.occurred_at = world.moment + DAY * world.chance.randrange(1, 30)
    world.attempt("plans moved", lambda: change_event(event=event, by=me))


def _contacts(world: World, person: Person, me: Manager) -> None:
    clients = world.mine.get(me.pk, [])
    if not clients:
        return
    # Whom he does not like he forgets: most of his calls go to a part of his clients.
    weights = [_liking(world, person, row.pk) ** 3 for row in clients]
    soon = [row for row in clients if row.detach_on <= world.day + 28 * DAY]
    for _ in range(world.number(len(clients) / EVERY_DAYS * person.character.work)):
        if soon and world.happens(person.character.care * 0.5 / world.options.pace):
            row = world.pick(soon)
        else:
            row = world.chance.choices(clients, weights)[0]
        _talk(world, person, me, row.pk)


def _talk(world: World, person: Person, me: Manager, client_id: int) -> None:
    fate = world.chance.random()
    if fate < 0.12:
        deeds.contact(world, me, client_id, what="plans", ago=-DAY * world.chance.randrange(1, 75))
    elif fate < 0.24:
        deeds.sell(world, person, me, client_id)
    elif fate < 0.30:
        # Written down some days later; now and then so late that the head is asked.
        ago = DAY * world.chance.choice((1, 1, 2, 3, 5, 12))
        deeds.contact(world, me, client_id, world.pick(_CODES), what="late contacts", ago=ago)
    else:
        ago = dt.timedelta(minutes=world.chance.randrange(1, 60))
        deeds.contact(world, me, client_id, world.pick(_CODES), ago=ago)


def _stand_in(world: World, me: Manager) -> None:
    """For a colleague who is away, who has named him."""
    for colleague in [pk for pk, deputy in world.away.items() if deputy == me.pk]:
        if world.mine.get(colleague) and world.happens(0.3):
            deeds.contact(world, me, world.pick(world.mine[colleague]).pk, what="contacts of deputies")


def _exchange(world: World, person: Person, me: Manager) -> None:
    for _ in range(world.number(person.character.appetite * min(1.5, world.options.pace) / 2)):
        if world.board:
            row = world.pick(world.board)
            if deeds.claim(world, me, row.pk):
                person.liking[row.pk] = person.character.care * world.chance.random()


def _mistakes(world: World, me: Manager) -> None:
    """A contact registered with the wrong client, on the wrong day, or that never was."""
    if not world.rarely(0.03):
        return
    event = (
        Event.objects.filter(responsible=me, status=EventStatus.DONE, kind__is_system=False)
        .select_related("kind")
        .order_by("-pk")
        .first()
    )
    if event is None or not world.may_work_on(me, event.client_id) or not world.mine.get(me.pk):
        return
    fate = world.pick(("words", "day", "client", "cancel", "delete"))
    if fate == "delete":
        world.attempt("events deleted", lambda: delete_event(event=event))
    elif fate == "cancel":
        world.attempt("events cancelled", lambda: cancel_event(event=event, by=me))
    elif fate == "client":
        other = world.pick(world.mine[me.pk])
        target = Client.objects.get(pk=other.pk)
        if target.manager_id == me.pk:
            world.attempt("events moved", lambda: move_event(event=event, client=target, by=me))
    else:
        event.subject = "As it really was"
        if fate == "day":
            event.occurred_at -= DAY * world.chance.randrange(1, 6)
            event.ends_at = None
        world.attempt("events changed", lambda: change_event(event=event, by=me))


def _new_client(world: World, person: Person, me: Manager) -> None:
    name = f"New firm {world.options.seed}-{world.counts['new clients']}-{world.counts['new clients: refused']}"

    def act() -> Client:
        return create_client(client=Client(name=name, city="Omsk"), by=me, manager=me)

    if client := world.attempt("new clients", act):
        person.liking[client.pk] = world.chance.random()


def fall_ill(world: World, person: Person) -> None:
    """Sick leave, or a vacation that was asked for: with a deputy, waiting for the head."""
    if not world.rarely(person.character.illness / 365 + 2 / 365):
        return
    me, colleagues = world.manager(person.pk), [each for each in world.working() if each.pk != person.pk]
    ill = world.happens(0.5)
    begins = world.day - DAY * world.chance.randrange(3) if ill else world.day + DAY * world.chance.randrange(1, 20)
    length = world.chance.randrange(2, 12) if ill else world.chance.choice((7, 14, 14, 21))
    deputy = world.manager(world.pick(colleagues).pk) if colleagues and world.happens(0.7) else None

    def act() -> Absence:
        return absences.request_absence(
            manager=me,
            by=me,
            kind=Absence.Kind.SICK if ill else Absence.Kind.VACATION,
            starts_on=begins,
            ends_on=begins + DAY * (length - 1),
            deputy=deputy,
        )

    world.attempt("absences asked for", act)
