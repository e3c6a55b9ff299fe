"""Departures with many people at once, on PostgreSQL: nobody waits for ever, and every client ends with one owner."""

import datetime as dt
import random

import pytest

from clients.models import Client, Manager, OwnershipPeriod
from clients.services import reassign
from clients.tests.crowd import Crowd
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import departures, services
from exchange.departures import HAND, RELEASE, Choice, Way, carry_on, depart, plan, undo
from exchange.models import Claim, Departure, Detachment
from interactions.tests.factories import event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DAY = dt.timedelta(days=1)


@pytest.fixture
def head():
    return head_of(DepartmentFactory())


def person(head):
    return ManagerFactory(department=head.department)


def clients_of(manager, number):
    return [held_client(manager, assigned_on=clock.today() - DAY * 40) for _ in range(number)]


def assert_everybody_has_one_owner():
    for client in Client.objects.all():
        still = list(OwnershipPeriod.objects.filter(client=client, until=None).values_list("manager", flat=True))
        assert still == ([client.manager_id] if client.manager_id else []), client.pk
        assert (client.manager_id is None) == (client.exchange_since is not None)


def test_two_workers_share_one_departure(head, monkeypatch):
    anna, boris = person(head), person(head)
    clients = clients_of(anna, 20)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = depart(manager=anna, items=plan(anna, Choice(default=Way(HAND, boris.pk)), by=head).items, by=head)
    with Crowd(2) as crowd:
        crowd.all_at_once([lambda: carry_on(departure.pk, batch=3)] * 2)
    assert Departure.objects.get().status == Departure.Status.DONE
    assert departure.items.done().count() == 20
    assert OwnershipPeriod.objects.filter(client__in=clients, lost="left", manager=anna).count() == 20
    assert OwnershipPeriod.objects.filter(client__in=clients, manager=boris, until=None).count() == 20
    assert_everybody_has_one_owner()


def test_two_heads_decide_at_once(head):
    anna, boris, admin = person(head), person(head), ManagerFactory(is_staff=True)
    clients_of(anna, 5)
    items = plan(anna, Choice(default=Way(HAND, boris.pk)), by=head).items
    with Crowd(2) as crowd:
        answers = crowd.all_at_once(
            [lambda by=by: depart(manager=Manager.objects.get(pk=anna.pk), items=items, by=by) for by in (head, admin)]
        )
    # The slower one finds it under way, or every client moved already; nothing is done twice.
    assert all(isinstance(answer, Departure | Conflict) for answer in answers), answers
    assert OwnershipPeriod.objects.filter(lost="left").count() == 5
    assert_everybody_has_one_owner()


def test_a_departure_among_people_who_work(head, monkeypatch):
    anna, boris, vera = person(head), person(head), person(head)
    clients = clients_of(anna, 24)
    ways = {client.pk: Way(RELEASE) for client in clients[::3]}
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    items = plan(anna, Choice(default=Way(HAND, boris.pk), clients=ways), by=head).items
    departure = depart(manager=anna, items=items, by=head)
    chance = random.Random(7)

    def work(number):
        for client in random.Random(number).sample(clients, 12):
            act = chance.choice(("give", "talk", "return"))
            try:
                if act == "give":
                    reassign(client_id=client.pk, manager=vera, by=head)
                elif act == "return":
                    services.return_client(client_id=client.pk, by=head, reason=None)
                else:
                    event(Client.objects.get(pk=client.pk), by=head)
            except DomainError:
                pass

    with Crowd(4) as crowd:
        acts = [lambda number=number: work(number) for number in range(3)]
        answers = crowd.all_at_once([lambda: carry_on(departure.pk, batch=4), *acts])
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert not departure.items.waiting().exists()
    for item in departure.items.all():
        assert (item.done_at is None) == bool(item.error)
    assert_everybody_has_one_owner()


def test_who_claims_while_it_is_taken_back(head):
    anna, vera = person(head), person(head)
    clients = clients_of(anna, 12)
    departure = depart(manager=anna, items=plan(anna, Choice(default=Way(RELEASE)), by=head).items, by=head)

    def claim_all():
        for client in reversed(clients):
            try:
                services.assign_from_exchange(client_id=client.pk, manager=vera, by=head)
            except DomainError:
                pass

    with Crowd(2) as crowd:
        answers = crowd.all_at_once([lambda: undo(departure=departure, by=head), claim_all])
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    back = set(departure.items.filter(undone_at__isnull=False).values_list("client", flat=True))
    taken = set(Claim.objects.values_list("client", flat=True))
    assert back | taken == {client.pk for client in clients}
    assert not back & taken
    assert set(Client.objects.held_by(anna).values_list("pk", flat=True)) == back
    assert set(Detachment.objects.filter(undone_at__isnull=False).values_list("client", flat=True)) == back
    assert_everybody_has_one_owner()
