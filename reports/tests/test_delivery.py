"""Reports by letter: on their day, once, to whom they may go, each with his own figures and no more."""

import datetime as dt
import re

import pytest
from django.core import mail

from clients.models import ExportLog, Notice, Role
from clients.outbox import LEASE, RETRIES
from clients.tests.factories import exchange_client
from crm import clock
from crm.web.errors import DomainError
from exchange.services import claim
from reports import tasks
from reports.delivery import content, sending, services
from reports.delivery.asking import kept, with_days
from reports.frame.report import all_reports, find
from reports.models import ReportDelivery, ReportLetter
from reports.tests.delivering import DAY, MONDAY, TODAY, XLSX, at, cells, delivery_of, parts, send_due
from reports.tests.delivering import company as company

pytestmark = pytest.mark.django_db


# --- when -------------------------------------------------------------------------------------------------------------
def test_it_goes_out_on_its_day_in_the_morning_and_once(company, time_machine, settings):
    delivery = delivery_of(company.head)
    assert delivery.next_on == MONDAY
    assert send_due() == 0
    at(time_machine, MONDAY, settings.LETTERS_AT.hour - 1)
    assert send_due() == 0
    at(time_machine, MONDAY)
    assert send_due() == 1
    assert send_due() == 0
    delivery.refresh_from_db()
    assert delivery.next_on == MONDAY + 7 * DAY
    assert [letter.recipient for letter in delivery.letters.all()] == [company.head]


def test_weeks_without_a_worker_are_not_made_up_for(company, time_machine):
    delivery = delivery_of(company.head)
    at(time_machine, MONDAY + 16 * DAY)
    assert send_due() == 1
    delivery.refresh_from_db()
    assert delivery.next_on == MONDAY + 21 * DAY


def test_a_stopped_one_and_one_whose_owner_left_do_not_go_out(company, time_machine):
    services.switch(delivery=delivery_of(company.head), is_on=False)
    delivery_of(company.director, company.head)
    company.director.is_active = False
    company.director.save()
    at(time_machine, MONDAY)
    assert send_due() == 0
    assert not mail.outbox
    assert not ReportLetter.objects.exists()


def test_asked_for_at_once_it_goes_out_once_and_beside_the_timetable(company, time_machine):
    delivery = delivery_of(company.head)
    assert [services.send_now(delivery=delivery), services.send_now(delivery=delivery)] == [1, 0]
    assert send_due() == 1
    at(time_machine, MONDAY)
    assert send_due() == 1


def test_one_that_cannot_be_asked_does_not_hold_up_the_others(company, time_machine):
    broken, sound = delivery_of(company.head), delivery_of(company.other)
    ReportDelivery.objects.filter(pk=broken.pk).update(report="forgotten")
    at(time_machine, MONDAY)
    assert send_due() == 1
    assert [letter.delivery for letter in ReportLetter.objects.filter(status="sent")] == [sound]


# --- a task for each --------------------------------------------------------------------------------------------------
def test_each_letter_is_a_task_and_a_sweep_hands_out_no_more_than_a_worker_makes(company, monkeypatch):
    handed = []
    monkeypatch.setattr(tasks.send_report_letter, "apply_async", lambda args, **how: handed.append((args, how)))
    monkeypatch.setattr(sending, "AT_ONCE", 2)
    services.send_now(delivery=delivery_of(company.director, company.director, company.head, company.other))
    assert [tasks.send_reports() for _sweep in range(3)] == [2, 1, 0]
    assert {how["expires"] for _args, how in handed} == {LEASE.total_seconds()}
    assert [tasks.send_report_letter(*args) for args, _how in handed] == [True] * 3
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        person.email for person in (company.director, company.head, company.other)
    )


def test_a_letter_whose_task_was_lost_is_handed_out_again_and_goes_out_once(company, time_machine):
    services.send_now(delivery=delivery_of(company.head))
    (lost,) = sending.hand_out()
    assert sending.hand_out() == []
    time_machine.move_to(clock.now() + LEASE, tick=False)
    (again,) = sending.hand_out()
    assert [sending.send_letter(*lost), sending.send_letter(*again)] == [True, False]
    assert len(mail.outbox) == 1


def test_a_task_that_comes_while_another_sends_leaves_it_alone(company, monkeypatch):
    services.send_now(delivery=delivery_of(company.head))
    (letter,) = sending.hand_out()
    write = sending.write

    def meanwhile(*args):
        assert not sending.send_letter(*letter)
        return write(*args)

    monkeypatch.setattr(sending, "write", meanwhile)
    assert sending.send_letter(*letter)
    assert len(mail.outbox) == 1


# --- of which days ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "every", "days"),
    [
        ("", "week", ("2026-11-09", "2026-11-15")),
        ("", "month", ("2026-10-01", "2026-10-31")),
        ("period=month", "week", ("2026-11-01", "2026-11-20")),
        ("period=90", "month", ("2026-08-23", "2026-11-20")),
    ],
)
def test_the_days_are_those_before_unless_others_are_named(company, query, every, days):
    asked = with_days(find("exchange"), company.head, query, every)
    assert asked == f"since={days[0]}&until={days[1]}"


def test_a_letter_that_is_late_tells_of_the_same_days(company, time_machine, monkeypatch):
    delivery_of(company.head)
    at(time_machine, MONDAY)
    monkeypatch.setattr("reports.delivery.sending.write", _fails)
    assert send_due() == 0
    monkeypatch.undo()
    at(time_machine, MONDAY + DAY * 7, 1)  # the next one is not due yet
    ReportLetter.objects.update(next_try_at=clock.now())
    assert send_due() == 1
    assert "16 Nov 2026 – 22 Nov 2026" in mail.outbox[0].subject


def _fails(*args):
    raise RuntimeError("no picture today")


def test_what_of_an_address_is_kept(company, rf):
    asked = rf.get("/", {"department": company.north.pk, "since": "2026-01-01", "page": "3", "sort": "-name", "q": ""})
    assert kept(find("exchange"), company.head, asked.GET) == f"department={company.north.pk}&sort=-name"
    assert kept(find("exchange"), company.head, rf.get("/?period=last_week").GET) == ""
    assert kept(find("exchange"), company.head, rf.get("/?period=90").GET) == "period=90"


# --- to whom, and what he may see -------------------------------------------------------------------------------------
def test_who_may_be_chosen(company):
    report = find("exchange")  # for heads
    assert set(services.choosable(company.director, report)) == {company.director, company.head, company.other}
    assert set(services.choosable(company.head, report)) == {company.head}
    points = find("points")  # for everybody
    assert set(services.choosable(company.head, points)) == {company.head, company.seller}
    assert set(services.choosable(company.seller, points)) == {company.seller}


@pytest.mark.parametrize("name", ["other", "stranger", "director"])
def test_nobody_else_can_be_smuggled_in(company, name):
    with pytest.raises(DomainError) as refused:
        delivery_of(company.head, getattr(company, name), report="points")
    assert refused.value.field == "recipients"
    assert not ReportDelivery.objects.exists()


def test_filters_of_others_are_refused(company):
    with pytest.raises(DomainError, match="may not see"):
        delivery_of(company.head, query=f"department={company.south.pk}")
    with pytest.raises(DomainError, match="Other"):
        delivery_of(company.director, company.head, company.other, query=f"department={company.north.pk}")
    assert delivery_of(company.director, company.head, query=f"department={company.north.pk}").pk


def test_each_recipient_gets_his_own_figures(company, time_machine):
    """The client whom a seller of the north took counts in the letters of who may see the north."""
    time_machine.move_to(clock.at(dt.date(2026, 11, 16)), tick=False)
    waiting = exchange_client(name="Vostok", since=clock.at(dt.date(2026, 10, 1)))
    claim(client_id=waiting.pk, by=company.seller)
    at(time_machine, TODAY)
    delivery_of(company.director, company.director, company.head, company.other)
    at(time_machine, MONDAY)
    assert send_due() == 3
    letters = {message.to[0].partition("@")[0]: message for message in mail.outbox}
    for name, sees in (("director", True), ("head", True), ("other", False)):
        text = f"{letters[name].body} {letters[name].alternatives[0].content} {cells(letters[name])}"
        assert ("Seller" in text) == sees, name
        assert ("South" in text) == (name != "head"), name


def test_without_the_right_there_are_totals_only_and_no_file(company, time_machine):
    delivery_of(company.head, company.head, company.seller, report="points")
    at(time_machine, MONDAY)
    assert send_due() == 2
    letters = {message.to[0].partition("@")[0]: message for message in mail.outbox}
    assert len(parts(letters["head"], XLSX)) == 1
    assert not parts(letters["seller"], XLSX)
    assert "may not take lists out" in letters["seller"].body
    assert "may not take lists out" in letters["seller"].alternatives[0].content
    assert "may not take lists out" not in letters["head"].body
    assert [(entry.manager, entry.what) for entry in ExportLog.objects.all()] == [(company.head, "report-points-xlsx")]
    assert ExportLog.objects.get().rows > 0


def test_a_letter_without_a_file_for_who_wants_none(company):
    services.send_now(delivery=delivery_of(company.head, has_file=False))
    assert send_due() == 1
    assert not parts(mail.outbox[0], XLSX)
    assert not ExportLog.objects.exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "left"),
        ({"email": ""}, "address"),
        ({"role": Role.SALESPERSON}, "chosen"),
        ({"department": None}, "scope"),
    ],
)
def test_what_he_may_not_see_any_more_does_not_go_out(company, change, why):
    """Between the outbox and the letter the recipient has left, lost his role, or his department."""
    delivery = delivery_of(company.director, company.head, query=f"department={company.north.pk}")
    services.send_now(delivery=delivery)
    if "department" in change:
        company.north.head = None
        company.north.save()
    for name, value in change.items():
        setattr(company.head, name, value)
    company.head.save()
    assert send_due() == 0
    assert not mail.outbox
    assert ReportLetter.objects.get().last_error == why
    assert Notice.objects.filter(recipient=company.director, kind="reports.undelivered").count() == 1


def test_given_up_after_the_last_attempt_the_owner_is_told(company, monkeypatch):
    services.send_now(delivery=delivery_of(company.director, company.head))
    monkeypatch.setattr("reports.delivery.sending.write", _fails)
    for _attempt in range(len(RETRIES) + 1):
        ReportLetter.objects.update(next_try_at=clock.now())
        send_due()
    letter = ReportLetter.objects.get()
    assert letter.status == "failed"
    assert "no picture today" in letter.last_error
    assert not ExportLog.objects.exists()
    notice = Notice.objects.get(kind="reports.undelivered")
    assert (notice.recipient, notice.data["why"]) == (company.director, "mail")


# --- what stands in it ------------------------------------------------------------------------------------------------
def test_the_letter_has_words_pictures_and_the_table_in_the_readers_language(company, time_machine):
    company.head.language = "ru"
    company.head.save()
    time_machine.move_to(clock.at(dt.date(2026, 11, 16)), tick=False)
    exchange_client(name="Vostok")
    at(time_machine, TODAY)
    delivery_of(company.director, company.director, company.head)
    at(time_machine, MONDAY)
    assert send_due() == 2
    for message, language in zip(mail.outbox, ("en", "ru"), strict=True):
        html = message.alternatives[0].content
        assert f'<html lang="{language}">' in html
        assert "http" in message.body
        named = re.findall(r'src="cid:([\w-]+)"', html)
        assert [part["Content-ID"] for part in parts(message, "image/png")] == [f"<{key}>" for key in named]
        assert all(part.get_payload(decode=True).startswith(b"\x89PNG") for part in parts(message, "image/png"))
        assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert mail.outbox[0].extra_headers["Message-ID"] != mail.outbox[1].extra_headers["Message-ID"]


def test_what_a_letter_has_no_room_for_is_named_with_where_it_stands(company, monkeypatch):
    monkeypatch.setattr(content, "MOST_COLUMNS", 1)
    monkeypatch.setattr(content, "MOST_LINES", 1)
    exchange_client(name="Vostok")
    for has_file in (True, False):
        services.send_now(delivery=delivery_of(company.director, report="traffic-light", has_file=has_file))
    assert send_due() == 2
    with_file, without = (message.body for message in mail.outbox)
    assert "In the spreadsheet and on the page: " in with_file
    assert "On the page: " in without
    for message in mail.outbox:
        (said,) = re.findall(r"on the page: (.*the columns .*)\.", message.body, re.IGNORECASE)
        assert "Red" in said
        assert said in message.alternatives[0].content


@pytest.mark.parametrize("key", [report.key for report in all_reports() if report.is_sendable])
def test_every_report_can_be_sent(company, key):
    services.send_now(delivery=delivery_of(company.director, report=key))
    assert send_due() == 1
    (message,) = mail.outbox
    assert cells(message)
    assert f"/reports/{key}/" in message.body
