"""In Chromium: naming a colleague by keyboard, a reminder that appears by itself, and the settings."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Notice, NoticeSetting
from clients.tests.factories import held_client
from clients.tests.pages import browser
from crm import clock
from interactions.models import Event, EventStatus
from interactions.reminders import REMINDER, tell_due
from interactions.tests.factories import event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signed_in(page, live_server, company):
    """A page on which Petr is signed in."""
    cookie = browser(company.petr).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


def test_a_colleague_is_named_by_keyboard_alone(signed_in, live_server, company):
    page, client = signed_in, held_client(company.petr)
    page.goto(live_server.url + reverse("contact-register", args=[client.pk]))
    text = page.locator("textarea[name=text]")
    text.focus()
    page.keyboard.type("Ask @ivan")
    page.wait_for_selector("#mentions-list [role=option]")
    assert text.get_attribute("aria-activedescendant") == "mentions-0"
    page.keyboard.press("Escape")
    page.wait_for_selector("#mentions-list", state="detached")
    assert text.get_attribute("aria-controls") is None
    page.keyboard.type("o")
    page.wait_for_selector("#mentions-list [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert text.input_value() == f"Ask @{company.anna.username} "
    # An address is no mention.
    page.keyboard.type("info@iva")
    page.wait_for_timeout(300)
    assert page.locator("#mentions-list").count() == 0
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{client.get_absolute_url()}*")
    assert page.inner_text(".sv-mention") == f"@{company.anna.username}"
    assert Notice.objects.filter(kind="mention", recipient=company.anna).count() == 1


def test_a_reminder_appears_on_the_open_page_and_leads_to_the_event(signed_in, live_server, company):
    page, client = signed_in, held_client(company.petr, name="Romashka")
    soon = clock.now() + dt.timedelta(minutes=16)
    plan = event(client, status=EventStatus.PLANNED, occurred_at=soon)
    page.goto(live_server.url + reverse("client-list"))
    assert page.locator(".sv-bell-count").count() == 0
    assert not page.title().startswith("(")
    tell_due(clock.now() + dt.timedelta(minutes=2))
    # What the timer does every half minute.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#toasts .sv-toast:has-text('Romashka')")
    assert page.inner_text(".sv-bell-count") == "1"
    assert page.title().startswith("(1) ")
    # Said once, on whatever page.
    page.goto(live_server.url + reverse("event-list"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(300)
    assert page.locator("#toasts .sv-toast").count() == 0
    page.locator(".sv-bell").click()
    page.locator(".sv-bell-item:has-text('Romashka')").click()
    page.wait_for_url(f"**{plan.get_absolute_url()}")
    assert Notice.objects.get(kind=REMINDER).read_at


def test_a_reminder_told_between_two_pages_is_said_on_the_next(signed_in, live_server, company):
    page, client = signed_in, held_client(company.petr, name="Romashka")
    page.goto(live_server.url + reverse("client-list"))
    event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + dt.timedelta(minutes=16))
    Event.objects.update(remind_at=clock.now())
    tell_due(clock.now() + dt.timedelta(minutes=2))
    page.goto(live_server.url + reverse("event-list"))
    page.wait_for_selector("#toasts .sv-toast:has-text('Romashka')")


def test_the_settings_are_chosen_and_kept(signed_in, live_server, company):
    page = signed_in
    page.goto(live_server.url + reverse("notice-list"))
    page.get_by_role("link", name="Which notices, and how").last.click()
    page.get_by_role("group", name="Mentions of you").get_by_label("not at all").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#toasts .sv-toast:has-text('Saved')")
    assert page.get_by_role("group", name="Mentions of you").get_by_label("not at all").is_checked()
    assert NoticeSetting.objects.get().channel == "none"
