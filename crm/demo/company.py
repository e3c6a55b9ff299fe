"""Makes the whole company in memory and stores it in one transaction."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.models import F, Model, Q

from clients.models import (
    Client,
    Department,
    LeadSource,
    LetterTemplate,
    Manager,
    ManagerSchedule,
    Occasion,
    PointsNorm,
    RuleSetting,
    WorkSchedule,
    ZonePolicy,
)
from crm import clock, tallies
from crm.demo.desk import Desk
from crm.demo.firms import Known, Registry
from crm.demo.keeping import SPECIAL
from crm.demo.ledger import call_in, find_signals, keep_books, plant_burst, set_aside
from crm.demo.legs import gained_at, night_of_many, plan_legs
from crm.demo.market import FATES, Market, keep_the_rules, market_lots
from crm.demo.nights import Nights, by_client
from crm.demo.people import BREAKER_CLIENTS, BREAKER_SHARE, make_people, make_rules, seller_named
from crm.demo.plans import make_plans
from crm.demo.scenes import Draft
from crm.demo.story import Story
from crm.demo.telling import make_notices
from crm.demo.words import words_of
from crm.demo.world import DAY, MINUTE, Seller, World
from exchange.models import ReturnReason, Signal, SignalLook
from interactions import process_activity, process_path
from interactions.models import (
    Event,
    EventKind,
    KindPoints,
    LossReason,
    ProcessKind,
    Product,
    SalesProcess,
    Stage,
    StageChange,
    TallyState,
)

#: What holds from a day on, with its trail.
_NORMS = (ManagerSchedule, PointsNorm, KindPoints)
#: What migrations ship: not emptied, and only read.
_SHIPPED = (
    EventKind, ProcessKind, Stage, LossReason, LeadSource, ReturnReason, ZonePolicy, Occasion, LetterTemplate,
    WorkSchedule, *_NORMS, *(model.history.model for model in _NORMS), TallyState,
)  # fmt: skip
_APPS = ("clients", "interactions", "exchange", "reports")
#: Of all clients: on the exchange by idleness, returned, left behind; claimed lately; never given to anybody.
_IDLE, _RETURNED, _LEFT, _CLAIMED, _UNASSIGNED = 0.042, 0.014, 0.005, 0.04, 0.008
_BATCH = 500


def is_empty() -> bool:
    """Whether nobody works here yet: no people, no departments, no clients."""
    return not any(model.objects.exists() for model in (Client, Manager, Department))


def flush() -> None:
    """Remove all people, clients and history; the shipped dictionaries stay."""
    doomed = [
        model
        for label in _APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model not in _SHIPPED
    ]
    doomed += [apps.get_model("admin.LogEntry"), apps.get_model("sessions.Session")]
    Occasion.objects.exclude(industry=None).delete()  # days of trades; the trades go too
    for model in doomed:
        # The constraints are checked at the end of the transaction; no signal or history row is wanted here.
        queryset = model._base_manager.all()
        queryset._raw_delete(queryset.db)
    ZonePolicy.objects.exclude(department=None).delete()
    _flush_norms()
    _count_from_one(doomed)
    tallies.count_all()


def _flush_norms() -> None:
    """What people have set, with its trail; what was shipped holds everywhere and was set by nobody."""
    for queryset in (
        ManagerSchedule.objects.filter(Q(manager__isnull=False) | Q(set_by__isnull=False)),
        PointsNorm.objects.filter(Q(department__isnull=False) | Q(set_by__isnull=False)),
        KindPoints.objects.exclude(set_by=None),
    ):
        queryset._raw_delete(queryset.db)
    for model in _NORMS:
        trail = model.history.exclude(id__in=model._base_manager.values("pk"))
        trail._raw_delete(trail.db)
    WorkSchedule.objects.filter(uses=None).delete()


def _count_from_one(models: Iterable[type[Model]]) -> None:
    """The next ids of emptied tables: what the program itself adds (signals and their notices) has the same again."""
    emptied = [{"table": model._meta.db_table, "column": model._meta.pk.column} for model in models]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), emptied):
            cursor.execute(statement)


def make_company(*, language: str, seed: int, today: dt.date, now: dt.datetime, size: int) -> World:
    """The demo company of ``size`` clients as of ``now``, in memory: the same arguments give the same rows."""
    world = World(seed=seed, language=language, words=words_of(language), today=today, now=now, size=size)
    _products(world)
    make_people(world)
    make_rules(world)
    registry = Registry(world)
    market = Market(world)
    clients = [_client(world, registry, market, number, *lot) for number, lot in enumerate(_lots(world), 1)]
    registry.relate(clients)
    keep_the_rules(world, clients)
    set_aside(world, clients)
    stories = [Story(world, known) for known in clients]
    for story in stories:
        story.tell()
    _mailings(world, stories)
    make_plans(world, stories)
    plant_burst(world, stories)
    inbound = call_in(world, stories)
    desk = Desk(world, stories)
    desk.set_out()
    events = _settle(world, [draft for story in stories for draft in story.drafts])
    nights, of_client = Nights(world), by_client(events)
    for known in clients:
        if known.legs:
            nights.live(known, of_client.get(known.row.pk, []))
    nights.close()
    market_rows = keep_books(world, clients, of_client, inbound)
    make_notices(world, nights, market_rows, desk.finish(clients))
    return world


def store(world: World, stored: Callable[[int], Any] = lambda rows: None) -> None:
    """Write all rows, a few hundred at a time; ``stored`` is told how many. The caller holds the transaction."""
    for model, rows in world.rows.items():
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            model._base_manager.bulk_create(batch)
            stored(len(batch))
    for model in (Client, SalesProcess, Event):  # "changed" is set by every save, and nothing has been changed yet
        model._base_manager.update(updated_at=F("created_at"))
    process_activity.recompute_rows(SalesProcess.objects.all())
    process_path.recompute_rows(SalesProcess.objects.all(), StageChange.objects.all())
    for setting in world.of(RuleSetting):  # "changed" is now for every stored row
        RuleSetting.objects.filter(pk=setting.pk).update(changed_at=world.rules_changed_at)
    # The rows brought ids of their own: PostgreSQL's counters must go on after them.
    statements = connection.ops.sequence_reset_sql(no_style(), list(world.rows))
    if statements:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    _count_from_one([Signal, SignalLook, Signal.events.through])
    if connection.vendor == "postgresql":
        # The planner still takes the tables for what they were, empty: a query may then take minutes.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    find_signals(world)


def _lots(world: World) -> Iterator[tuple[Seller | None, str, str]]:
    """Seller, category and fate of each client: the distribution of today."""
    rng, size = world.rng("lots"), world.size
    active = [seller for seller in world.sellers if seller.weight]
    careless = [seller for seller in active if seller.manager.role == "salesperson"]

    def category() -> str:
        return rng.choices("ABC", weights=(10, 30, 60))[0]

    special: list[tuple[Seller | None, str, str]] = market_lots(world)
    for fate, share in (("idle", _IDLE), ("returned", _RETURNED), ("left", _LEFT), ("unassigned", _UNASSIGNED)):
        for _ in range(max(1, round(size * share))):
            weights = [seller.shares[2] for seller in careless]
            seller = rng.choices(careless, weights=weights)[0] if fate in ("idle", "returned") else None
            special.append((seller, category(), fate))
    _let_many_leave_at_once(world, special)
    losing = seller_named(world, "northwest2")
    kept = [(seller_named(world, username), category, fate) for fate, username, category in SPECIAL]
    lots = [*special, (losing, "A", "losing"), *kept]
    held = size - len(lots)
    total = sum(seller.weight for seller in active)
    quota = {seller: held * seller.weight / total for seller in active}
    counts = {seller: int(number) for seller, number in quota.items()}
    for seller in sorted(active, key=lambda one: counts[one] - quota[one])[: held - sum(counts.values())]:
        counts[seller] += 1
    for seller, number in counts.items():
        _green, yellow, red = (round(number * share) for share in seller.shares)
        fates = ["yellow"] * yellow + ["red"] * red
        fates += ["green"] * (number - len(fates))
        touched = 0
        if world.workday_has_begun and not seller.absent_since:
            touched = min(rng.randint(1, 4), fates.count("green") // 4)
        claimed = min(round(number * rng.uniform(0, 2 * _CLAIMED)), fates.count("green") - touched)
        fates[len(fates) - touched :] = ["today"] * touched
        fates[len(fates) - touched - claimed : len(fates) - touched] = ["claimed"] * claimed
        lots += [(seller, category(), fate) for fate in fates]
    rng.shuffle(lots)
    return iter(lots)


def _let_many_leave_at_once(world: World, lots: list[tuple[Seller | None, str, str]]) -> None:
    """Some of the idle left last night or the nights before; others were due all in one night, which had to ask."""
    idle = [number for number, lot in enumerate(lots) if lot[2] == "idle"]
    for number in idle[: 1 + len(idle) // 15]:
        lots[number] = (*lots[number][:2], "just_left")
    many = max(BREAKER_CLIENTS, world.size * BREAKER_SHARE // 100) + 1
    if len(idle) < many * 2 or not (found := night_of_many(world)):
        return
    world.asked_on, careless = found
    rng = world.rng("many at once")
    for number in idle[-many:]:
        lots[number] = (rng.choice(careless), lots[number][1], "together")


def _client(
    world: World, registry: Registry, market: Market, number: int, seller: Seller | None, category: str, fate: str
) -> Known:
    known = registry.make(number, category, fate)
    rng = world.rng("legs", number)
    if fate == "unassigned":
        known.row.created_at = world.now - MINUTE * rng.randint(30, 60 * 24 * 6)
    else:
        if seller and fate in FATES:
            known.legs = market.legs(rng, seller, category, fate)
        else:
            known.legs = plan_legs(world, rng, seller, category, fate)
        first = known.legs[0]
        known.row.created_at = gained_at(first, world) - MINUTE * 5
        known.row.created_by = (first.given_by or first.seller).manager
    registry.add_people(known)
    return known


def _products(world: World) -> None:
    for position, (name, series, price) in enumerate(world.words.products, 1):
        product = Product(name=name, series=series, price=Decimal(price), position=position * 10)
        world.add(product)
        world.products.append(product)


def _mailings(world: World, stories: list[Story]) -> None:
    """A few mailings a year to those who were held then. Nobody turns green by them."""
    rng = world.rng("mailings")
    for number, scene in enumerate(world.words.scenes["mailing"]):
        day = world.today - DAY * (35 + number * 95)
        day -= DAY * max(0, day.weekday() - 4)
        moment = clock.at(day, 11)
        for story in stories:
            leg = next((leg for leg in story.known.legs if leg.start < day < (leg.end or world.today)), None)
            if leg and rng.random() < 0.17:
                story.draft(scene, moment, leg.seller.on_duty(day), with_sale=False)


def _settle(world: World, drafts: list[Draft]) -> list[Event]:
    """Give the events ids in the order of time and tie everything that refers to them."""
    drafts.sort(key=lambda draft: (draft.event.occurred_at, draft.event.client_id))
    for draft in drafts:
        draft.event.pk = world.next_id(Event)
        world.rows[Event].append(draft.event)
    for draft in drafts:
        draft.settle()
        for row in draft.hanging:
            world.add(row)
    return [draft.event for draft in drafts]
