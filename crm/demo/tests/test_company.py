"""The demo company is what the program itself would have made: every stored fact follows from the history."""

import datetime as dt
import itertools
import random
from io import StringIO

import phonenumbers
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Max, Q
from stdnum.ru import inn, ogrn

from clients.freezing import freeze_book
from clients.models import (
    Absence,
    Client,
    ClientRelation,
    CoManager,
    ContactPerson,
    ContactPoint,
    Department,
    Holiday,
    Manager,
    OwnershipPeriod,
    PersonRelation,
    Role,
)
from clients.policies import policy_of
from clients.rules.zones import clock_date, zone_dates, zone_on
from clients.tests.factories import held_client
from clients.zoning import published
from crm import clock
from crm.demo import company
from crm.demo.logins import demo_logins
from crm.demo.words import words_of
from crm.web.demo import PASSWORD
from crm.web.text import fold
from exchange.models import Claim, Detachment, NightlyRun, ZoneSnapshot, ZoneTransition
from exchange.tests.bare import run_night
from interactions.clockwork import set_counted_on
from interactions.models import (
    Agreement,
    Event,
    EventParticipant,
    ProcessLine,
    Product,
    SalesProcess,
    StageChange,
)

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 16)  # a Monday
NOON = clock.at(TODAY)
_EVERYTHING = (
    Department, Manager, Absence, Holiday, Client, CoManager, OwnershipPeriod, ContactPerson, ContactPoint,
    ClientRelation, PersonRelation, Event, EventParticipant, Agreement, SalesProcess, ProcessLine, StageChange,
    NightlyRun, ZoneTransition, ZoneSnapshot, Detachment, Claim, Product,
)  # fmt: skip


def _make(*, language="en", seed=1, now=NOON, size=120):
    world = company.make_company(language=language, seed=seed, today=clock.local_date(now), now=now, size=size)
    with transaction.atomic():
        company.store(world)
    return world


@pytest.fixture
def at_noon(monkeypatch):
    """The program's clock stands at the noon of the made company."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


# Any hour, a weekend, the last day of a month, both languages: what holds must hold always.
MOMENTS = [
    ("en", NOON),
    ("ru", clock.at(dt.date(2026, 8, 31), 22, 30)),
    ("en", clock.at(dt.date(2026, 2, 28), 0, 20)),
]


@pytest.mark.parametrize(("language", "now"), MOMENTS)
def test_stored_clocks_follow_from_the_history(language, now, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    today = clock.local_date(now)
    _make(language=language, now=now, size=100)

    last = dict(Event.objects.filter(counted_on__isnull=False).values_list("client").annotate(last=Max("counted_on")))
    freezes = freeze_book()
    for client in Client.objects.select_related("manager__department"):
        assert client.last_contact_on == last.get(client.pk)
        if client.manager:
            assert client.clock_date == clock_date(client.last_contact_on, client.assigned_on)
            dates = zone_dates(client.clock_date, policy_of(client).thresholds, freezes.of(client.manager_id))
            assert client.zone_dates == dates
            assert client.zone == published(zone_on(dates, today))
        period = client.ownership.filter(until=None).first()
        assert (
            (period.manager_id, period.since) == (client.manager_id, client.assigned_on)
            if period
            else (client.manager is None)
        )

    for event in Event.objects.select_related("kind", "process"):
        counted_on = event.counted_on
        set_counted_on(event, today=today)
        assert event.counted_on == counted_on
        assert event.created_at <= now
        assert event.status == "planned" or event.occurred_at <= now
        assert event.process is None or event.process.client_id == event.client_id

    before = _night_rows(today)
    run_night(today)
    assert _night_rows(today) == before


def _night_rows(day):
    return (
        list(NightlyRun.objects.order_by("pk").values()),
        list(ZoneSnapshot.objects.filter(date=day).order_by("pk").values()),
        ZoneTransition.objects.count(),
        Detachment.objects.count(),
        list(Client.objects.order_by("pk").values("manager", "zone", "exchange_since")),
    )


def test_snapshots_and_transitions_tell_the_same_story(at_noon):
    _make()
    balance = dict.fromkeys(("green", "yellow", "red"), 0)
    on_exchange = 0
    moves = list(ZoneTransition.objects.order_by("pk"))
    for run in NightlyRun.objects.order_by("date"):
        # A night sees the moves of earlier days and its own; the day's own come after it.
        while moves and (moves[0].date < run.date or moves[0].run_id == run.pk):
            move = moves.pop(0)
            for zone, step in ((move.from_zone, -1), (move.to_zone, 1)):
                if zone:
                    balance[zone] += step
            on_exchange += (move.to_zone == "") - (move.from_zone == "" and _was_on_exchange(move))
        assert (run.green, run.yellow, run.red) == tuple(balance.values()), run.date
        assert run.on_exchange == on_exchange, run.date
        assert run.held == sum(balance.values())
    assert not NightlyRun.objects.annotate(left=Count("detachments")).exclude(detached=F("left")).exists()


def _was_on_exchange(move):
    return Claim.objects.filter(client=move.client_id, date=move.date).exists()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_rows_are_valid_and_findable(language, at_noon):
    _make(language=language)
    chance = random.Random(5)
    for model in _EVERYTHING:
        ids = list(model.objects.values_list("pk", flat=True))
        assert ids, model
        for row in model.objects.filter(pk__in=chance.sample(ids, min(20, len(ids)))):
            # What is not edited in forms may be empty there.
            hidden = {field.name for field in model._meta.fields if field.null and not field.blank}
            try:
                row.full_clean(exclude={name for name in hidden if getattr(row, name) is None})
            except ValidationError as error:
                raise AssertionError(f"{model.__name__} {row}: {error}") from error

    _check_identifiers_and_phones()


def _check_identifiers_and_phones():
    clients = list(Client.objects.all())
    assert all(inn.is_valid(client.inn) for client in clients if client.inn)
    assert all(ogrn.is_valid(client.ogrn) for client in clients if client.ogrn)
    assert sum(bool(client.inn) for client in clients) > 30
    assert all(client.search_name == fold(client.name) for client in clients)
    for point in ContactPoint.objects.all():
        stored = point.normalized, point.digits_reversed
        point.normalize()
        assert (point.normalized, point.digits_reversed) == stored
        if point.kind == ContactPoint.Kind.PHONE:
            assert phonenumbers.is_valid_number(phonenumbers.parse(point.normalized)), point.normalized
        else:
            assert point.value.endswith(".example")
    for person in ContactPerson.objects.all():
        assert person.search_name == fold(person.name)
    for department in Department.objects.all():
        path = department.path
        department._store_path()
        assert department.path == path


def test_the_same_seed_and_date_make_the_same_rows():
    _make(size=60)
    first = _dump()
    company.flush()
    _make(size=60)
    assert _dump() == first
    company.flush()
    _make(size=60, seed=2)
    assert _dump() != first


def _dump():
    return {model: list(model.objects.order_by("pk").values()) for model in _EVERYTHING}


def test_there_is_something_to_look_at(at_noon):
    _make(size=400)
    held = Client.objects.held().count()
    shares = {zone: Client.objects.in_zone(zone, TODAY).count() / held for zone in ("green", "yellow", "red")}
    assert 0.58 < shares["green"] < 0.75
    assert 0.18 < shares["yellow"] < 0.32
    assert 0.05 < shares["red"] < 0.14
    assert 0.05 < Client.objects.on_exchange().count() / 400 < 0.1
    assert Client.objects.unassigned().exists()
    assert set(Detachment.objects.values_list("reason", flat=True)) >= {"idle", "returned", "left"}
    assert Claim.objects.filter(date__gt=TODAY - dt.timedelta(days=21)).exists()

    assert Absence.objects.in_force(TODAY).filter(manager__username="absent", deputy__username="deputy").exists()
    assert Absence.objects.waiting().filter(manager__username="seller", deputy__isnull=False).exists()
    assert set(Absence.objects.values_list("kind", flat=True)) == set(Absence.Kind.values)
    assert Holiday.objects.filter(date=dt.date(TODAY.year + 1, 1, 1)).exists()
    assert not Manager.objects.get(username="former").is_active
    assert not Client.objects.filter(manager__is_active=False).exists()
    for seller in Manager.objects.sellers().filter(role=Role.SALESPERSON):
        assert Event.objects.on_day(TODAY).planned().filter(client__manager=seller).exists(), seller
        assert Event.objects.planned().filter(client__manager=seller, occurred_at__gt=NOON).exists()
    assert Event.objects.on_day(TODAY).done().exists()
    assert Event.objects.overdue(NOON).exists()
    assert Event.objects.waiting_approval().count() >= 2

    open_sales = SalesProcess.objects.open()
    assert open_sales.values("kind", "stage").distinct().count() >= 7
    losing = open_sales.get(title=words_of("en").losing_title)
    assert losing.amount > 5_000_000
    assert losing.client.zone == "yellow"
    assert losing.events.planned().filter(occurred_at__lt=NOON).exists()
    closed = SalesProcess.objects.exclude(status="open").aggregate(
        won=Count("pk", filter=Q(status="won")), lost=Count("pk", filter=Q(status="lost", loss_reason__isnull=False))
    )
    assert 0.25 < closed["won"] / (closed["won"] + closed["lost"]) < 0.6
    assert NightlyRun.objects.count() > 500


def test_sales_are_logged_step_by_step(at_noon):
    _make()
    for process in SalesProcess.objects.prefetch_related("stage_changes__event", "lines"):
        steps = sorted(process.stage_changes.all(), key=lambda change: (change.changed_at, change.pk))
        assert steps[0].step == "started"
        assert [step.to_stage_id for step in steps][-1] == process.stage_id
        for one, other in itertools.pairwise(steps):
            assert other.from_stage_id == one.to_stage_id
        assert process.status == {"won": "won", "lost": "lost"}.get(steps[-1].step, "open")
        assert all(step.event.client_id == process.client_id for step in steps)
        assert process.amount == sum(line.quantity * line.price for line in process.lines.all())
    chained = Event.objects.filter(continues__isnull=False)
    assert chained.exists()
    assert not chained.exclude(chain=F("continues__chain")).exists()
    assert not chained.exclude(client=F("continues__client")).exists()
    assert not chained.filter(continues__occurred_at__gt=F("occurred_at")).exists()


def test_the_command_keeps_out_of_a_used_base():
    held_client()
    with pytest.raises(CommandError, match="not empty"):
        call_command("seed_demo", clients=60)
    out = StringIO()
    call_command("seed_demo", clients=60, if_empty=True, stdout=out)
    assert "not empty" in out.getvalue()
    assert Client.objects.count() == 1

    with pytest.raises(CommandError, match="not the demo company"):
        call_command("seed_demo", clients=60, flush=True)
    assert Client.objects.count() == 1
    call_command("seed_demo", clients=60, flush=True, remove_real_data=True, date=TODAY, stdout=out)
    call_command("seed_demo", clients=60, flush=True, date=TODAY, stdout=out)
    assert Client.objects.count() == 60
    # Rows made later get ids of their own.
    assert held_client().pk > 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"date": dt.date(2999, 1, 1)}, "future"),
        ({"clients": 3}, "50"),
        ({"language": "fr"}, "DEMO_LANGUAGE"),
    ],
)
def test_the_command_refuses_nonsense(options, message):
    with pytest.raises(CommandError, match=message):
        call_command("seed_demo", **options)
    assert company.is_empty()


def test_nothing_is_kept_of_a_failed_filling(monkeypatch):
    def fail(world, stored):
        Department.objects.create(name="half")
        raise RuntimeError("no space")

    monkeypatch.setattr(company, "store", fail)
    with pytest.raises(RuntimeError):
        call_command("seed_demo", clients=60, stdout=StringIO())
    assert company.is_empty()
    assert not connection.needs_rollback


def test_sign_in_page_offers_the_demo_people(client, settings, at_noon):
    settings.DEMO = True
    assert list(demo_logins()) == []
    _make(size=60)
    page = client.get("/login/").content.decode()
    for login in demo_logins():
        assert login.name in page
        assert client.login(username=login.username, password=PASSWORD)
    assert [login.username for login in demo_logins()] == ["seller", "deputy", "absent", "head", "director", "admin"]
