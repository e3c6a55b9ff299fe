"""The demo company is what the program itself would have made: every stored fact follows from the history."""

import datetime as dt
import itertools
import random
from io import StringIO

import phonenumbers
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Max, Q
from stdnum.ru import inn, ogrn

from clients import absence_notices, notices
from clients.freezing import freeze_book
from clients.letters import compose_letters
from clients.models import (
    Absence,
    Attachment,
    BulkJob,
    Client,
    ClientRelation,
    ClientTag,
    CoManager,
    ContactPerson,
    ContactPoint,
    CustomField,
    Department,
    ExportLog,
    Holiday,
    Manager,
    Notice,
    Occasion,
    OwnershipPeriod,
    PersonRelation,
    PersonTag,
    RecentItem,
    Role,
    RuleSetting,
    SavedView,
    SavedViewPin,
    Tag,
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
from exchange.models import (
    Claim,
    ClaimPause,
    ContactView,
    Departure,
    DepartureItem,
    DetachHold,
    Detachment,
    FirstTouch,
    HoldKind,
    LeavingWarning,
    NightlyRun,
    ParkedClient,
    Proposal,
    Protection,
    Shelving,
    Signal,
    SignalLook,
    ZoneSnapshot,
    ZoneTransition,
)
from exchange.night import preview, run_night, telling
from interactions import notices as contact_notices
from interactions.clockwork import set_counted_on
from interactions.models import (
    Agreement,
    ClientLetter,
    Event,
    EventParticipant,
    HandOver,
    ProcessLine,
    ProcessTag,
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
    NightlyRun, ZoneTransition, ZoneSnapshot, Detachment, Claim, Product, Protection, DetachHold, LeavingWarning,
    Proposal, Notice, RuleSetting, FirstTouch, ClaimPause, Departure, DepartureItem, Shelving, ContactView, HandOver,
    Signal, SignalLook, ExportLog, Tag, ClientTag, PersonTag, ProcessTag, CustomField, Attachment, SavedView,
    SavedViewPin, RecentItem, BulkJob, ClientLetter, Occasion,
)  # fmt: skip


def _make(*, language="en", seed=1, now=NOON, size=120):
    world = company.make_company(language=language, seed=seed, today=clock.local_date(now), now=now, size=size)
    with transaction.atomic():
        company.store(world)
    return world


# Any hour, a weekend, the last day of a month, both languages: what holds must hold always.
#: Making a company takes seconds: each database makes some of them.
MOMENTS = [
    pytest.param("en", NOON, marks=pytest.mark.postgres),
    pytest.param("ru", clock.at(dt.date(2026, 8, 31), 22, 30), marks=pytest.mark.sqlite),
    pytest.param("en", clock.at(dt.date(2026, 2, 28), 0, 20), marks=pytest.mark.sqlite),
]
LANGUAGES = [pytest.param("en", marks=pytest.mark.postgres), pytest.param("ru", marks=pytest.mark.sqlite)]


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
        assert event.status in ("planned", "cancelled") or event.occurred_at <= now
        assert event.process is None or event.process.client_id == event.client_id

    # Tonight by all rules: the program finds nothing to add to what is stored of this night.
    before = _night_rows(today)
    run_night(today)
    assert _night_rows(today) == before


def _night_rows(day):
    return (
        list(NightlyRun.objects.order_by("pk").values()),
        list(ZoneSnapshot.objects.filter(date=day).order_by("pk").values()),
        ZoneTransition.objects.count(),
        Detachment.objects.count(),
        list(LeavingWarning.objects.order_by("pk").values()),
        list(DetachHold.objects.order_by("pk").values()),
        Proposal.objects.count(),
        Notice.objects.count(),
        list(Client.objects.order_by("pk").values("manager", "zone", "exchange_since")),
    )


def test_snapshots_and_transitions_tell_the_same_story(at_noon):
    _make()
    balance = dict.fromkeys(("green", "yellow", "red"), 0)
    on_exchange = 0
    moves = list(ZoneTransition.objects.order_by("pk"))
    for run in NightlyRun.objects.order_by("date"):
        # A night sees the moves of earlier days and its own; the day's own come after it.
        # That of a night which asked comes later in the day.
        # Claims that failed are taken back without the run's number.
        passed = [
            move
            for move in moves[:200]
            if move.date < run.date
            or move.run_id == run.pk
            or (move.cause == "leaving" and move.created_at == run.started_at)
        ]
        moves = [move for move in moves[:200] if move not in passed] + moves[200:]
        for move in passed:
            for zone, step in ((move.from_zone, -1), (move.to_zone, 1)):
                if zone:
                    balance[zone] += step
            comes_back = move.from_zone == "" and (move.cause == "undo" or _was_on_exchange(move))
            on_exchange += (move.to_zone == "") - comes_back
        assert (run.green, run.yellow, run.red) == tuple(balance.values()), run.date
        archived = Shelving.objects.filter(action="archive", date__lt=run.date).count()
        assert run.on_exchange == on_exchange - archived, run.date
        assert run.held == sum(balance.values())
    assert not NightlyRun.objects.annotate(left=Count("detachments")).exclude(detached=F("left")).exists()


def _was_on_exchange(move):
    return Claim.objects.filter(client=move.client_id, date=move.date).exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_are_valid_and_findable(language, at_noon):
    _make(language=language, size=160)  # a smaller company has no pause of claiming
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
    assert 0.08 < Client.objects.on_exchange().count() / 400 < 0.15
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
    assert Event.objects.overdue().exists()
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_of_the_night_show(language, at_noon):
    """Holds of every kind, warnings, a night that asked, a parked client, one given back; and notices of all this."""
    _make(size=300, language=language)
    due = Client.objects.due_on(TODAY)
    kept = dict(DetachHold.objects.filter(until__gte=TODAY, client__in=due).values_list("client", "kind"))
    assert set(kept) == set(due.values_list("pk", flat=True))
    assert set(kept.values()) == set(HoldKind.values) - {"warning"}
    assert not DetachHold.objects.exclude(clock_date=F("client__clock_date"), manager=F("client__manager")).exists()
    assert NightlyRun.objects.get(date=TODAY).kept == len(kept)

    protections = Protection.objects.in_force(TODAY)
    assert protections.filter(kind="contract").count() == 2
    assert protections.filter(kind="protection", until__lte=TODAY + dt.timedelta(days=3)).exists()
    assert protections.filter(renews__until__lt=TODAY).exists()
    assert set(protections.values_list("given_by__role", flat=True)) == {Role.HEAD}
    moved = DetachHold.objects.filter(kind="plan").values("source").annotate(times=Count("pk"))
    assert sorted(row["times"] for row in moved) == [1, 2]

    # Nobody left unwarned, nor without the night's plan.
    for left in Detachment.objects.filter(reason="idle"):
        told = LeavingWarning.objects.filter(client=left.client_id, manager=left.manager, clock_date=left.clock_date)
        days = {(row.level, (row.leaves_on - row.warned_on).days) for row in told if row.leaves_on == left.date}
        assert days == {(30, 30), (14, 14), (7, 7), (1, 1)}, left
        assert left.run.proposals.filter(client=left.client_id, status="done").exists()
    for told in LeavingWarning.objects.select_related("manager__department"):
        assert (told.head is not None) == (told.level <= 14), told
        # Later than its day is a warning that a hold, or a parked client, has put off.
        assert 0 < (told.leaves_on - told.warned_on).days <= told.level, told
    parked = ParkedClient.objects.get()
    late = LeavingWarning.objects.get(client=parked.client_id, warned_on=parked.run.date + dt.timedelta(days=1))
    assert (late.leaves_on - parked.run.date).days == late.level
    deputised = LeavingWarning.objects.filter(manager__username="absent", warned_on__gt=TODAY - dt.timedelta(days=6))
    assert set(deputised.values_list("deputy__username", flat=True)) <= {"deputy"}

    asked = NightlyRun.objects.get(decision="confirmed")
    assert (asked.ask_reason, asked.decided_by.username) == ("too_many", "admin")
    assert asked.detachments.count() == asked.detached == asked.proposed > 5
    undone = Detachment.objects.get(undone_at__isnull=False)
    assert undone.client.manager == undone.manager == Manager.objects.get(username="seller")
    assert undone.client.assigned_on == undone.assigned_on
    assert Detachment.objects.undoable(days=7, today=TODAY).exists()

    for name in ("seller", "deputy", "absent", "head", "director", "admin"):
        assert Notice.objects.filter(recipient__username=name).exists(), name
        assert Manager.objects.get(username=name).email.endswith("@example.com")
    assert Notice.objects.filter(recipient__username="seller", read_at=None).exists()
    assert Notice.objects.filter(recipient__username="seller", read_at__isnull=False).exists()
    assert not Notice.objects.filter(
        Q(read_at__gt=NOON) | Q(created_at__gt=NOON) | Q(read_at__lt=F("created_at"))
    ).exists()


def test_notices_are_those_the_program_tells(at_noon):
    """Told again by the program's own functions, nobody is told anything a second time; and all can be read."""
    _make(size=300)
    number = Notice.objects.count()
    for absence in Absence.objects.waiting():
        absence_notices.asked(absence)
    for event in Event.objects.waiting_approval().select_related("client__manager__department"):
        contact_notices.waits(event, by=event.author)
    telling.tell(NightlyRun.objects.get(date=TODAY), told_on=TODAY)
    assert Notice.objects.count() == number
    kinds = set(Notice.objects.values_list("kind", flat=True))
    assert kinds >= {
        "exchange.leaving", "exchange.leaving_head", "exchange.left", "exchange.left_head", "exchange.given_back",
        "exchange.asks", "absence.asked", "absence.deputy", "contact.waits",
    }  # fmt: skip
    for reader in Manager.objects.filter(notices__isnull=False).distinct():
        mine = list(reader.notices.all())
        assert all(notice.kind in {kind.key for kind in notices.registered()} for notice in mine)
        assert all(notices.words(notice) for notice in mine)
        assert notices.lines(mine, reader)
    assert compose_letters(TODAY) > 3


@pytest.mark.parametrize(
    ("language", "size"),
    [pytest.param("en", 300, marks=pytest.mark.postgres), pytest.param("ru", 400, marks=pytest.mark.sqlite)],
)
def test_the_next_nights_run_clean(language, size):
    with time_machine.travel(NOON, tick=False):
        _make(size=size, language=language)
    for number in range(1, 5):
        night = TODAY + dt.timedelta(days=number)
        with time_machine.travel(clock.at(night, 1), tick=False):
            foreseen = preview(night)
            run = run_night(night)
            assert (run.status, run.decision, run.mended) == ("done", "", 0)
            assert not run.parked.exists()
            # It takes whom it must: the warnings of the history are old enough.
            due = Client.objects.due_on(night)
            untouched = run.detachments.filter(reason="untouched").count()
            assert (run.detached - untouched, run.kept) == (foreseen.to_exchange, due.count())
            assert not DetachHold.objects.filter(kind="warning").exists()
            assert run.warned < size * 0.05
            assert not Client.objects.zone_lags_on(night).exists()
    runs = NightlyRun.objects.filter(date__gt=TODAY)
    assert sum(run.detached for run in runs) > 0
    assert sum(run.warned for run in runs) > 0


def test_sales_are_logged_step_by_step(at_noon):
    _make()
    for process in SalesProcess.objects.prefetch_related("stage_changes__event", "lines"):
        steps = sorted(process.stage_changes.all(), key=lambda change: (change.changed_at, change.pk))
        assert steps[0].step == "started"
        assert [step.to_stage_id for step in steps][-1] == process.stage_id
        for one, other in itertools.pairwise(steps):
            # A sale is opened again at the stage it was closed from.
            assert other.from_stage_id == (None if other.step == "reopened" else one.to_stage_id)
        assert process.status == {"won": "won", "lost": "lost"}.get(steps[-1].step, "open")
        assert all(step.event.client_id == process.client_id for step in steps)
        assert process.amount == sum(line.total for line in process.lines.all())
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
    assert 60 <= Client.objects.count() < 80  # some came by a file or by telephone
    # Rows made later get ids of their own.
    assert held_client().pk > 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"date": dt.date(2999, 1, 1)}, "future"),
        ({"clients": 3}, "from 20"),
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
