"""Zone policies in Django admin: shown first, applied as shown; and what else re-dates clients there."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from clients import redating
from clients.models import Department, Redating, ZonePolicy
from clients.policy_changes import basis
from clients.redating import run_redating
from clients.tests.factories import DepartmentFactory, ManagerFactory, held_client
from crm import clock

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 16)
STRICT = {"department": "", "category": "", "yellow_months": 1, "red_months": 2, "detach_months": 3}


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def admin(client):
    manager = ManagerFactory(is_staff=True)
    client.force_login(manager)
    return manager


@pytest.fixture
def company():
    return ZonePolicy.objects.get(department=None, category="")


@pytest.fixture
def held():
    """Yellow by 1 / 5 / 6, red by 1 / 2 / 3."""
    return held_client(assigned_on=TODAY - dt.timedelta(days=80), today=TODAY, name="Romashka")


def url(page, *args):
    return reverse(f"admin:clients_zonepolicy_{page}", args=args)


def body(answer):
    return answer.content.decode()


def stored():
    return set(ZonePolicy.objects.values_list("category", "yellow_months", "red_months", "detach_months", "version"))


SHIPPED = {("", 1, 5, 6, 1)}


def test_a_change_is_shown_before_anything_is_saved(client, admin, company, held):
    answer = client.post(url("change", company.pk), STRICT)
    assert answer.status_code == 200
    page = body(answer)
    assert "Company: 1 / 5 / 6 → 1 / 2 / 3" in page
    assert "Romashka" in page
    assert "Yellow → Red" in page
    assert '<td class="num" data-count="red">1</td>' in page
    assert answer.context["preview"].count("red") == 1
    assert stored() == SHIPPED
    assert not Redating.objects.exists()
    assert not LogEntry.objects.exists()


def test_apply_saves_and_shows_the_job(client, admin, company, held):
    shown = client.post(url("change", company.pk), STRICT)
    form = dict(shown.context["hidden"])
    assert {name: str(value) for name, value in STRICT.items()} == form
    answer = client.post(url("change", company.pk), {**form, "basis": shown.context["preview"].basis, "_apply": "1"})
    job = Redating.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/redating/{job.pk}/")
    assert stored() == {("", 1, 2, 3, 2)}
    assert (job.status, job.requested_by, job.reason) == ("waiting", admin, "policy")
    assert company.history.latest("history_id").history_user == admin
    assert LogEntry.objects.get().object_id == str(company.pk)
    run_redating(job.pk)
    held.refresh_from_db()
    assert held.zone == "red"


def test_back_brings_what_was_typed(client, admin, company):
    department = DepartmentFactory()
    typed = {**STRICT, "department": department.pk, "category": "B"}
    for page in (url("change", company.pk), url("add")):
        shown = client.post(page, typed)
        form = client.get(shown.context["back"]).context["adminform"].form
        assert {name: str(form[name].value()) for name in typed} == {name: str(value) for name, value in typed.items()}
    assert stored() == SHIPPED


def test_a_new_policy_goes_the_same_way(client, admin, held):
    typed = {**STRICT, "category": "A"}
    shown = client.post(url("add"), typed)
    assert "New: Company, category A: 1 / 2 / 3" in body(shown)
    assert stored() == SHIPPED
    answer = client.post(url("add"), {**typed, "basis": shown.context["preview"].basis, "_apply": "1"})
    assert answer.status_code == 302
    assert stored() == {*SHIPPED, ("A", 1, 2, 3, 1)}
    assert Redating.objects.get().category == "A"


def test_deleting_goes_the_same_way(client, admin, held):
    policy = ZonePolicy.objects.create(category="A")
    shown = client.get(url("delete", policy.pk))
    assert "Deletion of Company, category A: 1 / 5 / 6" in body(shown)
    again = client.post(url("delete", policy.pk), {"post": "yes"})
    assert again.status_code == 200, "without having seen the preview nothing is deleted"
    assert ZonePolicy.objects.count() == 2
    answer = client.post(url("delete", policy.pk), {"basis": shown.context["preview"].basis, "_apply": "1"})
    assert answer["Location"] == Redating.objects.get().get_absolute_url()
    assert stored() == SHIPPED
    assert LogEntry.objects.get().is_deletion()


def test_deleting_some_from_the_list_goes_the_same_way(client, admin, held):
    chosen = [ZonePolicy.objects.create(category=category).pk for category in "AB"]
    data = {"action": "delete_selected", "_selected_action": chosen}
    shown = client.post(url("changelist"), data)
    assert shown.status_code == 200
    assert "Company, category A: 1 / 5 / 6; Company, category B: 1 / 5 / 6" in body(shown)
    assert ZonePolicy.objects.count() == 3
    assert [value for name, value in shown.context["hidden"] if name == "_selected_action"] == chosen
    answer = client.post(url("changelist"), {**data, "basis": shown.context["preview"].basis, "_apply": "1"})
    assert answer.status_code == 302
    assert stored() == SHIPPED


@pytest.mark.parametrize("page", ["add", "change", "delete", "list"])
def test_a_stale_preview_is_refused_with_words_and_shown_anew(client, admin, company, page):
    address = {"add": url("add"), "list": url("changelist")}.get(page) or url(page, company.pk)
    data = {**STRICT, "category": "A"} if page == "add" else STRICT
    if page == "list":
        data = {"action": "delete_selected", "_selected_action": [company.pk]}
    seen = basis()
    ZonePolicy.objects.create(category="C")
    answer = client.post(address, {**data, "basis": seen, "_apply": "1"})
    assert answer.status_code == 409
    assert "Somebody changed the zone policies after this preview" in body(answer)
    assert stored() == {*SHIPPED, ("C", 1, 5, 6, 1)}
    assert not Redating.objects.exists()
    assert not LogEntry.objects.exists()
    assert answer.context["preview"].basis == basis(), "the next Apply goes through"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"red_months": 1}, "must grow"),
        ({"yellow_months": ""}, "required"),
        ({"category": "A"}, "There is already a policy"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(client, admin, company, typed, words):
    ZonePolicy.objects.create(category="A")
    answer = client.post(url("change", company.pk), {**STRICT, **typed})
    assert answer.status_code == 200
    assert words in body(answer)
    assert "preview" not in answer.context
    assert not Redating.objects.exists()


def test_saving_without_a_change_does_nothing(client, admin, company):
    answer = client.post(url("change", company.pk), {**STRICT, "red_months": 5, "detach_months": 6})
    assert answer["Location"] == url("changelist")
    assert stored() == SHIPPED
    assert not company.history.exists()


def test_an_old_version_cannot_be_brought_back_past_the_preview(client, admin, company):
    company.red_months = 4
    company.save()
    page = reverse("admin:clients_zonepolicy_simple_history", args=[company.pk, company.history.earliest().history_id])
    assert client.get(page).status_code == 200
    assert client.post(page, STRICT).status_code == 403
    assert stored() == {("", 1, 4, 6, 2)}


def test_the_file_has_all_of_them(client, admin, company, held, monkeypatch):
    monkeypatch.setattr("clients.policy_changes.LISTED", 1)
    held_client(assigned_on=TODAY, today=TODAY, name="Astra")
    answer = client.post(url("change", company.pk), {**STRICT, "_csv": "1"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert [line.split(",")[0] for line in lines[1:]] == ["Astra", "Romashka"]
    assert f"Romashka,{held.manager},Yellow,Red,{held.yellow_on}," in lines[2]
    assert stored() == SHIPPED


@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_nobody_but_administrators(client, company, page):
    client.force_login(ManagerFactory(role="director"))
    address = url(page) if page == "add" else url(page, company.pk)
    answer = client.post(address, {**STRICT, "basis": basis(), "_apply": "1"})
    assert answer.status_code == 302
    assert "login" in answer["Location"]
    assert stored() == SHIPPED


def test_what_does_not_exist_any_more(client, admin):
    for page in ("change", "delete"):
        answer = client.post(url(page, 987654), {**STRICT, "_apply": "1"})
        assert answer.status_code == 302
    assert stored() == SHIPPED


def test_the_list_links_to_the_jobs_and_to_the_words(client, admin):
    page = body(client.get(url("changelist")))
    assert "/jobs/redating/" in page
    assert "/rules/policies/" in page


# --- departments and managers -----------------------------------------------------------------------------------------
def department_form(department, **values):
    return {
        "name": department.name,
        "parent": department.parent_id or "",
        "zone_policies-TOTAL_FORMS": 0,
        "zone_policies-INITIAL_FORMS": 0,
        **values,
    }


@pytest.mark.parametrize("many", [False, True])
def test_a_moved_department_is_dated_by_its_new_place(client, admin, monkeypatch, many):
    monkeypatch.setattr(redating, "BATCH", 1 if many else 5)
    strict, moved = DepartmentFactory(), DepartmentFactory()
    ZonePolicy.objects.create(department=strict, yellow_months=1, red_months=2, detach_months=3)
    manager = ManagerFactory(department=DepartmentFactory(parent=moved))
    mine = [held_client(manager, assigned_on=TODAY - dt.timedelta(days=80), today=TODAY) for _ in range(2)]
    page = reverse("admin:clients_department_change", args=[moved.pk])
    answer = client.post(page, department_form(moved, parent=strict.pk), follow=True)
    assert Department.objects.get(pk=moved.pk).parent == strict
    if many:
        job = Redating.objects.get()
        assert (job.reason, job.department, job.total, job.requested_by) == ("structure", moved, 2, admin)
        assert job.get_absolute_url() in body(answer)
        run_redating(job.pk)
    else:
        assert not Redating.objects.exists()
        assert "2 clients have new zone dates" in body(answer)
    for one in mine:
        one.refresh_from_db()
        assert one.zone == "red"


def test_a_department_that_only_changes_its_name_moves_nothing(client, admin, monkeypatch):
    monkeypatch.setattr("clients.admin.redate_or_request", None)
    department = DepartmentFactory()
    page = reverse("admin:clients_department_change", args=[department.pk])
    assert client.post(page, department_form(department, name="Other")).status_code == 302


@pytest.mark.parametrize("many", [False, True])
def test_a_manager_in_another_department_brings_his_clients(client, admin, monkeypatch, many):
    monkeypatch.setattr(redating, "BATCH", 1 if many else 5)
    strict = DepartmentFactory()
    ZonePolicy.objects.create(department=strict, yellow_months=1, red_months=2, detach_months=3)
    manager = ManagerFactory()
    mine = [held_client(manager, assigned_on=TODAY - dt.timedelta(days=80), today=TODAY) for _ in range(2)]
    page = reverse("admin:clients_manager_change", args=[manager.pk])
    shown = client.get(page)
    form = {name: value for name, value in shown.context["adminform"].form.initial.items() if value is not None}
    form.pop("is_superuser", None), form.pop("is_staff", None), form.pop("last_login", None)
    joined = form.pop("date_joined")
    form |= {"date_joined_0": joined.date().isoformat(), "date_joined_1": "10:00:00", "department": strict.pk}
    for formset in shown.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    answer = client.post(page, form, follow=True)
    manager.refresh_from_db()
    assert manager.department == strict, answer.context.get("errors")
    if many:
        job = Redating.objects.get()
        assert (job.reason, job.manager, job.total) == ("structure", manager, 2)
        run_redating(job.pk)
    else:
        assert not Redating.objects.exists()
    for one in mine:
        one.refresh_from_db()
        assert one.zone == "red"
