"""Secret addresses of the calendar, read back by a calendar library as another program would."""

import datetime as dt
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clients.models import Client, Role, WorkSchedule
from clients.tests.factories import ContactPointFactory, DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions.calendar import feeds, ics
from interactions.calendar.reading import Entry
from interactions.models import CalendarFeed, Event, EventStatus
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

DAY = clock.today() + dt.timedelta(days=9)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def desk() -> SimpleNamespace:
    department = DepartmentFactory()
    seller = ManagerFactory(department=department, time_zone="Europe/Berlin")
    customer = held_client(seller, name="Alpha Pumps; Röhren, GmbH")
    row = event(
        customer,
        status=EventStatus.PLANNED,
        occurred_at=clock.at(DAY, 10),
        ends_at=clock.at(DAY, 11),
        subject="Visit",
        text="Call +79161234567",
    )
    return SimpleNamespace(seller=seller, head=head_of(department), client=customer, event=row)


def make(manager: Any, scope: str = "own", *, with_words: bool = True) -> feeds.NewFeed:
    return feeds.make(manager=manager, name="Phone", scope=scope, with_words=with_words)


def read(client: Any, made: feeds.NewFeed, **headers: str) -> Any:
    return client.get(reverse("calendar-feed", args=[made.secret]), headers=headers)


def parsed(answer: Any) -> tuple[icalendar.Calendar, list[Any]]:
    assert answer.status_code == 200
    calendar = icalendar.Calendar.from_ical(answer.content)
    return calendar, list(calendar.walk("VEVENT"))


# --- what is read
def test_a_calendar_program_reads_the_plan_where_it_is(client, desk):
    answer = read(client, make(desk.seller))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    calendar, (found,) = parsed(answer)
    assert calendar["VERSION"] == "2.0"
    assert str(found["SUMMARY"]) == "Alpha Pumps; Röhren, GmbH: Visit"
    assert (found.start, found.end) == (clock.at(DAY, 10), clock.at(DAY, 11))
    assert str(found.start.tzinfo) == "Europe/Berlin"
    assert str(found["URL"]) == f"http://testserver{desk.event.get_absolute_url()}"
    assert str(found["UID"]) == f"event-{desk.event.pk}@testserver"


def test_the_zone_a_program_does_not_know_comes_with_the_file(client, desk):
    calendar, _events = parsed(read(client, make(desk.seller)))
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Europe/Berlin"
    rules = zone.to_tz(lookup_tzid=False)
    for month, offset in ((1, 1), (7, 2)):
        assert dt.datetime(DAY.year, month, 15, 12, tzinfo=rules).utcoffset() == dt.timedelta(hours=offset)


@pytest.mark.parametrize(
    ("start", "end", "wall"),
    [
        # Before the clocks go forward, across it, and after: ten stays ten.
        ("2027-03-27T09:00+00:00", "2027-03-27T10:00+00:00", "2027-03-27T10:00"),
        ("2027-03-28T00:30+00:00", "2027-03-28T01:30+00:00", "2027-03-28T01:30"),
        ("2027-03-28T08:00+00:00", "2027-03-28T09:00+00:00", "2027-03-28T10:00"),
        # Before and after they go back.
        ("2026-10-24T08:00+00:00", "2026-10-24T09:00+00:00", "2026-10-24T10:00"),
        ("2026-10-25T09:00+00:00", "2026-10-25T10:00+00:00", "2026-10-25T10:00"),
    ],
)
def test_summer_time_moves_nothing(desk, start, end, wall):
    begins, ends = dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)
    entry = Entry(1, desk.seller.pk, begins, ends, True, False, desk.event, clock.now(), True)
    body = ics.write([entry], name="Phone", zone=BERLIN, site="https://crm.example", with_words=True)
    (found,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert (found.start, found.end) == (begins, ends)
    assert found.start.strftime("%Y-%m-%dT%H:%M") == wall
    assert found.end.astimezone(dt.UTC) - found.start.astimezone(dt.UTC) == dt.timedelta(hours=1)


def test_neither_phones_nor_what_was_said_leave_the_program(client, desk):
    ContactPointFactory(client=desk.client, value="+79161234567")
    body = read(client, make(desk.seller)).content.decode()
    assert "Visit" in body
    assert "9161234567" not in body.replace("\r\n ", "")


def test_without_words_everything_is_busy(client, desk):
    _calendar, (found,) = parsed(read(client, make(desk.seller, with_words=False)))
    assert str(found["SUMMARY"]) == "busy"
    assert "URL" not in found


def test_what_one_may_not_read_any_more_is_busy_from_that_moment(client, desk):
    made = make(desk.seller)
    Client.objects.filter(pk=desk.client.pk).update(manager=ManagerFactory())
    _calendar, (found,) = parsed(read(client, made))
    assert str(found["SUMMARY"]) == "busy"
    assert "Alpha" not in read(client, made).content.decode()


def test_cancelled_and_far_ones_are_not_in_it(client, desk):
    event(desk.client, status=EventStatus.PLANNED, occurred_at=clock.now() + feeds.AHEAD + dt.timedelta(days=1))
    old = event(desk.client, occurred_at=clock.now() - dt.timedelta(hours=1), subject="Called")
    Event.objects.filter(pk=desk.event.pk).update(status=EventStatus.CANCELLED, remind_at=None)
    _calendar, found = parsed(read(client, make(desk.seller)))
    assert [str(each["SUMMARY"]) for each in found] == ["Alpha Pumps; Röhren, GmbH: Called (done)"]
    Event.objects.filter(pk=old.pk).update(occurred_at=clock.now() - feeds.BEFORE - dt.timedelta(days=1))
    assert parsed(read(client, make(desk.seller)))[1] == []


def test_the_language_is_its_persons(client, desk):
    desk.seller.language = "ru"
    desk.seller.save()
    event(desk.client, occurred_at=clock.now() - dt.timedelta(hours=1))
    _calendar, found = parsed(read(client, make(desk.seller)))
    assert len(found) == 2
    assert str(desk.event.kind) not in str(found[0]["SUMMARY"])


# --- of one's people
def test_a_head_reads_the_plans_of_his_people(client, desk):
    outsider = held_client(ManagerFactory(), name="Elsewhere")
    event(outsider, status=EventStatus.PLANNED, occurred_at=clock.at(DAY, 12))
    _calendar, (found,) = parsed(read(client, make(desk.head, "team")))
    assert str(found["SUMMARY"]) == f"{desk.seller.short_name}: Alpha Pumps; Röhren, GmbH: Visit"


def test_who_heads_nobody_any_more_reads_his_own(client, desk):
    made = make(desk.head, "team")
    desk.head.role = Role.SALESPERSON
    desk.head.save()
    assert parsed(read(client, made))[1] == []


def test_a_salesperson_asks_for_nobody_elses(desk):
    with pytest.raises(DomainError) as refused:
        make(desk.seller, "team")
    assert refused.value.field == "scope"


# --- the secret
def test_only_a_digest_is_kept(desk):
    made = make(desk.seller)
    assert len(made.secret) >= 43
    values = CalendarFeed.objects.filter(pk=made.feed.pk).values().get()
    assert made.secret not in str(values)
    assert feeds.find(made.secret) == made.feed
    assert feeds.find(made.feed.digest) is None


def test_nobody_finds_a_revoked_address_or_that_of_who_left(client, desk):
    made, other = make(desk.seller), make(desk.seller)
    feeds.revoke(feed=made.feed)
    assert read(client, made).status_code == 404
    with pytest.raises(Conflict):
        feeds.revoke(feed=made.feed)
    assert read(client, other).status_code == 200
    desk.seller.is_active = False
    desk.seller.save()
    assert read(client, other).status_code == 404
    assert client.get("/calendar/feed/x.ics").status_code == 404


def test_an_address_needs_a_name_and_there_are_not_too_many(desk):
    with pytest.raises(ValidationError):
        feeds.make(manager=desk.seller, name="", scope="own", with_words=True)
    for _ in range(feeds.MOST):
        made = make(desk.seller)
    with pytest.raises(DomainError):
        make(desk.seller)
    feeds.revoke(feed=made.feed)
    make(desk.seller)


# --- asked again and again
def test_what_a_program_has_already_is_not_sent_again(client, desk):
    made = make(desk.seller)
    first = read(client, made)
    assert "Last-Modified" not in first
    again = read(client, made, If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    desk.event.delete()
    assert read(client, made, If_None_Match=first["ETag"]).status_code == 200


def test_when_it_was_read_is_noted_to_the_hour(desk):
    feed, now = make(desk.seller).feed, clock.now()

    def noted(moment: dt.datetime) -> dt.datetime:
        feed.refresh_from_db()
        feeds.note_reading(feed, now=moment)
        feed.refresh_from_db()
        return feed.read_at

    assert noted(now) == now
    assert noted(now + dt.timedelta(minutes=59)) == now
    assert noted(now + dt.timedelta(minutes=60)) == now + dt.timedelta(minutes=60)


# --- the page
def test_the_secret_is_shown_once(client, desk):
    client.force_login(desk.seller)
    page = reverse("calendar-feed-list")
    made = client.post(page, {"name": "My phone", "with_words": "on", "scope": "team"})
    assert made.status_code == 200
    address = made.context["address"]
    assert address in made.content.decode()
    assert CalendarFeed.objects.get().scope == "own"  # a salesperson is not offered anything else
    client.logout()
    assert client.get(address).status_code == 200
    client.force_login(desk.seller)
    later = client.get(page).content.decode()
    assert "My phone" in later
    assert address not in later


def test_a_form_without_a_name_keeps_the_rest(client, desk):
    client.force_login(desk.head)
    answer = client.post(reverse("calendar-feed-list"), {"name": "", "scope": "team"})
    assert answer.status_code == 422
    assert answer.context["form"]["scope"].value() == "team"
    assert not CalendarFeed.objects.exists()


def test_nobody_revokes_a_colleagues_address(client, desk):
    made = make(desk.seller)
    client.force_login(desk.head)
    assert client.post(reverse("calendar-feed-revoke", args=[made.feed.pk])).status_code == 404
    client.force_login(desk.seller)
    assert client.post(reverse("calendar-feed-revoke", args=[made.feed.pk])).status_code == 302
    assert feeds.find(made.secret) is None


def test_an_administrator_revokes_what_a_lost_phone_reads(client, desk):
    made, other = make(desk.seller), make(desk.head)
    client.force_login(ManagerFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:interactions_calendarfeed_changelist")
    assert made.feed.digest not in client.get(page).content.decode()
    answer = client.post(page, {"action": "revoke", "_selected_action": [made.feed.pk]}, follow=True)
    assert "1 address is revoked." in answer.content.decode()
    assert (feeds.find(made.secret), feeds.find(other.secret)) == (None, other.feed)
    detail = client.get(reverse("admin:interactions_calendarfeed_change", args=[made.feed.pk])).content.decode()
    assert made.feed.digest not in detail


def test_a_work_schedule_is_set_up_by_an_administrator(client, desk):
    client.force_login(ManagerFactory(is_staff=True, is_superuser=True))
    data = {
        "name": "Shop",
        "weekdays": "123456",
        "starts_at": "10:00",
        "ends_at": "20:00",
        "break_minutes": "60",
        "position": "10",
        "is_active": "on",
    }
    page = reverse("admin:clients_workschedule_add")
    assert client.post(page, {**data, "weekdays": "21"}).status_code == 200
    assert client.post(page, {**data, "break_minutes": "600"}).status_code == 200
    assert client.post(page, data).status_code == 302
    assert WorkSchedule.objects.get(name="Shop").minutes_a_day == 540
