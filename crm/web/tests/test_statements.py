"""Statements the database remembers: the same answers, and nothing lost where it does not."""

import datetime as dt

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from clients.models import Client, Manager
from clients.tests.factories import ManagerFactory, held_client
from crm.web import statements
from crm.web.prepared import Param, Params, Prepared

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture(autouse=True)
def _as_if_new():
    connection.close()
    yield
    statements._forgetful.clear()
    connection.close()


def _asked(query, **values):
    with CaptureQueriesContext(connection) as queries:
        found = query(**values)
    return found, [each["sql"].split(" ")[0] for each in queries]


def test_a_query_is_called_by_its_name():
    one, other = held_client(name="100% Alpha"), held_client(name="Beta")
    query = Prepared(lambda: Client.objects.filter(pk=Param("client"), name__contains="%").only("name"))
    assert _asked(query, client=one.pk) == ([one], ["EXECUTE"])
    assert _asked(query, client=other.pk) == ([], ["EXECUTE"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (1,)


def test_days_moments_and_lists_travel_as_they_are():
    clients = [held_client() for _ in range(3)]
    query = Prepared(
        lambda: Client.objects.filter(
            pk__in=Params("ids"),
            assigned_on=Param("day", models.DateField()),
            created_at__lte=Param("now", models.DateTimeField()),
        ).order_by("pk")
    )
    day, now = clients[0].assigned_on, dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    for some in (clients, clients[:1], []):
        assert _asked(query, ids=[each.pk for each in some], day=day, now=now) == (some, ["EXECUTE"])
    many = [each.pk for each in clients] + list(range(10**6, 10**6 + 200))
    assert _asked(query, ids=many, day=day, now=now) == (clients, ["SELECT"])


def test_within_a_transaction_it_is_written_out():
    client = held_client()
    query = Prepared(lambda: Client.objects.filter(pk=Param("client")))
    with transaction.atomic():
        assert _asked(query, client=client.pk) == ([client], ["SELECT"])


def test_behind_a_pooler_it_is_written_out_from_then_on(caplog):
    client = held_client()
    query = Prepared(lambda: Client.objects.filter(pk=Param("client")))
    query(client=client.pk)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")  # what another connection of the pool is: it has never heard of it
    assert _asked(query, client=client.pk) == ([client], ["EXECUTE", "SELECT"])
    assert "pooler" in caplog.text
    assert _asked(query, client=client.pk) == ([client], ["SELECT"])


def test_what_another_process_prepared_is_used():
    client = held_client()
    query = Prepared(lambda: Client.objects.filter(pk=Param("client")))
    query(client=client.pk)
    statements._remembered.clear()
    assert _asked(query, client=client.pk) == ([client], ["EXECUTE"])


def test_a_pooler_that_is_known_of_is_not_asked():
    client = held_client()
    query = Prepared(lambda: Client.objects.filter(pk=Param("client")))
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
    try:
        assert _asked(query, client=client.pk) == ([client], ["SELECT"])
    finally:
        connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = False


def test_a_table_that_has_been_changed_meanwhile_is_read_anew():
    ManagerFactory(first_name="Anna")
    query = Prepared(lambda: Manager.objects.filter(first_name="Anna").values_list("first_name", flat=True))
    assert query() == ["Anna"]
    table = Manager._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN first_name TYPE text')
    try:
        assert _asked(query) == (["Anna"], ["EXECUTE", "SELECT"])
        assert _asked(query) == (["Anna"], ["EXECUTE"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN first_name TYPE varchar(150)')


def test_what_is_wrong_with_a_query_is_said():
    query = Prepared(lambda: Client.objects.filter(pk=1 / (Param("number") - Param("number"))))
    with pytest.raises(Exception, match="division by zero"):
        query(number=1)
