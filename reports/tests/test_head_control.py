"""The head's control: its four indicators, the light they make, and whose clients it judges."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from clients.models import Client, ContactPoint, Manager, Role, RuleSetting
from clients.tests.factories import ContactPersonFactory, DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from interactions.models import EventStatus, Product
from interactions.tests.factories import event, process
from reports.frame.report import Ask, find
from reports.rules.control import Light, Problem, fields_needed, light

SALE, PLAN, PORTRAIT, CONTACTS = Problem.NO_SALE, Problem.OVERDUE, Problem.PORTRAIT, Problem.CONTACTS


# --- the rule ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("problems", "critical", "expected"),
    [
        ([], {SALE, PLAN}, Light.GREEN),
        ([], set(), Light.GREEN),
        ([PORTRAIT], {SALE, PLAN}, Light.YELLOW),
        ([PORTRAIT, CONTACTS], {SALE, PLAN}, Light.YELLOW),
        ([SALE], {SALE, PLAN}, Light.RED),
        ([PORTRAIT, PLAN], {SALE, PLAN}, Light.RED),
        ([SALE, PLAN, PORTRAIT, CONTACTS], set(), Light.YELLOW),
        ([CONTACTS], {CONTACTS}, Light.RED),
    ],
)
def test_light(problems, critical, expected):
    assert light(problems, critical) is expected


@pytest.mark.parametrize(("percent", "needed"), [(100, 10), (70, 7), (71, 8), (10, 1), (1, 1)])
def test_how_many_fields_make_a_share(percent, needed):
    assert fields_needed(10, percent) == needed


# --- the indicators ---------------------------------------------------------------------------------------------------
@pytest.fixture
def manager(db) -> Manager:
    department = DepartmentFactory()
    return ManagerFactory(department=department)


def result(reader: Manager, **query: str) -> Any:
    report = find("head-control")
    assert report is not None
    filterset = report.filterset_class(query, request=SimpleNamespace(user=reader))
    assert filterset.is_sound, filterset.form.errors
    return report.build(Ask(filterset, report.default_sort))


def total(reader: Manager, **query: str) -> dict[str, Any]:
    return {str(key): cell.value for key, cell in result(reader, **query).tables[0].total.cells.items()}


def in_order(manager: Manager) -> Client:
    """A client with which all is well."""
    known = dict.fromkeys(("profile", "decision_making", "preferences", "potential"), "known")
    client = held_client(manager, category="A", website="https://example.com", employees=0, **known)
    person = ContactPersonFactory(client=client)
    ContactPoint.objects.create(client=client, person=person, value="+79161234567", normalized="+79161234567")
    process(client)
    return client


def judged(manager: Manager) -> tuple[str, set[str]]:
    """The light of his only client, and what is wrong."""
    found = total(head_of(manager.department))
    assert found["clients"] == 1
    return next(each for each in Light if found[each]), {each for each in Problem if found[each]}


def test_with_all_four_in_order_it_is_green(manager):
    in_order(manager)
    assert judged(manager) == (Light.GREEN, set())


def test_without_an_open_sale_it_is_red(manager):
    client = in_order(manager)
    client.processes.update(status="won", closed_on=clock.today())
    assert judged(manager) == (Light.RED, {SALE})


def test_a_plan_of_yesterday_makes_it_red_one_of_today_does_not(manager):
    client = in_order(manager)
    midnight = clock.day_start(clock.today())
    plan = event(client, status=EventStatus.PLANNED, occurred_at=midnight)
    assert judged(manager) == (Light.GREEN, set())
    type(plan).objects.filter(pk=plan.pk).update(occurred_at=midnight - dt.timedelta(minutes=1))
    assert judged(manager) == (Light.RED, {PLAN})


def test_a_thin_portrait_is_yellow_and_its_measure_is_a_rule(manager):
    client = in_order(manager)
    Client.objects.filter(pk=client.pk).update(website="", employees=None)  # 5 of 10 are left
    assert judged(manager) == (Light.YELLOW, {PORTRAIT})
    RuleSetting.objects.create(key="control.portrait_percent", is_on=True, value=50)
    assert judged(manager) == (Light.GREEN, set())


def test_a_person_without_a_phone_is_yellow_unless_he_left(manager):
    client = in_order(manager)
    silent = ContactPersonFactory(client=client)
    assert judged(manager) == (Light.YELLOW, {CONTACTS})
    type(silent).objects.filter(pk=silent.pk).update(is_active=False)
    assert judged(manager) == (Light.GREEN, set())


def test_nobody_to_speak_with_is_yellow_but_a_client_may_be_a_person(manager):
    client = in_order(manager)
    client.persons.all().delete()
    ContactPoint.objects.create(client=client, value="+79161234568", normalized="+79161234568")
    assert judged(manager) == (Light.YELLOW, {CONTACTS})
    Client.objects.filter(pk=client.pk).update(kind="person")
    assert judged(manager) == (Light.GREEN, set())


def test_what_is_critical_is_a_rule(manager):
    held_client(manager)
    assert judged(manager)[0] is Light.RED
    for problem in Problem:
        RuleSetting.objects.create(key=f"control.{problem}_critical", is_on=False, value=0)
    assert judged(manager)[0] is Light.YELLOW
    RuleSetting.objects.filter(key="control.contacts_critical").update(is_on=True)
    assert judged(manager)[0] is Light.RED


# --- whose, and the variants ------------------------------------------------------------------------------------------
def test_a_head_judges_his_own_departments_only(manager):
    in_order(manager)
    held_client(ManagerFactory(department=DepartmentFactory()))
    assert total(head_of(manager.department))["clients"] == 1
    assert total(ManagerFactory(role="director"))["clients"] == 2


def test_contacts_count_to_who_leads_the_client_now(manager):
    client = in_order(manager)
    event(client, by=head_of(manager.department))
    found = total(head_of(manager.department), variant="touches")
    assert found["contacts_made"] == 2  # the start of the sale, and the call the head made
    assert found["each"] == 2
    assert (found["touched"], found["untouched"]) == (1, 0)


def test_a_contact_of_long_ago_keeps_nobody_warm(manager):
    client = in_order(manager)
    client.processes.update(status="lost", closed_on=clock.today())
    assert total(head_of(manager.department), variant="warm")["warm"] == 1
    long_ago = clock.today() - dt.timedelta(days=30)
    Client.objects.filter(pk=client.pk).update(last_contact_on=long_ago, assigned_on=long_ago, clock_date=long_ago)
    found = total(head_of(manager.department), variant="warm")
    assert (found["warm"], found["cold"]) == (0, 1)


def test_the_worst_clients_come_first_and_sales_stand_below_theirs(manager):
    good, bad = in_order(manager), held_client(manager)
    lines = result(head_of(manager.department), variant="clients").tables[0].lines
    assert [line.key for line in lines] == [str(bad.pk), str(good.pk)]
    lines = result(head_of(manager.department), variant="clients-interests").tables[0].lines
    assert [line.kind for line in lines] == ["client", "sale"]
    assert lines[0].key == str(good.pk)


def test_a_sale_with_two_lines_of_a_product_is_one_sale_of_it(manager):
    sale = in_order(manager).processes.get()
    product = Product.objects.create(name="Pump")
    for _line in range(2):
        sale.lines.create(product=product)
    products = result(head_of(manager.department), variant="interests").tables[2]
    assert [line.cells["sales"].value for line in products.lines] == [1]


@pytest.mark.parametrize("name", ["client", "product", "stage"])
@pytest.mark.parametrize("key", ["9" * 30, str(2**63), "0", "-1"])
def test_a_key_no_row_can_have_is_refused(db, name, key):
    report, reader = find("head-control"), ManagerFactory(role=Role.DIRECTOR)
    filterset = report.filterset_class({name: key}, request=SimpleNamespace(user=reader))
    assert not filterset.is_sound
    report.build(Ask(filterset, report.default_sort))
