"""Chromium starts, reaches the live server, and gets every style and script of the sign-in page."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response
from pytest_django.live_server_helper import LiveServer


@pytest.mark.browser
def test_the_sign_in_page_loads_all_it_names(page: Page, live_server: LiveServer) -> None:
    failed: list[str] = []

    def look_at(response: Response) -> None:
        if response.status >= 400:
            failed.append(f"{response.status} {response.url}")

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            failed.append(message.text)

    page.on("response", look_at)
    page.on("console", listen)

    page.goto(f"{live_server.url}/login/")
    page.wait_for_load_state("networkidle")

    assert failed == []
    assert page.evaluate("() => document.fonts.load('16px bootstrap-icons').then((fonts) => fonts.length)") == 1
    assert page.evaluate("() => 'htmx' in window")
