"""My day in Chromium: a client chosen by the keyboard, a plan dragged to another day, a day's work without a mouse."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from clients.tests.factories import ContactPersonFactory, ContactPointFactory, ManagerFactory, held_client
from clients.tests.pages import browser as signed_in_browser
from crm import clock
from interactions.models import Agreement, Event, EventStatus
from interactions.tests.factories import event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna(db):
    return ManagerFactory(first_name="Anna", last_name="Orlova")


@pytest.fixture
def plans(anna):
    """Two clients to call, both overdue: whatever time it is, they are on today's list in this order."""
    made = []
    for name, hours, phone in (("Amber Mills", 30, "+79161110011"), ("Beryl Foods", 29, "+79162220022")):
        client = held_client(anna, name=name)
        person = ContactPersonFactory(client=client, first_name="Pavel", last_name="Zotov")
        ContactPointFactory(client=client, person=person, value=phone)
        moment = clock.now() - dt.timedelta(hours=hours)
        made.append(event(client, status=EventStatus.PLANNED, occurred_at=moment, subject=f"Call {name}"))
    return made


@pytest.fixture
def my_day(page, live_server, anna, plans):
    """Anna's first screen."""
    cookie = signed_in_browser(anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url)
    return page


def local_day(moment):
    return timezone.localtime(moment).date()


def test_j_and_k_show_the_client_beside_the_list(my_day):
    page, beside = my_day, my_day.locator("#day-beside")
    page.keyboard.press("j")
    beside.get_by_role("heading", name="Amber Mills").wait_for()
    assert beside.get_by_role("link", name="+7 916 111-00-11").first.is_visible()
    page.keyboard.press("j")
    beside.get_by_role("heading", name="Beryl Foods").wait_for()
    page.wait_for_url("**/?client=*")
    page.keyboard.press("k")
    beside.get_by_role("heading", name="Amber Mills").wait_for()
    # The address names the client: the page can be opened anew with it.
    page.reload()
    beside.get_by_role("heading", name="Amber Mills").wait_for()
    assert page.locator("li.is-chosen").count() == 1


def test_a_click_on_a_row_chooses_and_does_not_leave(my_day, plans):
    my_day.locator(f"#due-{plans[1].pk} .in-call-time").click()
    my_day.locator("#day-beside").get_by_role("heading", name="Beryl Foods").wait_for()
    assert my_day.locator("#my-day").is_visible()


def test_on_a_phone_the_client_opens_in_the_drawer(my_day, plans):
    page = my_day
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator(f"#due-{plans[0].pk} [data-beside]").click()
    page.locator("#drawer").get_by_role("heading", name="Amber Mills").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_row_dragged_onto_a_day_is_planned_for_it_and_undo_brings_it_back(my_day, plans):
    page, plan = my_day, plans[0]
    target = page.locator("[data-day]").nth(3)
    wanted = target.get_attribute("data-day")
    page.locator(f"#due-{plan.pk} .in-call-time").drag_to(target)
    page.locator(f"#due-{plan.pk}").wait_for(state="detached")
    moved = Event.objects.get(pk=plan.pk)
    assert local_day(moved.occurred_at).isoformat() == wanted
    assert timezone.localtime(moved.occurred_at).time() == timezone.localtime(plan.occurred_at).time()
    target.get_by_text("1 event").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator(f"#due-{plan.pk}").wait_for()
    assert Event.objects.get(pk=plan.pk).occurred_at == plan.occurred_at


def test_one_key_puts_off_and_one_stays_where_one_stood(my_day, plans):
    page = my_day
    page.keyboard.press("j")
    page.keyboard.press("t")
    page.locator(f"#due-{plans[0].pk}").wait_for(state="detached")
    assert local_day(Event.objects.get(pk=plans[0].pk).occurred_at) > timezone.localdate()
    page.locator(f"#due-{plans[1].pk}.is-current").wait_for()
    page.keyboard.press("l")
    page.keyboard.press("Enter")  # the first of the menu
    page.locator(f"#due-{plans[1].pk}").wait_for(state="detached")
    assert local_day(Event.objects.get(pk=plans[1].pk).occurred_at) > timezone.localdate()


def test_a_call_is_finished_and_the_next_planned_by_the_keyboard_alone(my_day, plans):
    page = my_day
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.locator("#drawer textarea[name=result]:focus").wait_for()
    page.keyboard.type("They want an offer")
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    filled = page.locator("#drawer [name=next_at]").input_value()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", filled)
    page.locator("#drawer [name=agreed-0-text]").focus()
    page.keyboard.type("Send the offer")
    page.keyboard.press("Control+Enter")
    page.locator(f"#due-{plans[0].pk}").wait_for(state="detached")
    done = Event.objects.get(pk=plans[0].pk)
    assert (done.status, done.result) == ("done", "They want an offer")
    following = Event.objects.planned().get(continues=done)
    assert timezone.localtime(following.occurred_at).strftime("%Y-%m-%dT%H:%M") == filled
    assert Agreement.objects.get().text == "Send the offer"
    # The client stays in the list of the day, under what is done.
    page.locator(f"#done-{done.pk}").wait_for()


def test_without_javascript_the_day_is_worked_through(browser, live_server, anna, plans):
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    cookie = signed_in_browser(anna).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url)
    page.get_by_role("link", name="Beryl Foods").first.click()
    page.locator("#day-beside").get_by_role("heading", name="Beryl Foods").wait_for()
    row = page.locator(f"#due-{plans[1].pk}")
    row.locator("summary").click()
    row.get_by_role("button", name="Tomorrow").click()
    page.locator(f"#due-{plans[1].pk}").wait_for(state="detached")
    page.locator(f"#due-{plans[0].pk}").get_by_role("link", name="Done").click()
    page.get_by_label("In a week").check()
    page.get_by_role("button", name="Done").click()
    page.get_by_text("Next:").wait_for()
    assert Event.objects.planned().count() == 2
