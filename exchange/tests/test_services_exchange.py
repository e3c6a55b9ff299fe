"""Claiming, assigning and returning: one row each, the clock starts anew, the losers are told whom to ask."""

import datetime as dt

import pytest
from django.utils import timezone, translation

from clients.models import Client, OwnershipPeriod
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    held_client,
)
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import services
from exchange.models import Claim, Detachment, ReturnReason, ZoneTransition
from exchange.rules.claiming import ClaimRules
from exchange.services import AlreadyTaken
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 6, 14)
NOW = clock.at(TODAY, 10, 42)
DAY = dt.timedelta(days=1)


def test_a_claim_gives_the_client_and_starts_its_clock():
    client, seller = exchange_client(since=NOW - 5 * DAY), ManagerFactory()
    Client.objects.filter(pk=client.pk).update(last_contact_on=TODAY - 300 * DAY)
    claim = services.claim(client_id=client.pk, by=seller, now=NOW)
    client.refresh_from_db()
    assert (client.manager, client.assigned_on, client.clock_date, client.zone) == (seller, TODAY, TODAY, "green")
    assert (client.exchange_since, client.last_contact_on) == (None, TODAY - 300 * DAY)
    assert (claim.manager, claim.assigned_by, claim.date, claim.claimed_at) == (seller, None, TODAY, NOW)
    assert claim.exchange_since == NOW - 5 * DAY
    period = OwnershipPeriod.objects.get()
    assert (period.manager, period.since, period.gained, period.until) == (seller, TODAY, "claimed", None)
    assert ZoneTransition.objects.values_list("from_zone", "to_zone", "cause").get() == ("", "green", "assignment")


def test_a_claim_late_in_the_evening_of_utc_is_the_next_companys_day():
    client = exchange_client(since=NOW - 5 * DAY)
    claim = services.claim(
        client_id=client.pk, by=ManagerFactory(), now=dt.datetime(2024, 6, 13, 22, 30, tzinfo=dt.UTC)
    )
    client.refresh_from_db()
    assert (claim.date, client.clock_date) == (TODAY, TODAY)


def test_the_second_click_is_told_who_was_quicker_and_when():
    client, winner = exchange_client(), ManagerFactory()
    services.claim(client_id=client.pk, by=winner)
    for loser in (winner, ManagerFactory()):
        with pytest.raises(AlreadyTaken) as refused:
            services.claim(client_id=client.pk, by=loser)
        when = timezone.localtime(Claim.objects.get().claimed_at)
        assert str(winner) in str(refused.value)
        assert f"{when.minute:02d}" in str(refused.value)
    assert Claim.objects.count() == 1


def test_the_words_follow_the_readers_language_and_time_zone(time_machine):
    time_machine.move_to(NOW, tick=False)
    client, winner = exchange_client(), ManagerFactory()
    services.claim(client_id=client.pk, by=winner)
    with timezone.override("Asia/Vladivostok"), translation.override("ru"):
        with pytest.raises(AlreadyTaken) as refused:
            services.claim(client_id=client.pk, by=ManagerFactory())
        assert "17:42" in str(refused.value)


@pytest.mark.parametrize("make", [held_client, UnassignedClientFactory])
def test_only_what_is_on_the_exchange_can_be_claimed(make):
    client = make()
    before = Client.objects.values().get(pk=client.pk)
    with pytest.raises(AlreadyTaken):
        services.claim(client_id=client.pk, by=ManagerFactory(), now=NOW)
    with pytest.raises(AlreadyTaken):
        services.assign_from_exchange(client_id=client.pk, manager=ManagerFactory(), by=ManagerFactory(), now=NOW)
    assert Client.objects.values().get(pk=client.pk) == before
    assert not Claim.objects.exists()


def test_a_client_that_is_gone_cannot_be_claimed():
    with pytest.raises(AlreadyTaken):
        services.claim(client_id=0, by=ManagerFactory(), now=NOW)


def test_a_head_assigns_from_the_exchange():
    client, seller, head = exchange_client(), ManagerFactory(), ManagerFactory()
    claim = services.assign_from_exchange(client_id=client.pk, manager=seller, by=head, now=NOW)
    client.refresh_from_db()
    assert (client.manager, claim.manager, claim.assigned_by) == (seller, seller, head)
    period = OwnershipPeriod.objects.get()
    assert (period.gained, period.changed_by) == ("assigned", head)


def test_who_does_not_work_here_gets_nothing():
    client = exchange_client()
    with pytest.raises(DomainError):
        services.assign_from_exchange(
            client_id=client.pk, manager=ManagerFactory(is_active=False), by=ManagerFactory(), now=NOW
        )
    client.refresh_from_db()
    assert client.is_on_exchange
    assert not Claim.objects.exists()


@pytest.mark.parametrize("own", [True, False])
def test_returned_by_its_manager_or_released_by_the_head(own):
    department = DepartmentFactory()
    manager, head = ManagerFactory(department=department), ManagerFactory()
    client = held_client(manager, assigned_on=TODAY - 100 * DAY, today=TODAY)
    contact = event(client, by=manager, now=clock.at(TODAY - 40 * DAY))
    client.refresh_from_db()
    reason = ReturnReason.objects.first()
    by = manager if own else head
    row = services.return_client(client_id=client.pk, by=by, reason=reason, comment="  not \n our kind  ", now=NOW)
    row.refresh_from_db()
    lost = "returned" if own else "released"
    assert (row.reason, row.return_reason, row.comment, row.detached_by) == (lost, reason, "not our kind", by)
    assert (row.manager, row.department, row.last_event, row.clock_date) == (
        manager,
        department,
        contact,
        TODAY - 40 * DAY,
    )
    assert (row.zone, row.run, row.date, row.detached_at) == (client.zone, None, TODAY, NOW)
    before = client.zone
    client.refresh_from_db()
    assert (client.manager, client.last_manager, client.exchange_since, client.zone) == (None, manager, NOW, "")
    period = OwnershipPeriod.objects.get()
    assert (period.until, period.lost, period.changed_by) == (TODAY, lost, by)
    last = ZoneTransition.objects.latest("pk")
    assert (last.from_zone, last.to_zone, last.cause, last.manager) == (before, "", "leaving", manager)
    assert client.history.first().manager_id is None
    with pytest.raises(Conflict):
        services.return_client(client_id=client.pk, by=by, reason=reason, now=NOW)
    assert Detachment.objects.count() == 1


def test_to_the_exchange_and_back_again_the_same_day():
    client, other = held_client(assigned_on=TODAY - DAY, today=TODAY), ManagerFactory()
    for number in range(3):
        now = NOW + dt.timedelta(minutes=number)
        client.refresh_from_db()
        services.return_client(client_id=client.pk, by=client.manager, reason=None, now=now)
        services.claim(client_id=client.pk, by=other, now=now, rules=ClaimRules())
    assert (Claim.objects.count(), Detachment.objects.count(), OwnershipPeriod.objects.count()) == (3, 3, 4)
    assert OwnershipPeriod.objects.filter(until=None).count() == 1
