"""``manage.py recompute_zones`` and ``manage.py zone_counts``."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clients.models import Client
from clients.tests.factories import exchange_client, held_client
from crm import clock
from exchange.models import NightlyRun, ZoneTransition
from exchange.tests.test_night import everything

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def company_today(time_machine):
    """It is 02:30 in Moscow on 2024-06-15, still the 14th in UTC."""
    time_machine.move_to(dt.datetime(2024, 6, 14, 23, 30, tzinfo=dt.UTC), tick=False)


def run(name: str, *arguments: str) -> str:
    """The printed lines of a command; nights by thresholds only."""
    out = StringIO()
    if name == "recompute_zones":
        arguments = (*arguments, "--rules", "bare")
    call_command(name, *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def clients() -> list[Client]:
    """Clients whose colour of 2024-06-15 is green, yellow, red, due; published green."""
    rows = [
        held_client(assigned_on=D(day), today=D(day))
        for day in ("2024-06-01", "2024-05-15", "2024-01-15", "2023-12-14")
    ]
    exchange_client()
    return rows


def test_tonight_is_the_default(clients):
    out = run("recompute_zones")
    assert out == (
        "2024-06-15: turned yellow 1, red 1, to the exchange 1; held 3 (green 1, yellow 1, red 1), on the exchange 2\n"
    )
    assert [Client.objects.get(pk=client.pk).zone for client in clients] == ["green", "yellow", "red", ""]
    assert NightlyRun.objects.get().mended == 0  # the first night publishes; there is nothing to mend yet
    before = everything()
    assert run("recompute_zones") == out
    assert everything() == before


def test_a_dry_run_writes_nothing(clients):
    before = everything()
    for arguments in (["--dry-run"], ["--dry-run", "--date", "2024-06-15"], ["--dry-run", "--date", "2030-01-01"]):
        assert "dry run" in run("recompute_zones", *arguments)
    assert run("recompute_zones", "--dry-run") == (
        "2024-06-15 (dry run): would turn yellow 1, red 1, go to the exchange 1\n"
    )
    assert everything() == before


def test_missed_nights_are_run_one_by_one(clients):
    run("recompute_zones", "--date", "2024-06-12")
    lines = run("recompute_zones", "--date", "2024-06-15").splitlines()
    assert [line[:10] for line in lines] == ["2024-06-13", "2024-06-14", "2024-06-15"]
    assert set(ZoneTransition.objects.filter(cause="night").values_list("date", flat=True)) == {
        D("2024-06-12"),
        D("2024-06-15"),
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--date", "2024-06-16"], "has not come yet"),
        (["--date", "31.02.2024"], "no date of the form"),
        (["--date", "2024-02-31"], "no date of the form"),
        (["--date", ""], "no date of the form"),
    ],
)
def test_nonsense_is_refused_in_words(clients, arguments, words):
    before = everything()
    with pytest.raises(CommandError, match=words):
        run("recompute_zones", *arguments)
    assert everything() == before


def test_a_night_to_come_is_run_when_told_twice(clients):
    assert run("recompute_zones", "--date", "2024-06-16", "--allow-future").startswith("2024-06-16")


def test_a_night_before_the_last_published_is_refused(clients):
    run("recompute_zones")
    before = everything()
    with pytest.raises(CommandError, match="2024-06-15 is published"):
        run("recompute_zones", "--date", "2024-06-14")
    assert everything() == before


def test_parked_clients_are_told(clients, monkeypatch):
    from django.db import DatabaseError

    from exchange.night import effects

    def broken(*args, **kwargs):
        raise DatabaseError("poison")

    monkeypatch.setattr(effects, "detach", broken)
    out = run("recompute_zones")
    assert "parked" in out
    assert "poison" in out
    assert NightlyRun.objects.get().status == "done"


def test_counts_are_printed_as_csv(clients):
    run("recompute_zones", "--date", "2024-06-13")
    run("recompute_zones")
    rows = ["2024-06-13,4,2,1,1,1", "2024-06-14,4,2,1,1,1", "2024-06-15,3,1,1,1,2"]
    for first, shown in (("2024-06-14", rows[1:]), ("2020-01-01", rows), ("2024-06-15", rows[2:])):
        out = run("zone_counts", "--from", first, "--to", "2024-12-31")
        assert out.splitlines() == ["date,held,green,yellow,red,exchange", *shown]
    assert run("zone_counts", "--from", "2023-01-01", "--to", "2023-12-31") == "date,held,green,yellow,red,exchange\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2024-06-15", "--to", "2024-06-14"], "after"),
        (["--from", "2024-06-15"], "--to"),
        (["--to", "2024-06-15"], "--from"),
        (["--from", "yesterday", "--to", "2024-06-15"], "no date"),
    ],
)
def test_nonsense_dates_of_counts_are_refused(arguments, words):
    with pytest.raises(CommandError, match=words):
        run("zone_counts", *arguments)


def test_the_companys_today_is_used(clients):
    assert clock.today() == D("2024-06-15")
