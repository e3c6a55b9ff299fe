"""The outbox and the notices in Django admin."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Letter, Manager, Notice
from clients.tests.factories import ManagerFactory
from clients.tests.pages import browser
from crm import clock

pytestmark = pytest.mark.django_db

LIST = reverse("admin:clients_letter_changelist")


@pytest.fixture
def admin():
    return browser(ManagerFactory(is_staff=True))


def letter(status: str = "queued", **kwargs) -> Letter:
    defaults = {
        "recipient": ManagerFactory(email="anna@example.com"),
        "date": clock.today(),
        "address": "old@example.com",
        "subject": "3 clients leave",
        "text": "Text & <b>words</b>",
        "html": '<p style="color: red">Words</p>',
        "status": status,
        "sent_at": clock.now() if status == "sent" else None,
    }
    return Letter.objects.create(**defaults | kwargs)


def test_retries_are_visible(admin):
    tried = clock.now() + dt.timedelta(minutes=15)
    letter(attempts=2, last_error="ConnectionRefusedError: nobody there", next_try_at=tried)
    page = admin.get(LIST).content.decode()
    assert "ConnectionRefusedError: nobody there" in page
    assert '<td class="field-attempts">2</td>' in page
    assert "has waited for more than an hour" not in page


def test_what_waits_for_too_long_is_said(admin):
    letter(created_at=clock.now() - dt.timedelta(hours=2))
    letter("sent", created_at=clock.now() - dt.timedelta(hours=2))
    assert "1 letter has waited for more than an hour" in admin.get(LIST).content.decode()


def test_send_again(admin):
    failed, sent = letter("failed", attempts=8), letter("sent", attempts=1)
    answer = admin.post(LIST, {"action": "send_again", "_selected_action": [failed.pk, sent.pk]}, follow=True)
    page = answer.content.decode()
    assert "1 letter goes out within five minutes." in page
    assert "1 letter was let be" in page
    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.status, failed.attempts, failed.address) == ("queued", 0, "anna@example.com")
    assert (sent.status, sent.attempts, sent.address) == ("sent", 1, "old@example.com")


def test_a_letter_is_shown_in_a_sandbox_and_nothing_of_it_is_changed_by_hand(admin):
    shown = letter()
    page = admin.get(reverse("admin:clients_letter_change", args=[shown.pk])).content.decode()
    preview = reverse("admin:clients_letter_html", args=[shown.pk])
    assert f'<iframe src="{preview}" sandbox' in page
    assert "Text &amp; &lt;b&gt;words&lt;/b&gt;" in page
    assert 'name="subject"' not in page
    answer = admin.get(preview)
    assert answer.content.decode() == shown.html
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert admin.get(reverse("admin:clients_letter_html", args=[shown.pk + 1])).status_code == 404
    assert admin.get(reverse("admin:clients_letter_add")).status_code == 403


def test_only_administrators_read_the_outbox():
    shown = letter()
    for reader in (shown.recipient, ManagerFactory(role="director")):
        for url in (LIST, reverse("admin:clients_letter_html", args=[shown.pk])):
            assert browser(reader).get(url).status_code == 302
    Manager.objects.filter(pk=reader.pk).update(is_staff=True)
    assert browser(Manager.objects.get(pk=reader.pk)).get(LIST).status_code == 200


def test_notices_are_found_and_read_only(admin):
    told = Notice.objects.create(recipient=ManagerFactory(last_name="Zotova"), kind="gone", key="1")
    url = reverse("admin:clients_notice_changelist")
    assert "Zotova" in admin.get(url, {"q": "Zotova"}).content.decode()
    assert "Zotova" in admin.get(url, {"read_at__isempty": "1"}).content.decode()
    assert "Zotova" not in admin.get(url, {"letter__isempty": "0"}).content.decode()
    assert admin.get(reverse("admin:clients_notice_change", args=[told.pk])).status_code == 200
    assert admin.post(reverse("admin:clients_notice_delete", args=[told.pk]), {"post": "yes"}).status_code == 403
