"""Bulk actions in Chromium: by keyboard alone, with ranges, all that match, after a refresh, without JavaScript."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import BulkJob, Client
from clients.tests import pages
from clients.tests.factories import ManagerFactory, held_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BAR = "[data-bulk]"


@pytest.fixture
def seller():
    person = ManagerFactory()
    for number in range(8):
        held_client(person, name=f"Firm {number}")
    return person


@pytest.fixture
def signed_in(page, live_server, seller):
    cookie = pages.browser(seller).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}{reverse('client-list')}?sort=name")
    return page


def marked(page):
    return [box.get_attribute("value") for box in page.locator("[data-check]:checked").all()]


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def tab_to(page, words):
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            return
    pytest.fail(f"no way to {words} by Tab")


def test_marked_tagged_and_taken_back_by_keyboard_alone(signed_in, seller):
    page = signed_in
    assert page.locator(BAR).is_hidden()
    press(page, "j", "x", "j", "j", "Shift+X")
    assert page.inner_text("[data-bulk-count]") == "3"
    assert page.inner_text("[data-bulk-said]") == "Marked: 3"
    press(page, "j", "x", "x", "b")
    tab_to(page, "Add tags")
    press(page, "Enter")
    page.wait_for_selector("text=This will be done to 3 clients.")
    page.keyboard.type("vip")
    press(page, "Control+Enter")
    page.wait_for_selector("text=Done: 3 of 3.")
    assert page.url.endswith("?sort=name")
    tagged = Client.objects.filter(tags__name="vip").order_by("name").values_list("name", flat=True)
    assert list(tagged) == ["Firm 0", "Firm 1", "Firm 2"]
    tab_to(page, "Undo")
    press(page, "Enter")
    page.wait_for_selector("text=3 of 3 are as they were.")
    assert not Client.objects.filter(tags__name="vip").exists()


def test_a_range_by_shift_and_all_of_the_page(signed_in):
    page, boxes = signed_in, signed_in.locator("[data-check]")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert len(marked(page)) == 4
    boxes.nth(4).click()
    boxes.nth(2).click(modifiers=["Shift"])  # what is taken off is taken off in a range too
    assert len(marked(page)) == 1
    page.locator("[data-check-all]").click()
    assert page.inner_text("[data-bulk-count]") == "8"
    page.get_by_role("button", name="Unmark all").click()
    assert marked(page) == []
    assert page.locator(BAR).is_hidden()


def test_all_of_the_list_goes_out_with_one_unmarked_row(signed_in, live_server, seller):
    for number in range(8, 60):
        held_client(seller, name=f"Firm {number}")
    page = signed_in
    page.reload()
    page.locator("[data-check]").first.click()
    page.get_by_label("all 60 of the list").click()
    assert page.inner_text("[data-bulk-count]") == "60"
    assert len(marked(page)) == 50
    page.locator("[data-check]").nth(3).click()
    assert page.inner_text("[data-bulk-count]") == "49"
    page.get_by_label("all 60 of the list").click()
    page.get_by_role("button", name="Add tags").click()
    page.wait_for_selector("text=This will be done to 60 clients.")
    assert BulkJob.objects.get().total == 60


def test_marks_outlive_a_list_that_reads_itself_anew(signed_in):
    page = signed_in
    page.locator("[data-check]").nth(0).click()
    page.locator("[data-check]").nth(2).click()
    before = marked(page)
    page.evaluate("for (const list of document.querySelectorAll('[data-list]')) list.dataset.old = 1")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('list-refresh', {bubbles: true}))")
    expect(page.locator("[data-old]")).to_have_count(0)
    expect(page.locator("[data-check]:checked")).to_have_count(2)
    assert marked(page) == before
    assert page.inner_text("[data-bulk-count]") == "2"
    assert page.locator(BAR).is_visible()


def test_without_javascript_the_bar_is_there_and_works(browser, live_server, seller):
    context = browser.new_context(java_script_enabled=False)
    cookie = pages.browser(seller).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}{reverse('client-list')}?sort=name")
    assert page.locator(BAR).is_visible()
    page.locator("[data-check]").nth(0).check()
    page.locator("[data-check]").nth(5).check()
    page.get_by_role("button", name="Add tags").click()
    page.fill("[name=names]", "vip")
    page.get_by_role("button", name="Add tags").click()
    assert "Done: 2 of 2." in page.content()
    page.get_by_role("button", name="Undo").click()
    assert "2 of 2 are as they were." in page.content()
    context.close()
