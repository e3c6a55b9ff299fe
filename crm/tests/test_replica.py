"""Reports and files are read from a replica that streams from the primary, and nothing is shown that is too old."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Client, Manager, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from crm.testing.replica import Replica
from crm.web import replica as reading
from reports.frame.report import all_reports

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True, databases=["default", "replica"]),
]
REPORT = "/reports/traffic-light/"


def signed_in(manager: Manager) -> Browser:
    browser = Browser()
    browser.force_login(manager)
    return browser


def held(browser: Browser) -> int:
    """How many clients are held, as the traffic light says."""
    total = browser.get(REPORT).context["result"].tables[0].total
    return total.cells["held"].value


@pytest.fixture
def seller(replica: Replica) -> Manager:
    """With one client, and a head; the replica knows them."""
    department = DepartmentFactory(name="Sales")
    head_of(department, last_name="Head")
    seller = ManagerFactory(department=department, last_name="Seller")
    held_client(seller)
    return seller


@pytest.fixture
def director(seller: Manager, replica: Replica) -> Browser:
    browser = signed_in(ManagerFactory(role=Role.DIRECTOR, department=None))
    replica.catch_up()
    return browser


def test_a_replica_that_is_a_little_behind_is_asked_and_the_stamp_says_so(
    director: Browser, seller: Manager, replica: Replica
) -> None:
    replica.pause()
    paused_at = clock.now()
    held_client(seller)
    page = director.get(REPORT)
    assert page.context["result"].tables[0].total.cells["held"].value == 1
    assert page.context["result"].as_of < paused_at
    # The pages people work on know it at once.
    assert len(director.get("/clients/").context["page"].rows) == 2

    replica.resume()
    replica.catch_up()
    assert held(director) == 2


def test_one_that_is_up_to_date_shows_the_present_moment(director: Browser, replica: Replica) -> None:
    before = clock.now()
    replica.catch_up()
    page = director.get(REPORT)
    as_of = page.context["result"].as_of
    assert as_of >= before or as_of >= clock.now() - dt.timedelta(seconds=30)
    with CaptureQueriesContext(connections["replica"]) as asked:
        director.get(REPORT)
    assert asked.captured_queries


def test_who_has_written_reads_what_he_wrote(director: Browser, seller: Manager, replica: Replica) -> None:
    replica.pause()
    held_client(seller)
    assert held(director) == 1
    director.post(reverse("set-language"), {"language": "en"})
    assert held(director) == 2
    # Others wait until the replica has it.
    assert held(signed_in(seller.department.head)) == 1


def test_one_that_is_too_far_behind_is_not_asked(
    director: Browser, seller: Manager, replica: Replica, settings: Any
) -> None:
    settings.REPLICA_MAX_LAG = 0
    replica.pause()
    held_client(seller)
    assert held(director) == 2


def test_who_may_see_what_is_asked_of_the_primary(seller: Manager, replica: Replica) -> None:
    browser = signed_in(seller.department.head)
    replica.pause()
    assert b"Seller" in browser.get(REPORT).content
    Manager.objects.filter(pk=seller.pk).update(department=DepartmentFactory(name="Others"))
    page = browser.get(REPORT)
    assert page.context["result"].as_of < clock.now()
    assert b"Seller" not in page.content
    assert not sum(line.cells["held"].value for line in page.context["result"].tables[0].all_lines)


def test_a_file_has_everything_there_is(director: Browser, seller: Manager, replica: Replica) -> None:
    address = reverse("client-export")
    replica.pause()
    new = held_client(seller)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_TRIES", 2)
        assert new.name in b"".join(director.get(address)).decode()

    replica.resume()
    replica.catch_up()
    with CaptureQueriesContext(connections["replica"]) as asked:
        assert new.name in b"".join(director.get(address)).decode()
    assert any("clients_client" in query["sql"] for query in asked)


def test_one_that_does_not_answer_is_left_alone(director: Browser, seller: Manager, replica: Replica) -> None:
    connections["replica"].close()
    there = connections["replica"].settings_dict["PORT"]
    connections["replica"].settings_dict["PORT"] = 1
    try:
        held_client(seller)
        assert held(director) == 2
        connections["replica"].settings_dict["PORT"] = there
        with CaptureQueriesContext(connections["replica"]) as asked:
            assert held(director) == 2
        assert not asked.captured_queries
    finally:
        connections["replica"].settings_dict["PORT"] = there
    reading.forget_failures()
    replica.catch_up()
    with CaptureQueriesContext(connections["replica"]) as asked:
        assert held(director) == 2
    assert asked.captured_queries


def test_what_breaks_off_is_asked_again_of_the_primary(replica: Replica) -> None:
    asked = []

    def build() -> str:
        asked.append(alias := Client.objects.all().db)
        if alias == "replica":
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return alias

    assert reading.read(build)[0] == "default"
    assert asked == ["replica", "default"]


def test_a_server_that_is_no_replica_any_more_is_not_asked(replica: Replica) -> None:
    connections["replica"].close()
    there = connections["replica"].settings_dict["PORT"]
    connections["replica"].settings_dict["PORT"] = connection.settings_dict["PORT"]
    try:
        assert reading.place().alias == "default"
    finally:
        connections["replica"].close()
        connections["replica"].settings_dict["PORT"] = there


def test_every_report_can_be_read_there(director: Browser, replica: Replica) -> None:
    for report in all_reports():
        with CaptureQueriesContext(connections["replica"]) as asked:
            assert director.get(reverse(report.url_name)).status_code == 200
        assert asked.captured_queries, report.key


def test_what_is_read_there_may_be_written_here(seller: Manager, replica: Replica) -> None:
    replica.catch_up()
    with reading.reading(reading.place()):
        client = Client.objects.select_related("manager").get()
        assert client._state.db == "replica"
        client.name = "Renamed"
        client.save()
        assert client.events.count() == 0
    assert Client.objects.get().name == "Renamed"
    assert Client.objects.get().manager == client.manager


@pytest.mark.parametrize(
    ("database", "replica_url", "answer"),
    [
        ("postgresql://u@db/x", "postgresql://u@db2/x", "['crm.web.replica.Router'] crm.web.replica.Written 2"),
        ("postgresql://u@db/x", "", "[] django.middleware.security.SecurityMiddleware None"),
        ("sqlite:////tmp/x.sqlite3", "postgresql://u@db2/x", "ImproperlyConfigured"),
    ],
)
def test_the_settings(database: str, replica_url: str, answer: str, tmp_path: Path) -> None:
    program = (
        "from django.conf import settings as s; print(s.DATABASE_ROUTERS, s.MIDDLEWARE[0],"
        " s.DATABASES.get('replica', {}).get('OPTIONS', {}).get('connect_timeout'))"
    )
    environment = {
        "DATABASE_URL": database,
        "REPLICA_URL": replica_url,
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "crm.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
    )
    assert answer in done.stdout + done.stderr
