"""The nightly run: publishes, detaches, counts; twice is once, late is the same as in time, broken rows are parked."""

import datetime as dt
import random

import hypothesis
import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Client, OwnershipPeriod
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, held_client
from clients.tests.naive_zones import naive_dates, naive_zone
from clients.tests.whole import ADDED_UP
from crm import clock
from exchange.models import Detachment, NightlyRun, ZoneSnapshot, ZoneTransition
from exchange.night import NightOrderError, effects, nights_due
from exchange.night import run as night
from exchange.rules.claiming import ClaimRules
from exchange.snapshots import counts_by_day
from exchange.tests.bare import preview, run_due_nights, run_night
from exchange.tests.naive_night import Plain, bulk_clients, counts, moment, random_clocks
from interactions import services
from interactions.models import Event
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
DAY = dt.timedelta(days=1)


def everything(*, without_times: bool = False) -> dict[str, list]:
    """All rows of all tables of clients, interactions and exchange."""
    skipped = {"created_at", "updated_at", "started_at", "finished_at", "id", "history_id", "history_date"}
    dump = {}
    for label in ("clients", "interactions", "exchange"):
        for model in apps.get_app_config(label).get_models():
            if model._meta.label in ADDED_UP:
                continue
            fields = [f.attname for f in model._meta.concrete_fields if not without_times or f.name not in skipped]
            if without_times:  # two worlds number their runs differently
                fields = [{"run_id": "run__date"}.get(name, name) for name in fields]
            dump[model._meta.label] = sorted(map(repr, model._base_manager.values_list(*fields)))
    return dump


def zones() -> dict[int, str]:
    return dict(Client.objects.values_list("pk", "zone"))


def run_counts(run: NightlyRun) -> tuple[int, ...]:
    return run.held, run.green, run.yellow, run.red, run.on_exchange


# --- one night --------------------------------------------------------------------------------------------------------
def test_a_night_publishes_exactly_on_the_days_of_the_dates():
    client = held_client(assigned_on=D("2024-01-31"), today=D("2024-01-31"))
    seen = []
    for day in ("02-28", "02-29", "06-29", "06-30", "07-31", "08-01"):
        run_night(D(f"2024-{day}"))
        client.refresh_from_db()
        seen.append(client.zone)
    assert seen == ["green", "yellow", "yellow", "red", "red", ""]
    log = ZoneTransition.objects.filter(cause="night").order_by("date")
    assert list(log.values_list("from_zone", "to_zone", "date", "run__date")) == [
        ("green", "yellow", D("2024-02-29"), D("2024-02-29")),
        ("yellow", "red", D("2024-06-30"), D("2024-06-30")),
        ("red", "", D("2024-08-01"), D("2024-08-01")),
    ]


def test_a_detachment_says_why():
    department = DepartmentFactory()
    manager = ManagerFactory(department=department)
    client = held_client(manager, assigned_on=D("2024-01-10"), today=D("2024-01-10"))
    event(client, by=manager, code="meeting", now=clock.at(D("2024-02-01"), 9))
    last = event(client, by=manager, now=clock.at(D("2024-02-01"), 15))
    event(client, by=manager, code="note", now=clock.at(D("2024-03-01")))
    run = run_night(D("2024-08-02"), moment=clock.at(D("2024-08-02"), 1))
    client.refresh_from_db()
    assert (client.manager, client.last_manager, client.exchange_since, client.zone, client.assigned_on) == (
        None,
        manager,
        clock.at(D("2024-08-02"), 1),
        "",
        None,
    )
    assert client.last_contact_on == D("2024-02-01")
    row = Detachment.objects.get()
    assert (row.client, row.manager, row.department, row.reason, row.run) == (client, manager, department, "idle", run)
    assert (row.last_event, row.last_contact_on, row.assigned_on, row.clock_date, row.date) == (
        last,
        D("2024-02-01"),
        D("2024-01-10"),
        D("2024-02-01"),
        D("2024-08-02"),
    )
    assert row.policy.endswith("v1")
    assert row.detached_at == client.exchange_since
    period = OwnershipPeriod.objects.get()
    assert (period.until, period.lost) == (D("2024-08-02"), "idle")
    assert (run.detached, run.status, run.on_exchange) == (1, "done", 1)


def test_a_snapshot_counts_by_manager_and_the_exchange_by_department():
    one, two = DepartmentFactory(), DepartmentFactory()
    anna, boris = ManagerFactory(department=one), ManagerFactory(department=two)
    today = D("2024-06-14")
    for ago in (0, 20, 40, 160):
        held_client(anna, assigned_on=today - DAY * ago, today=today)
    held_client(boris, assigned_on=today - DAY * 160, today=today)
    held_client(boris, assigned_on=today - DAY * 300, today=today)
    exchange_client(anna)
    exchange_client(ManagerFactory(department=None))
    from clients.tests.factories import UnassignedClientFactory

    UnassignedClientFactory()
    run = run_night(today)
    rows = ZoneSnapshot.objects.values_list("department_id", "manager_id", "green", "yellow", "red", "on_exchange")
    assert set(rows) == {
        (one.pk, anna.pk, 2, 1, 1, 0),
        (two.pk, boris.pk, 0, 0, 1, 0),
        (one.pk, None, 0, 0, 0, 1),
        (two.pk, None, 0, 0, 0, 1),
        (None, None, 0, 0, 0, 1),
    }
    assert run_counts(run) == (5, 2, 1, 2, 3)
    (day,) = counts_by_day(today, today)
    assert (day.date, day.held, day.green, day.yellow, day.red, day.on_exchange) == (today, 5, 2, 1, 2, 3)


def test_a_night_over_an_empty_base_counts_zeros():
    run = run_night(D("2024-06-14"))
    assert (run.status, run_counts(run)) == ("done", (0, 0, 0, 0, 0))
    (day,) = counts_by_day(D("2024-06-01"), D("2024-06-30"))
    assert (day.date, day.held, day.on_exchange) == (D("2024-06-14"), 0, 0)


def test_a_contact_on_the_day_of_leaving_comes_too_late_and_one_the_day_before_in_time():
    late, saved = (held_client(assigned_on=D("2024-01-15"), today=D("2024-01-15")) for _ in range(2))
    assert late.detach_on == D("2024-07-16")
    event(saved, now=clock.at(D("2024-07-15"), 23, 59))
    run_night(D("2024-07-16"))
    assert zones() == {late.pk: "", saved.pk: "green"}


# --- twice, late, in pieces -------------------------------------------------------------------------------------------
def some_clients(seed: int, number: int = 40) -> list[Plain]:
    chance = random.Random(seed)
    people = [ManagerFactory() for _ in range(3)]
    return bulk_clients(people, random_clocks(chance, number, D("2024-06-01"), 230), D("2024-06-01"))


def test_a_second_run_changes_nothing_at_all():
    some_clients(1)
    for day in ("2024-06-01", "2024-06-20", "2024-07-31"):
        run_night(D(day))
        before = everything()
        assert run_night(D(day)).status == "done"
        assert run_due_nights(D(day))[0].date == D(day)
        assert everything() == before


def test_missed_nights_caught_up_equal_nights_run_in_time():
    world = some_clients(2)
    first, last = D("2024-06-01"), D("2024-06-30")
    ends = []
    for late in (False, True):
        with transaction.atomic():
            run_night(first, moment=moment(first))
            if late:
                assert [run.date for run in run_due_nights(last)] == [first + DAY * n for n in range(1, 30)]
            else:
                for number in range(1, 30):
                    run_night(first + DAY * number)
            ends.append(everything(without_times=True))
            for client in world:
                for number in range(30):
                    client.night(first + DAY * number)
            assert zones() == {client.pk: client.zone for client in world}
            transaction.set_rollback(True)
    assert ends[0] == ends[1]


@pytest.mark.parametrize("chunk", [1, 3, 7])
def test_chunks_equal_one_chunk(chunk):
    some_clients(3)
    ends = []
    for size in (1000, chunk):
        with transaction.atomic():
            for day in ("2024-06-01", "2024-06-02", "2024-06-20", "2024-06-30", "2024-08-01"):
                run_night(D(day), chunk=size, moment=moment(D(day)))
            ends.append(everything(without_times=True))
            transaction.set_rollback(True)
    assert ends[0] == ends[1]


def test_a_run_killed_after_any_chunk_and_started_again_ends_the_same(monkeypatch):
    some_clients(4, 60)

    class Killed(BaseException):
        """The worker is gone: nothing of it catches this."""

    act = {"publish": effects.publish, "detach": effects.detach, "snapshot": night.take_snapshot}
    ends, left, kills = [], 0, 0

    def dying(name):
        def step(*args, **kwargs):
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return act[name](*args, **kwargs)

        return step

    monkeypatch.setattr(effects, "publish", dying("publish"))
    monkeypatch.setattr(effects, "detach", dying("detach"))
    monkeypatch.setattr(night, "take_snapshot", dying("snapshot"))
    for survived in (10_000, 0, 1, 2, 4, 7, 9):
        with transaction.atomic():
            left = 10_000
            run_night(D("2024-06-01"), moment=moment(D("2024-06-01")))
            left = survived
            try:
                run_night(D("2024-07-15"), chunk=2, moment=moment(D("2024-07-15")))
            except Killed:
                kills += 1
                assert NightlyRun.objects.get(date=D("2024-07-15")).status == "running"
                left = 10_000
                run_night(D("2024-07-15"), chunk=2, moment=moment(D("2024-07-15")))
            ends.append(everything(without_times=True))
            transaction.set_rollback(True)
    assert kills == 6
    assert all(end == ends[0] for end in ends)


def test_a_first_run_that_was_killed_is_caught_up_too():
    NightlyRun.objects.create(date=D("2024-06-01"))
    held_client(assigned_on=D("2024-05-01"), today=D("2024-05-01"))
    assert nights_due(D("2024-06-03")) == [D("2024-06-01"), D("2024-06-02"), D("2024-06-03")]
    run_due_nights(D("2024-06-03"))
    assert set(NightlyRun.objects.values_list("status", flat=True)) == {"done"}


def test_which_nights_are_due():
    assert nights_due(D("2024-06-14")) == [D("2024-06-14")]
    run_night(D("2024-06-14"))
    assert nights_due(D("2024-06-14")) == [D("2024-06-14")]
    assert nights_due(D("2024-06-16")) == [D("2024-06-15"), D("2024-06-16")]
    NightlyRun.objects.create(date=D("2024-06-15"), status="failed", error="x")
    assert nights_due(D("2024-06-16")) == [D("2024-06-15"), D("2024-06-16")]
    with pytest.raises(NightOrderError):
        nights_due(D("2024-06-13"))


def test_a_night_before_the_last_published_one_is_refused_and_changes_nothing():
    some_clients(5, 10)
    run_night(D("2024-06-14"))
    before = everything()
    for attempt in (run_night, run_due_nights):
        with pytest.raises(NightOrderError):
            attempt(D("2024-06-13"))
    assert everything() == before


# --- what the ranges cannot see ---------------------------------------------------------------------------------------
def test_drift_is_mended_and_counted():
    some_clients(6)
    run_night(D("2024-06-01"))
    right = zones()
    held = list(Client.objects.held().order_by("pk").values_list("pk", "zone"))
    wrong = {pk: "green" if zone != "green" else "red" for pk, zone in held[:7]}
    for pk, zone in wrong.items():
        Client.objects.filter(pk=pk).update(zone=zone)
    run = run_night(D("2024-06-01"))
    assert zones() == right
    assert run.mended == 7
    assert run_counts(run)[1:4] == tuple(
        sum(zone == colour for zone in right.values()) for colour in ("green", "yellow", "red")
    )
    before = everything()
    run_night(D("2024-06-01"))
    assert everything() == before


def test_a_broken_row_is_parked_and_the_rest_goes_on(monkeypatch):
    world = some_clients(7, 30)
    for client in world:
        client.night(D("2024-07-31"))
    gone = [client.pk for client in world if client.zone == ""]
    turned = [client.pk for client in world if client.log and client.zone]
    assert len(gone) > 2
    assert len(turned) > 2
    poison = {gone[1], turned[1]}

    def poisoned(real):
        def act(run, rows, *args, **kwargs):
            changed = real(run, rows, *args, **kwargs)
            if poison & {row.pk for row in rows}:
                raise DatabaseError("poison")
            return changed

        return act

    monkeypatch.setattr(effects, "publish", poisoned(effects.publish))
    monkeypatch.setattr(effects, "detach", poisoned(effects.detach))
    before = dict(Client.objects.filter(pk__in=poison).values_list("pk", "zone"))
    run = run_night(D("2024-07-31"), chunk=4)
    assert run.status == "done"
    assert {parked.client_id for parked in run.parked.all()} == poison
    assert all("poison" in parked.error for parked in run.parked.all())
    expected = {client.pk: client.zone for client in world} | before
    assert zones() == expected
    assert run.detached == len(gone) - 1
    assert Detachment.objects.count() == len(gone) - 1
    # Repaired, the next run of the same night takes them too.
    poison.clear()
    run = run_night(D("2024-07-31"), chunk=4)
    assert zones() == {client.pk: client.zone for client in world}
    assert (run.detached, run.parked.count()) == (len(gone), 0)


def test_a_failed_night_says_so_and_the_next_attempt_finishes_it(monkeypatch):
    some_clients(8, 10)
    with monkeypatch.context() as patch:
        patch.setattr(night, "take_snapshot", lambda run: (_ for _ in ()).throw(RuntimeError("disk full")))
        with pytest.raises(RuntimeError):
            run_night(D("2024-06-14"))
    run = NightlyRun.objects.get()
    assert (run.status, "disk full" in run.error) == ("failed", True)
    run = run_night(D("2024-06-14"))
    assert (run.status, run.error) == ("done", "")


# --- preview ----------------------------------------------------------------------------------------------------------
def test_the_preview_counts_what_the_night_then_does_and_writes_nothing():
    some_clients(9)
    run_night(D("2024-06-01"))
    before = everything()
    coming = preview(D("2024-07-15"))
    assert everything() == before
    run = run_night(D("2024-07-15"))
    assert (coming.to_yellow, coming.to_red, coming.to_exchange) == (run.turned_yellow, run.turned_red, run.detached)
    assert run.turned_yellow > 0
    assert run.turned_red > 0
    assert run.detached > 0


def test_the_task_runs_tonight_by_the_companys_calendar(time_machine):
    from exchange.tasks import nightly_run

    time_machine.move_to(dt.datetime(2024, 6, 14, 22, 0, tzinfo=dt.UTC), tick=False)
    assert nightly_run() == ["2024-06-15"]
    time_machine.move_to(dt.datetime(2024, 6, 17, 22, 0, tzinfo=dt.UTC), tick=False)
    assert nightly_run() == ["2024-06-16", "2024-06-17", "2024-06-18"]


def test_a_client_that_leaves_tonight_arrives_now_and_one_of_a_missed_night_then(time_machine):
    time_machine.move_to(clock.at(D("2024-07-20"), 9), tick=False)
    early = held_client(assigned_on=D("2024-01-17"), today=D("2024-01-17"))
    tonight = held_client(assigned_on=D("2024-01-19"), today=D("2024-01-19"))
    run_night(D("2024-07-17"))
    run_due_nights(D("2024-07-20"))
    arrivals = dict(Client.objects.values_list("pk", "exchange_since"))
    assert arrivals == {early.pk: clock.at(D("2024-07-18"), 1), tonight.pk: clock.at(D("2024-07-20"), 9)}


# --- two years --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("seed", "nights"), [(1, 365), (2, 90)])
def test_a_random_year_of_many_clients_day_by_day(seed, nights):
    chance, first = random.Random(seed), D("2022-01-29")
    acts = {
        night: [(chance.randrange(26), chance.randrange(3), chance.randrange(4))]
        for night in range(nights)
        if chance.random() < 0.12
    }
    _play(first, nights, random_clocks(chance, 26, first, 190), acts)


# Long: on one database; the year of many clients is played on both.
@pytest.mark.sqlite
@hypothesis.settings(
    max_examples=2,
    # One example is two years of nights: enough is seen without shrinking a failure for an hour.
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
@given(
    first=st.dates(D("2015-12-20"), D("2024-03-05")),
    idle=st.lists(st.integers(0, 189), min_size=4, max_size=12),
    acts=st.lists(
        st.tuples(st.integers(0, 729), st.tuples(st.integers(0, 11), st.integers(0, 2), st.integers(0, 3))),
        min_size=5,
        max_size=60,
    ),
)
def test_two_years_of_any_history_day_by_day(first, idle, acts):
    by_night: dict[int, list] = {}
    for number, act in acts:
        by_night.setdefault(number, []).append(act)
    with transaction.atomic():
        _play(first, 730, [first - DAY * days for days in idle], by_night)
        transaction.set_rollback(True)


def _play(first: dt.date, nights: int, clocks: list[dt.date], acts: dict[int, list[tuple[int, int, int]]]) -> None:
    """A night a day, then that day's acts: (client, manager, how many days ago). A client on the exchange is claimed,
    a held one contacted. Zones, leavers, log and counts must be as in the naive world."""
    people = [ManagerFactory() for _ in range(3)]
    world = bulk_clients(people, clocks, first)
    call = kind("call_out")
    for number in range(nights):
        day = first + DAY * number
        run = run_night(day, moment=moment(day))
        leavers = {client.pk for client in world if client.clock and naive_zone(client.clock, day) == "due"}
        for client in world:
            client.night(day)
        assert run_counts(run) == counts(world), day
        assert run.detached == len(leavers)
        assert run.mended == 0, "the ranges of the dates must see every change; mending is for drift"
        if leavers:
            assert set(Detachment.objects.filter(run=run).values_list("client_id", flat=True)) == leavers
        for which, who, ago in acts.get(number, []):
            client = world[which % len(world)]
            if client.manager is None:
                _claim(client, people[who], day)
            else:
                _contact(client, people[who], call, day, ago)
        if number % 50 == 0 or number == nights - 1:
            _compare(world)


def _contact(client: Plain, by, call, day: dt.date, ago: int) -> None:
    when = clock.at(day - DAY * ago, 0, 5)
    new = Event(client_id=client.pk, kind=call, status="done", responsible=by, occurred_at=when)
    services.register_event(event=new, by=by, now=clock.at(day, 12))
    if (contact := day - DAY * ago) > client.clock:
        before, client.clock = client.zone, contact
        client.zone = naive_zone(contact, day)
        if client.zone != before:
            client.log.append((before, client.zone, day))


def _claim(client: Plain, manager, day: dt.date) -> None:
    from exchange.services import claim

    claim(client_id=client.pk, by=manager, now=clock.at(day, 12), rules=ClaimRules())
    last = Client.objects.get(pk=client.pk).last_contact_on
    client.manager, client.clock, client.zone = manager.pk, max(filter(None, [day, last])), "green"
    client.log.append(("", "green", day))


def _compare(world: list[Plain]) -> None:
    rows = {row.pk: row for row in Client.objects.all()}
    logs: dict[int, list] = {client.pk: [] for client in world}
    for row in ZoneTransition.objects.order_by("pk").values_list("client_id", "from_zone", "to_zone", "date"):
        logs[row[0]].append(row[1:])
    for client in world:
        row = rows[client.pk]
        dates = naive_dates(client.clock) if client.clock else (None, None, None)
        assert (row.zone, row.manager_id, row.clock_date) == (client.zone, client.manager, client.clock)
        assert (row.yellow_on, row.red_on, row.detach_on) == dates
        assert logs[client.pk] == client.log
        left = Detachment.objects.filter(client=client.pk).order_by("pk").values_list("date", flat=True)
        assert list(left) == client.left_on
    assert not OwnershipPeriod.objects.filter(until=None, client__manager=None).exists()
    assert not OwnershipPeriod.objects.filter(until=None).exclude(manager=F("client__manager")).exists()
