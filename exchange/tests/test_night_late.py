"""Nights that run later than on their day: caught up, confirmed the next morning, overtaken by a change."""

import pytest

from clients import absences
from clients.models import Absence, Manager, Redating, Role, ZonePolicy
from clients.tests.factories import ManagerFactory, held_client
from exchange import tasks
from exchange.models import Detachment, Proposal
from exchange.night import deciding, leaving, run_due_nights, run_night
from exchange.night.deciding import confirm, take_confirmed
from exchange.protections import enter_contract, protect, revoke
from exchange.rulebook import BREAKER_CLIENTS, BREAKER_SHARE
from exchange.tests.night_world import TODAY, Nights, leaving_on, left_on, on, tune, warned, worked_before
from exchange.undo import undo_one

pytestmark = pytest.mark.django_db


@pytest.fixture
def nights(time_machine) -> Nights:
    nights = Nights(time_machine)
    nights.at(on(-90))
    return nights


@pytest.fixture
def boss(nights) -> Manager:
    return ManagerFactory(role=Role.DIRECTOR, is_staff=True, department=None)


def test_a_protection_given_before_a_missed_night_is_caught_up_holds_it(nights, boss):
    nights(-3)
    worked_before()
    client = warned(leaving_on(on(-2)), days_ago=40)
    nights.at(TODAY, 8)
    protect(client_id=client.pk, until=on(30), reason="they answer on Monday", by=boss)
    nights.at(TODAY, 9)
    run_due_nights(TODAY)
    assert left_on(client) == []


def test_a_protection_given_in_the_morning_after_the_question_holds_against_the_word(nights, boss):
    client = warned(leaving_on(TODAY))
    night = nights()
    assert night.decision == "asked"
    nights.at(on(1), 0, 20)  # after midnight, before the next night
    protect(client_id=client.pk, until=on(30), reason="they answer on Monday", by=boss)
    confirm(run_id=night.pk, by=boss)
    take_confirmed(night.pk)
    assert left_on(client) == []


def test_who_leaves_in_a_night_caught_up_late_has_the_whole_time_to_be_given_back(nights, boss):
    nights(-20)
    worked_before()
    client = warned(leaving_on(on(-15)), days_ago=60)
    now = nights.at(TODAY, 9)
    run_due_nights(TODAY)
    row = Detachment.objects.get(client=client)
    client.refresh_from_db()
    assert (row.date, row.detached_at, client.exchange_since) == (on(-15), now, now)
    nights.at(on(7), 23)
    undo_one(detachment=row, by=boss)
    client.refresh_from_db()
    assert client.manager_id == row.manager_id


def test_a_policy_changed_while_the_night_is_at_work_keeps_whom_it_keeps(nights, monkeypatch):
    """The job that re-dates the clients has not come to them: who is about to leave is re-dated first."""
    worked_before()
    client = warned(leaving_on(TODAY))
    ask_or_go = leaving.ask_or_go

    def go_and_change(*args):
        assert ask_or_go(*args)
        ZonePolicy.objects.filter(department=None, category="").update(detach_months=12)
        Redating.objects.create(reason="policy", total=1)
        return True

    monkeypatch.setattr(leaving, "ask_or_go", go_and_change)
    run = nights()
    assert (run.status, run.proposed, run.detached, left_on(client)) == ("done", 1, 0, [])
    assert Proposal.objects.get(run=run).status == "stayed"
    client.refresh_from_db()
    assert client.detach_on > on(150)


def test_a_word_given_after_a_policy_was_changed_goes_by_the_new_dates(nights, boss):
    client = warned(leaving_on(TODAY))
    night = nights()
    ZonePolicy.objects.filter(department=None, category="").update(detach_months=12)
    Redating.objects.create(reason="policy", total=1)
    nights.at(TODAY, 9)
    confirm(run_id=night.pk, by=boss)
    take_confirmed(night.pk)
    assert left_on(client) == []


def test_a_night_that_midnight_overtakes_still_tells_whom_it_warned(nights, monkeypatch):
    worked_before()
    client = leaving_on(on(30))
    plan = leaving.plan

    def slowly(*args):
        plan(*args)
        nights.at(on(1), 0, 5)

    monkeypatch.setattr(leaving, "plan", slowly)
    nights.at(TODAY, 23, 50)
    assert run_night(TODAY).warned == 1
    assert client.manager.notices.get().kind == "exchange.leaving"


def test_a_confirmed_night_that_cannot_be_carried_out_stops_no_other(nights, boss, monkeypatch):
    client = warned(leaving_on(TODAY))
    night = nights()
    nights.at(TODAY, 9)
    confirm(run_id=night.pk, by=boss)

    def broken(run_id):
        raise RuntimeError("odd")

    monkeypatch.setattr(deciding, "take_confirmed", broken)
    run = nights(1)
    assert (run.status, left_on(client)) == ("done", [1])


@pytest.mark.parametrize(("last", "hour", "expected"), [(-2, 9, [-1]), (-1, 9, []), (-2, 23, [-1, 0]), (None, 9, [])])
def test_yesterdays_missed_night_does_not_wait_for_a_late_hour(nights, settings, last, hour, expected):
    settings.NIGHTLY_RUN_AT = "22:30"
    if last is not None:
        nights(last)
    nights.at(TODAY, hour)
    assert tasks.catch_up() == [str(on(days)) for days in expected]


@pytest.mark.parametrize("verb", ["store", "remove"])
def test_clients_of_several_managers_are_locked_together_before_anything_else(nights, boss, monkeypatch, verb):
    """One after the other, they could wait for a night that waits for them."""
    anna, petr = ManagerFactory(), ManagerFactory()
    of_petr, of_anna = held_client(petr), held_client(anna)
    rows = [
        absences.request_absence(manager=manager, by=boss, kind="vacation", starts_on=on(5), ends_on=on(9))
        for manager in (anna, petr)
    ]
    locked, lock = [], absences.lock_clients
    monkeypatch.setattr(absences, "lock_clients", lambda ids: locked.append(set(ids)) or lock(ids))
    if verb == "remove":
        absences.remove(absences=rows)
        assert not Absence.objects.exists()
    else:
        rows[0].manager, rows[0].starts_on, rows[0].ends_on = petr, on(20), on(22)
        absences.store(absence=rows[0], by=boss)
    assert locked[0] == {of_petr.pk, of_anna.pk}


def test_nights_caught_up_on_one_day_are_one_to_the_circuit_breaker(nights):
    nights(-5)
    worked_before()
    tune(BREAKER_CLIENTS, 3)
    tune(BREAKER_SHARE, 0)
    first = [warned(leaving_on(on(-4)), days_ago=40) for _ in range(3)]
    second = [warned(leaving_on(on(-1)), days_ago=40) for _ in range(3)]
    nights.at(TODAY, 9)
    runs = run_due_nights(TODAY)
    assert {left_on(client)[0] for client in first} == {-4}
    assert [left_on(client) for client in second] == [[], [], []]
    assert (runs[-1].decision, runs[-1].ask_reason, runs[-1].proposed) == ("asked", "too_many", 3)


def test_who_was_warned_long_ago_is_warned_again_when_a_hold_ends_early(nights, boss):
    worked_before()
    client = warned(leaving_on(on(-100)), days_ago=130)
    contract = enter_contract(client_id=client.pk, until=on(600), reason="N 12", by=boss)
    assert nights().kept == 1
    nights.at(on(1), 12)
    revoke(protection=contract, by=boss)
    nights.until(2, 16)
    assert left_on(client) == [16]
    assert client.leaving_warnings.get(level=14).warned_on == on(2)
