"""Two clients become one: whose rows go where, and that the clock is the maximum of what both have registered."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from clients import merging
from clients.links import relate_clients
from clients.merging import merge_clients
from clients.models import Client, ClientRelation, CoManager, OwnershipPeriod, ZonePolicy
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    head_of,
    held_client,
)
from clients.tests.naive_zones import naive_state
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.models import Claim, LeavingWarning, Protection, ZoneTransition
from exchange.rules.claiming import ClaimRules
from exchange.services import claim, return_client
from interactions import services
from interactions.models import Approval, Event
from interactions.tests.factories import event, process
from interactions.tests.test_services_events import state

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 6, 14)
NOW = clock.at(TODAY)
LONG_AGO = dt.date(2023, 12, 20)
INN, OTHER_INN = "7707083893", "7728168971"


@pytest.fixture(autouse=True)
def _today(time_machine) -> None:
    time_machine.move_to(NOW, tick=False)


def ago(days: int) -> dt.datetime:
    return clock.at(TODAY - dt.timedelta(days=days))


@pytest.fixture
def head():
    return head_of(DepartmentFactory())


def pair(**facts) -> tuple[Client, Client]:
    manager = ManagerFactory()
    keep = held_client(manager, assigned_on=LONG_AGO, today=TODAY, name="Vostok")
    return keep, held_client(manager, assigned_on=LONG_AGO, today=TODAY, **{"name": "OOO Vostok", **facts})


def merge(keep: Client, drop: Client, head) -> Client:
    return merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=head, today=TODAY)


def test_every_reference_to_a_client_is_answered_for():
    assert merging.references() == merging.handled(), "say in a mover what becomes of it when two clients are merged"


@pytest.mark.parametrize(("ours", "theirs", "last"), [(20, 5, 5), (5, 20, 5), (None, 9, 9), (9, None, 9), (7, 7, 7)])
def test_the_clock_is_the_maximum_of_both(head, ours, theirs, last):
    keep, drop = pair()
    for client, days in ((keep, ours), (drop, theirs)):
        if days is not None:
            event(client, occurred_at=ago(days), now=ago(days))
    kept = merge(keep, drop, head)
    contacts = [ago(days).date() for days in (ours, theirs) if days is not None]
    assert state(kept) == naive_state(contacts, LONG_AGO, TODAY)
    assert kept.last_contact_on == ago(last).date()
    assert not Client.objects.filter(pk=drop.pk).exists()
    assert Event.objects.filter(client=kept).count() == len(contacts)


def test_what_turns_the_kept_client_green_is_in_the_log_of_its_colours(head):
    keep, drop = pair()
    event(drop, now=NOW)
    merge(keep, drop, head)
    colours = list(ZoneTransition.objects.order_by("pk").values_list("client", "to_zone", "cause"))
    assert {client for client, *_rest in colours} == {keep.pk}
    assert colours[-1] == (keep.pk, "green", "correction")


def test_a_contact_that_waits_for_the_head_still_waits(head):
    keep, drop = pair()
    late = event(drop, occurred_at=ago(10), now=NOW)
    before = state(keep)
    kept = merge(keep, drop, head)
    late.refresh_from_db()
    assert (late.client_id, late.approval, state(kept)) == (kept.pk, Approval.PENDING, before)
    services.decide_backdating(event=late, by=head, approve=True, now=NOW)
    assert state(kept) == naive_state([ago(10).date()], LONG_AGO, TODAY)


def test_events_and_sales_go_with_their_change_log(head):
    keep, drop = pair()
    sale = process(drop, now=ago(2))
    call = event(drop, now=ago(2), process=sale)
    kept = merge(keep, drop, head)
    for row in (sale, call):
        row.refresh_from_db()
        assert row.client == kept
        latest = row.history.first()
        assert (latest.client_id, latest.history_user) == (kept.pk, head)
        assert latest.history_change_reason.startswith(f"merged: #{drop.pk}")
    call.full_clean()


def test_the_deleted_client_and_the_filled_one_stand_in_the_change_log(head):
    keep, drop = pair(city="Omsk")
    merge(keep, drop, head)
    gone, filled = Client.history.filter(id=drop.pk).first(), Client.history.filter(id=keep.pk).first()
    assert (gone.history_type, gone.history_user, gone.city) == ("-", head, "Omsk")
    assert (filled.history_type, filled.history_user, filled.city) == ("~", head, "Omsk")


def test_gaps_are_filled_and_nothing_is_overwritten(head):
    keep, drop = pair(city="Omsk", inn=OTHER_INN, kpp="770801001", notes="Pays late", profile="Pumps")
    Client.objects.filter(pk=keep.pk).update(city="Tomsk", notes="Calls on Mondays")
    kept = merge(keep, drop, head)
    assert (kept.name, kept.city, kept.inn, kept.kpp) == ("Vostok", "Tomsk", OTHER_INN, "770801001")
    assert (kept.notes, kept.profile) == ("Calls on Mondays\n\nPays late", "Pumps")


def test_identifiers_of_two_companies_are_not_mixed(head):
    keep, drop = pair(inn=OTHER_INN, kpp="770801001")
    Client.objects.filter(pk=keep.pk).update(inn=INN)
    kept = merge(keep, drop, head)
    assert (kept.inn, kept.kpp) == (INN, "")


def test_a_category_taken_over_brings_its_policy(head):
    keep, drop = pair(category="A")
    ZonePolicy.objects.create(category="A", yellow_months=2, red_months=3, detach_months=9)
    kept = merge(keep, drop, head)
    assert state(kept) == naive_state([], LONG_AGO, TODAY, (2, 3, 9))


def test_persons_phones_relations_and_co_managers_move_without_doubles(head):
    keep, drop = pair()
    boris, vera, other, third = ManagerFactory(), ManagerFactory(), held_client(), held_client()
    person = ContactPersonFactory(client=drop)
    ContactPointFactory(client=drop, person=person, value="+79161234567")
    ContactPointFactory(client=keep, value="+74951234567", is_primary=True)
    ContactPointFactory(client=drop, value="+7 495 123-45-67", is_primary=True)
    ContactPointFactory(client=drop, value="+74950000001", is_primary=True)
    for client, manager in ((keep, boris), (drop, boris), (drop, vera)):
        CoManager.objects.create(client=client, manager=manager)
    relate_clients(source=keep, target=drop, kind="same_owner")
    relate_clients(source=other, target=keep, kind="partner")
    relate_clients(source=drop, target=other, kind="partner")
    relate_clients(source=drop, target=third, kind="supplier")
    kept = merge(keep, drop, head)
    person.refresh_from_db()
    assert person.client == kept
    assert person.history.first().history_user == head
    points = kept.contact_points.order_by("pk").values_list("normalized", "is_primary", "person")
    assert list(points) == [
        ("+79161234567", False, person.pk),
        ("+74951234567", True, None),
        ("+74950000001", False, None),
    ]
    assert set(kept.co_managers.all()) == {boris, vera}
    assert sorted(ClientRelation.objects.values_list("source", "target", "kind")) == sorted(
        [(other.pk, kept.pk, "partner"), (kept.pk, third.pk, "supplier")]
    )


def test_who_leads_the_kept_one_is_no_co_manager_of_it(head):
    keep, drop = pair()
    CoManager.objects.create(client=drop, manager=keep.manager)
    assert not merge(keep, drop, head).co_managers.exists()


def test_the_owner_history_of_the_dropped_one_is_closed_and_kept(head):
    keep, drop = pair()
    other = held_client(assigned_on=TODAY - dt.timedelta(days=3), today=TODAY)
    kept = merge(keep, other, head)
    periods = OwnershipPeriod.objects.filter(client=kept).order_by("pk").values_list("manager", "until", "lost")
    assert set(periods) == {(keep.manager_id, None, ""), (other.manager_id, TODAY, "reassigned")}
    assert (kept.manager_id, kept.assigned_on) == (keep.manager_id, LONG_AGO)
    assert drop.manager_id == keep.manager_id


def test_claims_stay_in_the_ledger(head):
    keep, drop = pair()
    return_client(client_id=drop.pk, by=drop.manager, reason=None, now=NOW)
    claim(client_id=drop.pk, by=keep.manager, now=NOW + dt.timedelta(hours=1), rules=ClaimRules())
    kept = merge(keep, drop, head)
    assert Claim.objects.get().client == kept
    assert kept.detachments.count() == 1


def test_a_protection_goes_on_and_warnings_about_the_other_one_are_gone(head):
    keep, drop = pair()
    facts = {"client": drop, "manager": drop.manager}
    Protection.objects.create(**facts, reason="Tender", starts_on=TODAY, until=TODAY, given_by=head)
    LeavingWarning.objects.create(**facts, clock_date=LONG_AGO, leaves_on=TODAY, level=1, warned_on=TODAY)
    kept = merge(keep, drop, head)
    assert Protection.objects.get().client == kept
    assert not LeavingWarning.objects.exists()


def test_a_client_without_manager_does_not_swallow_one_that_has_one(head):
    keep, drop = UnassignedClientFactory(), held_client()
    with pytest.raises(DomainError):
        merge(keep, drop, head)
    kept = merge(drop, keep, head)
    assert kept.manager_id == drop.manager_id


def test_nobody_is_merged_with_himself_or_with_what_is_gone(head):
    keep, drop = pair()
    with pytest.raises(DomainError):
        merge(keep, keep, head)
    merge(keep, drop, head)
    with pytest.raises(Conflict):
        merge(keep, drop, head)


def test_a_merge_that_fails_half_way_leaves_both_as_they_were(head):
    # What an import left wrong is refused when it is taken over.
    keep, drop = pair()
    call = event(drop, now=NOW)
    Client.objects.filter(pk=drop.pk).update(time_zone="Nowhere/Land")
    before = state(keep)
    with pytest.raises(ValidationError):
        merge(keep, drop, head)
    call.refresh_from_db()
    assert (call.client_id, state(keep)) == (drop.pk, before)
