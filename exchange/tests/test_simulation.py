"""A company is played through the real services, and what must be true is looked at after every night."""

import copy
import datetime as dt
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from clients.models import Client, OwnershipPeriod
from clients.services import create_client
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from exchange import services
from exchange.models import (
    Claim,
    ClaimPause,
    Detachment,
    LeavingWarning,
    NightlyRun,
    Protection,
    Shelving,
    ZoneTransition,
)
from exchange.night import run_due_nights
from exchange.simulation import InvariantBroken, Options, World, simulate
from exchange.simulation.company import found
from exchange.simulation.days import constraints_asked_once, play
from exchange.simulation.invariants.leavers import Leavers
from exchange.simulation.invariants.naive import dates_of, months_later
from exchange.simulation.summary import summary
from exchange.undo import undo_one
from interactions.models import Event, EventKind

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
SEEDS = range(1, 21)
#: The company that is spoilt.
SPOILT = 3
#: What must happen in some of them.
HAPPENS = (
    "contacts", "plans", "plans kept", "sales", "late contacts", "back-dated contacts", "dates approved",
    "dates declined", "warned", "detached", "claims", "assigned", "spread", "overrules", "returned", "released",
    "handed over", "first contacts", "first contacts failed", "pauses", "given back", "undone", "departures",
    "departures taken back", "clients of leavers", "hired", "merges", "policies changed", "protected", "quarantined",
    "absences decided", "nights missed", "calls from the exchange", "future contacts: refused",
    "contacts on others' clients: refused", "refused by delay", "refused by cap", "refused by cooldown",
    "refused by pause", "refused by quarantine",
)  # fmt: skip


def options(seed: int, **kwargs: int) -> Options:
    return Options.short(seed, **kwargs)


@pytest.mark.sqlite
@pytest.mark.parametrize("seed", SEEDS)
def test_everything_holds_after_every_night(seed: int, seeds: Path) -> None:
    """Twenty companies. The last one to end looks whether over all of them everything really happened."""
    world = simulate(options(seed))
    assert world.checker.nights == world.options.days
    assert "Refused claims by rule" in summary(world)
    (seeds / f"{seed}.json").write_text(json.dumps(world.counts))
    found = [path for path in seeds.glob("*.json") if path.stem.isdecimal()]
    if len(found) == len(SEEDS):
        _everything_happened(sum((Counter(json.loads(path.read_text())) for path in found), Counter()))


@pytest.fixture
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "seeds"
    folder.mkdir(exist_ok=True)
    return folder


def _everything_happened(seen: Counter[str]) -> None:
    """A company in which nothing happens would hold anything."""
    missing = [name for name in HAPPENS if not seen[name]]
    assert not missing
    # What the rules forbid never worked.
    for trick in ("claim and drop", "launder the cool-down", "claim on arrival", "claim it back", "beyond the cap"):
        assert not seen[f"trick {trick}: worked"]


@pytest.mark.postgres
@pytest.mark.parametrize("seed", [3, 12])
def test_everything_holds_on_postgresql_too(seed: int) -> None:
    world = simulate(options(seed, days=32))
    assert world.counts["nights"] >= 25


@pytest.mark.sqlite
def test_the_same_seed_plays_the_same_company() -> None:
    first, second = World(options(5, days=9)), World(options(5, days=9))
    for world in (first, second):
        with forgotten():
            simulate(world.options, world=world)
    assert first.counts == second.counts
    assert first.figures == second.figures
    assert summary(first) == summary(second)


@contextmanager
def forgotten() -> Iterator[None]:
    """What is done inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- the checker really fails -----------------------------------------------------------------------------------------
def _on_exchange() -> Client:
    client = Client.objects.on_exchange().order_by("pk").first()
    assert client
    return client


def _held() -> Client:
    client = Client.objects.held().filter(zone="green").order_by("pk").first()
    assert client
    return client


def _claim(world: World, client: Client | None = None, **facts: object) -> Claim:
    values = {"manager_id": min(world.sellers), "date": world.day, "claimed_at": clock.at(world.day, 12)}
    values |= {"exchange_since": clock.at(world.day - 3 * DAY, 12), "client": client} | facts
    world.checker.ledger.made = None
    return Claim.objects.create(**values)


def both_held_and_on_the_exchange(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints=ON")
    Client.objects.filter(pk=_on_exchange().pk).update(manager=min(world.sellers))


def held_by_somebody_else(world: World) -> None:
    client = _held()
    other = next(pk for pk in world.sellers if pk != client.manager_id)
    Client.objects.filter(pk=client.pk).update(manager=other)


def an_owner_forgotten(world: World) -> None:
    OwnershipPeriod.objects.filter(client=Detachment.objects.filter(undone_at=None).latest("pk").client).delete()


def an_arrival_lost(world: World) -> None:
    client = _on_exchange()
    Detachment.objects.filter(client=client).delete()


def a_row_of_the_ledger_gone(world: World) -> None:
    Claim.objects.filter(pk=Claim.objects.earliest("pk").pk).delete()


def a_row_of_the_ledger_changed(world: World) -> None:
    claim = Claim.objects.earliest("pk")
    Claim.objects.filter(pk=claim.pk).update(date=claim.date - DAY)


def a_claim_not_written_down(world: World) -> None:
    world.checker.ledger.made = Claim.objects.count() + 1


def one_claim_too_many(world: World) -> None:
    for number in range(6):
        _claim(world, claimed_at=clock.at(world.day, 12, number))


def claimed_on_arrival(world: World) -> None:
    _claim(world, exchange_since=clock.at(world.day, 1))


def claimed_by_who_lost_it(world: World) -> None:
    arrived = Detachment.objects.filter(undone_at=None).latest("detached_at")
    claimed_at = clock.at(world.day, 12)
    _claim(world, arrived.client, manager_id=arrived.manager_id, exchange_since=claimed_at - 2 * DAY)
    OwnershipPeriod.objects.filter(client=arrived.client, manager=arrived.manager_id, until__isnull=False).update(
        until=world.day - 3 * DAY, since=world.day - 20 * DAY
    )


def claimed_in_a_pause(world: World) -> None:
    claim = _claim(world)
    ClaimPause.objects.create(manager_id=claim.manager_id, starts_on=world.day - DAY, until=world.day + DAY, failures=2)


def claimed_though_set_aside(world: World) -> None:
    client = _on_exchange()
    claim = _claim(world, client)
    Shelving.objects.create(
        client=client,
        action="quarantine",
        until=world.day + DAY,
        reason="They asked",
        date=world.day,
        made_at=claim.claimed_at - 2 * HOUR,
        made_by_id=world.director_id,
    )


def never_called(world: World) -> None:
    first, second = (ManagerFactory(department_id=world.departments[0]) for _ in range(2))
    with clock.playing(clock.at(world.day - 30 * DAY, 12)):
        client = create_client(client=Client(name="Forgotten"), by=first, manager=first)
        services.return_client(client_id=client.pk, by=first, reason=None)
    with clock.playing(clock.at(world.day - 20 * DAY, 12)):
        services.claim(client_id=client.pk, by=second)
    world.checker.ledger.made = None


def failures_without_a_pause(world: World) -> None:
    ClaimPause.objects.all().delete()
    client = _held()
    for number in range(3):
        claim = _claim(world, date=world.day - 5 * DAY, exchange_since=clock.at(world.day - 9 * DAY, number))
        Detachment.objects.create(
            client=client, manager_id=claim.manager_id, reason="untouched", date=world.day, assigned_on=claim.date,
            clock_date=claim.date, zone="green", failed_claim=claim, detached_at=clock.at(world.day, 1, number),
        )  # fmt: skip


def a_date_moved(world: World) -> None:
    client = _held()
    Client.objects.filter(pk=client.pk).update(detach_on=client.detach_on + DAY)


def a_wrong_colour(world: World) -> None:
    client = _held()
    Client.objects.filter(pk=client.pk).update(zone="yellow")
    ZoneTransition.objects.create(client=client, from_zone="green", to_zone="yellow", cause="night", date=world.day)


def a_colour_not_written_down(world: World) -> None:
    Client.objects.filter(pk=_held().pk).update(zone="yellow")


def a_contact_deleted_behind_the_back(world: World) -> None:
    event = Event.objects.filter(counted_on=F("client__last_contact_on"), stage_change=None).latest("pk")
    Event.objects.filter(client=event.client_id, counted_on=event.counted_on).delete()


def a_change_without_a_change_log(world: World) -> None:
    event = Event.objects.filter(client__manager__isnull=False, counted_on=None).latest("pk")
    Event.objects.filter(pk=event.pk).update(responsible=world.director_id)


def a_plan_left_behind(world: World) -> None:
    client = _on_exchange()
    kind = EventKind.objects.get(code="call_out")
    Event.objects.create(
        client=client, kind=kind, status="planned", responsible_id=world.director_id, author_id=world.director_id,
        occurred_at=clock.at(world.day + DAY, 12), created_at=client.exchange_since - HOUR,
    )  # fmt: skip


def warnings_torn_out(world: World) -> None:
    LeavingWarning.objects.all().delete()
    world.checker.leavers = Leavers()


def taken_under_protection(world: World) -> None:
    taken = Detachment.objects.filter(reason="idle", undone_at=None).latest("pk")
    Protection.objects.create(
        client=taken.client, manager=taken.manager, reason="A tender", starts_on=taken.date - DAY,
        until=taken.date + DAY, given_by_id=world.director_id,
    )  # fmt: skip
    world.checker.leavers = Leavers()


def a_night_that_failed(world: World) -> None:
    NightlyRun.objects.filter(date=world.day).update(status="failed")


def undone_to_somebody_else(world: World) -> None:
    client = _held()
    world.checker.befores.remember([client.pk], world.day)
    OwnershipPeriod.objects.filter(client=client, until=None).update(since=client.assigned_on - DAY)
    world.checker.befores.given_back([client.pk], world.day)


CORRUPTIONS: list[tuple[Callable[[World], None], str]] = [
    (both_held_and_on_the_exchange, "held or on the exchange"),
    (held_by_somebody_else, "owner and owner history agree"),
    (an_owner_forgotten, "owner"),
    (an_arrival_lost, "arrivals are written down"),
    (a_row_of_the_ledger_gone, "ledger"),
    (a_row_of_the_ledger_changed, "ledger"),
    (a_claim_not_written_down, "every claim is in the ledger"),
    (one_claim_too_many, "claims of a day"),
    (claimed_on_arrival, "time to look"),
    (claimed_by_who_lost_it, "former owners wait"),
    (claimed_in_a_pause, "a pause is a pause"),
    (claimed_though_set_aside, "who is set aside is not claimed"),
    (never_called, "a claim needs a first contact"),
    (failures_without_a_pause, "too many failures pause"),
    (a_date_moved, "dates"),
    (a_wrong_colour, "zone"),
    (a_colour_not_written_down, "every colour is written down"),
    (a_contact_deleted_behind_the_back, "last contact"),
    (a_change_without_a_change_log, "every change has its row"),
    (a_plan_left_behind, "plans are returned"),
    (warnings_torn_out, "nobody leaves unwarned"),
    (taken_under_protection, "the protected stay"),
    (a_night_that_failed, "the night"),
    (undone_to_somebody_else, "undo restores exactly"),
]
#: What rows of the market are looked at alone for: what was made up for them would shout elsewhere first.
_MARKET_ONLY = {claimed_by_who_lost_it, claimed_though_set_aside, failures_without_a_pause}


@pytest.mark.sqlite
def test_the_checker_shouts_with_the_seed() -> None:
    """One company, spoilt in one way after the other."""
    world = World(options(SPOILT))
    with constraints_asked_once():
        found(world)
        day = world.options.start
        while not _is_eventful(world):
            assert day < world.options.start + 60 * DAY, "nothing happens in this company"
            play(world, day)
            day += DAY
    world.day = day
    _settle(world)
    silent = []
    for corrupt, rule in CORRUPTIONS:
        kept = copy.deepcopy(world.checker)
        with forgotten():
            words = _shout(world, corrupt)
        world.checker = kept
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints=OFF")
        if rule not in words.partition("\n")[0]:
            silent.append((corrupt.__name__, words))
        elif words:
            assert f"seed {SPOILT}, " in words
            assert f"--seed {SPOILT} " in words
    assert not silent
    world.checker.after_night(world.day, full=True)


def _is_eventful(world: World) -> bool:
    taken = Detachment.objects.filter(reason="idle", undone_at=None)
    return taken.exists() and Claim.objects.exclude(client=None).count() > 2


def _shout(world: World, corrupt: Callable[[World], None]) -> str:
    """What the checker says of a spoilt company; "" when it says nothing."""
    try:
        corrupt(world)
        if corrupt in _MARKET_ONLY:
            world.checker.ledger.check(world.checker.look(world.day))
        else:
            world.checker.after_night(world.day, full=True)
    except InvariantBroken as broken:
        return str(broken)
    return ""


def _settle(world: World) -> None:
    """A night after which one client stands on the exchange for sure."""
    world.morning(world.day, hour=1)
    with clock.playing(world.moment):
        run_due_nights(world.day)
        world.checker.after_night(world.day, full=True)
        if not Client.objects.on_exchange().exists():
            client = _held()
            services.return_client(client_id=client.pk, by=world.director, reason=None)
            world.checker.after_night(world.day, full=True)


# --- what it has found ------------------------------------------------------------------------------------------------
def test_undo_gives_the_last_manager_back_who_was_the_same_person() -> None:
    """Returned, given to him again, returned again and undone: he was the one before himself (seed 1)."""
    department = DepartmentFactory()
    head, seller = head_of(department), ManagerFactory(department=department)
    now = clock.at(dt.date(2024, 2, 6), 9)
    with clock.playing(now - 20 * DAY):
        client = held_client(seller)
        services.return_client(client_id=client.pk, by=seller, reason=None)
    with clock.playing(now - 10 * DAY):
        services.assign_from_exchange(client_id=client.pk, manager=seller, by=head, reason="He knows them best")
    with clock.playing(now):
        undo_one(detachment=services.return_client(client_id=client.pk, by=seller, reason=None), by=head)
    client.refresh_from_db()
    assert (client.manager, client.last_manager) == (seller, seller)


# --- the naive dates are the documented ones --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "frozen", "expected"),
    [
        ("2026-01-31", [], ("2026-02-28", "2026-06-30", "2026-08-01")),
        ("2024-02-29", [], ("2024-03-29", "2024-07-29", "2024-08-30")),
        ("2026-03-15", [("2026-08-03", "2026-08-16")], ("2026-04-15", "2026-08-29", "2026-09-30")),
        ("2026-03-15", [("2026-04-15", "2026-04-21")], ("2026-04-22", "2026-08-22", "2026-09-23")),
        ("2026-03-15", [("2026-04-01", "2026-06-30")], ("2026-06-14", "2026-10-14", "2026-11-15")),
        ("2025-10-15", [("2025-11-01", "2026-02-28")], ("2026-03-14", "2026-07-12", "2026-08-13")),
    ],
)
def test_the_naive_dates_are_those_of_the_rules(
    start: str, frozen: list[tuple[str, str]], expected: tuple[str, ...]
) -> None:
    day = dt.date.fromisoformat
    days = frozenset(
        day(first) + number * DAY
        for first, last in frozen
        for number in range((day(last) - day(first)).days + 1)
    )  # fmt: skip
    assert dates_of(day(start), (1, 5, 6), days, 60) == tuple(map(day, expected))
    assert months_later(day("2025-08-31"), 6) == day("2026-02-28")


# --- the command ------------------------------------------------------------------------------------------------------
def test_the_command_refuses_a_database_with_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATION_SCRATCH", "1")
    ManagerFactory()
    with pytest.raises(CommandError, match="clients or people"):
        call_command("simulate", days=1)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_the_command_plays_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    call_command("simulate", days=3, clients=12, managers=2, seed=2, short=True)
    assert "Everything held in 3 nights" in capfd.readouterr().out
    assert not Client.objects.exists()
