"""The board as a file: what the board shows, in its order, to those who may, and no contact."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import ExportLog
from clients.tests.factories import ContactPointFactory, ManagerFactory, exchange_client, held_client
from crm import clock

pytestmark = pytest.mark.django_db
URL = "exchange-export"
DAY = dt.timedelta(days=1)


@pytest.fixture
def seller(client):
    someone = ManagerFactory(may_export=True)
    client.force_login(someone)
    return someone


def read(client, **query):
    text = b"".join(client.get(reverse(URL), query).streaming_content).decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_rows_are_those_of_the_board_in_its_order(client, seller):
    names = ["Volga", "Kama", "Oka"]
    for days, name in enumerate(names, start=2):
        exchange_client(name=name, city="Samara", since=clock.now() - days * DAY)
    held_client(name="Held")
    assert [row["Client"] for row in read(client)] == names
    assert [row["Client"] for row in read(client, sort="name")] == sorted(names)
    assert [row["Client"] for row in read(client, q="kam")] == ["Kama"]
    board = client.get(reverse("exchange-board"), {"sort": "name"}).context["rows"]
    assert [row.client.name for row in board] == sorted(names)
    assert {row["Claimable now"] for row in read(client)} == {"yes"}
    assert ExportLog.objects.filter(what=URL).count() == 4
    assert ExportLog.objects.filter(what=URL).order_by("pk").values_list("query", "rows")[2] == ("q=kam", 1)


def test_no_phone_leaves_with_it(client, seller):
    of = exchange_client(since=clock.now() - 2 * DAY)
    ContactPointFactory(client=of, value="+79167654321")
    assert "7654321" not in str(read(client))


def test_the_button_is_there_for_those_who_may(client, seller):
    exchange_client(since=clock.now() - 2 * DAY)
    assert reverse(URL) in client.get(reverse("exchange-board")).content.decode()
    seller.may_export = False
    seller.save()
    assert reverse(URL) not in client.get(reverse("exchange-board")).content.decode()
    assert client.get(reverse(URL)).status_code == 403


def test_a_batch_costs_the_same_however_many_are_in_it(client, seller):
    for days in range(2, 5):
        exchange_client(since=clock.now() - days * DAY)
    read(client)
    with CaptureQueriesContext(connection) as one_batch:
        assert len(read(client)) == 3
    for days in range(5, 9):
        exchange_client(since=clock.now() - days * DAY)
    with CaptureQueriesContext(connection) as still_one:
        assert len(read(client)) == 7
    assert len(still_one) == len(one_batch)
