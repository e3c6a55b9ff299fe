"""The night by its full rules: who is warned when, what keeps a client, and that nobody leaves unwarned."""

import pytest
from django.db import DatabaseError

from clients import services as clients
from clients.models import Absence, Client, Notice, Redating, ZonePolicy
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from exchange import services
from exchange.models import DetachHold, Detachment, LeavingWarning, NightlyRun, Proposal, Protection, ZoneTransition
from exchange.night import BARE, effects, leaving, preview, run_due_nights, run_night, warning
from exchange.rulebook import load_rules
from exchange.rules.claiming import ClaimRules
from exchange.tests.night_world import (
    TODAY,
    Nights,
    holds,
    leaving_on,
    left_on,
    on,
    told,
    tune,
    warned,
    worked_before,
)
from exchange.tests.test_night import everything
from exchange.tests.test_rules_holding import FULL
from interactions.models import Event, SalesProcess
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db


@pytest.fixture
def nights(time_machine) -> Nights:
    nights = Nights(time_machine)
    nights.at(on(-90))
    worked_before()
    return nights


def planned(client: Client, days: int, made: int = -20) -> Event:
    when = clock.at(on(days), 15)
    return event(client, status="planned", occurred_at=when, now=clock.at(on(made)))


def protection(client: Client, first: int, last: int, kind: str = "protection") -> Protection:
    return Protection.objects.create(
        client=client, kind=kind, manager=client.manager, reason="A tender", starts_on=on(first), until=on(last),
        given_by=client.manager,
    )  # fmt: skip


def test_the_shipped_rules_are_those_of_the_product():
    assert load_rules() == FULL


# --- warnings ---------------------------------------------------------------------------------------------------------
def test_warnings_go_out_once_each_on_their_days_to_those_concerned(nights):
    department = DepartmentFactory()
    manager, deputy, head = ManagerFactory(department=department), ManagerFactory(), head_of(department)
    client = leaving_on(TODAY, manager)
    Absence.objects.create(
        manager=manager, deputy=deputy, starts_on=on(-8), ends_on=on(-7), status="approved", requested_by=head,
        decided_by=head, decided_at=clock.now(),
    )  # fmt: skip
    nights.until(-33, 1)
    rows = LeavingWarning.objects.filter(client=client).order_by("-level")
    assert [(row.level, row.warned_on, row.leaves_on) for row in rows] == [
        (30, on(-30), TODAY), (14, on(-14), TODAY), (7, on(-7), TODAY), (1, on(-1), TODAY),
    ]  # fmt: skip
    assert [(row.manager, row.deputy, row.head) for row in rows] == [
        (manager, None, None), (manager, None, head), (manager, deputy, head), (manager, None, head),
    ]  # fmt: skip
    assert {row.clock_date for row in rows} == {client.clock_date}
    assert [row.run.date for row in rows] == [on(-30), on(-14), on(-7), on(-1)]
    assert left_on(client) == [0]
    assert dict(NightlyRun.objects.filter(warned__gt=0).values_list("date", "warned")) == {
        on(-30): 1, on(-14): 1, on(-7): 1, on(-1): 1,
    }  # fmt: skip


def test_the_head_is_the_nearest_above_who_is_not_himself_and_works_here(nights):
    top = DepartmentFactory()
    middle = DepartmentFactory(parent=top)
    low = DepartmentFactory(parent=middle)
    director = head_of(top)
    gone = head_of(middle, is_active=False)
    chief = head_of(low)
    seller = ManagerFactory(department=low)
    expected = {
        leaving_on(on(14), seller).pk: chief.pk,
        leaving_on(on(14), chief).pk: director.pk,
        leaving_on(on(14), director).pk: None,
        leaving_on(on(14), ManagerFactory()).pk: None,
        leaving_on(on(14), ManagerFactory(department=None)).pk: None,
        leaving_on(on(14), ManagerFactory(department=middle)).pk: director.pk,
    }
    assert gone.pk not in expected.values()
    nights()
    assert dict(LeavingWarning.objects.values_list("client_id", "head_id")) == expected


def test_escalation_can_be_moved_and_switched_off(nights):
    department = DepartmentFactory()
    head, seller = head_of(department), ManagerFactory(department=department)
    for days, value, expected in ((30, 30, head.pk), (14, 13, None), (7, None, None)):
        tune("warn.head_days", value)
        client = leaving_on(on(days), seller)
        nights()
        assert LeavingWarning.objects.get(client=client).head_id == expected


def test_a_level_that_is_switched_off_is_not_told(nights):
    tune("warn.second_days", None)
    tune("warn.last_days", 3)
    client = leaving_on(TODAY)
    nights.until(-31, 0)
    assert told(client) == [(30, -30, 0), (7, -7, 0), (3, -3, 0)]


def test_with_all_levels_off_nobody_is_warned_nor_kept(nights):
    for which in ("first", "second", "third", "last"):
        tune(f"warn.{which}_days", None)
    client = leaving_on(TODAY)
    nights.until(-2, 0)
    assert (told(client), left_on(client)) == ([], [0])


def test_with_short_levels_only_the_first_warning_is_as_old_as_it_must_be(nights):
    """Else the day of leaving would run away before the warning for ever."""
    for which in ("first", "second"):
        tune(f"warn.{which}_days", None)
    assert load_rules().warn_levels == (1, 7, 14)
    client = leaving_on(TODAY)
    nights.until(-20, 0)
    assert (told(client), left_on(client)) == ([(14, -14, 0), (7, -7, 0), (1, -1, 0)], [0])


def test_warnings_are_told_anew_for_a_day_that_moved_later(nights):
    client = leaving_on(TODAY)
    nights.until(-31, -10)
    assert told(client) == [(30, -30, 0), (14, -14, 0)]
    protection(client, -10, 24)
    nights.until(-9, 26)
    assert told(client)[2:] == [(30, -5, 25), (14, 11, 25), (7, 18, 25), (1, 24, 25)]
    assert left_on(client) == [25]


def test_a_hold_of_the_last_day_moves_the_warnings_too(nights):
    """All warnings for the first day were told: the later day is not forgotten over it."""
    client = leaving_on(TODAY)
    nights.until(-31, -1)
    assert [row[0] for row in told(client)] == [30, 14, 7, 1]
    planned(client, 40, made=-1)
    nights.until(0, 42)
    assert told(client)[4:] == [(30, 11, 41), (14, 27, 41), (7, 34, 41), (1, 40, 41)]
    assert left_on(client) == [41]


def test_a_day_that_moves_back_is_not_told_twice(nights):
    client = leaving_on(TODAY)
    nights.until(-31, -10)
    keeps = protection(client, -10, 4)
    nights(-9)
    assert told(client)[2:] == [(14, -9, 5)]
    keeps.delete()
    nights.until(-8, 0)
    assert told(client)[3:] == [(7, -7, 0), (1, -1, 0)]
    assert left_on(client) == [0]


@pytest.mark.parametrize("due_since", [0, 1, 13, 100])
def test_an_unwarned_client_is_warned_now_and_leaves_fourteen_days_later(nights, due_since):
    client = leaving_on(on(-due_since))
    nights.until(0, 15)
    assert told(client) == [(14, 0, 14), (7, 7, 14), (1, 13, 14)]
    assert holds(client) == [("warning", 0, 13)]
    assert left_on(client) == [14]


def test_the_age_of_a_warning_can_be_set_and_switched_off(nights):
    tune("warn.age_days", 3)
    client = leaving_on(TODAY)
    nights.until(0, 3)
    assert (told(client), left_on(client)) == ([(7, 0, 3), (1, 2, 3)], [3])
    tune("warn.age_days", None)
    client = leaving_on(on(4))
    nights(4)
    assert (told(client), left_on(client)) == ([], [4])


def test_a_pause_of_twenty_days_makes_nobody_leave_unwarned(nights):
    """Missed nights are caught up; their warnings bear the day on which people really read them."""
    nights(-20)
    long_warned = warned(leaving_on(on(-3)), days_ago=33)
    late_warned = warned(leaving_on(on(-12)), days_ago=21, level=14)
    unwarned = [leaving_on(on(days)) for days in (-19, -10, -1, 0, 5)]
    nights.at(TODAY, 9)
    runs = run_due_nights(TODAY)
    assert [run.date for run in runs] == [on(days) for days in range(-19, 1)]
    assert left_on(long_warned) == [-3]
    assert left_on(late_warned) == [-7]
    assert [told(client) for client in unwarned] == [[(14, 0, 14)]] * 5
    assert [left_on(client) for client in unwarned] == [[]] * 5
    nights.until(1, 14)
    assert [left_on(client) for client in unwarned] == [[14]] * 5
    assert [told(client)[1:] for client in unwarned] == [[(7, 7, 14), (1, 13, 14)]] * 5


def test_no_client_ever_leaves_without_a_warning_of_fourteen_days(nights):
    """Over a hundred nights with pauses: every detachment has its warning in the same stretch."""
    for days in range(-40, 60, 3):
        leaving_on(on(days))
    for days in (-35, -34, -10, 1, 2, 3, 20, 21, 22, 23, 50, 70, 71, 72):
        nights.at(on(days), 2)
        run_due_nights(on(days))
    for row in Detachment.objects.all():
        first = LeavingWarning.objects.filter(
            client=row.client, manager=row.manager, clock_date=row.clock_date
        ).order_by("warned_on")[0]
        assert (row.date - first.warned_on).days >= 14
    assert Detachment.objects.count() > 20


# --- what keeps a client ----------------------------------------------------------------------------------------------
def keep_by_process(nights: Nights, client: Client) -> SalesProcess:
    # Its last step was 49 days ago; as a contact it would count, so the stretch begins later: made by hand.
    deal = process(client, now=nights.at(on(-49)))
    Event.objects.filter(process=deal).update(counted_on=None)
    Client.objects.filter(pk=client.pk).update(
        last_contact_on=None, clock_date=client.clock_date, yellow_on=client.yellow_on, red_on=client.red_on,
        detach_on=client.detach_on, zone=client.zone,
    )  # fmt: skip
    return deal


def keep_by_undo(nights: Nights, client: Client) -> DetachHold:
    return DetachHold.objects.create(
        client=client, manager=client.manager, clock_date=client.clock_date, kind="undo", source="undo:1",
        since=on(-2), until=on(11),
    )  # fmt: skip


KEEPERS = {
    "process": (keep_by_process, "hold.process_days"),
    "plan": (lambda nights, client: planned(client, 11), "hold.plan_days"),
    "protection": (lambda nights, client: protection(client, -5, 11), "hold.protection_days"),
    "contract": (lambda nights, client: protection(client, -5, 11, "contract"), "hold.contract_days"),
    "undo": (keep_by_undo, "undo.grace_days"),
}


@pytest.mark.parametrize("kind", KEEPERS)
def test_a_hold_keeps_the_manager_but_not_the_colour(nights, kind):
    client = warned(leaving_on(TODAY))
    manager = client.manager
    keep, _key = KEEPERS[kind]
    keep(nights, client)
    assert client.zone == "green"
    for days in (0, 1, 11):
        run = nights(days)
        client.refresh_from_db()
        assert (client.manager, client.zone, client.detach_on) == (manager, "red", TODAY)
        assert (run.detached, run.proposed, run.kept, run.red) == (0, 0, 1, 1)
    assert holds(client) == [(kind, -2 if kind == "undo" else 0, 11)]
    assert DetachHold.objects.get().manager == manager
    nights(12)
    assert left_on(client) == [12], "a hold that ends lets the client go in the next night"
    assert ZoneTransition.objects.filter(client=client, to_zone="red").count() == 1


@pytest.mark.parametrize("kind", KEEPERS)
def test_a_hold_that_is_switched_off_keeps_nobody(nights, kind):
    client = warned(leaving_on(TODAY))
    keep, key = KEEPERS[kind]
    keep(nights, client)
    tune(key, None)
    nights()
    assert left_on(client) == [0]


@pytest.mark.parametrize(
    "end",
    [
        lambda keeps: Protection.objects.filter(pk=keeps.pk).update(revoked_on=on(3), revoked_by=keeps.manager),
        lambda keeps: Protection.objects.filter(pk=keeps.pk).update(until=on(3)),
        lambda keeps: keeps.delete(),
    ],
)
def test_a_protection_that_is_ended_early_lets_the_client_go(nights, end):
    client = warned(leaving_on(TODAY))
    keeps = protection(client, -5, 11)
    nights.until(0, 3)
    end(keeps)
    nights(4)
    assert left_on(client) == [4]


def test_a_closed_sale_a_cancelled_plan_and_a_plan_that_is_no_contact_keep_nobody(nights):
    sold, called_off, noted = (warned(leaving_on(TODAY)) for _ in range(3))
    SalesProcess.objects.filter(pk=keep_by_process(nights, sold).pk).update(status="won", closed_on=on(-48))
    Event.objects.filter(pk=planned(called_off, 5).pk).update(status="cancelled", remind_at=None)
    event(noted, code="note", status="planned", occurred_at=clock.at(on(5)), now=clock.at(on(-20)))
    nights()
    assert [left_on(client) for client in (sold, called_off, noted)] == [[0]] * 3


def test_plans_hold_twice_in_a_row_and_moving_one_later_is_one_more_time(nights):
    twice, moved, earlier = (warned(leaving_on(TODAY)) for _ in range(3))
    planned(twice, 2)
    late = planned(moved, 2)
    soon = planned(earlier, 4)
    nights(0)
    Event.objects.filter(pk=soon.pk).update(occurred_at=clock.at(on(3)))
    nights(1)
    Event.objects.filter(pk=late.pk).update(occurred_at=clock.at(on(5)))
    nights(2)
    planned(twice, 7)
    nights(3)
    assert holds(twice) == [("plan", 0, 2), ("plan", 3, 7)]
    # Moved to an earlier day it stays the same plan, and costs no second time.
    assert holds(earlier) == [("plan", 0, 4)]
    planned(earlier, 9)
    nights.until(4, 5)
    assert holds(moved) == [("plan", 0, 2), ("plan", 2, 5)]
    planned(moved, 9)
    planned(twice, 12)
    nights.until(6, 10)
    assert holds(earlier) == [("plan", 0, 4), ("plan", 4, 9)]
    assert [left_on(client) for client in (twice, moved, earlier)] == [[8], [6], [10]]


def test_a_plan_that_nothing_needed_is_not_spent(nights):
    client = leaving_on(TODAY)
    planned(client, 5)
    planned(client, 20)
    nights.until(0, 14)
    assert holds(client) == [("warning", 0, 13), ("plan", 14, 20)]


@pytest.mark.parametrize("how", ["contact", "reassign", "claim"])
def test_a_new_stretch_starts_everything_anew(nights, how):
    client = warned(leaving_on(TODAY))
    for days in (1, 2):
        DetachHold.objects.create(
            client=client, manager=client.manager, clock_date=client.clock_date, kind="plan", source=f"event:{days}",
            since=on(days), until=on(days),
        )  # fmt: skip
    other = ManagerFactory()
    if how == "contact":
        event(client, now=nights.at(on(-1)))
    elif how == "reassign":
        clients.reassign(client_id=client.pk, manager=other, by=client.manager, today=on(-1))
    else:
        nights(0)
        assert left_on(client) == [0]
        services.claim(
            client_id=client.pk, by=client.last_manager or other, now=clock.at(TODAY, 12), rules=ClaimRules()
        )
    nights(1)
    client.refresh_from_db()
    assert (client.manager is None, client.zone) == (False, "green")
    # When its time comes again: warned anew, and two new plans may hold it.
    again = (client.detach_on - TODAY).days
    nights(again)
    assert [row[:2] for row in told(client)[1:]] == [(14, again)]
    for number in range(3):
        planned(client, again + 20 + number, made=again)
        nights(again + 20 + number)
    nights(again + 23)
    assert [row for row in holds(client) if row[1] > 10] == [
        ("warning", again, again + 13), ("plan", again + 20, again + 20), ("plan", again + 21, again + 21),
    ]  # fmt: skip
    assert left_on(client)[-1] == again + 22


# --- order, record, labels --------------------------------------------------------------------------------------------
def test_every_transition_and_detachment_names_its_policy(nights):
    department = DepartmentFactory()
    own = ZonePolicy.objects.create(department=department, yellow_months=2, red_months=3, detach_months=4)
    seller = ManagerFactory(department=department)
    start = on(-100)
    ours, theirs = held_client(seller, assigned_on=start, today=start), warned(leaving_on(TODAY))
    nights()
    assert own.label != theirs.detachments.get().policy
    assert ZoneTransition.objects.get(client=ours, cause="night").policy == own.label
    assert ZoneTransition.objects.get(client=theirs, cause="night").policy == theirs.detachments.get().policy != ""
    gone = ZoneTransition.objects.get(client=theirs, cause="night")
    assert gone.clock_date == theirs.clock_date
    ours.refresh_from_db()
    LeavingWarning.objects.all().delete()
    warned(ours)
    nights((ours.detach_on - TODAY).days)
    assert ours.detachments.get().policy == own.label


def test_redatings_that_wait_are_finished_before_anybody_is_looked_at(nights):
    client = warned(leaving_on(TODAY))
    ZonePolicy.objects.filter(department=None, category="").update(detach_months=9)
    job = Redating.objects.create(reason="policy")
    nights()
    job.refresh_from_db()
    client.refresh_from_db()
    assert (job.status, left_on(client), client.zone) == ("done", [], "red")
    assert client.detach_on > on(80)


def test_a_redating_that_cannot_be_finished_stops_no_night_but_nobody_leaves_unasked(nights, monkeypatch):
    from exchange.night import run as night

    leaves, early = warned(leaving_on(TODAY)), leaving_on(on(31))
    Redating.objects.create(reason="policy")
    with monkeypatch.context() as patch:
        patch.setattr(night, "finish_redatings", lambda: (_ for _ in ()).throw(RuntimeError("poison")))
        run = nights()
    assert (run.status, run.decision, run.ask_reason, left_on(leaves)) == ("done", "asked", "dates", [])
    assert early.leaving_warnings.count() == 0
    nights(1)
    assert left_on(leaves) == [1]


def test_a_client_that_is_due_and_stays_turns_red_in_the_first_night_too(time_machine):
    nights = Nights(time_machine)
    nights.at(on(-90))
    client = leaving_on(TODAY)
    assert client.zone == "green"
    run = nights()
    client.refresh_from_db()
    assert (client.zone, run.turned_red, run.mended) == ("red", 1, 0)


def test_a_bare_night_does_none_of_all_this(nights):
    kept, unwarned, soon = warned(leaving_on(TODAY)), leaving_on(TODAY), leaving_on(on(7))
    protection(kept, -5, 11)
    NightlyRun.objects.all().delete()
    tune("night.breaker_clients", 0)
    tune("night.breaker_percent", 0)
    run = nights(rules=BARE)
    assert [left_on(client) for client in (kept, unwarned, soon)] == [[0], [0], []]
    assert (run.is_bare, run.decision, run.warned, run.proposed, run.kept, run.detached) == (True, "", 0, 0, 0, 2)
    assert LeavingWarning.objects.count() == 1
    for model in (Proposal, DetachHold, Notice):
        assert not model.objects.exists()


# --- poison -----------------------------------------------------------------------------------------------------------
STEPS = {
    "warn": [(warning, "facts_of"), (warning, "warn_plainly")],
    "plan": [(leaving, "_plan_chunk")],
    "detach": [(leaving, "detach")],
    "publish": [(effects, "publish")],
}


@pytest.mark.parametrize("error", [DatabaseError, ValueError])
@pytest.mark.parametrize("step", STEPS)
def test_a_poisonous_client_is_parked_with_reason_and_step_and_the_rest_goes_on(nights, monkeypatch, step, error):
    due = [warned(leaving_on(TODAY)) for _ in range(4)]
    soon = [leaving_on(on(14)) for _ in range(4)]
    bad = {due[1].pk, soon[1].pk}

    def poisoned(real):
        def act(*args, **kwargs):
            rows = next(arg for arg in args if isinstance(arg, list))
            if bad & {row.pk for row in rows}:
                raise error("poison")
            return real(*args, **kwargs)

        return act

    with monkeypatch.context() as patch:
        for module, name in STEPS[step]:
            patch.setattr(module, name, poisoned(getattr(module, name)))
        run = nights(chunk=3)
    assert run.status == "done"
    parked = {(row.client_id, row.step) for row in run.parked.all()}
    expected = {"warn": bad, "plan": {due[1].pk}, "detach": {due[1].pk}, "publish": {soon[1].pk}}[step]
    assert parked == {(pk, step) for pk in expected}
    assert all("poison" in row.error for row in run.parked.all())
    # One step's trouble is not the next one's.
    gone = {row.pk for row in due} - (bad if step in ("plan", "detach") else set())
    assert set(run.detachments.values_list("client_id", flat=True)) == gone
    assert {row.client_id for row in run.warnings.all()} == {row.pk for row in soon} - (
        bad if step == "warn" else set()
    )
    red = set(Client.objects.filter(zone="red").values_list("pk", flat=True))
    assert red >= {row.pk for row in soon} - (bad if step == "publish" else set())
    # The next run takes them.
    run = nights(chunk=3, minute=5)
    assert not run.parked.exists()
    assert run.detachments.count() == 4
    assert run.warnings.count() == 4
    before = everything()
    nights(chunk=3, minute=9)
    assert everything() == before


# --- notices ----------------------------------------------------------------------------------------------------------
def notices() -> set[tuple]:
    rows = Notice.objects.order_by("pk").values_list("recipient_id", "kind", "data")
    return {
        (who, kind.removeprefix("exchange."), tuple(row[0] for row in data.get("clients", ())))
        for who, kind, data in rows
    }


def test_everybody_is_told_once_whatever_the_number_of_clients(nights):
    department = DepartmentFactory()
    head, seller, deputy = head_of(department), ManagerFactory(department=department), ManagerFactory()
    far, near = leaving_on(on(30), seller), leaving_on(on(14), seller)
    heads_own = leaving_on(on(7), head)
    gone = [warned(leaving_on(TODAY, seller)) for _ in range(2)]
    Absence.objects.create(
        manager=seller, deputy=deputy, starts_on=TODAY, ends_on=TODAY, status="approved", requested_by=head,
        decided_by=head, decided_at=clock.now(),
    )  # fmt: skip
    nights()
    expected = {
        (seller.pk, "leaving", (near.pk, far.pk)),
        (deputy.pk, "leaving", (near.pk, far.pk)),
        (head.pk, "leaving", (heads_own.pk,)),
        (head.pk, "leaving_head", (near.pk,)),
        (seller.pk, "left", tuple(row.pk for row in gone)),
        (head.pk, "left_head", tuple(row.pk for row in gone)),
    }
    assert notices() == expected
    nights(minute=9)
    assert notices() == expected
    assert Notice.objects.count() == 6
    assert set(Notice.objects.values_list("date", flat=True)) == {TODAY}


def test_what_a_second_run_of_the_same_night_adds_is_told_too(nights, monkeypatch):
    seller = ManagerFactory()
    one, two = (warned(leaving_on(TODAY, seller)) for _ in range(2))
    real = leaving.detach

    def poisoned(run, rows, *args):
        if two in rows:
            raise DatabaseError("poison")
        return real(run, rows, *args)

    with monkeypatch.context() as patch:
        patch.setattr(leaving, "detach", poisoned)
        nights()
    assert notices() == {(seller.pk, "left", (one.pk,))}
    nights(minute=5)
    nights(minute=9)
    assert notices() == {(seller.pk, "left", (one.pk,)), (seller.pk, "left", (two.pk,))}
    assert Notice.objects.count() == 2


def test_a_night_played_for_the_past_tells_nobody(nights):
    leaving_on(on(14))
    warned(leaving_on(TODAY))
    nights.at(on(50))
    run = run_night(TODAY, moment=clock.at(TODAY, 1))
    assert (run.detached, run.warned) == (1, 1)
    assert not Notice.objects.exists()


# --- the dry run ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("asks", [False, True])
def test_the_dry_run_says_what_the_night_then_does(nights, asks):
    for days in range(-40, 200, 5):
        client = leaving_on(on(days))
        if days % 3:
            warned(client)
        if days % 7 == 0:
            protection(client, -5, 30)
        if days % 4 == 0:
            planned(client, 12)
    # as an import leaves them: published with a zone of long ago
    tune("night.breaker_clients", 2 if asks else 200)
    nights.at(TODAY, 0)
    before = everything()
    coming = preview(TODAY)
    assert everything() == before
    run = nights()
    assert coming.to_exchange == run.proposed > 2
    assert (coming.to_yellow, coming.to_red, coming.kept, coming.asks) == (
        run.turned_yellow, run.turned_red, run.kept, run.ask_reason,
    )  # fmt: skip
    assert (run.detached, run.decision) == ((0, "asked") if asks else (run.proposed, ""))
    assert coming.kept > 2
    assert preview(TODAY).to_exchange == (run.proposed if asks else 0)
