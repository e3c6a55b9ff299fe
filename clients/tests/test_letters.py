"""The daily letter: who gets one, about what, in which words."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone, translation

from clients import letters, notices
from clients.letters import MOST_LINES, compose_letters, compose_morning_letters
from clients.models import Letter, Manager, Notice
from clients.notices import Line, NoticeKind, client_lines, mark_read, notify
from clients.tests.factories import ManagerFactory, held_client
from crm import clock

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 5, 13)
TOMORROW = TODAY + dt.timedelta(days=1)


def leaving(notice: Notice) -> str:
    count = len(notice.data["clients"])
    return f"Уйдут: {count}" if translation.get_language() == "ru" else f"{count} clients leave in 14 days"


@pytest.fixture(autouse=True)
def _kinds(monkeypatch, time_machine, settings):
    monkeypatch.setattr(notices, "_kinds", {})
    notices.register(
        NoticeKind(
            key="leaving",
            name="Clients about to leave",
            icon="hourglass",
            words=leaving,
            lines=lambda some, reader: client_lines(
                some,
                reader,
                ids=lambda notice: notice.data["clients"],
                line=lambda notice, client: Line(str(client), client.get_absolute_url(), "leaves in 14 days", "red"),
            ),
            urgent=True,
        )
    )
    notices.register(NoticeKind(key="news", name="News", icon="bell", words=lambda notice: f"News {notice.data['n']}"))
    notices.register(NoticeKind(key="quiet", name="Quiet", icon="bell", words=lambda notice: "Hush", by_letter=False))
    time_machine.move_to(clock.at(TODAY))
    settings.SITE_URL = "https://crm.example.com"


def person(**kwargs) -> Manager:
    return ManagerFactory(**{"first_name": "Anna", "email": "anna@example.com"} | kwargs)


def news(reader: Manager, n: int = 1, **kwargs) -> Notice:
    notify(kind="news", recipients=[reader.pk], key=str(n), data={"n": n}, **kwargs)
    return Notice.objects.get(recipient=reader, kind="news", key=str(n))


def leave(reader: Manager, *clients, key: str = "1", **kwargs) -> None:
    notify(kind="leaving", recipients=[reader.pk], key=key, data={"clients": [c.pk for c in clients]}, **kwargs)


def the_letter() -> Letter:
    return Letter.objects.get()


# --- who gets one ---------------------------------------------------------------------------------------------------
def test_one_letter_about_everything_however_often_it_is_composed():
    anna, boris = person(), person(email="boris@example.com")
    first, second = news(anna, 1), news(anna, 2)
    news(boris, 1)
    assert compose_letters(TODAY) == 2
    assert compose_letters(TODAY) == 0
    letter = Letter.objects.get(recipient=anna)
    assert (letter.status, letter.address, letter.date) == ("queued", "anna@example.com", TODAY)
    assert set(letter.notices.all()) == {first, second}


def test_what_comes_later_waits_for_the_next_days_letter_and_is_told_there_only():
    anna = person()
    news(anna, 1)
    compose_letters(TODAY)
    news(anna, 2)
    leave(anna)
    assert compose_letters(TODAY) == 0
    assert compose_letters(TOMORROW) == 1
    late = Letter.objects.get(date=TOMORROW)
    assert "News 2" in late.text
    assert "News 1" not in late.text
    assert "0 clients leave" in late.text


def test_the_letter_is_todays_when_nobody_says_otherwise():
    news(person())
    compose_letters()
    assert the_letter().date == TODAY


def test_what_was_read_or_does_not_go_by_letter_is_not_written_about():
    anna = person()
    mark_read(anna, [news(anna).pk])
    notify(kind="quiet", recipients=[anna.pk], key="1", data={})
    notify(kind="quiet", recipients=[person().pk], key="1", data={})
    assert compose_letters(TODAY) == 0
    news(anna, 2)
    compose_letters(TODAY)
    assert "News 2" in the_letter().text
    assert "News 1" not in the_letter().text
    assert "Hush" not in the_letter().text


def test_who_switched_letters_off_or_left_gets_none_and_who_has_no_address_is_visible():
    off, left, silent = person(daily_letter=False), person(), person(email="")
    for reader in (off, left, silent):
        news(reader)
    Manager.objects.filter(pk=left.pk).update(is_active=False)
    compose_letters(TODAY)
    letter = the_letter()
    assert letter.recipient == silent
    assert letter.status == Letter.Status.SKIPPED
    assert "News 1" in letter.text
    assert Notice.objects.filter(letter=None).count() == 2


def test_old_news_is_not_written_about():
    anna = person()
    news(anna, 1, date=TODAY - dt.timedelta(days=7))
    news(anna, 2, date=TODAY + dt.timedelta(days=1))
    assert compose_letters(TODAY) == 0
    news(anna, 3, date=TODAY - dt.timedelta(days=6))
    compose_letters(TODAY)
    assert list(the_letter().notices.values_list("key", flat=True)) == ["3"]


def test_one_letter_that_cannot_be_written_does_not_keep_the_others(monkeypatch, caplog):
    odd, anna = person(), person()
    news(odd)
    news(anna)
    write = letters.write

    def stumble(told, recipient, date):
        if recipient == odd:
            raise RuntimeError("no ink")
        return write(told, recipient, date)

    monkeypatch.setattr(letters, "write", stumble)
    assert compose_letters(TODAY) == 1
    assert the_letter().recipient == anna
    assert "no ink" in caplog.text
    assert Notice.objects.get(recipient=odd).letter is None
    monkeypatch.setattr(letters, "write", write)
    assert compose_letters(TODAY) == 1


def test_the_morning_waits_for_its_hour_and_comes_late_rather_than_never(time_machine, settings):
    settings.LETTERS_AT = dt.time(7)
    anna, boris = person(), person()
    time_machine.move_to(clock.at(TODAY, 1), tick=False)
    news(anna)
    time_machine.move_to(clock.at(TODAY, 6, 59), tick=False)
    assert compose_morning_letters() == 0
    time_machine.move_to(clock.at(TODAY, 11), tick=False)
    news(boris)
    assert compose_morning_letters() == 1
    assert the_letter().recipient == anna
    time_machine.move_to(clock.at(TOMORROW, 7), tick=False)
    assert compose_morning_letters() == 1
    assert Letter.objects.get(date=TOMORROW).recipient == boris


@pytest.mark.parametrize("flag", ["urgent", "same_day"])
def test_what_is_urgent_does_not_wait_for_tomorrow_if_there_was_no_letter_today(time_machine, flag):
    notices.register(NoticeKind(key="leaving", name="Leaving", icon="bell", words=leaving, **{flag: True}))
    anna, boris = person(), person()
    time_machine.move_to(clock.at(TODAY, 1), tick=False)
    news(anna)
    time_machine.move_to(clock.at(TODAY, 11), tick=False)
    assert compose_morning_letters() == 1
    news(boris)
    leave(anna)
    leave(boris)
    assert compose_morning_letters() == 1
    assert "News 1" in Letter.objects.get(recipient=boris).text


# --- what it says ---------------------------------------------------------------------------------------------------
def test_text_and_html_tell_the_same_facts_with_links():
    anna = person()
    vostok, zapad = held_client(anna, name='Vostok <Stroy> & "Sons"'), held_client(anna, name="Zapad")
    news(anna, 1)
    leave(anna, zapad, vostok, url="/clients/?zone=red")
    compose_letters(TODAY)
    letter = the_letter()
    assert letter.subject == "2 clients leave in 14 days (and 1 more notice)"
    for content in (letter.text, letter.html):
        for fact in (
            "Anna",
            "May 13, 2026",
            "Clients about to leave",
            "2 clients leave in 14 days",
            "https://crm.example.com/clients/?zone=red",
            f"https://crm.example.com{vostok.get_absolute_url()}",
            f"https://crm.example.com{zapad.get_absolute_url()}",
            "Zapad",
            "leaves in 14 days",
            "News 1",
            "https://crm.example.com/notices/",
            "https://crm.example.com/preferences/",
        ):
            assert fact in content, fact
        assert content.index("Zapad") < content.index("Vostok") < content.index("News 1")  # the urgent first
    assert 'Vostok <Stroy> & "Sons"' in letter.text
    assert "Vostok &lt;Stroy&gt; &amp; &quot;Sons&quot;" in letter.html
    assert "<script" not in letter.html
    assert "<table" not in letter.html


def test_each_reads_it_in_his_own_language_and_time_zone(settings):
    notices.register(
        NoticeKind(
            key="news",
            name="News",
            icon="bell",
            words=lambda notice: f"{translation.get_language()} {timezone.get_current_timezone_name()}",
        )
    )
    settings.LANGUAGE_CODE = "ru"
    for reader in (
        person(language="en", time_zone="Asia/Vladivostok"),
        person(language="ru", time_zone=""),
        person(language="", time_zone="Mars/Phobos"),
        person(language="xx"),
    ):
        news(reader)
    with translation.override("en"):
        compose_letters(TODAY)
        assert translation.get_language() == "en"
    written = list(Letter.objects.order_by("pk"))
    assert [letter.subject for letter in written] == ["en Asia/Vladivostok", *["ru Europe/Moscow"] * 3]
    assert ['<html lang="ru">' in letter.html for letter in written] == [False, True, True, True]


def test_it_names_only_what_the_reader_may_see_when_it_is_written():
    anna = person()
    lost = held_client(ManagerFactory(), name="Secret Foods")
    leave(anna, lost)
    compose_letters(TODAY)
    for content in (the_letter().subject, the_letter().text, the_letter().html):
        assert "Secret" not in content
    assert "1 client is no longer yours to see" in the_letter().text


def test_a_long_list_is_cut_and_counted(monkeypatch):
    monkeypatch.setattr(letters, "MOST_LINES", 3)
    anna = person()
    leave(anna, *[held_client(anna, name=f"Client no {n}") for n in range(5)])
    compose_letters(TODAY)
    for content in (the_letter().text, the_letter().html):
        assert "Client no 2" in content
        assert "Client no 3" not in content
        assert "and 2 more" in content
    assert MOST_LINES > 3


def test_a_subject_is_one_line_that_fits():
    notices.register(NoticeKind(key="news", name="N", icon="bell", words=lambda notice: "Bcc: all\r\n" * 100))
    news(person())
    compose_letters(TODAY)
    assert "\n" not in the_letter().subject
    assert len(the_letter().subject) <= 200


# --- two at once ----------------------------------------------------------------------------------------------------
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_composers_at_once_write_one_letter_each():
    people = [person() for _ in range(5)]
    for reader in people:
        news(reader)
    start, written = threading.Barrier(4), []

    def compose() -> None:
        try:
            start.wait(timeout=10)
            written.append(compose_letters(TODAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=compose) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sum(written) == 5
    assert Letter.objects.count() == 5
    assert not Notice.objects.filter(letter=None).exists()
    assert not Letter.objects.filter(text="").exists()
