"""Inquiries that come at the same moment, on PostgreSQL: nobody gets a turn twice."""

from collections import Counter

import pytest

from clients.models import Client, ContactPoint
from clients.tests.crowd import PATIENCE, Crowd, Holder, blocked, wait_until
from clients.tests.factories import ManagerFactory, exchange_client, head_of
from crm.web.errors import Conflict
from interactions import inquiries
from interactions.inquiries import NewClient
from interactions.models import DistributionRule, Inquiry
from interactions.tests.factories import inquiry

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def new(number: int) -> NewClient:
    return NewClient(Client(name=f"Caller {number}"), [ContactPoint(value=f"8 916 000-00-{number:02}")])


@pytest.mark.parametrize("method", ["evenly", "load"])
def test_as_many_inquiries_as_people_at_once_go_to_each_one(method):
    people, receptionist = [ManagerFactory() for _ in range(6)], ManagerFactory()
    rule = DistributionRule.objects.create(name="All", method=method)
    rule.managers.set(people)
    with Crowd(6) as crowd:
        answers = crowd.all_at_once(
            [lambda number=number: inquiry(by=receptionist, new=new(number)) for number in range(6)]
        )
    assert [type(answer) for answer in answers] == [Inquiry] * 6
    assert Counter(answer.assigned_to for answer in answers) == Counter(people)


def test_the_second_waits_till_the_first_turn_is_written_down():
    first, second, receptionist = ManagerFactory(), ManagerFactory(), ManagerFactory()
    DistributionRule.objects.create(name="All").managers.set([first, second])
    with Crowd(2) as crowd:
        earlier = Holder(crowd, lambda: inquiry(by=receptionist, new=new(1)))
        later = crowd.start(lambda: inquiry(by=receptionist, new=new(2)))
        wait_until(lambda: blocked() == 1, "the second inquiry waits for the rule")
        earlier.commit()
        assert later.result(PATIENCE).assigned_to == second


def test_of_many_who_take_over_at_once_one_does():
    taken = inquiry()
    heads = [head_of(taken.assigned_to.department), taken.assigned_to]
    with Crowd(6) as crowd:
        answers = crowd.all_at_once(
            [lambda by=by: inquiries.take_over(inquiry=taken, by=by) for by in heads for _ in range(3)]
        )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 5 + ["Inquiry"]
    assert all(isinstance(answer, Inquiry | Conflict) for answer in answers)


def test_many_calls_of_one_client_at_once_do_not_wait_for_each_other_for_ever():
    client, answerers = exchange_client(), [ManagerFactory() for _ in range(4)]
    with Crowd(4) as crowd:
        answers = crowd.all_at_once([lambda by=by: inquiry(client, by=by) for by in answerers])
    assert [type(answer) for answer in answers] == [Inquiry] * 4
