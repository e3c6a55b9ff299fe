"""Loads an empty base with a company, its clients and their history."""

import datetime as dt
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from clients.models import Client, Department, Manager
from crm import clock, tallies
from crm.base import stores
from crm.base.company import make_company
from crm.base.days import NIGHTS, TODAY, Days
from crm.base.lives import Lives, World
from crm.base.names import Names
from crm.base.sizes import Sizes
from crm.base.tables import RUNS, SNAPSHOTS, TABLES
from crm.base.tallies import LEFT, RED, WARNED, YELLOW, Tallies
from exchange.claim_rulebook import load_claim_rules
from exchange.models import NightlyRun, RunStatus
from exchange.rulebook import load_rules
from reports.kept import settling

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What kind of base is wanted."""

    clients: int
    events: int
    managers: int
    departments: int
    seed: int = 1
    processes: int = 2


def is_empty() -> bool:
    """Whether nobody works here yet and there are no clients."""
    return not (Client.objects.exists() or Manager.objects.exists() or Department.objects.exists())


def load(order: Order, *, today: dt.date, say: Say) -> None:
    """Load an empty base."""
    with settling.unsettled():
        _load(order, today=today, say=say)
    say("All is there.")


def _load(order: Order, *, today: dt.date, say: Say) -> None:
    is_postgresql = connection.vendor == "postgresql"
    with tallies.uncounted(), stores.bare_tables() if is_postgresql else transaction.atomic():
        company = make_company(managers=order.managers, departments=order.departments, seed=order.seed, today=today)
        rules = load_rules()
        world = World(
            days=Days(today),
            company=company,
            names=Names(company.words, order.seed),
            sizes=Sizes(order.clients, order.events, order.seed),
            seed=order.seed,
            touch_days=load_claim_rules().touch_days or 7,
            warn_levels=tuple(rules.warn_levels),
            warn_head=rules.warn_head or 0,
        )
        say("The company is there.")
        nights = _by_copy(world, order.processes, say) if is_postgresql else _by_insert(world)
        _runs(world, nights)
        stores.reset_sequences((*TABLES, RUNS))
    stores.analyse()
    say("Indexes are there, all is added up; there are statistics.")


# --- PostgreSQL -------------------------------------------------------------------------------------------------------
def _by_copy(world: World, processes: int, say: Say) -> Tallies:
    """Several processes make the rows, then they are copied."""
    with tempfile.TemporaryDirectory(prefix="load_base_") as name:
        folder = Path(name)
        connection.close()  # nobody shares it with the makers
        context = multiprocessing.get_context("fork")
        with context.Pool(processes) as pool:
            jobs = [pool.apply_async(_spool, (world, maker, processes, folder)) for maker in range(processes)]
            found = [job.get() for job in jobs]
        for other in found[1:]:
            found[0].add(other)
        say("Rows are made.")
        spool = stores.Spool(folder, processes)
        for rows in _snapshots(world, found[0]):
            spool.write(SNAPSHOTS, rows)
        spool.close()
        stores.copy_spooled(folder)
        say("Rows are copied.")
    return found[0]


def _spool(world: World, maker: int, makers: int, folder: Path) -> Tallies:
    tallies, spool = _tallies(world), stores.Spool(folder, maker)
    for chunk in world.sizes.chunks():
        if chunk.number % makers == maker:
            for table, rows in Lives(world, chunk, tallies).make().items():
                spool.write(table, rows)
    spool.close()
    return tallies


# --- SQLite -----------------------------------------------------------------------------------------------------------
def _by_insert(world: World) -> Tallies:
    tallies = _tallies(world)
    for chunk in world.sizes.chunks():
        for table, rows in Lives(world, chunk, tallies).make().items():
            stores.insert(table, rows)
    for rows in _snapshots(world, tallies):
        stores.insert(SNAPSHOTS, rows)
    return tallies


# --- nights -----------------------------------------------------------------------------------------------------------
def _tallies(world: World) -> Tallies:
    return Tallies(world.company.managers, world.company.departments)


def _snapshots(world: World, tallies: Tallies) -> Iterator[stores.Rows]:
    """A row for each night and manager that held anybody, and for each department whose clients waited."""
    text, pk = world.days.text, 0
    nights = range(NIGHTS, TODAY + 1)
    for manager, department in sorted(world.company.department.items()):
        rows: stores.Rows = []
        for night, counts in zip(nights, tallies.held_by_night(manager), strict=True):
            if any(counts):
                pk += 1
                rows.append((pk, text[night], department, manager, *counts, 0))
        yield rows
    for department in sorted(set(world.company.department.values())):
        rows = []
        for night, waiting in zip(nights, tallies.waiting_by_night(department), strict=True):
            if waiting:
                pk += 1
                rows.append((pk, text[night], department, None, 0, 0, 0, waiting))
        yield rows


def _runs(world: World, tallies: Tallies) -> None:
    """The nights, the last one published this morning."""
    days = world.days
    held = [[0, 0, 0] for _ in range(NIGHTS, TODAY + 1)]
    for manager in world.company.department:
        for total, counts in zip(held, tallies.held_by_night(manager), strict=True):
            for colour, number in enumerate(counts):
                total[colour] += number
    waiting = [0] * len(held)
    for department in set(world.company.department.values()):
        for at, number in enumerate(tallies.waiting_by_night(department)):
            waiting[at] += number
    runs = []
    for at, night in enumerate(range(NIGHTS, TODAY + 1)):
        started = min(clock.at(days.dates[night], 1), clock.now())
        green, yellow, red = held[at]
        left = tallies.done(LEFT, night)
        runs.append(
            NightlyRun(
                pk=at + 1,
                date=days.dates[night],
                status=RunStatus.DONE,
                policy_version=days.policy,
                turned_yellow=tallies.done(YELLOW, night),
                turned_red=tallies.done(RED, night),
                detached=left,
                proposed=left,
                warned=tallies.done(WARNED, night),
                held=green + yellow + red,
                green=green,
                yellow=yellow,
                red=red,
                on_exchange=waiting[at],
                started_at=started,
                finished_at=min(started + dt.timedelta(seconds=3), clock.now()),
            )
        )
    NightlyRun.objects.bulk_create(runs)
