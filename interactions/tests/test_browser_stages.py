"""A controlled sale in Chromium: what is missing is said with the way there, done, and the sale goes on."""

import pytest
from playwright.sync_api import expect

from clients.tests.pages import browser as signed_in_browser
from interactions.models import StageCondition, StageTask
from interactions.tests.factories import kind, process

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
What = StageCondition.What


@pytest.fixture
def sale(company):
    made = process(company.client, kind_name="Large sale", title="Ten pumps")
    following = made.kind.stages.order_by("position")[1]
    for facts in ({"what": What.FIELD, "field": "amount"}, {"what": What.FILE}, {"what": What.APPROVAL}):
        StageCondition.objects.create(stage=made.stage, **facts)
    StageTask.objects.create(stage=following, kind=kind("meeting"), subject="Show the pumps", due_days=2)
    return made


def sign_in(context, live_server, who):
    cookie = signed_in_browser(who).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def test_a_controlled_sale_goes_on_when_nothing_is_missing(browser, context, live_server, company, sale, tmp_path):
    page = sign_in(context, live_server, company.anna)
    page.goto(live_server.url + sale.get_absolute_url())
    asks = page.get_by_role("region", name="To go on from")
    stages = page.get_by_role("list", name="Stages")

    stages.get_by_role("button", name="Presentation held").click()
    expect(page.get_by_text("Before it leaves “Qualification”")).to_be_visible()
    asks.get_by_role("link", name="Amount: filled in").click()
    expect(page.get_by_label("Amount")).to_be_focused()
    page.keyboard.type("250000")
    page.get_by_role("button", name="Save").click()
    expect(asks.get_by_role("link", name="Amount: filled in")).to_have_count(0)

    offer = tmp_path / "offer.txt"
    offer.write_text("Ten pumps, 250 000")
    page.get_by_label("Add files").set_input_files(offer)
    expect(page.get_by_role("link", name="offer.txt")).to_be_visible()
    expect(asks.get_by_role("link", name="A file is attached")).to_have_count(0)
    asks.get_by_label("What to look at").fill("Thirty days of credit")
    asks.get_by_role("button", name="Ask the head").click()
    expect(asks.get_by_text("has asked the head")).to_be_visible()

    head = sign_in(browser.new_context(), live_server, company.head)
    head.goto(live_server.url)
    waiting = head.get_by_role("region", name="Sales wait for your word")
    expect(waiting.get_by_text("Thirty days of credit")).to_be_visible()
    waiting.get_by_role("link", name="Ten pumps").click()
    head.get_by_role("button", name="Approve").click()
    expect(head.get_by_text("all is there")).to_be_visible()

    page.reload()
    stages.get_by_role("button", name="Presentation held").click()
    expect(page.get_by_text("Now at “Presentation held”. 1 task is planned.")).to_be_visible()
    expect(page.get_by_role("link", name="Show the pumps")).to_be_visible()
    page.goto(live_server.url + company.client.get_absolute_url())
    expect(page.get_by_text("Sale moved on").first).to_be_visible()
