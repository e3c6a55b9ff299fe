"""Tags: what is typed, what is kept, who may, what is found, what is merged."""

import html
import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clients import tags
from clients.models import Client, ClientTag, ContactPerson, PersonTag, Tag
from clients.tests.factories import ContactPersonFactory, ManagerFactory, exchange_client, held_client
from clients.tests.pages import browser
from crm.web.errors import DomainError
from crm.web.text import fold
from interactions.models import SalesProcess
from interactions.tests.factories import process

#: What the tests that ask no database are left without.
db = pytest.mark.django_db


# --- what is typed ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        (" , ;\n,", []),
        ("VIP", ["VIP"]),
        ("VIP, vip ,Vip", ["VIP"]),
        ("  new   shop ; tender\nVIP", ["new shop", "tender", "VIP"]),
        ("Ёлка, елка", ["Ёлка"]),
        ("ＶＩＰ, vip", ["ＶＩＰ"]),
        ("a\x00b, zero\u200bwidth", ["a b", "zero width"]),
    ],
)
def test_names_are_split_and_each_stands_once(text, names):
    assert tags.split_names(text) == names


@given(st.text(max_size=200))
def test_splitting_what_was_joined_changes_nothing(text):
    names = tags.split_names(text)
    assert tags.split_names(tags.join_names(names)) == names
    keys = [fold(name) for name in names]
    assert len(set(keys)) == len(keys)
    assert all(keys)
    assert all(name.isprintable() and name == name.strip() for name in names)


@given(st.lists(st.text(alphabet="vipVIPёЁеЕ ,;", max_size=8), max_size=6))
def test_the_order_of_typing_and_the_case_make_no_other_tags(words):
    one = {fold(name) for name in tags.split_names(", ".join(words))}
    other = {fold(name) for name in tags.split_names(";".join(word.swapcase() for word in reversed(words)))}
    assert one == other


# --- what is kept -----------------------------------------------------------------------------------------------------
@db
def test_exactly_the_named_tags_stand_and_one_word_is_one_tag():
    anna, first, second = ManagerFactory(), held_client(), held_client()
    done = tags.set_tags(first, ["VIP", "tender"], by=anna)
    assert (done.before, done.after) == ([], ["tender", "VIP"])
    done = tags.set_tags(second, ["vip"], by=anna)
    assert done.after == ["VIP"]
    assert Tag.objects.count() == 2
    assert Tag.objects.get(search_name="vip").created_by == anna
    done = tags.set_tags(first, ["Vip"], by=anna)
    assert done.is_change
    assert [tag.name for tag in first.tags.all()] == ["VIP"]
    assert not tags.set_tags(first, ["VIP"], by=anna).is_change


@db
@pytest.mark.parametrize("names", [["x" * 51], [f"tag {n}" for n in range(21)], ["ß" * 30]])
def test_too_long_and_too_many_are_refused_and_nothing_is_made(names):
    target = held_client()
    tags.set_tags(target, ["VIP"], by=ManagerFactory())
    with pytest.raises(DomainError) as refused:
        tags.set_tags(target, names, by=ManagerFactory())
    assert refused.value.field == "names"
    assert [tag.name for tag in target.tags.all()] == ["VIP"]
    assert Tag.objects.count() == 1


@db
@pytest.mark.parametrize("make", [held_client, ContactPersonFactory, process])
def test_many_rows_get_tags_lose_them_and_get_them_back(make):
    anna, one, two, full = ManagerFactory(), make(), make(), make()
    tags.set_tags(one, ["VIP"], by=anna)
    tags.set_tags(full, [f"tag {n}" for n in range(20)], by=anna)
    model, vip = type(one), Tag.objects.get(search_name="vip").pk
    added = tags.add(model, [one.pk, two.pk, full.pk], ["vip"], by=anna)
    assert added == {one.pk: [], two.pk: [vip]}
    tags.put_back(model, on={}, off=added)
    assert [list(row.tags.values_list("pk", flat=True)) for row in (one, two)] == [[vip], []]
    gone = tags.remove(model, [one.pk, two.pk], ["VIP"])
    assert gone == {one.pk: [vip]}
    assert not one.tags.exists()
    tags.put_back(model, on=gone, off={})
    assert list(one.tags.values_list("pk", flat=True)) == [vip]


@db
def test_links_of_a_tag_that_is_gone_meanwhile_are_not_put_back():
    client = held_client()
    tags.put_back(Client, on={client.pk: [999]}, off={})
    assert not ClientTag.objects.exists()


@db
def test_two_tags_become_one_everywhere():
    anna, both, one, sale = ManagerFactory(), held_client(), ContactPersonFactory(), process()
    tags.set_tags(both, ["VIP", "very important"], by=anna)
    tags.set_tags(one, ["very important"], by=anna)
    tags.set_tags(sale, ["very important"], by=anna)
    keep, other = Tag.objects.get(search_name="vip"), Tag.objects.get(search_name="very important")
    tags.merge(keep=keep, others=[other, keep])
    assert [list(row.tags.all()) for row in (both, one, sale)] == [[keep]] * 3
    assert list(Tag.objects.all()) == [keep]


# --- what is found ----------------------------------------------------------------------------------------------------
@db
def test_the_filter_asks_for_all_of_the_tags():
    anna, both, one = ManagerFactory(), held_client(), held_client()
    tags.set_tags(both, ["VIP", "tender"], by=anna)
    tags.set_tags(one, ["vip"], by=anna)
    held_client()

    def found(text):
        return set(tags.with_all(Client.objects.all(), text))

    assert found("Vip") == {both, one}
    assert found("TENDER, vip") == {both}
    assert found("vip, nobody's") == set()
    assert found(" , ") == set(Client.objects.all())


@db
@pytest.mark.parametrize("route", ["client-list", "person-list", "process-list"])
def test_every_list_is_filtered_by_tags(company, route):
    person = ContactPerson.objects.get()
    sale = process(company.client, by=company.anna)
    row = {"client-list": company.client, "person-list": person, "process-list": sale}[route]
    tags.set_tags(row, ["VIP"], by=company.anna)
    anna = browser(company.anna)
    assert list(anna.get(reverse(route), {"tags": "vip"}).context["page"]) == [row]
    assert list(anna.get(reverse(route), {"tags": "vip, tender"}).context["page"]) == []


@db
def test_suggestions_are_the_tags_that_hold_what_is_typed(company):
    tags.set_tags(company.client, ["Ёлки", "tender"], by=company.anna)
    anna = browser(company.anna)
    assert anna.get(reverse("tag-suggest"), {"q": "ЕЛ"}).json() == {"names": ["Ёлки"]}
    assert set(anna.get(reverse("tag-suggest")).json()["names"]) == {"Ёлки", "tender"}


# --- who may ----------------------------------------------------------------------------------------------------------
@db
def test_tags_of_a_client_are_changed_by_those_who_work_on_it_and_taken_back(company):
    anna, url = browser(company.anna), reverse("client-tags", args=[company.client.pk])
    assert anna.get(url).status_code == 200
    answer = anna.post(url, {"names": "VIP, tender"}, headers={"HX-Request": "true", "HX-Target": "tags-client-1"})
    assert b"VIP" in answer.content
    undo = f"{url}?names="
    assert undo.encode() in answer.content
    assert company.client.tags.count() == 2
    anna.post(undo)
    assert company.client.tags.count() == 0


@db
def test_undo_leaves_what_a_colleague_has_put_on_since(company):
    anna, url = browser(company.anna), reverse("client-tags", args=[company.client.pk])
    answer = anna.post(url, {"names": "VIP"}, headers={"HX-Request": "true", "HX-Target": "tags-client-1"})
    undo = html.unescape(re.search(r'action="([^"]+names=[^"]*)"', answer.content.decode()).group(1))
    tags.set_tags(company.client, ["VIP", "tender"], by=company.vera)
    anna.post(undo)
    assert {tag.name for tag in company.client.tags.all()} == {"VIP", "tender"}


@db
@pytest.mark.parametrize("name", ["one, two", "one;two"])
def test_a_tag_that_would_be_two_when_typed_is_refused_in_django_admin(name):
    with pytest.raises(ValidationError, match="part tags"):
        Tag(name=name).full_clean()


@db
def test_without_javascript_the_form_is_a_page_and_leads_back(company):
    anna, url = browser(company.anna), reverse("person-tags", args=[ContactPerson.objects.get().pk])
    answer = anna.post(url, {"names": "coffee", "next": "/persons/"})
    assert (answer.status_code, answer["Location"]) == (302, "/persons/")
    assert PersonTag.objects.get().tag.name == "coffee"


@db
@pytest.mark.parametrize("in_place", [True, False])
def test_what_is_wrong_stands_at_the_field_with_everything_typed(company, in_place):
    headers = {"HX-Request": "true", **({"HX-Target": "tags-client-1"} if in_place else {})}
    typed = "y" * 51
    answer = browser(company.anna).post(
        reverse("client-tags", args=[company.client.pk]), {"names": typed}, headers=headers
    )
    assert answer.status_code == 422
    assert typed.encode() in answer.content
    assert b"too long for a tag" in answer.content


@db
def test_others_may_not_and_do_not_learn_what_stands_there(company):
    tags.set_tags(company.client, ["secret plan"], by=company.anna)
    person, sale = ContactPerson.objects.get(), process(company.client)
    petr = browser(company.petr)
    for route, row, status in (("client-tags", company.client, 403), ("person-tags", person, 404)):
        url = reverse(route, args=[row.pk])
        assert petr.get(url).status_code == status
        assert petr.get(f"{url}?shown=1", headers={"HX-Request": "true", "HX-Target": "tags-x"}).status_code == status
        assert petr.post(url, {"names": "mine"}).status_code == status
    assert petr.post(reverse("process-tags", args=[sale.pk]), {"names": "mine"}).status_code == 404
    assert Tag.objects.filter(name="mine").count() == 0
    assert SalesProcess.objects.get().tags.count() == 0


@db
def test_on_the_exchange_tags_are_read_only_for_salespeople(company):
    waiting = exchange_client()
    assert browser(company.petr).post(reverse("client-tags", args=[waiting.pk]), {"names": "x"}).status_code == 403


@db
def test_the_administration_merges_into_the_most_used(company, client):
    admin = ManagerFactory(is_staff=True, is_superuser=True)
    tags.set_tags(company.client, ["VIP"], by=admin)
    tags.set_tags(held_client(), ["VIP", "important"], by=admin)
    client.force_login(admin)
    chosen = {"action": "merge", "_selected_action": list(Tag.objects.values_list("pk", flat=True))}
    client.post(reverse("admin:clients_tag_changelist"), chosen)
    assert [tag.name for tag in Tag.objects.all()] == ["VIP"]
