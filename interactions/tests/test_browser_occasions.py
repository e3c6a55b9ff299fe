"""A congratulation written by keyboard in Chromium: sent, taken back, copied, opened in one's own mail program."""

import datetime as dt
from urllib.parse import unquote

import pytest

from clients.tests.factories import ContactPersonFactory, ContactPointFactory
from clients.tests.pages import browser
from crm import clock
from interactions.models import ClientLetter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna(page, live_server, company):
    """Anna's page of birthdays: two people have theirs today."""
    today = clock.today()
    for name in ("Boris", "Elena"):
        person = ContactPersonFactory(
            client=company.client,
            first_name=name,
            last_name="Zimin",
            birthday=dt.date(1980, today.month, today.day),  # a leap year: every day is in it
        )
        ContactPointFactory(client=company.client, person=person, kind="email", value=f"{name}@vostok.example")
    cookie = browser(company.anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + "/occasions/")
    return page


def write(page) -> None:
    """To the second row, and its letter."""
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("w")
    page.wait_for_selector("#drawer textarea:focus")


def test_a_letter_is_sent_and_taken_back_by_keyboard(anna):
    write(anna)
    anna.keyboard.press("Control+Home")
    anna.keyboard.type("Elena! ")
    anna.keyboard.press("Control+Enter")
    anna.wait_for_selector("#occasion-list:has-text('Anna I. wrote')")
    letter = ClientLetter.objects.get()
    assert letter.address == "elena@vostok.example"
    assert letter.text.startswith("Elena! Dear Elena,")
    anna.get_by_role("button", name="Undo").press("Enter")
    anna.wait_for_selector(".sv-toast:has-text('was not sent')")
    assert not ClientLetter.objects.exists()


def test_what_is_copied_and_opened_is_what_stands_in_the_form(anna):
    anna.context.grant_permissions(["clipboard-read", "clipboard-write"])
    write(anna)
    anna.keyboard.press("Control+A")
    anna.keyboard.type("Dear Elena & all")
    anna.get_by_role("button", name="Copy").press("Enter")
    anna.wait_for_selector("[data-letter-copy]:has-text('Copied')")
    assert anna.evaluate("navigator.clipboard.readText()") == "Dear Elena & all"
    link = anna.locator("[data-letter-mailto]")
    # The address is written when the link is pressed; nothing is opened here.
    anna.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    link.press("Enter")
    assert unquote(link.get_attribute("href")) == (
        "mailto:Elena@vostok.example?subject=Happy birthday, Elena!&body=Dear Elena & all"
    )
    assert not ClientLetter.objects.exists(), "copying registers nothing"
