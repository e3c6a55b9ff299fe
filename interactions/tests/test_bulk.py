"""Bulk actions that write events and sales: planning, moving, cancelling, another responsible."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clients.bulk import jobs
from clients.bulk.registry import BulkAction
from clients.models import BulkJob, Client, CoManager, Holiday, Manager
from clients.tests.factories import DepartmentFactory, ManagerFactory, exchange_client, head_of, held_client
from crm import clock
from interactions import services
from interactions.bulk import events, planning, sales
from interactions.models import Event, EventStatus
from interactions.rules.spreading import days_needed, working_days
from interactions.rules.workdays import is_working
from interactions.tests.factories import event, kind, process

FRIDAY = dt.date(2026, 3, 13)
DAY = dt.timedelta(days=1)


@pytest.fixture
def at_noon(time_machine):
    time_machine.move_to(clock.at(FRIDAY), tick=False)


def do(action: BulkAction, rows: list[Any], by: Manager, **asked: Any) -> BulkJob:
    form = {name: [str(getattr(value, "pk", value))] for name, value in asked.items()}
    return jobs.start(job=jobs.ask(action=action, ids=[row.pk for row in rows], by=by), asked=form)


def answers(job: BulkJob) -> list[str]:
    return [answer["is"] for answer in job.answers]


def plan(client: Client, *, days: int = 1, **kwargs: Any) -> Event:
    return event(client, status=EventStatus.PLANNED, occurred_at=clock.now() + days * DAY, **kwargs)


# --- the rule ---------------------------------------------------------------------------------------------------------
@given(
    first=st.dates(dt.date(2026, 1, 1), dt.date(2027, 1, 1)),
    total=st.integers(1, 60),
    per_day=st.integers(1, 20),
    off=st.sets(st.dates(dt.date(2026, 1, 1), dt.date(2027, 6, 1)), max_size=30),
)
def test_spread_over_working_days(first, total, per_day, off):
    days = working_days(first, days_needed(total, per_day), off)
    placed = [days[number // per_day] for number in range(total)]
    assert placed == sorted(placed)
    assert all(day >= first and is_working(day, off) for day in placed)
    assert all(placed.count(day) <= per_day for day in placed)
    # No working day between the first and the last is left out, and all but the last are full.
    assert days == [day for n in range((days[-1] - first).days + 1) if is_working(day := first + n * DAY, off)]
    assert all(placed.count(day) == per_day for day in days[:-1])


# --- planning ---------------------------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


def asked_plan(**changed: Any) -> dict[str, Any]:
    return {"kind": kind(), "day": FRIDAY + DAY * 3, "time": "10:30", "subject": "Spring", "whose": "lead", **changed}


def test_planned_with_each_for_its_lead_manager_and_counted_for_nobody(at_noon):
    head = head_of(DepartmentFactory())
    seller = ManagerFactory(department=head.department)
    own, his, foreign, nobodys = held_client(head), held_client(seller), held_client(), exchange_client()
    before = [Client.objects.get(pk=each.pk).zone_dates for each in (own, his)]
    job = do(planning.PlanEvents(), [own, his, foreign, nobodys], head, **asked_plan())
    assert answers(job) == ["done", "done", "no", "no"]
    planned = list(Event.objects.order_by("client"))
    assert [(each.client, each.responsible) for each in planned] == [(own, head), (his, seller)]
    assert {(each.subject, each.status, each.author, each.counted_on) for each in planned} == {
        ("Spring", "planned", head, None)
    }
    assert {timezone.localtime(each.occurred_at, clock.company_zone()).isoformat()[:16] for each in planned} == {
        "2026-03-16T10:30"
    }
    assert [Client.objects.get(pk=each.pk).zone_dates for each in (own, his)] == before


def test_spread_in_the_order_of_the_list_weekends_and_holidays_skipped(at_noon):
    Holiday.objects.get_or_create(date=FRIDAY + DAY * 3, defaults={"name": "Day of rest"})
    by = ManagerFactory()
    rows = [held_client(by) for _ in range(5)][::-1]
    do(planning.PlanEvents(), rows, by, **asked_plan(day=FRIDAY, time="18:00", per_day=2, whose="me"))
    days = [clock.local_date(Event.objects.get(client=row).occurred_at) for row in rows]
    assert days == [FRIDAY, FRIDAY, FRIDAY + DAY * 4, FRIDAY + DAY * 4, FRIDAY + DAY * 5]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day": FRIDAY - DAY}, "day"),
        ({"per_day": 0}, "per_day"),
        ({"kind": ""}, "kind"),
        ({"time": "25:00"}, "time"),
        ({"whose": "nobody"}, "whose"),
    ],
)
def test_what_cannot_be_planned_is_said_at_its_field(at_noon, wrong, field):
    asked = {name: getattr(value, "pk", value) for name, value in asked_plan(**wrong).items()}
    form = planning.PlanForm(asked, user=ManagerFactory(), total=3)
    assert list(form.errors) == [field]


def test_spreading_over_years_is_refused(at_noon):
    asked = {name: getattr(value, "pk", value) for name, value in asked_plan(per_day=1).items()}
    assert planning.PlanForm(asked, user=ManagerFactory(), total=250).is_valid()
    assert list(planning.PlanForm(asked, user=ManagerFactory(), total=251).errors) == ["per_day"]


def test_plans_are_taken_back_but_not_those_somebody_worked_on(at_noon, time_machine):
    by = ManagerFactory()
    rows = [held_client(by) for _ in range(3)]
    job = do(planning.PlanEvents(), rows, by, **asked_plan())
    changed, finished, plain = (Event.objects.get(client=row) for row in rows)
    time_machine.move_to(clock.at(FRIDAY + DAY * 4), tick=False)
    changed.text = "Bring the catalogue"
    services.change_event(event=changed, by=by)
    services.finish_event(event=finished, by=by)
    jobs.undo(job=job)
    assert set(Event.objects.values_list("pk", flat=True)) == {changed.pk, finished.pk}
    assert [answer["back"] for answer in job.answers] == ["It was changed since."] * 2 + [""]
    assert not Event.objects.filter(pk=plain.pk).exists()


# --- events -----------------------------------------------------------------------------------------------------------
def test_moved_to_another_day_at_the_same_hour_and_back(at_noon):
    by = ManagerFactory()
    mine, done, foreign = plan(held_client(by)), event(held_client(by)), plan(held_client())
    was, target = mine.occurred_at, FRIDAY + 6 * DAY
    job = do(events.MoveEvents(), [mine, done, foreign], by, day=target)
    assert answers(job) == ["done", "no", "no"]
    mine.refresh_from_db()
    assert mine.occurred_at == was + 5 * DAY
    jobs.undo(job=job)
    mine.refresh_from_db()
    assert (mine.occurred_at, mine.status, job.status) == (was, "planned", "undone")


def test_no_plan_is_moved_into_the_past(at_noon):
    by = ManagerFactory()
    mine = plan(held_client(by))
    job = do(events.MoveEvents(), [mine], by, day=FRIDAY - DAY)
    assert (answers(job), job.changed) == (["no"], 0)
    assert "not in the past" in job.answers[0]["words"]


def test_cancelled_with_the_reason_and_planned_again(at_noon, time_machine):
    by = ManagerFactory()
    mine, touched = plan(held_client(by)), plan(held_client(by))
    job = do(events.CancelEvents(), [mine, touched], by, result="Closed for repair")
    mine.refresh_from_db()
    touched.refresh_from_db()
    assert (mine.status, mine.result, touched.status) == ("cancelled", "Closed for repair", "cancelled")
    time_machine.move_to(clock.at(FRIDAY, 13), tick=False)
    touched.text = "They called"
    services.change_event(event=touched, by=by)
    jobs.undo(job=job)
    mine.refresh_from_db()
    touched.refresh_from_db()
    assert (mine.status, mine.result, touched.status) == ("planned", "", "cancelled")
    assert [bool(answer["back"]) for answer in job.answers] == [False, True]


def test_another_responsible_must_work_with_the_client(at_noon):
    by, helper = ManagerFactory(), ManagerFactory()
    helped, alone = held_client(by), held_client(by)
    CoManager.objects.create(client=helped, manager=helper)
    first, second, already = plan(helped), plan(alone), plan(helped, responsible=helper)
    job = do(events.ChangeResponsible(), [first, second, already], by, manager=helper)
    assert answers(job) == ["done", "no", "same"]
    assert "does not work with this client" in job.answers[1]["words"]
    first.refresh_from_db()
    assert first.responsible == helper
    jobs.undo(job=job)
    first.refresh_from_db()
    assert first.responsible == by


def test_who_is_not_at_hand_cannot_be_chosen(at_noon):
    by, stranger = ManagerFactory(), ManagerFactory()
    job = do(events.ChangeResponsible(), [plan(held_client(by))], by, manager=stranger)
    assert answers(job) == ["no"]


# --- sales ------------------------------------------------------------------------------------------------------------
def test_open_sales_get_another_responsible_and_the_old_one_back(at_noon):
    head = head_of(DepartmentFactory())
    giver, taker = (ManagerFactory(department=head.department) for _ in range(2))
    mine, foreign, closed = process(held_client(giver)), process(), process(held_client(giver))
    type(closed).objects.filter(pk=closed.pk).update(status="won", closed_on=FRIDAY)
    job = do(sales.ChangeResponsible(), [mine, foreign, closed], head, manager=taker)
    assert answers(job) == ["done", "no", "no"]
    mine.refresh_from_db()
    assert mine.responsible == taker
    jobs.undo(job=job)
    mine.refresh_from_db()
    assert mine.responsible == giver


@pytest.mark.parametrize("what", ["sale", "plan"])
def test_nothing_is_given_back_to_who_has_left_the_company(at_noon, what):
    head = head_of(DepartmentFactory())
    giver, taker = (ManagerFactory(department=head.department) for _ in range(2))
    client = held_client(taker)
    row = process(client, responsible=giver) if what == "sale" else plan(client, responsible=giver)
    action = sales.ChangeResponsible() if what == "sale" else events.ChangeResponsible()
    job = do(action, [row], head, manager=taker)
    assert answers(job) == ["done"]
    Manager.objects.filter(pk=giver.pk).update(is_active=False)
    jobs.undo(job=job)
    row.refresh_from_db()
    assert (row.responsible, jobs.put_back(job)) == (taker, 0)


def test_a_sale_given_to_somebody_else_since_stays_with_him(at_noon):
    head = head_of(DepartmentFactory())
    giver, taker, third = (ManagerFactory(department=head.department) for _ in range(3))
    mine = process(held_client(giver))
    job = do(sales.ChangeResponsible(), [mine], head, manager=taker)
    type(mine).objects.filter(pk=mine.pk).update(responsible=third)
    jobs.undo(job=job)
    mine.refresh_from_db()
    assert (mine.responsible, jobs.put_back(job)) == (third, 0)


def test_tags_of_sales(at_noon):
    by = ManagerFactory()
    mine, foreign = process(held_client(by)), process()
    job = do(sales.AddSaleTags(), [mine, foreign], by, names="tender")
    assert answers(job) == ["done", "no"]
    assert [tag.name for tag in mine.tags.all()] == ["tender"]
    jobs.undo(job=job)
    assert not mine.tags.exists()


def test_no_bulk_action_registers_a_contact():
    """Bulk mailings never count: nothing done to many clients or events at once writes an event that is done. Steps of
    sales are another matter: each is checked and counted by itself."""
    from clients.bulk.registry import actions_of

    admin = ManagerFactory(is_staff=True, is_superuser=True)
    offered = {action.key for page in ("client-list", "event-list") for action in actions_of(page, admin)}
    assert not {key for key in offered if "finish" in key or "register" in key or "contact" in key}


# --- from the lists ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "offered"),
    [
        ("/events/?status=planned", ["event-move-day", "event-responsible", "event-cancel", "event-export"]),
        ("/sales/", ["sale-responsible", "sale-stage", "sale-tag", "sale-export", "sale-untag"]),
    ],
)
def test_each_list_offers_its_own(at_noon, client, url, offered):
    boss = ManagerFactory(is_staff=True, is_superuser=True)
    plan(held_client(boss))
    process(held_client(boss))
    client.force_login(boss)
    assert [action.key for action in client.get(url).context["bulk"]["actions"]] == offered


@pytest.mark.parametrize(
    ("url", "action"), [("/events/?status=planned&who=me", "event-export"), ("/sales/?who=me", "sale-export")]
)
def test_marked_rows_of_each_list_become_a_file(at_noon, client, url, action):
    boss = ManagerFactory(is_staff=True, is_superuser=True)
    own, foreign = held_client(boss, name="Own firm"), held_client(name="Foreign firm")
    rows = {
        "event-export": [plan(own, subject="Marked"), plan(own, subject="Left"), plan(foreign, subject="Marked too")],
        "sale-export": [process(own, title="Marked"), process(own, title="Left"), process(foreign, title="Marked too")],
    }[action]
    client.force_login(boss)
    asked = client.post(url, {"action": action, "rows": [rows[0].pk, rows[2].pk]})
    text = b"".join(client.get(asked["Location"]).streaming_content).decode()
    assert text.count("Marked") == 2
    assert "Left" not in text


def test_all_overdue_plans_go_to_monday(at_noon, client):
    by = ManagerFactory()
    late = [plan(held_client(by), days=-n) for n in (1, 2)]
    ahead = plan(held_client(by))
    client.force_login(by)
    job = BulkJob.objects.get(
        pk=client.post("/events/?status=overdue", {"action": "event-move-day", "all": "1"})["Location"].split("/")[-2]
    )
    assert sorted(job.ids) == sorted(each.pk for each in late)
    client.post(job.get_absolute_url(), {"day": (FRIDAY + 3 * DAY).isoformat()})
    assert {clock.local_date(Event.objects.get(pk=each.pk).occurred_at) for each in late} == {FRIDAY + 3 * DAY}
    assert Event.objects.get(pk=ahead.pk).occurred_at == ahead.occurred_at
