"""Norms, points of kinds and schedules: set from a day on by who may, never rewritten, read by everybody."""

import datetime as dt
from operator import attrgetter
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clients.from_a_day import corrections
from clients.models import ManagerSchedule, PointsNorm, Role, WorkSchedule
from clients.models.norms import EVER
from clients.norms import expected, read_norms, set_norm, withdraw_norm
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of
from clients.working_hours import read_schedules, set_schedule, withdraw_schedule
from crm import clock
from crm.web.errors import DomainError
from interactions.kind_points import read_points, set_points, withdraw_points
from interactions.models import Event, KindPoints, Regulation
from interactions.regulations import set_regulation
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)  # a Wednesday


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY))


@pytest.fixture
def company():
    top = DepartmentFactory()
    low = DepartmentFactory(parent=top)
    return SimpleNamespace(
        top=top,
        low=low,
        head=head_of(top),
        other=head_of(DepartmentFactory()),
        seller=ManagerFactory(department=low),
        director=ManagerFactory(role=Role.DIRECTOR, department=None),
        admin=ManagerFactory(is_staff=True, department=None),
        short=WorkSchedule.objects.create(name="Short", weekdays="123"),
    )


def norm(company, day=TODAY):
    return read_norms().of(company.low).on(day)


# --- who sets what
def test_a_head_sets_the_norms_of_his_departments_only(company):
    set_norm(by=company.head, department=company.top, since=TODAY, points=60)
    assert norm(company) == 60
    for by, department in ((company.other, company.top), (company.head, None), (company.seller, company.low)):
        with pytest.raises(DomainError):
            set_norm(by=by, department=department, since=TODAY, points=1)
    set_norm(by=company.director, department=None, since=TODAY, points=50)
    assert read_norms().of(company.other.department).on(TODAY) == 50


def test_points_of_kinds_are_the_directors_to_set(company):
    set_points(by=company.director, kind=kind("meeting"), since=TODAY, points=20)
    with pytest.raises(DomainError):
        set_points(by=company.head, kind=kind("meeting"), since=TODAY, points=30)
    with pytest.raises(DomainError):
        set_points(by=company.director, kind=kind("process_won"), since=TODAY, points=30)
    points = read_points()
    assert [points.on(kind("meeting").pk, day) for day in (TODAY - DAY, TODAY)] == [12, 20]


def test_a_head_sets_the_schedules_of_his_people_not_his_own(company):
    set_schedule(by=company.head, manager=company.seller, since=TODAY, schedule=company.short)
    assert read_schedules([company.seller]).of(company.seller.pk, TODAY) == company.short
    for by, manager in ((company.head, company.head), (company.other, company.seller), (company.head, None)):
        with pytest.raises(DomainError):
            set_schedule(by=by, manager=manager, since=TODAY, schedule=company.short)


# --- the past
def test_only_administrators_set_the_past_right(company):
    for by in (company.head, company.director):
        with pytest.raises(DomainError) as refused:
            set_norm(by=by, department=company.low, since=TODAY - DAY, points=1)
        assert refused.value.field == "since"
    set_norm(by=company.admin, department=company.low, since=TODAY - 9 * DAY, points=30)
    assert norm(company, TODAY - DAY) == 30


def test_what_held_once_is_not_withdrawn(company):
    ahead = set_norm(by=company.head, department=company.low, since=TODAY + DAY, points=30)
    withdraw_norm(ahead, by=company.head)
    assert norm(company, TODAY + DAY) == 48
    old = set_norm(by=company.admin, department=company.low, since=TODAY - DAY, points=30)
    with pytest.raises(DomainError):
        withdraw_norm(old, by=company.head)
    withdraw_norm(old, by=company.admin)
    for row, withdraw in (
        (KindPoints.objects.first(), withdraw_points),
        (ManagerSchedule.objects.get(manager=None), withdraw_schedule),
        (PointsNorm.objects.get(department=None), withdraw_norm),
    ):
        with pytest.raises(DomainError):
            withdraw(row, by=company.head)


def test_what_holds_ever_is_corrected_but_not_withdrawn(company):
    for row, withdraw in (
        (KindPoints.objects.filter(since=EVER).first(), withdraw_points),
        (ManagerSchedule.objects.get(manager=None), withdraw_schedule),
        (PointsNorm.objects.get(department=None), withdraw_norm),
    ):
        with pytest.raises(DomainError):
            withdraw(row, by=company.admin)
    set_norm(by=company.admin, department=None, since=EVER, points=40)
    assert norm(company) == 40


def test_corrections_of_the_past_leave_a_trail(company):
    """What is set for today or later and changed in time is none; before history was kept there is a first row."""
    set_norm(by=company.admin, department=None, since=EVER, points=40)
    for points in (30, 30, 35):
        set_norm(by=company.admin, department=company.low, since=TODAY - 9 * DAY, points=points)
    withdraw_norm(PointsNorm.objects.get(department=company.low), by=company.admin)
    for points in (50, 60):
        set_norm(by=company.head, department=company.top, since=TODAY, points=points)
    found = corrections(PointsNorm, attrgetter("department_id"))
    assert {key: [(each.was, each.now) for each in reversed(told)] for key, told in found.items()} == {
        None: [("48", "40")],
        company.low.pk: [("", "30"), ("30", "35"), ("35", "")],
    }
    assert {(each.by, clock.local_date(each.at)) for told in found.values() for each in told} == {
        (company.admin, TODAY)
    }


def test_the_page_tells_corrections_and_to_heads_by_whom(client, company):
    set_schedule(by=company.admin, manager=company.seller, since=TODAY - DAY, schedule=company.short)
    withdraw_schedule(ManagerSchedule.objects.get(manager=company.seller), by=company.admin)
    set_points(by=company.admin, kind=kind("meeting"), since=EVER, points=77)
    client.force_login(company.seller)
    page = client.get(reverse("norms")).content.decode()
    assert "77 instead of 12" in page
    assert str(company.admin) not in page
    client.force_login(company.head)
    page = client.get(reverse("norms")).content.decode()
    assert "no longer Short" in page
    assert str(company.admin) in page


def test_the_same_day_again_replaces_what_was_set_for_it(company):
    for points in (30, 40):
        set_norm(by=company.head, department=company.low, since=TODAY, points=points)
    row = PointsNorm.objects.get(department=company.low)
    assert (row.points, row.set_by) == (40, company.head)


def _another_is_quicker(monkeypatch, model, **row):
    """Between the check and the save of the first attempt somebody else sets the same day."""
    checked, rivals = model.full_clean, [row]

    def full_clean(instance, **kwargs):
        checked(instance, **kwargs)
        if rivals:
            model.objects.create(**rivals.pop())

    monkeypatch.setattr(model, "full_clean", full_clean)


def test_two_may_set_the_same_day_at_the_same_moment(company, monkeypatch):
    _another_is_quicker(monkeypatch, PointsNorm, department=company.low, since=TODAY, points=30)
    set_norm(by=company.head, department=company.low, since=TODAY, points=40)
    assert PointsNorm.objects.get(department=company.low).points == 40


def test_two_may_regulate_the_same_day_at_the_same_moment(company, monkeypatch):
    asked = {"department": company.low, "category": "A", "kind": None, "since": TODAY, "per": "month"}
    _another_is_quicker(monkeypatch, Regulation, **asked, times=1)
    set_regulation(by=company.head, **asked, times=2)
    assert Regulation.objects.get().times == 2


def test_the_companys_norm_is_a_number_and_a_department_can_go_back_to_it(company):
    with pytest.raises(ValidationError):
        set_norm(by=company.director, department=None, since=TODAY, points=None)
    set_norm(by=company.head, department=company.low, since=TODAY, points=30)
    set_norm(by=company.head, department=company.low, since=TODAY + DAY, points=None)
    assert [norm(company, TODAY + DAY * n) for n in (-1, 0, 1)] == [48, 30, 48]


def test_the_days_of_a_schedule_people_worked_by_do_not_change(company):
    company.short.refresh_from_db()
    company.short.weekdays = "1234"
    company.short.clean()
    ManagerSchedule.objects.create(manager=company.seller, schedule=company.short, since=TODAY - DAY)
    with pytest.raises(ValidationError):
        company.short.clean()


# --- what follows from them
def test_what_is_expected_is_the_norm_of_each_working_day(company, django_assert_num_queries):
    set_norm(by=company.head, department=company.low, since=TODAY, points=30)
    ManagerSchedule.objects.create(manager=company.seller, schedule=company.short, since=TODAY - 9 * DAY)
    people = [company.seller, company.head, company.director]
    with django_assert_num_queries(4):
        found = expected(people, TODAY - 2 * DAY, TODAY + 2 * DAY)
    assert found.points == {company.seller.pk: 48 + 48 + 30, company.head.pk: 5 * 48}
    assert found.days == {company.seller.pk: 3, company.head.pk: 5}
    assert (found.by_day[TODAY], found.people[TODAY]) == (78, 2)
    assert (found.by_day[TODAY + DAY], found.people[TODAY + DAY]) == (48, 1)


def test_an_event_earns_what_its_kind_had_on_its_day():
    for since, points in ((TODAY - DAY, 5), (TODAY, 0)):
        KindPoints.objects.create(kind=kind("call_out"), since=since, points=points)
    found = event()
    moments = {TODAY - 2 * DAY: 3, TODAY - DAY: 5, TODAY: 0}
    for day, earned in moments.items():
        for first, last in ((day, day), (TODAY - 9 * DAY, TODAY), (day, TODAY)):
            for moment in (clock.day_start(day), clock.day_start(day + DAY) - dt.timedelta(seconds=1)):
                Event.objects.update(occurred_at=moment)
                row = Event.objects.annotate(points=read_points().expression(first, last)).get(pk=found.pk)
                assert row.points == earned, (day, first, last, moment)
        assert read_points().on(kind("call_out").pk, day) == earned


# --- the page
def test_the_page_shows_what_holds_what_will_and_what_did(client, company):
    set_norm(by=company.head, department=company.low, since=TODAY, points=31)
    set_norm(by=company.head, department=company.low, since=TODAY + DAY, points=32)
    client.force_login(company.head)
    response = client.get(reverse("norms"))
    entries = {entry.of: entry for entry in response.context["sections"][0].entries}
    low = entries[company.low]
    assert (low.value, low.level, [row.points for row in low.ahead]) == ("31", 2, [32])
    assert (entries[company.top].value, entries[company.top].note) == ("48", "as above")
    assert low.change
    assert not entries[company.other.department].change
    assert not response.context["sections"][1].entries[0].change


def test_the_page_takes_a_fixed_number_of_queries(client, company, django_assert_max_num_queries):
    for _ in range(3):
        set_norm(by=company.director, department=DepartmentFactory(), since=TODAY, points=31)
    client.force_login(company.director)
    with django_assert_max_num_queries(20):
        client.get(reverse("norms"))


def test_a_head_sets_and_withdraws_on_the_page(client, company):
    client.force_login(company.head)
    page = client.get(reverse("norm-set"), {"department": company.low.pk})
    assert page.context["form"].initial["department"] == company.low.pk
    data = {"department": company.low.pk, "points": 30, "since": (TODAY + DAY).isoformat()}
    assert client.post(reverse("norm-set"), data).status_code == 302
    row = PointsNorm.objects.get(department=company.low)
    assert client.post(reverse("norm-set"), {**data, "since": (TODAY - DAY).isoformat()}).status_code == 422
    assert client.post(reverse("norm-set"), {**data, "department": company.other.department.pk}).status_code == 422
    client.force_login(company.other)
    assert client.post(reverse("norm-withdraw", args=["points", row.pk])).status_code == 403
    client.force_login(company.head)
    assert client.post(reverse("norm-withdraw", args=["nothing", row.pk])).status_code == 404
    assert client.post(reverse("norm-withdraw", args=["points", row.pk])).status_code == 302
    assert not PointsNorm.objects.filter(department=company.low).exists()


def test_a_schedule_and_points_are_set_on_the_page(client, company):
    client.force_login(company.director)
    since = (TODAY + DAY).isoformat()
    data = {"manager": company.seller.pk, "schedule": company.short.pk, "since": since}
    assert client.post(reverse("schedule-set"), data).status_code == 302
    assert client.post(reverse("kind-points-set"), {"kind": kind().pk, "points": 7, "since": since}).status_code == 302
    row, points = ManagerSchedule.objects.get(manager=company.seller), KindPoints.objects.get(since=TODAY + DAY)
    assert (row.schedule, row.set_by, points.points) == (company.short, company.director, 7)
    for what, pk in (("schedules", row.pk), ("kinds", points.pk)):
        assert client.post(reverse("norm-withdraw", args=[what, pk])).status_code == 302


def test_the_schedules_of_others_people_are_not_there(client, company):
    row = ManagerSchedule.objects.create(manager=company.seller, schedule=company.short, since=TODAY)
    everybodys = ManagerSchedule.objects.create(schedule=company.short, since=TODAY)
    client.force_login(company.other)
    answers = [client.post(reverse("norm-withdraw", args=["schedules", each.pk])) for each in (row, everybodys)]
    assert [answer.status_code for answer in answers] == [404, 403]
