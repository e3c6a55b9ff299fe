"""docs/clicks.md tells the truth: each of the fifteen commonest actions is done in Chromium with the mouse and with the
keyboard alone, and what that took is compared with what the page says.

A click is a click, a key pressed together with others is one key. What one would type anywhere (a number, the words of
a result) is not counted; keys that lead to the place where it is typed are.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from clients import saved_views
from clients.models import BulkJob, Client, Manager
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    ManagerFactory,
    exchange_client,
    held_client,
)
from clients.tests.pages import browser
from crm import clock
from crm.web.views import ListPage
from interactions.models import ClientLetter, Event, EventStatus
from interactions.tests.factories import event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOCUMENT = Path(__file__).parents[2] / "docs" / "clicks.md"
_ROW = re.compile(r"^\| *(\d+) *\|[^|\n]+\|[^|\n]+\| *(\d+) *\| *(\d+) *\|([^|\n]+)\|$", re.MULTILINE)
#: As they are printed on a keyboard.
_PRINTED = {"ArrowDown": "↓", "ArrowRight": "→", "Control+k": "Ctrl K"}
#: Which actions are done here, by their number in the document.
_done: set[int] = set()


def told() -> dict[int, tuple[int, int, list[str]]]:
    """Clicks and keys of each action, and which keys, as the document has them."""
    rows = _ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {int(number): (int(clicks), int(keys), re.findall("`(.+?)`", which)) for number, clicks, keys, which in rows}


@dataclass
class Mouse:
    """Somebody who clicks, and types only what is to be said."""

    page: Page
    count: int = 0

    def click(self, target: str | Locator) -> None:
        (self.page.locator(target) if isinstance(target, str) else target).click()
        self.count += 1

    def button(self, name: str, within: str = "body") -> None:
        self.click(self.page.locator(within).get_by_role("button", name=name, exact=True))

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)


@dataclass
class Keys:
    """Somebody whose mouse is broken. He types where the focus is, once it is there."""

    page: Page
    pressed: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed.append(_PRINTED.get(key, key.replace("Control+", "Ctrl ").replace("Shift+", "Shift ")))

    def type(self, words: str, *, into: str = "") -> None:
        if into:
            expect(self.page.locator(into)).to_be_focused()
        self.page.keyboard.type(words)


@dataclass
class Desk:
    """A salesperson's screen; he has nothing yet but what a test gives him."""

    page: Page
    base: str
    me: Manager
    mouse: Mouse = field(init=False)
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.mouse, self.keys = Mouse(self.page), Keys(self.page)

    def open(self, address: str) -> None:
        """The page on which he is anyway."""
        self.page.goto(self.base + address)

    def opened(self, address: str) -> None:
        """He is there now."""
        self.page.wait_for_url(lambda url: url.removeprefix(self.base).split("?")[0] == address)

    def saved(self) -> None:
        """The drawer has closed: what was in it is saved."""
        expect(self.page.locator("#drawer")).to_be_hidden()


@pytest.fixture
def desk(page: Page, live_server: Any) -> Iterator[Desk]:
    me = ManagerFactory(first_name="Anna", last_name="Ivanova")
    cookie = browser(me).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    # No telephone answers here: the page stays, as it does on a computer.
    page.add_init_script("addEventListener('click', (e) => e.target.closest('a[href^=tel]') && e.preventDefault())")
    yield Desk(page, live_server.url, me)
    # What the last page still asks for is answered before the rows are gone.
    page.wait_for_load_state("networkidle")


def action(number: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test that does the action with this number both ways."""
    _done.add(number)

    def compared(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def run(desk: Desk, **kwargs: Any) -> None:
            test(desk, **kwargs)
            counted = desk.mouse.count, len(desk.keys.pressed), desk.keys.pressed
            assert counted == told()[number], f"docs/clicks.md, action {number}"

        return run

    return compared


def test_every_action_of_the_document_is_done_here() -> None:
    assert sorted(told()) == sorted(_done) == list(range(1, 16))


# --- finding ----------------------------------------------------------------------------------------------------------
@action(1)
def test_a_client_is_found_by_its_phone(desk: Desk) -> None:
    client = held_client(desk.me, name="Vostok Stroy")
    ContactPointFactory(client=client, value="+79161234567")
    desk.open(reverse("preferences"))
    desk.mouse.click("#top-search")
    desk.mouse.type("8 916 123-45-67")
    desk.mouse.click(f".sv-finder-panel [href='{client.get_absolute_url()}']")
    desk.opened(client.get_absolute_url())
    desk.open(reverse("preferences"))
    desk.keys.press("Control+k")
    desk.keys.type("8 916 123-45-67")
    desk.keys.press("Enter")
    desk.opened(client.get_absolute_url())


# --- contacts ---------------------------------------------------------------------------------------------------------
@action(2)
def test_a_call_with_a_client_of_the_list_is_registered(desk: Desk) -> None:
    client = held_client(desk.me)
    desk.open(reverse("client-list"))
    desk.mouse.click("tr [data-register-contact]")
    desk.keys.type("They want pumps", into="#drawer textarea[name=text]")
    desk.mouse.button("Register", "#drawer")
    desk.saved()
    desk.open(reverse("client-list"))
    desk.keys.press("j", "c")
    desk.keys.type("And pipes", into="#drawer textarea[name=text]")
    desk.keys.press("Control+Enter")
    desk.saved()
    assert set(Event.objects.filter(client=client).values_list("text", flat=True)) == {"They want pumps", "And pipes"}


@action(3)
def test_a_contact_with_somebody_not_on_the_page_is_registered(desk: Desk) -> None:
    client = held_client(desk.me, name="Vostok Stroy")
    desk.open(reverse("preferences"))
    desk.mouse.click("#top-search")
    desk.mouse.type("vostok")
    desk.mouse.click(".sv-finder-panel [data-line-register]")
    desk.keys.type("They want pumps", into="#drawer textarea[name=text]")
    desk.mouse.button("Register", "#drawer")
    desk.saved()
    desk.open(reverse("preferences"))
    desk.keys.press("c")
    desk.keys.type("vostok", into="#drawer [data-finder-input]")
    desk.keys.press("Enter")
    desk.keys.type("And pipes", into="#drawer textarea[name=text]")
    desk.keys.press("Control+Enter")
    desk.saved()
    assert set(Event.objects.filter(client=client).values_list("text", flat=True)) == {"They want pumps", "And pipes"}


def back_from_the_phone(page: Page) -> None:
    """A while later he looks at the screen again."""
    page.evaluate(
        "() => { const call = JSON.parse(sessionStorage['svetofor.call']); call.at -= 60000;"
        " sessionStorage['svetofor.call'] = JSON.stringify(call); window.dispatchEvent(new Event('focus')) }"
    )


@action(4)
def test_who_has_called_a_client_says_how_it_went(desk: Desk) -> None:
    client = held_client(desk.me, name="Vostok Stroy")
    ContactPointFactory(client=client, value="+79161234567")
    desk.open(reverse("client-list"))
    desk.mouse.click("#top-search")
    desk.mouse.type("vostok")
    desk.mouse.click(".sv-finder-panel [data-call]")
    back_from_the_phone(desk.page)
    desk.keys.type("They want pumps", into="#drawer textarea[name=text]")
    desk.mouse.button("Register", "#drawer")
    desk.saved()
    desk.open(reverse("client-list"))
    desk.keys.press("Control+k")
    desk.keys.type("vostok")
    expect(desk.page.locator("#palette [role=option][aria-selected=true]", has_text="Vostok Stroy")).to_be_visible()
    desk.keys.press("Shift+Enter")
    back_from_the_phone(desk.page)
    desk.keys.type("And pipes", into="#drawer textarea[name=text]")
    desk.keys.press("Control+Enter")
    desk.saved()
    assert set(Event.objects.filter(client=client).values_list("text", flat=True)) == {"They want pumps", "And pipes"}


# --- My day -----------------------------------------------------------------------------------------------------------
def planned(me: Manager, name: str, *, hours: int = 30) -> Event:
    """Overdue: whatever time it is, it stands on My day, the oldest first."""
    moment = clock.now() - dt.timedelta(hours=hours)
    return event(held_client(me, name=name), status=EventStatus.PLANNED, occurred_at=moment, subject="Call")


def plans_of_two(me: Manager) -> tuple[Event, Event]:
    return planned(me, "Amber Mills"), planned(me, "Beryl Foods", hours=29)


@action(5)
def test_an_event_is_finished_and_the_next_planned(desk: Desk) -> None:
    first, second = plans_of_two(desk.me)
    desk.open("/")
    desk.mouse.click(f"#due-{first.pk} [data-row-key=d]")
    desk.keys.type("They want pumps", into="#drawer textarea[name=result]")
    desk.mouse.click("#drawer label:has([name=next_in][value=tomorrow])")
    desk.mouse.button("Done", "#drawer")
    expect(desk.page.locator(f"#due-{first.pk}")).to_have_count(0)
    desk.open("/")
    desk.keys.press("j", "d")
    desk.keys.type("They want pipes", into="#drawer textarea[name=result]")
    desk.keys.press("Tab", "ArrowRight", "Control+Enter")
    expect(desk.page.locator(f"#due-{second.pk}")).to_have_count(0)
    for each in (first, second):
        following = Event.objects.planned().get(continues=each)
        assert timezone.localdate(following.occurred_at) > timezone.localdate()


@action(6)
def test_a_plan_is_put_off_to_tomorrow(desk: Desk) -> None:
    first, second = plans_of_two(desk.me)
    desk.open("/")
    desk.mouse.click(f"#due-{first.pk} [data-later] summary")
    desk.mouse.click(f"#due-{first.pk} [data-row-key=t]")
    expect(desk.page.locator(f"#due-{first.pk}")).to_have_count(0)
    desk.open("/")
    desk.keys.press("j", "t")
    expect(desk.page.locator(f"#due-{second.pk}")).to_have_count(0)
    for each in (first, second):
        each.refresh_from_db()
        assert timezone.localdate(each.occurred_at) > timezone.localdate()


@action(7)
def test_the_next_counterparty_is_looked_at(desk: Desk) -> None:
    plan = planned(desk.me, "Amber Mills")
    person = ContactPersonFactory(client=plan.client, first_name="Pavel", last_name="Zotov")
    ContactPointFactory(client=plan.client, person=person, value="+79161110011")
    event(plan.client, text="They want pumps")

    def is_shown() -> None:
        beside = desk.page.locator("#day-beside")
        for words in ("Amber Mills", "Zotov", "+7 916 111-00-11", "They want pumps", "Client since"):
            expect(beside.get_by_text(words).first).to_be_visible()

    desk.open("/")
    desk.mouse.click(f"#due-{plan.pk} [data-beside]")
    is_shown()
    desk.open("/")
    desk.keys.press("j")
    is_shown()


# --- lists ------------------------------------------------------------------------------------------------------------
@action(8)
def test_one_sees_why_a_client_is_yellow(desk: Desk) -> None:
    long_ago = clock.today() - dt.timedelta(days=35)
    client = held_client(desk.me, name="Amber Mills", assigned_on=long_ago)
    assert client.zone == "yellow"

    def is_shown() -> None:
        desk.opened(client.get_absolute_url())
        expect(desk.page.get_by_role("region", name="Why this colour")).to_contain_text("Yellow since")

    desk.open(reverse("client-list"))
    desk.mouse.click("tr .sv-cell-main")
    is_shown()
    desk.open(reverse("client-list"))
    desk.keys.press("j", "Enter")
    is_shown()


@action(13)
def test_a_pinned_view_is_opened(desk: Desk) -> None:
    held_client(desk.me, name="Amber Mills")
    held_client(desk.me, name="Beryl Foods")
    saved_views.save_view(owner=desk.me, page="client-list", name="Amber", query="q=amber")

    def is_shown() -> None:
        expect(desk.page.locator(".sv-view-open")).to_contain_text("Amber")
        expect(desk.page.locator("tbody tr")).to_have_count(1)

    desk.open(reverse("client-list"))
    desk.mouse.click(".sv-tab-view")
    is_shown()
    desk.open(reverse("client-list"))
    desk.keys.press("1")
    is_shown()


@action(14)
def test_an_event_is_planned_with_all_clients_a_filter_finds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ListPage, "page_size", 2)
    for number in range(3):
        held_client(desk.me, name=f"Mill {number}")
    held_client(desk.me, name="Another")
    filtered = reverse("client-list") + "?q=mill"
    desk.open(filtered)
    desk.mouse.click("[data-check-all]")
    desk.mouse.click("[data-bulk-all]")
    desk.mouse.button("Plan an event", "#bulk-form")
    desk.mouse.button("Plan an event", "main")
    expect(desk.page.get_by_text("Done: 3 of 3.")).to_be_visible()
    desk.open(filtered)
    desk.keys.press("a", "a", "b", "Enter")
    expect(desk.page.locator("main form [name=kind]")).to_be_focused()
    desk.keys.press("Control+Enter")
    expect(desk.page.get_by_text("Done: 3 of 3.")).to_be_visible()
    assert [job.total for job in BulkJob.objects.all()] == [3, 3]
    assert Event.objects.planned().count() == 6


# --- one client -------------------------------------------------------------------------------------------------------
@action(9)
def test_a_client_is_claimed_from_the_exchange(desk: Desk) -> None:
    volga, yauza = exchange_client(name="Volga"), exchange_client(name="Yauza")
    desk.open("/")
    desk.mouse.click(f".sv-rail [href='{reverse('exchange-board')}']")
    desk.mouse.button("Claim Volga")
    expect(desk.page.get_by_text("Yours now.", exact=True)).to_be_visible()
    desk.open("/")
    desk.keys.press("Control+k")
    desk.keys.type("yauza")
    expect(desk.page.locator("#palette [role=option][aria-selected=true]", has_text="Yauza")).to_be_visible()
    desk.keys.press("ArrowDown", "Enter")
    desk.opened(yauza.get_absolute_url())
    assert set(Client.objects.filter(manager=desk.me)) == {volga, yauza}


@action(10)
def test_a_fact_is_mended_on_the_card(desk: Desk) -> None:
    client = held_client(desk.me, city="Omsk")
    shown = desk.page.locator("#fact-city .cl-fact-words")
    desk.open(client.get_absolute_url())
    desk.mouse.click("#fact-city .cl-pencil")
    desk.keys.type("Tomsk", into="#fact-city [name=city]")
    desk.mouse.button("Save", "#fact-city")
    expect(shown).to_have_text("Tomsk")
    desk.open(client.get_absolute_url())
    desk.keys.press("e", "e")
    desk.keys.type("Tambov", into="#fact-city [name=city]")
    desk.keys.press("Enter")
    expect(shown).to_have_text("Tambov")


@action(11)
def test_a_new_client_is_entered(desk: Desk) -> None:
    desk.open(reverse("preferences"))
    desk.mouse.click("#top-search")
    desk.mouse.type("8 916 123-45-67")
    desk.mouse.click(".sv-finder-panel [data-nothing] [role=option]")
    desk.keys.type("Vostok Stroy", into="main [name=name]")
    desk.mouse.button("Create client", "main")
    expect(desk.page.get_by_role("heading", name="Vostok Stroy", level=1)).to_be_visible()
    desk.open(reverse("preferences"))
    desk.keys.press("Control+k")
    desk.keys.type("8 916 765-43-21")
    desk.keys.press("Enter")
    desk.keys.type("Zapad", into="main [name=name]")
    desk.keys.press("Control+Enter")
    expect(desk.page.get_by_role("heading", name="Zapad", level=1)).to_be_visible()
    entered = {client.name: client.contact_points.get().normalized for client in Client.objects.filter(manager=desk.me)}
    assert entered == {"Vostok Stroy": "+79161234567", "Zapad": "+79167654321"}


@action(12)
def test_a_client_is_tagged(desk: Desk) -> None:
    client = held_client(desk.me)
    desk.open(client.get_absolute_url())
    desk.mouse.click(".sv-labels-edit")
    desk.keys.type("VIP", into=".sv-tagbox-entry")
    desk.mouse.button("Save", ".sv-labels-form")
    expect(desk.page.locator(".sv-labels .sv-label", has_text="VIP")).to_be_visible()
    desk.open(client.get_absolute_url())
    desk.keys.press("t")
    desk.keys.type("tender", into=".sv-tagbox-entry")
    desk.keys.press("Control+Enter")
    expect(desk.page.locator(".sv-labels:not(form) .sv-label", has_text="tender")).to_be_visible()
    assert set(client.tags.values_list("name", flat=True)) == {"VIP", "tender"}


@action(15)
def test_somebody_is_congratulated_on_a_birthday(desk: Desk) -> None:
    client, today = held_client(desk.me), clock.today()
    for name in ("Boris", "Elena"):
        person = ContactPersonFactory(
            client=client,
            first_name=name,
            birthday=dt.date(1980, today.month, today.day),  # a leap year: every day is in it
        )
        ContactPointFactory(client=client, person=person, kind="email", value=f"{name}@vostok.example")
    desk.open("/")
    desk.mouse.click(desk.page.locator("a[data-drawer]", has_text="Write").first)
    desk.mouse.button("Send", "#drawer")
    desk.saved()
    desk.open("/")
    desk.keys.press("Control+k")
    desk.keys.type("birthdays")
    desk.keys.press("Enter")
    desk.opened(reverse("occasion-list"))
    desk.keys.press("w")
    expect(desk.page.locator("#drawer textarea")).to_be_focused()
    desk.keys.press("Control+Enter")
    desk.saved()
    assert set(ClientLetter.objects.values_list("address", flat=True)) == {
        "boris@vostok.example",
        "elena@vostok.example",
    }
