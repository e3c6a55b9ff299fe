"""Comparison of managers: its rules, and that it is fair; that every number is right says ``test_second_way.py``."""

import datetime as dt
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Absence, Manager, OwnershipPeriod, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from exchange.models import Detachment, NightlyRun
from interactions.models import Event, EventKind
from reports.comparison.filters import ComparisonFilter
from reports.comparison.holding import holding
from reports.comparison.selectors import compare
from reports.frame.report import Ask, find
from reports.rules.comparing import Place, Showing, against, field, is_behind, is_new, median, rate, slices
from reports.rules.periods import ONE_DAY, Period

TODAY = dt.date(2026, 5, 29)
MAY = Period(dt.date(2026, 5, 1), dt.date(2026, 5, 31))


def showing(amount, base=20, *, cases=None, days=20):
    return Showing(amount, amount if cases is None else cases, base, days)


# --- the rules --------------------------------------------------------------------------------------------------------
def test_places_go_by_what_was_made_of_a_day_not_by_raw_totals():
    half_a_month, whole_month = showing(30, 10, days=10), showing(40, 20)
    all_of_them = field([half_a_month, whole_month, showing(10)], of_cases=False, good="more")
    assert all_of_them.place(half_a_month) == Place(1, 3)
    assert all_of_them.place(whole_month) == Place(2, 3)
    less_is_better = field([half_a_month, whole_month, showing(10)], of_cases=False, good="less")
    assert less_is_better.place(half_a_month) == Place(3, 3)


def test_equals_share_a_place():
    all_of_them = field([showing(30), showing(30), showing(10)], of_cases=False, good="more")
    assert [all_of_them.place(showing(amount)) for amount in (30, 10)] == [Place(1, 3), Place(3, 3)]


def test_who_worked_too_few_days_is_not_held_against_others():
    guest = showing(50, 4, days=4)
    all_of_them = field([guest, showing(20), showing(30)], of_cases=False, good="more")
    assert all_of_them.median == 1.25
    assert all_of_them.place(guest) is None


def test_nothing_says_a_lot_where_others_have_plenty():
    busy = field([showing(0), showing(20), showing(30)], of_cases=False, good="more")
    assert not busy.is_few(showing(0))
    assert busy.place(showing(0)) == Place(3, 3)
    quiet = field([showing(0), showing(1), showing(4)], of_cases=False, good="more")
    assert quiet.is_few(showing(4))
    assert quiet.place(showing(4)) is None
    assert quiet.median == 0.05, "few cases of many days still say what is usual"


def test_shares_of_few_cases_do_not_move_the_median():
    one_of_one = Showing(100, 1, 1, 20)
    ten_of_fifty, twenty_of_fifty = Showing(1000, 50, 50, 20), Showing(2000, 50, 50, 20)
    all_of_them = field([one_of_one, ten_of_fifty, twenty_of_fifty], of_cases=True, good="more")
    assert all_of_them.median == 30
    assert all_of_them.is_few(one_of_one)
    assert all_of_them.place(one_of_one) is None


def test_without_anybody_nothing_is_said():
    nobody = field([], of_cases=False, good="more")
    assert nobody.median is None
    assert nobody.place(showing(9)) is None
    assert rate(showing(9, 0)) is None
    assert median([None, 2.0, None, 4.0]) == 3


@pytest.mark.parametrize(
    ("value", "usual", "good", "behind"),
    [
        *[(1, 2, "more", True), (1.1, 2, "more", False), (4, 2, "less", True), (3.9, 2, "less", False)],
        *[(None, 2, "more", False), (1, None, "more", False), (1, 0, "less", False)],
    ],
)
def test_far_behind_is_half_as_good(value, usual, good, behind):
    assert is_behind(value, usual, good) is behind


def test_changes_are_shares_of_what_was():
    assert against(3, 2) == 50
    assert against(0, 2) == -100
    assert against(3, 0) is against(None, 2) is against(3, None) is None


@pytest.mark.parametrize(
    ("since", "new"),
    [(None, False), (dt.date(2026, 3, 2), False), (dt.date(2026, 3, 3), True), (dt.date(2026, 5, 31), True)],
)
def test_new_is_who_came_less_than_90_days_ago(since, new):
    assert is_new(since, MAY) is new


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.integers(0, 800))
def test_slices_are_the_period_and_equally_long(since, days):
    period = Period(since, since + ONE_DAY * days)
    parts = slices(period)
    assert parts[0].since == period.since
    assert parts[-1].until == period.until
    assert all(after.since == before.until + ONE_DAY for before, after in pairwise(parts))
    assert len(parts) == min(12, period.days)
    assert {part.days for part in parts} <= {period.days // len(parts), period.days // len(parts) + 1}


# --- the report -------------------------------------------------------------------------------------------------------
@pytest.fixture
def company(time_machine):
    time_machine.move_to(clock.at(TODAY))
    department = DepartmentFactory()
    NightlyRun.objects.create(date=dt.date(2026, 3, 1), status="done", finished_at=clock.now())
    return SimpleNamespace(
        department=department,
        head=head_of(department, last_name="Headov"),
        anna=ManagerFactory(department=department, last_name="Annina"),
        boris=ManagerFactory(department=department, last_name="Borisov"),
        stranger=ManagerFactory(last_name="Strangers"),
        director=ManagerFactory(role=Role.DIRECTOR, department=None),
    )


def contact(manager, client, day, count=1):
    kind = EventKind.objects.get(code="call_out")
    for _ in range(count):
        Event.objects.create(
            client=client, kind=kind, status="done", occurred_at=clock.at(day), counted_on=day,
            responsible=manager, author=manager,
        )  # fmt: skip


def asked(reader, **query):
    return ComparisonFilter(query, request=SimpleNamespace(user=reader))


def built(reader, **query):
    return find("comparison").build(Ask(asked(reader, **query), "name"))


def lines(result):
    (table,) = result.tables
    return {str(line.name) or line.kind: line for line in table.all_lines}


MONTH = {"since": "2026-05-01", "until": "2026-05-29"}


@pytest.mark.django_db
def test_an_absence_is_no_laziness(company):
    client = held_client(company.anna)
    other = held_client(company.boris)
    contact(company.anna, client, dt.date(2026, 5, 5), 10)
    contact(company.boris, other, dt.date(2026, 5, 5), 20)
    Absence.objects.create(
        manager=company.anna, starts_on=dt.date(2026, 5, 11), ends_on=dt.date(2026, 5, 22), status="approved"
    )
    table = lines(built(company.head, **MONTH))
    anna, boris = (table[str(each)].cells for each in (company.anna, company.boris))
    assert boris["days"].value - anna["days"].value == 10
    assert anna["contacts"].value == pytest.approx(10 * 5 / anna["days"].value)
    assert anna["contacts"].value > boris["contacts"].value / 2


@pytest.mark.django_db
def test_days_to_come_are_not_held_against_anybody(company):
    contact(company.anna, held_client(company.anna, assigned_on=dt.date(2026, 5, 2)), dt.date(2026, 5, 6), 8)
    now, ahead = (
        {
            key: cell.value
            for key, cell in lines(built(company.head, since="2026-05-01", until=until))[
                str(company.anna)
            ].cells.items()
        }
        for until in ("2026-05-29", "2026-08-31")
    )
    assert now["contacts"]
    assert ahead == now
    assert asked(company.head, until="2027-08-31").days == Period(TODAY, TODAY)
    assert not asked(company.head, since="2026-05-30", until="2026-06-30").is_sound


@pytest.mark.django_db
def test_a_client_that_was_handed_over_counts_to_each_for_the_days_he_had_it(company):
    OwnershipPeriod.objects.all().delete()
    client = held_client(company.boris)
    OwnershipPeriod.objects.all().delete()
    days = [(company.anna, 1, 11, "reassigned"), (company.boris, 11, 21, "idle"), (company.anna, 25, None, "")]
    for manager, since, until, lost in days:
        OwnershipPeriod.objects.create(
            client=client, manager=manager, since=dt.date(2026, 5, since), gained="assigned", lost=lost,
            until=dt.date(2026, 5, until) if until else None,
        )  # fmt: skip
    scope = asked(company.director).asked_of_peers
    first_half, whole = Period(dt.date(2026, 5, 1), dt.date(2026, 5, 15)), MAY
    assert [
        {key: (each["held"], each["came"], each["went"], each["found"]) for key, each in found.items()}
        for found in holding(scope, [first_half, whole])
    ] == [
        {company.anna.pk: (10, 1, 1, 0), company.boris.pk: (5, 1, 0, 0)},
        {company.anna.pk: (17, 2, 1, 0), company.boris.pk: (10, 1, 1, 0)},
    ]


@pytest.mark.django_db
def test_a_head_is_shown_and_not_compared(company):
    for manager, count in ((company.anna, 20), (company.boris, 40), (company.head, 1)):
        contact(manager, held_client(manager), dt.date(2026, 5, 6), count)
    result = built(company.head, **MONTH)
    overview, detail = lines(result), lines(built(company.head, detail="contacts", **MONTH))
    assert str(overview[str(company.head)].note) == "leads others"
    days = overview[str(company.anna)].cells["days"].value
    assert overview["Median of all"].cells["contacts"].value == pytest.approx(30 * 5 / days)
    assert detail[str(company.head)].cells["place"].value is None
    assert detail[str(company.boris)].cells["place"].value == 1
    assert [str(remark.text) for remark in result.remarks] == []


@pytest.mark.django_db
def test_who_is_far_behind_is_named_unless_he_is_new(company):
    for manager, count in ((company.anna, 4), (company.boris, 40), (ManagerFactory(department=company.department), 40)):
        contact(manager, held_client(manager), dt.date(2026, 5, 6), count)
    (remark, *rest) = built(company.head, **MONTH).remarks
    assert str(company.anna) in str(remark.text)
    assert rest == []
    assert f"manager={company.anna.pk}" in remark.url
    Manager.objects.filter(pk=company.anna.pk).update(works_from=dt.date(2026, 4, 1))
    result = built(company.head, **MONTH)
    assert result.remarks == []
    assert "new" in str(lines(result)[str(company.anna)].note)


@pytest.mark.django_db
def test_one_manager_is_still_held_against_the_others(company):
    for manager, count in ((company.anna, 10), (company.boris, 40), (company.stranger, 90)):
        contact(manager, held_client(manager), dt.date(2026, 5, 6), count)
    of_head = built(company.head, manager=str(company.anna.pk), **MONTH)
    of_director = built(company.director, manager=str(company.anna.pk), **MONTH)
    medians = [lines(result)["Median of all"].cells["contacts"].value for result in (of_head, of_director)]
    days = lines(of_head)[str(company.anna)].cells["days"].value
    assert medians == [pytest.approx(25 * 5 / days), pytest.approx(40 * 5 / days)]
    assert str(company.boris) not in lines(of_head)
    assert lines(of_head)["total"].cells["contacts"].value == pytest.approx(10 * 5 / days)


@pytest.mark.django_db
def test_what_nobody_knows_of_a_year_ago_is_not_nought(company):
    contact(company.anna, held_client(company.anna, assigned_on=dt.date(2026, 5, 2)), dt.date(2026, 5, 6), 8)
    line = lines(built(company.head, detail="contacts", **MONTH))[str(company.anna)]
    assert line.cells["amount"].value == 8
    assert line.cells["year_ago"].value is line.cells["year_change"].value is None


@pytest.mark.django_db
def test_of_days_before_the_first_night_nobody_says_what_was_left_alone(company):
    client = held_client(company.anna, assigned_on=dt.date(2026, 1, 1))
    Detachment.objects.create(
        client=client, manager=company.anna, reason="idle", date=dt.date(2026, 5, 20), zone="red",
        assigned_on=dt.date(2026, 1, 1), clock_date=dt.date(2026, 1, 1),
    )  # fmt: skip

    def left_alone():
        result = built(company.head, detail="left_alone", **MONTH)
        return lines(result)[str(company.anna)].cells, [str(remark.text) for remark in result.remarks]

    NightlyRun.objects.all().delete()
    cells, remarks = left_alone()
    assert (cells["amount"].value, cells["left_alone"].value) == (1, None)
    assert remarks == ["Left alone, of 100 clients a month: no night has run yet."]
    night = NightlyRun.objects.create(date=dt.date(2026, 5, 2), status="done", finished_at=clock.now())
    _cells, (remark,) = left_alone()
    assert "since 2 May" in remark
    NightlyRun.objects.filter(pk=night.pk).update(date=dt.date(2026, 5, 1))
    cells, remarks = left_alone()
    assert cells["left_alone"].value == pytest.approx(100 * 30 / 29)
    assert cells["before"].value is None
    assert remarks == []


@pytest.mark.django_db
def test_a_course_is_drawn_of_equal_parts(company):
    client = held_client(company.anna)
    contact(company.anna, client, dt.date(2026, 5, 4), 3)
    contact(company.anna, client, dt.date(2026, 5, 6), 1)
    line = lines(built(company.head, detail="contacts", since="2026-05-04", until="2026-05-06"))[str(company.anna)]
    assert line.cells["trend"].spark == [15, 0, 5]


@pytest.mark.django_db
def test_the_page_keeps_what_was_chosen(client, company):
    contact(company.anna, held_client(company.anna), dt.date(2026, 5, 6), 8)
    client.force_login(company.head)
    page = client.get(reverse("report-comparison"), {"show": ["won", "cheque"], **MONTH})
    assert page.status_code == 200
    assert [column.key for column in page.context["result"].tables[0].columns][4:] == ["won", "cheque"]
    kept = f"?manager={company.anna.pk}&amp;since=2026-05-01&amp;until=2026-05-29&amp;show=won&amp;show=cheque"
    assert kept in page.content.decode()
    page = client.get(reverse("report-comparison"), {"detail": "attention", **MONTH})
    assert "detail=attention" in page.content.decode()


@pytest.mark.django_db
def test_a_head_reads_of_his_own_people_only(client, company):
    client.force_login(company.anna)
    assert client.get(reverse("report-comparison")).status_code == 403
    names = {line.name for line in built(company.head).tables[0].lines}
    assert str(company.stranger) not in names
    assert compare(asked(company.head)).numbers.keys().isdisjoint({company.stranger.pk})


@pytest.mark.django_db
@pytest.mark.parametrize("more", [0, 12])
@pytest.mark.parametrize(("query", "most"), [({}, 28), ({"detail": "cheque"}, 27)])
def test_its_queries_do_not_grow(company, more, query, most, django_assert_max_num_queries):
    for manager in [company.anna, *ManagerFactory.create_batch(more, department=company.department)]:
        contact(manager, held_client(manager), dt.date(2026, 5, 6), 2)
    with django_assert_max_num_queries(most):
        built(company.director, **query, **MONTH)
