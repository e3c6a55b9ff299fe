"""The client form in Chromium: doubles while typing, another phone, and the drawer on the card."""

import pytest
from django.urls import reverse

from clients.tests.pages import INN, browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(page, live_server, company):
    """A page on which Petr, a colleague, is signed in."""
    cookie = browser(company.petr).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


def test_doubles_are_shown_while_typing_and_rows_are_added(signed_in, live_server, company):
    page = signed_in
    page.goto(live_server.url + reverse("client-create"))
    page.fill("[name=name]", "Zapad")
    page.fill("[name=inn]", INN)
    page.wait_for_selector(".cl-found")
    assert "ask Anna Ivanova" in page.inner_text(".cl-found")
    page.click("[data-formset-add]")
    page.fill("[name=points-2-value]", "8 495 765-43-21")
    page.get_by_role("button", name="Create client").click()
    # Asked once, with everything typed still there; the tick answers.
    page.check("[name=create_anyway]")
    assert page.input_value("[name=points-2-value]") == "8 495 765-43-21"
    page.get_by_role("button", name="Create client").click()
    page.wait_for_selector("h1:has-text('Zapad')")
    assert page.locator("a[href='tel:+74957654321']").count() >= 1


def test_a_person_is_added_in_the_drawer(signed_in, live_server, company):
    from clients.tests.factories import held_client

    page, client = signed_in, held_client(company.petr)
    page.goto(live_server.url + client.get_absolute_url())
    page.click("[title='Add contact person']")
    page.fill("#drawer [name=first_name]", "Elena")
    page.fill("#drawer [name=points-0-value]", "no phone")
    page.get_by_role("button", name="Add person").click()
    page.wait_for_selector("#drawer .sv-field-error")
    page.fill("#drawer [name=points-0-value]", "8 916 000-00-00")
    page.get_by_role("button", name="Add person").click()
    page.wait_for_selector(".cl-person:has-text('Elena')")
