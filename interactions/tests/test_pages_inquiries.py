"""The pages of inquiries: what is found, what is typed, what is refused, who sees what."""

import re

import pytest
from django.urls import reverse

from clients.models import Client, CoManager, Manager
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    ManagerFactory,
    exchange_client,
    head_of,
    held_client,
)
from interactions import inquiries
from interactions.models import DistributionRule, Event, Inquiry, ProcessKind
from interactions.tests.factories import event, inquiry, kind

pytestmark = pytest.mark.django_db

PHONE = "+79161234567"
TAKE = "inquiry-create"


@pytest.fixture
def seller(client) -> Manager:
    manager = ManagerFactory()
    client.force_login(manager)
    return manager


def at(**query) -> str:
    return reverse(TAKE) + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def lines(client, words: str) -> str:
    return client.get(reverse(TAKE), {"lines": "1", "q": words}).content.decode()


def sent(**more) -> dict:
    return {"kind": kind("call_in").pk, "text": "Ten pumps, please"} | more


def new(**more) -> dict:
    return sent(name="Brand new", contact="8 916 555 44 33") | more


# --- the one field ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["8 (916) 123-45-67", "9161234567", "7707083893", "Volga", "office@volga.example"])
def test_the_client_is_found_by_whatever_is_said(client, seller, words):
    mine = held_client(seller, name="Volga Trade", inn="7707083893")
    ContactPointFactory(client=mine, value=PHONE)
    ContactPointFactory(client=mine, value="office@volga.example", kind="email")
    assert f"client={mine.pk}" in lines(client, words)


def test_a_person_leads_to_its_client_and_is_chosen_there(client, seller):
    person = ContactPersonFactory(client=held_client(seller), last_name="Zotov")
    answer = lines(client, "zotov")
    assert f"client={person.client_id}&amp;person={person.pk}" in answer
    page = client.get(at(q="zotov", client=person.client_id, person=person.pk))
    assert page.context["form"]["person"].value() == person.pk


def test_who_has_that_phone_is_chosen_by_itself(client, seller):
    person = ContactPersonFactory(client=held_client(seller))
    ContactPointFactory(client=person.client, person=person, value=PHONE)
    assert client.get(at(q="89161234567", client=person.client_id)).context["form"]["person"].value() == person.pk


def test_before_anything_is_typed_it_says_what_waits_and_what_came_lately(client, seller):
    waits = inquiry(held_client(seller, name="Volga Trade"))
    lately = [inquiry(by=seller) for _number in range(6)]
    inquiry()
    page = client.get(reverse(TAKE))
    assert page.context["facts"]["rows"] == [waits]
    assert list(page.context["lately"]) == lately[:0:-1]
    assert "facts" not in client.get(at(q="volga")).context


def test_whoever_never_answered_is_told_what_to_type(client, seller):
    assert b"sv-empty" in client.get(reverse(TAKE)).content
    inquiry(by=seller)
    assert b"sv-empty" not in client.get(reverse(TAKE)).content


def test_somebody_new_is_always_offered(client, seller):
    held_client(seller, name="Volga Trade")
    for words in ("Volga", "nobody at all"):
        assert "new=1" in lines(client, words)
    assert "new=1" not in lines(client, "")


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("8 (916) 123-45-67", "contact", "8 (916) 123-45-67"),
        ("9161234567", "contact", "9161234567"),
        ("7707083893", "inn", "7707083893"),
        ("a.b@c.example", "contact", "a.b@c.example"),
        ("Volga Trade", "name", "Volga Trade"),
        ("7707", "contact", "7707"),
    ],
)
def test_what_was_typed_stands_in_its_field(client, seller, words, field, value):
    form = client.get(reverse(TAKE), {"new": 1, "q": words}).context["form"]
    assert {name: form[name].value() for name in ("name", "contact", "inn") if form[name].value()} == {field: value}


def test_without_javascript_the_lines_stand_on_the_page(client, seller):
    mine = held_client(seller, name="Volga Trade")
    assert f"client={mine.pk}" in client.get(reverse(TAKE), {"q": "volga"}).content.decode()


# --- a client that is known -------------------------------------------------------------------------------------------
def test_my_clients_call_is_registered_in_one_form(client, seller):
    mine = held_client(seller)
    event(mine, subject="The last talk")
    page = client.get(at(client=mine.pk))
    assert "The last talk" in page.content.decode()
    answer = client.post(at(client=mine.pk), sent())
    assert answer["Location"] == mine.get_absolute_url()
    assert Inquiry.objects.get().status == "taken"
    assert Event.objects.filter(client=mine, kind__code="call_in").count() == 1


def test_with_a_sale_one_goes_on_there(client, seller):
    mine = held_client(seller)
    answer = client.post(at(client=mine.pk), sent(sale_kind=ProcessKind.objects.get(name="Sale").pk))
    assert answer["Location"] == Inquiry.objects.get().process.get_absolute_url()


def test_of_a_colleagues_client_four_facts_are_said_and_it_is_passed_on(client, seller):
    theirs = held_client(name="Volga Trade", notes="abracadabra")
    ContactPointFactory(client=theirs, value=PHONE)
    person = ContactPersonFactory(client=theirs, last_name="Zotov")
    event(theirs, subject="Confidential talk")
    page = client.get(at(q="volga", client=theirs.pk))
    words = page.content.decode()
    assert "Volga Trade" in words
    assert str(theirs.manager) in words
    for hidden in ("abracadabra", "Confidential", "Zotov", "916 123", "9161234567"):
        assert hidden not in words, hidden
    assert not {"person", "wish", "sale_kind"} & set(page.context["form"].fields)

    answer = client.post(at(client=theirs.pk), sent(caller="Ivan", person=person.pk, sale_kind=1, wish=seller.pk))
    taken = Inquiry.objects.get()
    assert answer["Location"] == taken.get_absolute_url()
    assert (taken.assigned_to, taken.person, taken.process) == (theirs.manager, None, None)
    page = client.get(answer["Location"]).content.decode()
    for hidden in ("abracadabra", "Confidential", "Zotov", taken.event.get_absolute_url()):
        assert hidden not in page, hidden


def test_a_head_is_asked_who_goes_on_and_it_is_the_manager_first(client):
    theirs, helper = held_client(), ManagerFactory()
    CoManager.objects.create(client=theirs, manager=helper)
    head = head_of(theirs.manager.department)
    client.force_login(head)
    form = client.get(at(client=theirs.pk)).context["form"]
    assert form["wish"].value() is None
    assert set(form.fields["wish"].queryset) == {head, helper}
    client.post(at(client=theirs.pk), sent())
    assert Inquiry.objects.get().assigned_to == theirs.manager


def test_a_co_manager_goes_on_himself_unless_he_says_otherwise(client, seller):
    shared = held_client()
    CoManager.objects.create(client=shared, manager=seller)
    assert client.get(at(client=shared.pk)).context["form"]["wish"].value() == seller.pk


@pytest.mark.parametrize("left_out", ["kind", "text"])
def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(client, seller, left_out):
    mine = held_client(seller)
    answer = client.post(at(client=mine.pk), sent(caller="Ivan of sales") | {left_out: ""})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {left_out}
    assert "Ivan of sales" in answer.content.decode()
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize("query", ["client=abc", "client=987654321", "client=99999999999999999999"])
def test_no_such_client(client, seller, query):
    assert client.get(f"{reverse(TAKE)}?{query}").status_code == 404


# --- somebody new -----------------------------------------------------------------------------------------------------
def test_a_new_client_is_entered_with_its_phone_and_given_by_the_rules(client, seller):
    chosen = ManagerFactory()
    DistributionRule.objects.create(name="All").managers.set([chosen])
    page = client.get(at(new=1, q="Brand new"))
    assert page.context["form"]["wish"].value() is None
    client.post(at(new=1, q="Brand new"), new(city="Omsk", caller="Ivan"))
    taken = Inquiry.objects.get()
    assert (taken.assigned_to, taken.typed) == (chosen, "Brand new")
    created = Client.objects.get(name="Brand new")
    assert (created.city, created.manager, created.created_by) == ("Omsk", chosen, seller)
    assert created.contact_points.get().normalized == "+79165554433"


def test_without_rules_a_salesperson_keeps_what_he_enters_and_a_receptionist_cannot(client, seller):
    assert client.get(at(new=1)).context["form"]["wish"].value() == seller.pk
    client.force_login(ManagerFactory(department=None))
    assert "wish" not in client.get(at(new=1)).context["form"].fields


def test_a_double_is_asked_about_once(client, seller):
    theirs = held_client(name="Volga Trade")
    ContactPointFactory(client=theirs, value="+79165554433")
    answer = client.post(at(new=1), new())
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"create_anyway"}
    words = answer.content.decode()
    assert f'name="instead" value="{theirs.pk}"' in words
    assert str(theirs.manager) in words
    assert client.post(at(new=1), new(create_anyway="on")).status_code == 302
    assert Client.objects.filter(name="Brand new").exists()


def test_the_same_inn_is_refused_and_says_whom_to_ask(client, seller):
    theirs = held_client(name="Volga Trade", inn="7707083893")
    answer = client.post(at(new=1), new(inn="7707083893", create_anyway="on"))
    assert answer.status_code == 422
    assert str(theirs.manager) in str(answer.context["form"].errors["inn"])


def test_it_is_that_one_after_all_and_what_was_typed_stays(client, seller):
    mine = held_client(seller)
    answer = client.post(at(new=1, q="x"), new(instead=mine.pk, caller="Ivan", amount="500"))
    form = answer.context["form"]
    assert answer.status_code == 200
    assert (form["text"].value(), form["caller"].value(), form["amount"].value()) == (
        "Ten pumps, please",
        "Ivan",
        "500",
    )
    assert f"client={mine.pk}" in answer.context["form_action"]
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize("field", ["contact", "inn"])
def test_what_cannot_be_read_is_said_at_its_field(client, seller, field):
    answer = client.post(at(new=1), new(**{field: "abc"}))
    assert set(answer.context["form"].errors) == {field}
    assert "abc" in answer.content.decode()


def test_the_check_while_typing_tells_what_everybody_may_know(client, seller):
    theirs = held_client(name="Volga Trade", notes="abracadabra")
    ContactPointFactory(client=theirs, value="+79165554433")
    words = client.post(reverse("inquiry-duplicates"), {"contact": "8(916)5554433"}).content.decode()
    assert "Volga Trade" in words
    assert str(theirs.manager) in words
    assert "abracadabra" not in words
    assert "Volga" not in client.post(reverse("inquiry-duplicates"), {"contact": "91655"}).content.decode()


# --- what waits -------------------------------------------------------------------------------------------------------
def test_what_waits_for_me_stands_on_my_day_and_first_in_the_journal(client):
    taken, other = inquiry(text="Where is my offer?"), inquiry(text="Of another")
    client.force_login(taken.assigned_to)
    for url in (reverse("my-day"), reverse("inquiry-list")):
        page = client.get(url).content.decode()
        assert "Where is my offer?" in page
        assert "Of another" not in page
    inquiries.take_over(inquiry=taken, by=taken.assigned_to)
    assert "Where is my offer?" not in client.get(reverse("my-day")).content.decode()
    assert other.pk


def test_the_tabs_of_the_journal(client):
    answered = inquiry(by=ManagerFactory(), text="Answered by me")
    client.force_login(answered.taken_by)
    inquiry(exchange_client(), text="On the exchange")
    inquiry(text="Hidden from me")

    def shown(status: str) -> list[str]:
        page = client.get(reverse("inquiry-list"), {"status": status}).content.decode()
        return re.findall(r"Answered by me(?=<)|On the exchange(?=<)|Hidden from me", page)

    assert "Answered by me" in shown("answered")
    assert "On the exchange" in shown("waiting")
    assert {"Answered by me", "On the exchange"} <= set(shown("all"))
    assert "Hidden from me" not in shown("all")


def test_the_typed_phone_of_a_hidden_contact_is_neither_shown_nor_found(client, seller):
    waiting = exchange_client(name="Volga Trade")
    ContactPointFactory(client=waiting, value=PHONE)
    taken = inquiry(waiting, typed="8 916 123-45-67", text="An offer")
    everything = {"status": "all", "cols": "client,typed"}
    for url, query in ((taken.get_absolute_url(), {}), (reverse("inquiry-list"), everything)):
        words = client.get(url, query).content.decode()
        assert "Volga" in words
        assert "916" not in re.sub(r"value=\"[^\"]*\"", "", words)
    assert "Volga" not in client.get(reverse("inquiry-list"), {"status": "all", "q": "123-45"}).content.decode()
    client.force_login(taken.taken_by)
    assert "123-45-67" in client.get(taken.get_absolute_url()).content.decode()


def test_taking_it_over_with_a_sale(client):
    taken = inquiry()
    client.force_login(taken.assigned_to)
    url = reverse("inquiry-take", args=[taken.pk])
    answer = client.post(url, {"sale_kind": ProcessKind.objects.get(name="Sale").pk})
    taken.refresh_from_db()
    assert answer["Location"] == taken.process.get_absolute_url()
    assert client.post(url, HTTP_HX_REQUEST="true").status_code == 409


def test_on_my_day_one_press_takes_it_over(client):
    taken = inquiry()
    client.force_login(taken.assigned_to)
    assert reverse("inquiry-take", args=[taken.pk]) in client.get(reverse("my-day")).content.decode()
    answer = client.post(reverse("inquiry-take", args=[taken.pk]))
    assert answer["Location"] == taken.client.get_absolute_url()


def test_what_came_from_the_exchange_is_not_taken_over_but_claimed(client):
    taken = inquiry(exchange_client())
    client.force_login(ManagerFactory(role="director"))
    page = client.get(taken.get_absolute_url())
    assert not page.context["may_take"]
    assert "whoever claims it" in page.content.decode()


@pytest.mark.parametrize("pk", ["", "abc", "987654321", "9" * 30])
def test_it_is_nobody_after_all(client, seller, pk):
    assert client.post(at(new=1), new(instead=pk)).status_code == 404


def test_passing_on_offers_those_who_can(client):
    taken = inquiry()
    keeper = taken.assigned_to
    head, helper = head_of(keeper.department), ManagerFactory()
    CoManager.objects.create(client=taken.client, manager=helper)
    ManagerFactory()
    url = reverse("inquiry-pass", args=[taken.pk])
    client.force_login(keeper)
    assert set(client.get(url).context["form"].fields["to"].queryset) == {helper}
    client.force_login(head)
    assert set(client.get(url).context["form"].fields["to"].queryset) == {head, helper}
    client.post(url, {"to": helper.pk})
    taken.refresh_from_db()
    assert taken.assigned_to == helper


def test_closing_asks_why(client):
    taken = inquiry()
    client.force_login(taken.assigned_to)
    url = reverse("inquiry-close", args=[taken.pk])
    assert client.post(url, {"because": ""}).status_code == 422
    assert client.post(url, {"because": "A wrong number"}).status_code == 302
    assert "A wrong number" in client.get(taken.get_absolute_url()).content.decode()


def test_who_answered_reads_it_and_does_nothing_more_with_it(client):
    taken = inquiry()
    client.force_login(taken.taken_by)
    assert client.get(taken.get_absolute_url()).status_code == 200
    for name in ("inquiry-take", "inquiry-pass", "inquiry-close"):
        assert client.post(reverse(name, args=[taken.pk]), {"because": "x"}).status_code == 403


# --- the rules in Django admin ----------------------------------------------------------------------------------------
def test_trying_the_rules(client):
    chosen = ManagerFactory(first_name="Vera", last_name="Chosen")
    DistributionRule.objects.create(name="Everything").managers.set([chosen])
    DistributionRule.objects.create(name="Millions", position=1, amount_from=1_000_000).managers.set([ManagerFactory()])
    client.force_login(ManagerFactory(is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:interactions_distributionrule_try"), {"amount": "500"}).content.decode()
    assert "<strong>Vera Chosen</strong>" in page
    assert "no: amount" in page
    client.force_login(ManagerFactory())
    assert client.get(reverse("admin:interactions_distributionrule_try")).status_code == 302


def test_a_rule_chooses_among_somebody(client):
    client.force_login(ManagerFactory(is_staff=True, is_superuser=True))
    answer = client.post(
        reverse("admin:interactions_distributionrule_add"), {"name": "A", "position": 1, "method": "evenly"}
    )
    assert "managers" in answer.context["adminform"].form.errors
