"""Versions of zone policies: every change is one, and each can be said in words and found on a past day."""

import datetime as dt

import pytest

from clients.models import Client, ZonePolicy
from clients.policies import (
    describe,
    describe_all,
    label_expression,
    policy_book,
    policy_book_at,
    policy_in_force,
    policy_of,
)
from clients.rules.policies import DEFAULT_POLICY
from clients.rules.zones import Thresholds
from clients.tests.factories import DepartmentFactory, ManagerFactory, held_client
from crm import clock

pytestmark = pytest.mark.django_db

DAY_1, DAY_2, DAY_3, DAY_4 = (dt.date(2026, 3, day) for day in (10, 12, 14, 16))


@pytest.fixture
def company():
    return ZonePolicy.objects.get(department=None, category="")


def change(policy, **values):
    for name, value in values.items():
        setattr(policy, name, value)
    policy.save()
    return policy


@pytest.mark.parametrize(
    "values",
    [{"yellow_months": 2}, {"red_months": 4}, {"detach_months": 7}, {"category": "A"}],
    ids=lambda values: next(iter(values)),
)
def test_a_changed_policy_is_a_new_version(company, values):
    change(company, **values)
    assert company.version == 2
    company.refresh_from_db()
    assert company.version == 2


def test_another_department_is_a_new_version(company):
    assert change(company, department=DepartmentFactory()).version == 2


def test_saving_without_a_change_is_no_new_version(company):
    company.save()
    company.save(update_fields=["yellow_months"])
    company.refresh_from_db()
    assert company.version == 1


def test_the_version_cannot_be_set_by_hand(company):
    assert change(company, version=40).version == 1
    assert change(company, version=40, red_months=4).version == 2


def test_a_stale_instance_counts_on_from_what_is_stored(company):
    stale = ZonePolicy.objects.get(pk=company.pk)
    change(company, red_months=4)
    assert change(stale, red_months=3).version == 3


def test_a_change_of_some_fields_stores_its_version(company):
    company.red_months = 4
    company.save(update_fields=["red_months"])
    company.refresh_from_db()
    assert company.version == 2


# --- words ------------------------------------------------------------------------------------------------------------
def test_what_came_with_the_program_has_ruled_since_ever(company):
    words = f"{company.pk} v1"
    assert describe(words) == "Company: 1 / 5 / 6 months, version 1"


def test_each_version_is_described_as_it_was(company, time_machine):
    time_machine.move_to(clock.at(DAY_2))
    change(company, yellow_months=2)
    time_machine.move_to(clock.at(DAY_3))
    change(company, red_months=4)
    company.save()
    time_machine.move_to(clock.at(DAY_4))
    assert describe_all([f"{company.pk} v{number}" for number in (1, 2, 3)]) == {
        f"{company.pk} v1": "Company: 1 / 5 / 6 months, version 1",
        f"{company.pk} v2": "Company: 2 / 5 / 6 months, version 2, since 12 March 2026",
        f"{company.pk} v3": "Company: 2 / 4 / 6 months, version 3, since 14 March 2026",
    }


def test_the_day_is_the_companys(company, time_machine):
    time_machine.move_to(dt.datetime(2026, 3, 14, 22, 30, tzinfo=dt.UTC))
    assert describe(change(company, red_months=4).label).endswith("since 15 March 2026")


def test_segments_in_words(time_machine):
    time_machine.move_to(clock.at(DAY_1))
    department = DepartmentFactory(name="Regional sales")
    of_department = ZonePolicy.objects.create(department=department)
    of_a = ZonePolicy.objects.create(category="A")
    of_both = ZonePolicy.objects.create(department=department, category="A")
    assert describe(of_department.label).startswith("Regional sales: ")
    assert describe(of_a.label).startswith("Company, category A: ")
    assert describe(of_both.label).startswith("Regional sales, category A: ")


def test_a_deleted_policy_and_a_deleted_department_are_still_described(company):
    department = DepartmentFactory()
    policy = ZonePolicy.objects.create(department=department, yellow_months=2)
    labels = [company.label, policy.label]
    company.delete()
    department.delete()
    assert not ZonePolicy.objects.exists()
    first, second = describe_all(labels).values()
    assert first == "Company: 1 / 5 / 6 months, version 1"
    assert second.startswith("a deleted department: 2 / 5 / 6 months, version 1, since ")


def test_what_nobody_knows_is_given_back():
    assert describe("987 v3") == "987 v3"
    assert describe("") == ""
    assert describe(DEFAULT_POLICY.label) == "The program's own thresholds: 1 / 5 / 6 months"


def test_many_labels_cost_as_much_as_one(company, django_assert_num_queries):
    labels = [ZonePolicy.objects.create(category=category).label for category in "ABC"]
    with django_assert_num_queries(3):
        assert len(describe_all([*labels, company.label])) == 4


# --- the past ---------------------------------------------------------------------------------------------------------
def test_the_policy_of_a_past_moment(company, time_machine):
    department = DepartmentFactory()
    chain = (department.pk,)

    def ruled(day, category=""):
        return policy_in_force(chain, category, at=clock.at(day))

    time_machine.move_to(clock.at(DAY_2, 9))
    change(company, yellow_months=2)
    of_department = ZonePolicy.objects.create(department=department, yellow_months=3)
    time_machine.move_to(clock.at(DAY_3, 9))
    change(of_department, category="A")
    time_machine.move_to(clock.at(DAY_4, 9))
    of_department.delete()
    number = of_department.pk or ZonePolicy.history.latest("history_id").id

    assert ruled(dt.date(2024, 1, 1)).label == ruled(DAY_1).label == f"{company.pk} v1"
    assert ruled(DAY_1).thresholds == Thresholds(1, 5, 6)
    assert ruled(DAY_2).label == ruled(DAY_2, "A").label == f"{number} v1"
    assert ruled(DAY_3).label == f"{company.pk} v2"
    assert ruled(DAY_3, "A").label == f"{number} v2"
    assert ruled(DAY_3, "A").thresholds == Thresholds(3, 5, 6)
    assert ruled(DAY_4).label == ruled(DAY_4, "A").label == f"{company.pk} v2"


def test_the_book_of_this_moment_is_the_present_one(company):
    ZonePolicy.objects.create(category="A", yellow_months=2)
    change(company, red_months=3)
    ZonePolicy.objects.create(category="B").delete()
    assert policy_book_at(clock.now()) == policy_book()


def test_without_any_policy_in_the_past_the_programs_own_ruled(company, time_machine):
    time_machine.move_to(clock.at(DAY_1))
    company.delete()
    ZonePolicy.objects.create(yellow_months=2, red_months=3, detach_months=4)
    assert policy_in_force((), "", at=clock.at(DAY_1, 11)).label == f"{ZonePolicy.history.earliest('history_id').id} v1"
    assert policy_in_force((), "", at=clock.at(DAY_1, 13)).thresholds == Thresholds(2, 3, 4)


def test_who_changed_it_is_remembered(company):
    from clients.policies import policy_versions

    anna = ManagerFactory()
    company.red_months, company._history_user = 4, anna
    company.save()
    versions = policy_versions()
    assert [(version.version, version.by) for version in versions.values()] == [(1, ""), (2, str(anna))]


# --- in SQL -----------------------------------------------------------------------------------------------------------
def test_the_database_chooses_the_same_policy(company, django_assert_num_queries):
    top = DepartmentFactory()
    below = DepartmentFactory(parent=top)
    lowest = DepartmentFactory(parent=below)
    ZonePolicy.objects.create(department=top, category="")
    ZonePolicy.objects.create(department=below, category="")
    ZonePolicy.objects.create(department=top, category="A")
    ZonePolicy.objects.create(department=None, category="B")
    for department in (None, DepartmentFactory(), top, below, lowest):
        for category in ("", "A", "B", "C"):
            held_client(ManagerFactory(department=department), category=category)
    book = policy_book()
    with django_assert_num_queries(1):
        label = label_expression(book)
    found = list(Client.objects.held().annotate(label=label).select_related("manager__department"))
    assert [client.label for client in found] == [policy_of(client, book).label for client in found]
    assert len({client.label for client in found}) == 5
    company.delete()
    book = policy_book()
    assert set(Client.objects.held().annotate(label=label_expression(book)).values_list("label", flat=True)) == {
        policy_of(client, book).label for client in found
    }
