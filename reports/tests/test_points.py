"""Points against the norm: what counts, by the norm of the time, for whom to read."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.urls import reverse

from clients.models import Absence, Holiday, PointsNorm, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from interactions.models import Approval, Event, KindPoints
from interactions.tests.factories import event, kind, process
from reports.points.measures import cells
from reports.rules.norms import Kept, kept, share_of, tone_of

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 14)  # a Thursday
MONDAY = TODAY - 3 * DAY
WEEK = {"since": MONDAY.isoformat(), "until": TODAY.isoformat()}
REPORT, ROWS = reverse("report-points"), reverse("report-points-rows")


# --- the rules
@pytest.mark.parametrize(
    ("points", "norm", "share", "tone"),
    [(48, 48, 100.0, "good"), (47, 48, 100 * 47 / 48, ""), (23, 48, 100 * 23 / 48, "bad"), (24, 48, 50.0, ""),
     (5, 0, None, ""), (0, 48, 0.0, "bad")],
)  # fmt: skip
def test_a_share_of_the_norm_and_what_it_means(points, norm, share, tone):
    assert share_of(points, norm) == share
    assert tone_of(share) == tone


def test_of_whom_nothing_is_expected_does_not_count():
    assert kept([None, 100.0, 140.0, 99.9, 49.9]) == Kept(of=4, reached=2, low=1)


def test_ratios_are_taken_of_sums():
    found = cells(
        {"points": 30, "norm": 60, "done": 4, "days": 5, "then_points": 10, "then_norm": 40}, is_compared=True
    )
    assert (found["share"].value, found["share"].then) == (50, 25)
    assert (found["per_day"].value, found["per_day"].then) == (6, None)


# --- the figures
@pytest.fixture(autouse=True)
def _at_noon(request, time_machine):
    if "company" in request.fixturenames:
        time_machine.move_to(clock.at(TODAY))


@pytest.fixture
def company(db):
    head = head_of(DepartmentFactory())
    anna = ManagerFactory(department=DepartmentFactory(parent=head.department))
    return SimpleNamespace(
        head=head,
        anna=anna,
        client=held_client(anna, assigned_on=MONDAY - 30 * DAY),
        other=head_of(DepartmentFactory()),
        director=ManagerFactory(role=Role.DIRECTOR, department=None),
    )


def done(company, day=TODAY, code="call_out", **values):
    """An event of Anna's, written straight into the table: what counts is decided by its facts."""
    found = event(company.client, code=code)
    Event.objects.filter(pk=found.pk).update(occurred_at=clock.at(day), **values)
    return found


def report(client, who, **query):
    client.force_login(who)
    response = client.get(REPORT, {**WEEK, **query})
    assert response.status_code == 200
    return response.context["result"]


def line(result, table, name):
    lines = next(each for each in result.tables if each.key == table).all_lines
    return next(each for each in lines if f"{each.kind} {each.key}".strip() == name)


def values(found, *keys):
    return [found.cells[key].value for key in keys]


def test_done_events_earn_the_points_of_their_kinds(client, company):
    done(company)
    done(company, MONDAY, "meeting")
    done(company, TODAY, "note")
    done(company, MONDAY - DAY)
    done(company, status="planned", counted_on=None)
    done(company, approval=Approval.PENDING, counted_on=None)
    done(company, approval=Approval.REJECTED, counted_on=None)
    process(company.client)  # a step the program writes
    result = report(client, company.head)
    mine = line(result, "managers", f"manager {company.anna.pk}")
    assert values(mine, "points", "norm", "done", "days") == [15, 4 * 48, 3, 4]
    assert values(line(result, "days", f"part {MONDAY}"), "points", "norm") == [12, 2 * 48]
    assert values(line(result, "kinds", f"kind {kind('meeting').pk}"), "each", "done", "points") == [12, 1, 12]
    assert values(line(result, "managers", "total"), "points", "norm") == [15, 8 * 48]


def test_a_changed_norm_and_changed_points_rewrite_no_day_before(client, company):
    done(company, MONDAY)
    done(company, TODAY)
    before = values(line(report(client, company.head, until=str(TODAY - DAY)), "managers", "total"), "points", "norm")
    PointsNorm.objects.create(department=company.head.department, since=TODAY, points=10)
    KindPoints.objects.create(kind=kind(), since=TODAY, points=1)
    again = values(line(report(client, company.head, until=str(TODAY - DAY)), "managers", "total"), "points", "norm")
    assert again == before == [3, 6 * 48]
    result = report(client, company.head)
    assert values(line(result, "managers", "total"), "points", "norm") == [4, 6 * 48 + 2 * 10]
    assert any("changed in this period" in str(remark.text) for remark in result.remarks)


def test_nothing_is_expected_on_days_off_before_somebody_came_and_tomorrow(client, company):
    Holiday.objects.create(date=MONDAY, name="Day of the pump")
    Absence.objects.create(manager=company.anna, kind="sick", starts_on=TODAY, ends_on=TODAY)
    company.head.works_from = TODAY
    company.head.save()
    result = report(client, company.head, until=str(TODAY + DAY))
    assert values(line(result, "managers", f"manager {company.anna.pk}"), "norm", "days") == [2 * 48, 2]
    assert values(line(result, "managers", f"manager {company.head.pk}"), "norm", "days") == [48, 1]
    own = report(client, company.anna)
    assert line(own, "days", f"part {MONDAY}").note == "Day of the pump"
    assert line(own, "days", f"part {TODAY}").note == "sick leave"
    assert line(own, "days", f"part {TODAY}").cells["share"].value is None


def test_each_reads_what_is_his(client, company):
    done(company)
    for who, points in ((company.anna, 3), (company.head, 3), (company.other, 0), (company.director, 3)):
        assert line(report(client, who), "managers", "total").cells["points"].value == points
    client.force_login(company.other)
    assert client.get(REPORT, {"manager": company.anna.pk}).context["result"] is None


def test_the_points_lead_to_their_events_with_what_each_earned(client, company):
    call, meeting = done(company), done(company, MONDAY, "meeting")
    done(company, TODAY, "note")
    mine = line(report(client, company.head), "managers", f"manager {company.anna.pk}")
    response = client.get(f"{ROWS}?{mine.query}what=points")
    rows = {row.pk: row.figure_amount for row in response.context["filter"].rows}
    assert rows == {call.pk: 3, meeting.pk: 12}
    response = client.get(f"{ROWS}?{mine.query}kind={kind('meeting').pk}&what=done")
    assert [row.pk for row in response.context["filter"].rows] == [meeting.pk]


def test_one_kind_alone_is_held_against_the_whole_norm(client, company):
    done(company)
    done(company, TODAY, "meeting")
    result = report(client, company.head, kind=kind().pk)
    assert values(line(result, "managers", "total"), "points", "norm") == [3, 8 * 48]
    assert any("one kind" in str(remark.text) for remark in result.remarks)


def test_the_queries_do_not_grow_with_people_and_events(client, company, django_assert_max_num_queries):
    for _ in range(3):
        held = held_client(ManagerFactory(department=company.head.department))
        event(held)
        event(held, code="meeting")
    client.force_login(company.head)
    with django_assert_max_num_queries(32):
        client.get(REPORT, {**WEEK, "compare": "previous"})
