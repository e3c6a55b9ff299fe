"""Files in Chromium: dropped onto the panel or chosen they are sent at once, told where they are not, and come back."""

import pytest
from django.urls import reverse

from clients.models import Attachment
from clients.tests.pages import browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DROP = """([panel, files]) => {
    const data = new DataTransfer();
    for (const [name, words] of files) data.items.add(new File([words], name));
    for (const type of ["dragover", "drop"]) {
        panel.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
}"""


@pytest.fixture
def card(page, live_server, company, settings, tmp_path):
    """The card of the client, opened by Anna, who leads it."""
    settings.PRIVATE_FILES_DIR = tmp_path / "private"
    settings.MAX_FILE_SIZE = 1000
    cookie = browser(company.anna).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(live_server.url + company.client.get_absolute_url())
    return page


def drop(page, *files):
    page.evaluate(DROP, [page.query_selector("[data-upload]"), [list(pair) for pair in files]])


def test_dropped_files_are_kept_and_downloaded(card, company):
    drop(card, ("offer.txt", "Ten pumps"), ("page.html", "<html>"), ("big.txt", "x" * 1001))
    card.wait_for_selector(".cl-file-name:has-text('offer.txt')")
    assert "page.html" in card.inner_text("#upload-answer")
    assert "big.txt" in card.inner_text("[data-upload-too-large]")
    assert card.locator(".cl-file").count() == 1
    assert [kept.name for kept in Attachment.objects.all()] == ["offer.txt"]
    with card.expect_download() as download:
        card.click(".cl-file-name")
    assert download.value.suggested_filename == "offer.txt"
    assert download.value.path().read_text() == "Ten pumps"


def test_chosen_files_are_kept_renamed_deleted_and_brought_back(card, live_server, company):
    card.set_input_files("#upload-files", {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"Ten pumps"})
    card.wait_for_selector(".cl-file-name:has-text('offer.txt')")
    card.click(".cl-file [title='Name and comment']")
    card.fill("#drawer [name=name]", "Contract")
    card.fill("#drawer [name=comment]", "signed by both")
    card.keyboard.press("Control+Enter")
    card.wait_for_selector(".cl-file-name:has-text('Contract.txt')")
    assert "signed by both" in card.inner_text(".cl-file")
    card.click(".cl-file [title='Delete']")
    card.wait_for_selector(".cl-file", state="detached")
    card.click("#toasts button:has-text('Undo')")
    card.wait_for_selector(".cl-file-name:has-text('Contract.txt')")


def test_without_scripts_a_file_is_sent_with_a_button(card, live_server, company):
    plain = card.context.browser.new_context(java_script_enabled=False)
    plain.add_cookies(card.context.cookies())
    page = plain.new_page()
    page.goto(live_server.url + reverse("client-files", args=[company.client.pk]))
    page.set_input_files("#upload-files", {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"Ten pumps"})
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector(".cl-file-name:has-text('offer.txt')")
    plain.close()
