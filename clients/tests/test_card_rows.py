"""The small tables of the card: what comes out of one query is what the tables hold."""

import datetime as dt

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from clients import card_rows
from clients.models import Client, CustomField, Manager
from clients.tests.factories import ContactPersonFactory, held_client

pytestmark = pytest.mark.django_db


def _same(row, stored):
    loaded = [field for field in row._meta.concrete_fields if field.attname not in row.get_deferred_fields()]
    assert loaded
    for field in loaded:
        assert getattr(row, field.attname) == getattr(stored, field.attname), field.name


def test_every_row_is_what_its_table_holds():
    client = held_client()
    ContactPersonFactory(client=client, birthday=dt.date(1980, 2, 29), is_decision_maker=True)
    CustomField.objects.create(key="contract_no", label="Contract")
    fresh = Client.objects.get(pk=client.pk)
    card_rows.rows_of(fresh, "persons")
    rows = [row for table in fresh._card_rows.values() for row in table if isinstance(row, models.Model)]
    assert {type(row).__name__ for row in rows} >= {"ContactPerson", "CustomField", "EventKind", "OwnershipPeriod"}
    for row in rows:
        _same(row, type(row)._base_manager.get(pk=row.pk))


def test_one_query_for_all_and_one_for_the_people():
    client = Client.objects.get(pk=held_client().pk)
    with CaptureQueriesContext(connection) as queries:
        (period,) = card_rows.rows_of(client, "owners")
        assert str(period.manager) == str(Manager.objects.only(*card_rows.NAME).get(pk=client.manager_id))
        assert card_rows.rows_of(client, "persons") == []
        assert card_rows.number_of(client, "contacts-in-a-year") == 0
    assert len(queries) == 3, "one of them is the test's own"


def test_rows_of_another_client_are_not_among_them():
    one, other = held_client(), held_client()
    person = ContactPersonFactory(client=one)
    assert card_rows.rows_of(one, "persons") == [person]
    assert card_rows.rows_of(other, "persons") == []


def test_a_client_read_anew_has_what_is_there_now():
    client = held_client()
    assert card_rows.rows_of(client, "persons") == []
    person = ContactPersonFactory(client=client)
    assert card_rows.rows_of(Client.objects.get(pk=client.pk), "persons") == [person]


def test_amounts_do_not_travel_so():
    with pytest.raises(TypeError):
        card_rows._reader(models.DecimalField(max_digits=9, decimal_places=2))
