"""Many people at once, on PostgreSQL: nothing is lost, nothing waits for ever.

Who waits for whom is seen in ``pg_stat_activity``; no test sleeps and hopes.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from clients import services as clients
from clients.models import Client, OwnershipPeriod, ZonePolicy
from clients.tests.crowd import PATIENCE, Crowd, Holder, blocked, wait_until
from clients.tests.factories import DepartmentFactory, ManagerFactory, held_client
from clients.tests.naive_zones import State, naive_state
from clients.zoning import lock_clients, redate
from crm import clock
from crm.web.errors import Conflict
from exchange.models import ZoneTransition
from interactions import recounting, services
from interactions.models import Event
from interactions.tests.factories import event, kind, process

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TODAY = dt.date(2024, 6, 14)
NOW = clock.at(TODAY)
LONG_AGO = dt.date(2023, 12, 20)


def state(client: Client) -> State:
    client.refresh_from_db()
    return State(
        client.last_contact_on, client.clock_date, client.yellow_on, client.red_on, client.detach_on, client.zone
    )


def test_twenty_contacts_with_one_client_at_once():
    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    by = client.manager
    moments = [clock.at(TODAY - dt.timedelta(days=number % 4), 9) for number in range(20)]
    with Crowd(20) as crowd:
        answers = crowd.all_at_once(
            [lambda moment=moment: event(client, by=by, occurred_at=moment, now=NOW) for moment in moments]
        )
    assert [type(answer) for answer in answers] == [Event] * 20
    assert Event.objects.counted().count() == 20
    assert state(client) == naive_state([moment.date() for moment in moments], LONG_AGO, TODAY)
    # The colour changed once, whoever came first.
    assert ZoneTransition.objects.filter(client=client, from_zone="red", to_zone="green").count() == 1


def test_contacts_sales_and_deletions_of_one_client_at_once():
    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    by = client.manager
    old = [event(client, by=by, now=NOW) for _ in range(8)]
    days = [clock.at(TODAY - dt.timedelta(days=2), 9), clock.at(TODAY - dt.timedelta(days=3), 9)]
    acts: list[Callable[[], Any]] = [lambda call=call: services.delete_event(event=call, now=NOW) for call in old]
    acts += [lambda day=day: event(client, by=by, occurred_at=day, now=NOW) for day in days]
    acts += [lambda: process(client, by=by, started_on=days[1].date(), now=NOW) for _ in range(2)]
    with Crowd(len(acts)) as crowd:
        answers = crowd.all_at_once(acts)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert state(client) == naive_state([day.date() for day in days], LONG_AGO, TODAY)


def test_events_moved_in_opposite_directions_do_not_wait_for_each_other():
    manager = ManagerFactory()
    left, right = (held_client(manager, assigned_on=LONG_AGO, today=TODAY) for _ in range(2))
    pairs = [
        (event(left, occurred_at=clock.at(TODAY - dt.timedelta(days=1)), now=NOW), right),
        (event(right, now=NOW), left),
    ]
    with Crowd(2) as crowd:
        for _ in range(5):
            acts = []
            for call, target in pairs:
                call.client = target
                acts.append(lambda call=call: services.change_event(event=call, by=manager, now=NOW))
            answers = crowd.all_at_once(acts)
            assert [type(answer) for answer in answers] == [Event, Event]
            for client in (left, right):
                contacts = Event.objects.filter(client=client).values_list("counted_on", flat=True)
                assert state(client) == naive_state(contacts, LONG_AGO, TODAY)
            pairs = [(call, left if call.client == right else right) for call, _ in pairs]


def test_a_contact_is_seen_by_who_waited_for_its_client():
    """A corrects an event while B's contact is not yet committed: A must not compute the clock without it."""
    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    by = client.manager
    wrong = event(client, occurred_at=clock.at(TODAY - dt.timedelta(days=3)), now=NOW)
    with Crowd(2) as crowd:
        contact = Holder(crowd, lambda: event(client, by=by, now=NOW))
        deletion = crowd.start(lambda: services.delete_event(event=wrong, now=NOW))
        wait_until(lambda: blocked() == 1, "the deletion waits for the contact")
        contact.commit()
        deletion.result(PATIENCE)
    assert state(client) == naive_state([TODAY], LONG_AGO, TODAY)


def test_who_waited_for_a_hand_over_dates_the_client_by_its_new_department():
    strict = DepartmentFactory()
    ZonePolicy.objects.create(department=strict, yellow_months=2, red_months=3, detach_months=4)
    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    first, second = client.manager, ManagerFactory(department=strict)
    with Crowd(2) as crowd:
        handing = Holder(crowd, lambda: clients.reassign(client_id=client.pk, manager=second, by=first, today=LONG_AGO))
        contact = crowd.start(lambda: event(client, by=first, now=NOW))
        wait_until(lambda: blocked() == 1, "the contact waits for the hand-over")
        handing.commit()
        contact.result(PATIENCE)
    assert state(client) == naive_state([TODAY], LONG_AGO, TODAY, (2, 3, 4))
    assert client.manager == second


def test_two_hand_overs_at_once_leave_an_unbroken_row_of_owners():
    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    first, second, third = client.manager, ManagerFactory(), ManagerFactory()
    with Crowd(2) as crowd:
        one = Holder(crowd, lambda: clients.reassign(client_id=client.pk, manager=second, by=first, today=TODAY))
        other = crowd.start(lambda: clients.reassign(client_id=client.pk, manager=third, by=first, today=TODAY))
        wait_until(lambda: blocked() == 1, "the second hand-over waits for the first")
        one.commit()
        other.result(PATIENCE)
    client.refresh_from_db()
    assert (client.manager, client.last_manager) == (third, second)
    owners = OwnershipPeriod.objects.filter(client=client).order_by("pk").values_list("manager_id", "lost")
    assert list(owners) == [(first.pk, "reassigned"), (second.pk, "reassigned"), (third.pk, "")]


def test_who_waited_for_a_hand_over_can_return_the_client():
    from exchange.services import return_client

    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    first, second = client.manager, ManagerFactory()
    with Crowd(2) as crowd:
        one = Holder(crowd, lambda: clients.reassign(client_id=client.pk, manager=second, by=first, today=TODAY))
        other = crowd.start(lambda: return_client(client_id=client.pk, by=first, reason=None, now=NOW))
        wait_until(lambda: blocked() == 1, "the return waits for the hand-over")
        one.commit()
        # By now it is the other manager's client: the release is written on him.
        assert other.result(PATIENCE).manager == second
    assert state(client) == naive_state([], None, TODAY)


def test_an_event_moved_away_in_this_very_moment_is_refused():
    manager = ManagerFactory()
    one, two, three = (held_client(manager, assigned_on=LONG_AGO, today=TODAY) for _ in range(3))
    call = event(one, now=NOW)
    stale = Event.objects.get(pk=call.pk)

    def move() -> None:
        call.client = two
        services.change_event(event=call, by=manager, now=NOW)

    def move_too() -> None:
        stale.client = three
        services.change_event(event=stale, by=manager, now=NOW)

    with Crowd(2) as crowd:
        first = Holder(crowd, move)
        second = crowd.start(move_too)
        wait_until(lambda: blocked() == 1, "the second move waits for the first")
        first.commit()
        with pytest.raises(Conflict):
            second.result(PATIENCE)
    assert [state(client).last_contact_on for client in (one, two, three)] == [None, TODAY, None]


def test_a_policy_change_and_contacts_at_once_agree():
    department = DepartmentFactory()
    manager = ManagerFactory(department=department)
    mine = [held_client(manager, assigned_on=LONG_AGO, today=TODAY) for _ in range(6)]
    ZonePolicy.objects.create(department=department, yellow_months=2, red_months=3, detach_months=4)
    acts: list[Callable[[], Any]] = [
        lambda client=client: event(client, by=manager, now=NOW) for client in reversed(mine)
    ]
    acts += [lambda: redate([client.pk for client in mine], today=TODAY)] * 2
    with Crowd(len(acts)) as crowd:
        answers = crowd.all_at_once(acts)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    for client in mine:
        assert state(client) == naive_state([TODAY], LONG_AGO, TODAY, (2, 3, 4))


def test_switching_a_kind_and_registering_it_at_once_agree():
    manager = ManagerFactory()
    mine = [held_client(manager, assigned_on=LONG_AGO, today=TODAY) for _ in range(4)]
    for client in mine:
        event(client, code="mailing", occurred_at=clock.at(TODAY - dt.timedelta(days=2)), now=NOW)
    mailing = kind("mailing")
    mailing.counts_as_contact = True
    mailing.save()
    acts: list[Callable[[], Any]] = [
        lambda client=client: event(client, by=manager, now=NOW) for client in reversed(mine)
    ]
    acts += [lambda: recounting.recount_kind(mailing, today=TODAY)]
    with Crowd(len(acts)) as crowd:
        answers = crowd.all_at_once(acts)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    for client in mine:
        assert state(client) == naive_state([TODAY], LONG_AGO, TODAY)


def test_locks_are_taken_in_the_order_of_ids():
    one, two = held_client(today=TODAY), held_client(today=TODAY)
    with transaction.atomic():
        assert list(lock_clients([two.pk, one.pk, two.pk])) == [one.pk, two.pk]
