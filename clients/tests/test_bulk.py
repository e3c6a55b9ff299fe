"""Bulk jobs: frozen ids, chunks that can be killed, an answer for every row, and taking it back."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from clients.bulk import jobs
from clients.bulk.clients import AddClientTags, AddCoManager, ChangeFacts, Reassign, RemoveClientTags
from clients.bulk.registry import BulkAction, actions_of
from clients.models import BulkJob, Client, CoManager, Manager, OwnershipPeriod, Region, Tag, ZonePolicy
from clients.services import reassign
from clients.tests.crowd import Crowd
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions.models import Event, EventStatus
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 16)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


def ask(action: BulkAction, rows: Iterable[Any], by: Manager) -> BulkJob:
    return jobs.ask(action=action, ids=[row.pk for row in rows], by=by)


def do(action: BulkAction, rows: Iterable[Any], by: Manager, **asked: Any) -> BulkJob:
    form = {name: [str(getattr(value, "pk", value))] for name, value in asked.items()}
    return jobs.start(job=ask(action, rows, by), asked=form)


def answers(job: BulkJob) -> list[str]:
    return [answer["is"] for answer in job.answers]


def tags_on(row: Any) -> list[str]:
    return sorted(row.tags.values_list("name", flat=True))


# --- freezing ---------------------------------------------------------------------------------------------------------
def test_marked_twice_is_once_and_nothing_is_refused():
    by = ManagerFactory()
    mine = held_client(by)
    job = jobs.ask(action=AddClientTags(), ids=[mine.pk, mine.pk], by=by)
    assert (job.ids, job.total, job.status, job.owner) == ([mine.pk], 1, "asked", by)
    with pytest.raises(DomainError):
        jobs.ask(action=AddClientTags(), ids=[], by=by)


@pytest.mark.parametrize(("number", "allowed"), [(jobs.MOST, True), (jobs.MOST + 1, False)])
def test_more_than_the_most_is_refused_with_words(number, allowed):
    ask_for = {"action": AddClientTags(), "ids": range(1, number + 1), "by": ManagerFactory()}
    if allowed:
        assert jobs.ask(**ask_for).total == number
    else:
        with pytest.raises(DomainError, match="At most 5000"):
            jobs.ask(**ask_for)


def test_forgotten_questions_are_cleared_away_and_others_stay(time_machine):
    by, other = ManagerFactory(), ManagerFactory()
    mine = held_client(by)
    done = do(AddClientTags(), [mine], by, names="a")
    forgotten, others = ask(AddClientTags(), [mine], by), ask(AddClientTags(), [mine], other)
    time_machine.move_to(clock.at(TODAY + 3 * DAY), tick=False)
    fresh = ask(AddClientTags(), [mine], by)
    assert set(BulkJob.objects.values_list("pk", flat=True)) == {done.pk, others.pk, fresh.pk}
    assert forgotten.pk not in BulkJob.objects.values_list("pk", flat=True)


# --- who may ----------------------------------------------------------------------------------------------------------
def test_rights_are_asked_when_it_runs_not_when_it_was_marked():
    by, heir = ManagerFactory(), ManagerFactory()
    stays, goes = held_client(by), held_client(by)
    job = ask(AddClientTags(), [stays, goes], by)
    reassign(client_id=goes.pk, manager=heir, by=heir)
    jobs.start(job=job, asked={"names": ["vip"]})
    assert answers(job) == ["done", "no"]
    assert job.answers[1]["words"] == "You may not change it."
    assert (tags_on(stays), tags_on(goes)) == (["vip"], [])
    assert (job.done, job.changed, job.status) == (2, 1, "done")


def test_foreign_deputised_co_managed_and_the_exchange():
    by = ManagerFactory()
    mine, helped, foreign, gone = held_client(by), held_client(), held_client(), exchange_client()
    CoManager.objects.create(client=helped, manager=by)
    job = do(AddClientTags(), [mine, helped, foreign, gone], by, names="vip")
    assert answers(job) == ["done", "done", "no", "no"]


def test_who_was_switched_off_does_nothing_more():
    by = ManagerFactory()
    mine = held_client(by)
    job = ask(AddClientTags(), [mine], by)
    Manager.objects.filter(pk=by.pk).update(is_active=False)
    jobs.start(job=job, asked={"names": ["vip"]})
    assert (answers(job), tags_on(mine)) == (["no"], [])


def test_what_each_role_is_offered():
    def offered(person: Manager) -> set[str]:
        return {action.key for action in actions_of("client-list", person)}

    seller, head = ManagerFactory(), head_of(DepartmentFactory())
    common = {"client-plan", "client-tag", "client-untag", "client-co-manager", "client-facts"}
    assert offered(seller) == common
    assert offered(ManagerFactory(may_export=True)) == common | {"client-export"}
    assert offered(head) == common | {"client-reassign", "client-export"}


# --- doing ------------------------------------------------------------------------------------------------------------
def test_begun_once_only():
    by = ManagerFactory()
    job = ask(AddClientTags(), [held_client(by)], by)
    jobs.start(job=job, asked={"names": ["vip"]})
    with pytest.raises(Conflict):
        jobs.start(job=job, asked={"names": ["other"]})
    assert [tag.name for tag in Tag.objects.all()] == ["vip"]


def test_a_killed_job_goes_on_after_the_last_finished_chunk(monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 2)
    by = ManagerFactory()
    rows = [held_client(by) for _ in range(5)]
    job = ask(AddClientTags(), rows, by)
    seen: list[int] = []
    real = AddClientTags.apply

    def dies_at_the_fourth(self: Any, row: Any, *args: Any) -> Any:
        seen.append(row.pk)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return real(self, row, *args)

    monkeypatch.setattr(AddClientTags, "apply", dies_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        jobs.start(job=job, asked={"names": ["vip"]})
    job.refresh_from_db()
    # The third row was done in the chunk that died: it is as it was, and nobody was told of it.
    assert (job.status, job.done, job.changed, len(job.answers)) == ("running", 2, 2, 2)
    assert [tags_on(row) for row in rows] == [["vip"], ["vip"], [], [], []]
    monkeypatch.setattr(AddClientTags, "apply", real)
    jobs.carry_on(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, job.changed, answers(job)) == ("done", 5, 5, ["done"] * 5)
    assert all(tags_on(row) == ["vip"] for row in rows)


def test_one_odd_row_stops_nothing(monkeypatch, caplog):
    by = ManagerFactory()
    rows = [held_client(by) for _ in range(3)]
    real = AddClientTags.apply

    def stumbles(self: Any, row: Any, *args: Any) -> Any:
        changed = real(self, row, *args)
        if row.pk == rows[1].pk:
            raise ZeroDivisionError
        return changed

    monkeypatch.setattr(AddClientTags, "apply", stumbles)
    job = do(AddClientTags(), rows, by, names="vip")
    assert answers(job) == ["done", "no", "done"]
    assert [tags_on(row) for row in rows] == [["vip"], [], ["vip"]]
    assert "could not be changed" in caplog.text


def test_more_than_a_hundred_go_to_the_background(monkeypatch, django_capture_on_commit_callbacks):
    by, sent = ManagerFactory(), []
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    monkeypatch.setattr("clients.tasks.carry_on_bulk.delay", sent.append)
    rows = [held_client(by) for _ in range(2)]
    with django_capture_on_commit_callbacks(execute=True):
        job = do(AddClientTags(), rows, by, names="vip")
    assert (sent, job.status, job.done) == ([job.pk], "running", 0)
    jobs.carry_on(job.pk)
    job.refresh_from_db()
    assert (job.status, job.changed) == ("done", 2)


def test_a_job_that_lost_its_worker_is_found_again(time_machine):
    by = ManagerFactory()
    mine = held_client(by)
    job = ask(AddClientTags(), [mine], by)
    BulkJob.objects.filter(pk=job.pk).update(status="running", data={"form": {"names": ["vip"]}}, heard_at=clock.now())
    assert jobs.carry_on_all() == 0
    time_machine.move_to(clock.at(TODAY, 12, 3), tick=False)
    assert jobs.carry_on_all() == 1
    assert tags_on(mine) == ["vip"]
    assert jobs.carry_on_all() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_it_once():
    """Ten workers on one job, and ten windows that begin it: every row is done once, and counted once."""
    by = head_of(DepartmentFactory())
    receiver = ManagerFactory(department=by.department)
    rows = [held_client(by) for _ in range(4)]
    job = ask(Reassign(), rows, by)
    with Crowd(10) as crowd:
        found = crowd.all_at_once(
            [lambda: jobs.start(job=BulkJob.objects.get(pk=job.pk), asked={"manager": [str(receiver.pk)]})] * 5
            + [lambda: jobs.carry_on(job.pk)] * 5
        )
    jobs.carry_on(job.pk)
    assert sum(isinstance(each, Conflict) for each in found) == 4
    job.refresh_from_db()
    assert (job.status, job.done, job.changed, answers(job)) == ("done", 4, 4, ["done"] * 4)
    assert OwnershipPeriod.objects.filter(manager=receiver).count() == 4


# --- taking it back ---------------------------------------------------------------------------------------------------
def test_tags_that_stood_before_stay_when_it_is_taken_back():
    by = ManagerFactory()
    plain, tagged = held_client(by), held_client(by)
    do(AddClientTags(), [tagged], by, names="vip")
    job = do(AddClientTags(), [plain, tagged], by, names="VIP, new")
    assert (tags_on(plain), tags_on(tagged)) == (["new", "vip"], ["new", "vip"])
    jobs.undo(job=job)
    assert (tags_on(plain), tags_on(tagged)) == ([], ["vip"])
    assert (job.status, jobs.put_back(job)) == ("undone", 2)


def test_tags_taken_off_come_back():
    by = ManagerFactory()
    mine, bare = held_client(by), held_client(by)
    do(AddClientTags(), [mine], by, names="old, vip")
    job = do(RemoveClientTags(), [mine, bare], by, names="old")
    assert (answers(job), tags_on(mine)) == (["done", "same"], ["vip"])
    jobs.undo(job=job)
    assert tags_on(mine) == ["old", "vip"]


def test_facts_are_put_back_where_nobody_changed_them_since():
    by = ManagerFactory()
    north, south, east = (Region.objects.create(name=name) for name in ("N", "S", "E"))
    first, second = held_client(by, region=north), held_client(by, region=north)
    job = do(ChangeFacts(), [first, second], by, region=south)
    Client.objects.filter(pk=second.pk).update(region=east)
    jobs.undo(job=job)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.region, second.region) == (north, east)
    assert [answer["back"] for answer in job.answers] == ["", "It was changed since."]
    assert (job.status, jobs.put_back(job)) == ("undone", 1)


def test_another_category_means_other_dates_and_undo_the_old_ones():
    ZonePolicy.objects.create(category="A", yellow_months=1, red_months=2, detach_months=2)
    by = ManagerFactory()
    mine = held_client(by)
    before = mine.zone_dates
    job = do(ChangeFacts(), [mine], by, category="A")
    mine.refresh_from_db()
    assert mine.zone_dates != before
    jobs.undo(job=job)
    mine.refresh_from_db()
    assert (mine.zone_dates, mine.category) == (before, "")


def test_a_co_manager_is_added_where_one_may_and_taken_back():
    by, helper = ManagerFactory(), ManagerFactory()
    mine, helped, foreign = held_client(by), held_client(by), held_client()
    CoManager.objects.create(client=helped, manager=helper)
    CoManager.objects.create(client=foreign, manager=by)  # who helps does not choose who else does
    job = do(AddCoManager(), [mine, helped, foreign], by, manager=helper)
    assert answers(job) == ["done", "same", "no"]
    jobs.undo(job=job)
    assert list(CoManager.objects.filter(manager=helper).values_list("client", flat=True)) == [helped.pk]


@pytest.mark.parametrize(("days", "allowed"), [(7, True), (8, False)])
def test_the_days_of_undo(time_machine, days, allowed):
    by = ManagerFactory()
    mine = held_client(by)
    job = do(AddClientTags(), [mine], by, names="vip")
    time_machine.move_to(clock.at(TODAY + days * DAY), tick=False)
    if allowed:
        jobs.undo(job=job)
    else:
        with pytest.raises(DomainError):
            jobs.undo(job=job)
    assert tags_on(mine) == ([] if allowed else ["vip"])


def test_taken_back_once_only_and_not_before_it_is_done():
    by = ManagerFactory()
    asked = ask(AddClientTags(), [held_client(by)], by)
    done = do(AddClientTags(), [held_client(by)], by, names="vip")
    jobs.undo(job=done)
    for job in (asked, done):
        with pytest.raises(Conflict):
            jobs.undo(job=job)


def test_a_killed_undo_goes_on(monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 2)
    by = ManagerFactory()
    rows = [held_client(by) for _ in range(5)]
    job = do(AddClientTags(), rows, by, names="vip")
    calls: list[int] = []
    real = AddClientTags.undo

    def dies(self: Any, row: Any, *args: Any) -> None:
        calls.append(row.pk)
        if len(calls) == 4:
            raise KeyboardInterrupt
        real(self, row, *args)

    monkeypatch.setattr(AddClientTags, "undo", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.undo(job=job)
    job.refresh_from_db()
    assert (job.status, jobs.put_back(job), jobs.is_under_way(job)) == ("done", 2, True)
    monkeypatch.setattr(AddClientTags, "undo", real)
    jobs.carry_on(job.pk)
    job.refresh_from_db()
    assert (job.status, jobs.put_back(job)) == ("undone", 5)
    assert not any(tags_on(row) for row in rows)


# --- handing over -----------------------------------------------------------------------------------------------------
def everything_of(client: Client) -> dict[str, Any]:
    client.refresh_from_db()
    fields = ("manager_id", "assigned_on", "last_manager_id", "clock_date", "yellow_on", "red_on", "detach_on", "zone")
    columns = ("manager", "since", "until", "gained", "lost")
    return {
        **{name: getattr(client, name) for name in fields},
        "history": list(client.ownership.order_by("pk").values_list(*columns)),
        "helpers": sorted(client.co_managements.values_list("manager", flat=True)),
        "plans": sorted(Event.objects.filter(client=client).values_list("pk", "status", "responsible")),
        "sales": sorted(client.processes.values_list("pk", "responsible")),
    }


def test_handed_over_and_taken_back_everything_is_as_it_was():
    head = head_of(DepartmentFactory())
    giver, receiver = (ManagerFactory(department=head.department) for _ in range(2))
    mine = held_client(giver, assigned_on=TODAY - 50 * DAY, last_contact_on=TODAY - 40 * DAY)
    CoManager.objects.create(client=mine, manager=receiver)
    event(mine, status=EventStatus.PLANNED, occurred_at=clock.now() + DAY)
    process(mine)
    before = everything_of(mine)
    job = do(Reassign(), [mine], head, manager=receiver)
    assert answers(job) == ["done"]
    after = everything_of(mine)
    assert (after["manager_id"], after["assigned_on"], after["helpers"]) == (receiver.pk, TODAY, [])
    assert {responsible for _pk, status, responsible in after["plans"] if status == "planned"} == {receiver.pk}
    assert [responsible for _pk, responsible in after["sales"]] == [receiver.pk]
    jobs.undo(job=job)
    assert everything_of(mine) == before


def test_only_what_has_stayed_with_the_receiver_comes_back():
    head = head_of(DepartmentFactory())
    giver, receiver, third = (ManagerFactory(department=head.department) for _ in range(3))
    stays, went_on, came_back = (held_client(giver) for _ in range(3))
    job = do(Reassign(), [stays, went_on, came_back], head, manager=receiver)
    reassign(client_id=went_on.pk, manager=third, by=head)
    reassign(client_id=came_back.pk, manager=third, by=head)
    reassign(client_id=came_back.pk, manager=receiver, by=head)
    jobs.undo(job=job)
    holders = [Client.objects.get(pk=each.pk).manager for each in (stays, went_on, came_back)]
    assert holders == [giver, third, receiver]
    assert [bool(answer["back"]) for answer in job.answers] == [False, True, True]


def test_a_head_hands_over_within_his_departments_only():
    head, elsewhere = head_of(DepartmentFactory()), ManagerFactory()
    giver = ManagerFactory(department=head.department)
    mine, foreign, nobodys = held_client(giver), held_client(elsewhere), exchange_client()
    CoManager.objects.create(client=foreign, manager=head)  # may be edited, not handed on
    job = do(Reassign(), [mine, foreign, nobodys], head, manager=ManagerFactory(department=head.department))
    assert answers(job) == ["done", "no", "no"]
    refused = do(Reassign(), [mine], head, manager=elsewhere)
    assert (answers(refused), refused.changed) == (["no"], 0)


def test_the_rules_of_handing_on_hold_for_many_too():
    """exchange.gifts: a head does not take for himself what he assigned from the exchange."""
    from exchange.services import assign_from_exchange

    head = head_of(DepartmentFactory())
    friend = ManagerFactory(department=head.department)
    plain, assigned = held_client(friend), exchange_client()
    assign_from_exchange(client_id=assigned.pk, manager=friend, by=head)
    job = do(Reassign(), [plain, assigned], head, manager=head)
    assert answers(job) == ["done", "no"]
    assert "claim it" in job.answers[1]["words"]


def test_a_former_manager_who_left_gets_nothing_back():
    head = head_of(DepartmentFactory())
    giver, receiver = (ManagerFactory(department=head.department) for _ in range(2))
    mine = held_client(giver)
    job = do(Reassign(), [mine], head, manager=receiver)
    Manager.objects.filter(pk=giver.pk).update(is_active=False)
    jobs.undo(job=job)
    assert Client.objects.get(pk=mine.pk).manager == receiver
    assert "does not work here" in job.answers[0]["back"]
