"""Who is told of a late contact: the head when it waits, its author when it was decided on."""

import datetime as dt

import pytest

from clients.models import Notice
from clients.notices import words
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from interactions import sales, services
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db
NOON = clock.at(dt.date(2026, 5, 20))


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def told() -> list[tuple[object, str]]:
    return [(notice.recipient, words(notice)) for notice in Notice.objects.order_by("pk")]


def test_the_head_is_told_that_a_late_contact_waits_and_the_author_what_was_decided():
    department = DepartmentFactory()
    anna = ManagerFactory(department=department, first_name="Anna", last_name="Petrova")
    head = head_of(department)
    client = held_client(anna, name="Romashka")
    late = event(client, by=anna, occurred_at=NOON - dt.timedelta(days=9), now=NOON)
    ((reader, said),) = told()
    assert reader == head
    assert "Anna Petrova registered a contact with Romashka late" in said
    services.change_event(event=late, by=anna, now=NOON)  # other words: nobody is told twice
    assert len(told()) == 1
    services.decide_backdating(event=late, by=head, approve=True, now=NOON)
    (_, (reader, said)) = told()
    assert reader == anna
    assert said.endswith("11 May: it counts")


def test_a_late_step_of_a_sale_is_told_of_as_any_late_contact():
    department = DepartmentFactory()
    head, anna = head_of(department), ManagerFactory(department=department)
    deal = process(held_client(anna), now=NOON, started_on=NOON.date() - dt.timedelta(days=9))
    assert [reader for reader, _ in told()] == [head]
    deal.started_on = NOON.date() - dt.timedelta(days=8)
    sales.change_process(process=deal, by=anna, now=NOON)
    assert [reader for reader, _ in told()] == [head, head]


def test_a_contact_in_time_and_a_heads_own_tell_nobody():
    department = DepartmentFactory()
    anna = ManagerFactory(department=department)
    head = head_of(department)
    client = held_client(anna)
    event(client, by=anna, occurred_at=NOON - dt.timedelta(days=2), now=NOON)
    event(client, by=head, occurred_at=NOON - dt.timedelta(days=9), now=NOON)
    assert told() == []


def test_who_decides_on_his_own_is_not_told_of_it():
    director = ManagerFactory(role="director")
    anna = ManagerFactory()
    client = held_client(anna)
    late = event(client, by=anna, occurred_at=NOON - dt.timedelta(days=9), now=NOON)
    assert [reader for reader, _ in told()] == [director]
    services.decide_backdating(event=late, by=director, approve=False, now=NOON)
    assert [reader for reader, _ in told()] == [director, anna]
    assert "did not approve" in told()[1][1]
