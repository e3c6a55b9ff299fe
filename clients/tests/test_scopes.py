"""Which clients a list begins with, and the parts in which a large base is read."""

import datetime as dt

import pytest
from django.db import connection

from clients.models import Absence, Client, CoManager, Role
from clients.selectors import in_scope, parts_of_scope, scopes, zone_counts
from clients.tests.factories import (
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from crm.web.pagination import paginate

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    """A head, his seller, a colleague elsewhere; clients of each, some helped with, on the exchange, of nobody."""
    here, elsewhere = DepartmentFactory(), DepartmentFactory()
    head = head_of(here)
    seller, other = ManagerFactory(department=here), ManagerFactory(department=elsewhere)
    today = clock.today()
    for number, manager in enumerate([head, seller, seller, other, other, other]):
        held_client(manager, assigned_on=today - dt.timedelta(days=20 * number))
    exchange_client(), exchange_client(), UnassignedClientFactory()
    of_other = list(other.clients.order_by("pk"))
    CoManager.objects.create(client=of_other[0], manager=seller)
    CoManager.objects.create(client=of_other[1], manager=head)
    # He leads it himself too: it must not be there twice.
    CoManager.objects.create(client=seller.clients.first(), manager=head)
    Absence.objects.create(
        manager=other, deputy=seller, starts_on=today, ends_on=today, status=Absence.Status.APPROVED, kind="vacation"
    )
    return {"head": head, "seller": seller, "other": other, "director": ManagerFactory(role=Role.DIRECTOR)}


@pytest.mark.parametrize("who", ["head", "seller", "other", "director"])
def test_the_parts_are_the_scope_each_client_once(company, who: str) -> None:
    for scope in scopes(company[who]):
        whole = sorted(in_scope(company[who], scope).values_list("pk", flat=True))
        parts = [pk for part in parts_of_scope(company[who], scope) for pk in part.values_list("pk", flat=True)]
        assert sorted(parts) == whole
        assert set(whole) <= set(Client.objects.visible_to(company[who]).values_list("pk", flat=True))


@pytest.mark.parametrize("who", ["head", "seller", "other", "director"])
def test_the_counts_are_those_of_the_scope(company, who: str) -> None:
    for scope in scopes(company[who]):
        counts = zone_counts(company[who], scope, clock.today())
        held = in_scope(company[who], scope).held()
        assert counts.held == held.count()
        assert counts.green == held.filter(yellow_on__gt=clock.today()).count()
        assert counts.held == counts.green + counts.yellow + counts.red


@pytest.mark.parametrize("order", [["detach_on"], ["-search_name"], ["manager__last_name", "-city"]])
def test_a_page_of_parts_is_the_page_of_the_whole(company, order: list[str]) -> None:
    from django.db.models import F

    first = F(order[0].lstrip("-"))
    term = first.desc(nulls_last=True) if order[0].startswith("-") else first.asc(nulls_last=True)
    whole = in_scope(company["head"], "all").order_by(term, *order[1:])
    parts = [part.order_by(term, *order[1:]) for part in parts_of_scope(company["head"], "all")]
    for number in (1, 2, 3):
        expected, found = paginate(whole, number, size=3), paginate(whole, number, size=3, parts=parts)
        assert [row.pk for row in found] == [row.pk for row in expected]
        assert (found.count, found.has_next, found.number) == (expected.count, expected.has_next, expected.number)


@pytest.mark.postgres
def test_an_or_of_own_and_helped_clients_asks_the_helped_first(company) -> None:
    sql = str(in_scope(company["seller"], "mine").query)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "InitPlan" in plan
    assert "hashed SubPlan" not in plan
