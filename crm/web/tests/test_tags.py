import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from clients.models import Manager
from crm.web.tags import contacts, marks, numbers, times, zones

NOON = dt.datetime(2026, 3, 15, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("days", "to", "words"),
    [
        (8, "red", "8 days to red"),
        (1, "red", "1 day to red"),
        (0, "red", "red today"),
        (3, "exchange", "leaves in 3 days"),
        (1, "exchange", "leaves tomorrow"),
        (0, "exchange", "due for the exchange"),
        (-5, "exchange", "due for the exchange"),
        (31, "yellow", "31 days to yellow"),
    ],
)
def test_days_in_words(days: int, to: str, words: str) -> None:
    assert zones.days_to(days, to) == words


@time_machine.travel(NOON, tick=False)
def test_days_are_counted_from_the_companys_day() -> None:
    assert zones.days_to(dt.date(2026, 3, 23), "red") == "8 days to red"


def test_a_badge_has_icon_and_word() -> None:
    badge = zones.zone_badge("red", "leaves in 3 days")
    assert "Red" in badge
    assert "bi-exclamation-octagon" in badge
    assert "leaves in 3 days" in badge
    assert "No manager" in zones.zone_badge("")


def test_only_yellow_and_red_rows_wear_a_stripe() -> None:
    assert [zones.zone_row(zone) for zone in ("green", "yellow", "red", "", None)] == [
        "",
        "sv-stripe-yellow",
        "sv-stripe-red",
        "",
        "",
    ]


def test_markup_in_data_is_text() -> None:
    for html in (
        zones.zone_badge("red", "<script>"),
        contacts.phone_link("<script>"),
        contacts.email_link('"><script>'),
        marks.avatar("<script>"),
        marks.icon("x", "<script>"),
    ):
        assert "<script>" not in html


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("day", "words"),
    [
        (dt.date(2026, 3, 15), "Today"),
        (dt.date(2026, 3, 14), "Yesterday"),
        (dt.date(2026, 3, 16), "Tomorrow"),
        (dt.date(2026, 1, 2), "2 Jan"),
        (dt.date(2025, 1, 2), "2 Jan 2025"),
        (dt.datetime(2026, 3, 14, 22, 30, tzinfo=dt.UTC), "Today"),
        (None, ""),
    ],
)
def test_short_dates(day: dt.date | None, words: str) -> None:
    with timezone.override(ZoneInfo("Europe/Moscow")):
        assert times.day(day) == words


@time_machine.travel(NOON, tick=False)
def test_local_time_of_a_contact() -> None:
    with timezone.override(ZoneInfo("Europe/Moscow")):
        assert "now 19:00 in Vladivostok" in times.local_time("Asia/Vladivostok")
        assert "is-night" not in times.local_time("Asia/Vladivostok")
        assert "is-night" in times.local_time("America/New_York")
        assert times.local_time("Europe/Moscow") == ""
        assert times.local_time("Nowhere/Atall") == ""
        assert times.local_time(None) == ""


def test_a_phone_is_a_link() -> None:
    assert 'href="tel:+79161234567"' in contacts.phone_link("+7 (916) 123-45-67")
    assert contacts.phone_link("") == ""


def test_a_phone_link_knows_whose_it_is() -> None:
    client, person = Manager(pk=7, username="<b>"), Manager(pk=9, username="Zotov")
    assert "data-call" not in contacts.phone_link("+79161234567")
    of_client = contacts.phone_link("+79161234567", client=client)
    assert 'data-call="7" data-call-name="&lt;b&gt;"' in of_client
    assert 'data-call="7" data-call-person="9" data-call-name="Zotov"' in contacts.phone_link(
        "+79161234567", client=client, person=person
    )


def test_numbers() -> None:
    with translation.override("en"):
        assert numbers.money("1250.50") == "1,250.50"
        assert numbers.money(98000) == "98,000"
        assert numbers.money(None) == ""
        assert numbers.share(1, 8) == "12%"
        assert numbers.share(1, 0) == "–"
        assert [numbers.signed(n) for n in (3, -2, 0)] == ["+3", "−2", "0"]


def test_a_bar_says_its_numbers_and_has_no_inline_style() -> None:
    bar = zones.zone_bar(6, 3, 1)
    assert "Green: 6, Yellow: 3, Red: 1" in bar
    assert 'width="60.00"' in bar
    assert "style=" not in bar
    assert "<svg" not in zones.zone_bar(0, 0, 0)
