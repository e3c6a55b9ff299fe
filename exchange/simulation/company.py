"""The company that is played: departments, people of different characters, clients with some history."""

import datetime as dt

from clients.holidays import ensure_public_holidays
from clients.models import Client, Department, Manager, Role, RuleSetting, ZonePolicy
from clients.services import create_client
from crm import clock
from exchange.simulation.options import Options
from exchange.simulation.world import Character, Person, World
from interactions.models import Event, EventKind, EventStatus
from interactions.services import register_event

STEADY = Character("steady", work=1.1, care=0.85, appetite=0.25)
FORGETFUL = Character("forgetful", work=0.6, care=0.35, appetite=0.15)
HUNTER = Character("hunter", work=1.2, care=0.8, appetite=1.2)
HOARDER = Character("hoarder", work=0.8, care=0.12, appetite=1.5)
SICKLY = Character("sickly", work=0.9, care=0.6, appetite=0.2, illness=5.0)
CHEAT = Character("cheat", work=0.5, care=0.3, appetite=0.8, cheats=True)
#: In which order people are hired: of every six two are steady, and somebody always tries his luck.
CHARACTERS = (STEADY, CHEAT, FORGETFUL, HOARDER, HUNTER, SICKLY, STEADY, FORGETFUL)
_CITIES = ("Omsk", "Perm", "Tver", "Kazan", "Tula")
_CATEGORIES = ("", "", "", "A", "B", "C")


def found(world: World) -> None:
    """Set the company up on the first day. Nothing of the shipped dictionaries is touched."""
    options = world.options
    with clock.playing(clock.at(options.start, 0)):
        ensure_public_holidays(options.start)
        if options.thresholds:
            _set_thresholds(options.thresholds)
        for key, value in options.rules.items():
            RuleSetting.objects.update_or_create(key=key, defaults={"is_on": value is not None, "value": value or 0})
        _people(world)
    _clients(world, options)
    world.moment = clock.at(options.start, 0)


def hire(world: World, department_id: int, character: Character | None = None) -> Person:
    """A new salesperson in a department."""
    number = len(world.sellers)
    manager = _manager(world, f"s{number}", "Seller", department_id, Role.SALESPERSON)
    person = Person(manager.pk, character or CHARACTERS[number % len(CHARACTERS)], department_id, world.day)
    world.sellers[manager.pk] = person
    return person


def _manager(world: World, name: str, title: str, department_id: int | None, role: str, **facts: object) -> Manager:
    username = f"sim-{world.options.seed}-{name}"
    # Nobody signs in here: hashing a password would take longer than a night.
    return Manager.objects.create(
        username=username,
        password="!",
        first_name=title,
        last_name=name.upper(),
        department_id=department_id,
        role=role,
        **facts,
    )


def _people(world: World) -> None:
    mark = f"{world.options.seed}"
    company = Department.objects.create(name=f"Sales {mark}")
    director = _manager(world, "director", "Director", None, Role.DIRECTOR)
    world.director_id = director.pk
    world.admin_id = _manager(world, "admin", "Administrator", None, Role.SALESPERSON, is_staff=True).pk
    number = 2 if world.options.managers < 12 else 4
    for index in range(number):
        parent = company if index < 2 else Department.objects.get(pk=world.departments[index - 2])
        department = Department.objects.create(name=f"Department {mark}-{index}", parent=parent)
        head = _manager(world, f"head{index}", "Head", department.pk, Role.HEAD)
        department.head = head
        department.save()
        world.departments.append(department.pk)
        world.heads[department.pk] = head.pk
    for index in range(world.options.managers):
        hire(world, world.departments[index % number])


def _set_thresholds(months: tuple[int, int, int]) -> None:
    policy, _is_new = ZonePolicy.objects.get_or_create(department=None, category="")
    policy.yellow_months, policy.red_months, policy.detach_months = months
    policy.save()


def _clients(world: World, options: Options) -> None:
    """Clients got by their managers at some day before the start; whom nobody talked to lately is warned soon."""
    call = EventKind.objects.get(code="call_out")
    people = list(world.sellers.values())
    oldest = max(5, options.leaves_after - 16)
    # In a short simulation most of them were left alone for long already.
    usual = oldest if options.pace > 1 else 2
    ages = sorted((int(world.chance.triangular(2, oldest, usual)) for _ in range(options.clients)), reverse=True)
    world.wake()
    for number, age in enumerate(ages):
        person = people[number % len(people)]
        got_on = options.start - dt.timedelta(days=age)
        with clock.playing(clock.at(got_on, 10)):
            client = create_client(
                client=Client(
                    name=f"Firm {options.seed}-{number}", city=world.pick(_CITIES), category=world.pick(_CATEGORIES)
                ),
                by=world.manager(person.pk),
                manager=world.manager(person.pk),
            )
        person.liking[client.pk] = world.chance.random()
        if world.happens(0.5 / options.pace):
            talked = clock.at(options.start - dt.timedelta(days=world.chance.randrange(1, age)), 11)
            with clock.playing(talked + dt.timedelta(minutes=10)):
                register_event(
                    event=Event(
                        client_id=client.pk,
                        kind=call,
                        status=EventStatus.DONE,
                        occurred_at=talked,
                        subject="An earlier call",
                        responsible=world.manager(person.pk),
                    ),
                    by=world.manager(person.pk),
                )
