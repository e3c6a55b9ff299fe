"""Which policy rules a client: the most specific wins."""

import datetime as dt

import pytest

from clients.policies import chain_of, department_chain, policy_book, policy_of
from clients.rules.policies import DEFAULT_POLICY, Policy, PolicyBook
from clients.rules.zones import Thresholds
from clients.tests.factories import DepartmentFactory, ManagerFactory, held_client

BOOK = {
    (None, ""): Policy(Thresholds(1, 5, 6), "company"),
    (1, ""): Policy(Thresholds(2, 5, 6), "root"),
    (7, ""): Policy(Thresholds(3, 5, 6), "part"),
    (None, "A"): Policy(Thresholds(1, 2, 3), "A"),
    (1, "B"): Policy(Thresholds(1, 3, 4), "root B"),
    (7, "B"): Policy(Thresholds(1, 3, 5), "part B"),
}


@pytest.mark.parametrize(
    ("departments", "category", "label"),
    [
        ((), "", "company"),
        ((9,), "", "company"),
        ((1,), "", "root"),
        ((1, 9), "", "root"),
        ((1, 7), "", "part"),
        ((1, 7, 9), "", "part"),
        ((), "A", "A"),
        # A category beats a department, also one of all departments beats one's own.
        ((1, 7), "A", "A"),
        ((1,), "B", "root B"),
        ((1, 9), "B", "root B"),
        ((1, 7), "B", "part B"),
        # No policy of the category: the department's.
        ((1, 7), "C", "part"),
        ((9,), "B", "company"),
    ],
)
def test_the_most_specific_policy_wins(departments, category, label):
    assert PolicyBook(BOOK).choose(departments, category).label == label


def test_without_any_policy_the_products_thresholds_rule():
    assert PolicyBook({}).choose((1, 7), "A") is DEFAULT_POLICY
    assert DEFAULT_POLICY.thresholds == Thresholds(1, 5, 6)


@pytest.mark.parametrize(("path", "chain"), [("/1/7/", (1, 7)), ("/12/", (12,)), ("", ()), ("/", ())])
def test_the_chain_of_departments_is_read_from_the_path(path, chain):
    assert chain_of(path) == chain


@pytest.mark.django_db
def test_the_book_is_read_from_the_database():
    from clients.models import ZonePolicy

    root = DepartmentFactory()
    part = DepartmentFactory(parent=root)
    manager = ManagerFactory(department=part)
    of_root = ZonePolicy.objects.create(department=root, yellow_months=2, red_months=3, detach_months=4, version=3)
    client = held_client(manager)
    assert department_chain(manager) == (root.pk, part.pk)
    assert policy_of(client) == Policy(Thresholds(2, 3, 4), f"{of_root.pk} v3")
    ZonePolicy.objects.create(category="A", yellow_months=1, red_months=2, detach_months=3)
    client.category = "A"
    assert policy_of(client, policy_book()).thresholds == Thresholds(1, 2, 3)


@pytest.mark.django_db
def test_the_shipped_policy_is_the_products():
    assert policy_book().choose((), "").thresholds == Thresholds(1, 5, 6)
    client = held_client(assigned_on=dt.date(2024, 1, 31), today=dt.date(2024, 1, 31))
    assert client.yellow_on == dt.date(2024, 2, 29)
