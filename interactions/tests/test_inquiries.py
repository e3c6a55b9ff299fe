"""Taking an inquiry, and what becomes of it: the verbs."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from clients import services as clients
from clients.models import Absence, Client, CoManager, ContactPoint, LeadSource, Manager, Notice, OwnershipPeriod, Role
from clients.tests.factories import (
    ContactPersonFactory,
    DepartmentFactory,
    ManagerFactory,
    RegionFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import distribution, inquiries
from interactions.inquiries import NewClient
from interactions.models import DistributionRule, Event, Inquiry, ProcessKind, Product, SalesProcess
from interactions.rules.distribution import Wanted
from interactions.tests.factories import inquiry, kind

pytestmark = pytest.mark.django_db

LONG_AGO = dt.date(2024, 1, 10)
Status = Inquiry.Status


def new(name: str = "Brand new", phone: str = "8 916 555-44-33", **facts) -> NewClient:
    return NewClient(Client(name=name, **facts), [ContactPoint(value=phone)] if phone else [])


def rule(*managers: Manager, name: str = "All", **facts) -> DistributionRule:
    conditions = {key: facts.pop(key) for key in ("sources", "regions", "products") if key in facts}
    made = DistributionRule.objects.create(name=name, **facts)
    made.managers.set(managers)
    for key, rows in conditions.items():
        getattr(made, key).set(rows)
    return made


def away(manager: Manager, deputy: Manager | None = None) -> None:
    today = clock.today()
    Absence.objects.create(manager=manager, deputy=deputy, starts_on=today, ends_on=today, status="approved")


def told(kind_of_notice: str) -> set[Manager]:
    return {notice.recipient for notice in Notice.objects.filter(kind=kind_of_notice).select_related("recipient")}


# --- a client somebody holds ------------------------------------------------------------------------------------------
def test_my_own_clients_call_is_mine_and_counts():
    client = held_client(assigned_on=LONG_AGO)
    person = ContactPersonFactory(client=client)
    taken = inquiry(client, by=client.manager, text="Ten pumps\nby Friday", person=person)
    assert (taken.status, taken.assigned_to) == (Status.TAKEN, client.manager)
    assert taken.settled_at is not None
    event = taken.event
    assert (event.subject, event.text, event.kind) == ("Ten pumps", "Ten pumps\nby Friday", kind("call_in"))
    assert [row.person for row in event.participants.all()] == [person]
    client.refresh_from_db()
    assert client.last_contact_on == clock.today()
    assert not Notice.objects.exists()


def test_a_colleagues_clients_call_waits_for_its_manager_and_counts_at_once():
    client, receptionist = held_client(assigned_on=LONG_AGO), ManagerFactory(department=None)
    taken = inquiry(client, by=receptionist, caller=" Ivan  of sales ")
    assert (taken.status, taken.assigned_to, taken.taken_by) == (Status.PASSED, client.manager, receptionist)
    assert taken.event.responsible == receptionist
    assert [row.name for row in taken.event.participants.all()] == ["Ivan of sales"]
    client.refresh_from_db()
    assert client.last_contact_on == clock.today()
    assert told("inquiry.passed") == {client.manager}
    # Nothing of the client is his to read by that.
    assert not Client.objects.visible_to(receptionist).filter(pk=client.pk).exists()
    assert not Event.objects.visible_to(receptionist).exists()
    assert list(Inquiry.objects.visible_to(receptionist)) == [taken]
    assert not Inquiry.objects.visible_to(ManagerFactory()).exists()


def test_who_stands_in_is_told_and_finds_it_among_his_own():
    client, deputy = held_client(), ManagerFactory()
    away(client.manager, deputy)
    taken = inquiry(client)
    assert taken.assigned_to == client.manager
    assert told("inquiry.passed") == {client.manager, deputy}
    assert list(Inquiry.objects.waiting_for(deputy)) == [taken]
    assert inquiries.take_over(inquiry=taken, by=deputy).assigned_to == deputy


def test_with_nobody_to_stand_in_it_waits_for_the_head():
    client = held_client()
    head = head_of(client.manager.department)
    away(client.manager)
    assert inquiry(client).assigned_to == head


def test_a_manager_who_left_is_not_waited_for():
    client = held_client()
    head = head_of(client.manager.department)
    Manager.objects.filter(pk=client.manager_id).update(is_active=False)
    assert inquiry(client).assigned_to == head


def test_without_anybody_above_it_stays_with_who_is_away():
    client = held_client()
    away(client.manager)
    assert inquiry(client).assigned_to == client.manager


def test_a_stranger_neither_keeps_it_nor_opens_a_sale():
    client, stranger = held_client(), ManagerFactory()
    with pytest.raises(DomainError) as refused:
        inquiry(client, by=stranger, wish=stranger)
    assert refused.value.field == "wish"
    with pytest.raises(DomainError) as refused:
        inquiry(client, by=stranger, sale_kind=ProcessKind.objects.first())
    assert refused.value.field == "sale_kind"
    assert not Event.objects.exists(), "both or neither"


def test_a_co_manager_may_keep_it():
    client, helper = held_client(), ManagerFactory()
    CoManager.objects.create(client=client, manager=helper)
    assert inquiry(client, by=helper, wish=helper).status == Status.TAKEN


def test_a_sale_is_opened_with_what_was_said():
    client, source = held_client(), LeadSource.objects.create(name="Fair")
    pump = Product.objects.create(name="Pump", price=Decimal(70))
    facts = {"source": source, "product": pump, "amount": Decimal(700)}
    taken = inquiry(client, by=client.manager, sale_kind=ProcessKind.objects.get(name="Sale"), **facts)
    sale = taken.process
    assert (sale.title, sale.amount, sale.source) == ("Ten pumps, please", Decimal(700), source)
    assert sale.responsible == client.manager
    assert [(line.product, line.price) for line in sale.lines.all()] == [(pump, Decimal(70))]
    assert sale.stage == sale.kind.stages.order_by("position").first()
    taken.event.refresh_from_db()
    assert taken.event.process == sale


@pytest.mark.parametrize("code", ["call_out", "process_won", "note"])
def test_only_what_came_from_the_client_is_an_inquiry(code):
    with pytest.raises(DomainError) as refused:
        inquiry(code=code)
    assert refused.value.field == "kind"


def test_a_person_of_another_client_is_refused_and_nothing_is_left():
    with pytest.raises(ValidationError):
        inquiry(held_client(), person=ContactPersonFactory())
    assert not Inquiry.objects.exists()
    assert not Event.objects.exists()


# --- nobody's client --------------------------------------------------------------------------------------------------
def test_a_new_client_goes_to_whose_turn_it_is():
    first, second = ManagerFactory(), ManagerFactory()
    everybody = rule(first, second)
    answers = [inquiry(new=new(f"New {n}", phone=f"8 916 000-00-0{n}")) for n in range(4)]
    assert [answer.assigned_to for answer in answers] == [first, second, first, second]
    assert {answer.rule for answer in answers} == {everybody}
    assert {answer.status for answer in answers} == {Status.PASSED}
    client = answers[0].client
    client.refresh_from_db()
    assert (client.manager, client.last_contact_on) == (first, clock.today())
    assert client.contact_points.get().normalized == "+79160000000"
    assert told("inquiry.passed") == {first, second}


def test_who_is_away_or_left_is_passed_over():
    absent, gone, here = ManagerFactory(), ManagerFactory(is_active=False), ManagerFactory()
    away(absent)
    rule(absent, gone, here)
    assert {inquiry(new=new(f"New {n}", "")).assigned_to for n in range(3)} == {here}


def test_a_rule_with_nobody_here_leaves_it_to_the_next():
    absent, here = ManagerFactory(), ManagerFactory()
    away(absent)
    rule(absent, name="First", position=1)
    rule(here, name="Second", position=2)
    assert inquiry(new=new()).assigned_to == here


def test_the_salespeople_of_a_department_and_below():
    department = DepartmentFactory()
    below = ManagerFactory(department=DepartmentFactory(parent=department))
    head_of(department)
    ManagerFactory()
    rule(department=department)
    assert {inquiry(new=new(f"New {n}", "")).assigned_to for n in range(3)} == {below}


def test_by_load_it_goes_to_who_holds_the_fewest():
    busy, free = ManagerFactory(), ManagerFactory()
    held_client(busy)
    rule(busy, free, method="load")
    assert [inquiry(new=new(f"New {n}", "")).assigned_to for n in range(3)] == [free, busy, free]


def test_conditions_are_those_of_the_inquiry_and_its_client():
    north, fair, pump = RegionFactory(), LeadSource.objects.create(name="Fair"), Product.objects.create(name="Pump")
    chosen, other = ManagerFactory(), ManagerFactory()
    wanted = {"sources": [fair], "regions": [north], "products": [pump], "amount_from": Decimal(100)}
    rule(chosen, name="North", position=1, **wanted)
    rule(other, name="Rest", position=2)
    facts = {"source": fair, "product": pump, "amount": Decimal(100)}
    assert inquiry(new=new("A", "", region=north), **facts).assigned_to == chosen
    assert inquiry(new=new("B", "", region=None), **facts).assigned_to == other
    assert inquiry(new=new("C", "", region=north), **facts | {"amount": None}).assigned_to == other


def test_when_no_rule_fits_the_heads_decide():
    receptionist = ManagerFactory()
    head, person = head_of(receptionist.department), ManagerFactory(department=receptionist.department)
    rule(ManagerFactory(), is_active=False)
    taken = inquiry(by=receptionist, new=new(), sale_kind=ProcessKind.objects.first(), amount=Decimal(5))
    assert (taken.status, taken.assigned_to, taken.process) == (Status.WAITING, None, None)
    assert told("inquiry.waits") == {head}
    assert list(Inquiry.objects.waiting_for(head)) == [taken]
    assert not taken.client.is_held

    passed = inquiries.pass_on(inquiry=taken, to=person, by=head)
    assert (passed.status, passed.assigned_to) == (Status.PASSED, person)
    assert Client.objects.get(pk=taken.client_id).manager == person
    assert told("inquiry.passed") == {person}
    sale = inquiries.take_over(inquiry=taken, by=person, sale_kind=ProcessKind.objects.get(name="Sale")).process
    assert (sale.responsible, sale.amount) == (person, Decimal(5))


def test_who_enters_a_new_client_may_keep_it():
    seller = ManagerFactory()
    rule(ManagerFactory())
    taken = inquiry(by=seller, new=new(), wish=seller)
    assert (taken.status, taken.rule) == (Status.TAKEN, None)
    assert Client.objects.get(pk=taken.client_id).manager == seller


@pytest.mark.parametrize("who", ["receptionist", "colleague", "existing"])
def test_who_may_not_be_given_a_client_is_not(who):
    by = ManagerFactory(department=None if who == "receptionist" else DepartmentFactory())
    wish = ManagerFactory() if who == "colleague" else by
    asked = {"client": UnassignedClientFactory()} if who == "existing" else {"new": new()}
    with pytest.raises(DomainError) as refused:
        inquiry(by=by, wish=wish, **asked)
    assert refused.value.field == "wish"
    assert Client.objects.count() == (who == "existing")


def test_a_client_of_the_exchange_waits_for_who_claims_it():
    client, answerer = exchange_client(), ManagerFactory()
    rule(answerer)
    taken = inquiry(client, by=answerer)
    assert (taken.status, taken.assigned_to) == (Status.WAITING, None)
    assert not Notice.objects.filter(kind__startswith="inquiry").exists()
    client.refresh_from_db()
    assert not client.is_held
    assert client.last_contact_on == clock.today()
    with pytest.raises(DomainError):
        inquiries.take_over(inquiry=taken, by=answerer)
    claimer = ManagerFactory()
    clients.attach(client_id=client.pk, manager=claimer, by=claimer, gained=OwnershipPeriod.Gained.CLAIMED)
    taken.refresh_from_db()
    assert (taken.status, taken.assigned_to) == (Status.TAKEN, claimer)


# --- what becomes of it -----------------------------------------------------------------------------------------------
def test_only_one_takes_it_over():
    taken = inquiry()
    keeper = taken.assigned_to
    head = head_of(keeper.department)
    assert inquiries.take_over(inquiry=taken, by=keeper).status == Status.TAKEN
    for act in (
        lambda: inquiries.take_over(inquiry=taken, by=head),
        lambda: inquiries.pass_on(inquiry=taken, to=head, by=head),
        lambda: inquiries.close(inquiry=taken, by=head, because="Spam"),
    ):
        with pytest.raises(Conflict):
            act()


def test_closing_says_why_and_keeps_the_contact():
    taken = inquiry()
    with pytest.raises(DomainError):
        inquiries.close(inquiry=taken, by=taken.assigned_to, because="  ")
    closed = inquiries.close(inquiry=taken, by=taken.assigned_to, because=" A wrong  number ")
    assert (closed.status, closed.closed_because) == (Status.CLOSED, "A wrong number")
    assert closed.event is not None


def test_a_head_passes_it_on_with_the_client():
    taken = inquiry()
    head = head_of(taken.assigned_to.department)
    other = ManagerFactory(department=head.department)
    passed = inquiries.pass_on(inquiry=taken, to=other, by=head)
    assert passed.assigned_to == other
    assert Client.objects.get(pk=taken.client_id).manager == other
    assert told("inquiry.passed") == {taken.client.manager, other}


def test_a_salesperson_does_not_give_the_client_away_by_passing_it_on():
    taken, stranger = inquiry(), ManagerFactory()
    with pytest.raises(DomainError) as refused:
        inquiries.pass_on(inquiry=taken, to=stranger, by=taken.assigned_to)
    assert refused.value.field == "to"


def test_back_to_the_heads():
    taken = inquiry()
    keeper = taken.assigned_to
    head = head_of(keeper.department)
    back = inquiries.pass_on(inquiry=taken, to=None, by=keeper)
    assert (back.status, back.assigned_to) == (Status.WAITING, None)
    assert told("inquiry.waits") == {head}
    assert list(Inquiry.objects.waiting_for(head)) == [back]
    assert Client.objects.get(pk=taken.client_id).manager == keeper, "nobody is forgotten meanwhile"


def test_what_waits_goes_with_its_client():
    taken, settled = inquiry(), inquiry()
    client, head = taken.client, ManagerFactory(role=Role.DIRECTOR)
    inquiries.take_over(inquiry=settled, by=settled.assigned_to)
    other = ManagerFactory()
    for each in (taken, settled):
        clients.reassign(client_id=each.client_id, manager=other, by=head)
        each.refresh_from_db()
    assert (taken.status, taken.assigned_to) == (Status.PASSED, other)
    assert settled.assigned_to != other, "what somebody works on stays his"
    assert other in told("inquiry.passed")
    inquiries.bring_back(client.pk, clock.now())
    taken.refresh_from_db()
    assert taken.assigned_to == other


def test_the_preview_tells_why_and_changes_nothing(django_assert_max_num_queries):
    absent, here = ManagerFactory(), ManagerFactory()
    away(absent)
    rule(absent, name="Big", position=1, amount_from=Decimal(100))
    rule(here, absent, name="Rest", position=2)
    with django_assert_max_num_queries(12):
        big, rest = distribution.explain(Wanted(), today=clock.today())
    assert (big.missed, big.chosen) == (["amount"], None)
    assert (rest.missed, rest.chosen) == ([], here)
    assert {person: candidate.is_here for person, candidate in rest.people} == {here: True, absent: False}
    assert not SalesProcess.objects.exists()
