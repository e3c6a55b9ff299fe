"""Django admin: every page opens, lists do not query per row, and what it saves keeps the clocks true."""

import datetime as dt

import pytest
from django.contrib import admin
from django.urls import reverse

from clients.models import Client, Department, ZonePolicy
from clients.tests.factories import ManagerFactory, held_client
from crm import clock
from exchange.services import return_client
from exchange.tests.bare import run_night
from interactions.models import EventKind
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def administrator(client):
    manager = ManagerFactory(is_staff=True)
    client.force_login(manager)
    return manager


@pytest.fixture
def lively():
    for _ in range(3):
        held = held_client()
        event(held)
        process(held)
        return_client(client_id=held.pk, by=held.manager, reason=None)
        held_client(assigned_on=clock.today() - dt.timedelta(days=300))
    run_night(clock.today())


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_and_form_opens(client, administrator, lively, model):
    assert client.get(url(model, "changelist"), {"q": "Client"}).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        assert client.get(url(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model._meta.app_label != "auth"], ids=lambda model: model._meta.label
)
def test_lists_do_not_query_per_row(client, administrator, lively, django_assert_max_num_queries, model):
    with django_assert_max_num_queries(14):
        client.get(url(model, "changelist"))


def test_a_salesperson_is_not_let_in(client):
    client.force_login(ManagerFactory())
    assert client.get(reverse("admin:index")).status_code == 302


def test_records_of_the_program_cannot_be_changed(client, administrator, lively):
    from exchange.models import Detachment

    row = Detachment.objects.first()
    assert client.post(url(Detachment, "change", row.pk), {"comment": "x"}).status_code == 403
    assert client.post(url(Detachment, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_a_changed_policy_gets_a_new_version_and_re_dates_the_clients(client, administrator):
    held = held_client(assigned_on=clock.today() - dt.timedelta(days=100))
    policy = ZonePolicy.objects.get(department=None, category="")
    answer = client.post(
        url(ZonePolicy, "change", policy.pk), {"yellow_months": 1, "red_months": 2, "detach_months": 6, "category": ""}
    )
    assert answer.status_code == 302
    policy.refresh_from_db()
    assert policy.version == 2
    assert Client.objects.get(pk=held.pk).zone == "red"


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
    kind = EventKind.objects.get(code="call_out")
    answer = client.post(
        url(EventKind, "change", kind.pk),
        {"name": kind.name, "position": 10, "is_active": "on", "direction": "outgoing", "points": 3, "icon": "x",
         "default_minutes": 15},
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["errors"]
    fresh = Client.objects.get(pk=held.pk)
    assert (fresh.zone, fresh.clock_date) == ("yellow", long_ago)


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
    answer = client.post(
        url(Department, "change", top.pk), {"name": "Top", "parent": low.pk, "daily_points_norm": 48, **prefix}
    )
    assert answer.status_code == 200
    assert "cannot be part of itself" in answer.content.decode()
