"""Duplicates in Chromium: the scan with its progress, a pair told apart or merged fact by fact, a merge taken back."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.doubles import scan
from clients.models import Client, DuplicatePair, DuplicateScan
from clients.tests import pages
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    head_of,
    held_client,
)
from interactions.models import Event
from interactions.tests.factories import event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def head():
    department = DepartmentFactory()
    seller = ManagerFactory(department=department)
    for name, city in (("ООО Восток Строй", "Омск"), ("Восток-Строй", "Томск")):
        client = held_client(seller, name=name, city=city)
        ContactPointFactory(client=client, value="+74951234567")
        ContactPersonFactory(client=client, first_name="Иван", last_name="Петров")
        event(client)
    for number in range(3):
        held_client(seller, name=f"Firm{number * 11} of {'abc'[number] * 5}")
    return head_of(department)


@pytest.fixture
def at_list(page, live_server, head):
    cookie = pages.browser(head).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("duplicate-list"))
    return page


def scanned(page):
    page.click("text=Look through the whole base")
    expect(page.locator("#scan")).to_contain_text("0 of 5 clients looked at")
    scan.carry_on(DuplicateScan.objects.get().pk)
    expect(page.locator("#scan")).to_contain_text("Looked through last")
    expect(page.locator("#duplicate-list tbody tr")).to_have_count(1)


def test_the_base_is_looked_through_two_are_merged_and_parted_again(at_list):
    page = at_list
    scanned(page)
    page.click("text=Compare")
    expect(page.get_by_role("radio", name="Lead manager")).to_have_count(0)
    page.get_by_role("radio", name="name: Восток-Строй").check()
    page.get_by_role("radio", name="city: Томск").check()
    expect(page.get_by_role("checkbox", name="Петров Иван")).to_be_checked()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"^[^?]*/duplicates/"))
    kept = Client.objects.get(name="Восток-Строй")
    assert (kept.city, kept.persons.count(), Event.objects.filter(client=kept).count()) == ("Томск", 1, 2)
    expect(page.locator("#duplicate-list tbody tr")).to_have_count(0)
    page.click(".sv-toast >> text=Undo")
    page.wait_for_url("**/clients/*/")
    assert sorted(Client.objects.filter(search_name__contains="восток").values_list("city", flat=True)) == [
        "Омск",
        "Томск",
    ]
    page.goto(page.url.split("/clients/")[0] + reverse("merge-list"))
    expect(page.locator("#merge-list tbody tr")).to_contain_text("taken back")


def test_not_a_duplicate_goes_from_the_list_and_comes_back(at_list):
    page = at_list
    scanned(page)
    page.locator("#duplicate-list tbody tr").get_by_role("button", name="Not duplicates").click()
    expect(page.locator("#duplicate-list tbody tr")).to_have_count(0)
    assert DuplicatePair.objects.get().status == "different"
    page.click(".sv-toast >> text=Undo")
    expect(page.locator("#duplicate-list tbody tr")).to_have_count(1)


def test_one_press_takes_all_of_one(at_list):
    page = at_list
    scanned(page)
    page.click("text=Compare")
    page.get_by_role("button", name="All of this one").nth(1).click()
    for name in ("name: Восток-Строй", "city: Томск"):
        expect(page.get_by_role("radio", name=name)).to_be_checked()


def test_a_press_before_the_scripts_are_there_is_not_lost(at_list):
    page = at_list
    scanned(page)
    held_back = []

    def hold_back(route):
        held_back.append(route)

    page.route("**/merge.js", hold_back)
    with page.expect_request("**/merge.js"):
        page.click("text=Compare")
    page.get_by_role("button", name="All of this one").nth(1).click()
    chosen = page.get_by_role("radio", name="city: Томск")
    page.keyboard.press("/")
    expect(chosen).not_to_be_checked()
    expect(page.locator("[data-search]")).not_to_be_focused()
    held_back[0].continue_()
    expect(chosen).to_be_checked()
    expect(page.locator("[data-search]")).to_be_focused()
