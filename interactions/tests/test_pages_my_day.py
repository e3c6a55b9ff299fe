"""My day: whom do I call now?"""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from clients import services
from clients.models import Absence, ContactPoint, Holiday, ManagerSchedule, Role, RuleSetting, WorkSchedule
from clients.selectors import ZoneCounts
from clients.tests.factories import ContactPointFactory, ManagerFactory, exchange_client, held_client
from clients.tests.pages import browser
from crm import clock
from exchange.services import return_client
from interactions.models import Agreement, Event, EventStatus
from interactions.selectors.day_plan import ROWS
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
OVERDUE = "/events/?status=overdue"


@pytest.fixture(autouse=True)
def _at_noon(time_machine) -> None:
    """Two hours ago was today, whenever the tests run."""
    time_machine.move_to(clock.at(dt.date(2026, 5, 13)))


def day(user):
    response = browser(user).get(reverse("my-day"))
    assert response.status_code == 200
    return response


def since(n):
    return clock.today() - dt.timedelta(days=n)


def plan(client, **delta):
    now = clock.now()
    return event(client, status=EventStatus.PLANNED, occurred_at=now + dt.timedelta(**delta), now=now)


def test_a_newcomer_is_told_what_to_do(company):
    page = day(ManagerFactory(first_name="Novy"))
    assert "You hold no clients yet" in page.content.decode()
    assert "Novy" in page.content.decode()


def test_overdue_comes_first_and_tomorrow_waits(company):
    late = plan(company.client, days=-2)
    plan(company.client, days=2)
    page = day(company.anna)
    assert page.context["events"] == [late]
    assert page.context["events"][0].is_late
    assert "+7 916 123-45-67" in page.content.decode()


def test_what_was_planned_for_an_earlier_hour_of_today_is_not_overdue_yet(company, time_machine):
    """Everywhere alike: on My day, in the list of events, on the event."""
    late, passed = plan(company.client, days=-1), plan(company.client, days=0)
    Event.objects.filter(pk=passed.pk).update(occurred_at=clock.now() - dt.timedelta(hours=1))
    page = day(company.anna)
    assert (page.context["overdue"], page.context["ahead"]) == ([late], [passed])
    assert page.context["ahead"][0].is_late
    assert list(Event.objects.overdue()) == [late]
    passed.refresh_from_db()
    assert (late.is_overdue, passed.is_overdue) == (True, False)


def nobody_needs_a_warning():
    RuleSetting.objects.create(key="warn.age_days", is_on=False, value=14)


def test_who_is_about_to_change_colour(company):
    nobody_needs_a_warning()
    anna = company.anna
    leaving = held_client(anna, name="Leaving", assigned_on=since(181))
    red = held_client(anna, name="Turning red", assigned_on=since(150))
    yellow = held_client(anna, name="Turning yellow", assigned_on=since(26))
    held_client(anna, name="Fresh", assigned_on=since(1))
    lists = day(anna).context["lists"]
    assert [lists[name].rows for name in ("leaving", "red", "yellow")] == [[leaving], [red], [yellow]]


def test_whom_something_keeps_is_not_shown_as_leaving_this_week(company):
    nobody_needs_a_warning()
    anna = company.anna
    kept, soon, later = (held_client(anna, name=name, assigned_on=since(190)) for name in ("Kept", "Soon", "Later"))
    plan(kept, days=20)
    plan(soon, days=2)
    page = day(anna)
    assert page.context["lists"]["leaving"].rows == [later, soon]
    assert "calendar-event" in page.content.decode()


def test_counters_and_week(company):
    event(company.client)
    event(company.client, code="meeting")
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    plan(company.client, days=1)
    context = day(company.anna).context
    assert context["done"] == {"done": 2, "points": 15}
    assert context["counts"] == ZoneCounts(held=1, green=1)
    assert [cell.planned for cell in context["week"] if cell.day == tomorrow] == [1]
    assert len(context["week"]) == 7


@pytest.mark.parametrize("who", ["anna", "head", "director"])
def test_the_numbers_of_clients_are_those_of_the_lists_they_lead_to(company, who):
    for days in (1, 100, 150, 400):
        held_client(company.boris, assigned_on=since(days)).co_managements.create(manager=company.anna)
        held_client(company.anna, assigned_on=since(days))
    reader = browser(getattr(company, who))
    page = reader.get(reverse("my-day"))
    whose, counts = "" if page.context["team"] else "whose=mine&", page.context["counts"]
    for colour in ("green", "yellow", "red"):
        address = f"{reverse('client-list')}?{whose}zone={colour}"
        assert getattr(counts, colour) > 0
        assert reader.get(address).context["page"].count == getattr(counts, colour), address
        assert escape(address) in page.content.decode()
    assert counts.held == counts.green + counts.yellow + counts.red


def test_a_head_without_clients_is_shown_his_peoples_also_when_he_helps_with_one(company):
    company.client.co_managements.create(manager=company.head)
    assert day(company.head).context["team"]
    held_client(company.head, assigned_on=since(1))
    context = day(company.head).context
    assert not context["team"]
    assert context["counts"].held == 2


def test_a_deputy_has_the_absent_colleagues_day_too(company):
    late = plan(company.client, days=-1)
    assert day(company.vera).context["events"] == [late]
    assert day(company.boris).context["events"] == []
    Absence.objects.all().delete()
    assert day(company.vera).context["events"] == []


def test_the_head_sees_what_waits_for_him_and_who_leaves(company):
    nobody_needs_a_warning()
    waiting = event(company.client, occurred_at=clock.now() - dt.timedelta(days=9))
    leaving = held_client(company.anna, name="Leaving", assigned_on=since(181))
    held_client(company.petr, name="Elsewhere", assigned_on=since(181))
    context = day(company.head).context
    assert context["waiting"].rows == [waiting]
    # He holds no clients himself: the lists are his people's.
    assert context["team"]
    assert context["lists"]["leaving"].rows == [leaving]
    assert len(day(company.director).context["lists"]["leaving"].rows) == 2
    held_client(company.head)
    context = day(company.head).context
    assert context["leaving_people"].rows == [leaving]
    assert context["lists"]["leaving"].rows == []
    assert day(company.anna).context["waiting"] is None


def test_the_day_of_a_salesperson_takes_few_queries(company, django_assert_max_num_queries):
    plan(company.client, days=-1)
    page = browser(company.anna)
    # Without the frame (badges, recent clients, notices) that every page has; other apps' sections take two, inquiries
    # one; what is expected today and what it earned take five, of small tables.
    with django_assert_max_num_queries(23):
        page.get(reverse("my-day"), headers=HTMX)


def test_new_on_the_exchange_is_counted(company):
    exchange_client(since=clock.now())
    exchange_client(since=clock.now() - dt.timedelta(days=3))
    assert day(company.anna).context["new_on_exchange"] == 1


def test_a_director_without_a_department_has_a_day(company):
    day(ManagerFactory(role=Role.DIRECTOR, department=None))


def test_htmx_gets_the_partial(company):
    text = browser(company.anna).get(reverse("my-day"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert 'id="my-day"' in text


def test_a_plan_falls_to_who_holds_the_client_now(company):
    """Handed over: the former manager reads neither the plan nor the phone; his successor has it in his day."""
    plan(company.client, hours=-2)
    ours = ContactPoint.objects.filter(client=company.client).first()
    services.reassign(client_id=company.client.pk, manager=company.petr, by=company.head)
    page = day(company.anna)
    assert not page.context["events"]
    assert not any(each.planned for each in page.context["week"])
    assert ours.display not in page.content.decode()
    assert [each.client for each in day(company.petr).context["events"]] == [company.client]
    assert day(company.petr).context["week"][0].planned == 1


def test_the_plans_of_a_deputy_fall_back_when_he_stands_in_no_longer(company):
    planned = plan(company.client, hours=-2)
    type(planned).objects.filter(pk=planned.pk).update(responsible=company.vera)
    assert day(company.vera).context["events"] == [planned]
    assert not day(company.anna).context["events"]
    Absence.objects.update(starts_on=since(9), ends_on=since(1))
    assert not day(company.vera).context["events"]
    assert day(company.anna).context["events"] == [planned]


@pytest.mark.parametrize("status", [EventStatus.CANCELLED, EventStatus.PLANNED])
def test_plans_with_a_client_on_the_exchange_are_on_nobodys_day(company, status):
    """They are returned with the client; one that was not, in the days before plans were, is hidden all the same."""
    planned = plan(company.client, days=-1)
    assert browser(company.anna).get(OVERDUE).context["page"].count == 1
    return_client(client_id=company.client.pk, by=company.anna, reason=None)
    type(planned).objects.update(status=status)
    for who in (company.anna, company.vera, company.boris):
        page = day(who)
        assert not page.context["events"]
        assert not any(each.planned for each in page.context["week"])
        assert browser(who).get(OVERDUE).context["page"].count == 0
    assert browser(company.head).get(f"{OVERDUE}&who={company.anna.pk}").context["page"].count == 0
    # What was planned with it is still read in its history.
    assert str(planned) in browser(company.anna).get(company.client.get_absolute_url()).content.decode()


def test_a_returned_plan_says_so(company):
    planned = plan(company.client, hours=-2)
    page = browser(company.anna)
    page.post(reverse("event-cancel", args=[planned.pk]))
    for url in (company.client.get_absolute_url(), planned.get_absolute_url()):
        assert "returned" not in page.get(url).content.decode()
    other = plan(company.client, hours=-1)
    return_client(client_id=company.client.pk, by=company.anna, reason=None)
    assert "returned with the client" in page.get(company.client.get_absolute_url()).content.decode()
    words = "returned on 13 May, when the client went to the exchange"
    assert words in page.get(other.get_absolute_url()).content.decode()
    assert words not in page.get(planned.get_absolute_url()).content.decode()


# --- another day, the client beside the list --------------------------------------------------------------------------
def beside(user, client, **headers):
    return browser(user).get(reverse("day-client", args=[client.pk]), headers=headers)


def test_a_day_of_the_strip_shows_its_plan(company):
    plan(company.client, days=-2)
    coming = plan(company.client, days=2)
    page = browser(company.anna).get("/?day=2026-05-15")
    assert page.context["events"] == [coming]
    assert not page.context["is_today"]
    assert page.context["recent"] == page.context["done_today"] == []
    assert "Friday, 15 May" in page.content.decode()


@pytest.mark.parametrize("wrong", ["someday", "2026-02-31", "0001-01-01", "9999-12-31", ""])
def test_what_is_no_day_is_today(company, wrong):
    late = plan(company.client, days=-2)
    page = browser(company.anna).get("/", {"day": wrong})
    assert page.context["is_today"]
    assert page.context["events"] == [late]


def test_very_many_overdue_events_do_not_push_out_what_is_due_today(company):
    for n in range(45):
        plan(company.client, days=-1 - n)
    due = plan(company.client, hours=1)
    context = day(company.anna).context
    assert len(context["events"]) == ROWS
    assert context["has_more"]
    assert context["events"][-1] == due
    assert context["ahead"] == [due]


def test_the_day_of_the_strip_counts_what_is_off(company):
    Holiday.objects.create(date=dt.date(2026, 5, 14), name="Company day")
    week = day(company.vera).context["week"]
    assert [cell.is_working for cell in week] == [True, False, True, False, False, True, True]


def test_the_week_is_that_of_ones_own_schedule(company):
    short = WorkSchedule.objects.create(name="Short", weekdays="35")
    ManagerSchedule.objects.create(manager=company.vera, schedule=short, since=dt.date(2026, 5, 15))
    week = day(company.vera).context["week"]
    assert [cell.is_working for cell in week] == [True, True, True, False, False, False, False]


def test_nothing_is_expected_on_a_day_off_and_while_away(company):
    assert day(company.anna).context["norm"] == 0  # Vera stands in for her today
    assert day(company.vera).context["norm"] == 48
    Holiday.objects.create(date=clock.today(), name="Company day")
    assert day(company.vera).context["norm"] == 0


def test_who_was_talked_to_today_stays_in_the_list_once(company):
    event(company.client)
    last = event(company.client, code="meeting")
    context = day(company.anna).context
    assert context["done_today"] == [last]
    assert "+7 916 123-45-67" in beside(company.anna, company.client, **HTMX).content.decode()


def test_an_empty_day_leads_on_by_risk(company):
    anna = company.anna
    red = held_client(anna, name="Red one", assigned_on=since(170))
    held_client(anna, name="Fresh", assigned_on=since(1))
    page = day(anna)
    assert page.context["call_next"] == [red]
    text = page.content.decode()
    assert "Whom to call next, by risk" in text
    assert "/exchange/" in text
    plan(company.client, hours=1)
    assert day(anna).context["call_next"] == []


@pytest.mark.parametrize("who", ["anna", "vera", "boris", "head", "director"])
def test_the_client_beside_the_list(company, who):
    user = getattr(company, who)
    done = event(company.client, text="They think it over")
    promise = Agreement.objects.create(event=done, text="Send the drawings", due_on=since(1))
    plan(company.client, days=1)
    response = beside(user, company.client, **HTMX)
    text = response.content.decode()
    assert "<html" not in text
    for words in ("They think it over", "Send the drawings", "Pavel", "tel:+79161234567", "Client since"):
        assert words in text
    assert reverse("contact-register", args=[company.client.pk]) in text
    assert reverse("agreement-settle", args=[promise.pk]) in text
    # Without JavaScript it is My day with the client in it.
    whole = browser(user).get(f"/?client={company.client.pk}").content.decode()
    assert "They think it over" in whole


@pytest.mark.parametrize("who", ["petr", "other_head"])
def test_a_stranger_is_not_told(company, who):
    user = getattr(company, who)
    assert beside(user, company.client).status_code == 404
    assert beside(user, company.client, **HTMX).status_code == 404
    whole = browser(user).get(f"/?client={company.client.pk}")
    assert whole.status_code == 200
    assert "+7 916 123-45-67" not in whole.content.decode()


@pytest.mark.parametrize("wrong", ["x", "-1", "9" * 30, "987654"])
def test_nonsense_beside_the_list_is_nobody(company, wrong):
    page = browser(company.anna).get("/", {"client": wrong})
    assert page.status_code == 200
    assert "beside" not in page.context


def test_contacts_of_the_exchange_stay_hidden_beside_the_list(company):
    waiting = exchange_client()
    ContactPointFactory(client=waiting, value="+79165550011")
    text = beside(company.petr, waiting, **HTMX).content.decode()
    assert "555-00-11" not in text
    assert "Hidden until you ask" in text
    assert reverse("contact-register", args=[waiting.pk]) not in text


def test_the_client_beside_takes_a_fixed_number_of_queries(company, django_assert_max_num_queries):
    for n in range(8):
        Agreement.objects.create(event=event(company.client), text=f"No {n}")
    page = browser(company.anna)
    with django_assert_max_num_queries(14):
        page.get(reverse("day-client", args=[company.client.pk]), headers=HTMX)
