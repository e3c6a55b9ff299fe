"""The one-shot import: what it writes, that it writes nothing twice, and nothing by half."""

import csv
import datetime as dt
import io
from decimal import Decimal
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.db.models import Max

from clients.models import Client, ClientRelation, Department, Industry, Manager, OwnershipPeriod, Role
from clients.querysets import zone_expression
from crm import clock
from exchange.history.people import PROCESS_KIND
from exchange.history.reading import read_folder
from exchange.history.writing import import_history, leads
from exchange.models import DryOrder, ZoneTransition
from exchange.rules.claiming import ClaimRules
from exchange.services import claim
from exchange.shelving import archive
from exchange.tests.bare import run_night
from exchange.tests.histories import checksum, real_history, write_files
from interactions import sales
from interactions.models import Event, ProcessKind, ProcessLine, Product, SalesProcess, StageChange

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2018, 3, 15, 9, 0, tzinfo=dt.UTC)
TODAY = dt.date(2018, 3, 15)
TEAMS = [
    "Anna Snelling,Dustin Brinkmann,Central",
    "Moses Frase,Dustin Brinkmann,Central",
    "Carl Lin,Summer Sewald,West",
]
PRODUCTS = ["GTX Pro,GTX,4821"]
ACCOUNTS = ["Acme,retail,1996,1.5,28,Romania,", "Konex,technolgy,1980,7,13,Japan,Acme", "Zotware,retail,1990,,,,Nobody"]


def run(folder, *arguments, **options):
    out = io.StringIO()
    call_command("import_sales", str(folder), *arguments, stdout=out, quiet=True, **options)
    return out.getvalue()


def pipeline(*rows):
    """Rows "id agent account stage engaged closed value" with "-" for nothing."""
    lines = []
    for row in rows:
        code, agent, account, stage, engaged, closed, value = ("" if part == "-" else part for part in row.split())
        name = {"anna": "Anna Snelling", "moses": "Moses Frase", "carl": "Carl Lin"}[agent]
        lines.append(f"{code},{name},GTX Pro,{account},{stage},{engaged},{closed},{value}")
    return lines


def folder_of(path, *rows, accounts=ACCOUNTS):
    return write_files(path, accounts=accounts, sales_teams=TEAMS, products=PRODUCTS, sales_pipeline=pipeline(*rows))


def bring(path, *rows, now=NOW, **kwargs):
    files = read_folder(folder_of(path, *rows, **kwargs), today=clock.local_date(now))
    return import_history(files, now=now)


def client(name):
    return Client.objects.get(name=name)


def test_the_real_history_once_and_twice():
    folder = real_history()
    text = run(folder)
    assert Client.objects.count() == 85
    assert Manager.objects.filter(role=Role.SALESPERSON).count() == 35
    assert Manager.objects.filter(role=Role.HEAD).count() == 6
    assert Department.objects.filter(parent=None).count() == 3
    assert Department.objects.exclude(parent=None).exclude(head=None).count() == 6
    assert Product.objects.count() == 7
    with (folder / "sales_pipeline.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    taken = [row for row in rows if row["account"]]
    assert SalesProcess.objects.count() == len(taken) == 7375
    assert SalesProcess.objects.filter(status="won").count() == sum(row["deal_stage"] == "Won" for row in taken)
    assert SalesProcess.objects.filter(started_on=None).count() == sum(not row["engage_date"] for row in taken) == 163
    steps = sum(bool(row["engage_date"]) + bool(row["close_date"]) for row in taken)
    assert (
        Event.objects.count() == Event.objects.exclude(counted_on=None).count() == StageChange.objects.count() == steps
    )
    assert "Refused because they name no account: 1425" in text
    assert "product 'GTXPro': read as 'GTX Pro'" in text
    assert "'Philipines': read as 'Philippines'" in text
    assert not Industry.objects.filter(name="technolgy").exists()
    assert ClientRelation.objects.count() == 15
    acme = client("Acme Corporation")
    assert (acme.annual_revenue, acme.employees, acme.founded_year) == (Decimal("1100040000"), 2822, 1996)
    # every clock is the maximum of the contacts, every published zone that of its dates
    for found in Client.objects.annotate(latest=Max("events__counted_on"), right=zone_expression(clock.today())):
        assert found.is_held
        assert found.last_contact_on == found.clock_date == found.latest
        assert found.zone == found.right
    assert OwnershipPeriod.objects.filter(until=None, gained="imported").count() == 85

    before = checksum()
    text = run(folder)
    assert "Nothing was changed" in text
    assert checksum() == before


def test_a_sale_becomes_a_process_with_its_steps(tmp_path):
    bring(tmp_path, "A1 anna Konex Won 2017-01-05 2018-02-06 1054", "A2 moses Acme Prospecting - - -")
    won, undated = SalesProcess.objects.get(external_id="sales:A1"), SalesProcess.objects.get(external_id="sales:A2")
    assert (won.status, won.started_on, won.closed_on, won.amount) == (
        "won",
        dt.date(2017, 1, 5),
        dt.date(2018, 2, 6),
        1054,
    )
    assert (won.responsible.username, won.kind.control, won.stage.name) == ("anna-snelling", "manual", "Engaging")
    assert ProcessLine.objects.get(process=won).product.name == "GTX Pro"
    steps = [
        (change.step, change.event.kind.code, change.event.counted_on, change.event.occurred_at, change.event.status)
        for change in won.stage_changes.order_by("pk")
    ]
    assert steps == [
        ("started", "process_started", dt.date(2017, 1, 5), clock.at(dt.date(2017, 1, 5)), "done"),
        ("won", "process_won", dt.date(2018, 2, 6), clock.at(dt.date(2018, 2, 6)), "done"),
    ]
    assert (undated.status, undated.started_on, undated.stage.name) == ("open", None, "Prospecting")
    assert not undated.events.exists()
    assert not undated.stage_changes.exists()
    konex, acme, zotware = client("Konex"), client("Acme"), client("Zotware")
    assert (konex.clock_date, konex.zone) == (dt.date(2018, 2, 6), "yellow")
    assert (acme.manager.username, acme.assigned_on, acme.last_contact_on) == ("moses-frase", TODAY, None)
    assert (zotware.manager, zotware.exchange_since, zotware.zone) == (None, None, "")
    assert list(ZoneTransition.objects.order_by("to_zone").values_list("from_zone", "to_zone", "cause")) == [
        ("", "green", "assignment"),
        ("", "yellow", "assignment"),
    ]
    (relation,) = ClientRelation.objects.all()
    assert (relation.source, relation.kind, relation.target) == (konex, "subsidiary", acme)


def test_people_and_departments(tmp_path):
    bring(tmp_path)
    central, west = Department.objects.filter(parent=None).order_by("name")
    assert (central.name, central.head, west.name) == ("Central", None, "West")
    team = Department.objects.get(parent=central)
    assert (team.head.username, team.head.role, team.head.department) == ("dustin-brinkmann", Role.HEAD, team)
    anna = Manager.objects.get(username="anna-snelling")
    assert (anna.first_name, anna.last_name, anna.department, anna.role) == ("Anna", "Snelling", team, Role.SALESPERSON)
    assert not anna.has_usable_password()
    assert anna.pk in team.head.headed_manager_ids


def test_a_taken_username_is_left_to_its_owner(tmp_path):
    Manager.objects.create(username="Anna-Snelling")
    bring(tmp_path)
    assert Manager.objects.filter(username="anna-snelling-2", external_id__startswith="sales:").exists()


@pytest.mark.parametrize(
    ("rows", "agent", "since"),
    [
        # the agent of the sale with the latest date, be it of its closing
        (["1 anna Acme Won 2017-01-01 2017-09-01 1", "2 moses Acme Engaging 2017-08-01 - -"], "anna", "2017-01-01"),
        (["1 anna Acme Won 2017-01-01 2017-07-01 1", "2 moses Acme Engaging 2017-08-01 - -"], "moses", "2017-08-01"),
        # of one day, the later line
        (
            ["1 anna Acme Won 2017-01-01 2017-07-01 1", "2 moses Acme Lost 2017-06-01 2017-07-01 0"],
            "moses",
            "2017-06-01",
        ),
        # since the first date of the unbroken row of his latest sales
        (
            [
                "1 anna Acme Won 2017-01-01 2017-02-01 1",
                "2 moses Acme Won 2017-01-15 2017-03-01 1",
                "3 anna Acme Won 2017-03-10 2017-04-01 1",
                "4 anna Acme Won 2017-03-05 2017-05-01 1",
            ],
            "anna",
            "2017-03-05",
        ),
        # what has no date comes before everything
        (["1 anna Acme Lost 2017-01-01 2017-02-01 0", "2 moses Acme Prospecting - - -"], "anna", "2017-01-01"),
        # a closing without a beginning
        (["1 anna Acme Lost - 2017-02-01 0"], "anna", "2017-02-01"),
    ],
)
def test_who_leads_an_account(tmp_path, rows, agent, since):
    files = read_folder(folder_of(tmp_path, *rows), today=TODAY)
    lead = leads(files.opportunities)["acme"]
    assert (lead.agent, lead.since) == (
        {"anna": "anna snelling", "moses": "moses frase"}[agent],
        dt.date.fromisoformat(since),
    )


OLD = (
    "A1 anna Konex Engaging 2017-09-05 - -",
    "A2 anna Acme Prospecting - - -",
    "A3 carl Zotware Won 2017-09-05 2017-10-01 5",
)
GROWN = (
    "A1 anna Konex Won 2017-09-05 2018-03-01 99",
    "A2 anna Acme Lost 2018-01-10 2018-02-10 0",
    "A3 carl Zotware Won 2017-09-05 2017-10-01 5",
    "A4 moses Zotware Engaging 2018-03-10 - -",
    "A5 moses Newcomer Engaging 2018-03-11 - -",
)


def test_grown_files_add_only_what_is_new(tmp_path):
    bring(tmp_path / "old", *OLD)
    kept = SalesProcess.objects.get(external_id="sales:A3")
    history = {event.pk for event in Event.objects.all()}
    accounts = [*ACCOUNTS, "Newcomer,retail,1990,,,,"]
    outcome = bring(tmp_path / "new", *GROWN, accounts=accounts)
    assert outcome.differences == []
    assert (outcome.made["sales"], outcome.made["sales moved on"], outcome.made["steps"]) == (2, 2, 5)
    assert history < {event.pk for event in Event.objects.all()}
    assert SalesProcess.objects.get(external_id="sales:A3").updated_at == kept.updated_at
    won = SalesProcess.objects.get(external_id="sales:A1")
    assert (won.status, won.closed_on, won.amount) == ("won", dt.date(2018, 3, 1), 99)
    assert [change.step for change in won.stage_changes.order_by("pk")] == ["started", "won"]
    lost = SalesProcess.objects.get(external_id="sales:A2")
    assert (lost.status, lost.started_on, lost.stage.name) == ("lost", dt.date(2018, 1, 10), "Engaging")
    assert (client("Konex").clock_date, client("Konex").zone) == (dt.date(2018, 3, 1), "green")
    assert client("Newcomer").manager.username == "moses-frase"
    # only imports have decided who leads Zotware: it follows its latest sale
    zotware = client("Zotware")
    assert (zotware.manager.username, zotware.assigned_on) == ("moses-frase", dt.date(2018, 3, 10))
    assert list(zotware.ownership.order_by("pk").values_list("manager__username", "until", "lost")) == [
        ("carl-lin", dt.date(2018, 3, 10), "reassigned"),
        ("moses-frase", None, ""),
    ]
    before = checksum()
    assert bring(tmp_path / "new", *GROWN, accounts=accounts).changed_nothing
    assert checksum() == before


def test_grown_files_end_in_the_state_of_a_fresh_import(tmp_path):
    def state():
        clients = Client.objects.order_by("name").values_list(
            "name", "manager__username", "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on", "zone"
        )
        processes = SalesProcess.objects.order_by("external_id").values_list(
            "external_id", "status", "stage__name", "started_on", "closed_on", "amount", "responsible__username"
        )
        events = Event.objects.order_by("external_id").values_list("external_id", "counted_on", "occurred_at")
        return list(clients), list(processes), list(events)

    accounts = [*ACCOUNTS, "Newcomer,retail,1990,,,,"]
    bring(tmp_path / "old", *OLD)
    bring(tmp_path / "new", *GROWN, accounts=accounts)
    grown = state()
    for model in (
        StageChange,
        Event,
        ProcessLine,
        SalesProcess,
        ZoneTransition,
        OwnershipPeriod,
        ClientRelation,
        Client,
    ):
        model.objects.all().delete()
    bring(tmp_path / "new", *GROWN, accounts=accounts)
    fresh = state()
    # Acme had a sale without dates at first: it was attached on the day of the import, which is later than any contact.
    assert [row for row in grown[0] if row[0] != "Acme"] == [row for row in fresh[0] if row[0] != "Acme"]
    assert grown[1:] == fresh[1:]


def test_what_people_have_done_since_is_left_as_it_is(tmp_path):
    bring(tmp_path / "old", *OLD)
    konex, boss = client("Konex"), Manager.objects.get(username="dustin-brinkmann")
    process = SalesProcess.objects.get(external_id="sales:A1")
    sales.close_process(process=process, won=True, by=boss, closed_on=dt.date(2018, 3, 14), now=NOW)
    outcome = bring(tmp_path / "new", *GROWN[:1])
    (difference,) = outcome.differences
    assert difference.opportunity.id == "A1"
    assert "won on 2018-03-14" in difference.words
    assert outcome.changed_nothing
    konex.refresh_from_db()
    assert konex.last_contact_on == dt.date(2018, 3, 14)


def test_differences_are_shown_and_reported(tmp_path):
    run(folder_of(tmp_path / "old", *OLD))
    report = tmp_path / "report.csv"
    text = run(folder_of(tmp_path / "new", "A3 carl Zotware Won 2017-09-05 2017-10-02 5"), "--report", str(report))
    assert "Here already and different, left as they are: 1" in text
    assert "here as won on 2017-10-01" in report.read_text(encoding="utf-8")


def test_a_client_on_the_exchange_or_claimed_by_somebody_stays(tmp_path):
    bring(tmp_path / "old", "A1 anna Konex Won 2017-01-05 2017-02-06 1", "A2 anna Acme Won 2017-01-05 2017-02-06 1")
    run_night(TODAY)
    carl = Manager.objects.get(username="carl-lin")
    claim(client_id=client("Acme").pk, by=carl, now=NOW, rules=ClaimRules())
    rows = ["A3 moses Konex Engaging 2018-03-12 - -", "A4 moses Acme Engaging 2018-03-12 - -"]
    bring(tmp_path / "new", *rows)
    konex, acme = client("Konex"), client("Acme")
    assert konex.is_on_exchange
    assert konex.last_contact_on == acme.last_contact_on == dt.date(2018, 3, 12)
    assert (acme.manager, acme.clock_date) == (carl, TODAY)


def test_a_client_in_the_archive_stays_there(tmp_path):
    bring(tmp_path / "old", "A1 anna Konex Won 2017-01-05 2017-02-06 1")
    run_night(TODAY)
    archive(client_id=client("Konex").pk, reason="A double", by=Manager.objects.get(username="carl-lin"), now=NOW)
    bring(tmp_path / "new", "A3 moses Konex Engaging 2018-03-12 - -")
    konex = client("Konex")
    assert (konex.manager, konex.archived_at, konex.last_contact_on) == (None, NOW, dt.date(2018, 3, 12))


def test_nothing_is_half_written(tmp_path):
    folder = folder_of(tmp_path, *OLD)
    before = checksum()
    files = read_folder(folder, today=TODAY)
    failing = mock.patch.object(StageChange.objects, "bulk_create", side_effect=DatabaseError("disk full"))
    with failing, pytest.raises(DatabaseError):
        import_history(files, now=NOW)
    assert checksum() == before


@pytest.mark.parametrize("more", [[], ["--replay", "2017-01-01", "2017-01-10"]])
def test_a_history_does_not_pass_the_stages_of_a_controlled_kind(tmp_path, more):
    folder = folder_of(tmp_path, *OLD)
    ProcessKind.objects.create(name=PROCESS_KIND, control="controlled")
    before = checksum()
    with pytest.raises(CommandError, match=r"Nothing was imported.*stage by stage"):
        run(folder, *more)
    assert checksum() == before


def test_broken_files_import_nothing(tmp_path):
    folder = folder_of(tmp_path, *OLD)
    (folder / "products.csv").unlink()
    (folder / "accounts.csv").write_text("account,sector\nAcme,retail\n")
    before = checksum()
    with pytest.raises(CommandError) as caught:
        run(folder)
    words = str(caught.value)
    assert "Nothing was imported" in words
    assert "products.csv: there is no such file" in words
    assert "accounts.csv, line 1: column year_established, revenue" in words
    assert checksum() == before
    with pytest.raises(CommandError, match="no such folder"):
        run(tmp_path / "nowhere")


def test_the_report_names_every_line_and_is_no_formula(tmp_path):
    rows = [f"B{number} anna - Engaging 2017-01-05 - -" for number in range(40)]
    folder = folder_of(tmp_path, *rows, accounts=["=1+1  x,retail,1990,1,1,Romania,"])
    report = tmp_path / "report.csv"
    text = run(folder, "--report", str(report))
    assert "lines 2, 3, 4, 5, 6, 7, 8, 9 … (40 in all): account: is empty" in text
    with report.open(encoding="utf-8-sig") as file:
        found = list(csv.DictReader(file))
    assert [row["line"] for row in found if row["what"] == "refused"] == [str(number) for number in range(2, 42)]
    assert [row["value"] for row in found if row["what"] == "mended"] == ["'=1+1 x"]


def test_a_report_that_cannot_be_written_stops_everything(tmp_path):
    before = checksum()
    with pytest.raises(CommandError, match=r"cannot be written.*Nothing was imported"):
        run(folder_of(tmp_path / "files", *OLD), "--report", str(tmp_path / "no" / "such" / "folder.csv"))
    assert checksum() == before


def test_the_screen_is_limited(tmp_path):
    rows = [f"B{number} anna Unknown{number} Engaging 2017-01-05 - -" for number in range(40)]
    folder = folder_of(tmp_path, *rows)
    assert "and 12 more kinds of findings" in run(folder)  # 40 accounts, a sector and a parent, less thirty
    assert "more kinds of findings" not in run(folder, "--limit", "0")


def test_the_bar_goes_to_stderr_of_a_terminal_only(tmp_path, capsys):
    call_command("import_sales", str(folder_of(tmp_path, *OLD)))
    assert capsys.readouterr().err == ""
    with mock.patch("sys.stderr.isatty", return_value=True):
        call_command("import_sales", str(tmp_path))
        assert "Importing" in capsys.readouterr().err
        call_command("import_sales", str(tmp_path), quiet=True)
        assert capsys.readouterr().err == ""


def test_the_night_after_an_import_only_asks(tmp_path):
    rows = ["1 anna Acme Won 2017-01-03 2017-02-03 100"]
    bring(tmp_path / "one", *rows)
    order = DryOrder.objects.get()
    assert (order.ordered_at, order.lifted_at) == (NOW, None)
    bring(tmp_path / "again", *rows)
    assert DryOrder.objects.count() == 1, "what brought nothing new changes nothing"
