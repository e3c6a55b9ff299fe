"""The work itself in Chromium on the demo company: events, calendar, sales, duplicates and imports, each walked through
as somebody does who sees the program for the first time. Inquiries are walked in
``interactions/tests/test_browser_inquiries.py``, on the same company.

Only what is needed is looked for by what it is, never by a name: the company may be another one tomorrow.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from icalendar import Calendar
from playwright.sync_api import Browser, Locator, Page, expect

from clients.doubles import scan
from clients.models import Client, ContactPoint, DuplicatePair, DuplicateScan, Manager
from clients.services import create_client
from clients.tests.pages import browser as signed_in
from crm import clock
from interactions.models import Control, Event, ProcessKind, SalesProcess, StageCondition

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A_DAY = dt.timedelta(days=1)


@dataclass
class Desk:
    """Somebody's screen."""

    page: Page
    base: str
    who: Manager

    def open(self, address: str) -> None:
        self.page.goto(self.base + address)

    def saves(self) -> None:
        """By the keyboard; the drawer closes when it was one."""
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator("#drawer")).to_be_hidden()

    def says(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()

    def more(self, name: str) -> None:
        """Something in the menu behind the three dots."""
        self.page.locator("summary[aria-label=More]").click()
        self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).click()


@pytest.fixture
def at_desk(browser: Browser, live_server: Any, settings: Any, tmp_path: Path) -> Callable[[str], Desk]:
    """Who sits there, by the name he signs in with."""
    settings.DEMO = True
    settings.PRIVATE_FILES_DIR = tmp_path / "private"
    call_command("seed_demo", clients=50, verbosity=0)
    contexts = []

    def sits(username: str) -> Desk:
        who = Manager.objects.get(username=username)
        context = browser.new_context(
            locale="en-GB", timezone_id="Europe/Moscow", viewport={"width": 1280, "height": 800}, accept_downloads=True
        )
        contexts.append(context)
        cookie = signed_in(who).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return Desk(context.new_page(), live_server.url, who)

    yield sits
    for context in contexts:
        context.close()


def silent_client(manager: Manager) -> Client:
    """One of his who has waited longest: yellow or red."""
    client = Client.objects.filter(manager=manager).exclude(zone="green").order_by("detach_on", "pk").first()
    assert client is not None, "nobody of the demo company waits"
    return client


# --- 1. events --------------------------------------------------------------------------------------------------------
def test_a_contact_begins_a_thread_and_a_plan_recurs(at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk("seller")
    page, client = desk.page, silent_client(desk.who)
    desk.open(client.get_absolute_url())
    page.keyboard.press("c")
    page.keyboard.type("They think about a second line")
    desk.saves()
    desk.says("They think about a second line")
    first = Event.objects.get(text="They think about a second line")
    client.refresh_from_db()
    assert client.zone == "green"

    desk.open(first.get_absolute_url())
    page.get_by_role("link", name="Continue").first.click()
    expect(page.locator("[name=kind]")).to_be_focused()
    page.get_by_label("Subject").fill("Drawings of the line")
    page.get_by_label("How often").select_option("weekly")
    # Whatever holidays and absences lie ahead.
    page.get_by_label("On days off").select_option("keep")
    page.locator("[name=count]").fill("4")
    page.keyboard.press("Control+Enter")
    desk.says(re.compile("3 more are planned"))

    # The thread is found as a list, and on the card by topic.
    desk.open(first.get_absolute_url())
    page.get_by_role("link", name="As a list").click()
    expect(page.locator("#event-list tbody tr")).to_have_count(2)
    expect(page.locator(".sv-chips")).to_contain_text("Thread")
    desk.open(client.get_absolute_url())
    page.get_by_role("link", name="By thread").click()
    expect(page.locator(".in-topic").first).to_contain_text("Drawings of the line")

    plans = list(Event.objects.planned().filter(subject="Drawings of the line").order_by("occurred_at"))
    assert [(plan.occurred_at - plans[0].occurred_at).days for plan in plans] == [0, 7, 14, 21]
    desk.open(plans[1].get_absolute_url())
    desk.more("Cancel this and all that follow")
    page.locator("dialog[open]").get_by_role("button").and_(page.locator(".btn-primary, .btn-danger")).click()
    desk.says(re.compile("stopped on"))
    assert list(Event.objects.planned().filter(subject="Drawings of the line")) == plans[:1]


# --- 2. calendar ------------------------------------------------------------------------------------------------------
def test_a_week_is_planned_and_read_by_another_program(at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk("seller")
    page, client = desk.page, silent_client(desk.who)
    # A Wednesday on which nothing is planned, in a week without this client, whenever this runs.
    day = clock.today() + (9 - clock.today().weekday()) * A_DAY
    planned = Event.objects.planned().filter(responsible=desk.who)
    busy = {clock.local_date(each.occurred_at) for each in planned}
    theirs = {clock.local_date(each.occurred_at) for each in planned.filter(client=client)}
    while {day, day + A_DAY} & busy or {day + number * A_DAY for number in range(-2, 5)} & theirs:
        day += 7 * A_DAY

    def click_at(hour: int) -> None:
        body = page.locator(f'.cal-body[data-cal-day="{day}"]')
        body.scroll_into_view_if_needed()
        minute = body.evaluate("e => parseFloat(getComputedStyle(e).getPropertyValue('--minute'))")
        first = int(page.locator("[data-cal-grid]").get_attribute("data-first") or 0)
        body.click(position={"x": 40, "y": (hour - first) * 60 * minute + 5})

    def plan(subject: str) -> None:
        page.locator("#drawer [data-finder-input]").fill(client.name)
        page.locator("#drawer").get_by_role("option").first.wait_for()
        page.keyboard.press("Enter")
        page.locator("#drawer [name=subject]").fill(subject)

    desk.open("/")
    page.get_by_role("link", name="Calendar", exact=True).first.click()
    desk.open(f"{reverse('calendar')}?view=week&day={day}")
    click_at(15)
    plan("Look at the pumps")
    desk.saves()
    block = page.locator(".cal-block", has_text=client.name)
    expect(block).to_have_count(1)

    block.get_by_role("link").focus()
    for key in ("Shift+ArrowUp", "Shift+ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    moved = page.locator(f'.cal-body[data-cal-day="{day + A_DAY}"] .cal-block[data-cal-start="14:30"]')
    expect(moved).to_be_visible()
    event = Event.objects.get(subject="Look at the pumps")
    assert event.occurred_at == clock.at(day + A_DAY, 14, 30)

    # Another one at the same time is possible, but said.
    desk.open(f"{reverse('event-create')}?client={client.pk}&status=planned")
    page.locator("[name=occurred_at]").fill(f"{day + A_DAY}T14:30")
    page.locator("[name=occurred_at]").press("Tab")
    expect(page.get_by_text("At the same time").first).to_be_visible()

    desk.open(reverse("calendar"))
    page.get_by_role("link", name=re.compile("other programs")).click()
    page.get_by_label("For what").fill("My phone")
    page.get_by_role("button", name="Make an address").click()
    address = page.get_by_label("Address", exact=True).input_value()
    answer = page.request.get(address)
    read = {str(each["summary"]): each for each in Calendar.from_ical(answer.body()).walk("VEVENT")}
    ours = next(entry for summary, entry in read.items() if "Look at the pumps" in summary)
    assert ours["dtstart"].dt == event.occurred_at
    page.get_by_role("button", name="Revoke").first.click()
    page.locator("dialog[open]").get_by_role("button").and_(page.locator(".btn-primary, .btn-danger")).click()
    desk.says(re.compile("^Revoked"))
    assert page.request.get(address).status == 404


# --- 3 and 5. sales that are led stage by stage; every step counts ----------------------------------------------------
def controlled() -> ProcessKind:
    """A kind whose first stage asks for three things: whatever the company asks for besides, it is only these here."""
    kind = ProcessKind.objects.filter(control=Control.CONTROLLED, is_active=True).first()
    assert kind is not None
    StageCondition.objects.filter(stage__process_kind=kind).delete()
    first = kind.stages.order_by("position").first()
    what = StageCondition.What
    for facts in ({"what": what.FIELD, "field": "amount"}, {"what": what.FILE}, {"what": what.APPROVAL}):
        StageCondition.objects.create(stage=first, **facts)
    return kind


def stage_buttons(page: Page) -> Locator:
    return page.get_by_role("list", name="Stages").get_by_role("button")


def test_a_controlled_sale_is_refused_mended_approved_and_goes_on(
    at_desk: Callable[[str], Desk], tmp_path: Path
) -> None:
    desk, kind = at_desk("seller"), controlled()
    page, client = desk.page, silent_client(desk.who)
    second = kind.stages.order_by("position")[1]
    desk.open(client.get_absolute_url())
    page.get_by_role("link", name=re.compile("New sale")).first.click()
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("A whole new plant")
    page.get_by_label("Kind").select_option(label=kind.name)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="A whole new plant", level=1)).to_be_visible()
    sale = SalesProcess.objects.get(title="A whole new plant")

    # Not from its page, not on the board, not with many at once.
    stage_buttons(page).filter(has_text=second.name).click()
    expect(page.get_by_text("What is missing").or_(page.get_by_text("Before it leaves")).first).to_be_visible()
    desk.open(f"{reverse('process-board')}?kind={kind.pk}")
    page.locator(f"#sale-{sale.pk} a").first.focus()
    page.keyboard.press("]")
    expect(page.locator(f"#sale-{sale.pk}").get_by_role("alert").get_by_role("link")).to_have_count(3)
    desk.open(reverse("process-list") + "?q=whole+new+plant")
    page.locator("tbody [data-check]").first.check()
    page.locator("#bulk-form").get_by_role("button", name="Move to a stage").click()
    page.get_by_label("Stage").first.select_option(str(second.pk))
    page.keyboard.press("Control+Enter")
    desk.says(re.compile("Before it leaves|missing"))
    sale.refresh_from_db()
    assert sale.stage.position < second.position

    # What is missing leads to where it is given.
    desk.open(sale.get_absolute_url())
    asks = page.locator("#stage-box")
    asks.get_by_role("link", name=re.compile("^Amount")).click()
    expect(page.locator("[name=amount]")).to_be_focused()
    page.keyboard.type("250000")
    page.keyboard.press("Control+Enter")
    offer = tmp_path / "offer.txt"
    offer.write_text("A plant, 250 000", encoding="utf-8")
    page.get_by_label("Add files").set_input_files(offer)
    expect(asks.get_by_role("link", name=re.compile("file"))).to_have_count(0)
    asks.get_by_label("What to look at").fill("Thirty days of credit")
    asks.get_by_role("button", name="Ask the head").click()
    desk.says("has asked the head")

    head = at_desk("head")
    head.open(reverse("stage-approval-list"))
    head.page.get_by_role("link", name="A whole new plant").first.click()
    head.page.get_by_role("button", name="Approve").click()
    head.says("all is there")

    page.reload()
    stage_buttons(page).filter(has_text=second.name).click()
    expect(page.locator(".in-stages .is-current")).to_have_text(second.name)

    # Each step stands in the history of the client, whom it turned green.
    client.refresh_from_db()
    assert client.zone == "green"
    desk.open(client.get_absolute_url())
    history = page.locator("#history")
    for step in ("Sale started", "Sale moved on"):
        expect(history.locator(".sv-event.is-counted", has_text=step).first).to_contain_text("A whole new plant")
    expect(page.locator(".sv-why")).not_to_have_class(re.compile("yellow|red"))


# --- 4. board, forecast, funnel ---------------------------------------------------------------------------------------
def begin_drag(page: Page, card: Locator) -> None:
    """By its lower edge, where no link is."""
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] - 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] + 20, steps=3)


def drop(page: Page, on: Locator) -> None:
    box = on.bounding_box()
    assert box is not None
    x, y = box["x"] + 60, box["y"] + 30
    page.mouse.move(x, y, steps=12)
    page.mouse.move(x + 20, y + 10, steps=5)
    page.mouse.up()


def test_sales_are_moved_on_the_board_and_seen_in_forecast_and_funnel(at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk("head")
    page = desk.page
    own = SalesProcess.objects.editable_by(desk.who).open().filter(amount__gt=0, client__isnull=False)
    sale = own.filter(kind__control=Control.MANUAL, stage__isnull=False).order_by("stage__position").first()
    assert sale is not None, "the head's people sell nothing"
    stages = list(sale.kind.stages.order_by("position"))
    place = stages.index(sale.stage)
    to = place + 1 if place + 1 < len(stages) else place - 1
    desk.open(f"{reverse('process-board')}?kind={sale.kind_id}&client={sale.client_id}")
    card = page.locator(f"#sale-{sale.pk}")
    columns = page.locator("[data-stage]")
    # The client has other sales perhaps; each column says how many stand in it, and for how much.
    here, there = (columns.nth(each).locator("header") for each in (place, to))
    before = here.inner_text(), there.inner_text()
    begin_drag(page, card)
    drop(page, columns.nth(to).locator("[data-pile]"))
    expect(columns.nth(to).locator(f"#sale-{sale.pk}")).to_be_visible()
    expect(there).not_to_have_text(before[1], use_inner_text=True)
    expect(here).not_to_have_text(before[0], use_inner_text=True)
    page.wait_for_load_state("networkidle")
    card.locator("a").first.focus()
    page.keyboard.press("[" if to > place else "]")
    expect(columns.nth(place).locator(f"#sale-{sale.pk}")).to_be_visible()
    expect(there).to_have_text(before[1], use_inner_text=True)
    expect(here).to_have_text(before[0], use_inner_text=True)
    expect(card.locator("a").first).to_be_focused()

    begin_drag(page, card)
    drop(page, page.locator("[data-end=lost]"))
    drawer = page.locator("#drawer")
    drawer.get_by_label("Why lost").select_option(index=1)
    desk.saves()
    expect(card).to_have_count(0)
    sale.refresh_from_db()
    assert (sale.status, sale.client.zone) == ("lost", "green")
    desk.open(sale.client.get_absolute_url())
    expect(page.locator("#history .is-counted", has_text="Sale lost").first).to_be_visible()

    desk.open(reverse("process-board"))
    page.get_by_role("link", name="Forecast").first.click()
    expect(page.locator("#sales-forecast tfoot .num", has_text=re.compile(r"\d")).first).to_be_visible()
    page.get_by_role("link", name="Funnel").first.click()
    expect(page.locator("#report-funnel tbody .num", has_text=re.compile(r"\d")).first).to_be_visible()


# --- 7. duplicates ----------------------------------------------------------------------------------------------------
def look_through(page: Page) -> None:
    """The whole base, with the job that the worker would do."""
    before = DuplicateScan.objects.count()
    page.get_by_role("button", name="Look through the whole base").click()
    expect(page.locator("#scan")).to_contain_text(re.compile("clients looked at|Looked through last"))
    made = DuplicateScan.objects.latest("pk")
    assert DuplicateScan.objects.count() == before + 1
    scan.carry_on(made.pk)
    page.reload()
    expect(page.locator("#scan")).to_contain_text("Looked through last")


def test_two_of_the_same_become_one_and_part_again(at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk("head")
    page = desk.page
    seller = Manager.objects.get(username="seller")
    for name, city in (("Amberwick Pumps", "Omsk"), ("Amberwick Pumps Ltd", "Tomsk")):
        phone = ContactPoint(kind=ContactPoint.Kind.PHONE, value="+7 913 555-44-33")
        create_client(client=Client(name=name, city=city), by=seller, manager=seller, points=[phone])
    desk.open(reverse("client-list"))
    page.get_by_role("link", name=re.compile("duplicates", re.I)).first.click()
    look_through(page)

    pair = page.locator("#duplicate-list tbody tr", has_text="Amberwick")
    pair.get_by_role("link", name="Compare").click()
    page.get_by_role("radio", name="name: Amberwick Pumps Ltd").check()
    page.get_by_role("radio", name="city: Omsk").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"^[^?]*/duplicates/"))
    assert Client.objects.get(name__startswith="Amberwick").city == "Omsk"
    page.locator(".sv-toast").get_by_text("Undo").click()
    page.wait_for_url("**/clients/*/")
    cities = Client.objects.filter(name__startswith="Amberwick").order_by("city").values_list("city", flat=True)
    assert list(cities) == ["Omsk", "Tomsk"]

    # Both are there again; that they are two is remembered, also by the next scan.
    desk.open(reverse("duplicate-list"))
    pair.get_by_role("button", name="Not duplicates").click()
    expect(pair).to_have_count(0)
    look_through(page)
    expect(pair).to_have_count(0)
    assert DuplicatePair.objects.filter(status="different").exists()


# --- 8. import --------------------------------------------------------------------------------------------------------
FROM_1C = """Наименование;ИНН;Телефон;Город
ООО "Речной вокзал-7";;8 (916) 123-45-67;Москва
ООО Неверный ИНН;123;;Пермь
ООО Озёрный край;;+7 495 111-22-33;Омск
"""


def test_a_file_of_1c_comes_in_is_mended_and_taken_back(at_desk: Callable[[str], Desk]) -> None:
    desk = at_desk("seller")
    page = desk.page
    clients = Client.objects.count()

    def send(content: bytes, name: str) -> None:
        page.set_input_files("#id_file", {"name": name, "mimeType": "text/csv", "buffer": content})
        page.get_by_role("button", name="Next").click()
        page.wait_for_url("**/columns/")
        page.get_by_role("button", name="Check").click()
        page.get_by_text("nothing is written yet").wait_for()

    def run(button: str) -> None:
        page.get_by_role("button", name=button).click()
        page.get_by_role("heading", name="Imported").wait_for()

    desk.open(reverse("client-list"))
    page.get_by_role("link", name="Import", exact=True).click()
    send(FROM_1C.encode("cp1251"), "контрагенты.csv")
    run("Import 2 rows")
    assert Client.objects.get(name__contains="Озёрный").manager == desk.who
    with page.expect_download() as download:
        page.get_by_role("link", name="File of errors").click()
    errors = Path(download.value.path()).read_bytes()
    assert "Неверный ИНН;123" in errors.decode("cp1251")
    page.get_by_role("link", name="Send the mended file").click()
    send(errors.replace(b";123;", b";;"), download.value.suggested_filename)
    run("Import 1 row")
    assert Client.objects.count() == clients + 3
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("heading", name="Taken back").wait_for()
    assert Client.objects.count() == clients + 2
    assert not Client.objects.filter(name__contains="Неверный").exists()
