"""The night that asks before anybody leaves, the administrator's word, running twice, and dying at any step."""

import random

import pytest
from django.db import transaction
from django.urls import reverse

from clients import services as clients
from clients.models import Absence, Client, Department, Manager, Notice, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of
from crm import clock
from crm.web.errors import Conflict
from exchange.models import (
    AskReason,
    DetachHold,
    Detachment,
    DryOrder,
    NightlyRun,
    Proposal,
    Protection,
    ZoneSnapshot,
    ZoneTransition,
)
from exchange.night import deciding, effects, leaving, run, run_due_nights, run_night, telling, warning
from exchange.night.deciding import confirm, finish_confirmed, reject, take_confirmed
from exchange.tests.night_world import TODAY, Nights, leaving_on, left_on, on, tune, warned, worked_before
from exchange.tests.test_night import everything
from exchange.undo import undo_one
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db


@pytest.fixture
def nights(time_machine) -> Nights:
    nights = Nights(time_machine)
    nights.at(on(-90))
    return nights


@pytest.fixture
def admin(nights) -> Manager:
    return ManagerFactory(is_staff=True, username="the-admin")


def due(number: int, **kwargs) -> list[Client]:
    """So many clients whose time has come and whose managers were warned."""
    manager = kwargs.pop("manager", None) or ManagerFactory()
    return [warned(leaving_on(TODAY, manager, **kwargs)) for _ in range(number)]


def statuses(night: NightlyRun) -> dict[int, str]:
    return dict(Proposal.objects.filter(run=night).values_list("client_id", "status"))


# --- when it asks -----------------------------------------------------------------------------------------------------
def test_the_first_night_asks_and_every_night_until_one_is_confirmed(nights, admin):
    (client,) = due(1)
    first, second = nights(0), nights(1)
    first.refresh_from_db()
    assert [(one.decision, one.ask_reason, one.proposed, one.detached) for one in (first, second)] == [
        ("superseded", "first", 1, 0),
        ("asked", "first", 1, 0),
    ]
    assert statuses(first) == {client.pk: "stayed"}
    nights.at(on(1), 9)
    confirm(run_id=second.pk, by=admin)
    take_confirmed(second.pk)
    assert left_on(client) == [1]
    (later,) = due(1)
    assert nights(2).decision == ""
    assert left_on(later) == [2]


def test_the_first_night_that_finds_nobody_due_is_a_first_night_too(nights):
    leaving_on(on(1))
    assert (nights(0).decision, nights(0).kept) == ("", 0)
    Client.objects.all().delete()
    (client,) = due(1)
    assert nights(1).decision == ""
    assert left_on(client) == [1]


def test_a_first_night_whose_clients_are_all_unwarned_goes_on_asking_later(nights):
    """They leave a fortnight later; the question comes when there is somebody to ask about."""
    client = leaving_on(TODAY)
    nights.until(0, 13)
    assert set(NightlyRun.objects.values_list("decision", flat=True)) == {""}
    assert (nights(14).ask_reason, left_on(client)) == ("first", [])


def test_a_bare_night_before_is_no_first_night(nights):
    worked_before()
    NightlyRun.objects.update(is_bare=True)
    due(1)
    assert nights().ask_reason == AskReason.FIRST


def test_the_first_nights_question_can_be_switched_off(nights):
    tune("night.first_run_dry", None)
    DryOrder.objects.create(reason="import")
    (client,) = due(1)
    assert nights().decision == ""
    assert left_on(client) == [0]


def test_after_an_import_the_night_asks_until_it_is_confirmed(nights, admin):
    worked_before()
    DryOrder.objects.create(reason="import")
    (client,) = due(1)
    night = nights()
    assert (night.decision, night.ask_reason) == ("asked", "import")
    nights.at(TODAY, 9)
    DryOrder.objects.create(reason="another import, which the administrator did not see")
    confirm(run_id=night.pk, by=admin)
    take_confirmed(night.pk)
    assert left_on(client) == [0]
    assert list(DryOrder.objects.order_by("pk").values_list("lifted_by_run", flat=True)) == [night.pk, None]
    due(1)
    assert nights(1).ask_reason == "import"


def test_an_import_of_which_nobody_is_due_needs_no_word(nights):
    worked_before()
    order = DryOrder.objects.create(reason="import")
    unwarned = leaving_on(TODAY)
    nights(-1)
    order.refresh_from_db()
    assert order.lifted_at is not None
    DryOrder.objects.filter(pk=order.pk).update(lifted_at=None)
    nights(0)
    order.refresh_from_db()
    assert (order.lifted_at, left_on(unwarned)) == (None, [])


@pytest.mark.parametrize(
    ("percent", "number", "leave", "stay", "asks"),
    [
        (5, 3, 3, 0, False),
        (5, 3, 4, 0, True),
        (50, 3, 4, 4, False),
        (50, 3, 5, 4, True),
        (None, 0, 5, 0, False),
        (0, 0, 1, 5, True),
        (100, 0, 5, 0, False),
    ],
)
def test_the_breaker_asks_above_both_limits(nights, percent, number, leave, stay, asks):
    worked_before()
    tune("night.breaker_percent", percent)
    tune("night.breaker_clients", number)
    manager = ManagerFactory()
    due(leave, manager=manager)
    for _ in range(stay):
        leaving_on(on(90), manager)
    night = nights()
    assert (night.decision, night.ask_reason) == (("asked", "too_many") if asks else ("", ""))
    assert night.detached == (0 if asks else leave)


def test_the_breaker_counts_those_that_hold_as_staying(nights):
    worked_before()
    tune("night.breaker_clients", 2)
    clients = due(4)
    for client in clients[:2]:
        Protection.objects.create(
            client=client, manager=client.manager, reason="x", starts_on=TODAY, until=on(5), given_by=client.manager
        )
    night = nights()
    assert (night.decision, night.proposed, night.kept, night.detached) == ("", 2, 2, 2)


def test_while_it_asks_colours_warnings_and_snapshot_go_on(nights):
    (client,) = due(1)
    soon, yellow = leaving_on(on(7)), leaving_on(on(120))
    night = nights()
    assert (night.status, night.decision, night.detached, night.warned) == ("done", "asked", 0, 1)
    assert dict(Client.objects.values_list("pk", "zone")) == {client.pk: "red", soon.pk: "red", yellow.pk: "yellow"}
    assert (night.held, night.red, night.yellow) == (3, 2, 1)
    assert ZoneSnapshot.objects.filter(date=TODAY).count() == 3
    assert ZoneTransition.objects.filter(run=night).count() == 3
    assert not Detachment.objects.exists()


# --- the word ---------------------------------------------------------------------------------------------------------
def test_a_confirmed_night_takes_exactly_those_that_are_still_due(nights, admin):
    gone, called, handed, protected, planned, given_away = due(6)
    night = nights()
    assert set(statuses(night).values()) == {"open"}
    nights.at(TODAY, 9)
    event(called, now=clock.now())
    clients.reassign(client_id=handed.pk, manager=ManagerFactory(), by=admin, today=TODAY)
    Protection.objects.create(
        client=protected, manager=protected.manager, reason="x", starts_on=TODAY, until=on(5), given_by=admin
    )
    event(planned, status="planned", occurred_at=clock.at(on(3)))
    late = warned(leaving_on(TODAY))
    Client.objects.filter(pk=given_away.pk).update(detach_on=on(1))
    nights.at(TODAY, 10)
    confirm(run_id=night.pk, by=admin)
    night = take_confirmed(night.pk)
    assert statuses(night) == {
        gone.pk: "done", called.pk: "stayed", handed.pk: "stayed", protected.pk: "stayed", planned.pk: "stayed",
        given_away.pk: "stayed",
    }  # fmt: skip
    assert set(Client.objects.on_exchange().values_list("pk", flat=True)) == {gone.pk}
    assert late.detachments.count() == 0, "whom the administrator did not read of is not taken"
    row = gone.detachments.get()
    gone.refresh_from_db()
    assert (row.run, row.detached_at, row.date, row.policy != "") == (night, clock.at(TODAY, 10), TODAY, True)
    assert gone.exchange_since == row.detached_at
    assert (night.detached, night.on_exchange, night.held) == (1, 1, 6)
    assert (night.decided_by, night.decided_at) == (admin, clock.at(TODAY, 10))
    assert set(DetachHold.objects.values_list("client", "kind")) == {
        (protected.pk, "protection"), (planned.pk, "plan"),
    }  # fmt: skip


def test_a_rejected_night_takes_nobody_and_the_next_asks_anew(nights, admin):
    (client,) = due(1)
    night = nights()
    nights.at(TODAY, 9)
    reject(run_id=night.pk, by=admin)
    take_confirmed(night.pk)
    finish_confirmed()
    nights(0, minute=30)
    night.refresh_from_db()
    assert (night.decision, statuses(night), left_on(client)) == ("rejected", {client.pk: "stayed"}, [])
    assert nights(1).decision == "asked"


def test_of_two_words_the_first_counts_and_an_old_question_is_closed(nights, admin):
    due(1)
    first, other = nights(0), ManagerFactory(is_staff=True)
    second = nights(1)
    nights.at(on(1), 9)
    with pytest.raises(Conflict, match="later night"):
        confirm(run_id=first.pk, by=admin)
    reject(run_id=second.pk, by=admin)
    for act in (confirm, reject):
        with pytest.raises(Conflict, match=str(admin)):
            act(run_id=second.pk, by=other)
    Client.objects.all().delete()
    with pytest.raises(Conflict, match="nothing to decide"):
        confirm(run_id=nights(2).pk, by=admin)


def test_a_night_that_still_runs_cannot_be_decided(nights, admin):
    due(1)
    night = nights()
    NightlyRun.objects.update(status="running")
    with pytest.raises(Conflict, match="nothing to decide"):
        confirm(run_id=night.pk, by=admin)


def test_a_confirmed_night_whose_job_was_lost_is_made_good_for(nights, admin):
    one, two = due(2)
    night = nights()
    nights.at(TODAY, 9)
    confirm(run_id=night.pk, by=admin)
    nights.at(TODAY, 10)
    finish_confirmed()
    assert (left_on(one), left_on(two)) == ([0], [0])
    before = everything()
    nights.at(TODAY, 11)
    finish_confirmed()
    take_confirmed(night.pk)
    assert everything() == before


def test_a_word_given_before_the_next_night_is_carried_out_first(nights, admin):
    """The job was lost: tonight does not ask about the same clients again, and takes them as the word was given."""
    tune("night.breaker_clients", 1)
    tune("night.breaker_percent", 0)
    for client in due(2):
        assert left_on(client) == []
    night = nights()
    nights.at(TODAY, 23)
    confirm(run_id=night.pk, by=admin)
    later = nights(1)
    night.refresh_from_db()
    assert (night.detached, later.proposed, later.decision) == (2, 0, "")


# --- twice ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["done", "asked", "confirmed", "rejected"])
def test_a_second_run_changes_nothing_at_all(nights, admin, state):
    if state == "done":
        worked_before()
    some_clients(random.Random(5))
    night = nights()
    assert night.decision == ("" if state == "done" else "asked")
    assert night.proposed > 3
    nights.at(TODAY, 2)
    if state == "confirmed":
        confirm(run_id=night.pk, by=admin)
        nights.at(TODAY, 3)
        take_confirmed(night.pk)
    elif state == "rejected":
        reject(run_id=night.pk, by=admin)
    before = everything()
    nights.at(TODAY, 4)
    assert run_night(TODAY).status == "done"
    assert run_due_nights(TODAY)[0].date == TODAY
    take_confirmed(night.pk)
    finish_confirmed()
    assert everything() == before


def test_what_came_due_after_the_word_is_not_taken_by_it(nights, admin):
    (client,) = due(1)
    night = nights()
    nights.at(TODAY, 2)
    confirm(run_id=night.pk, by=admin)
    late = due(3)
    nights.at(TODAY, 3)
    night = run_night(TODAY)
    assert (left_on(client), night.detached, night.proposed) == ([0], 1, 1)
    assert [left_on(one) for one in late] == [[]] * 3


def test_a_question_run_again_asks_about_those_that_are_due_then(nights):
    one, two = due(2)
    night = nights()
    ids = dict(Proposal.objects.values_list("client", "pk"))
    nights.at(TODAY, 9)
    event(one, now=clock.now())
    three = warned(leaving_on(TODAY))
    night = nights(minute=30)
    assert (night.decision, night.proposed, statuses(night)) == ("asked", 2, {two.pk: "open", three.pk: "open"})
    assert dict(Proposal.objects.values_list("client", "pk"))[two.pk] == ids[two.pk]


def test_who_was_given_back_is_not_taken_by_the_same_night_again(nights, admin):
    worked_before()
    (client,) = due(1)
    nights()
    nights.at(TODAY, 9)
    undo_one(detachment=client.detachments.get(), by=admin)
    run_night(TODAY)
    client.refresh_from_db()
    assert (client.manager is None, client.zone) == (False, "red")
    assert ZoneTransition.objects.get(client=client, cause="undo").policy != ""
    nights.until(1, 7)
    assert list(DetachHold.objects.values_list("kind", flat=True)) == ["undo"]
    assert left_on(client) == [0, 7]


def test_without_grace_the_next_night_takes_who_was_given_back_but_not_the_same_one(nights, admin):
    worked_before()
    tune("undo.grace_days", None)
    (client,) = due(1)
    nights()
    nights.at(TODAY, 9)
    undo_one(detachment=client.detachments.get(), by=admin)
    night = run_night(TODAY)
    assert (client.detachments.count(), night.parked.count()) == (1, 0)
    nights(1)
    assert left_on(client) == [0, 1]


def test_a_run_killed_after_half_of_its_detachments_does_not_stop_to_ask(nights, monkeypatch):
    """The share is that of those who had a manager before the night, also for its second attempt."""
    worked_before()
    tune("night.breaker_clients", 0)
    tune("night.breaker_percent", 50)
    manager = ManagerFactory()
    due(4, manager=manager)
    for _ in range(4):
        leaving_on(on(90), manager)
    real, left = leaving.detach, 3

    def dying(*args):
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(leaving, "detach", dying)
        with pytest.raises(KeyboardInterrupt):
            nights(chunk=1)
    assert Detachment.objects.count() == 2
    night = nights(chunk=1)
    assert (night.decision, night.detached, night.proposed) == ("", 4, 4)


# --- dying ------------------------------------------------------------------------------------------------------------
def some_clients(chance: random.Random) -> None:
    """Of everything: colours to come, warnings, due with and without a warning, holds of every kind, absences."""
    top = DepartmentFactory()
    chief = head_of(top)
    head_of(DepartmentFactory(parent=top))
    people = [ManagerFactory(department=department) for department in Department.objects.all() for _ in range(2)]
    for number in range(44):
        day = on(chance.choice([-30, -1, 0, 0, 0, 0, 1, 7, 14, 20, 30, 33, 120, 160]))
        client = leaving_on(day, people[number % len(people)])
        if chance.random() < 0.8:
            warned(client)
        match chance.randrange(8):
            case 0:
                Protection.objects.create(
                    client=client, manager=client.manager, reason="x", starts_on=on(-3), until=on(chance.randrange(9)),
                    given_by=chief,
                )  # fmt: skip
            case 1:
                event(client, status="planned", occurred_at=clock.at(on(chance.randrange(30))))
    Absence.objects.create(
        manager=people[0], deputy=people[1], starts_on=on(-1), ends_on=on(1), status="approved", requested_by=chief,
        decided_by=chief, decided_at=clock.now(),
    )  # fmt: skip


class Killed(BaseException):
    """The worker is gone: nothing of it catches this."""


#: Every function between whose calls a transaction has ended.
MOMENTS = [
    (warning, "warn_plainly"),
    (warning, "facts_of"),
    (leaving, "_plan_chunk"),
    (leaving, "ask_or_go"),
    (leaving, "keep"),
    (leaving, "detach"),
    (effects, "publish"),
    (telling, "_send"),
    (telling, "tell"),
    (run, "take_snapshot"),
    (deciding, "take_snapshot"),
    (telling, "tell_left"),
]


@pytest.mark.parametrize("seed", range(3))
def test_clients_that_nothing_can_hold_are_warned_as_if_they_were_looked_at_one_by_one(nights, monkeypatch, seed):
    worked_before()
    some_clients(random.Random(seed))
    facts = ("client", "manager", "deputy", "head", "clock_date", "leaves_on", "level", "warned_on")
    ends, looked_at = [], []
    facts_of = warning.facts_of
    monkeypatch.setattr(warning, "facts_of", lambda rows, *args, **kwargs: facts_of(noted(rows), *args, **kwargs))

    def noted(rows: list[Client]) -> list[Client]:
        looked_at[-1].update(row.pk for row in rows)
        return rows

    for nothing_plain in (False, True):
        looked_at.append(set())
        with transaction.atomic(), monkeypatch.context() as patch:
            if nothing_plain:
                patch.setattr(warning, "plain", lambda *args, **kwargs: Client.objects.none())
            night = nights()
            ends.append(sorted(night.warnings.values_list(*facts), key=repr))
            transaction.set_rollback(True)
    assert ends[0] == ends[1]
    assert len(ends[0]) > 5
    assert len(looked_at[0]) < len(looked_at[1])


@pytest.mark.parametrize("state", ["done", "asked", "confirmed"])
def test_a_night_killed_at_any_step_and_started_again_ends_like_an_undisturbed_one(nights, admin, monkeypatch, state):
    if state == "done":
        worked_before()
    some_clients(random.Random(7))
    left, steps = 10**6, 0

    def dying(real):
        def step(*args, **kwargs):
            nonlocal left, steps
            if left == 0:
                raise Killed
            left, steps = left - 1, steps + 1
            return real(*args, **kwargs)

        return step

    for module, name in MOMENTS:
        monkeypatch.setattr(module, name, dying(getattr(module, name)))

    def whole() -> None:
        question = NightlyRun.objects.filter(date=TODAY, status="done").first()
        if question is None:
            question = nights(chunk=3)
        nights.at(TODAY, 2)
        if state == "confirmed":
            if question.decision == "asked":
                confirm(run_id=question.pk, by=admin)
            nights.at(TODAY, 3)
            # The job may be the one that beat starts after the worker was killed.
            finish_confirmed()

    def world() -> dict:
        rows = everything(without_times=True)
        rows["notices"] = sorted(map(repr, Notice.objects.values_list("recipient", "kind", "key", "data", "date")))
        del rows["clients.Notice"]
        return rows

    with transaction.atomic():
        whole()
        undisturbed, number = world(), steps
        transaction.set_rollback(True)
    assert number > 40
    assert undisturbed["exchange.Detachment"] or state == "asked"
    for survived in sorted({*range(0, number, 5), number - 3, number - 2, number - 1}):
        with transaction.atomic():
            left = survived
            with pytest.raises(Killed):
                whole()
            left = 10**6
            whole()
            end = world()
            transaction.set_rollback(True)
        for table, rows in undisturbed.items():
            assert end[table] == rows, (survived, table)


def test_who_is_told_of_a_question(nights):
    top = DepartmentFactory()
    head, director, staff = head_of(top), ManagerFactory(role=Role.DIRECTOR), ManagerFactory(is_staff=True)
    ManagerFactory(is_staff=True, is_active=False)
    seller = ManagerFactory(department=top)
    due(2, manager=seller)
    night = nights()
    asked = Notice.objects.filter(kind="exchange.asks")
    assert set(asked.values_list("recipient", flat=True)) == {head.pk, director.pk, staff.pk}
    assert {notice.data["count"] for notice in asked} == {2}
    assert {notice.url for notice in asked} == {reverse("night-detail", args=[night.pk])}
    assert Notice.objects.count() == 3


def test_of_the_nights_of_a_pause_only_the_last_asks_people(nights):
    nights(0)
    ManagerFactory(is_staff=True)
    due(1)
    NightlyRun.objects.update(kept=1)
    nights.at(on(5), 9)
    assert [night.decision for night in run_due_nights(on(5))][-1] == "asked"
    assert list(Notice.objects.values_list("kind", "key")) == [("exchange.asks", str(on(5)))]
    assert set(NightlyRun.objects.filter(date__gt=TODAY, date__lt=on(5)).values_list("decision", flat=True)) == {
        "superseded"
    }
