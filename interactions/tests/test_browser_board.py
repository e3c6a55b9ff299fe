"""The board of sales in Chromium: dragged, moved by keys, refused, dropped on "lost"."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser as signed_in_browser
from crm import clock
from interactions.models import LossReason, ProcessKind, StageCondition
from interactions.tests.factories import process

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna(db):
    return ManagerFactory(first_name="Anna", last_name="Orlova")


@pytest.fixture
def sales(anna):
    """Six sales of one kind, a seventh of a kind that is led stage by stage."""
    client = held_client(anna, name="Amber Mills")
    soon = clock.today() + dt.timedelta(days=9)
    rows = [process(client, title=f"Pumps {n}", amount=1000 * n, expected_close_on=soon) for n in range(1, 7)]
    large = process(client, kind_name="Large sale", title="Bottling line", expected_close_on=soon)
    StageCondition.objects.create(stage=large.stage, what="field", field="amount")
    return [*rows, large]


@pytest.fixture
def board(page, live_server, anna, sales):
    cookie = signed_in_browser(anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/sales/board/")
    return page


def column(page, number):
    return page.locator("[data-stage]").nth(number)


def card(page, sale):
    return page.locator(f"#sale-{sale.pk}")


def drag(page, what, to):
    """By its lower edge, where no link is."""
    box, there = what.bounding_box(), to.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] - 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] + 20, steps=3)
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + 30, steps=12)
    page.mouse.up()


def test_a_card_is_dragged_and_both_columns_count_anew(board, sales):
    first = sales[0]
    drag(board, card(board, first), column(board, 2).locator("[data-pile]"))
    expect(column(board, 2).locator(f"#sale-{first.pk}")).to_be_visible()
    expect(column(board, 2).locator("header")).to_contain_text("1,000")
    expect(column(board, 0).locator(".sv-count")).to_have_text("5")
    expect(column(board, 0).locator("header")).to_contain_text("20,000")
    first.refresh_from_db()
    assert first.stage.position == list(first.kind.stages.all())[2].position
    # What the page shows is what the server says.
    board.reload()
    expect(column(board, 2).locator(f"#sale-{first.pk}")).to_be_visible()


def test_by_keyboard_alone_and_the_focus_goes_with_the_card(board, sales):
    card(board, sales[0]).locator("a").first.focus()
    board.keyboard.press("ArrowDown")
    moved = card(board, sales[1])
    expect(moved.locator("a").first).to_be_focused()
    for place in (1, 2):
        board.keyboard.press("]")
        expect(column(board, place).locator(f"#sale-{sales[1].pk}")).to_be_visible()
        expect(moved.locator("a").first).to_be_focused()
    board.keyboard.press("[")
    expect(column(board, 1).locator(f"#sale-{sales[1].pk}")).to_be_visible()
    expect(moved.locator("a").first).to_be_focused()
    board.keyboard.press("ArrowLeft")
    expect(column(board, 0).locator("a:focus")).to_have_count(1)
    sales[1].refresh_from_db()
    assert sales[1].stage == list(sales[1].kind.stages.order_by("position"))[1]


def test_a_refused_card_is_back_in_its_place_and_says_what_is_missing(board, sales, live_server):
    large = sales[-1]
    kind = ProcessKind.objects.get(name="Large sale")
    board.goto(f"{live_server.url}/sales/board/?kind={kind.pk}")
    drag(board, card(board, large), column(board, 1).locator("[data-pile]"))
    here = column(board, 0).locator(f"#sale-{large.pk}")
    expect(here.get_by_role("alert")).to_contain_text("What is missing")
    expect(column(board, 0).locator(".sv-count")).to_have_text("1")
    here.get_by_role("alert").get_by_role("link").click()
    board.get_by_label("Amount", exact=True).fill("70000")
    board.get_by_role("button", name="Save").click()
    expect(board.get_by_text("Saved.")).to_be_visible()
    board.goto(f"{live_server.url}/sales/board/?kind={kind.pk}")
    card(board, large).locator("a").first.focus()
    board.keyboard.press("]")
    expect(column(board, 1).locator(f"#sale-{large.pk}")).to_be_visible()


def test_links_of_a_card_lead_where_they_say_and_the_next_step_is_planned_there(board, sales):
    card(board, sales[0]).get_by_role("link", name="no next step").click()
    form = board.locator("#drawer")
    form.get_by_label("Subject").fill("Call about the pumps")
    board.keyboard.press("Control+Enter")
    expect(card(board, sales[0]).locator(".sales-next .bi-calendar-event")).to_be_visible()
    card(board, sales[0]).get_by_role("link", name="Pumps 1").click()
    expect(board.get_by_role("heading", name="Pumps 1", level=1)).to_be_visible()


def test_dropped_on_lost_it_asks_why_and_leaves_the_board(board, sales):
    first = sales[0]
    box = card(board, first).bounding_box()
    board.mouse.move(box["x"] + 30, box["y"] + box["height"] - 4)
    board.mouse.down()
    board.mouse.move(box["x"] + 60, box["y"] + box["height"] + 20, steps=3)
    there = board.locator("[data-end=lost]").bounding_box()
    board.mouse.move(there["x"] + 60, there["y"] + 30, steps=12)
    board.mouse.up()
    form = board.locator("#drawer")
    expect(form.get_by_role("heading", name="Close: Pumps 1")).to_be_visible()
    form.get_by_label("Why lost").select_option(index=1)
    form.get_by_role("button", name="Close the sale").click()
    expect(card(board, first)).to_have_count(0)
    expect(column(board, 0).locator(".sv-count")).to_have_text("5")
    first.refresh_from_db()
    assert (first.status, first.loss_reason) == ("lost", LossReason.objects.get(pk=first.loss_reason_id))
