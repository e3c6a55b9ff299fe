"""Interactions by client: what counts as done, planned and overdue, whose it is, and what may be told of it."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.urls import reverse

from clients.models import Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from interactions.models import Approval, Event, EventStatus
from interactions.tests.factories import event, kind, process
from reports.frame import documents
from reports.frame.report import Ask
from reports.interactions_by_client import selectors
from reports.interactions_by_client.figures import FIGURES
from reports.interactions_by_client.report import Interactions
from reports.rules.periods import ONE_DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return ManagerFactory(department=DepartmentFactory())


def build(reader, query=""):
    filterset = Interactions.filterset_class(QueryDict(query) or None, request=SimpleNamespace(user=reader))
    assert filterset.is_sound, filterset.form.errors
    return Interactions().build(Ask(filterset, Interactions.default_sort))


def tables(reader, query=""):
    return {table.key: table for table in build(reader, query).tables}


def whole(reader, query=""):
    """The total line."""
    total = tables(reader, query)["managers"].total
    return {key: cell.value for key, cell in total.cells.items() if cell.value}


def test_what_was_done_by_kind_with_steps_of_sales_apart(seller):
    client = held_client(seller)
    event(client, code="call_out")
    event(client, code="call_out")
    event(client, code="call_failed")
    process(client)
    assert whole(seller) == {"done": 3, f"kind_{kind().pk}": 2, "others": 1, "steps": 1, "counted": 3}
    by_kind = tables(seller)["kinds"].lines
    assert [(line.name, line.cells["done"].value) for line in by_kind] == [("Outgoing call", 2), ("Failed call", 1)]


def test_days_are_the_company_s_and_the_period_s(seller):
    client, now = held_client(seller, assigned_on=clock.today() - 100 * ONE_DAY), clock.now()
    for days_ago in (0, 29, 30, 31):
        event(client, now=now - days_ago * ONE_DAY)
    assert whole(seller, "period=30")["done"] == 2
    day = (clock.today() - 30 * ONE_DAY).isoformat()
    assert whole(seller, f"since={day}&until={day}")["done"] == 1


@pytest.mark.parametrize(("approval", "done"), [(Approval.PENDING, 1), (Approval.REJECTED, 1), (Approval.APPROVED, 2)])
def test_a_back_dated_contact_is_no_fact_until_the_head_says_so(seller, approval, done):
    client = held_client(seller, assigned_on=clock.today() - 50 * ONE_DAY)
    event(client)
    late = event(client, occurred_at=clock.now() - 20 * ONE_DAY)
    Event.objects.filter(pk=late.pk).update(approval=approval)
    assert whole(seller)["done"] == done


def test_plans_are_told_as_they_are_now_whatever_the_period(seller):
    client = held_client(seller)
    for days in (-400, 0, 2):  # today's is not overdue before the day is over
        planned = event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + ONE_DAY)
        Event.objects.filter(pk=planned.pk).update(occurred_at=clock.now() + days * ONE_DAY)
    assert whole(seller, "period=30") == {"planned": 2, "overdue": 1}


def test_what_nobody_can_carry_out_is_not_overdue(seller):
    client = exchange_client(seller)
    Event.objects.create(
        client=client, kind=kind(), status="planned", responsible=seller, author=seller,
        occurred_at=clock.now() - ONE_DAY,
    )  # fmt: skip
    assert whole(seller) == {}


def test_it_counts_to_who_did_it_not_to_who_holds_the_client(seller):
    client, helper = held_client(seller), ManagerFactory(department=seller.department)
    event(client, by=seller, responsible=helper)
    head = head_of(seller.department)
    lines = {line.key: line for line in tables(head)["managers"].lines if line.kind == "manager"}
    assert lines[str(helper.pk)].cells["done"].value == 1
    assert str(seller.pk) not in lines


def test_a_salesperson_reads_his_own_a_head_his_departments(seller):
    head, director = head_of(seller.department), ManagerFactory(role=Role.DIRECTOR)
    for manager in (seller, ManagerFactory(department=seller.department), ManagerFactory()):
        event(held_client(manager))
    assert [whole(reader)["done"] for reader in (seller, head, director)] == [1, 2, 3]


def test_clients_with_most_stand_first_and_the_others_are_counted(seller, monkeypatch):
    monkeypatch.setattr(selectors, "CLIENTS_SHOWN", 2)
    clients = [held_client(seller) for _ in range(3)]
    for number, client in enumerate(clients, 1):
        for _ in range(number):
            event(client)
    result = build(seller)
    table = next(table for table in result.tables if table.key == "clients")
    assert [line.name for line in table.lines] == [clients[2].name, clients[1].name]
    assert "1 more client" in table.note
    assert next(tile.cell.value for tile in result.tiles if tile.cell.figure == "clients") == 3


def test_a_large_company_as_a_whole_has_no_lines_of_clients(seller, monkeypatch):
    monkeypatch.setattr(selectors, "MOST_BY_CLIENT", 1)
    client = held_client(seller)
    event(client)
    assert tables(seller)["clients"].lines
    event(client)
    result = build(seller)
    assert not next(table for table in result.tables if table.key == "clients").lines
    assert result.headline.startswith("2 interactions and")


def test_the_filters_of_client_kind_and_category_narrow_everything(seller):
    one, other = held_client(seller, category="A"), held_client(seller)
    event(one, code="meeting")
    event(one)
    event(other)
    assert whole(seller, f"client={one.pk}")["done"] == 2
    assert whole(seller, f"kind={kind('meeting').pk}")["done"] == 1
    assert whole(seller, "category=A")["done"] == 2
    assert tables(seller, f"client={one.pk}")["clients"].lines[0].query.count("client=") >= 1


def test_the_picture_shows_all_that_was_done(seller):
    client = held_client(seller, assigned_on=clock.today() - 100 * ONE_DAY)
    codes = ("call_out", "call_in", "meeting", "letter_out", "letter_in", "message_out", "message_in")
    for number, code in enumerate(codes):
        event(client, code=code, now=clock.now() - number * 9 * ONE_DAY)
    (picture,) = build(seller).pictures
    assert sum(cell.value for line in picture.table.lines for cell in line.cells.values()) == len(codes)
    assert [str(column.label) for column in picture.table.columns][-1] == "Others"


def test_details_of_a_client_that_is_not_his_stay_closed(seller):
    client = held_client(ManagerFactory())
    event(client, by=client.manager, responsible=seller, subject="Secret talk")
    page = browser(seller).get(reverse("report-interactions-rows"), {"what": "done"}).content.decode()
    assert client.name in page
    assert "Secret talk" not in page


def test_it_asks_as_much_whatever_there_is(seller, django_assert_max_num_queries):
    director = ManagerFactory(role=Role.DIRECTOR)
    for _ in range(3):
        event(held_client(ManagerFactory(department=seller.department)))
    with django_assert_max_num_queries(20):
        build(director, "compare=previous")


def test_when_others_last_spoke_with_a_client_that_went_to_them_is_not_told(seller):
    theirs = held_client(seller)
    event(theirs, responsible=seller)
    theirs.manager = ManagerFactory(department=DepartmentFactory())
    theirs.save(update_fields=["manager"])
    for reader, is_told in ((seller, False), (theirs.manager, True)):
        rows = list(documents.listed(FIGURES["clients"].of(build(seller).scope)))
        (row,) = documents.documents(rows, reader)
        assert (row.client, row.is_open, row.moment is not None) == (theirs, is_told, is_told)
