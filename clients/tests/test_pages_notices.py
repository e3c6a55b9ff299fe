"""The bell and the page behind it."""

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from clients import notices
from clients.models import Notice
from clients.notices import Line, NoticeKind, client_lines, notify, unread_count
from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser
from crm import clock

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LIST, READ = reverse("notice-list"), reverse("notices-read")


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
            urgent=True,
        )
    )
    notices.register(
        NoticeKind(key="plain", name="Other news", icon="bell", words=lambda notice: f"News {notice.data['n']}")
    )
    time_machine.move_to(clock.at(dt.date(2026, 5, 13)))


@pytest.fixture
def anna():
    return ManagerFactory(first_name="Anna", last_name="Ivanova")


def news(person, n=1, **kwargs):
    notify(kind="plain", recipients=[person.pk], key=str(n), data={"n": n}, **kwargs)
    return Notice.objects.get(recipient=person, kind="plain", key=str(n))


def read(signed_in: Browser, url: str = LIST, **kwargs) -> str:
    answer = signed_in.get(url, **kwargs)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_bell_counts_on_every_page_and_looking_marks_nothing(anna):
    news(anna, 1)
    news(anna, 2)
    news(ManagerFactory(), 3)
    signed_in = browser(anna)
    for url in (LIST, reverse("client-list"), reverse("preferences")):
        page = read(signed_in, url)
        assert '<span class="sv-bell-count" aria-hidden="true">2</span>' in page
        assert "2 unread" in page
    assert unread_count(anna) == 2


def test_the_bell_says_nothing_unread_and_stops_counting_at_a_hundred(anna):
    signed_in = browser(anna)
    assert "nothing unread" in read(signed_in)
    assert "sv-bell-count" not in read(signed_in)
    for n in range(101):
        news(anna, n)
    assert '<span class="sv-bell-count" aria-hidden="true">99+</span>' in read(signed_in)


def test_unread_stand_first_then_by_day_and_kind(anna):
    old = news(anna, 1, date=dt.date(2026, 5, 1))
    seen = news(anna, 2, date=dt.date(2026, 5, 13))
    news(anna, 3, date=dt.date(2026, 5, 12))
    notify(kind="leaving", recipients=[anna.pk], key="1", data={"clients": []}, date=dt.date(2026, 5, 12))
    notices.mark_read(anna, [seen.pk])
    page = read(browser(anna))
    shown = ["0 clients leave in 14 days", "News 3", "News 1", ">Read</h2>", "News 2"]
    places = [page.index(words) for words in shown]
    assert places == sorted(places)
    assert old.read_at is None


def test_details_are_only_what_the_reader_may_see_today(anna):
    mine, gone = held_client(anna, name="Vostok"), held_client(ManagerFactory(), name="Secret Foods")
    notify(kind="leaving", recipients=[anna.pk], key="1", data={"clients": [mine.pk, gone.pk]})
    page = read(browser(anna))
    assert "2 clients leave in 14 days" in page
    assert f'href="{mine.get_absolute_url()}">Vostok</a>' in page
    assert "Secret Foods" not in page
    assert "1 client is no longer yours to see" in page


def test_many_details_fold(anna):
    clients = [held_client(anna, name=f"Client no {n}") for n in range(8)]
    notify(kind="leaving", recipients=[anna.pk], key="1", data={"clients": [client.pk for client in clients]})
    page = read(browser(anna))
    assert "<summary>3 more</summary>" in page
    assert page.index("Client no 4") < page.index("<summary>") < page.index("Client no 5")


def test_very_many_details_are_cut_and_counted(anna, monkeypatch):
    monkeypatch.setattr("clients.notice_groups.MOST_LINES", 6)
    clients = [held_client(anna, name=f"Client no {n}") for n in range(8)]
    notify(kind="leaving", recipients=[anna.pk], key="1", data={"clients": [client.pk for client in clients]})
    page = read(browser(anna))
    assert "<summary>3 more</summary>" in page
    assert "Client no 5" in page
    assert "Client no 6" not in page
    assert "and 2 more" in page


def test_the_page_asks_as_often_for_many_notices_as_for_few(anna, django_assert_max_num_queries):
    for n in range(25):
        client = held_client(anna)
        notify(kind="leaving", recipients=[anna.pk], key=str(n), data={"clients": [client.pk]})
        news(anna, n)
    signed_in = browser(anna)
    read(signed_in)
    with django_assert_max_num_queries(9):
        read(signed_in, headers=HTMX)


def test_htmx_gets_the_list_and_the_counter(anna):
    first, second = news(anna, 1), news(anna, 2)
    answer = browser(anna).post(READ, {"notice": first.pk}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.lstrip().startswith('<div id="notices"')
    assert '<span id="bell-count" hx-swap-oob="innerHTML">' in page
    assert page.count("1 unread") >= 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.read_at
    assert not second.read_at
    assert 'hx-swap-oob="innerHTML"' not in read(browser(anna))


def test_all_means_all_that_were_on_the_page(anna):
    shown = news(anna, 1)
    page = read(browser(anna))
    assert f'name="up_to" value="{shown.pk}"' in page
    late = news(anna, 2)
    answer = browser(anna).post(READ, {"up_to": shown.pk})
    assert answer.status_code == 302
    assert answer["Location"] == LIST
    assert list(Notice.objects.filter(recipient=anna, read_at=None)) == [late]


def test_all_means_those_on_further_pages_too(anna):
    for n in range(35):
        news(anna, n)
    late = news(anna, 99, date=dt.date(2026, 4, 1))  # the newest of all stands on the last page
    for page in (LIST, LIST + "?page=2"):
        assert f'name="up_to" value="{late.pk}"' in read(browser(anna), page)
    browser(anna).post(READ, {"up_to": late.pk})
    assert unread_count(anna) == 0


@pytest.mark.parametrize("sent", [{}, {"notice": "x"}, {"notice": "9" * 30}, {"up_to": "-1"}, {"up_to": ""}])
def test_nonsense_marks_nothing(anna, sent):
    news(anna)
    assert browser(anna).post(READ, sent).status_code == 302
    assert unread_count(anna) == 1


# --- the recipe: opening --------------------------------------------------------------------------------------------
def test_opening_marks_as_read_and_leads_on(anna):
    notice = news(anna, url="/clients/?zone=red")
    answer = browser(anna).post(reverse("notice-open", args=[notice.pk]))
    assert answer.status_code == 302
    assert answer["Location"] == "/clients/?zone=red"
    notice.refresh_from_db()
    assert notice.read_at


@pytest.mark.parametrize("url", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_opening_never_leads_off_the_site(anna, url):
    notice = news(anna, url=url)
    assert browser(anna).post(reverse("notice-open", args=[notice.pk]))["Location"] == LIST


def test_nobody_opens_or_reads_anothers_notices(anna):
    notice = news(anna)
    for nosy in (ManagerFactory(), ManagerFactory(is_staff=True, is_superuser=True)):
        signed_in = browser(nosy)
        assert signed_in.post(reverse("notice-open", args=[notice.pk])).status_code == 404
        assert signed_in.post(READ, {"notice": notice.pk}).status_code == 302
        assert "News 1" not in read(signed_in)
    notice.refresh_from_db()
    assert notice.read_at is None


def test_what_does_not_exist_is_not_found_and_get_never_writes(anna):
    notice = news(anna)
    signed_in = browser(anna)
    assert signed_in.post(reverse("notice-open", args=[notice.pk + 1])).status_code == 404
    assert signed_in.get(reverse("notice-open", args=[notice.pk])).status_code == 405
    assert signed_in.get(READ).status_code == 405
    assert unread_count(anna) == 1


def test_strangers_are_sent_to_the_sign_in_page(anna):
    notice = news(anna)
    for url in (LIST, READ, reverse("notice-open", args=[notice.pk])):
        answer = Browser().post(url) if url != LIST else Browser().get(url)
        assert answer["Location"].startswith("/login/")
    assert unread_count(anna) == 1


def test_words_are_the_readers(anna, monkeypatch):
    monkeypatch.setattr(notices, "_kinds", {})
    notices.register(
        NoticeKind(key="plain", name="-", icon="bell", words=lambda notice: f"in {translation.get_language()}")
    )
    news(anna)
    anna.language = "ru"
    anna.save()
    assert "in ru" in read(browser(anna))
