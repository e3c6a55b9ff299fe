"""Ways round the rules of the market that were tried in review, and things that broke it; each stays closed."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clients import services as client_services
from clients.merging import merge_clients
from clients.models import Client, CoManager, Manager, Notice
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import claims, failing, services
from exchange.claims import ClaimRefused
from exchange.models import Detachment, FirstTouch, ParkedClient
from exchange.night import run_due_nights
from exchange.tests.night_world import DAY, TODAY, Nights, on, tune, worked_before
from exchange.undo import undo, undo_one
from interactions import services as interactions
from interactions.models import EventStatus
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
NOW = clock.at(TODAY, 10, 42)


@pytest.fixture(autouse=True)
def nights(time_machine):
    time_machine.move_to(NOW, tick=False)
    worked_before()
    return Nights(time_machine)


def waiting(days: float = 5, **kwargs) -> Client:
    return exchange_client(since=NOW - dt.timedelta(days=days), **kwargs)


def claim(client, seller, **kwargs):
    return services.claim(client_id=client.pk, by=seller, **kwargs)


def give_back(client, seller, **kwargs):
    return services.return_client(client_id=client.pk, by=seller, reason=None, **kwargs)


def refused(act) -> list[str]:
    with pytest.raises(ClaimRefused) as error:
        act()
    return [each.rule for each in error.value.refusals]


@pytest.fixture
def head():
    return head_of(DepartmentFactory())


@pytest.fixture
def seller(head):
    return ManagerFactory(department=head.department)


# --- the first contact ------------------------------------------------------------------------------------------------
def test_what_a_head_gives_is_not_taken_for_a_claim_that_was_given_back_before(nights, head, seller):
    client = waiting()
    claim(client, seller)
    give_back(client, seller)
    nights.at(on(1), 9)
    services.assign_from_exchange(client_id=client.pk, manager=seller, by=head, reason="asked for him")
    assert claims.touch_of(Client.objects.get(pk=client.pk)) is None
    nights(8)
    client.refresh_from_db()
    assert client.manager == seller
    assert not failing.failed_claims(seller).exists()


def test_of_two_claims_of_one_client_the_last_one_says_until_when(nights, seller):
    tune("claim.former_days", None)
    tune("claim.delay_hours", None)
    tune("claim.touch_days", 3)
    client = waiting()
    claim(client, seller)
    give_back(client, seller)
    moment = nights.at(on(2), 9)
    claim(client, seller, now=moment)
    nights(4)
    client.refresh_from_db()
    assert client.manager == seller
    nights(6)
    client.refresh_from_db()
    assert client.manager is None
    assert not ParkedClient.objects.exists()
    assert FirstTouch.objects.filter(outcome="failed").count() == 1


def test_a_plan_of_before_the_claim_that_takes_place_is_a_first_contact(nights, seller):
    client = waiting()
    elsewhere = held_client(seller, assigned_on=TODAY - 5 * DAY)
    plan = event(elsewhere, by=seller, status=EventStatus.PLANNED, occurred_at=clock.at(on(2), 12), now=NOW)
    claim(client, seller, now=NOW + dt.timedelta(minutes=1))
    moment = nights.at(on(2), 13)
    plan, _left_out = interactions.move_event(event=plan, client=client, by=seller, now=moment)
    interactions.finish_event(event=plan, by=seller, now=moment)
    nights(8)
    client.refresh_from_db()
    assert client.manager == seller
    assert FirstTouch.objects.get().outcome == "kept"


def test_with_the_rule_switched_off_giving_back_is_no_failure(nights, seller):
    client = waiting()
    claim(client, seller)
    tune("claim.touch_days", None)
    assert claims.touch_of(Client.objects.get(pk=client.pk)) is None
    assert claims.owed(seller) == []
    moment = nights.at(on(3), 9)
    assert give_back(client, seller, now=moment).failed_claim is None


def test_a_head_does_not_forgive_his_own_failed_claim(nights, head):
    client = waiting()
    claim(client, head)
    nights(8)
    arrival = Detachment.objects.get()
    nights.at(on(8), 9)
    with pytest.raises(Conflict):
        undo_one(detachment=arrival, by=head)
    assert undo(detachments=Detachment.objects.all(), by=head).kept.keys() == {client.pk}
    director = ManagerFactory(role="director")
    undo_one(detachment=arrival, by=director)
    client.refresh_from_db()
    assert client.manager == head


def test_after_an_outage_nobody_loses_a_claimed_client_unreminded(nights, seller):
    client, called = waiting(), waiting()
    claim(client, seller)
    claim(called, seller)
    nights.until(1, 3)
    nights.at(on(12), 1)
    assert [run.date for run in run_due_nights(on(12))] == [on(day) for day in range(4, 13)]
    client.refresh_from_db()
    assert client.manager == seller
    [notice] = Notice.objects.filter(kind="exchange.owed")
    assert (notice.recipient, notice.date) == (seller, on(12))
    assert {pk for pk, _due in notice.data["clients"]} == {client.pk, called.pk}
    moment = nights.at(on(12), 15)
    event(called, by=seller, now=moment)
    nights(13)
    client.refresh_from_db()
    called.refresh_from_db()
    assert (client.manager, called.manager) == (None, seller)


# --- merging ----------------------------------------------------------------------------------------------------------
def test_merging_launders_no_cool_down(seller):
    keep = waiting(100)
    drop = held_client(seller, assigned_on=TODAY - 50 * DAY)
    give_back(drop, seller, now=NOW - 2 * DAY)
    director = ManagerFactory(role="director")
    merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=director)
    assert refused(lambda: claim(keep, seller)) == ["cooldown"]
    assert claim(keep, seller, now=NOW + 12 * DAY)


def test_merging_forgets_no_quarantine(seller):
    keep, drop = waiting(), waiting()
    Client.objects.filter(pk=drop.pk).update(quarantine_until=on(20))
    merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=ManagerFactory(role="director"))
    assert refused(lambda: claim(keep, seller)) == ["quarantine"]


# --- what a head gives himself ----------------------------------------------------------------------------------------
def test_a_head_gets_nothing_from_the_exchange_through_one_of_his_people(head, seller):
    client = waiting(0.1)
    services.assign_from_exchange(client_id=client.pk, manager=seller, by=head)
    with pytest.raises(DomainError):
        client_services.reassign(client_id=client.pk, manager=head, by=head)
    client.refresh_from_db()
    assert client.manager == seller
    # To another one he may, and a director may give it to him.
    other = ManagerFactory(department=head.department)
    client_services.reassign(client_id=client.pk, manager=other, by=head)
    with pytest.raises(DomainError):
        client_services.reassign(client_id=client.pk, manager=head, by=head)
    client_services.reassign(client_id=client.pk, manager=head, by=ManagerFactory(role="director"))


def test_a_friendly_claim_launders_no_cool_down(head, seller):
    """She lost it, a colleague claims it, and the head hands it to her: that needs a reason, as from the exchange."""
    boris = ManagerFactory(department=head.department)
    client = held_client(seller, assigned_on=TODAY - 50 * DAY)
    services.return_client(client_id=client.pk, by=head, reason=None)
    claim(client, boris, now=NOW + 2 * DAY)

    def hand(moment):
        client_services.reassign(client_id=client.pk, manager=seller, by=head, moment=moment, today=moment.date())

    for days in (3, 29):
        with pytest.raises(DomainError, match="waits until"):
            hand(NOW + days * DAY)
    hand(NOW + 30 * DAY)


def test_who_claimed_it_himself_may_be_handed_it_again(head, seller):
    boris = ManagerFactory(department=head.department)
    client = waiting()
    claim(client, seller)
    client_services.reassign(client_id=client.pk, manager=boris, by=head)
    client_services.reassign(client_id=client.pk, manager=seller, by=head, today=TODAY + DAY, moment=NOW + DAY)
    client.refresh_from_db()
    assert client.manager == seller


def test_a_director_hands_on_to_whom_he_likes(head, seller):
    boris = ManagerFactory(department=head.department)
    client = held_client(seller, assigned_on=TODAY - 50 * DAY)
    services.return_client(client_id=client.pk, by=head, reason=None)
    claim(client, boris, now=NOW + 2 * DAY)
    client_services.reassign(
        client_id=client.pk, manager=seller, by=ManagerFactory(role="director"), moment=NOW + 3 * DAY,
        today=TODAY + 3 * DAY,
    )  # fmt: skip


def test_a_departure_is_no_way_round(head, seller):
    client = waiting()
    services.assign_from_exchange(client_id=client.pk, manager=seller, by=head)
    with pytest.raises(DomainError, match="claim it"):
        client_services.reassign(client_id=client.pk, manager=head, by=head, lost="left")


def test_who_lost_a_client_helps_with_it_no_longer(head, seller):
    client = waiting()
    CoManager.objects.create(client=client, manager=seller)
    claim(client, seller)
    give_back(client, seller)
    assert not Client.objects.editable_by(Manager.objects.get(pk=seller.pk)).filter(pk=client.pk).exists()


def test_a_first_contact_that_is_deleted_later_is_owed_again(nights, seller):
    client = waiting()
    claim(client, seller)
    moment = nights.at(on(6), 12)
    made = event(client, by=seller, now=moment, occurred_at=moment)
    nights(8)
    assert FirstTouch.objects.get().outcome == "kept"
    nights.at(on(8), 12)
    interactions.delete_event(event=made)
    nights(9)
    duty = FirstTouch.objects.get()
    assert (duty.outcome, duty.due_on) == ("", on(9))
    nights(10)
    client.refresh_from_db()
    assert (client.manager, FirstTouch.objects.get().outcome) == (None, "failed")


def test_a_contact_that_waits_for_the_head_keeps_the_client_until_he_has_decided(nights, head, seller):
    client = waiting()
    claim(client, seller)
    made = event(client, by=seller, now=nights.at(on(7), 12), occurred_at=clock.at(on(1), 12))
    assert made.approval == "pending"
    nights(8)
    client.refresh_from_db()
    assert client.manager == seller
    interactions.decide_backdating(event=made, by=head, approve=False)
    nights(9)
    client.refresh_from_db()
    assert client.manager is None


def test_the_reason_against_a_rule_stands_in_the_story_of_the_client(head, seller):
    from exchange.why.facts import Story
    from exchange.why.steps import steps_of

    client = held_client(seller, assigned_on=TODAY - 50 * DAY)
    services.return_client(client_id=client.pk, by=head, reason=None)
    services.assign_from_exchange(client_id=client.pk, manager=seller, by=head, reason="he knows them")
    client.refresh_from_db()
    assert any("he knows them" in step.details for step in steps_of(Story(client), seller))


# --- locks ------------------------------------------------------------------------------------------------------------
def test_who_changes_a_manager_in_django_admin_locks_his_clients_first(rf, seller):
    mine = held_client(seller, assigned_on=TODAY)
    request = rf.post("/")
    request.user = ManagerFactory(is_staff=True)
    request._messages = SimpleNamespace(add=lambda *_args: None)
    seller.department = DepartmentFactory()
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        changed = SimpleNamespace(changed_data=["department"])
        admin.site._registry[Manager].save_model(request, seller, changed, True)
    said = [query["sql"] for query in queries]
    saved = next(number for number, sql in enumerate(said) if sql.startswith('UPDATE "clients_manager"'))
    assert any(
        'FROM "clients_client"' in sql and f'"clients_client"."id" IN ({mine.pk})' in sql for sql in said[:saved]
    )
