"""The pages of the calendar: whose events stand there, what is told of them, how full days are, planning and moving."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Absence, Holiday, ManagerSchedule, Role, WorkSchedule
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from clients.working_hours import read_schedules
from crm import clock
from crm.web import navigation
from interactions import services
from interactions.models import Event, EventStatus
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
A_DAY = dt.timedelta(days=1)
#: A Tuesday that lies ahead, whenever this runs.
DAY = clock.today() + (8 - clock.today().weekday()) * A_DAY + 7 * A_DAY


def plan(client: Any, hour: int = 10, minute: int = 0, *, minutes: int | None = None, day: dt.date = DAY, **more: Any):
    start = clock.at(day, hour, minute)
    ends = start + dt.timedelta(minutes=minutes) if minutes else None
    return event(client, status=EventStatus.PLANNED, occurred_at=start, ends_at=ends, **more)


@pytest.fixture
def company() -> SimpleNamespace:
    Holiday.objects.all().delete()
    department = DepartmentFactory(name="Europe")
    seller, colleague = (ManagerFactory(department=department) for _ in range(2))
    stranger = ManagerFactory(last_name="Zimmer")
    return SimpleNamespace(
        department=department,
        seller=seller,
        colleague=colleague,
        stranger=stranger,
        head=head_of(department),
        client=held_client(seller, name="Alpha Pumps"),
        other=held_client(colleague, name="Secret Client"),
    )


@pytest.fixture
def shown(client, company):
    """Reads the calendar as somebody; the answer with its context."""

    def read(by: Any = company.seller, name: str = "calendar", **query: Any) -> Any:
        client.force_login(by)
        answer = client.get(reverse(name), {"day": DAY.isoformat(), **query})
        assert answer.status_code == 200
        return answer

    return read


def text(answer: Any) -> str:
    return answer.content.decode()


def cells(answer: Any) -> dict[dt.date, Any]:
    grid = answer.context["grid"]
    return {column.cell.day: column.cell for column in grid.columns}


# --- what is shown
@pytest.mark.parametrize("view", ["month", "week", "day", "agenda"])
def test_every_view_shows_plans_and_what_is_done_but_not_what_is_cancelled(shown, company, view):
    plan(company.client, 10, subject="Visit to the plant", code="meeting")
    gone = plan(company.client, 12, subject="Not any more")
    services.cancel_event(event=gone, by=company.seller)
    answer = shown(view=view)
    assert "Alpha Pumps" in text(answer)
    assert "10:00" in text(answer)
    assert reverse("calendar-event", args=[gone.pk]) not in text(answer)
    assert gone.get_absolute_url() not in text(answer)
    assert answer.context["view_name"] == view


@pytest.mark.parametrize("query", [{"view": "year"}, {"day": "2026-13-40"}, {"day": "0001-01-01"}, {"view": ""}])
def test_nonsense_in_the_address_is_today_or_the_week(client, company, query):
    client.force_login(company.seller)
    answer = client.get(reverse("calendar"), query)
    assert answer.status_code == 200
    assert timezone.localdate() in cells(answer)


@pytest.mark.parametrize("who", ["x", "999999", "-1"])
def test_the_calendar_of_nobody_is_not_found(client, company, who):
    client.force_login(company.seller)
    assert client.get(reverse("calendar"), {"who": who}).status_code == 404


def test_who_left_has_no_calendar(client, company):
    client.force_login(company.seller)
    company.colleague.is_active = False
    company.colleague.save()
    assert client.get(reverse("calendar"), {"who": company.colleague.pk}).status_code == 404


@pytest.mark.parametrize("view", ["month", "week", "day", "agenda"])
def test_of_a_client_one_may_not_read_only_the_time_is_told(shown, company, view):
    hidden = plan(company.other, 11, subject="Their tender")
    answer = shown(who=company.colleague.pk, view=view)
    assert "busy" in text(answer)
    assert "11:00" in text(answer)
    for secret in ("Secret Client", "Their tender", f"/{hidden.pk}/"):
        assert secret not in text(answer)
    # Its head reads it, and so does its manager.
    for reader in (company.head, company.colleague):
        assert "Secret Client" in text(shown(reader, who=company.colleague.pk, view=view))


def test_one_reads_what_a_colleague_plans_with_ones_own_client(shown, company):
    plan(company.client, 11, by=company.seller, responsible=company.colleague)
    assert "Alpha Pumps" in text(shown(who=company.colleague.pk))


def test_plans_nobody_can_carry_out_are_in_no_calendar(shown, company):
    left = plan(company.client, 11)
    waiting = exchange_client(company.seller, name="Left Client")
    Event.objects.filter(pk=left.pk).update(client=waiting)
    assert "Left Client" not in text(shown())


def test_only_what_one_may_work_on_can_be_dragged(shown, company):
    own = plan(company.client, 10)
    address = reverse("event-replan", args=[own.pk])
    assert address in text(shown())
    assert address not in text(shown(company.stranger, who=company.seller.pk))
    done = event(company.client)
    answer = text(shown(day=clock.today().isoformat()))
    assert "Alpha Pumps" in answer
    assert reverse("event-replan", args=[done.pk]) not in answer


def test_a_day_is_the_readers_own(shown, company):
    company.seller.time_zone = "Asia/Vladivostok"  # seven hours ahead of the company
    company.seller.save()
    plan(company.client, 20)
    days = cells(shown())
    assert days[DAY].entries == []
    assert [entry.start for entry in days[DAY + A_DAY].entries] == [clock.at(DAY, 20)]


# --- how full days are
def test_the_load_is_the_plans_against_the_schedule_without_holidays_and_absences(shown, company):
    short = WorkSchedule.objects.create(
        name="Short", weekdays="1234", starts_at=dt.time(10), ends_at=dt.time(16), break_minutes=60
    )
    ManagerSchedule.objects.create(manager=company.seller, schedule=short, since=DAY - 9 * A_DAY)
    plan(company.client, 10, minutes=60)
    plan(company.client, 10, code="call_out")  # as long as calls usually are: 15 minutes
    Holiday.objects.create(date=DAY + A_DAY, name="Day of the pump")
    Absence.objects.create(manager=company.seller, kind="sick", starts_on=DAY + 2 * A_DAY, ends_on=DAY + 2 * A_DAY)
    found = cells(shown())
    usual = found[DAY].entries[1].minutes
    assert (found[DAY].load.planned, found[DAY].load.capacity) == (60 + usual, 300)
    assert [found[DAY + n * A_DAY].load.capacity for n in (-1, 1, 2, 3)] == [300, 0, 0, 0]
    assert [found[DAY + n * A_DAY].off for n in (0, 1, 2)] == ["", "Day of the pump", "sick leave"]


def test_without_schedules_everybody_works_from_monday_to_friday(company):
    ManagerSchedule.objects.all().delete()
    assert read_schedules([company.seller]).of(company.seller.pk, DAY).minutes_a_day == 8 * 60
    mornings = WorkSchedule.objects.create(name="Mornings", starts_at=dt.time(8), ends_at=dt.time(12), break_minutes=0)
    ManagerSchedule.objects.create(schedule=mornings, since=DAY)
    schedules = read_schedules([company.seller])
    assert schedules.of(company.seller.pk, DAY) == mornings
    assert schedules.of(company.seller.pk, DAY - A_DAY).minutes_a_day == 8 * 60


def test_why_a_colleague_is_away_is_told_to_who_may_see_his_absence(shown, company):
    Absence.objects.create(manager=company.colleague, kind="sick", starts_on=DAY, ends_on=DAY)
    asked = Absence.objects.create(manager=company.colleague, starts_on=DAY + A_DAY, ends_on=DAY + A_DAY)
    Absence.objects.filter(pk=asked.pk).update(status="requested")
    told = {
        reader: [cells(shown(reader, who=company.colleague.pk))[DAY + n * A_DAY].off for n in (0, 1)]
        for reader in (company.seller, company.head, company.colleague)
    }
    assert told == {
        company.seller: ["away", ""],
        company.head: ["sick leave", ""],
        company.colleague: ["sick leave", ""],
    }


# --- the department
def test_a_department_side_by_side(shown, company):
    plan(company.client, 10, minutes=60)
    plan(company.other, 10, minutes=120)
    rows = shown(name="calendar-team").context["rows"]
    assert {row.person: row.load.planned for row in rows} == {
        company.seller: 60,
        company.colleague: 120,
        company.head: 0,
    }
    day = shown(name="calendar-team", view="day")
    assert {column.cell.person for column in day.context["grid"].columns} == {row.person for row in rows}
    assert "Alpha Pumps" in text(day)
    assert "Secret Client" not in text(day)


def test_whose_department_one_may_look_at(client, company):
    below = DepartmentFactory(parent=company.department)
    director = ManagerFactory(role=Role.DIRECTOR, department=None)

    def departments(by: Any) -> set[str]:
        client.force_login(by)
        return {each.name for each in client.get(reverse("calendar-team")).context["departments"]}

    assert departments(company.seller) == {"Europe"}
    assert departments(company.head) == {"Europe", below.name}
    assert departments(director) >= {"Europe", below.name, company.stranger.department.name}
    client.force_login(company.head)
    wanted = {"department": company.stranger.department.pk}
    assert client.get(reverse("calendar-team"), wanted).status_code == 404


def test_who_is_in_no_department_is_told_so(client):
    client.force_login(ManagerFactory(department=None))
    assert "You belong to no department" in text(client.get(reverse("calendar-team")))


@pytest.mark.parametrize(
    ("name", "query"), [("calendar", {}), ("calendar-team", {}), ("calendar-team", {"view": "day"})]
)
def test_more_events_and_people_ask_no_more_queries(client, company, django_assert_max_num_queries, name, query):
    def count() -> int:
        client.force_login(company.head)
        with django_assert_max_num_queries(20) as asked:
            client.get(reverse(name), {"day": DAY.isoformat(), **query})
        return len(asked)

    plan(company.client, 10)
    count()  # what is read once and kept
    before = count()
    for hour in (9, 11, 12):
        newcomer = ManagerFactory(department=company.department)
        plan(held_client(newcomer), hour)
        plan(held_client(company.head), hour)
    assert count() == before


# --- planning at a place
def test_a_clicked_place_comes_into_the_form(client, company):
    client.force_login(company.seller)
    at, until = f"{DAY}T10:30", f"{DAY}T12:00"
    picked = client.get(reverse("plan-pick"), {"at": at, "until": until, "q": "Alpha"}, headers=HTMX)
    (line,) = picked.context["groups"][0].entries
    form = client.get(line.url, headers=HTMX).context["form"]
    assert form["occurred_at"].value() == dt.datetime.combine(DAY, dt.time(10, 30))
    assert form["ends_at"].value() == dt.datetime.combine(DAY, dt.time(12))
    assert form["status"].value() == EventStatus.PLANNED


def test_in_a_colleagues_column_the_plan_is_the_colleagues(client, company):
    client.force_login(company.head)
    query = {
        "status": "planned",
        "client": company.client.pk,
        "at": f"{DAY}T10:30",
        "responsible": company.colleague.pk,
    }
    form = client.get(reverse("event-create"), query).context["form"]
    assert form["responsible"].value() == company.colleague.pk


@pytest.mark.parametrize("at", ["", "tomorrow", "2026-02-30T10:00", "0001-01-01T00:00", "99999-01-01T00:00"])
def test_what_is_no_place_is_tomorrow(client, company, at):
    client.force_login(company.seller)
    query = {"status": "planned", "client": company.client.pk, "at": at, "until": f"{DAY}T10:00", "responsible": "x"}
    form = client.get(reverse("event-create"), query).context["form"]
    assert form["occurred_at"].value().date() == timezone.localdate() + A_DAY
    assert form["ends_at"].value().date() == timezone.localdate() + A_DAY
    assert form["responsible"].value() == company.seller.pk


# --- moving
def move(client: Any, row: Event, **data: Any) -> Any:
    return client.post(reverse("event-replan", args=[row.pk]), {"dropped": 1, **data}, headers=HTMX)


def test_what_is_dropped_elsewhere_keeps_its_length_and_can_be_taken_back(client, company):
    row = plan(company.client, 10, minutes=90)
    client.force_login(company.seller)
    answer = move(client, row, at=f"{DAY + A_DAY}T14:15")
    assert "list-refresh" in answer["HX-Trigger"]
    row.refresh_from_db()
    assert (row.occurred_at, row.ends_at) == (clock.at(DAY + A_DAY, 14, 15), clock.at(DAY + A_DAY, 15, 45))
    undo = text(answer).partition(reverse("event-undo", args=[row.pk]))[2].partition('"')[0]
    client.post(reverse("event-undo", args=[row.pk]) + undo.replace("&amp;", "&"))
    row.refresh_from_db()
    assert (row.occurred_at, row.ends_at) == (clock.at(DAY, 10), clock.at(DAY, 11, 30))


def test_a_plan_is_made_longer_where_it_is(client, company):
    row = plan(company.client, 10)
    client.force_login(company.seller)
    move(client, row, minutes=45)
    row.refresh_from_db()
    assert (row.occurred_at, row.ends_at) == (clock.at(DAY, 10), clock.at(DAY, 10, 45))


def test_what_is_overdue_may_be_made_longer_but_not_moved_within_the_past(client, company):
    row = plan(company.client, 10)
    Event.objects.filter(pk=row.pk).update(occurred_at=clock.now() - A_DAY)
    client.force_login(company.seller)
    assert move(client, row, minutes=45).status_code == 200
    refused = move(client, row, at=timezone.localtime(clock.now() - 2 * A_DAY).strftime("%Y-%m-%dT%H:%M"))
    assert refused.status_code == 422
    assert "A plan lies ahead" in text(refused)


@pytest.mark.parametrize("data", [{}, {"at": "soon"}, {"minutes": "0"}, {"minutes": "x"}])
def test_a_bad_drop_changes_nothing_and_says_why(client, company, data):
    row = plan(company.client, 10)
    client.force_login(company.seller)
    answer = move(client, row, **data)
    assert answer.status_code == 422
    assert answer["HX-Reswap"] == "none"
    row.refresh_from_db()
    assert (row.occurred_at, row.ends_at) == (clock.at(DAY, 10), None)


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("colleague", 404), ("head", 200), ("seller", 200)])
def test_who_may_move_it(client, company, who, status):
    row = plan(company.client, 10)
    client.force_login(getattr(company, who))
    assert move(client, row, minutes=45).status_code == status


# --- one event over the calendar
def test_an_event_over_the_calendar(client, company):
    row = plan(company.client, 10, subject="Visit", text="Take the samples")
    address = reverse("calendar-event", args=[row.pk])
    client.force_login(company.seller)
    answer = text(client.get(address, headers=HTMX))
    for words in ("Visit", "Alpha Pumps", "Take the samples", reverse("event-finish", args=[row.pk])):
        assert words in answer
    assert client.get(address)["Location"] == row.get_absolute_url()
    client.force_login(company.colleague)
    assert client.get(address, headers=HTMX).status_code == 404


def test_the_form_over_the_calendar_begins_where_the_plan_stands(client, company):
    row = plan(company.client, 10, minutes=60)
    client.force_login(company.seller)
    address = reverse("event-replan", args=[row.pk])
    form = client.get(f"{address}?here=1", headers=HTMX).context["form"]
    assert timezone.localtime(form.initial["at"]) == clock.at(DAY, 10)
    client.post(address, {"at": f"{DAY}T10:00", "minutes": 30}, headers=HTMX)
    row.refresh_from_db()
    assert (row.occurred_at, row.ends_at) == (clock.at(DAY, 10), clock.at(DAY, 10, 30))


# --- the rail ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page", "section"),
    [
        ("absence-list", "calendar"),
        ("calendar-feed-list", "calendar"),
        ("approval-list", "event-list"),
        ("stage-approval-list", "process-list"),
    ],
)
def test_to_which_entry_of_the_rail_a_page_belongs(rf, page, section):
    request = rf.get(reverse(page))
    request.user = ManagerFactory()
    assert [item.url for item in navigation.rail(request) if item.current] == [reverse(section)]


def test_absences_are_a_tab_of_the_calendar_and_found_by_name(rf):
    request = rf.get("/")
    request.user = ManagerFactory()
    assert reverse("absence-list") not in [item.url for item in navigation.rail(request)]
    assert reverse("absence-list") in [item.url for item in navigation.places(request.user)]
