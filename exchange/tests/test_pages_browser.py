"""Two people, two browsers, one client."""

import re

import pytest

from clients.tests.factories import ManagerFactory, exchange_client
from exchange.models import Claim

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def signed_in(browser, live_server, username, **context):
    page = browser.new_context(locale="en-GB", **context).new_page()
    page.goto(f"{live_server.url}/login/?next=/exchange/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/exchange/")
    return page


def test_two_browsers_claim_the_same_client_and_one_is_told(browser, live_server):
    anna = ManagerFactory(username="anna", first_name="Anna", last_name="Orlova")
    ManagerFactory(username="boris", first_name="Boris", last_name="Titov")
    waiting = exchange_client(name="Silver Foods")
    first, second = (signed_in(browser, live_server, name) for name in ("anna", "boris"))
    row = f"#exchange-{waiting.pk}"

    first.get_by_role("button", name="Claim Silver Foods").click()
    first.locator(row).get_by_text("Yours now.").wait_for()
    assert first.locator("[data-nav-badge='/exchange/']").first.inner_text() == "0"

    with second.expect_response(re.compile("/claim/$")) as answer:
        second.get_by_role("button", name="Claim Silver Foods").click()
    assert answer.value.status == 409
    second.locator(row).get_by_text(re.compile(r"Already taken by Anna Orlova at \d")).wait_for()
    assert second.locator(row).get_by_role("button").count() == 0

    waiting.refresh_from_db()
    assert waiting.manager == anna
    assert Claim.objects.filter(client=waiting).count() == 1

    first.locator(row).get_by_role("link", name="Open the card").click()
    first.wait_for_url(f"**{waiting.get_absolute_url()}")


def test_claiming_works_without_javascript(browser, live_server):
    anna = ManagerFactory(username="anna")
    waiting = exchange_client(name="Silver Foods")
    page = signed_in(browser, live_server, "anna", java_script_enabled=False)
    page.get_by_role("button", name="Claim Silver Foods").click()
    page.get_by_text("The client is yours now.").wait_for()
    waiting.refresh_from_db()
    assert waiting.manager == anna
