"""The card in Chromium: a fact edited by keyboard alone, with an error and with undo; the phone; the paper."""

import pytest
from django.urls import reverse

from clients.links import relate_clients
from clients.tests.factories import held_client
from clients.tests.pages import browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def card(page, live_server, company):
    """The client's card, opened by its manager."""
    cookie = browser(company.anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + company.client.get_absolute_url())
    return page


def city(page):
    return page.locator("#fact-city .cl-fact-words")


def test_a_fact_is_edited_by_keyboard_and_taken_back(card, company):
    page = card
    page.locator("#fact-city .cl-pencil").focus()
    page.keyboard.press("e")
    page.wait_for_selector("#fact-city [name=city]:focus")
    page.keyboard.press("Control+a")
    page.keyboard.type("Nakhodka")
    page.keyboard.press("Enter")
    page.wait_for_selector("#fact-city .cl-fact-words:has-text('Nakhodka')")
    # The focus is where it was, and the head of the card follows.
    assert page.evaluate("document.activeElement.dataset.factEdit") == "city"
    assert "Nakhodka" in page.inner_text("#card-head")
    page.get_by_role("button", name="Undo").press("Enter")
    page.wait_for_selector("#fact-city .cl-fact-words:has-text('Vladivostok')")
    company.client.refresh_from_db()
    assert company.client.city == "Vladivostok"


def test_escape_puts_it_back_and_nothing_is_written(card, company):
    page = card
    page.locator("#fact-city .cl-pencil").press("Enter")
    page.wait_for_selector("#fact-city [name=city]:focus")
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    page.wait_for_selector("#fact-city .cl-pencil:focus")
    assert city(page).inner_text() == "Vladivostok"
    # Nothing is left that would ask before the page is left.
    assert page.locator("form[data-dirty]").count() == 0


def test_what_is_wrong_is_said_there_and_mended_there(card, company):
    page = card
    page.locator("#fact-inn .cl-pencil").press("Enter")
    page.wait_for_selector("#fact-inn [name=inn]:focus")
    page.keyboard.press("Control+a")
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    page.wait_for_selector("#fact-inn .sv-field-error")
    page.wait_for_selector("#fact-inn [name=inn]:focus")
    assert page.input_value("#fact-inn [name=inn]") == "123"
    page.keyboard.press("Control+a")
    page.keyboard.type("7728168971")
    page.keyboard.press("Enter")
    page.wait_for_selector("#fact-inn .cl-fact-words:has-text('7728168971')")


def test_what_is_missing_is_filled_in_from_the_portrait(card, company):
    page = card
    link = page.locator("#portrait-state a[data-fact-edit=profile]")
    assert "10%" in page.inner_text("#portrait-state")
    link.press("Enter")
    page.wait_for_selector("#fact-profile textarea:focus")
    page.keyboard.type("Builds bridges\nand roads")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#fact-profile .cl-fact-words:has-text('and roads')")
    assert "20%" in page.inner_text("#portrait-state")
    assert link.count() == 0
    # A list of choices: Enter saves it too.
    page.locator("#facts-unknown a[data-fact-edit=time_zone]").press("Enter")
    page.wait_for_selector("#fact-time_zone select:focus")
    page.select_option("#fact-time_zone select", "Asia/Vladivostok")
    page.keyboard.press("Enter")
    page.wait_for_selector("#fact-time_zone .cl-fact-words:has-text('Vladivostok')")


def test_an_agreement_is_kept_and_opened_again(card, company, live_server):
    from interactions.models import Agreement
    from interactions.tests.factories import event

    agreement = Agreement.objects.create(event=event(company.client), text="Send the offer")
    page = card
    page.reload()
    page.locator("#agreements button[value=kept]").press("Enter")
    page.wait_for_selector("#agreements .in-settled")
    page.wait_for_selector("#history .in-agreement-kept")
    page.get_by_role("button", name="Undo").press("Enter")
    page.wait_for_selector("#agreements .in-step-actions")
    agreement.refresh_from_db()
    assert agreement.status == "open"


def test_on_a_phone_the_history_comes_first_and_the_facts_are_folded_away(card, live_server, company):
    page = card
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    assert not page.locator("#fact-city").is_visible()
    tops = [page.locator(part).bounding_box()["y"] for part in ("#history", "#next-steps", "#contacts-title")]
    assert tops == sorted(tops)
    page.locator(".cl-jump a[href='#about']").click()
    page.wait_for_selector("#fact-city .cl-pencil")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_on_paper_there_are_no_buttons_and_everything_is_open(card, live_server, company):
    relate_clients(source=held_client(company.anna, name="Daughter"), target=company.client, kind="subsidiary")
    page = card
    page.reload()
    page.emulate_media(media="print")
    for hidden in ("#register", ".sv-topbar", ".sv-rail", ".cl-pencil", "main button", "main .btn", "#facts-unknown"):
        shown = page.locator(hidden).filter(visible=True)
        assert shown.count() == 0, hidden
    for printed in ("h1", "#fact-city", "#history-title", "#next-title", "#figures-title", ".cl-graph"):
        assert page.locator(printed).first.is_visible(), printed
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_without_javascript_the_pencil_leads_to_a_page(browser_type, launch_browser, live_server, company):
    context = launch_browser().new_context(java_script_enabled=False)
    cookie = browser(company.anna).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + company.client.get_absolute_url())
    page.click("#fact-city .cl-pencil")
    assert page.url.endswith(reverse("client-field", args=[company.client.pk, "city"]))
    page.fill("[name=city]", "Artyom")
    page.get_by_role("button", name="Save").click()
    assert page.inner_text("#fact-city .cl-fact-words") == "Artyom"
    context.close()
