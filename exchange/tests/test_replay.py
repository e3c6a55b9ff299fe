"""Playing a history: compared day by day and in every column with the naive computation, and looked at row by row."""

import csv
import datetime as dt
import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from clients.models import Client, Manager, OwnershipPeriod
from clients.querysets import zone_expression
from clients.tests.factories import held_client
from crm import clock
from exchange.history import replay as replay_module
from exchange.history.reading import read_folder
from exchange.history.replay import ReplayError, replay
from exchange.models import Claim, Detachment, NightlyRun, ZoneSnapshot, ZoneTransition
from exchange.snapshots import counts_by_day
from exchange.tests.bare import run_night
from exchange.tests.histories import checksum, real_history
from exchange.tests.naive import counts, write_history
from exchange.tests.test_import_sales import folder_of
from interactions.models import Event, SalesProcess

pytestmark = pytest.mark.django_db

START = dt.date(2017, 1, 10)


def play(folder, first, last):
    return replay(read_folder(folder, today=clock.today()), first, last)


def counted(first, last):
    return [(day.date, day.held, day.green, day.yellow, day.red, day.on_exchange) for day in counts_by_day(first, last)]


def command(name, *arguments):
    out = io.StringIO()
    call_command(name, *map(str, arguments), stdout=out, **({"quiet": True} if name == "import_sales" else {}))
    return out.getvalue()


def check_every_row_fits():
    """What must be true of the base after any replay."""
    assert not NightlyRun.objects.exclude(status="done").exists()
    assert not NightlyRun.objects.exclude(error="").exists()
    assert NightlyRun.objects.filter(mended__gt=0).count() == 0, "the ranges of dates must see every change"
    for client in Client.objects.prefetch_related("ownership", "claims", "detachments", "transitions"):
        periods = sorted(client.ownership.all(), key=lambda period: period.pk)
        detachments = sorted(client.detachments.all(), key=lambda row: row.pk)
        claims = sorted(client.claims.all(), key=lambda row: row.pk)
        assert [period.gained for period in periods] == (["created"] + ["claimed"] * len(claims) if periods else [])
        assert [row.date for row in claims] == [period.since for period in periods[1:]]
        assert [row.manager_id for row in claims] == [period.manager_id for period in periods[1:]]
        assert [period.until for period in periods if period.until] == [row.date for row in detachments]
        assert [row.exchange_since for row in claims] == [row.detached_at for row in detachments[: len(claims)]]
        assert all(claim.claimed_at > claim.exchange_since for claim in claims)
        assert all(row.last_event is not None for row in detachments)
        assert all(row.last_event.counted_on == row.clock_date for row in detachments)
        # the transitions form one unbroken chain that ends in what is published
        zone = ""
        for transition in sorted(client.transitions.all(), key=lambda row: row.pk):
            assert transition.from_zone == zone != transition.to_zone
            zone = transition.to_zone
        assert zone == client.zone
        assert client.is_held == bool(periods and not periods[-1].until)
        assert client.is_on_exchange == bool(periods and periods[-1].until)


@pytest.mark.sqlite  # two years in one uncommitted transaction: PostgreSQL takes minutes; its own histories are below
def test_the_real_history_agrees_with_the_naive_computation_on_every_day():
    folder, first, last = real_history(), dt.date(2016, 10, 20), dt.date(2018, 9, 30)
    text = command("import_sales", folder, "--replay", first, last)
    assert "nights" in text
    printed = list(csv.reader(io.StringIO(command("zone_counts", "--from", first, "--to", last))))
    assert printed[0] == ["date", "held", "green", "yellow", "red", "exchange"]
    expected = counts(folder, first, last)
    assert len(expected) == 711
    assert [list(map(str, row)) for row in expected] == printed[1:]
    check_every_row_fits()
    assert Event.objects.count() == 13923
    assert SalesProcess.objects.count() == 7375


@pytest.mark.parametrize(
    ("seed", "accounts", "rows", "skip", "length"),
    [
        pytest.param(1, 70, 500, 0, 730, marks=pytest.mark.sqlite),
        pytest.param(2, 80, 200, 0, 420, marks=pytest.mark.postgres),
        pytest.param(3, 150, 500, 100, 330, marks=pytest.mark.postgres),
    ],
)
def test_random_histories_agree_with_the_naive_computation(tmp_path, seed, accounts, rows, skip, length):
    begin = dt.date(2023, 7, 1)
    folder = write_history(tmp_path, seed=seed, accounts=accounts, rows=rows, first=begin, days=730)
    first = begin + dt.timedelta(days=skip)
    last = first + dt.timedelta(days=length - 1)
    play(folder, first, last)
    seen: Counter[str] = Counter()
    assert counted(first, last) == counts(folder, first, last, seen)
    check_every_row_fits()
    # A history in which these do not happen would prove little.
    assert min(seen[name] for name in ("claim", "start with a holder", "closing on the exchange")) >= 2
    assert Claim.objects.count() <= seen["claim"]
    # rows of the last day come after its night: what is published is right for that day
    assert not Client.objects.held().exclude(zone=zone_expression(last)).exists()


def test_what_one_account_goes_through(tmp_path):
    folder = folder_of(
        tmp_path,
        "1 anna Acme Won 2017-01-10 2017-01-10 5",  # the first start attaches; closed on the same day
        "2 moses Acme Lost 2017-02-20 2017-09-30 0",  # a colleague's start is a contact; closed on the exchange
        "3 carl Acme Engaging 2017-10-05 - -",  # a claim
        "4 anna Konex Lost - 2017-01-20 0",  # a closing of an account nobody has begun with yet
        "5 moses Konex Engaging 2017-03-01 - -",
        "6 anna Zotware Prospecting - - -",
    )
    played = play(folder, START, dt.date(2017, 10, 6))
    acme, konex, zotware = (Client.objects.get(name=name) for name in ("Acme", "Konex", "Zotware"))
    anna, moses, carl = (Manager.objects.get(first_name=name) for name in ("Anna", "Moses", "Carl"))
    assert list(
        acme.ownership.order_by("pk").values_list("manager", "since", "until", "gained", "lost", "changed_by")
    ) == [
        (anna.pk, START, dt.date(2017, 8, 21), "created", "idle", anna.pk),
        (carl.pk, dt.date(2017, 10, 5), None, "claimed", "", carl.pk),
    ]
    moved = acme.transitions.order_by("pk").values_list("date", "from_zone", "to_zone", "cause", "manager__first_name")
    assert list(moved) == [
        (START, "", "green", "assignment", "Anna"),
        (dt.date(2017, 2, 10), "green", "yellow", "night", "Anna"),
        (dt.date(2017, 2, 20), "yellow", "green", "contact", "Anna"),
        (dt.date(2017, 3, 20), "green", "yellow", "night", "Anna"),
        (dt.date(2017, 7, 20), "yellow", "red", "night", "Anna"),
        (dt.date(2017, 8, 21), "red", "", "night", "Anna"),
        (dt.date(2017, 10, 5), "", "green", "assignment", "Carl"),
    ]
    detachment, claim = Detachment.objects.get(client=acme), Claim.objects.get(client=acme)
    assert (detachment.manager, detachment.clock_date, detachment.zone) == (anna, dt.date(2017, 2, 20), "red")
    assert detachment.last_event.external_id == "sales:2:started"
    assert (claim.manager, claim.date, claim.assigned_by) == (carl, dt.date(2017, 10, 5), None)
    assert claim.exchange_since == detachment.detached_at == clock.at(dt.date(2017, 8, 21), 1)
    assert (acme.manager, acme.assigned_on, acme.last_manager) == (carl, dt.date(2017, 10, 5), anna)
    assert (acme.last_contact_on, acme.clock_date, acme.exchange_since) == (
        dt.date(2017, 10, 5),
        dt.date(2017, 10, 5),
        None,
    )
    # the closing on the exchange is history
    assert Event.objects.get(external_id="sales:2:lost").counted_on == dt.date(2017, 9, 30)
    lost = SalesProcess.objects.get(external_id="sales:2")
    assert (lost.status, lost.closed_on, lost.amount) == ("lost", dt.date(2017, 9, 30), 0)

    assert konex.ownership.count() == 1
    assert (konex.last_manager, konex.exchange_since) == (moses, clock.at(dt.date(2017, 9, 2), 1))
    assert konex.last_contact_on == dt.date(2017, 3, 1)
    assert (zotware.manager, zotware.exchange_since, zotware.processes.count()) == (None, None, 1)
    assert (played.made["claims"], played.made["clients attached"], played.made["to the exchange"]) == (1, 2, 2)
    assert [row.held for row in counts_by_day(START, START + dt.timedelta(days=1))] == [0, 1]
    check_every_row_fits()


def test_rows_outside_of_the_period_are_left_out_and_counted(tmp_path):
    folder = folder_of(
        tmp_path,
        "1 anna Acme Won 2017-01-01 2017-01-05 5",
        "2 anna Acme Won 2017-01-01 2017-01-20 5",
        "3 anna Acme Won 2017-01-12 2017-03-05 5",
        "4 anna Acme Won 2017-03-01 2017-03-05 5",
        "5 anna Acme Won 2017-01-01 2017-03-05 5",
    )
    played = play(folder, START, dt.date(2017, 2, 1))
    assert sorted(played.skipped.values()) == [1, 1, 1, 1, 1]
    assert set(SalesProcess.objects.values_list("external_id", "status")) == {("sales:2", "won"), ("sales:3", "open")}
    assert set(Event.objects.values_list("external_id", flat=True)) == {"sales:2:won", "sales:3:started"}
    assert SalesProcess.objects.get(external_id="sales:3").amount is None
    assert "Left out, sales after the period: 1" in command("import_sales", folder, "--replay", START, "2017-02-01")


def small(tmp_path, name="small"):
    return write_history(tmp_path / name, seed=7, accounts=12, rows=80, first=START, days=150)


def test_a_replay_goes_on_where_it_was_stopped_and_changes_nothing_twice(tmp_path, monkeypatch):
    folder, last = small(tmp_path), START + dt.timedelta(days=149)
    real, nights = replay_module.StepWriter.add_steps, []

    def stopped(self, planned):
        written = real(self, planned)
        nights.append(written)
        if len(nights) == 20:
            raise KeyboardInterrupt
        return written

    monkeypatch.setattr(replay_module.StepWriter, "add_steps", stopped)
    with pytest.raises(KeyboardInterrupt):
        play(folder, START, last)
    monkeypatch.undo()
    reached = NightlyRun.objects.last_done_on()
    assert START < reached < last
    # the day that was stopped has left nothing: neither its night nor a part of its rows
    assert not Event.objects.filter(counted_on__gt=reached).exists()
    played = play(folder, START, last)
    assert played.resumed_after == reached
    assert counted(START, last) == counts(folder, START, last)
    check_every_row_fits()
    before = checksum()
    assert play(folder, START, last).changed_nothing
    assert play(folder, START, last - dt.timedelta(days=50)).changed_nothing
    assert "played already" in command("import_sales", folder, "--replay", START, last, "--rules", "bare")
    assert checksum() == before


def test_a_replay_can_be_prolonged(tmp_path):
    folder, last = small(tmp_path), START + dt.timedelta(days=149)
    play(folder, START, START + dt.timedelta(days=60))
    play(folder, START, last)
    assert counted(START, last) == counts(folder, START, last)


def test_a_one_shot_import_after_a_replay_keeps_who_holds_what(tmp_path):
    folder, last = small(tmp_path), START + dt.timedelta(days=139)
    play(folder, START, last)
    holders = dict(Client.objects.exclude(manager=None).values_list("name", "manager"))
    on_exchange = set(Client.objects.on_exchange().values_list("name", flat=True))
    command("import_sales", folder)
    after = dict(Client.objects.exclude(manager=None).values_list("name", "manager"))
    assert holders.items() <= after.items()
    assert on_exchange == set(Client.objects.on_exchange().values_list("name", flat=True))
    assert "Nothing was changed" in command("import_sales", folder)


@pytest.mark.parametrize("history", ["import", "night", "client", "other first day", "other files"])
def test_a_base_with_another_history_is_refused(tmp_path, history):
    folder = small(tmp_path)
    if history == "import":
        command("import_sales", folder)
    elif history == "night":
        run_night(START - dt.timedelta(days=1))
    elif history == "client":
        held_client(today=START)
    elif history == "other first day":
        play(folder, START - dt.timedelta(days=1), START + dt.timedelta(days=30))
    else:
        play(
            folder_of(tmp_path / "other", "1 anna Acme Won 2017-01-12 2017-01-20 5"),
            START,
            START + dt.timedelta(days=30),
        )
    before = checksum()
    with pytest.raises(CommandError, match="A replay needs a base of its own"):
        command("import_sales", folder, "--replay", START, START + dt.timedelta(days=60))
    assert checksum() == before


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2017-02-01", "2017-01-01", "is after"),
        ("2017-02-01", "2100-01-01", "has not come yet"),
        ("2017-02-30", "2017-03-01", "no date of the form"),
    ],
)
def test_a_wrong_period_is_refused(tmp_path, first, last, words):
    with pytest.raises(CommandError, match=words):
        command("import_sales", small(tmp_path), "--replay", first, last)
    assert not Client.objects.exists()


def test_a_night_that_ran_in_between_is_reported(tmp_path, monkeypatch):
    folder, real = small(tmp_path), run_night

    def disturbed(day, *, rules, moment):
        run = real(day, rules=rules, moment=moment)
        if day == START + dt.timedelta(days=3):
            real(day + dt.timedelta(days=10))
        return run

    monkeypatch.setattr(replay_module, "run_night", disturbed)
    with pytest.raises(ReplayError, match="Another nightly run came in between"):
        play(folder, START, START + dt.timedelta(days=30))


def test_playing_up_to_today(tmp_path):
    today = clock.today()
    folder = folder_of(tmp_path, f"1 anna Acme Engaging {today} - -")
    play(folder, today - dt.timedelta(days=2), today)
    event = Event.objects.get()
    assert event.occurred_at <= clock.now()
    assert event.counted_on == today
    assert Client.objects.get(name="Acme").clock_date == today


def test_every_night_leaves_its_rows(tmp_path):
    folder = folder_of(tmp_path, "1 anna Acme Won 2017-01-10 2017-01-10 5")
    play(folder, START, START + dt.timedelta(days=220))
    assert NightlyRun.objects.count() == 221
    assert ZoneSnapshot.objects.filter(date=START).count() == 0
    assert ZoneSnapshot.objects.count() == 220
    run = NightlyRun.objects.get(detached=1)
    assert run.date == dt.date(2017, 7, 11)
    assert (run.held, run.on_exchange) == (0, 1)
    assert ZoneTransition.objects.filter(cause="night").count() == 3
    assert OwnershipPeriod.objects.get().until == run.date
