"""Two people, two browsers, one client."""

import re

import pytest

from clients.models import Client
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of
from crm import clock
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
    # The second page hears nothing of what changes: two clicks at the same moment.
    second.route("**/exchange/live/**", lambda route: route.abort())

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


def test_what_a_colleague_claims_is_said_on_the_open_board_and_card(browser, live_server):
    for name in ("anna", "boris", "vera"):
        ManagerFactory(username=name, first_name=name.title(), last_name="Orlova")
    silver, gold = exchange_client(name="Silver Foods"), exchange_client(name="Gold Mills")
    first, second, third = (signed_in(browser, live_server, name) for name in ("anna", "boris", "vera"))
    second.get_by_label("Mark: Gold Mills").check()
    third.goto(live_server.url + silver.get_absolute_url())
    third.get_by_role("button", name="Claim").wait_for()
    before = second.locator(f"#exchange-{gold.pk}").bounding_box()
    # By the keyboard alone.
    first.get_by_role("button", name="Claim Silver Foods").focus()
    first.keyboard.press("Enter")
    first.locator(f"#exchange-{silver.pk}").get_by_text("Yours now.").wait_for()
    assert first.get_by_text("1 of 5 claims today").is_visible()

    taken = re.compile(r"Taken by Anna Orlova at \d\d:\d\d")
    row = second.locator(f"#exchange-{silver.pk}")
    row.get_by_text(taken).wait_for(timeout=15000)
    assert row.get_by_role("button").count() == 0
    assert second.locator("[data-nav-badge='/exchange/']").first.inner_text() == "1"
    assert taken.search(second.locator("#exchange-said").inner_text())
    # What is marked stays marked, and no row has moved.
    assert second.get_by_label("Mark: Gold Mills").is_checked()
    assert abs(second.locator(f"#exchange-{gold.pk}").bounding_box()["y"] - before["y"]) < 60

    third.locator("#claim-box").get_by_text(taken).wait_for(timeout=15000)
    assert third.locator("#claim-box").get_by_role("button").count() == 0


def test_new_arrivals_are_told_quietly(browser, live_server):
    ManagerFactory(username="anna")
    exchange_client(name="Silver Foods")
    page = signed_in(browser, live_server, "anna")
    page.get_by_text("Silver Foods").wait_for()
    exchange_client(name="Gold Mills", since=clock.now())
    page.get_by_text("1 new client arrived:").wait_for(timeout=15000)
    assert page.get_by_text("Gold Mills").count() == 0
    page.get_by_role("link", name="show", exact=True).click()
    page.get_by_role("link", name="Gold Mills").wait_for()
    assert page.get_by_text("1 new client arrived:").count() == 0


def test_many_are_claimed_with_an_answer_in_each_row(browser, live_server):
    anna = ManagerFactory(username="anna", first_name="Anna", last_name="Orlova")
    good, early = exchange_client(name="Silver Foods"), exchange_client(name="Gold Mills", since=clock.now())
    page = signed_in(browser, live_server, "anna")
    assert not page.get_by_role("button", name="Claim selected").is_visible()
    page.get_by_label("Mark all").check()
    page.get_by_role("button", name="Claim selected").click()
    page.locator(f"#exchange-{good.pk}").get_by_text("Yours now.").wait_for()
    assert page.get_by_role("heading", name="1 of 2 clients are yours now.").is_visible()
    row = page.locator(f"#exchange-{early.pk}")
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    row.get_by_text("Just arrived: it can be claimed from").wait_for()
    page.get_by_text("1 of 5 claims today").wait_for()
    good.refresh_from_db()
    assert good.manager == anna


def test_many_are_claimed_without_javascript(browser, live_server):
    ManagerFactory(username="anna")
    exchange_client(name="Silver Foods"), exchange_client(name="Gold Mills", since=clock.now())
    page = signed_in(browser, live_server, "anna", java_script_enabled=False)
    for name in ("Silver Foods", "Gold Mills"):
        page.get_by_label(f"Mark: {name}").check()
    page.get_by_role("button", name="Claim selected").click()
    page.get_by_text("1 of 2 clients are yours now.").wait_for()
    page.get_by_role("link", name="Back to the exchange").click()
    page.wait_for_url("**/exchange/")


def test_a_head_spreads_what_he_marked(browser, live_server):
    head = head_of(DepartmentFactory(), username="head")
    for name in ("Idle", "Busy"):
        ManagerFactory(department=head.department, first_name="Vera", last_name=name)
    rows = [exchange_client(name=name) for name in ("Silver Foods", "Gold Mills")]
    exchange_client(name="Not marked")
    page = signed_in(browser, live_server, "head")
    for row in rows:
        page.get_by_label(f"Mark: {row.name}").check()
    page.get_by_role("button", name="Spread evenly among…").click()
    page.get_by_role("heading", name="Spread the marked clients").wait_for()
    for name in ("Vera Idle", "Vera Busy"):
        page.get_by_label(re.compile(name)).check()
    page.get_by_role("button", name="Spread evenly").click()
    page.get_by_text("2 of 2 clients given.").wait_for()
    assert Client.objects.filter(manager__first_name="Vera").count() == 2
    assert Client.objects.on_exchange().get().name == "Not marked"
