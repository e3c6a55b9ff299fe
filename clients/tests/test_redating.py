"""Re-dating jobs: in batches, killed and gone on with, in parallel with life, always ending at the naive dates."""

import datetime as dt
from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients import redating, services
from clients.models import Absence, Client, Holiday, Manager, OwnershipPeriod, Redating, RuleSetting, ZonePolicy
from clients.policy_changes import PolicyChange, apply_change, basis
from clients.redating import finish_redatings, redate_or_request, request_redating, resume_redating, run_redating
from clients.tests.crowd import PATIENCE, Crowd, Holder, blocked, wait_until
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from clients.tests.naive_zones import State, naive_state
from clients.zoning import redate_batch, set_zone_dates
from crm import clock
from crm.web.errors import Conflict
from exchange.models import ZoneTransition
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 16)
NOW = clock.at(TODAY)
DAY = dt.timedelta(days=1)
NEW = (2, 3, 4)


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOW, tick=False)


def state(client: Client) -> State:
    client.refresh_from_db()
    return State(
        client.last_contact_on, client.clock_date, client.yellow_on, client.red_on, client.detach_on, client.zone
    )


def new_policy(**segment: Any) -> ZonePolicy:
    policy, _ = ZonePolicy.objects.update_or_create(
        **{"department": None, "category": "", **segment},
        defaults=dict(zip(("yellow_months", "red_months", "detach_months"), NEW, strict=True)),
    )
    return policy


def ages(*days: int, manager: Any = None) -> list[Client]:
    manager = manager or ManagerFactory()
    return [held_client(manager, assigned_on=TODAY - DAY * number, today=TODAY) for number in days]


def assert_naive(clients: list[Client], months: tuple[int, int, int] = NEW) -> None:
    for client in clients:
        client.refresh_from_db()
        contacts = [client.last_contact_on] if client.last_contact_on else []
        assert state(client) == naive_state(contacts, client.assigned_on, TODAY, months)


# --- one job ----------------------------------------------------------------------------------------------------------
def test_a_job_does_its_segment_in_batches(monkeypatch):
    monkeypatch.setattr(redating, "BATCH", 2)
    department = DepartmentFactory()
    mine = ages(0, 40, 80, 100, 200, manager=ManagerFactory(department=DepartmentFactory(parent=department)))
    others = ages(40)
    exchange_client(), UnassignedClientFactory()
    policy = new_policy(department=department)
    job = request_redating(reason="policy", department=department, note="stricter")
    assert (job.total, job.done, job.percent, job.status) == (5, 0, 0, "waiting")
    job = run_redating(job.pk)
    assert (job.done, job.changed, job.percent, job.status) == (5, 5, 100, "done")
    assert job.finished_at == job.heard_at == NOW
    assert_naive(mine)
    assert_naive(others, (1, 5, 6))
    log = ZoneTransition.objects.filter(cause="policy")
    # 40 days: yellow before, green now; 80: yellow stays; 100 and 200: red now or still.
    assert [(row.client_id, row.from_zone, row.to_zone, row.policy) for row in log.order_by("pk")] == [
        (mine[1].pk, "yellow", "green", policy.label),
        (mine[3].pk, "yellow", "red", policy.label),
    ]


def test_a_done_job_is_not_done_again():
    mine = ages(40)
    job = run_redating(request_redating(reason="policy").pk)
    new_policy()
    assert run_redating(job.pk).done == 1
    assert_naive(mine, (1, 5, 6))


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_killed_half_way_and_run_again_it_ends_in_the_same_state(monkeypatch, batches):
    monkeypatch.setattr(redating, "BATCH", 2)
    mine = ages(0, 40, 80, 100, 200)
    new_policy()
    job = request_redating(reason="policy")
    done = 0

    def dies(ids: list[int], **kwargs: Any) -> int:
        nonlocal done
        if done == batches:
            redate_batch(ids, **kwargs)  # what it did in this batch must be rolled back with it
            raise RuntimeError("out of memory")
        done += 1
        return redate_batch(ids, **kwargs)

    monkeypatch.setattr(redating, "redate_batch", dies)
    with pytest.raises(RuntimeError):
        run_redating(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, job.is_stuck) == ("failed", 2 * batches, True)
    assert "out of memory" in job.error
    assert_naive(mine[: 2 * batches])
    assert_naive(mine[2 * batches :], (1, 5, 6))

    monkeypatch.setattr(redating, "redate_batch", redate_batch)
    job = run_redating(job.pk)
    assert (job.status, job.done, job.changed, job.error) == ("done", 5, 5, "")
    assert_naive(mine)
    transitions = list(ZoneTransition.objects.filter(cause="policy").values_list("client_id", flat=True))
    assert len(transitions) == len(set(transitions)), "nothing is written down twice"


def test_the_night_finishes_what_was_lost_and_goes_past_what_fails(monkeypatch):
    one, two = ages(40), ages(40)
    new_policy()
    waiting = request_redating(reason="policy", manager=one[0].manager)
    killed = request_redating(reason="policy", manager=two[0].manager)
    Redating.objects.filter(pk=killed.pk).update(status="running")
    fine = redating.redate_batch

    def dies_on_one(ids: list[int], **kwargs: Any) -> int:
        if one[0].pk in ids:
            raise RuntimeError("poison")
        return fine(ids, **kwargs)

    monkeypatch.setattr(redating, "redate_batch", dies_on_one)
    with pytest.raises(RuntimeError, match="poison"):
        finish_redatings()
    assert set(Redating.objects.values_list("pk", "status")) == {(waiting.pk, "failed"), (killed.pk, "done")}
    monkeypatch.setattr(redating, "redate_batch", fine)
    assert finish_redatings() == 1
    assert finish_redatings() == 0
    assert_naive([*one, *two])


def test_the_night_looks_again_at_who_came_while_the_job_ran():
    """Attached by the old policy in a transaction that the job could not see."""
    new_policy()
    run_redating(request_redating(reason="policy").pk)
    late = held_client(today=TODAY)
    old = naive_state([], TODAY, TODAY, (1, 5, 6))
    Client.objects.filter(pk=late.pk).update(yellow_on=old.yellow_on, red_on=old.red_on, detach_on=old.detach_on)
    finish_redatings()
    assert_naive([late])


# --- going on ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["failed", "waiting", "running"])
def test_a_job_goes_on(status, django_capture_on_commit_callbacks, monkeypatch):
    from clients import tasks

    started: list[int] = []
    monkeypatch.setattr(tasks.redate, "delay", started.append)
    job = Redating.objects.create(reason="policy", status=status, error="boom", created_at=NOW - dt.timedelta(hours=1))
    assert job.is_stuck
    with django_capture_on_commit_callbacks(execute=True):
        job = resume_redating(job_id=job.pk)
    assert (job.status, job.error, job.is_stuck, started) == ("waiting", "", False, [job.pk])


def test_a_done_job_does_not_go_on():
    job = Redating.objects.create(reason="policy", status="done", finished_at=NOW)
    with pytest.raises(Conflict):
        resume_redating(job_id=job.pk)
    assert not job.is_stuck


def test_a_job_heard_of_lately_is_not_stuck():
    job = Redating(reason="policy", status="running", created_at=NOW - dt.timedelta(hours=1), heard_at=NOW)
    assert not job.is_stuck
    job.heard_at = NOW - dt.timedelta(minutes=2)
    assert job.is_stuck


# --- few at once, many by a job ---------------------------------------------------------------------------------------
def test_few_clients_are_dated_at_once(monkeypatch):
    monkeypatch.setattr(redating, "BATCH", 3)
    manager = ManagerFactory()
    mine = ages(0, 40, 80, manager=manager)
    new_policy()
    assert redate_or_request(reason="structure", manager=manager) == 3
    assert not Redating.objects.exists()
    assert_naive(mine)


def test_many_clients_are_dated_by_a_job(monkeypatch):
    monkeypatch.setattr(redating, "BATCH", 2)
    manager, anna = ManagerFactory(), ManagerFactory()
    mine = ages(0, 40, 80, manager=manager)
    new_policy()
    job = redate_or_request(reason="structure", manager=manager, by=anna, note="moved")
    assert (job.total, job.manager, job.requested_by, job.reason, job.note) == (3, manager, anna, "structure", "moved")
    assert_naive(mine, (1, 5, 6))
    run_redating(job.pk)
    assert_naive(mine)


# --- who sees it ------------------------------------------------------------------------------------------------------
def test_who_sees_which_job():
    department, elsewhere = DepartmentFactory(), DepartmentFactory()
    part = DepartmentFactory(parent=department)
    head, seller = head_of(department), ManagerFactory(department=part)
    stranger = ManagerFactory(department=elsewhere)
    director = ManagerFactory(role="director")
    jobs = {
        "company": Redating.objects.create(reason="policy"),
        "category": Redating.objects.create(reason="policy", category="A"),
        "part": Redating.objects.create(reason="policy", department=part),
        "elsewhere": Redating.objects.create(reason="policy", department=elsewhere),
        "seller": Redating.objects.create(reason="absence", manager=seller),
        "stranger": Redating.objects.create(reason="absence", manager=stranger),
    }

    def seen(manager: Any) -> set[str]:
        visible = set(Redating.objects.visible_to(manager))
        return {name for name, job in jobs.items() if job in visible}

    assert seen(head) == {"company", "category", "part", "seller"}
    assert seen(director) == set(jobs)
    assert seen(seller) == set()


# --- against a naive computation --------------------------------------------------------------------------------------
thresholds = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 4)).map(
    lambda steps: (steps[0], steps[0] + steps[1], steps[0] + steps[1] + steps[2])
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clients=st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 500) | st.none(), st.sampled_from(["", "A", "B"])),
        min_size=1,
        max_size=6,
    ),
    of_company=thresholds,
    of_a=thresholds | st.none(),
    batch=st.integers(1, 4),
)
def test_any_policies_end_at_the_naive_dates(clients, of_company, of_a, batch):
    with transaction.atomic():
        manager = ManagerFactory()
        held = [
            held_client(
                manager,
                assigned_on=TODAY - DAY * since,
                last_contact_on=None if contact is None else TODAY - DAY * contact,
                today=TODAY,
                category=category,
            )
            for since, contact, category in clients
        ]
        names = ("yellow_months", "red_months", "detach_months")
        ZonePolicy.objects.filter(category="").update(**dict(zip(names, of_company, strict=True)))
        if of_a:
            ZonePolicy.objects.create(category="A", **dict(zip(names, of_a, strict=True)))
        original, redating.BATCH = redating.BATCH, batch
        try:
            run_redating(request_redating(reason="policy").pk)
        finally:
            redating.BATCH = original
        for client in held:
            assert_naive([client], of_a if of_a and client.category == "A" else of_company)
        transaction.set_rollback(True)


ages_of = st.integers(0, 500)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clients=st.lists(
        st.tuples(ages_of, ages_of | st.none(), st.sampled_from(["", "A", "B"]), st.integers(0, 3)),
        min_size=1,
        max_size=8,
    ),
    policies=st.dictionaries(
        st.tuples(st.sampled_from([None, "top", "part"]), st.sampled_from(["", "A"])), thresholds, max_size=4
    ),
    absences=st.lists(st.tuples(st.integers(0, 3), st.integers(-400, 200), st.integers(0, 90)), max_size=4),
    holidays=st.sets(st.integers(-60, 120), max_size=12),
    limit=st.integers(0, 70),
)
def test_many_at_once_get_the_dates_that_each_gets_alone(clients, policies, absences, holidays, limit):
    """Against ``set_zone_dates``: departments, categories, whose manager is away, holidays."""
    with transaction.atomic():
        top = DepartmentFactory()
        departments = {None: None, "top": top, "part": DepartmentFactory(parent=top)}
        managers = [ManagerFactory(department=departments[where]) for where in (None, "top", "part", "part")]
        held = [
            held_client(
                managers[whose],
                assigned_on=TODAY - DAY * since,
                last_contact_on=None if contact is None else TODAY - DAY * contact,
                today=TODAY,
                category=category,
            )
            for since, contact, category, whose in clients
        ]
        zones = {client.pk: client.zone for client in held}
        for (where, category), months in policies.items():
            names = ("yellow_months", "red_months", "detach_months")
            ZonePolicy.objects.update_or_create(
                department=departments[where],
                category=category,
                defaults=dict(zip(names, months, strict=True)),
            )
        for whose, first, days in absences:
            starts_on = TODAY + DAY * first
            Absence.objects.create(
                manager=managers[whose], starts_on=starts_on, ends_on=starts_on + DAY * days, status="approved"
            )
        Holiday.objects.bulk_create(Holiday(date=TODAY + DAY * number, name="Feast") for number in holidays)
        RuleSetting.objects.create(key="freeze.limit_days", value=limit)

        alone, labels = {}, {}
        for client in Client.objects.select_related("manager__department").in_bulk(zones).values():
            labels[client.pk] = set_zone_dates(client, today=TODAY)
            alone[client.pk] = (client.clock_date, *astuple(client.zone_dates), client.zone)
        redate_batch(list(zones), today=TODAY, cause="policy")
        stored = Client.objects.filter(pk__in=zones)
        fields = ("clock_date", "yellow_on", "red_on", "detach_on", "zone")
        assert {row[0]: row[1:] for row in stored.values_list("pk", *fields)} == alone
        turned = ZoneTransition.objects.filter(client__in=zones, cause="policy")
        assert set(turned.values_list("client", "from_zone", "to_zone", "policy")) == {
            (pk, before, alone[pk][-1], labels[pk]) for pk, before in zones.items() if before != alone[pk][-1]
        }
        transaction.set_rollback(True)


# --- in parallel with life --------------------------------------------------------------------------------------------
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestWithLife:
    def test_contacts_registered_meanwhile_are_not_lost(self, monkeypatch):
        monkeypatch.setattr(redating, "BATCH", 3)
        manager = ManagerFactory()
        mine = ages(*range(0, 240, 20), manager=manager)
        new_policy()
        jobs = [request_redating(reason="policy") for _ in range(2)]
        called = mine[::2]
        acts: list[Callable[[], Any]] = [lambda client=client: event(client, by=manager, now=NOW) for client in called]
        acts += [lambda job=job: run_redating(job.pk) for job in jobs]
        acts += [lambda: run_redating(jobs[0].pk)]
        with Crowd(len(acts)) as crowd:
            answers = crowd.all_at_once(acts)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        for job in jobs:
            job.refresh_from_db()
            assert (job.status, job.done) == ("done", 12)
        assert_naive(mine)
        assert [client.last_contact_on for client in called] == [TODAY] * len(called)

    def test_two_workers_on_one_job_share_it(self, monkeypatch):
        monkeypatch.setattr(redating, "BATCH", 1)
        mine = ages(*range(0, 240, 30))
        new_policy()
        job = request_redating(reason="policy")
        with Crowd(2) as crowd:
            answers = crowd.all_at_once([lambda: run_redating(job.pk)] * 2)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        job.refresh_from_db()
        assert (job.done, job.changed, job.status) == (8, 8, "done")
        assert_naive(mine)

    def test_a_job_waits_for_a_contact_that_began_under_the_old_policy(self):
        manager = ManagerFactory()
        (client,) = ages(40, manager=manager)
        with Crowd(2) as crowd:
            contact = Holder(crowd, lambda: event(client, by=manager, now=NOW))
            job = crowd.start(lambda: (new_policy(), run_redating(request_redating(reason="policy").pk))[1])
            wait_until(lambda: blocked() == 1, "the job waits for the contact")
            contact.commit()
            job.result(PATIENCE)
        assert state(client) == naive_state([TODAY], client.assigned_on, TODAY, NEW)

    def test_a_batch_that_waited_follows_the_policy_of_now(self):
        """It began under the old policy, waited for a client's lock, and the policy was changed meanwhile."""
        (client,) = ages(40)
        job = request_redating(reason="policy")
        with Crowd(2) as crowd:
            handing = Holder(
                crowd,
                lambda: services.reassign(
                    client_id=client.pk, manager=ManagerFactory(), by=client.manager, today=TODAY - DAY * 40
                ),
            )
            running = crowd.start(lambda: run_redating(job.pk))
            wait_until(lambda: blocked() == 1, "the batch waits for the hand-over")
            new_policy()
            handing.commit()
            running.result(PATIENCE)
        assert_naive([client])
        assert OwnershipPeriod.objects.filter(client=client).count() == 2

    def test_a_contact_that_waited_while_its_manager_changed_departments(self):
        strict, manager = DepartmentFactory(), ManagerFactory()
        new_policy(department=strict)
        (client,) = ages(40, manager=manager)

        def move() -> None:
            moved = Manager.objects.get(pk=manager.pk)
            moved.department = strict
            moved.save()
            redate_or_request(reason="structure", manager=moved)

        with Crowd(2) as crowd:
            moving = Holder(crowd, move)
            contact = crowd.start(lambda: event(client, by=manager, now=NOW))
            wait_until(lambda: blocked() == 1, "the contact waits for the new dates")
            moving.commit()
            contact.result(PATIENCE)
        assert state(client) == naive_state([TODAY], client.assigned_on, TODAY, NEW)

    def test_of_two_administrators_at_once_the_second_is_refused(self):
        admin, seen = ManagerFactory(is_staff=True), basis()
        one = PolicyChange(save=ZonePolicy(category="A", yellow_months=2))
        two = PolicyChange(save=ZonePolicy(category="B", yellow_months=3))
        with Crowd(2) as crowd:
            first = Holder(crowd, lambda: apply_change(one, by=admin, seen=seen))
            second = crowd.start(lambda: apply_change(two, by=admin, seen=seen))
            wait_until(lambda: blocked() == 1, "the second administrator waits for the first")
            first.commit()
            with pytest.raises(Conflict):
                second.result(PATIENCE)
        assert set(ZonePolicy.objects.values_list("category", flat=True)) == {"", "A"}
        assert Redating.objects.count() == 1
