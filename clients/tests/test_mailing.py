"""Sending letters: a real mail server, one that refuses, one that is down, several senders at once."""

import datetime as dt
import smtplib
import threading

import pytest
from django.core import mail
from django.db import connection

from clients import mailing, notices, tasks
from clients.letters import compose_letters
from clients.mailing import overdue_count, send_again, send_due_letters
from clients.models import Letter, Manager, Notice
from clients.notices import Line, NoticeKind, client_lines, notify, unread_count
from clients.outbox import LEASE, RETRIES, is_down
from clients.tests.factories import ManagerFactory, held_client
from clients.tests.mail_server import inbox, mail_port, serving  # noqa: F401 - fixtures
from crm import clock

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 5, 13)
NOON = clock.at(TODAY)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch, time_machine):
    monkeypatch.setattr(notices, "_kinds", {})
    notices.register(
        NoticeKind(
            key="leaving",
            name="Clients about to leave",
            icon="hourglass",
            words=lambda notice: f"{len(notice.data['clients'])} clients leave in 14 days",
            lines=lambda some, reader: client_lines(
                some,
                reader,
                ids=lambda notice: notice.data["clients"],
                line=lambda notice, client: Line(str(client), client.get_absolute_url(), "leaves in 14 days", "red"),
            ),
        )
    )
    time_machine.move_to(NOON, tick=False)


def person(address: str = "anna@example.com", **kwargs) -> Manager:
    return ManagerFactory(email=address, **kwargs)


def letter_to(reader: Manager, date: dt.date = TODAY) -> Letter:
    client = held_client(reader, name="ООО Восток")
    notify(kind="leaving", recipients=[reader.pk], key=str(date), data={"clients": [client.pk]})
    compose_letters(date)
    return Letter.objects.get(recipient=reader, date=date)


# --- a server that works --------------------------------------------------------------------------------------------
def test_a_letter_arrives_as_text_and_html_in_the_readers_language(inbox):  # noqa: F811
    letter_to(person("anna@example.com", language="en", first_name="Anna"))
    letter_to(person("boris@example.com", language="ru", first_name="Борис"))
    assert send_due_letters().sent == 2
    english, russian = inbox.letters
    assert inbox.to == ["anna@example.com", "boris@example.com"]
    for message, language in ((english, "en"), (russian, "ru")):
        assert message.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        text, html = (part.get_content() for part in message.iter_parts())
        for content in (text, html):
            assert "ООО Восток" in content
            assert "https://crm.example.com/clients/" in content
            assert "https://crm.example.com/notices/" in content
        assert f'<html lang="{language}">' in html
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe"] == "<https://crm.example.com/preferences/>"
        assert message["Message-ID"].endswith("@crm.example.com>")
    assert english["Message-ID"] != russian["Message-ID"]
    assert english["Subject"] == "1 clients leave in 14 days"
    assert "May 13, 2026" in english.get_body(("plain",)).get_content()
    assert "13 мая 2026" in russian.get_body(("plain",)).get_content()


def test_one_letter_per_person_and_day_really_arrives(inbox, time_machine):  # noqa: F811
    anna = person()
    letter_to(anna)
    for _ in range(3):
        tasks.send_letters()
    assert len(inbox.letters) == 1
    notify(kind="leaving", recipients=[anna.pk], key="late", data={"clients": []})
    tasks.send_letters()
    tasks.compose_letters_of()
    assert len(inbox.letters) == 1
    time_machine.move_to(NOON + dt.timedelta(days=1), tick=False)
    tasks.send_letters()
    assert len(inbox.letters) == 2
    letter = Letter.objects.get(date=TODAY)
    assert (letter.status, letter.sent_at, letter.attempts, letter.last_error) == ("sent", NOON, 1, "")


def test_a_letter_without_an_address_is_not_sent(inbox):  # noqa: F811
    letter_to(person(""))
    assert send_due_letters().sent == 0
    assert not inbox.letters


def test_who_left_the_company_is_not_written_to(inbox):  # noqa: F811
    letter = letter_to(person())
    Manager.objects.filter(pk=letter.recipient_id).update(is_active=False)
    assert send_due_letters().sent == 0
    letter.refresh_from_db()
    assert (letter.status, letter.last_error) == ("failed", "the recipient no longer works here")
    assert not inbox.letters


# --- a server that does not -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("answer", ["550 no such mailbox", "451 try again later"])
def test_a_refused_letter_waits_and_does_not_hold_up_the_others(inbox, time_machine, answer):  # noqa: F811
    refused, other = letter_to(person("a@example.com")), letter_to(person("b@example.com"))
    inbox.refusals = [answer]
    done = send_due_letters()
    assert (done.sent, done.failed) == (1, 1)
    assert inbox.to == ["b@example.com"]
    refused.refresh_from_db()
    other.refresh_from_db()
    assert other.status == "sent"
    assert (refused.status, refused.attempts) == ("queued", 1)
    assert answer[:3] in refused.last_error
    assert refused.next_try_at == NOON + dt.timedelta(minutes=5)
    assert send_due_letters().sent == 0  # not before its time
    time_machine.move_to(NOON + dt.timedelta(minutes=5), tick=False)
    assert send_due_letters().sent == 1
    refused.refresh_from_db()
    assert (refused.status, refused.attempts, refused.last_error) == ("sent", 2, "")
    assert [message["Message-ID"] for message in inbox.letters if message["To"] == "a@example.com"] == [
        f"<letter-{refused.pk}-20260513@crm.example.com>"
    ]


def test_a_server_that_is_down_loses_nothing_and_ends_the_sweep(mail_port, time_machine):  # noqa: F811
    people = [person(f"p{n}@example.com") for n in range(3)]
    for reader in people:
        letter_to(reader)
    done = send_due_letters()
    assert (done.sent, done.failed) == (0, 1)
    assert list(Letter.objects.order_by("pk").values_list("status", "attempts")) == [
        ("queued", 1),
        ("queued", 0),
        ("queued", 0),
    ]
    assert "refused" in Letter.objects.order_by("pk").first().last_error
    assert [unread_count(reader) for reader in people] == [1, 1, 1]
    time_machine.move_to(NOON + dt.timedelta(minutes=5), tick=False)
    with serving(mail_port) as box:
        assert send_due_letters().sent == 3
    assert sorted(box.to) == ["p0@example.com", "p1@example.com", "p2@example.com"]


def test_attempts_come_further_apart_and_end(inbox, time_machine):  # noqa: F811
    letter = letter_to(person())
    inbox.always = "550 never"
    now = NOON
    for number, pause in enumerate(RETRIES, start=1):
        assert send_due_letters().failed == 1
        letter.refresh_from_db()
        assert (letter.status, letter.attempts, letter.next_try_at) == ("queued", number, now + pause)
        now += pause
        time_machine.move_to(now, tick=False)
    assert send_due_letters().failed == 1
    letter.refresh_from_db()
    assert (letter.status, letter.attempts) == ("failed", len(RETRIES) + 1)
    assert "550" in letter.last_error
    time_machine.move_to(now + dt.timedelta(days=30), tick=False)
    assert send_due_letters().failed == 0
    assert Notice.objects.filter(letter=letter, read_at=None).exists()  # still under the bell
    inbox.always = ""
    assert send_again(Letter.objects.all()) == 1
    assert send_due_letters().sent == 1


def test_send_again_takes_the_address_of_today_and_leaves_what_was_sent(inbox):  # noqa: F811
    silent, sent, left = letter_to(person("")), letter_to(person("b@example.com")), letter_to(person("c@example.com"))
    Manager.objects.filter(pk=left.recipient_id).update(is_active=False)
    send_due_letters()
    assert send_again(Letter.objects.all()) == 0
    Manager.objects.filter(pk=silent.recipient_id).update(email="found@example.com")
    assert send_again(Letter.objects.all()) == 1
    send_due_letters()
    assert inbox.to == ["b@example.com", "found@example.com"]
    sent.refresh_from_db()
    assert sent.attempts == 1


def test_an_address_that_breaks_the_letters_head_is_only_that_letters_trouble(inbox):  # noqa: F811
    odd = letter_to(person("a@example.com"))
    letter_to(person("b@example.com"))
    Letter.objects.filter(pk=odd.pk).update(address="a@example.com\nBcc: all@example.com")
    done = send_due_letters()
    assert (done.sent, done.failed) == (1, 1)
    assert inbox.to == ["b@example.com"]
    odd.refresh_from_db()
    assert "Invalid address" in odd.last_error


def test_a_sender_that_died_is_followed_by_another_after_its_lease(inbox, monkeypatch, time_machine):  # noqa: F811
    letter = letter_to(person())

    def die(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mailing, "_message", die)
        with pytest.raises(KeyboardInterrupt):
            send_due_letters()
    letter.refresh_from_db()
    assert (letter.status, letter.attempts) == ("queued", 1)
    assert send_due_letters().sent == 0
    time_machine.move_to(NOON + LEASE, tick=False)
    assert send_due_letters().sent == 1


def test_a_sweep_begins_no_letter_when_its_time_is_up(inbox):  # noqa: F811
    letter_to(person())
    assert send_due_letters(budget=0).sent == 0
    assert Letter.objects.get().attempts == 0


def test_letters_that_wait_for_long_are_counted(mail_port, time_machine):  # noqa: F811
    letter_to(person())
    letter_to(person(""))
    assert overdue_count() == 0
    time_machine.move_to(NOON + dt.timedelta(minutes=61), tick=False)
    assert overdue_count() == 1


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (smtplib.SMTPServerDisconnected("gone"), True),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), True),
        (TimeoutError(), True),
        (smtplib.SMTPRecipientsRefused({}), False),
        (smtplib.SMTPSenderRefused(550, b"no", "x"), False),
        (smtplib.SMTPDataError(554, b"spam"), False),
        (ValueError(), False),
    ],
)
def test_which_failures_are_the_servers(error, down):
    assert is_down(error) is down


# --- the embedded default and the jobs ------------------------------------------------------------------------------
def test_without_a_mail_server_letters_are_files(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    letter_to(person())
    assert send_due_letters().sent == 1
    (file,) = (tmp_path / "mail").iterdir()
    assert "anna@example.com" in file.read_text()


def test_composing_sends_at_once():
    anna = person()
    notify(kind="leaving", recipients=[anna.pk], key="1", data={"clients": []})
    tasks.compose_letters_of(TODAY.isoformat())
    assert [message.to for message in mail.outbox] == [["anna@example.com"]]


def test_beat_knows_the_letters():
    from crm.celery import app

    app.finalize()
    assert "clients.tasks.send_letters" in {entry["task"] for entry in app.conf.beat_schedule.values()}


# --- two at once ----------------------------------------------------------------------------------------------------
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_letter_once(inbox):  # noqa: F811
    for n in range(12):
        letter_to(person(f"p{n}@example.com"))
    start, sent = threading.Barrier(4), []

    def send() -> None:
        try:
            start.wait(timeout=10)
            sent.append(send_due_letters().sent)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sum(sent) == 12
    assert sorted(inbox.to) == sorted(f"p{n}@example.com" for n in range(12))
