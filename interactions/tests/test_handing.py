"""Plans and open sales go with their client, and come back when that is undone."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clients.models import Absence, Client, CoManager, OwnershipPeriod, Role
from clients.ownership import OwnerChange, announce, restore
from clients.services import attach, detach, reassign
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict
from exchange.models import Detachment
from exchange.services import return_client
from exchange.undo import undo
from interactions import handing
from interactions.models import Event, EventStatus, HandOver, LossReason
from interactions.sales import close_process
from interactions.services import change_event, finish_event
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
NOW = clock.at(dt.date(2026, 5, 13))
Gained, Lost = OwnershipPeriod.Gained, OwnershipPeriod.Lost


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def old():
    return ManagerFactory(first_name="Old", last_name="Manager")


@pytest.fixture
def new():
    return ManagerFactory(first_name="New", last_name="Manager")


def plan(client, *, by=None, days=-3, **kwargs):
    return event(client, by=by, status=EventStatus.PLANNED, occurred_at=NOW + days * DAY, **kwargs)


def helps(client, **kwargs):
    manager = ManagerFactory(**kwargs)
    CoManager.objects.create(client=client, manager=manager)
    return manager


def to_exchange(client, *, by=None, lost=Lost.RETURNED, moment=NOW):
    with transaction.atomic():
        detach(client=lock_clients([client.pk])[client.pk], lost=lost, by=by, today=moment.date(), moment=moment)


def state(thing):
    """All that is stored of a plan or a sale, its change stamp aside."""
    return {k: v for k, v in type(thing).objects.values().get(pk=thing.pk).items() if k != "updated_at"}


def rows(client):
    return list(
        HandOver.objects.filter(client=client)
        .order_by("pk")
        .values_list("event", "process", "from_manager", "to_manager", "undone_at")
    )


# --- to the exchange --------------------------------------------------------------------------------------------------
def test_a_client_on_its_way_to_the_exchange_returns_every_plan_and_keeps_its_sales(old):
    client = held_client(old)
    helper, boss = helps(client), ManagerFactory(role=Role.DIRECTOR)
    sale = process(client)
    plans = [plan(client, text="Ask for the logo", result="He was out"), plan(client, by=helper, days=20)]
    plans.append(plan(client, by=boss))
    others = [event(client), plan(held_client(old)), event(client, status=EventStatus.CANCELLED)]
    before, clocks = [state(each) for each in (*plans, *others, sale)], Client.objects.values().get(pk=client.pk)

    to_exchange(client, by=old)

    changed = [{**facts, "status": "cancelled", "remind_at": None} for facts in before[:3]]
    assert [state(each) for each in (*plans, *others, sale)] == changed + before[3:]
    assert rows(client) == [(each.pk, None, each.responsible_id, None, None) for each in plans]
    assert set(HandOver.objects.values_list("moment", flat=True)) == {NOW}
    after = Client.objects.values().get(pk=client.pk)
    assert (after["last_contact_on"], after["exchange_since"]) == (clocks["last_contact_on"], NOW)


def test_what_was_returned_stands_in_the_change_log(old):
    client = held_client(old)
    returned, untouched = plan(client), event(client)
    head = ManagerFactory()
    logged = untouched.history.count()
    to_exchange(client, by=head, lost=Lost.RELEASED)
    last = returned.history.latest()
    assert (last.status, last.responsible, last.history_type, last.history_user) == ("cancelled", old, "~", head)
    assert last.history_change_reason == "returned: the client went to the exchange (released)"
    assert returned.history.count() == 2
    assert untouched.history.count() == logged


def test_the_program_is_nobody_in_the_change_log(old):
    client = held_client(old)
    returned = plan(client)
    to_exchange(client, lost=Lost.IDLE)
    assert returned.history.latest().history_user is None


@pytest.mark.parametrize("things", [1, 3])
def test_many_clients_cost_as_many_queries_as_one(old, new, things):
    """A night takes up to 500 at once; 999 values in one statement is what SQLite is trusted with."""
    there = ManagerFactory()

    def asked(number, *, giver, taker, how):
        clients = [held_client(giver or old) for _ in range(number)]
        for client in clients:
            for _ in range(things):
                plan(client, by=old)
                plan(client, by=there)
                process(client, by=old)
        changes = [OwnerChange(each.pk, giver and giver.pk, taker and taker.pk, how, there.pk, NOW) for each in clients]
        with CaptureQueriesContext(connection) as queries:
            announce(changes)
        found = HandOver.objects.filter(client__in=clients)
        return len(queries), found.count()

    for facts, plans_and_sales in (
        ({"giver": old, "taker": None, "how": "idle"}, 2),
        ({"giver": old, "taker": new, "how": "reassigned"}, 3),
        ({"giver": None, "taker": new, "how": "claimed"}, 3),
    ):
        few, many = asked(1, **facts), asked(5, **facts)
        assert (few[1], many[1]) == (plans_and_sales * things, plans_and_sales * things * 5)
        assert many[0] == few[0] <= 18, facts


def test_clients_without_plans_cost_three_queries(old):
    client = held_client(old)
    with CaptureQueriesContext(connection) as queries:
        announce([OwnerChange(client.pk, old.pk, None, "idle", None, NOW)])
    assert len(queries) == 3  # plans, recurring events, inquiries


# --- from the exchange ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("gained", [Gained.CLAIMED, Gained.ASSIGNED])
def test_who_takes_a_client_gets_its_open_sales_and_no_plans(old, new, gained):
    client = held_client(old)
    sale, sold, returned = process(client), process(client), plan(client)
    close_process(process=sold, won=False, by=old, loss_reason=LossReason.objects.first())
    to_exchange(client, by=old)
    cancelled, closed, before = state(returned), state(sold), state(sale)
    logged = Event.objects.count(), client.events.filter(counted_on__isnull=False).count()

    attach(client_id=client.pk, manager=new, by=new, gained=gained, moment=NOW + DAY)

    assert state(sale) == {**before, "responsible_id": new.pk}
    assert (state(returned), state(sold)) == (cancelled, closed)
    assert rows(client)[1:] == [(None, sale.pk, old.pk, new.pk, None)]
    assert HandOver.objects.latest("pk").moment == NOW + DAY
    last = sale.history.latest()
    assert (last.responsible, last.history_user) == (new, new)
    assert last.history_change_reason == f"handed over with the client ({gained.value})"
    # A change of hands is neither a step of the sale nor a contact.
    assert (Event.objects.count(), client.events.filter(counted_on__isnull=False).count()) == logged
    assert sale.stage_changes.count() == 1


def test_what_the_taker_has_already_stays_without_a_row(new):
    client = held_client(new)
    process(client)
    to_exchange(client, by=new)
    attach(client_id=client.pk, manager=new, by=new, gained=Gained.ASSIGNED)
    assert not HandOver.objects.exists()


def test_a_co_manager_keeps_his_sale_when_a_colleague_takes_the_client(old, new):
    client = held_client(old)
    sale = process(client, by=helps(client))
    to_exchange(client, by=old)
    attach(client_id=client.pk, manager=new, by=new, gained=Gained.CLAIMED)
    assert not HandOver.objects.exists()
    assert state(sale)["responsible_id"] != new.pk


def test_a_plan_left_over_from_before_goes_to_who_claims(old, new):
    """There were clients on the exchange before their plans were returned; a director may plan there."""
    client, boss = exchange_client(old), ManagerFactory(role=Role.DIRECTOR)
    left, planned = plan(client, by=boss), plan(client, by=boss)
    Event.objects.filter(pk=left.pk).update(responsible=old)
    attach(client_id=client.pk, manager=new, by=new, gained=Gained.CLAIMED)
    assert (state(left)["responsible_id"], state(planned)["responsible_id"]) == (new.pk, boss.pk)


@pytest.mark.parametrize("gained", [Gained.CREATED, Gained.IMPORTED])
def test_a_new_client_brings_its_own(old, new, gained):
    client = UnassignedClientFactory()
    sale, planned = process(client, by=old), plan(client, by=old)
    before = state(sale), state(planned)
    attach(client_id=client.pk, manager=new, by=new, gained=gained)
    assert (state(sale), state(planned)) == before
    assert not HandOver.objects.exists()


# --- from one manager to another --------------------------------------------------------------------------------------
def test_a_handed_over_client_brings_its_plans_and_sales(old, new):
    client = held_client(old)
    helper, former, head = helps(client), ManagerFactory(), ManagerFactory()
    mine = [plan(client, days=5), plan(client), plan(client, by=former), process(client), process(client, by=former)]
    theirs = [plan(client, by=helper), process(client, by=helper), plan(client, by=new), event(client)]
    given, kept = [state(each) for each in mine], [state(each) for each in theirs]

    reassign(client_id=client.pk, manager=new, by=head)

    assert [state(each) for each in mine] == [{**facts, "responsible_id": new.pk} for facts in given]
    assert [state(each) for each in theirs] == kept
    assert sorted(row[2:4] for row in rows(client)) == sorted([(old.pk, new.pk)] * 3 + [(former.pk, new.pk)] * 2)
    last = mine[0].history.latest()
    assert (last.responsible, last.history_user) == (new, head)
    assert last.history_change_reason == "handed over with the client (reassigned)"


def test_whoever_may_still_work_on_the_client_keeps_his_plan(old):
    top = DepartmentFactory()
    new = ManagerFactory(department=DepartmentFactory(parent=top))
    client = held_client(old)
    head, deputy, boss = head_of(top), ManagerFactory(), ManagerFactory(role=Role.DIRECTOR)
    Absence.objects.create(manager=new, deputy=deputy, starts_on=clock.today(), ends_on=clock.today())
    plans = [plan(client, by=who) for who in (head, deputy, boss)]
    reassign(client_id=client.pk, manager=new, by=head)
    assert [state(each)["responsible_id"] for each in plans] == [head.pk, deputy.pk, boss.pk]


def test_whoever_may_not_work_on_it_any_more_does_not_keep_his_plan(old, new):
    client = held_client(old)
    head = head_of(old.department)
    away, gone = ManagerFactory(), helps(client)
    Absence.objects.create(manager=old, deputy=away, starts_on=clock.today(), ends_on=clock.today())
    plans = [plan(client, by=who) for who in (head, away, gone, ManagerFactory(role=Role.DIRECTOR))]
    for who in (gone, plans[-1].responsible):
        who.is_active = False
        who.save()
    reassign(client_id=client.pk, manager=new, by=head)
    assert [state(each)["responsible_id"] for each in plans] == [new.pk] * 4


# --- undone -----------------------------------------------------------------------------------------------------------
def undo_of(client, by=None):
    arrival = Detachment.objects.get(client=client, undone_at=None)
    return undo(detachments=[arrival], by=by or ManagerFactory(), now=clock.now())


def test_an_undo_brings_owner_plans_and_clock_back_exactly(old, time_machine):
    client = held_client(old, assigned_on=dt.date(2026, 1, 12), name="Acme")
    helper = helps(client)
    event(client, now=clock.at(dt.date(2026, 2, 2)))
    things = [plan(client, text="x", result="y"), plan(client, by=helper, days=9), process(client), event(client)]
    before = [state(each) for each in things], _facts(client)
    return_client(client_id=client.pk, by=old, reason=None, comment="Wants nothing")
    assert _facts(client) != before[1]
    time_machine.move_to(NOW + 2 * DAY, tick=False)

    done = undo_of(client)

    assert done.given_back == [client.pk]
    assert ([state(each) for each in things], _facts(client)) == before
    assert [row[4] for row in rows(client)] == [NOW + 2 * DAY] * 2
    last = things[0].history.latest()
    assert (last.status, last.history_change_reason) == ("planned", "the hand-over of the client was undone")


def _facts(client):
    wanted = (
        "manager", "last_manager", "assigned_on", "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on",
        "exchange_since", "zone",
    )  # fmt: skip
    periods = OwnershipPeriod.objects.filter(client=client).order_by("pk").values()
    return Client.objects.values(*wanted).get(pk=client.pk), list(periods)


def test_an_undo_after_a_head_released_it_gives_the_owner_history_back(old):
    head = head_of(old.department)
    client = UnassignedClientFactory()
    attach(client_id=client.pk, manager=old, by=old, gained=Gained.CREATED)
    before = _facts(client)
    return_client(client_id=client.pk, by=head, reason=None)
    period = OwnershipPeriod.objects.get()
    assert (period.given_by, period.changed_by) == (old, head)
    undo_of(client)
    assert _facts(client) == before


def test_what_somebody_changed_meanwhile_stays_as_he_left_it(old):
    client, boss = held_client(old), ManagerFactory(role=Role.DIRECTOR)
    again, done, taken, reworded, gone = (plan(client, subject=word) for word in "abcde")
    return_client(client_id=client.pk, by=old, reason=None)
    for each in (again, done, taken, reworded):
        each.refresh_from_db()
    again.status = done.status = EventStatus.PLANNED
    again.occurred_at = NOW + DAY
    change_event(event=again, by=boss)
    finish_event(event=change_event(event=done, by=boss), by=boss)
    taken.responsible, reworded.text = boss, "New words"
    change_event(event=taken, by=boss)
    change_event(event=reworded, by=boss)
    gone.delete()
    before = [state(each) for each in (again, done, taken)]
    undo_of(client)
    assert [state(each) for each in (again, done, taken)] == before
    reworded.refresh_from_db()
    assert (reworded.status, reworded.text, reworded.responsible) == ("planned", "New words", old)
    assert not HandOver.objects.filter(undone_at=None).exists()


def test_only_this_change_is_undone(old):
    """What an earlier stay on the exchange returned stays returned."""
    client = held_client(old, assigned_on=dt.date(2026, 5, 1))
    first = plan(client)
    to_exchange(client, by=old, moment=NOW - 9 * DAY)
    attach(client_id=client.pk, manager=old, by=old, gained=Gained.CLAIMED)
    second = plan(client)
    return_client(client_id=client.pk, by=old, reason=None)
    undo_of(client)
    assert (state(first)["status"], state(second)["status"]) == ("cancelled", "planned")
    other = held_client(old)
    plan(other)
    to_exchange(other, by=old)
    restore(client.pk, NOW)
    assert other.events.get().status == "cancelled"


def test_a_hand_over_is_undone_too(old, new):
    client, moment = held_client(old), NOW
    former = ManagerFactory()
    moved, finished, sale, sold = plan(client), plan(client), process(client, by=former), process(client)
    before = [state(each) for each in (moved, sale)]
    reassign(client_id=client.pk, manager=new, by=new, moment=moment)
    finish_event(event=finished, by=new)
    close_process(process=sold, won=True, by=new)
    left = [state(each) for each in (finished, sold)]
    restore(client.pk, moment)
    assert [state(each) for each in (moved, sale)] == before
    assert [state(each) for each in (finished, sold)] == left
    assert sale.history.latest().responsible == former


def test_undone_and_done_again_at_the_same_moment(old):
    client = held_client(old)
    returned = plan(client)
    for _ in range(2):
        return_client(client_id=client.pk, by=old, reason=None)
        assert state(returned)["status"] == "cancelled"
        undo_of(client)
        assert state(returned)["status"] == "planned"
    assert len(rows(client)) == 1


def test_a_second_undo_finds_nothing(old):
    client = held_client(old)
    returned = plan(client)
    to_exchange(client, by=old)
    restore(client.pk, NOW)
    Event.objects.filter(pk=returned.pk).update(status=EventStatus.CANCELLED)
    restore(client.pk, NOW)
    assert state(returned)["status"] == "cancelled"


def test_it_is_registered_once():
    from clients import ownership

    assert ownership._listeners.count(handing.hand_over) == ownership._restorers.count(handing.bring_back) == 1


def test_nothing_is_planned_with_a_client_that_nobody_holds(old):
    """The page may have been opened before the client left: looked at under the lock."""
    client = held_client(old, assigned_on=NOW.date() - 50 * DAY)
    returned = plan(client, by=old)
    to_exchange(client, by=old)
    with pytest.raises(Conflict, match="Nobody holds"):
        plan(client, by=old, days=3)
    returned.refresh_from_db()
    returned.status = EventStatus.PLANNED
    with pytest.raises(Conflict, match="Nobody holds"):
        change_event(event=returned, by=old)
    assert not Event.objects.planned().exists()
    attach(client_id=client.pk, manager=old, by=old, gained=Gained.CLAIMED)
    assert plan(client, by=old, days=3)
    assert plan(UnassignedClientFactory(), by=old, days=3)
