"""Departments, managers, substitutions."""

import datetime as dt
from string import ascii_letters

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from clients.models import Absence, Department, Manager, Role
from crm import clock
from crm.demo.world import DAY, Seller, World
from crm.web.demo import PASSWORD

#: Department -> its parent and user names: the head first. Names of the sign-in page are in ``logins``.
STAFF: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "key": (None, ("head.key", "key1", "key2", "key3", "key4")),
    "regional": (None, ("head", "region1")),
    "northwest": ("regional", ("head.northwest", "seller", "deputy", "absent", "northwest1", "northwest2")),
    "urals": ("regional", ("head.urals", "urals1", "urals2", "urals3", "former")),
    "equipment": (None, ("head.equipment", "equipment1", "equipment2", "equipment3", "equipment4")),
    "service": (None, ("head.service", "service1", "service2", "service3")),
}
#: Green, yellow, red: who works well and who does not.
_SHARES = {
    "seller": (0.64, 0.25, 0.11),
    "key1": (0.80, 0.17, 0.03),
    "northwest1": (0.78, 0.17, 0.05),
    "urals2": (0.44, 0.35, 0.21),
    "equipment3": (0.48, 0.34, 0.18),
    "service1": (0.82, 0.15, 0.03),
}
#: Months after the beginning of the history in which the newcomers were hired.
_HIRED = {"northwest2": 6, "urals3": 8, "equipment4": 10}


def make_people(world: World) -> None:
    """Fill ``world.sellers`` and collect departments, managers and substitutions."""
    rng = world.rng("people")
    # Slow by design: one hash serves all. The salt is as long as Django's own, or it would be made anew at sign-in.
    salt = "".join(rng.choices(ascii_letters, k=22))
    password = make_password(PASSWORD, salt=salt)
    names: set[str] = set()

    def manager(username: str, role: str, department: Department | None, hired_on: dt.date) -> Manager:
        person = world.words.person(rng)
        while person.last[:5] in names:
            person = world.words.person(rng)
        names.add(person.last[:5])
        row = Manager(
            username=username,
            password=password,
            first_name=person.first,
            middle_name=person.middle,
            last_name=person.last,
            role=role,
            department=department,
            email=f"{username}@svetofor.example",
            phone=f"+7900000{rng.randrange(1000, 10000)}",
            date_joined=clock.at(hired_on),
        )
        world.add(row)
        return row

    beginning = world.first_day - DAY * 30
    director = manager("director", Role.DIRECTOR, None, beginning)
    admin = manager("admin", Role.SALESPERSON, None, beginning)
    admin.is_staff = admin.is_superuser = True

    departments: dict[str, Department] = {}
    heads: dict[str, Seller] = {}
    for key, (parent, usernames) in STAFF.items():
        department = Department(name=world.words.departments[key], parent=departments.get(parent or ""))
        world.add(department)
        department.path = f"{department.parent.path if department.parent else '/'}{department.pk}/"
        departments[key] = department
        for username in usernames:
            is_head = username.startswith("head")
            hired_on = beginning + DAY * rng.randint(0, 20)
            if months := _HIRED.get(username):
                hired_on = world.first_day + DAY * (30 * months + rng.randint(0, 20))
            row = manager(username, Role.HEAD if is_head else Role.SALESPERSON, department, hired_on)
            seller = Seller(
                manager=row,
                hired_on=hired_on,
                weight=0.12 if is_head else rng.uniform(0.85, 1.25) * (0.75 if username in _HIRED else 1),
                shares=_SHARES.get(username, (0.68, 0.23, 0.09)),
                head=heads.get(key),
            )
            if is_head:
                department.head = row
                heads[key] = seller
                seller.head = heads.get(parent or "", seller)
            world.sellers.append(seller)
    world.set_chains()
    _absences(world, director)


def seller_named(world: World, username: str) -> Seller:
    return next(seller for seller in world.sellers if seller.manager.username == username)


def _absences(world: World, director: Manager) -> None:
    former, absent, deputy = (seller_named(world, name) for name in ("former", "absent", "deputy"))
    former.left_on = world.today - DAY * 100
    former.manager.is_active = False
    former.weight = 0
    absent.absent_since, absent.deputy = world.today - DAY * 6, deputy
    words = world.words.absences

    def substitution(who: str, instead: str, starts: int, ends: int, reason: str) -> None:
        world.add(
            Absence(
                manager=seller_named(world, who).manager,
                deputy=seller_named(world, instead).manager,
                starts_on=world.today + DAY * starts,
                ends_on=world.today + DAY * ends,
                reason=reason,
            )
        )

    substitution("absent", "deputy", -6, 8, words[0])
    substitution("key2", "key3", -120, -107, words[0])
    substitution("seller", "northwest1", -64, -60, words[1])
    substitution("service2", "service3", -31, -29, words[2])
    substitution("equipment1", "equipment2", 12, 25, words[0])
    recently = timezone.localtime(world.now) - dt.timedelta(hours=20)
    for seller in world.sellers:
        if seller.manager.is_active and seller is not absent:
            seller.manager.last_login = recently
    director.last_login = recently
