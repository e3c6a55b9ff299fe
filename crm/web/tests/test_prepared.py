"""Queries put into words once: what they answer is always what is there now."""

import datetime as dt

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection
from django.db.models import DateField, DateTimeField
from django.test.utils import CaptureQueriesContext

from clients.models import Client, ContactPerson
from clients.tests.factories import ContactPersonFactory, held_client
from crm import clock
from crm.web import prepared
from crm.web.once import forget, know, once
from crm.web.prepared import Param, Params, Prepared, prepared_as

pytestmark = pytest.mark.django_db


def test_it_answers_for_the_value_it_is_given_each_time():
    one, other = held_client(), held_client()
    persons = Prepared(lambda: ContactPerson.objects.filter(client=Param("client")).select_related("client"))
    anna, boris = ContactPersonFactory(client=one), ContactPersonFactory(client=other)
    assert persons(client=one.pk) == [anna]
    assert persons(client=other.pk) == [boris]
    with CaptureQueriesContext(connection) as queries:
        assert persons(client=one.pk)[0].client == one
    assert len(queries) == 1
    anna.delete()
    assert persons(client=one.pk) == []


def test_it_is_put_into_words_once():
    built = []

    def build():
        built.append(1)
        return Client.objects.filter(pk=Param("client")).values_list("name", flat=True)

    names, client = Prepared(build), held_client()
    assert [names(client=client.pk), names(client=0)] == [[client.name], []]
    assert built == [1]


def test_days_and_moments_are_given_as_the_database_wants_them():
    client = held_client()
    on = Prepared(lambda: Client.objects.filter(assigned_on=Param("day", DateField())))
    assert on(day=client.assigned_on) == [client]
    assert on(day=client.assigned_on - dt.timedelta(days=1)) == []
    since = Prepared(lambda: Client.objects.filter(created_at__gte=Param("moment", DateTimeField())))
    assert since(moment=client.created_at) == [client]
    assert since(moment=client.created_at + dt.timedelta(seconds=1)) == []


def test_days_are_counted_from_the_one_that_is_given():
    client, day = held_client(), dt.timedelta(days=1)
    given = Param("day", DateField())
    on = Prepared(lambda: Client.objects.filter(assigned_on=given - day + 3 * day))
    assert on(day=client.assigned_on - 2 * day) == [client]
    assert on(day=client.assigned_on) == []
    that_day = Prepared(
        lambda: Client.objects.filter(
            created_at__gte=clock.day_start(given), created_at__lt=clock.day_start(given + day)
        )
    )
    created_on = clock.local_date(client.created_at)
    assert that_day(day=created_on) == [client]
    assert [that_day(day=created_on - day), that_day(day=created_on + day)] == [[], []]


def test_of_each_kind_there_is_one_query_and_not_too_many(monkeypatch):
    monkeypatch.setattr(prepared, "_kinds", {})
    monkeypatch.setattr(prepared, "_MOST_KINDS", 2)
    first = prepared_as("first", Client.objects.all)
    assert prepared_as("first", Client.objects.none) is first
    prepared_as("second", Client.objects.all)
    prepared_as("third", Client.objects.all)
    assert prepared_as("first", Client.objects.all) is not first


def test_as_many_values_as_there_are():
    clients = [held_client() for _ in range(3)]
    ids = [client.pk for client in clients]
    found = Prepared(
        lambda: (
            Client.objects.filter(pk__in=Params("ids"), name__contains="%").order_by("pk")
            | Client.objects.filter(manager__in=Params("managers"), pk__in=Params("ids")).order_by("pk")
        )
    )
    managers = [client.manager_id for client in clients[:2]]
    assert found(ids=ids, managers=managers) == clients[:2]
    assert found(ids=ids[1:], managers=managers) == clients[1:2]
    assert found(ids=[], managers=managers) == []


def test_prefetched_rows_come_with_it():
    client = held_client()
    person = ContactPersonFactory(client=client)
    found = Prepared(lambda: Client.objects.filter(pk=Param("client")).prefetch_related("persons"))(client=client.pk)
    with CaptureQueriesContext(connection) as queries:
        assert list(found[0].persons.all()) == [person]
    assert len(queries) == 0


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        Prepared(lambda: Client.objects.filter(pk=Param("client")))()


# --- once a page ------------------------------------------------------------------------------------------------------
def _request(method):
    request_started.send(None, environ={"REQUEST_METHOD": method})


@pytest.fixture(autouse=True)
def _no_request_left():
    yield
    request_finished.send(None)


def test_while_a_page_is_read_it_is_asked_once():
    answers = iter(range(9))
    _request("GET")
    assert [once("n", lambda: next(answers)), once("n", lambda: next(answers))] == [0, 0]
    forget("n")
    assert once("n", lambda: next(answers)) == 1
    _request("GET")
    assert once("n", lambda: next(answers)) == 2


@pytest.mark.parametrize("method", ["POST", None])
def test_who_writes_and_who_works_in_the_background_asks_anew(method):
    answers = iter(range(9))
    if method:
        _request(method)
    else:
        request_finished.send(None)
    know("n", 7)
    assert [once("n", lambda: next(answers)), once("n", lambda: next(answers))] == [0, 1]


def test_what_was_read_with_something_else_is_not_asked():
    _request("GET")
    know("today", clock.today())
    assert once("today", lambda: None) == clock.today()
