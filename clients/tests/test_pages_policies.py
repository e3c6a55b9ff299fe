"""The pages of zone policies and of re-dating jobs."""

import datetime as dt

import pytest
from django.urls import reverse

from clients import tasks
from clients.models import Redating, ZonePolicy
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of
from crm import clock

pytestmark = pytest.mark.django_db

NOW = clock.at(dt.date(2026, 3, 16))
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def department():
    return DepartmentFactory(name="Regional sales")


@pytest.fixture
def seller(department):
    return ManagerFactory(department=department)


@pytest.fixture
def head(department):
    return head_of(department)


@pytest.fixture
def admin():
    return ManagerFactory(is_staff=True)


def page(client, user, url, **headers):
    client.force_login(user)
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


# --- which policy rules whom ------------------------------------------------------------------------------------------
def rows(answer):
    return {row.name: [cell.thresholds.red_months for cell in row.cells] for row in answer.context["rows"]}


def test_who_is_ruled_by_what(client, seller, department):
    DepartmentFactory(name="Urals", parent=department)
    DepartmentFactory(name="Service")
    ZonePolicy.objects.create(department=department, red_months=4)
    ZonePolicy.objects.create(category="A", yellow_months=1, red_months=2, detach_months=3)
    client.force_login(seller)
    answer = client.get(reverse("policy-list"))
    assert answer.context["categories"] == ["", "A"]
    assert rows(answer) == {"Company": [5, 2], "Regional sales": [4, 2], "Urals": [4, 2], "Service": [5, 2]}
    own = {row.name: [cell.is_own for cell in row.cells] for row in answer.context["rows"]}
    assert own == {
        "Company": [True, True],
        "Regional sales": [True, False],
        "Urals": [False, False],
        "Service": [False, False],
    }
    assert [row.depth for row in answer.context["rows"] if row.name == "Urals"] == [1]
    text = answer.content.decode()
    assert "yellow after 1 month without a contact, red after 4 months, to the exchange after more than 6" in text


def test_versions_and_who_made_them(client, seller, head, admin):
    policy = ZonePolicy.objects.get()
    policy.red_months, policy._history_user = 4, admin
    policy.save()
    for user, sees in ((seller, False), (head, True), (admin, True)):
        text = page(client, user, reverse("policy-list"))
        assert "Version 2, since 16 March 2026" in text
        assert "Version 1, from the beginning" in text
        assert (f"since 16 March 2026, {admin}" in text) is sees


def test_without_any_policy_the_programs_own(client, seller):
    ZonePolicy.objects.all().delete()
    assert "own 1 / 5 / 6 months rule everybody" in page(client, seller, reverse("policy-list"))


def test_the_page_costs_the_same_for_many_departments(client, seller, django_assert_max_num_queries):
    for number in range(10):
        ZonePolicy.objects.create(department=DepartmentFactory(), yellow_months=number % 3 + 1)
    client.force_login(seller)
    with django_assert_max_num_queries(13):
        client.get(reverse("policy-list"))


# --- jobs -------------------------------------------------------------------------------------------------------------
def job(**kwargs):
    values = {"reason": "policy", "status": "running", "total": 1000, "done": 250, "changed": 200, "heard_at": NOW}
    return Redating.objects.create(**{**values, **kwargs})


def test_a_running_job_asks_for_itself(client, admin):
    running = job(note="Company: 1 / 5 / 6 → 1 / 4 / 6")
    whole = page(client, admin, running.get_absolute_url())
    assert "250 of 1,000 clients" in whole
    assert "25 %" in whole
    assert "Company: 1 / 5 / 6 → 1 / 4 / 6" in whole
    part = page(client, admin, running.get_absolute_url(), **HTMX)
    assert "<html" not in part
    assert f'hx-get="{running.get_absolute_url()}"' in part
    assert 'hx-trigger="every 2s"' in part
    assert "Go on" not in part


def test_a_done_job_is_quiet(client, admin):
    done = job(status="done", done=1000, finished_at=NOW)
    part = page(client, admin, done.get_absolute_url(), **HTMX)
    assert "100 %" in part
    assert "hx-trigger" not in part
    assert "Go on" not in part


def test_a_failed_job_tells_its_error_to_administrators(client, admin, head):
    failed = job(status="failed", error="OperationalError: disk full")
    text = page(client, admin, failed.get_absolute_url())
    assert "disk full" in text
    assert "Go on" in text
    text = page(client, head, failed.get_absolute_url())
    assert "disk full" not in text
    assert "Go on" not in text
    assert "Failed" in text


@pytest.mark.parametrize("status", ["waiting", "running"])
def test_a_job_that_lost_its_worker_is_shown_so(client, admin, status):
    lost = job(status=status, created_at=NOW - dt.timedelta(hours=1), heard_at=NOW - dt.timedelta(minutes=5))
    text = page(client, admin, lost.get_absolute_url())
    assert "Nothing was heard of it for a while" in text
    assert "Go on" in text
    assert "Stopped" in page(client, admin, reverse("redating-list"))


def test_the_list_has_the_latest_first_and_only_ones_own(client, head, seller, department):
    job(note="first", created_at=NOW - dt.timedelta(hours=2))
    job(note="second", department=department)
    job(note="elsewhere", department=DepartmentFactory())
    text = page(client, head, reverse("redating-list"))
    assert text.index("second") < text.index("first")
    assert "elsewhere" not in text
    client.force_login(seller)
    assert client.get(reverse("redating-list")).status_code == 403


# --- going on: the six tests of an action -----------------------------------------------------------------------------
@pytest.fixture
def started(monkeypatch):
    numbers = []
    monkeypatch.setattr(tasks.redate, "delay", numbers.append)
    return numbers


def resume(client, user, pk, method="post"):
    client.force_login(user)
    return getattr(client, method)(reverse("redating-resume", args=[pk]))


def test_an_administrator_lets_it_go_on(client, admin, started, django_capture_on_commit_callbacks):
    failed = job(status="failed", error="boom")
    with django_capture_on_commit_callbacks(execute=True):
        answer = resume(client, admin, failed.pk)
    assert (answer.status_code, answer["Location"]) == (302, failed.get_absolute_url())
    failed.refresh_from_db()
    assert (failed.status, failed.error, failed.done, started) == ("waiting", "", 250, [failed.pk])


def test_another_administrator_too(client, started, django_capture_on_commit_callbacks):
    failed = job(status="failed", requested_by=ManagerFactory(is_staff=True))
    with django_capture_on_commit_callbacks(execute=True):
        assert resume(client, ManagerFactory(is_staff=True), failed.pk).status_code == 302
    assert started == [failed.pk]


@pytest.mark.parametrize("role", ["salesperson", "head", "director"])
def test_nobody_else(client, role, started):
    failed = job(status="failed")
    assert resume(client, ManagerFactory(role=role), failed.pk).status_code == 403
    failed.refresh_from_db()
    assert failed.status == "failed"


def test_what_does_not_exist_cannot_go_on(client, admin):
    assert resume(client, admin, 987654).status_code == 404


def test_looking_does_not_let_it_go_on(client, admin):
    assert resume(client, admin, job(status="failed").pk, "get").status_code == 405


def test_what_is_done_is_not_done_again(client, admin, started):
    done = job(status="done", finished_at=NOW)
    client.force_login(admin)
    answer = client.post(reverse("redating-resume", args=[done.pk]), headers=HTMX)
    assert answer.status_code == 409
    assert not started
