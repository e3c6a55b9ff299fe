"""Rows made of rows inside the database."""

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from clients.models import Client, Tag
from clients.tests.factories import UnassignedClientFactory
from crm.inserting import insert_from

pytestmark = pytest.mark.django_db


def test_one_row_for_each_with_values_expressions_and_defaults():
    for name in ("One", "Two", "Other"):
        UnassignedClientFactory(name=name)
    source = Client.objects.exclude(name="Other")
    assert insert_from(source, Tag, name=Concat(F("name"), Value("!")), search_name=F("search_name")) == 2
    assert list(Tag.objects.order_by("pk").values_list("name", "search_name", "colour")) == [
        ("One!", "one", Tag.Colour.GREY),
        ("Two!", "two", Tag.Colour.GREY),
    ]


def test_a_row_that_is_there_already_is_left_out():
    client = UnassignedClientFactory()
    for made in (1, 0):
        assert insert_from(Client.objects.filter(pk=client.pk), Tag, name="Same", search_name="same") == made
    assert Tag.objects.count() == 1


def test_a_field_that_is_not_there_is_no_default():
    with pytest.raises(TypeError, match="nonsense"):
        insert_from(Client.objects.none(), Tag, nonsense=1)
