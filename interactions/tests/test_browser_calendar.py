"""The calendar in Chromium: a plan dragged to another day and hour, made longer, moved by keys; a new one begun with
a click."""

import datetime as dt

import pytest

from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser as signed_in_browser
from crm import clock
from interactions.models import Event, EventStatus
from interactions.tests.factories import event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A_DAY = dt.timedelta(days=1)
#: A Monday that lies ahead, whenever this runs.
MONDAY = clock.today() + (7 - clock.today().weekday()) * A_DAY + 7 * A_DAY


@pytest.fixture
def plan(db):
    anna = ManagerFactory(first_name="Anna", last_name="Orlova")
    customer = held_client(anna, name="Amber Mills")
    start = clock.at(MONDAY, 10)
    return event(
        customer,
        status=EventStatus.PLANNED,
        occurred_at=start,
        ends_at=start + dt.timedelta(hours=1),
        subject="Visit to the plant",
    )


@pytest.fixture
def calendar(page, live_server, plan):
    """Anna's week with the plan in it."""
    cookie = signed_in_browser(plan.responsible).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/calendar/?day={MONDAY}")
    return page


def times(plan: Event) -> tuple[dt.datetime, dt.datetime]:
    plan.refresh_from_db()
    assert plan.ends_at is not None
    return plan.occurred_at, plan.ends_at


def block(page):
    return page.locator(".cal-block", has_text="Amber Mills")


def drag(page, start: tuple[float, float], to: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*to, steps=6)
    page.mouse.up()


def test_a_plan_is_dragged_to_another_day_and_hour_and_taken_back(calendar, plan):
    page, box = calendar, block(calendar).bounding_box()
    an_hour = box["height"]
    thursday = page.locator(".cal-body").nth(3).bounding_box()
    drag(page, (box["x"] + 20, box["y"] + 8), (thursday["x"] + 40, box["y"] + 8 + 2 * an_hour))
    page.locator(f'.cal-body[data-cal-day="{MONDAY + 3 * A_DAY}"] .cal-block').wait_for()
    assert times(plan) == (clock.at(MONDAY + 3 * A_DAY, 12), clock.at(MONDAY + 3 * A_DAY, 13))
    page.get_by_role("button", name="Undo").click()
    page.locator(f'.cal-body[data-cal-day="{MONDAY}"] .cal-block').wait_for()
    assert times(plan) == (clock.at(MONDAY, 10), clock.at(MONDAY, 11))


def test_a_plan_is_made_longer_with_the_mouse_and_moved_with_keys(calendar, plan):
    page, box = calendar, block(calendar).bounding_box()
    an_hour, edge = box["height"], (box["x"] + 30, box["y"] + box["height"] - 3)
    drag(page, edge, (edge[0], edge[1] + an_hour))
    page.locator('.cal-block[data-cal-minutes="120"]').wait_for()
    assert times(plan) == (clock.at(MONDAY, 10), clock.at(MONDAY, 12))
    block(page).get_by_role("link").focus()
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowRight", "-"):
        page.keyboard.press(key)
    page.locator(f'.cal-body[data-cal-day="{MONDAY + A_DAY}"] .cal-block[data-cal-minutes="105"]').wait_for()
    assert times(plan) == (clock.at(MONDAY + A_DAY, 10, 30), clock.at(MONDAY + A_DAY, 12, 15))
    # One still stands on it: "r" asks for another time.
    page.keyboard.press("r")
    page.locator("#drawer").get_by_role("heading", name="When instead?").wait_for()


def test_a_click_on_an_empty_place_begins_a_plan_there(calendar, plan):
    page, body = calendar, calendar.locator(".cal-body").nth(2)
    place, an_hour = body.bounding_box(), block(calendar).bounding_box()["height"]
    first = int(page.locator("[data-cal-grid]").get_attribute("data-first"))
    page.mouse.click(place["x"] + 50, place["y"] + (15 - first) * an_hour + 5)
    drawer = page.locator("#drawer")
    drawer.locator("[data-finder-input]").fill("Amber")
    drawer.get_by_role("option", name="Amber Mills").first.wait_for()
    page.keyboard.press("Enter")
    drawer.locator("[name=subject]").fill("Begun in the calendar")
    assert drawer.locator("[name=occurred_at]").input_value() == f"{MONDAY + 2 * A_DAY}T15:00"
    page.keyboard.press("Control+Enter")
    page.locator(".cal-block", has_text="Begun in the calendar").wait_for()
    new = Event.objects.get(subject="Begun in the calendar")
    assert (new.occurred_at, new.status) == (clock.at(MONDAY + 2 * A_DAY, 15), EventStatus.PLANNED)
