"""Absences and holidays in the database move the dates of clients."""

import datetime as dt

import pytest
from django.db import transaction
from django.test import Client as Browser

from clients.freezing import BARE, freeze_book, stand_still
from clients.models import Absence, Holiday, RuleSetting
from clients.rules.freezing import NOTHING, Frozen, days_between
from clients.rules.zones import Thresholds, zone_dates
from clients.services import reassign
from clients.tests.factories import ManagerFactory, held_client
from clients.zoning import lock_clients, redate, set_last_contact
from crm import clock

pytestmark = pytest.mark.django_db

D = dt.date.fromisoformat
TODAY = D("2026-03-16")
LATER = D("2026-04-01")


def away(manager, first, last, status="approved", **more):
    return Absence.objects.create(manager=manager, starts_on=D(first), ends_on=D(last), status=status, **more)


def new_year(*days):
    Holiday.objects.bulk_create([Holiday(date=dt.date(2026, 1, day), name="New Year") for day in days])


@pytest.mark.parametrize("status", ["requested", "declined", "cancelled"])
def test_only_approved_absences_freeze(status):
    manager = ManagerFactory()
    away(manager, "2026-04-01", "2026-04-03", status)
    assert freeze_book().of(manager.pk) == Frozen(limit=60)
    Absence.objects.update(status="approved")
    assert freeze_book().of(manager.pk) == Frozen.of(days_between(D("2026-04-01"), D("2026-04-03")), 60)


def test_everybody_rests_on_holidays_and_each_when_he_is_away():
    anna, petr = ManagerFactory(), ManagerFactory()
    new_year(1, 2, 3)
    away(anna, "2026-01-03", "2026-01-05")
    away(anna, "2026-02-01", "2026-02-01")
    book = freeze_book()
    new_year_days = days_between(D("2026-01-01"), D("2026-01-03"))
    assert book.of(petr.pk) == book.of(None) == Frozen.of(new_year_days, 60)
    assert book.of(anna.pk) == Frozen.of([*days_between(D("2026-01-01"), D("2026-01-05")), D("2026-02-01")], 60)
    assert book.of(anna.pk) is book.of(anna.pk)
    assert BARE.of(anna.pk) == NOTHING


def test_what_is_read_for_one_client_says_the_same_as_the_whole():
    anna = ManagerFactory()
    new_year(*range(1, 9))
    away(anna, "2025-12-01", "2025-12-10")
    away(anna, "2026-01-09", "2026-01-20")
    whole = freeze_book()
    for counted_from in days_between(D("2025-11-28"), D("2026-01-25")):
        part = freeze_book([anna.pk], after=counted_from)
        for who in (anna.pk, None):
            assert zone_dates(counted_from, Thresholds(), part.of(who)) == zone_dates(
                counted_from, Thresholds(), whole.of(who)
            ), clock
    assert freeze_book([anna.pk], after=dt.date.min).of(anna.pk) == whole.of(anna.pk)
    assert freeze_book([ManagerFactory().pk]).of(anna.pk) == whole.of(None)


@pytest.mark.parametrize(
    ("key", "frozen"),
    [
        ("freeze.absences", Frozen.of(days_between(D("2026-01-01"), D("2026-01-03")), 60)),
        ("freeze.holiday_days", Frozen.of(days_between(D("2026-04-01"), D("2026-04-03")), 60)),
        (
            "freeze.limit_days",
            Frozen.of(days_between(D("2026-01-01"), D("2026-01-03")) + days_between(D("2026-04-01"), D("2026-04-03"))),
        ),
    ],
)
def test_each_rule_can_be_switched_off(key, frozen):
    manager = ManagerFactory()
    new_year(1, 2, 3)
    away(manager, "2026-04-01", "2026-04-03")
    RuleSetting.objects.create(key=key, is_on=False, value=3)
    assert freeze_book().of(manager.pk) == frozen


def test_the_numbers_of_the_rules_are_followed():
    manager = ManagerFactory()
    new_year(1, 2, 3)
    away(manager, "2026-04-01", "2026-04-03")
    RuleSetting.objects.create(key="freeze.holiday_days", value=4)
    RuleSetting.objects.create(key="freeze.limit_days", value=2)
    assert freeze_book().of(manager.pk) == Frozen.of(days_between(D("2026-04-01"), D("2026-04-03")), 2)


def test_reading_costs_two_queries_and_with_both_rules_off_one(django_assert_num_queries):
    with django_assert_num_queries(2):
        freeze_book([1], after=TODAY)
    with django_assert_num_queries(2):
        freeze_book()
    for key in ("freeze.absences", "freeze.holiday_days"):
        RuleSetting.objects.create(key=key, is_on=False, value=3)
    with django_assert_num_queries(1):
        assert freeze_book().of(1) == Frozen(limit=60)


def test_a_contact_counts_from_its_day_over_the_vacation():
    client = held_client(assigned_on=D("2026-01-10"), today=TODAY)
    away(client.manager, "2026-04-01", "2026-04-10")
    with transaction.atomic():
        set_last_contact(lock_clients([client.pk])[client.pk], TODAY, today=TODAY, cause="contact")
    client.refresh_from_db()
    assert (client.yellow_on, client.red_on, client.detach_on) == (D("2026-04-26"), D("2026-08-26"), D("2026-09-27"))


def test_the_clock_stands_still_with_the_present_manager_only():
    client = held_client(assigned_on=D("2026-03-01"), today=TODAY)
    away(client.manager, "2026-04-01", "2026-04-10")
    other = ManagerFactory()
    away(other, "2026-05-01", "2026-05-05")
    client = reassign(client_id=client.pk, manager=other, by=ManagerFactory(), today=TODAY)
    assert (client.yellow_on, client.red_on, client.detach_on) == (D("2026-04-16"), D("2026-08-21"), D("2026-09-22"))


def test_dates_computed_anew_know_absences_and_holidays(django_assert_max_num_queries):
    anna = ManagerFactory()
    mine = [held_client(anna, assigned_on=TODAY, today=TODAY) for _ in range(3)]
    others = held_client(assigned_on=TODAY, today=TODAY)
    away(anna, "2026-04-01", "2026-04-10")
    Holiday.objects.bulk_create([Holiday(date=dt.date(2026, 5, day), name="May") for day in (1, 4)])
    with django_assert_max_num_queries(8):
        assert redate([client.pk for client in [*mine, others]], today=TODAY) == 4
    for client in [*mine, others]:
        client.refresh_from_db()
    assert {client.yellow_on for client in mine} == {D("2026-04-26")}
    assert {client.detach_on for client in mine} == {D("2026-10-01")}
    assert (others.yellow_on, others.detach_on) == (D("2026-04-16"), D("2026-09-21"))
    assert redate([client.pk for client in [*mine, others]], today=TODAY) == 0


def test_a_client_that_had_turned_yellow_is_green_again_when_the_sick_leave_is_entered_late():
    client = held_client(assigned_on=D("2026-02-10"), today=TODAY)
    assert client.zone == "yellow"
    away(client.manager, "2026-03-02", "2026-03-13", kind="sick")
    redate([client.pk], today=TODAY)
    client.refresh_from_db()
    assert (client.zone, client.yellow_on) == ("green", D("2026-03-22"))


# --- in words on the card ---------------------------------------------------------------------------------------------
def still(client):
    client.refresh_from_db()
    found = stand_still(client, TODAY)
    return found and (found.days, found.words, found.days_ahead, found.words_ahead)


def test_the_card_says_when_the_clock_stood_still(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)
    client = held_client(assigned_on=D("2025-12-20"), today=TODAY)
    assert still(client) is None
    new_year(*range(1, 9))
    away(client.manager, "2026-01-07", "2026-01-10", kind="sick")
    away(client.manager, "2026-03-15", "2026-03-18", kind="trip")
    away(client.manager, "2026-07-20", "2026-07-21")
    away(client.manager, "2026-05-01", "2026-05-02", "requested")
    redate([client.pk], today=TODAY)
    assert still(client) == (
        12,
        "holidays 1–6 Jan, sick leave 7–10 Jan, business trip 15–16 Mar",
        2,
        "business trip 17–18 Mar",
    )
    page = Browser()
    page.force_login(client.manager)
    html = " ".join(page.get(client.get_absolute_url()).content.decode().split())
    assert "The clock stood still for 12 days: holidays 1–6 Jan, sick leave 7–10 Jan, business trip 15–16 Mar." in html
    assert "The clock will stand still for 2 days: business trip 17–18 Mar." in html


def test_only_what_counts_is_told(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)
    client = held_client(assigned_on=D("2026-03-01"), today=TODAY)
    RuleSetting.objects.create(key="freeze.limit_days", value=5)
    away(client.manager, "2026-02-25", "2026-03-03")
    away(client.manager, "2026-03-10", "2026-03-20")
    redate([client.pk], today=TODAY)
    assert still(client) == (5, "vacation 2–3 Mar, 10–12 Mar", 0, "")


def test_a_vacation_of_exactly_a_month_is_told_too(time_machine):
    """Red and the exchange move from the 15th of July and August to the 15th of the months after."""
    time_machine.move_to(clock.at(TODAY), tick=False)
    client = held_client(assigned_on=D("2026-02-15"), today=TODAY)
    away(client.manager, "2026-03-20", "2026-04-19")
    redate([client.pk], today=TODAY)
    client.refresh_from_db()
    assert (client.yellow_on, client.red_on, client.detach_on) == (D("2026-03-15"), D("2026-08-15"), D("2026-09-16"))
    page = Browser()
    page.force_login(client.manager)
    assert (
        "The clock will stand still for 31 days: vacation 20 Mar – 19 Apr."
        in page.get(client.get_absolute_url()).content.decode()
    )


def test_a_card_with_bare_dates_asks_nothing_more(django_assert_num_queries):
    client = held_client()
    Holiday.objects.create(date=client.clock_date + dt.timedelta(days=3), name="A day off")
    client.away_meanwhile = False
    with django_assert_num_queries(0):
        assert stand_still(client, client.clock_date) is None
    Holiday.objects.bulk_create([Holiday(date=client.clock_date + dt.timedelta(days=n), name="Off") for n in (1, 2)])
    redate([client.pk], today=client.clock_date)
    client.refresh_from_db()
    client.away_meanwhile = False
    with django_assert_num_queries(2):
        assert stand_still(client, client.clock_date).days_ahead == 3
