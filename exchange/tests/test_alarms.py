"""A night that has not run is shouted, by everything that can shout, and no longer than it is missed."""

import datetime as dt
import io
import json
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Role
from clients.tests.factories import ManagerFactory
from clients.tests.pages import browser
from crm import clock
from crm.web.health import HealthView
from exchange import tasks
from exchange.alarms import next_run_time, nights_missed
from exchange.checks import check_nights
from exchange.models import Decision, DryOrder, NightlyRun, RunStatus
from exchange.night import run_night
from exchange.tests.histories import write_files
from exchange.tests.nights import DAY, TODAY, due_client, quiet_night, warn

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _this_morning(time_machine):
    time_machine.move_to(clock.at(TODAY, 9), tick=False)


@pytest.fixture(autouse=True)
def installed():
    """When the tables were made: long ago."""
    _installed(clock.at(TODAY - DAY * 100))


def _installed(moment):
    MigrationRecorder.Migration.objects.filter(app="exchange").update(applied=moment)


def missed_at(moment):
    found = nights_missed(moment)
    return (found.first, found.last) if found else None


# --- when a night is missed -------------------------------------------------------------------------------------------
def test_a_night_is_missed_an_hour_after_its_time():
    quiet_night(TODAY - DAY)
    assert missed_at(clock.at(TODAY, 0, 30)) is None
    assert missed_at(clock.at(TODAY, 1, 59)) is None
    assert missed_at(clock.at(TODAY, 2)) == (TODAY, TODAY)
    assert missed_at(clock.at(TODAY + DAY, 1, 59)) == (TODAY, TODAY)
    assert missed_at(clock.at(TODAY + DAY, 2)) == (TODAY, TODAY + DAY)
    quiet_night(TODAY)
    assert missed_at(clock.at(TODAY + DAY, 1, 59)) is None


def test_the_time_of_the_night_is_the_setting(settings):
    settings.NIGHTLY_RUN_AT = "23:30"
    quiet_night(TODAY - DAY)
    assert missed_at(clock.at(TODAY, 23, 59)) is None
    assert missed_at(clock.at(TODAY + DAY, 0, 29)) is None  # its hour of grace ends in the next day
    assert missed_at(clock.at(TODAY + DAY, 0, 30)) == (TODAY, TODAY)
    assert missed_at(clock.at(TODAY + DAY, 9)) == (TODAY, TODAY)
    assert next_run_time(clock.at(TODAY, 9)) == clock.at(TODAY, 23, 30)
    assert next_run_time(clock.at(TODAY, 23, 45)) == clock.at(TODAY + DAY, 23, 30)


def test_a_new_installation_is_quiet_until_a_night_could_have_run():
    _installed(clock.at(TODAY, 0, 30))
    assert missed_at(clock.at(TODAY, 1, 59)) is None
    assert missed_at(clock.at(TODAY, 2)) == (TODAY, TODAY)
    _installed(clock.at(TODAY, 9))
    assert missed_at(clock.at(TODAY, 23)) is None
    assert missed_at(clock.at(TODAY + DAY, 1, 30)) is None
    assert missed_at(clock.at(TODAY + DAY, 2)) == (TODAY + DAY, TODAY + DAY)


@pytest.mark.parametrize(
    ("status", "words"), [("failed", "has failed"), ("running", "has begun and has not come to its end")]
)
def test_a_night_that_is_stuck_is_missed_and_says_how(status, words):
    quiet_night(TODAY - DAY * 2)
    NightlyRun.objects.create(date=TODAY - DAY, status=status, error="disk full")
    found = nights_missed()
    assert (found.first, found.last) == (TODAY - DAY, TODAY)
    assert words in str(found)


def test_a_first_night_that_failed_is_missed():
    NightlyRun.objects.create(date=TODAY - DAY, status="failed")
    assert missed_at(clock.now()) == (TODAY - DAY, TODAY)


def test_after_many_failures_the_last_good_night_is_still_found():
    quiet_night(TODAY - DAY * 20)
    for number in range(1, 19):
        NightlyRun.objects.create(date=TODAY - DAY * number, status="failed")
    assert missed_at(clock.now()) == (TODAY - DAY * 19, TODAY)


def test_catching_up_ends_the_alarm(time_machine):
    quiet_night(TODAY - DAY * 3)
    assert missed_at(clock.now()) == (TODAY - DAY * 2, TODAY)
    assert len(check_nights(None, databases=["default"])) == 1
    assert tasks.catch_up() == [str(TODAY - DAY * 2), str(TODAY - DAY), str(TODAY)]
    assert nights_missed() is None
    assert check_nights(None, databases=["default"]) == []


# --- the system check -------------------------------------------------------------------------------------------------
def test_the_check_says_which_night_and_what_to_do():
    quiet_night(TODAY - DAY * 2)
    NightlyRun.objects.create(date=TODAY - DAY, status=RunStatus.FAILED, error="disk full")
    (found,) = check_nights(None, databases=["default"])
    assert found.id == "exchange.W001"
    assert "12 May has failed" in found.msg
    assert "recompute_zones" in found.hint
    assert "disk full" in found.hint
    err = io.StringIO()
    call_command("check", databases=["default"], stderr=err)
    assert "exchange.W001" in err.getvalue()


def test_the_check_asks_no_database_unless_told_to(django_assert_num_queries):
    quiet_night(TODAY - DAY * 2)
    with django_assert_num_queries(0):
        assert check_nights(None) == []
        assert check_nights(None, databases=[]) == []


def test_the_check_is_silent_without_tables(monkeypatch):
    monkeypatch.setattr(connection.introspection, "table_names", lambda *args, **kwargs: [])
    assert check_nights(None, databases=["default"]) == []


# --- the banner -------------------------------------------------------------------------------------------------------
ALARM = "The night of 13 May has not run."


def texts(user, url="/clients/"):
    return " ".join(browser(user).get(url).content.decode().split())


def test_the_banner_stands_on_every_page_of_heads_and_above():
    quiet_night(TODAY - DAY)
    people = [ManagerFactory(role=Role.HEAD), ManagerFactory(role=Role.DIRECTOR), ManagerFactory(is_staff=True)]
    for person in people:
        for url in ("/", "/clients/", "/exchange/", reverse("night-list")):
            text = texts(person, url)
            assert ALARM in text
            assert f'href="{reverse("night-list")}">Look at the nights' in text
    assert ALARM not in texts(ManagerFactory())
    tasks.catch_up()
    assert ALARM not in texts(people[0])


def test_a_question_is_shouted_at_administrators_until_it_is_answered():
    for _ in range(2):
        due_client(ManagerFactory())
    run = run_night(TODAY)
    assert run.decision == Decision.ASKED
    words = "A night waits for your word: it would take 2 clients to the exchange."
    administrator = ManagerFactory(is_staff=True)
    assert words in texts(administrator)
    assert reverse("night-detail", args=[run.pk]) in texts(administrator)
    for other in (ManagerFactory(role=Role.HEAD), ManagerFactory(role=Role.DIRECTOR), ManagerFactory()):
        assert words not in texts(other)
    browser(administrator).post(reverse("night-reject", args=[run.pk]))
    assert words not in texts(administrator)


def test_the_banner_costs_no_query_of_its_own():
    quiet_night(TODAY - DAY)
    for person in (ManagerFactory(role=Role.HEAD), ManagerFactory()):
        with CaptureQueriesContext(connection) as queries:
            browser(person).get("/clients/")
        of_nights = [query["sql"] for query in queries if "exchange_nightlyrun" in query["sql"]]
        assert len(of_nights) == 1
        assert "clients_notice" in of_nights[0]  # with all that the frame needs of its reader


# --- /health/ ---------------------------------------------------------------------------------------------------------
def health(query=""):
    answer = HealthView.as_view()(RequestFactory().get(f"/health/{query}"))
    return answer.status_code, answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_health_tells_a_late_night_and_fails_when_it_is_late_by_more_than_a_day(time_machine):
    quiet_night(TODAY)
    assert health()[0] == 200
    assert "Nights: OK" in health()[1]
    due = clock.at(TODAY + DAY, 1)
    time_machine.move_to(due + HOUR, tick=False)
    status, text = health()
    assert (status, "Nights: late: The night of 14 May has not run." in text) == (200, True)
    time_machine.move_to(due + HOUR * 26, tick=False)
    assert health()[0] == 200
    time_machine.move_to(due + HOUR * 26 + dt.timedelta(seconds=1), tick=False)
    status, text = health("?format=json")
    assert status == 500
    assert json.loads(text)["Nights"] == "Unavailable: 2 nights have not run: from 14 May to 15 May."
    # For load balancers and containers: this process serves all the same.
    status, text = health("?alive")
    assert (status, "Nights" in text) == (200, False)


# --- an import asks first ---------------------------------------------------------------------------------------------
def sales_files(folder):
    return write_files(
        folder,
        accounts=["Acme,retail,1996,1.5,28,Romania,", "Konex,technolgy,1980,7,13,Japan,"],
        sales_teams=["Anna Snelling,Dustin Brinkmann,Central"],
        products=["GTX Pro,GTX,4821"],
        sales_pipeline=[
            "A1,Anna Snelling,GTX Pro,Acme,Won,2025-06-01,2025-06-20,1000",
            "A2,Anna Snelling,GTX Pro,Konex,Won,2025-06-01,2025-07-20,1000",
        ],
    )


def imported(folder, *arguments):
    call_command("import_sales", str(folder), *arguments, quiet=True, stdout=io.StringIO())


def test_the_first_night_after_an_import_asks(tmp_path):
    quiet_night(TODAY - DAY)
    folder = sales_files(tmp_path)
    imported(folder)
    order = DryOrder.objects.get()
    assert order.lifted_at is None
    for client in ManagerFactory._meta.model.objects.get(last_name="Snelling").clients.all():
        type(client).objects.filter(pk=client.pk).update(detach_on=TODAY)
        client.refresh_from_db()
        warn(client, TODAY - DAY * 20)
    run = run_night(TODAY)
    assert (run.decision, run.ask_reason, run.detached) == (Decision.ASKED, "import", 0)
    imported(folder)  # nothing new: no new question
    assert DryOrder.objects.count() == 1
    browser(ManagerFactory(is_staff=True)).post(reverse("night-confirm", args=[run.pk]))
    order.refresh_from_db()
    assert order.lifted_by_run == run


def test_the_first_night_after_a_replay_asks(tmp_path):
    folder = sales_files(tmp_path)
    imported(folder, "--replay", "2025-06-01", "2025-06-25")
    assert DryOrder.objects.filter(lifted_at=None).count() == 1
    imported(folder, "--replay", "2025-06-01", "2025-06-30")  # goes on: the same question
    assert DryOrder.objects.filter(lifted_at=None).count() == 1
    day = dt.date(2026, 2, 1)
    for client in ManagerFactory._meta.model.objects.get(last_name="Snelling").clients.all():
        warn(client, day - DAY * 20)
    run = run_night(day, moment=clock.at(day, 1))
    assert (run.decision, run.ask_reason, run.detached) == (Decision.ASKED, "import", 0)


# --- Django admin -----------------------------------------------------------------------------------------------------
def test_the_admin_shows_the_decision_and_leads_to_the_page():
    due_client(ManagerFactory())
    run = run_night(TODAY)
    signed_in = browser(ManagerFactory(is_staff=True))
    for name, args in (("changelist", []), ("change", [run.pk])):
        text = signed_in.get(reverse(f"admin:exchange_nightlyrun_{name}", args=args)).content.decode()
        assert reverse("night-detail", args=[run.pk]) in text
        assert "waits for an administrator" in text
    links = re.findall(r'href="([^"]*run__id__exact=[^"]*)">([^<]*)', text)
    assert "proposed detachments: 1" in [words for _url, words in links]
    for url, _words in links:
        assert signed_in.get(url).status_code == 200


def test_an_administrator_may_order_that_the_next_night_asks():
    administrator = ManagerFactory(is_staff=True)
    signed_in = browser(administrator)
    answer = signed_in.post(reverse("admin:exchange_dryorder_add"), {"reason": "Merging two companies"})
    assert answer.status_code == 302
    order = DryOrder.objects.get()
    assert (order.reason, order.ordered_by, order.lifted_at) == ("Merging two companies", administrator, None)
    change = reverse("admin:exchange_dryorder_change", args=[order.pk])
    assert signed_in.get(change).status_code == 200
    assert signed_in.post(change, {"reason": "x"}).status_code == 403
