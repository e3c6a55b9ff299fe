"""The company of a base: departments, people, dictionaries, plans, norms and nights. Few rows: written by the ORM."""

import datetime as dt
import math
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password

from clients.holidays import public_holidays
from clients.models import (
    Department,
    Holiday,
    Industry,
    LeadSource,
    Manager,
    PointsNorm,
    Region,
    Role,
    Tag,
)
from crm import clock
from crm.demo.words import words_of
from crm.demo.words.base import Words
from exchange.models import ReturnReason
from interactions.models import (
    Competitor,
    EventKind,
    KindPoints,
    LossReason,
    ProcessKind,
    Product,
    Regulation,
    SalesPlan,
)

#: Those who sign in; nobody else has a password.
SELLER, HEAD, DIRECTOR, ADMIN = "bench-seller", "bench-head", "bench-director", "bench-admin"
PASSWORD = "bench"
#: Departments of which a part of the company is made.
_PER_PART = 6
_REGIONS, _PRODUCTS, _TAGS, _COMPETITORS = 80, 120, 12, 15
_PLANNED_MONTHS = 38
_COLOURS = ("grey", "blue", "teal", "violet", "pink", "brown")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sales with its stages, in order."""

    pk: int
    stages: tuple[int, ...]


@dataclass(slots=True)
class Company:
    """What the rows of clients and events refer to, by ids.

    Attributes:
        sellers: who holds clients, as often as he gets one.
        by_department: the same, by department.
        department, heads: of a manager.
    """

    words: Words
    seller: int
    director: int
    sellers: list[int] = field(default_factory=list)
    by_department: dict[int, list[int]] = field(default_factory=dict)
    department: dict[int, int] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=dict)
    regions: list[tuple[int, str]] = field(default_factory=list)
    industries: list[int] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    products: list[tuple[int, str, int]] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    competitors: list[int] = field(default_factory=list)
    loss_reasons: list[int] = field(default_factory=list)
    return_reasons: list[int] = field(default_factory=list)
    event_kinds: dict[str, int] = field(default_factory=dict)
    counted: frozenset[int] = frozenset()
    sale_kinds: list[Kind] = field(default_factory=list)
    managers: int = 0
    departments: int = 0


def make_company(*, managers: int, departments: int, seed: int, today: dt.date) -> Company:
    """Write it; the ids begin at 1 in an empty base."""
    rng = Random(f"company {seed}")
    words = words_of("ru")
    _holidays(today)
    tree = _departments(departments)
    people = _people(managers, tree, words, rng, today)
    company = Company(words, seller=people[SELLER].pk, director=people[DIRECTOR].pk)
    _sell(company, [row for row in people.values() if row.role == Role.SALESPERSON and not row.is_staff], rng)
    _dictionaries(company, words, rng)
    _norms(company, tree, people, rng, today)
    company.managers = max(row.pk for row in people.values())
    company.departments = max(Department.objects.values_list("pk", flat=True))
    return company


def _holidays(today: dt.date) -> None:
    years = range(today.year - 5, today.year + 2)
    Holiday.objects.bulk_create(
        Holiday(date=day, name=name, origin=Holiday.Origin.PUBLIC) for day, name in public_holidays(years).items()
    )


def _departments(number: int) -> list[Department]:
    """A tree of two levels; those below hold the people."""
    tops = max(1, number // (_PER_PART + 1))
    parts = [Department.objects.create(name=f"Дивизион {at}") for at in range(1, tops + 1)]
    return parts + [
        Department.objects.create(name=f"Отдел продаж {at + 1}", parent=parts[at % tops]) for at in range(number - tops)
    ]


def _people(
    number: int, departments: list[Department], words: Words, rng: Random, today: dt.date
) -> dict[str, Manager]:
    """The director, an administrator, a head for each department, and everybody else sells."""
    joined = clock.at(today - dt.timedelta(days=1900), 9)
    leaves = [row for row in departments if row.parent_id] or departments
    password, nothing = make_password(PASSWORD), make_password(None)
    people: dict[str, Manager] = {}

    def person(username: str, **values: object) -> None:
        name = words.person(rng)
        people[username] = Manager(
            username=username,
            first_name=name.first,
            last_name=name.last,
            middle_name=name.middle,
            email=f"{username}@company.example",
            password=password if username.startswith("bench-") else nothing,
            date_joined=joined,
            **values,
        )

    person(DIRECTOR, role=Role.DIRECTOR)
    person(ADMIN, is_staff=True, is_superuser=True)
    for department in departments:
        username = HEAD if department == leaves[0] else f"head-{department.pk}"
        person(username, role=Role.HEAD, department=department)
    person(SELLER, department=leaves[0])
    for at in range(number - len(people)):
        person(f"seller-{at + 1}", department=leaves[at % len(leaves)])
    Manager.objects.bulk_create(people.values(), batch_size=500)
    for row in people.values():
        if row.role == Role.HEAD:
            Department.objects.filter(pk=row.department_id).update(head=row)
    return people


def _sell(company: Company, sellers: list[Manager], rng: Random) -> None:
    heads = dict(Department.objects.values_list("pk", "head"))
    for row in sellers:
        assert row.department_id
        share = 12 if row.username == SELLER else max(2, int(math.exp(rng.gauss(0, 0.4)) * 10))
        company.sellers += [row.pk] * share
        company.by_department.setdefault(row.department_id, []).extend([row.pk] * share)
        company.department[row.pk] = row.department_id
        company.heads[row.pk] = heads[row.department_id] or company.director


def _dictionaries(company: Company, words: Words, rng: Random) -> None:
    places = words.places
    regions = Region.objects.bulk_create(
        Region(name=f"{place.region}: {place.city}" if at < len(places) else f"{place.region} {at}", position=at)
        for at in range(_REGIONS)
        for place in [places[at % len(places)]]
    )
    company.regions = [(row.pk, places[at % len(places)].city) for at, row in enumerate(regions)]
    industries = Industry.objects.bulk_create(
        Industry(name=name, position=at) for at, name in enumerate(words.industries)
    )
    company.industries = [row.pk for row in industries]
    company.sources = list(LeadSource.objects.order_by("pk").values_list("pk", flat=True))
    prices = [rng.randrange(5, 900) * 1000 for _ in range(_PRODUCTS)]
    products = Product.objects.bulk_create(
        Product(name=f"{name} {at + 1}", series=series, price=Decimal(prices[at]), position=at)
        for at in range(_PRODUCTS)
        for name, series, _price in [words.products[at % len(words.products)]]
    )
    company.products = [(row.pk, row.name, prices[at]) for at, row in enumerate(products)]
    tags = Tag.objects.bulk_create(
        Tag(name=f"метка {at + 1}", search_name=f"метка {at + 1}", colour=_COLOURS[at % 6]) for at in range(_TAGS)
    )
    company.tags = [row.pk for row in tags]
    rivals = Competitor.objects.bulk_create(Competitor(name=f"Конкурент {at + 1}") for at in range(_COMPETITORS))
    company.competitors = [row.pk for row in rivals]
    company.loss_reasons = list(LossReason.objects.order_by("pk").values_list("pk", flat=True))
    company.return_reasons = list(ReturnReason.objects.order_by("pk").values_list("pk", flat=True))
    kinds = list(EventKind.objects.order_by("pk"))
    company.event_kinds = {row.code: row.pk for row in kinds}
    company.counted = frozenset(row.pk for row in kinds if row.counts_as_contact)
    company.sale_kinds = [
        Kind(kind.pk, tuple(kind.stages.order_by("position").values_list("pk", flat=True)))
        for kind in ProcessKind.objects.order_by("position")
    ]


def _norms(
    company: Company, departments: list[Department], people: dict[str, Manager], rng: Random, today: dt.date
) -> None:
    """Plans of sales, norms of points and regulations of contact."""
    director, year_ago = people[DIRECTOR], today.replace(day=1) - dt.timedelta(days=365)
    for department in departments[:: max(1, len(departments) // 4)][:4]:
        PointsNorm.objects.create(department=department, points=rng.randrange(20, 60), since=year_ago, set_by=director)
    KindPoints.objects.create(
        kind_id=company.event_kinds["call_out"], points=4, since=today - dt.timedelta(days=200), set_by=director
    )
    Regulation.objects.create(times=1, per=Regulation.Per.QUARTER, since=year_ago, set_by=director)
    Regulation.objects.create(category="A", times=1, per=Regulation.Per.MONTH, since=year_ago, set_by=director)
    first = today.replace(day=1)
    months = [(first + dt.timedelta(days=62)).replace(day=1)]
    while len(months) < _PLANNED_MONTHS:
        months.append((months[-1] - dt.timedelta(days=1)).replace(day=1))
    SalesPlan.objects.bulk_create(
        (
            SalesPlan(manager_id=manager, month=month, amount=rng.randrange(2, 40) * 100_000, set_by=director)
            for manager in sorted(company.department)
            for month in months
        ),
        batch_size=1000,
    )
