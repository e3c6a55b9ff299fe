"""The calendar: a night, a look at everything, a working day, and so on to the end."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import CheckConstraint

from clients.holidays import ensure_public_holidays
from clients.models import Absence, Client, Holiday
from crm import clock
from exchange.models import ClaimPause, Detachment, FirstTouch, LeavingWarning, NightlyRun
from exchange.night import run_due_nights
from exchange.simulation import administrators, company, heads, sellers, tricks
from exchange.simulation.options import Options
from exchange.simulation.summary import Figures, picture_of
from exchange.simulation.world import World
from interactions.models import Event

DAY = dt.timedelta(days=1)


def simulate(options: Options, *, world: World | None = None, tell: Any = None) -> World:
    """Play a company through and look at everything after every night. Returns the world at its end.

    ``tell``: called with the world after every day, to show how far it is.

    Raises:
        InvariantBroken: something that must always be true was not.
        SimulationFailed: a service raised what nobody expects.
    """
    world = world or World(options)
    last = options.start + DAY * (options.days - 1)
    day = options.start
    with constraints_asked_once():
        company.found(world)
        while day <= last:
            play(world, day, is_last=day == last)
            if tell:
                tell(world)
            day += DAY
    return world


@contextmanager
def constraints_asked_once() -> Iterator[None]:
    """Leave the check constraints to the database, which looks at every row it writes. Django asks it for each of them
    before, with a query of its own: two fifths of all the time of a simulation."""
    validate = CheckConstraint.validate
    CheckConstraint.validate = lambda *args, **kwargs: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        CheckConstraint.validate = validate  # type: ignore[method-assign]


def play(world: World, day: dt.date, *, is_last: bool = False) -> None:
    """One day from its night to its evening."""
    world.morning(day, hour=1)
    world.wake()
    night(world, day, is_last=is_last)
    world.morning(day)
    with world.now():
        rests = day.weekday() >= 5 or Holiday.objects.filter(date=day).exists()
    if rests:
        return
    read_the_morning(world)
    administrators.morning(world)
    heads.morning(world)
    people = world.present()
    world.chance.shuffle(people)
    for person in people:
        sellers.work(world, person)
        if person.character.cheats:
            tricks.cheat(world, person)
        sellers.fall_ill(world, person)
    heads.evening(world)
    administrators.evening(world)


def night(world: World, day: dt.date, *, is_last: bool = False) -> None:
    """Run the night, unless the machine is off; then everything is looked at."""
    world.night_missed = not is_last and world.rarely(0.01)
    with clock.playing(world.moment):
        if not world.night_missed:
            due = Client.objects.held().filter(detach_on__lte=day).values_list("pk", flat=True)
            late = FirstTouch.objects.open().filter(due_on__lt=day).values_list("client_id", flat=True)
            world.checker.befores.remember([*due, *late], day)
            before = _so_far()
            ensure_public_holidays(day)
            for run in run_due_nights(day):
                _count(world, run)
            _count_arrivals(world, before)
        else:
            world.count("nights missed")
        world.checker.after_night(day, ran=not world.night_missed, full=True if is_last else None)
    if not world.night_missed:
        world.figures.append(Figures(day, *picture_of(day)))
        world.counts["pauses"] = ClaimPause.objects.count()


def _so_far() -> int:
    return Detachment.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _count(world: World, run: NightlyRun) -> None:
    world.count("nights")
    world.count("warned", LeavingWarning.objects.filter(run=run).count())
    world.count("nights that asked", run.decision == "asked")


def _count_arrivals(world: World, after: int) -> None:
    for reason in Detachment.objects.filter(pk__gt=after).values_list("reason", flat=True):
        world.count("first contacts failed" if reason == "untouched" else "detached")


def read_the_morning(world: World) -> None:
    """What people find on their pages when they come in: a handful of queries for all of them together."""
    world.away = {}
    with world.now():
        for manager, deputy in Absence.objects.in_force(world.day).values_list("manager_id", "deputy_id"):
            world.away[manager] = deputy
        evening = clock.at(world.day, 23)
    world.mine = defaultdict(list)
    fields = ("pk", "manager_id", "detach_on")
    for row in Client.objects.held().order_by("pk").values_list(*fields, named=True):
        world.mine[row.manager_id].append(row)
    board = Client.objects.on_exchange().order_by("pk")
    world.board = list(board.values_list("pk", "last_manager_id", "exchange_since", "quarantine_until", named=True))
    world.plans = defaultdict(list)
    plans = Event.objects.planned().filter(occurred_at__lte=evening).order_by("occurred_at", "pk")
    for pk, responsible in plans.values_list("pk", "responsible_id"):
        world.plans[responsible].append(pk)
    world.duties = defaultdict(list)
    for client, manager in FirstTouch.objects.open().order_by("pk").values_list("client_id", "manager_id"):
        world.duties[manager].append(client)
