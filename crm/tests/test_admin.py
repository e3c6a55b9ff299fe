"""Django admin: what it refuses, and that what it saves keeps the clocks true."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Client, Department, ZonePolicy
from clients.tests.factories import ManagerFactory, held_client
from crm import clock
from interactions.models import EventKind
from interactions.tasks import recount
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    manager = ManagerFactory(is_staff=True)
    client.force_login(manager)
    return manager


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_a_salesperson_is_not_let_in(client):
    client.force_login(ManagerFactory())
    assert client.get(reverse("admin:index")).status_code == 302


def test_a_policy_whose_thresholds_do_not_grow_is_refused(client, administrator):
    policy = ZonePolicy.objects.get(department=None, category="")
    answer = client.post(
        url(ZonePolicy, "change", policy.pk), {"yellow_months": 5, "red_months": 5, "detach_months": 6, "category": ""}
    )
    assert answer.status_code == 200
    assert "must grow" in answer.content.decode()


def test_switching_a_kind_off_as_contact_recomputes_its_clients(client, administrator):
    long_ago = clock.today() - dt.timedelta(days=100)
    held = held_client(assigned_on=long_ago)
    event(held)
    assert Client.objects.get(pk=held.pk).zone == "green"
    answer = switch_off(client, "call_out")
    assert answer.status_code == 302, answer.context["errors"]
    fresh = Client.objects.get(pk=held.pk)
    assert (fresh.zone, fresh.clock_date) == ("yellow", long_ago)


def switch_off(client, code, **more):
    kind = EventKind.objects.get(code=code)
    form = {"name": kind.name, "position": 10, "is_active": "on", "direction": "outgoing", "icon": "x"}
    return client.post(url(EventKind, "change", kind.pk), {**form, "default_minutes": 15, "_confirmed": "1", **more})


def test_switching_a_kind_asks_first_and_says_how_much_hangs_on_it(client, administrator):
    held = held_client()
    for _ in range(3):
        event(held)
    kind = EventKind.objects.get(code="call_out")
    form = {"name": "Call", "position": 10, "is_active": "on", "direction": "outgoing", "icon": "x"}
    page = client.post(url(EventKind, "change", kind.pk), {**form, "default_minutes": 15})
    assert page.status_code == 200
    assert (page.context["use"].events, page.context["use"].clients) == (3, 1)
    kind.refresh_from_db()
    assert kind.counts_as_contact
    answer = client.post(url(EventKind, "change", kind.pk), dict(page.context["sent"]))
    assert answer.status_code == 302
    kind.refresh_from_db()
    assert (kind.counts_as_contact, kind.name) == (False, "Call")
    assert Client.objects.get(pk=held.pk).last_contact_on is None


def test_other_changes_of_a_kind_ask_nothing(client, administrator):
    kind = EventKind.objects.get(code="call_out")
    form = {"name": "Call", "position": 10, "direction": "outgoing", "icon": "x", "default_minutes": 15}
    assert client.post(url(EventKind, "change", kind.pk), {**form, "counts_as_contact": "on"}).status_code == 302


def test_steps_of_sales_can_be_switched_but_not_deleted(client, administrator):
    held = held_client(assigned_on=clock.today() - dt.timedelta(days=100))
    process(held)
    assert Client.objects.get(pk=held.pk).zone == "green"
    kind = EventKind.objects.get(code="process_started")
    assert switch_off(client, "process_started").status_code == 302
    assert Client.objects.get(pk=held.pk).zone == "yellow"
    assert client.post(url(EventKind, "delete", kind.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [kind.pk], "post": "yes"}
    client.post(url(EventKind, "changelist"), chosen)
    assert EventKind.objects.filter(pk=kind.pk).exists()


def test_many_clients_are_left_to_a_worker(client, administrator, monkeypatch, django_capture_on_commit_callbacks):
    asked = []
    monkeypatch.setattr("interactions.admin.AT_ONCE", 1)
    monkeypatch.setattr("interactions.tasks.recount.delay", lambda *args: asked.append(args))
    held = [held_client(), held_client()]
    for each in held:
        event(each)
    with django_capture_on_commit_callbacks(execute=True):
        assert switch_off(client, "call_out").status_code == 302
    assert asked == [(EventKind.objects.get(code="call_out").pk,)]
    assert Client.objects.get(pk=held[0].pk).last_contact_on == clock.today()
    recount(*asked[0])
    assert Client.objects.get(pk=held[0].pk).last_contact_on is None


def test_editing_a_client_in_admin_does_not_touch_its_clock(client, administrator):
    held = held_client()
    stale = client.get(url(Client, "change", held.pk))
    assert stale.status_code == 200
    form = {
        name: value or ""
        for name, value in stale.context["adminform"].form.initial.items()
        if not isinstance(value, list)
    }
    inlines = {
        f"{prefix}-{part}": 0
        for prefix in ("contact_points", "co_managements", "ownership")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    answer = client.post(url(Client, "change", held.pk), {**form, **inlines, "name": "New name"})
    assert answer.status_code == 302, answer.context["errors"]
    fresh = Client.objects.get(pk=held.pk)
    assert (fresh.name, fresh.search_name, fresh.detach_on) == ("New name", "new name", held.detach_on)


def test_a_department_cannot_be_part_of_its_own_part(client, administrator):
    top = Department.objects.create(name="Top")
    low = Department.objects.create(name="Low", parent=top)
    prefix = {"zone_policies-TOTAL_FORMS": 0, "zone_policies-INITIAL_FORMS": 0}
    answer = client.post(url(Department, "change", top.pk), {"name": "Top", "parent": low.pk, **prefix})
    assert answer.status_code == 200
    assert "cannot be part of itself" in answer.content.decode()
