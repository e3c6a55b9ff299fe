"""A manager leaves: who gets his clients, carried out in batches, killed and carried on, taken back exactly."""

import datetime as dt

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Absence, Client, Manager, Notice, OwnershipPeriod, Role
from clients.services import reassign
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange import departures, services
from exchange.claim_rulebook import CLAIM_CAP, LEAVER_UNDO
from exchange.departures import HAND, RELEASE, SPREAD, Choice, Way, carry_on, depart, plan, undo
from exchange.models import Departure, DepartureItem, DetachHold, Detachment, ZoneTransition
from exchange.night import run_night
from exchange.rules.spreading import spread_evenly
from exchange.tests.night_world import tune
from exchange.tests.nights import quiet_night
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)
#: What a client must have again when it came back.
FACTS = (
    "manager_id", "assigned_on", "last_contact_on", "clock_date", "yellow_on", "red_on", "detach_on", "zone",
    "exchange_since", "last_manager_id", "quarantine_until", "archived_at",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def head():
    return head_of(DepartmentFactory(name="North"), first_name="Igor", last_name="Golovin")


def colleague(head, name):
    return ManagerFactory(department=head.department, first_name=name, last_name="Orlov")


@pytest.fixture
def anna(head):
    return colleague(head, "Anna")


@pytest.fixture
def boris(head):
    return colleague(head, "Boris")


@pytest.fixture
def vera(head):
    return colleague(head, "Vera")


def clients_of(manager, number, **kwargs):
    kwargs.setdefault("assigned_on", TODAY - DAY * 40)
    return [held_client(manager, today=TODAY, **kwargs) for _ in range(number)]


def everything_to(manager):
    return Choice(default=Way(HAND, manager.pk))


def left(anna, choice, head, **kwargs):
    return depart(manager=anna, items=plan(anna, choice, by=head).items, by=head, **kwargs)


def facts(client):
    client.refresh_from_db()
    return {name: getattr(client, name) for name in FACTS}


def rows(client):
    """The owner history, without when it was written."""
    fields = ("pk", "manager", "since", "until", "gained", "lost", "given_by", "changed_by")
    return list(client.ownership.order_by("pk").values_list(*fields))


def owners(manager):
    return set(Client.objects.held_by(manager).values_list("pk", flat=True))


# --- planning ---------------------------------------------------------------------------------------------------------
def test_everything_to_one(head, anna, boris):
    clients_of(anna, 3)
    clients_of(boris, 2)
    found = plan(anna, everything_to(boris), by=head)
    assert [item.to for item in found.items] == [boris] * 3
    assert [(load.manager, load.before, load.after) for load in found.loads] == [(boris, 2, 5)]
    assert found.released == 0
    assert owners(boris) == set(Client.objects.held_by(boris).values_list("pk", flat=True))


def test_a_plan_changes_nothing(head, anna, boris):
    (client,) = clients_of(anna, 1)
    before = facts(client), rows(client)
    plan(anna, everything_to(boris), by=head)
    assert (facts(client), rows(client)) == before
    anna.refresh_from_db()
    assert anna.is_active


def test_spread_fills_up_who_has_the_fewest(head, anna, boris, vera):
    clients_of(anna, 5)
    clients_of(boris, 3)
    found = plan(anna, Choice(default=Way(SPREAD), among=[boris.pk, vera.pk]), by=head)
    assert {load.manager: load.after for load in found.loads} == {boris: 4, vera: 4}
    again = plan(anna, Choice(default=Way(SPREAD), among=[vera.pk, boris.pk]), by=head)
    assert again.fingerprint == found.fingerprint


def test_spread_counts_what_is_handed_over_besides(head, anna, boris, vera):
    one, two, *_others = clients_of(anna, 4)
    by_name = {one.pk: Way(HAND, boris.pk), two.pk: Way(HAND, boris.pk)}
    found = plan(anna, Choice(default=Way(SPREAD), clients=by_name, among=[boris.pk, vera.pk]), by=head)
    assert {load.manager: load.after for load in found.loads} == {boris: 2, vera: 2}


def test_nobody_who_is_away_gets_a_share(head, anna, boris, vera):
    clients_of(anna, 2)
    Absence.objects.create(manager=vera, starts_on=TODAY, ends_on=TODAY + DAY)
    found = plan(anna, Choice(default=Way(SPREAD), among=[boris.pk, vera.pk]), by=head)
    assert {item.to for item in found.items} == {boris}
    with pytest.raises(DomainError) as refused:
        plan(anna, Choice(default=Way(SPREAD), among=[vera.pk]), by=head)
    assert refused.value.field == "among"


def test_an_absence_that_waits_or_is_over_keeps_nobody_away(head, anna, boris, vera):
    clients_of(anna, 2)
    Absence.objects.create(manager=vera, starts_on=TODAY, ends_on=TODAY, status="requested")
    Absence.objects.create(manager=boris, starts_on=TODAY - DAY, ends_on=TODAY - DAY)
    found = plan(anna, Choice(default=Way(SPREAD), among=[boris.pk, vera.pk]), by=head)
    assert {item.to for item in found.items} == {boris, vera}


def test_who_leaves_gets_nothing_of_what_is_spread(head, anna, boris):
    clients_of(anna, 2)
    found = plan(anna, Choice(default=Way(SPREAD), among=[boris.pk, anna.pk]), by=head)
    assert {item.to for item in found.items} == {boris}


def test_somebody_away_may_be_given_a_client_by_name_and_the_plan_says_so(head, anna, boris):
    clients_of(anna, 1)
    Absence.objects.create(manager=boris, starts_on=TODAY, ends_on=TODAY + DAY * 9)
    (load,) = plan(anna, everything_to(boris), by=head).loads
    assert load.away_until == TODAY + DAY * 9


def test_release(head, anna):
    clients_of(anna, 2)
    found = plan(anna, Choice(default=Way(RELEASE)), by=head)
    assert [item.to for item in found.items] == [None, None]
    assert found.released == 2
    assert found.loads == []


def test_other_ways_for_a_colour_and_for_single_clients(head, anna, boris, vera):
    green, other_green = clients_of(anna, 2, assigned_on=TODAY)
    red, other_red = clients_of(anna, 2, assigned_on=TODAY - DAY * 160)
    due = held_client(anna, assigned_on=TODAY - DAY * 300, today=TODAY)
    choice = Choice(
        default=Way(HAND, boris.pk),
        zones={"red": Way(RELEASE)},
        clients={other_green.pk: Way(HAND, vera.pk), other_red.pk: Way(HAND, vera.pk)},
    )
    found = {item.client.pk: item.to for item in plan(anna, choice, by=head).items}
    assert found == {green.pk: boris, other_green.pk: vera, red.pk: None, other_red.pk: vera, due.pk: None}


def test_who_would_hold_more_than_the_cap_is_marked(head, anna, boris, vera):
    tune(CLAIM_CAP, 2)
    clients_of(anna, 3)
    loads = plan(anna, everything_to(boris), by=head).loads
    assert [load.is_above for load in loads] == [True]
    loads = plan(anna, Choice(default=Way(SPREAD), among=[boris.pk, vera.pk]), by=head).loads
    assert [load.is_above for load in loads] == [False, False]


@pytest.mark.parametrize("who", ["inactive", "stranger", "himself", "nobody"])
def test_who_cannot_get_clients(head, anna, boris, who):
    clients_of(anna, 1)
    target = {"inactive": boris, "stranger": ManagerFactory(), "himself": anna, "nobody": None}[who]
    if who == "inactive":
        Manager.objects.filter(pk=boris.pk).update(is_active=False)
    with pytest.raises(DomainError):
        plan(anna, Choice(default=Way(HAND, target.pk if target else 987654)), by=head)
    if target:
        items = [departures.Planned(client, target) for client in Client.objects.held_by(anna)]
        with pytest.raises(DomainError):
            depart(manager=anna, items=items, by=head)
    assert not Departure.objects.exists()


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=8),
    st.integers(0, 60),
)
def test_shares_differ_by_at_most_what_must_be(loads, number):
    """Against a naive reading: nobody who got a client has more than one above anybody else."""
    before = dict(enumerate(loads))
    given_to = spread_evenly(range(number), before)
    assert list(given_to) == list(range(number))
    after = {who: load + list(given_to.values()).count(who) for who, load in before.items()}
    assert sum(after.values()) == sum(loads) + number
    for who in set(given_to.values()):
        assert after[who] <= min(after.values()) + 1
    assert given_to == spread_evenly(range(number), dict(reversed(before.items())))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(1, 60), st.integers(0, 60))
def test_everybody_gets_his_share_of_the_riskiest(loads, number, first):
    """Of the first clients nobody gets more than one above his part of the whole, whatever he had before."""
    first = min(first, number)
    given_to = spread_evenly(range(number), dict(enumerate(loads)))
    whole = list(given_to.values())
    for who in set(whole):
        part = whole.count(who) * first / number
        assert part - 1 - len(loads) / 2 <= whole[:first].count(who) <= part + 1 + len(loads) / 2


def test_who_had_the_fewest_does_not_get_all_the_red_ones():
    assert spread_evenly("abcdefgh", {1: 0, 2: 4}) == dict(zip("abcdefgh", (1, 1, 2, 1, 1, 1, 2, 1), strict=True))


def test_nobody_to_spread_among():
    assert spread_evenly([], {}) == {}
    with pytest.raises(ValueError, match="nobody"):
        spread_evenly([1], {})


@pytest.mark.parametrize(
    ("code", "way"),
    [("m7", Way(HAND, 7)), ("spread", Way(SPREAD)), ("release", Way(RELEASE)), ("", None), ("m", None), ("mx", None),
     ("hand", None), ("m²", None), ("m" + "9" * 19, None)],
)  # fmt: skip
def test_codes_of_ways(code, way):
    assert Way.of(code) == way
    assert way is None or way.code == code


# --- carrying it out --------------------------------------------------------------------------------------------------
def test_a_departure_hands_over_and_releases(head, anna, boris):
    kept, gone = clients_of(anna, 2)
    choice = Choice(default=Way(HAND, boris.pk), clients={gone.pk: Way(RELEASE)})
    departure = left(anna, choice, head, comment="  Found  another job ")

    assert departure.status == Departure.Status.DONE
    assert (departure.comment, departure.department) == ("Found another job", head.department)
    assert departure.finished_at == departure.decided_at == clock.at(TODAY)
    assert not Manager.objects.get(pk=anna.pk).is_active
    kept.refresh_from_db()
    assert (kept.manager, kept.assigned_on, kept.zone, kept.last_manager) == (boris, TODAY, "green", anna)
    gone.refresh_from_db()
    assert gone.is_on_exchange
    assert gone.last_manager == anna
    for client, receiver in ((kept, boris), (gone, None)):
        item = departure.items.get(client=client)
        assert (item.done_at, item.error, item.to_manager) == (clock.at(TODAY), "", receiver)
        assert item.assigned_on == TODAY - DAY * 40
        period = client.ownership.get(manager=anna)
        assert (period.until, period.lost, period.changed_by) == (TODAY, "left", head)
    arrival = Detachment.objects.get(client=gone)
    assert (arrival.reason, arrival.comment, arrival.detached_by) == ("left", "Found another job", head)
    assert arrival.detached_at == gone.exchange_since == departure.items.get(client=gone).done_at


def test_who_gets_clients_is_told_once(head, anna, boris):
    clients_of(anna, 2)
    departure = left(anna, everything_to(boris), head)
    carry_on(departure.pk)
    (notice,) = Notice.objects.filter(kind="exchange.from_leaver")
    assert notice.recipient == boris
    assert len(notice.data["clients"]) == 2


def test_his_sign_in_may_stay(head, anna, boris):
    clients_of(anna, 1)
    departure = left(anna, everything_to(boris), head, deactivate=False)
    assert not departure.deactivated
    assert Manager.objects.get(pk=anna.pk).is_active


def test_somebody_without_clients_leaves_too(head, anna):
    departure = depart(manager=anna, items=[], by=head)
    assert departure.status == Departure.Status.DONE
    assert not Manager.objects.get(pk=anna.pk).is_active
    with pytest.raises(DomainError, match="nothing to do"):
        depart(manager=anna, items=[], by=head)


def test_nobody_decides_on_his_own_clients(head, boris):
    clients_of(head, 1)
    items = plan(head, everything_to(boris), by=head).items
    with pytest.raises(DomainError, match="own clients"):
        depart(manager=head, items=items, by=head)


def test_a_head_does_not_switch_off_who_stands_above(head, boris):
    admin = ManagerFactory(department=head.department, is_staff=True)
    clients_of(admin, 1)
    items = plan(admin, everything_to(boris), by=head).items
    with pytest.raises(DomainError, match="sign-in"):
        depart(manager=admin, items=items, by=head)
    assert depart(manager=admin, items=items, by=head, deactivate=False).status == Departure.Status.DONE
    assert Manager.objects.get(pk=admin.pk).is_active


def test_a_client_nobody_decided_on_stops_a_departure(head, anna, boris):
    clients_of(anna, 1)
    items = plan(anna, everything_to(boris), by=head).items
    clients_of(anna, 1)
    with pytest.raises(Conflict, match="1 client more"):
        depart(manager=anna, items=items, by=head)
    assert Manager.objects.get(pk=anna.pk).is_active


def test_a_client_that_went_meanwhile_stays_where_it_is(head, anna, boris, vera):
    taken, returned, plain = clients_of(anna, 3)
    items = plan(anna, everything_to(boris), by=head).items
    reassign(client_id=taken.pk, manager=vera, by=head)
    services.return_client(client_id=returned.pk, by=head, reason=None)
    departure = depart(manager=anna, items=items, by=head)
    assert departure.status == Departure.Status.DONE
    assert owners(boris) == {plain.pk}
    errors = dict(departure.items.values_list("client", "error"))
    assert errors == {
        taken.pk: f"It is with {vera} meanwhile.", returned.pk: "It is on the exchange meanwhile.", plain.pk: "",
    }  # fmt: skip
    assert not departure.items.filter(done_at=None, error="").exists()


def test_a_receiver_who_left_meanwhile_gets_nothing(head, anna, boris, monkeypatch):
    clients_of(anna, 1)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = left(anna, everything_to(boris), head)
    Manager.objects.filter(pk=boris.pk).update(is_active=False)
    carry_on(departure.pk)
    item = departure.items.get()
    assert item.error == f"{boris} does not work here any more."
    assert item.done_at is None


def test_one_odd_client_stops_no_departure(head, anna, boris, monkeypatch):
    odd, plain = clients_of(anna, 2)
    whole = departures.moving.reassign

    def break_down(**kwargs):
        whole(**kwargs)
        if kwargs["client_id"] == odd.pk:
            raise RuntimeError("poison")

    monkeypatch.setattr(departures.moving, "reassign", break_down)
    departure = left(anna, everything_to(boris), head)
    assert owners(boris) == {plain.pk}
    assert "went wrong" in departure.items.get(client=odd).error
    assert rows(odd)[-1][1] == anna.pk


def test_many_clients_are_moved_by_a_job(head, anna, boris, monkeypatch, django_capture_on_commit_callbacks):
    clients_of(anna, 3)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 2)
    with django_capture_on_commit_callbacks() as callbacks:
        departure = left(anna, everything_to(boris), head)
    assert departure.status == Departure.Status.RUNNING
    assert len(callbacks) == 1
    assert not Manager.objects.get(pk=anna.pk).is_active
    assert len(owners(anna)) == 3
    with pytest.raises(Conflict, match="under way"):
        depart(manager=anna, items=[], by=head)
    assert carry_on(departure.pk).status == Departure.Status.DONE
    assert len(owners(boris)) == 3


class _Killed(BaseException):
    """The worker is gone."""


def kill_after(monkeypatch, number):
    """The next worker is killed before it moves its ``number + 1``-th client."""
    whole, calls = departures.moving.reassign, []

    def reassign_or_die(**kwargs):
        calls.append(kwargs)
        if len(calls) > number:
            raise _Killed
        whole(**kwargs)

    monkeypatch.setattr(departures.moving, "reassign", reassign_or_die)
    return whole


@pytest.mark.parametrize("number", range(5))
def test_killed_and_started_again_it_goes_on(head, anna, boris, monkeypatch, number):
    clients = clients_of(anna, 4)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = left(anna, everything_to(boris), head)
    whole = kill_after(monkeypatch, number)
    if number < 4:
        with pytest.raises(_Killed):
            carry_on(departure.pk, batch=2)
        assert Departure.objects.get(pk=departure.pk).status == Departure.Status.RUNNING
        # What a batch began and did not end is not there.
        assert len(owners(boris)) == departure.items.done().count() == number // 2 * 2
    monkeypatch.setattr(departures.moving, "reassign", whole)
    assert departures.carry_on_all() == 1
    assert departures.carry_on_all() == 0
    assert len(owners(boris)) == 4
    for client in clients:
        assert [row[1] for row in rows(client)] == [anna.pk, boris.pk]
    assert Departure.objects.get(pk=departure.pk).status == Departure.Status.DONE


def test_a_lost_database_is_no_reason_to_give_a_client_up(head, anna, boris, monkeypatch):
    clients_of(anna, 1)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = left(anna, everything_to(boris), head)

    def gone(**kwargs):
        raise OperationalError("server closed the connection")

    whole = departures.moving.reassign
    monkeypatch.setattr(departures.moving, "reassign", gone)
    with pytest.raises(OperationalError):
        carry_on(departure.pk)
    assert departure.items.waiting().count() == 1
    monkeypatch.setattr(departures.moving, "reassign", whole)
    carry_on(departure.pk)
    assert len(owners(boris)) == 1


def test_what_stops_at_once_is_carried_on_later(head, anna, boris, monkeypatch, caplog):
    clients_of(anna, 1)
    whole = departures.moving.reassign

    def gone(**kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(departures.moving, "reassign", gone)
    departure = left(anna, everything_to(boris), head)
    assert departure.status == Departure.Status.RUNNING
    assert "will be carried on" in caplog.text
    monkeypatch.setattr(departures.moving, "reassign", whole)
    departures.carry_on_all()
    assert len(owners(boris)) == 1


def test_the_night_finishes_departures_first(head, anna, boris, monkeypatch):
    """A client that is due goes to whom it was given, not to the exchange."""
    due = held_client(anna, assigned_on=TODAY - DAY * 300, today=TODAY)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    left(anna, everything_to(boris), head)
    quiet_night(TODAY - DAY)
    run_night(TODAY)
    due.refresh_from_db()
    assert due.manager == boris


def test_a_departure_that_cannot_be_finished_stops_no_night(head, anna, boris, monkeypatch, caplog):
    clients_of(anna, 1)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    left(anna, everything_to(boris), head)

    def gone(*args, **kwargs):
        raise RuntimeError("no")

    monkeypatch.setattr(departures.carrying, "carry_out_batch", gone)
    assert run_night(TODAY).status == "done"
    assert "departure" in caplog.text


# --- taking it back ---------------------------------------------------------------------------------------------------
def test_undo_brings_everything_back_exactly(head, anna, boris, vera):
    director = ManagerFactory(role=Role.DIRECTOR)
    green, red, due = (held_client(anna, assigned_on=TODAY - DAY * days, today=TODAY) for days in (3, 170, 300))
    before_anna = held_client(vera, assigned_on=TODAY - DAY * 90, today=TODAY - DAY * 90)
    reassign(client_id=before_anna.pk, manager=anna, by=director, today=TODAY - DAY * 60)
    Client.objects.filter(pk=before_anna.pk).update(zone="yellow")  # the nights in between
    event(green, by=anna, now=clock.now())
    clients = [green, red, due, before_anna]
    before = [(facts(client), rows(client)) for client in clients]
    choice = Choice(default=Way(HAND, boris.pk), clients={red.pk: Way(RELEASE), before_anna.pk: Way(RELEASE)})
    departure = left(anna, choice, head)
    assert owners(anna) == set()

    undone = undo(departure=departure, by=head, now=clock.now() + DAY)

    assert [(facts(client), rows(client)) for client in clients] == before
    assert Manager.objects.get(pk=anna.pk).is_active
    assert (undone.status, undone.undone_by) == (Departure.Status.UNDONE, head)
    assert departure.items.filter(undone_at=clock.now() + DAY).count() == 4
    for arrival in Detachment.objects.filter(client__in=[red, before_anna]):
        assert (arrival.undone_by, arrival.undone_at) == (head, clock.now() + DAY)
    assert ZoneTransition.objects.filter(client=red, cause="undo", from_zone="", to_zone="red").count() == 1
    # The next night takes nobody who has just come back.
    assert DetachHold.objects.filter(client=due, kind="undo", manager=anna).exists()


def test_plans_and_sales_come_back_by_the_moment_of_the_change(head, anna, boris, monkeypatch):
    handed, released = clients_of(anna, 2)
    seen = []
    monkeypatch.setattr(departures.moving, "restore", lambda client, moment: seen.append((client, moment)))
    departure = left(anna, Choice(default=Way(HAND, boris.pk), clients={released.pk: Way(RELEASE)}), head)
    undo(departure=departure, by=head)
    assert sorted(seen) == [(handed.pk, clock.at(TODAY)), (released.pk, clock.at(TODAY))]


def test_the_announced_moment_is_the_one_that_is_restored(head, anna, boris, monkeypatch):
    from clients import services as client_services

    clients_of(anna, 1)
    announced = []
    monkeypatch.setattr(client_services, "announce", announced.extend)
    departure = left(anna, everything_to(boris), head, now=clock.now() - DAY / 24)
    (change,) = announced
    assert (change.from_id, change.to_id, change.how) == (anna.pk, boris.pk, "left")
    assert change.moment == departure.items.get().done_at == clock.now() - DAY / 24


def test_a_contact_of_the_new_manager_counts_when_the_client_comes_back(head, anna, boris):
    client = held_client(anna, assigned_on=TODAY - DAY * 160, today=TODAY)
    departure = left(anna, everything_to(boris), head)
    client.refresh_from_db()
    event(client, by=boris, now=clock.now())
    undo(departure=departure, by=head)
    client.refresh_from_db()
    assert (client.manager, client.zone, client.clock_date) == (anna, "green", TODAY)
    assert client.assigned_on == TODAY - DAY * 160


def test_undo_leaves_what_went_on_and_says_why(head, anna, boris, vera, time_machine):
    onwards, there_and_back, claimed, again, archived, plain = clients_of(anna, 6)
    released = {client.pk: Way(RELEASE) for client in (claimed, again, archived)}
    departure = left(anna, Choice(default=Way(HAND, boris.pk), clients=released), head)
    time_machine.move_to(clock.at(TODAY + DAY))
    reassign(client_id=onwards.pk, manager=vera, by=head)
    reassign(client_id=there_and_back.pk, manager=vera, by=head)
    reassign(client_id=there_and_back.pk, manager=boris, by=head)
    services.assign_from_exchange(client_id=claimed.pk, manager=vera, by=head)
    services.assign_from_exchange(client_id=again.pk, manager=vera, by=head)
    services.return_client(client_id=again.pk, by=head, reason=None)
    Client.objects.filter(pk=archived.pk).update(archived_at=clock.now())

    undo(departure=departure, by=head)

    assert owners(anna) == {plain.pk}
    assert dict(departure.items.values_list("client", "error")) == {
        onwards.pk: f"It is with {vera} meanwhile.",
        there_and_back.pk: "It has changed hands since.",
        claimed.pk: f"It is with {vera} meanwhile.",
        again.pk: "It has come to the exchange again since.",
        archived.pk: "It is in the archive meanwhile.",
        plain.pk: "",
    }
    assert owners(vera) == {onwards.pk, claimed.pk}
    assert not Detachment.objects.filter(undone_at__isnull=False).exists()


def test_there_and_back_on_the_same_day_is_another_stretch(head, anna, boris, vera):
    (client,) = clients_of(anna, 1)
    departure = left(anna, everything_to(boris), head)
    reassign(client_id=client.pk, manager=vera, by=head)
    reassign(client_id=client.pk, manager=boris, by=head)
    undo(departure=departure, by=head)
    assert departure.items.get().error == "It has changed hands since."
    assert owners(boris) == {client.pk}


def test_undo_ends_after_so_many_days(head, anna, boris):
    clients_of(anna, 1)
    departure = left(anna, everything_to(boris), head)
    assert departures.undo_until(departure) == TODAY + DAY * 7
    with pytest.raises(DomainError, match="time to undo"):
        undo(departure=departure, by=head, now=clock.at(TODAY + DAY * 8))
    assert undo(departure=departure, by=head, now=clock.at(TODAY + DAY * 7)).status == Departure.Status.UNDONE
    with pytest.raises(Conflict, match="back already"):
        undo(departure=departure, by=head)


def test_undo_can_be_switched_off(head, anna, boris):
    clients_of(anna, 1)
    departure = left(anna, everything_to(boris), head)
    tune(LEAVER_UNDO, None)
    assert departures.undo_until(departure) is None
    with pytest.raises(DomainError, match="switched off"):
        undo(departure=departure, by=head)


def test_undo_switches_on_only_what_it_switched_off(head, anna, boris):
    """Who was switched off by somebody else does not get his clients back, nor his sign-in."""
    clients_of(anna, 1)
    departure = left(anna, everything_to(boris), head, deactivate=False)
    Manager.objects.filter(pk=anna.pk).update(is_active=False)
    with pytest.raises(DomainError, match="does not work here"):
        undo(departure=departure, by=head)
    assert len(owners(boris)) == 1
    assert not Manager.objects.get(pk=anna.pk).is_active


def test_the_clients_of_somebody_who_is_gone_already(head, anna, boris):
    clients_of(anna, 1)
    Manager.objects.filter(pk=anna.pk).update(is_active=False)
    departure = left(Manager.objects.get(pk=anna.pk), everything_to(boris), head)
    assert not departure.deactivated
    assert len(owners(boris)) == 1


def test_undo_of_one_that_is_under_way_stops_it(head, anna, boris, monkeypatch):
    clients_of(anna, 4)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    departure = left(anna, everything_to(boris), head)
    whole = kill_after(monkeypatch, 2)
    with pytest.raises(_Killed):
        carry_on(departure.pk, batch=2)
    monkeypatch.setattr(departures.moving, "reassign", whole)
    undo(departure=departure, by=head)
    carry_on(departure.pk)
    assert len(owners(anna)) == 4
    assert departure.items.filter(undone_at__isnull=False).count() == 2


@pytest.mark.parametrize("number", range(4))
def test_an_undo_that_was_killed_goes_on(head, anna, boris, monkeypatch, number):
    clients = clients_of(anna, 4)
    before = [(facts(client), rows(client)) for client in clients]
    departure = left(anna, everything_to(boris), head)
    monkeypatch.setattr(departures.carrying, "AT_ONCE", 0)
    undo(departure=departure, by=head)
    calls = []

    def restore_or_die(client_id, moment):
        calls.append(client_id)
        if len(calls) > number:
            raise _Killed

    monkeypatch.setattr(departures.moving, "restore", restore_or_die)
    with pytest.raises(_Killed):
        carry_on(departure.pk, batch=2)
    assert len(owners(anna)) == number // 2 * 2
    monkeypatch.setattr(departures.moving, "restore", lambda client_id, moment: None)
    assert departures.carry_on_all() == 1
    assert departures.carry_on_all() == 0
    assert [(facts(client), rows(client)) for client in clients] == before


def test_who_was_released_and_came_back_is_no_former_owner_of_another(head, anna, boris):
    """The receiver's short stretch leaves no row: he need not wait to claim the client one day."""
    (client,) = clients_of(anna, 1)
    departure = left(anna, everything_to(boris), head)
    undo(departure=departure, by=head)
    assert not OwnershipPeriod.objects.filter(manager=boris, client=client).exists()
    assert DepartureItem.objects.get(client=client).to_manager == boris
