"""Rows that are each given values of their own, in one statement."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from clients.models import Client, Tag
from clients.tests.factories import UnassignedClientFactory
from crm.updating import update_each

pytestmark = pytest.mark.django_db
FIELDS = ["name", "last_contact_on", "region"]


def test_each_row_has_its_own_values_and_others_none():
    one, two, other = (UnassignedClientFactory(name=name, region=None) for name in ("One", "Two", "Other"))
    day = dt.date(2026, 3, 1)
    with CaptureQueriesContext(connection) as queries:
        assert update_each(Client, FIELDS, {one.pk: ["Uno", day, None], two.pk: ["Due", None, None]}) == 2
    assert len(queries) == 1
    found = dict(Client.objects.values_list("pk", "name").order_by("pk"))
    assert found == {one.pk: "Uno", two.pk: "Due", other.pk: "Other"}
    assert list(Client.objects.order_by("pk").values_list("last_contact_on", flat=True)) == [day, None, None]


def test_a_column_of_nothing_but_nulls():
    client = UnassignedClientFactory(last_contact_on=dt.date(2026, 3, 1))
    assert update_each(Client, ["last_contact_on"], {client.pk: [None]}) == 1
    assert Client.objects.get().last_contact_on is None


def test_rows_that_are_gone_are_not_counted():
    assert update_each(Client, ["name"], {1: ["Nobody"]}) == 0
    assert update_each(Client, ["name"], {}) == 0


@pytest.mark.postgres
def test_text_is_not_cut_to_fit():
    tag = Tag.objects.create(name="a", search_name="a")
    with pytest.raises(DatabaseError, match="too long"):
        update_each(Tag, ["name"], {tag.pk: ["x" * 1000]})
