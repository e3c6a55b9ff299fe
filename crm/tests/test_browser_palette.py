"""Search and the palette by keyboard, a contact registered from anywhere, and coming back from a call, in Chromium."""

import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from clients.models import RecentItem
from clients.tests.factories import ContactPointFactory, exchange_client, held_client
from clients.tests.pages import browser, company  # noqa: F401
from crm import clock
from interactions.models import Event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(page, live_server, company) -> Any:  # noqa: F811
    """A page on which Anna is signed in, on her list of clients; her other client is Zapad."""
    cookie = browser(company.anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.base = live_server.url
    # No telephone answers here: the page stays, as it does on a computer.
    page.add_init_script("addEventListener('click', (e) => e.target.closest('a[href^=tel]') && e.preventDefault())")
    other = held_client(company.anna, name="Zapad")
    ContactPointFactory(client=other, value="+7 495 111-22-33")
    page.goto(live_server.url + reverse("client-list"))
    return page


def active(page) -> str:
    """The words of the line the field points at for a screen reader."""
    return page.evaluate(
        "() => { const i = document.activeElement;"
        " const o = document.getElementById(i.getAttribute('aria-activedescendant'));"
        " return o && o.getAttribute('aria-selected') === 'true' ? o.innerText : '' }"
    )


def wait_active(page, words: str) -> None:
    expect(page.locator("[role=option][aria-selected=true]:visible", has_text=words)).to_be_visible()


# --- the palette ------------------------------------------------------------------------------------------------------
def test_a_client_is_opened_by_typing_a_phone(desk, company):  # noqa: F811
    desk.keyboard.press("Control+k")
    desk.keyboard.type("8 916 123-45-67")
    desk.keyboard.press("Enter")  # quicker than the answer
    desk.wait_for_url("**" + company.client.get_absolute_url())


def test_arrows_and_tab_walk_the_lines_and_axe_finds_nothing(desk, company):  # noqa: F811
    desk.keyboard.press("Control+k")
    desk.keyboard.type("vostok")
    wait_active(desk, "Vostok Stroy")
    assert desk.locator("#palette-input").get_attribute("aria-expanded") == "true"
    results = Axe().run(desk, context="#palette")
    assert results.violations_count == 0, results.generate_report()
    desk.keyboard.press("ArrowDown")
    assert "Register contact with Vostok Stroy" in active(desk)
    desk.keyboard.press("Shift+Tab")
    assert "Vostok Stroy" in active(desk)
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#drawer[open] textarea[name=text]")
    assert not desk.locator("#palette").evaluate("dialog => dialog.open")


def test_ctrl_enter_opens_in_a_tab(desk, company):  # noqa: F811
    desk.keyboard.press("Control+k")
    desk.keyboard.type("vostok")
    wait_active(desk, "Vostok Stroy")
    with desk.context.expect_page() as opened:
        desk.keyboard.press("Control+Enter")
    assert opened.value.url.endswith(company.client.get_absolute_url())
    assert desk.url.endswith(reverse("client-list"))


def test_a_contact_is_registered_without_opening_the_client(desk, company):  # noqa: F811
    desk.keyboard.press("Control+k")
    desk.keyboard.type("vostok")
    wait_active(desk, "Vostok Stroy")
    desk.keyboard.press("ArrowRight")
    desk.wait_for_selector("#drawer[open] textarea[name=text]:focus")
    desk.keyboard.type("Agreed")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector("#drawer:not([open])", state="attached")
    assert Event.objects.get(client=company.client).text == "Agreed"


def test_pages_and_actions_are_matched_at_once_in_either_layout(desk):
    desk.route("**/search/palette/**", lambda route: None)  # the server says nothing
    desk.keyboard.press("Control+k")
    desk.keyboard.type("сдшут")
    wait_active(desk, "New client")
    assert desk.locator("#palette [role=option]:visible").count() == 3  # and two pages: the clients, the report on them


def test_recent_clients_stand_there_before_anything_is_typed(desk, company):  # noqa: F811
    with desk.expect_response("**/search/recent/**"):
        desk.goto(desk.base + company.client.get_absolute_url())
    assert RecentItem.objects.count() == 1
    desk.keyboard.press("Control+k")
    wait_active(desk, "Vostok Stroy")


def test_a_client_of_the_exchange_is_claimed_from_the_palette(desk, company):  # noqa: F811
    waiting = exchange_client(name="Volga")
    desk.keyboard.press("Control+k")
    desk.keyboard.type("volga")
    wait_active(desk, "Volga")
    desk.keyboard.press("ArrowDown")
    assert "Claim Volga" in active(desk)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**" + waiting.get_absolute_url())
    waiting.refresh_from_db()
    assert waiting.manager == company.anna


# --- slow lines and quick hands ---------------------------------------------------------------------------------------
class Held:
    """Answers to requests for ``address`` that wait till they are let go."""

    def __init__(self, page: Page, address: str) -> None:
        self._page, self._goes = page, False
        self._waiting: list[Route] = []
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        if self._goes:
            route.continue_()
        else:
            self._waiting.append(route)

    def wait(self) -> None:
        """Till one has been asked for."""
        deadline = time.monotonic() + 30
        while not self._waiting:
            assert time.monotonic() < deadline, "never asked for"
            self._page.wait_for_timeout(20)

    def go(self) -> None:
        self.wait()
        self._goes = True
        for route in self._waiting:
            route.continue_()


def called(page: Page) -> str | None:
    """Whom the last number pressed was of."""
    return page.evaluate("() => JSON.parse(sessionStorage['svetofor.call'] ?? '{}').name ?? null")


def test_shift_enter_calls_whom_was_typed_and_not_whom_an_older_answer_found(desk, company):  # noqa: F811
    desk.keyboard.press("Control+k")
    desk.keyboard.type("zapad")
    wait_active(desk, "Zapad")
    answer = Held(desk, "**/search/palette/?q=vostok")
    desk.locator("#palette-input").select_text()
    desk.keyboard.type("vostok")
    desk.keyboard.press("Shift+Enter")
    answer.wait()
    assert called(desk) is None
    answer.go()
    desk.wait_for_selector("#palette:not([open])", state="attached")
    assert called(desk) == "Vostok Stroy"


def test_the_arrow_registers_with_whom_was_typed(desk, company):  # noqa: F811
    desk.keyboard.press("Control+k")
    desk.keyboard.type("zapad")
    wait_active(desk, "Zapad")
    answer = Held(desk, "**/search/palette/?q=vostok")
    desk.locator("#palette-input").select_text()
    desk.keyboard.type("vostok")
    desk.keyboard.press("ArrowRight")
    answer.go()
    expect(desk.locator("#drawer[open] h2")).to_contain_text("Vostok Stroy")


def test_who_closes_the_palette_before_the_answer_stays_where_he_is(desk, company):  # noqa: F811
    answer = Held(desk, "**/search/palette/?q=vostok")
    desk.keyboard.press("Control+k")
    desk.keyboard.type("vostok")
    desk.keyboard.press("Enter")
    answer.wait()
    desk.keyboard.press("Escape")
    answer.go()
    expect(desk.locator("#palette [data-finder-served]")).to_contain_text("Vostok Stroy")
    desk.wait_for_timeout(300)
    assert desk.url.endswith(reverse("client-list"))


def test_an_answer_to_what_is_no_longer_typed_is_not_shown(desk, company):  # noqa: F811
    RecentItem.objects.create(manager=company.anna, client=company.client, seen_at=clock.now())
    desk.keyboard.press("Control+k")
    wait_active(desk, "Vostok Stroy")
    answer = Held(desk, "**/search/palette/?q=zapad")
    desk.keyboard.type("zapad")
    answer.wait()
    desk.keyboard.press("Control+a")
    desk.keyboard.press("Delete")
    desk.wait_for_timeout(200)  # he has stopped typing
    answer.go()
    desk.wait_for_timeout(300)
    assert "Vostok Stroy" in active(desk)


def test_enter_again_does_not_begin_the_waiting_anew(desk, company):  # noqa: F811
    answer = Held(desk, "**/search/palette/?q=vostok")
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.keyboard.press("Control+k")
    desk.keyboard.type("vostok")
    for _ in range(3):
        desk.keyboard.press("Enter")
    answer.go()
    desk.wait_for_url("**" + company.client.get_absolute_url())
    assert len([url for url in asked if url.endswith("?q=vostok")]) == 1


def test_what_is_typed_after_a_key_that_came_before_the_scripts_is_not_lost(desk, company):  # noqa: F811
    scripts = Held(desk, "**/js/rows*.js")  # the others wait for it
    desk.goto(desk.base + reverse("client-list"), wait_until="commit")
    scripts.wait()
    desk.keyboard.press("Control+k")
    desk.keyboard.type("vostok")
    desk.keyboard.press("Enter")
    scripts.go()
    desk.wait_for_url("**" + company.client.get_absolute_url())


# --- the search on top ------------------------------------------------------------------------------------------------
def test_slash_finds_as_one_types_and_enter_opens_the_page(desk, company):  # noqa: F811
    desk.keyboard.press("/")
    desk.keyboard.type("vostok")
    desk.wait_for_selector(".sv-finder-panel [role=option]:has-text('Vostok Stroy')")
    results = Axe().run(desk, context=".sv-topbar")
    assert results.violations_count == 0, results.generate_report()
    desk.keyboard.press("Escape")
    assert desk.locator(".sv-finder-panel").is_hidden()
    desk.keyboard.press("ArrowDown")
    assert "Vostok Stroy" in active(desk)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**" + company.client.get_absolute_url())
    desk.keyboard.press("/")
    desk.keyboard.type("zapad")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/search/?q=zapad")
    desk.wait_for_selector("h2:has-text('Clients')")


# --- a contact from anywhere ------------------------------------------------------------------------------------------
def test_c_asks_with_whom_where_no_row_is_meant(desk, company):  # noqa: F811
    desk.goto(desk.base + reverse("preferences"))
    desk.keyboard.press("c")
    desk.wait_for_selector("#drawer[open] [data-finder-input]:focus")
    assert Axe().run(desk, context="#drawer").violations_count == 0
    desk.keyboard.type("4567")
    wait_active(desk, "Vostok Stroy")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#drawer[open] textarea[name=text]:focus")
    desk.keyboard.type("From anywhere")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector("#drawer:not([open])", state="attached")
    assert Event.objects.get(client=company.client).text == "From anywhere"


def test_c_means_the_row_one_stands_on(desk):
    desk.keyboard.press("j")
    row = desk.locator("[data-rows] .is-current").inner_text()
    desk.keyboard.press("c")
    desk.wait_for_selector("#drawer[open] textarea[name=text]")
    title = desk.locator("#drawer h2").inner_text()
    assert ("Zapad" in title) == ("Zapad" in row)


# --- back from a call -------------------------------------------------------------------------------------------------
def call(page, company, *, ago: int) -> None:  # noqa: F811
    """Press the number on the card; it was ``ago`` milliseconds ago."""
    page.goto(page.base + company.client.get_absolute_url())
    page.locator("a[data-call-person]").first.click()
    page.evaluate(
        "(ago) => { const c = JSON.parse(sessionStorage['svetofor.call']); c.at -= ago;"
        " sessionStorage['svetofor.call'] = JSON.stringify(c) }",
        ago,
    )


def come_back(page) -> None:
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")


def test_who_comes_back_from_a_call_is_asked_for_its_result_once(desk, company):  # noqa: F811
    call(desk, company, ago=0)
    come_back(desk)
    assert desk.locator("#drawer[open]").count() == 0  # he has only just pressed it
    call(desk, company, ago=4000)
    come_back(desk)
    desk.wait_for_selector("#drawer[open] textarea[name=text]")
    assert desk.locator("#drawer input[name=persons]").first.is_checked()
    desk.get_by_role("button", name="Not reached").click()
    desk.wait_for_selector("#drawer:not([open])", state="attached")
    desk.wait_for_load_state()
    assert Event.objects.get(client=company.client).kind.code == "call_failed"
    come_back(desk)
    desk.wait_for_timeout(300)
    assert desk.locator("#drawer[open]").count() == 0


def test_nothing_typed_is_interrupted_the_bar_asks_quietly(desk, company):  # noqa: F811
    call(desk, company, ago=4000)
    desk.locator("#register textarea[name=text]").focus()
    come_back(desk)
    desk.wait_for_selector("[data-call-bar]:visible")
    assert desk.locator("#drawer[open]").count() == 0
    assert desk.evaluate("document.activeElement.name") == "text"
    desk.get_by_role("button", name="Write it down").click()
    desk.wait_for_selector("#drawer[open] textarea[name=text]")


def test_a_telephone_hides_the_page_before_the_palette_is_seen_to_close(desk, company):  # noqa: F811
    desk.keyboard.press("Control+k")
    desk.keyboard.type("vostok")
    wait_active(desk, "Vostok Stroy")
    # In one go: nothing is drawn between the key and coming back.
    desk.evaluate(
        "() => { const press = new KeyboardEvent('keydown', { key: 'Enter', shiftKey: true, bubbles: true });"
        " document.activeElement.dispatchEvent(press);"
        " const c = JSON.parse(sessionStorage['svetofor.call']); c.at -= 4000;"
        " sessionStorage['svetofor.call'] = JSON.stringify(c); window.dispatchEvent(new Event('focus')) }"
    )
    desk.wait_for_selector("#drawer[open] textarea[name=text]:focus")


def test_on_another_page_a_bar_asks_till_it_is_closed(desk, company):  # noqa: F811
    call(desk, company, ago=0)
    desk.goto(desk.base + reverse("client-list"))
    bar = desk.locator("[data-call-bar]")
    assert "Zotov" in bar.inner_text()
    assert Axe().run(desk, context="[data-call-bar]").violations_count == 0
    bar.get_by_role("button", name="Close").click()
    desk.goto(desk.base + reverse("event-list"))
    assert bar.is_hidden()


def test_half_an_hour_later_nobody_asks(desk, company):  # noqa: F811
    call(desk, company, ago=31 * 60 * 1000)
    come_back(desk)
    desk.goto(desk.base + reverse("client-list"))
    assert desk.locator("[data-call-bar]").is_hidden()
