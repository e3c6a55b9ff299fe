"""Departments, managers, absences and days off."""

import datetime as dt
from string import ascii_letters

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from clients import rulebook
from clients.holidays import public_holidays
from clients.models import Absence, Department, Holiday, Manager, Role, RuleSetting
from clients.rules.freezing import frozen_days
from crm import clock
from crm.demo.world import DAY, Seller, World, weekday
from crm.web.demo import PASSWORD
from exchange import rulebook as rulebook_keys
from exchange.claim_rulebook import CLAIM_CAP

#: Department -> its parent and user names: the head first. Names of the sign-in page are in ``logins``.
STAFF: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "key": (None, ("head.key", "key1", "key2", "key3", "key4")),
    "regional": (None, ("head", "region1")),
    "northwest": (
        "regional",
        ("head.northwest", "seller", "deputy", "absent", "northwest1", "northwest2", "northwest3"),
    ),
    "urals": ("regional", ("head.urals", "urals1", "urals2", "urals3", "urals4", "former")),
    "equipment": (None, ("head.equipment", "equipment1", "equipment2", "equipment3", "equipment4")),
    "service": (None, ("head.service", "service1", "service2", "service3")),
}
#: Who left lately: how many days ago, and who got clients of his.
LEAVERS: dict[str, tuple[int, tuple[str, ...]]] = {
    "northwest3": (3, ("northwest1", "seller", "deputy")),
    "urals4": (14, ("urals1", "urals3")),
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
#: The administrator's numbers of the circuit breaker: clients, percent of all held ones.
BREAKER_CLIENTS, BREAKER_SHARE = 5, 1
#: Months after the beginning of the history in which the newcomers were hired.
_HIRED = {"northwest2": 6, "urals3": 11.5, "equipment4": 14}
#: From how many days ago until how many a salesperson was ill: his deputy worked on his clients.
LONG_ABSENCE = (-77, -43)


def make_people(world: World) -> None:
    """Fill ``world.sellers`` and collect departments, managers, absences and holidays."""
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
            email=f"{username}@example.com",
            phone=f"+7900000{rng.randrange(1000, 10000)}",
            date_joined=clock.at(hired_on),
            works_from=hired_on,
        )
        # The seller may take lists out; his deputy is shown no button.
        row.may_export = username == "seller"
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
    _freeze(world)


def make_rules(world: World) -> None:
    """What the administrator has changed of the rules: such a company asks before six clients leave in one night."""
    admin = next(row for row in world.of(Manager) if row.username == "admin")
    changed_at = world.rules_changed_at
    changed = [(rulebook_keys.BREAKER_CLIENTS, BREAKER_CLIENTS), (rulebook_keys.BREAKER_SHARE, BREAKER_SHARE)]
    if world.size > 1800:  # a very large company: with the usual number in one hand nobody could claim anything
        changed.append((CLAIM_CAP, world.size // 8))
    for key, value in changed:
        row = RuleSetting(key=key, is_on=True, value=value, changed_by=admin, changed_at=changed_at)
        world.add(row)
        change = RuleSetting.history.model(
            id=row.pk, key=key, is_on=True, value=value, changed_by=admin, changed_at=changed_at,
            history_date=changed_at, history_type="+", history_user=admin,
        )  # fmt: skip
        world.add(change)


def _freeze(world: World) -> None:
    """The public holidays of the history and the year ahead; then everybody knows when his clocks stand still."""
    days = list(Holiday.objects.values_list("date", flat=True))
    if not days:
        years = range(world.first_day.year, world.today.year + 2)
        for day, name in public_holidays(years, language=world.language).items():
            world.add(Holiday(date=day, name=name, origin=Holiday.Origin.PUBLIC))
            days.append(day)
    world.days_off = set(days)
    rules = rulebook.load()
    for seller in world.sellers:
        away = [
            (row.starts_on, row.ends_on)
            for row in world.rows[Absence]
            if isinstance(row, Absence) and row.manager == seller.manager and row.status == Absence.Status.APPROVED
        ]
        seller.frozen = frozen_days(
            away if rules.is_on(rulebook.FREEZE_ABSENCES) else (),
            days,
            minimum=rules[rulebook.FREEZE_HOLIDAYS],
            limit=rules[rulebook.FREEZE_LIMIT],
        )


def seller_named(world: World, username: str) -> Seller:
    return next(seller for seller in world.sellers if seller.manager.username == username)


def _absences(world: World, director: Manager) -> None:
    former, absent, deputy = (seller_named(world, name) for name in ("former", "absent", "deputy"))
    former.left_on = world.today - DAY * 100
    former.manager.is_active, former.manager.works_until = False, former.left_on
    former.weight = 0
    for username, (ago, _receivers) in LEAVERS.items():
        leaver = seller_named(world, username)
        leaver.left_on = weekday(world.today - DAY * ago)
        leaver.manager.is_active, leaver.manager.works_until = False, leaver.left_on
        leaver.weight = 0
    absent.absent_since, absent.deputy = world.today - DAY * 6, deputy

    def absence(
        who: str, instead: str, starts: int, ends: int, kind: str, reason: str = "", waits: bool = False
    ) -> None:
        seller = seller_named(world, who)
        asked = clock.at(world.today + DAY * min(starts, 0) - DAY * (1 if waits else 5), 11)
        head = (seller.head or seller).manager
        world.add(
            Absence(
                manager=seller.manager,
                deputy=seller_named(world, instead).manager,
                starts_on=world.today + DAY * starts,
                ends_on=world.today + DAY * ends,
                kind=kind,
                reason=reason,
                status=Absence.Status.REQUESTED if waits else Absence.Status.APPROVED,
                requested_by=seller.manager if waits else head,
                decided_by=None if waits else head,
                decided_at=None if waits else asked,
                created_at=asked,
            )
        )

    kinds = Absence.Kind
    absence("absent", "deputy", -6, 8, kinds.VACATION)
    absence("key2", "key3", -120, -107, kinds.VACATION)
    absence("seller", "northwest1", -64, -60, kinds.SICK)
    absence("equipment2", "equipment1", *LONG_ABSENCE, kinds.SICK)
    ill = seller_named(world, "equipment2")
    ill.was_away = (world.today + DAY * LONG_ABSENCE[0], world.today + DAY * LONG_ABSENCE[1])
    ill.deputy = seller_named(world, "equipment1")
    absence("service2", "service3", -31, -29, kinds.TRIP)
    absence("urals1", "urals2", -18, -14, kinds.OTHER, world.words.study_leave)
    absence("equipment1", "equipment2", 12, 25, kinds.VACATION)
    absence("seller", "deputy", 20, 33, kinds.VACATION, waits=True)
    absence("region1", "seller", 9, 13, kinds.TRIP, world.words.trip, waits=True)
    absence("head.service", "service1", 41, 54, kinds.VACATION, waits=True)
    recently = timezone.localtime(world.now) - dt.timedelta(hours=20)
    for seller in world.sellers:
        if seller.manager.is_active and seller is not absent:
            seller.manager.last_login = recently
    director.last_login = recently
