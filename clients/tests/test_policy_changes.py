"""A changed policy is previewed as what really happens, and applied only as it was previewed."""

import datetime as dt
import random
from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Absence, Client, Redating, ZonePolicy
from clients.policy_changes import LISTED, PolicyChange, affected_by, apply_change, basis, preview, words_of
from clients.redating import run_redating
from clients.rules.zones import Zone
from clients.tests.factories import DepartmentFactory, ManagerFactory, UnassignedClientFactory, held_client
from clients.tests.naive_zones import add_months, naive_dates, naive_zone
from crm import clock
from crm.web.errors import Conflict
from exchange.models import ZoneTransition

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 16)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)


@pytest.fixture
def company():
    return ZonePolicy.objects.get(department=None, category="")


@pytest.fixture
def admin():
    return ManagerFactory(is_staff=True)


def client_since(months, *, manager=None, **kwargs):
    """A held client whose clock has run for so many months."""
    return held_client(manager, assigned_on=add_months(TODAY, -months), today=TODAY, **kwargs)


def changed(policy, **values):
    for name, value in values.items():
        setattr(policy, name, value)
    return PolicyChange(save=policy)


def counts(seen):
    return {key: group.count for key, group in seen.groups.items() if group.count}


def apply(change, admin):
    job = apply_change(change, by=admin, seen=basis())
    return run_redating(job.pk)


# --- the preview ------------------------------------------------------------------------------------------------------
def test_stricter_thresholds(company):
    green, yellow, red = (client_since(months, name=f"since {months}") for months in (0, 2, 5))
    seen = preview(changed(company, yellow_months=1, red_months=2, detach_months=3), today=TODAY)
    assert (seen.looked_at, seen.changed) == (3, 3)
    assert counts(seen) == {"leave": 1, "red": 1, "earlier": 3}
    (row,) = seen.groups["red"].first
    assert (row.client_id, row.name, row.manager) == (yellow.pk, "since 2", str(yellow.manager))
    assert (row.from_zone, row.to_zone) == (Zone.YELLOW, Zone.RED)
    assert row.before.detach_on == yellow.detach_on
    assert row.after.detach_on == add_months(yellow.clock_date, 3) + DAY
    assert [row.client_id for row in seen.groups["leave"].first] == [red.pk]
    assert {row.client_id for row in seen.groups["earlier"].first} == {green.pk, yellow.pk, red.pk}
    company.refresh_from_db()
    assert (company.red_months, company.version) == (5, 1), "nothing is saved by looking"


def test_milder_thresholds(company):
    client_since(2), client_since(5), client_since(7), client_since(9)
    seen = preview(changed(company, yellow_months=3, red_months=8, detach_months=9), today=TODAY)
    # The one of nine months stays one day longer: more than nine months are nine months and a day.
    assert counts(seen) == {"green": 1, "yellow": 2, "stay": 2, "later": 4}


def test_dates_that_move_both_ways_are_counted_on_both_sides(company):
    client_since(0)
    seen = preview(changed(company, yellow_months=2, red_months=3), today=TODAY)
    assert counts(seen) == {"earlier": 1, "later": 1}


def test_nothing_moves_where_a_nearer_policy_rules(company):
    department = DepartmentFactory()
    ZonePolicy.objects.create(department=department)
    client_since(2, manager=ManagerFactory(department=department))
    seen = preview(changed(company, yellow_months=3), today=TODAY)
    assert (seen.looked_at, seen.changed, counts(seen)) == (1, 0, {})


def test_a_deleted_policy_gives_way_to_the_next(company, admin):
    department = DepartmentFactory()
    policy = ZonePolicy.objects.create(department=department, yellow_months=3)
    client = client_since(2, manager=ManagerFactory(department=DepartmentFactory(parent=department)))
    client_since(2)
    assert client.zone == "green"
    seen = preview(PolicyChange(delete=(policy.pk,)), today=TODAY)
    assert (seen.looked_at, counts(seen)) == (1, {"yellow": 1, "earlier": 1})


def test_clients_without_a_manager_are_not_looked_at(company):
    UnassignedClientFactory()
    assert preview(changed(company, yellow_months=3), today=TODAY).looked_at == 0


def test_frozen_days_are_counted(company):
    client = client_since(2)
    Absence.objects.create(
        manager=client.manager, kind="vacation", starts_on=TODAY - 40 * DAY, ends_on=TODAY - 30 * DAY, status="approved"
    )
    seen = preview(changed(company, detach_months=7), today=TODAY)
    (row,) = seen.groups["later"].first
    assert row.after.detach_on == naive_dates(client.clock_date, (1, 5, 7))[2] + 11 * DAY


def test_the_list_is_cut_and_the_count_is_not(company, monkeypatch):
    monkeypatch.setattr("clients.policy_changes.LISTED", 2)
    manager = ManagerFactory()
    for _ in range(5):
        client_since(2, manager=manager)
    group = preview(changed(company, yellow_months=3), today=TODAY).groups["green"]
    assert (group.count, len(group.first), group.more) == (5, 2, 3)
    assert LISTED == 100


def test_as_many_queries_for_many_clients_as_for_one(company):
    change = changed(company, yellow_months=3)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            preview(change, today=TODAY)
        return len(captured)

    client_since(2)
    before = queries()
    for months in range(8):
        client_since(months, manager=ManagerFactory(department=DepartmentFactory()), category="A")
    assert queries() == before <= 12


# --- what is previewed is what happens --------------------------------------------------------------------------------
def crowd(draw):
    """Clients of every age in a tree of departments, with absences, under several policies."""
    top = DepartmentFactory()
    part, other = DepartmentFactory(parent=top), DepartmentFactory()
    ZonePolicy.objects.create(department=part, yellow_months=2, red_months=3, detach_months=4)
    ZonePolicy.objects.create(category="A", yellow_months=1, red_months=2, detach_months=3)
    for department in (top, part, other, None):
        manager = ManagerFactory(department=department)
        for _ in range(6):
            start = TODAY - DAY * draw.randrange(0, 300)
            contact = draw.choice([None, start - 50 * DAY, min(TODAY, start + 20 * DAY)])
            held_client(
                manager, assigned_on=start, last_contact_on=contact, today=TODAY, category=draw.choice(["", "A", "B"])
            )
        if department is not None:
            first = TODAY - DAY * draw.randrange(0, 100)
            Absence.objects.create(
                manager=manager, kind="vacation", starts_on=first, ends_on=first + 9 * DAY, status="approved"
            )
            job = Redating.objects.create(reason="absence", manager=manager)
            run_redating(job.pk)
    return top, part


def colours():
    return {pk: Client.objects.get(pk=pk).zone_on(TODAY) for pk in Client.objects.held().values_list("pk", flat=True)}


def stored():
    return {client.pk: (client.yellow_on, client.red_on, client.detach_on) for client in Client.objects.held()}


CHANGES = {
    "company stricter": lambda top, part: changed(
        ZonePolicy.objects.get(department=None, category=""), yellow_months=1, red_months=2, detach_months=3
    ),
    "company milder": lambda top, part: changed(
        ZonePolicy.objects.get(department=None, category=""), yellow_months=3, red_months=7, detach_months=9
    ),
    "new for a department": lambda top, part: PolicyChange(
        save=ZonePolicy(department=top, yellow_months=1, red_months=3, detach_months=3)
    ),
    "new for both": lambda top, part: PolicyChange(
        save=ZonePolicy(department=top, category="B", yellow_months=4, red_months=5, detach_months=6)
    ),
    "moved to another department": lambda top, part: changed(ZonePolicy.objects.get(department=part), department=top),
    "moved to another category": lambda top, part: changed(ZonePolicy.objects.get(category="A"), category="B"),
    "one deleted": lambda top, part: PolicyChange(delete=(ZonePolicy.objects.get(department=part).pk,)),
    "all deleted": lambda top, part: PolicyChange(delete=tuple(ZonePolicy.objects.values_list("pk", flat=True))),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_previewed_is_what_happens(admin, what):
    top, part = crowd(random.Random(what))
    change = CHANGES[what](top, part)
    seen = preview(change, today=TODAY)
    expected = {row.client_id: row for row in affected_by(change, today=TODAY)}
    before_colours, before_dates = colours(), stored()
    job = apply(change, admin)
    after_colours, after_dates = colours(), stored()

    moved = {pk for pk in before_dates if before_dates[pk] != after_dates[pk]}
    assert moved, "the example must move something"
    assert set(expected) == moved
    assert (job.total, job.done, job.changed) == (seen.looked_at, seen.looked_at, len(moved))
    assert seen.changed == len(moved)
    for pk, row in expected.items():
        assert (row.after.yellow_on, row.after.red_on, row.after.detach_on) == after_dates[pk]
        assert (row.from_zone, row.to_zone) == (before_colours[pk], after_colours[pk])
    turns = [(before_colours[pk], after_colours[pk]) for pk in before_colours]
    turned = Counter(new for old, new in turns if old is not new and (old, new) != (Zone.DUE, Zone.RED))
    assert {
        zone: seen.count(key)
        for key, zone in (("leave", Zone.DUE), ("red", Zone.RED), ("yellow", Zone.YELLOW), ("green", Zone.GREEN))
        if seen.count(key)
    } == turned
    assert seen.count("stay") == sum(
        before_colours[pk] is Zone.DUE and after_colours[pk] is not Zone.DUE for pk in before_colours
    )
    assert seen.count("earlier") == sum(
        any(new < old for old, new in zip(before_dates[pk], after_dates[pk], strict=True)) for pk in before_dates
    )
    assert seen.count("later") == sum(
        any(new > old for old, new in zip(before_dates[pk], after_dates[pk], strict=True)) for pk in before_dates
    )
    again = preview(PolicyChange(delete=()), today=TODAY)
    assert again.changed == 0, "after the job nothing is left to be moved"


# --- applying ---------------------------------------------------------------------------------------------------------
def test_applying_saves_a_version_and_asks_for_the_job(company, admin):
    client = client_since(2, category="A")
    change = PolicyChange(save=ZonePolicy(category="A", yellow_months=3))
    job = apply_change(change, by=admin, seen=basis())
    policy = ZonePolicy.objects.get(category="A")
    assert policy.version == 1
    assert policy.history.get().history_user == admin
    assert (job.reason, job.department, job.category, job.requested_by) == ("policy", None, "A", admin)
    assert (job.status, job.total, job.note) == ("waiting", 1, "New: Company, category A: 3 / 5 / 6")
    run_redating(job.pk)
    client.refresh_from_db()
    assert client.zone == "green"


def test_a_change_raises_the_version(company, admin):
    job = apply_change(changed(company, yellow_months=2), by=admin, seen=basis())
    company.refresh_from_db()
    assert company.version == 2
    assert job.note == "Company: 1 / 5 / 6 → 2 / 5 / 6"
    assert (job.department, job.category) == (None, "")


def test_deleting_keeps_the_history(company, admin):
    number = company.pk
    job = apply_change(PolicyChange(delete=(number,)), by=admin, seen=basis())
    assert not ZonePolicy.objects.exists()
    rows = ZonePolicy.history.filter(id=number).order_by("history_id")
    assert [(row.history_type, row.history_user) for row in rows] == [("+", None), ("-", admin)]
    assert job.note == "Deletion of Company: 1 / 5 / 6"


def test_transitions_name_the_cause_and_the_policy(company, admin):
    client = client_since(2)
    apply(changed(company, yellow_months=3), admin)
    transition = ZoneTransition.objects.filter(client=client).latest("pk")
    assert (transition.from_zone, transition.to_zone, transition.cause) == ("yellow", "green", "policy")
    assert transition.policy == f"{company.pk} v2"


def test_a_stale_preview_is_refused_and_nothing_is_saved(company, admin):
    seen = basis()
    other = ZonePolicy.objects.create(category="A", yellow_months=3)
    with pytest.raises(Conflict, match="changed the zone policies"):
        apply_change(changed(company, yellow_months=2), by=admin, seen=seen)
    with pytest.raises(Conflict):
        apply_change(PolicyChange(delete=(other.pk,)), by=admin, seen=seen)
    assert not Redating.objects.exists()
    assert set(ZonePolicy.objects.values_list("category", "version")) == {("", 1), ("A", 1)}


@pytest.mark.parametrize("act", ["create", "change", "delete", "change and back"])
def test_every_change_makes_a_preview_stale(company, act):
    before = basis()
    if act == "create":
        ZonePolicy.objects.create(category="A")
    elif act == "delete":
        company.delete()
    else:
        changed(company, yellow_months=2).save.save()
        if act == "change and back":
            changed(company, yellow_months=1).save.save()
    assert basis() != before


def test_life_does_not_make_a_preview_stale(company):
    before = basis()
    client_since(2)
    company.save()
    assert basis() == before


def test_two_policies_of_one_segment_are_refused(admin):
    with pytest.raises(ValidationError):
        apply_change(PolicyChange(save=ZonePolicy()), by=admin, seen=basis())
    assert not Redating.objects.exists()


def test_the_job_is_only_about_the_segment(company, admin):
    department = DepartmentFactory()
    of_department = ZonePolicy.objects.create(department=department)
    job = apply_change(changed(of_department, yellow_months=2), by=admin, seen=basis())
    assert (job.department, job.category) == (department, "")
    # Moved from a department's A to its B: all of that department.
    of_a = ZonePolicy.objects.create(department=department, category="A")
    job = apply_change(changed(of_a, category="B"), by=admin, seen=basis())
    assert (job.department, job.category) == (department, "")
    # From one department to another: everybody.
    job = apply_change(changed(of_department, department=DepartmentFactory()), by=admin, seen=basis())
    assert (job.department, job.category) == (None, "")


def test_a_moved_policy_in_words(company):
    assert words_of(changed(company, category="A")) == "Company: 1 / 5 / 6 → Company, category A: 1 / 5 / 6"


def test_the_naive_zone_agrees(company, admin):
    """The preview against a computation that shares no code with it."""
    clients = [client_since(months) for months in range(9)]
    seen = {row.client_id: row for row in affected_by(changed(company, yellow_months=2, red_months=3), today=TODAY)}
    for client in clients:
        row = seen[client.pk]
        assert (row.after.yellow_on, row.after.red_on, row.after.detach_on) == naive_dates(client.clock_date, (2, 3, 6))
        assert row.to_zone.value == naive_zone(client.clock_date, TODAY, (2, 3, 6))
