"""Django admin: every list and form opens, lists do not query per row, and what is only read stays so."""

import datetime as dt

import pytest
from django.contrib import admin

from clients.tests.factories import ManagerFactory, held_client
from crm import clock
from crm.testing.shared import made_once
from crm.tests.test_admin import url
from exchange.services import return_client
from exchange.tests.bare import run_night
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def _make():
    for _ in range(3):
        held = held_client()
        event(held)
        process(held)
        return_client(client_id=held.pk, by=held.manager, reason=None)
        held_client(assigned_on=clock.today() - dt.timedelta(days=300))
    run_night(clock.today())


lively = made_once(_make)


@pytest.fixture
def administrator(client):
    manager = ManagerFactory(is_staff=True)
    client.force_login(manager)
    return manager


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


def test_records_of_the_program_cannot_be_changed(client, administrator, lively):
    from exchange.models import Detachment

    row = Detachment.objects.first()
    assert client.post(url(Detachment, "change", row.pk), {"comment": "x"}).status_code == 403
    assert client.post(url(Detachment, "delete", row.pk), {"post": "yes"}).status_code == 403
