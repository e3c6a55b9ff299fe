"""Inquiries in Chromium, by the keyboard alone: a client that is known, one that is a colleague's, somebody new."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from clients.models import Absence, Client, ContactPoint, Manager
from clients.tests.pages import browser as signed_in_browser
from interactions.models import DistributionRule, Event, Inquiry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def seller(settings) -> Manager:
    """A salesperson of the demo company."""
    settings.DEMO = True
    call_command("seed_demo", clients=50, verbosity=0)
    return Manager.objects.get(username="seller")


@pytest.fixture
def desk(page: Page, live_server, seller) -> Page:
    cookie = signed_in_browser(seller).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("my-day"))
    return page


def call(page: Page, typed: str) -> None:
    """The phone rings: the key, what is said, Enter."""
    # A page that is still being loaded does not know its keys.
    page.wait_for_load_state()
    page.keyboard.press("i")
    expect(page.locator("#inquiry-q")).to_be_focused()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def test_three_calls_without_a_mouse(desk, seller):
    mine = ContactPoint.objects.filter(client__manager=seller, person=None, kind="phone").first()
    theirs = Client.objects.held().exclude(manager=seller).exclude(co_managements__manager=seller).first()
    chosen = theirs.manager
    # Who is away gets nothing, and somebody of the demo company always is.
    Absence.objects.filter(manager=chosen).delete()
    # Of the company's own rules none is asked before this one.
    DistributionRule.objects.all().delete()
    DistributionRule.objects.create(name="All").managers.set([chosen])

    call(desk, mine.normalized.replace("+7", "8"))
    expect(desk.locator("textarea[name=text]")).to_be_focused()
    desk.keyboard.type("Ten pumps by Friday")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("h1")).to_contain_text(mine.client.name)
    assert Event.objects.get(subject="Ten pumps by Friday").client == mine.client

    call(desk, theirs.name)
    expect(desk.locator("textarea[name=text]")).to_be_focused()
    desk.keyboard.type("Where is the offer?")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("main")).to_contain_text("passed on")
    expect(desk.locator("main")).to_contain_text(str(theirs.manager))
    # Whose it is, and nothing of what is known about it.
    known = theirs.contact_points.values_list("normalized", flat=True)
    assert not [point for point in [*known, theirs.inn] if point and point in desk.content()]

    call(desk, "8 916 777-66-55")
    expect(desk.locator("input[name=name]")).to_be_focused()
    expect(desk.locator("input[name=contact]")).to_have_value("8 916 777-66-55")
    desk.keyboard.type(theirs.name)
    expect(desk.locator("#inquiry-found")).to_contain_text(f"ask {theirs.manager}")
    desk.locator("input[name=name]").fill("Entirely unheard of")
    expect(desk.locator("#inquiry-found")).to_contain_text("Nobody like that")
    desk.locator("textarea[name=text]").focus()
    desk.keyboard.type("A price list")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("main")).to_contain_text("Chosen by the rule")
    taken = Inquiry.objects.get(text="A price list")
    assert (taken.client.manager, taken.client.contact_points.get().normalized) == (chosen, "+79167776655")
