"""Contact frequency: who keeps the regulations. The arithmetic itself is tested with the pure rules; here it is the
database's, held against them and against the naive way."""

import datetime as dt
import io
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.http import QueryDict
from django.urls import reverse

from clients.models import Absence, Client, Department, Holiday, Manager, OwnershipPeriod, Role
from clients.services import reassign
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from interactions.due_contacts import due_contacts
from interactions.models import EventKind, Regulation
from interactions.tests.factories import event, kind
from reports.contact_frequency import selectors
from reports.contact_frequency.figures import FIGURES
from reports.contact_frequency.report import ContactFrequency
from reports.frame.report import Ask
from reports.tests import test_second_way as second_way
from reports.tests.naive import contact_frequency as naive
from reports.tests.test_drill_down import behind, numbers

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def director():
    return ManagerFactory(role=Role.DIRECTOR)


def regulate(**values):
    return Regulation.objects.create(
        **{"since": clock.today() - 400 * DAY, "times": 1, "per": "month", "category": ""} | values
    )


def ask(reader, query=""):
    filterset = ContactFrequency.filterset_class(QueryDict(query) or None, request=SimpleNamespace(user=reader))
    return Ask(filterset)


def counted(reader, query=""):
    """The figures of the whole."""
    scope = ask(reader, query).scope
    return {key: figure.of(scope).count() for key, figure in FIGURES.items()}


def long_held(days=200, manager=None, **values):
    return held_client(manager, assigned_on=clock.today() - days * DAY, **values)


def contact(client, days_ago, code="call_out", by=None):
    return event(client, by=by, code=code, now=clock.now() - days_ago * DAY)


class TestWhoIsAsked:
    def test_kept_and_missed(self, director):
        regulate()
        kept, missed = long_held(), long_held()
        for days_ago in (10, 40, 70):
            contact(kept, days_ago)
        contact(missed, 10)
        assert counted(director) == {"asked": 2, "kept": 1, "missed": 1, "ruled": 2, "late": 0, "soon": 0}

    def test_of_the_kind_asked_for_only(self, director):
        regulate(kind=kind("meeting"), per="quarter")
        client = long_held()
        contact(client, 10)
        assert counted(director)["missed"] == 1
        contact(client, 9, "meeting")
        assert counted(director)["kept"] == 1

    def test_what_is_no_contact_does_not_meet_it(self, director):
        regulate(per="quarter")
        contact(long_held(), 10, "call_failed")
        assert counted(director)["missed"] == 1

    def test_not_before_it_ruled(self, director):
        regulate(since=clock.today() - 10 * DAY)
        long_held()
        found = counted(director)
        assert (found["asked"], found["ruled"]) == (0, 1)

    def test_not_who_got_the_client_lately(self, director):
        regulate()
        long_held(10)
        assert counted(director)["asked"] == 0

    def test_not_what_is_asked_of_nobody(self, director):
        regulate()
        department = DepartmentFactory()
        regulate(department=department, times=0)
        long_held(manager=ManagerFactory(department=department))
        assert set(counted(director).values()) == {0}

    def test_the_nearest_department_s(self, director):
        above = DepartmentFactory()
        below = DepartmentFactory(parent=above)
        regulate(department=above, times=9, per="week")
        regulate(department=below, times=1, per="quarter")
        client = long_held(manager=ManagerFactory(department=below))
        contact(client, 10)
        assert counted(director)["kept"] == 1

    def test_each_manager_answers_for_his_own_days_and_contacts(self, director):
        regulate()
        client = long_held()
        first = client.manager
        for days_ago in (80, 50):
            contact(client, days_ago)
        second = ManagerFactory(department=first.department)
        reassign(client_id=client.pk, manager=second, by=director, today=clock.today() - 35 * DAY)
        one, other = (ask(director, f"manager={manager.pk}").scope for manager in (first, second))
        assert FIGURES["kept"].of(one).count() == 1
        assert FIGURES["missed"].of(other).count() == 1

    def test_absences_and_long_rows_of_holidays_do_not_ask(self, director):
        regulate(per="month")
        client, today = long_held(), clock.today()
        contact(client, 5)
        assert counted(director, "period=30")["kept"] == counted(director, "period=90")["missed"] == 1
        Absence.objects.create(manager=client.manager, starts_on=today - 70 * DAY, ends_on=today - 40 * DAY)
        for number in range(44, 60):  # the first of them while he is away: they count once
            Holiday.objects.create(date=today - number * DAY, name="Long")
        assert counted(director)["missed"] == 1
        for number in range(20, 41):
            Holiday.objects.create(date=today - number * DAY, name="Longer")
        assert counted(director)["kept"] == 1


class TestWhoIsDue:
    @pytest.mark.parametrize(
        ("days_ago", "late", "soon"), [(31, 1, 0), (30, 0, 1), (23, 0, 1), (22, 0, 0)]
    )  # a month is 30 days: due on the thirtieth
    def test_by_the_last_contact(self, director, days_ago, late, soon):
        regulate()
        contact(long_held(), days_ago)
        found = counted(director)
        assert (found["late"], found["soon"]) == (late, soon)

    def test_the_list_of_who_is_late_says_what_the_card_says(self, director):
        regulate(category="A", kind=kind("meeting"), per="quarter")
        regulate()
        clients = [long_held(category="A"), long_held(60), long_held(20)]
        contact(clients[0], 3)
        contact(clients[0], 120, "meeting")
        table = next(table for table in ContactFrequency().build(ask(director)).tables if table.key == "late")
        due = due_contacts(Client.objects.filter(pk__in=[client.pk for client in clients]), clock.today())
        assert {int(line.key): line.cells["due"].value for line in table.lines} == {
            client.pk: due[client.pk][0].due_on for client in clients[:2]
        }

    def test_of_a_large_company_as_a_whole_nobody_is_named_and_nothing_judged(self, director, monkeypatch):
        monkeypatch.setattr(selectors, "MOST_LOOKED_AT", 0)
        regulate()
        long_held()
        result = ContactFrequency().build(ask(director))
        table = next(table for table in result.tables if table.key == "late")
        assert (list(table.lines), counted(director)["late"]) == ([], 1)
        assert table.empty == "Choose a department or a manager."
        assert {result.tables[0].total.cells[key].value for key in ("asked", "kept", "missed", "share")} == {None}

    @pytest.mark.parametrize("shift", range(12))
    def test_the_database_and_the_rule_agree_over_days_off(self, director, shift):
        today = clock.today()
        regulate()
        client = long_held(40 - shift)
        Absence.objects.create(
            manager=client.manager, starts_on=today - (30 - shift) * DAY, ends_on=today + (shift - 8) * DAY
        )
        for number in (5, 6, 7, 9, 10, 11):
            Holiday.objects.create(date=today - number * DAY, name="Long")
        day = due_contacts([client], today)[client.pk][0].due_on
        found = counted(director)
        assert (found["late"], found["soon"]) == (day < today, today <= day <= today + 7 * DAY)


class TestWhoReads:
    def test_a_salesperson_his_own_a_head_his_departments(self, director):
        regulate()
        head = head_of(DepartmentFactory())
        seller = ManagerFactory(department=head.department)
        for manager in (seller, seller, ManagerFactory(department=head.department), ManagerFactory()):
            long_held(manager=manager)
        assert [counted(reader)["missed"] for reader in (seller, head, director)] == [2, 3, 4]

    def test_a_row_says_what_was_asked_and_made(self, director):
        regulate(times=3, per="quarter")
        contact(long_held(), 10)
        page = browser(director).get(reverse("report-contact-frequency-rows"), {"what": "missed"})
        assert "Any contact: 1 of 3" in page.content.decode()

    def test_without_regulations_it_says_where_they_are_set(self, director):
        page = browser(director).get(reverse("report-contact-frequency")).content.decode()
        assert reverse("regulation-list") in page


def test_in_the_demo_company_the_naive_way_agrees_and_each_number_leads_to_its_rows(subtests):
    call_command("seed_demo", clients=40, stdout=io.StringIO())
    today = clock.today()
    part = Department.objects.filter(parent__isnull=False).first()
    calls, meetings = EventKind.objects.get(code="call_out"), EventKind.objects.get(code="meeting")
    regulate(since=today - 300 * DAY, per="quarter")
    regulate(since=today - 40 * DAY)
    regulate(since=today - 300 * DAY, category="A", kind=calls)
    regulate(since=today - 250 * DAY, category="A", kind=meetings, per="quarter")
    regulate(since=today - 100 * DAY, department=part, category="B", times=2)
    regulate(since=today - 30 * DAY, department=part, category="B", times=None)
    regulate(since=today - 100 * DAY, department=part.parent, category="C", times=0)
    report, read = ContactFrequency(), {}
    days = (today - 200 * DAY, today - 20 * DAY)
    for reader, query in second_way.questions(report, naive, days):
        with subtests.test(reader=reader.username, query=str(query)):
            assert not list(second_way.differences(report, naive, reader, query, read))
    for reader in Manager.objects.filter(username__in=["head", "seller", "director"]):
        asked = ask(reader)
        found = list(numbers(report.build(asked), asked.filterset.scope))
        with subtests.test(reader=reader.username, numbers=len(found)):
            wrong = [each for each in found if behind(report, reader, each.query) != each.value]
            assert not wrong
    assert OwnershipPeriod.objects.exists()
    assert Client.objects.held().exists()
