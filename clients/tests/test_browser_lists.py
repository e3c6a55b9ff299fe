"""Lists in Chromium: a view is saved and opened again, columns are chosen, a client is tagged, all without a reload."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import ListColumns, SavedView
from clients.tests.factories import held_client
from clients.tests.pages import browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna(page, live_server, company):
    """A page on which Anna is signed in."""
    cookie = browser(company.anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


def test_a_view_is_saved_in_place_and_opened_again(anna, live_server, company):
    held_client(company.anna, name="Zapad")
    page = anna
    page.goto(live_server.url + reverse("client-list"))
    page.fill("#filter_q", "vostok")
    page.wait_for_selector(".sv-chip")
    page.evaluate("window.here = 1")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save what is shown as").fill("East")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sv-view-open:has-text('East')")
    assert page.evaluate("window.here") == 1
    assert "view=" in page.url
    view = SavedView.objects.get()
    page.goto(live_server.url + reverse("client-list"))
    assert page.locator("tbody tr").count() == 2
    page.click(".sv-tab-view:has-text('East')")
    page.wait_for_selector(".sv-view-open:has-text('East')")
    assert page.locator("tbody tr").count() == 1
    page.fill("#filter_q", "zapad")
    page.get_by_role("button", name="Save the changes").click()
    page.wait_for_selector(".sv-toast:has-text('as you see it now')")
    view.refresh_from_db()
    assert "q=zapad" in view.query


def test_columns_are_chosen_and_moved_with_the_menu_open(anna, live_server, company):
    page = anna
    page.goto(live_server.url + reverse("client-list"))
    page.get_by_text("Columns", exact=True).click()
    with page.expect_response(lambda answer: "/clients/" in answer.url and answer.request.method == "GET"):
        page.check("#column-inn")
    page.wait_for_selector("th:has-text('INN')")
    with page.expect_response(lambda answer: "/clients/" in answer.url and answer.request.method == "GET"):
        page.focus("#column-inn-up")
        page.keyboard.press("Enter")
    expect(page.locator("#column-inn-up")).to_be_focused()
    assert page.locator("details.sv-columns[open]").count() == 1
    assert ListColumns.objects.get().columns[-2] == "inn"


def test_a_client_is_tagged_by_keyboard(anna, live_server, company):
    page = anna
    page.goto(live_server.url + company.client.get_absolute_url())
    page.focus(".sv-labels-edit")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sv-tagbox-entry:focus")
    page.keyboard.type("VIP")
    page.keyboard.press("Enter")
    page.keyboard.type("tender,wrong,")
    page.keyboard.press("Backspace")
    page.keyboard.type("not taken yet")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector(".sv-labels:not(.sv-labels-form) .sv-label:has-text('not taken yet')")
    assert set(company.client.tags.values_list("name", flat=True)) == {"VIP", "tender", "not taken yet"}
    page.click(".sv-toast button:has-text('Undo')")
    page.wait_for_function("!document.querySelector('.sv-labels .sv-label')")
    assert not company.client.tags.exists()
