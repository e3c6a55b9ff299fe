"""Regulations of contact: who sets them, what stays as it was, the page and the client card."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from clients.models import Absence, Role
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from crm.web.errors import DomainError
from interactions.due_contacts import due_contacts
from interactions.models import Regulation
from interactions.regulations import regulation_book, set_regulation, withdraw_regulation
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def head():
    return head_of(DepartmentFactory())


@pytest.fixture
def director():
    return ManagerFactory(role=Role.DIRECTOR)


def regulate(by, **values):
    facts = {"department": None, "category": "", "kind": None, "since": clock.today(), "times": 1, "per": "month"}
    return set_regulation(by=by, **facts | values)


def stored(**values):
    return Regulation.objects.create(**{"since": clock.today() - 100 * DAY, "times": 1, "per": "month"} | values)


class TestSetting:
    def test_a_head_for_his_departments_and_those_below_them(self, head):
        below = DepartmentFactory(parent=head.department)
        assert regulate(head, department=head.department).set_by == head
        assert regulate(head, department=below).times == 1

    @pytest.mark.parametrize("whose", ["another", "company"])
    def test_a_head_for_no_others(self, head, whose):
        with pytest.raises(DomainError, match="departments you head"):
            regulate(head, department=DepartmentFactory() if whose == "another" else None)

    def test_a_salesperson_for_none(self):
        seller = ManagerFactory()
        with pytest.raises(DomainError):
            regulate(seller, department=seller.department)

    def test_only_an_administrator_in_the_past(self, director):
        with pytest.raises(DomainError, match="stays as it was"):
            regulate(director, since=clock.today() - DAY)
        admin = ManagerFactory(is_staff=True)
        assert regulate(admin, since=clock.today() - DAY).since == clock.today() - DAY

    def test_what_ruled_is_never_rewritten_not_even_by_an_administrator(self):
        old = stored()
        with pytest.raises(ValidationError, match="from this day"):
            regulate(ManagerFactory(is_staff=True), since=old.since, times=9)
        old.refresh_from_db()
        assert old.times == 1

    def test_a_later_row_takes_its_place_and_leaves_it(self, director):
        old = stored()
        regulate(director, times=4)
        book = regulation_book()
        assert [each.times for each in book.in_force(None, clock.today())] == [4]
        assert [each.times for each in book.in_force(None, clock.today() - DAY)] == [1]
        assert Regulation.objects.filter(pk=old.pk, times=1).exists()

    def test_what_was_set_today_is_replaced_today(self, director):
        regulate(director, times=4)
        regulate(director, times=5)
        assert [row.times for row in Regulation.objects.all()] == [5]
        assert [row.times for row in Regulation.history.order_by("history_id")] == [4, 5]
        assert Regulation.history.first().history_user == director

    def test_one_ends_only_what_is_there(self, director):
        with pytest.raises(DomainError, match="nothing to be ended"):
            regulate(director, times=None)
        stored()
        regulate(director, times=None)
        assert regulation_book().in_force(None, clock.today()) == ()

    def test_only_a_kind_that_is_a_contact_can_be_asked_for(self, director):
        with pytest.raises(ValidationError, match="counts as a contact"):
            regulate(director, kind=kind("call_failed"))


class TestWithdrawing:
    def test_before_it_ruled_a_day(self, director):
        withdraw_regulation(regulate(director, since=clock.today() + DAY), by=director)
        assert not Regulation.objects.exists()
        assert Regulation.history.first().history_user == director

    def test_what_rules_stays(self, director):
        with pytest.raises(DomainError, match="rules already"):
            withdraw_regulation(stored(), by=director)

    def test_not_another_department_s(self, head, director):
        row = regulate(director, since=clock.today() + DAY)
        with pytest.raises(DomainError):
            withdraw_regulation(row, by=head)


class TestDue:
    def due(self, client):
        return due_contacts([client], clock.today()).get(client.pk, [])

    def test_each_kind_by_itself_the_earliest_first(self):
        today = clock.today()
        client = held_client(category="A", assigned_on=today - 60 * DAY)
        stored(category="A", kind=kind("call_out"))
        stored(category="A", kind=kind("meeting"), per="quarter")
        stored(category="B", times=9)
        event(client, code="call_out", occurred_at=clock.now() - DAY)
        client.refresh_from_db()
        found = self.due(client)
        assert [(each.kind.code, each.due_on) for each in found] == [
            ("call_out", today - DAY + 30 * DAY),
            ("meeting", today - 60 * DAY + 91 * DAY),
        ]
        assert [each.last_on for each in found] == [today - DAY, None]

    def test_an_absence_of_the_manager_puts_it_off(self):
        today = clock.today()
        client = held_client(assigned_on=today)
        stored()
        Absence.objects.create(manager=client.manager, starts_on=today + DAY, ends_on=today + 10 * DAY)
        assert self.due(client)[0].due_on == today + 40 * DAY

    def test_nothing_of_a_client_nobody_holds(self):
        stored()
        client = held_client()
        client.manager = None
        assert self.due(client) == []

    def test_nothing_regulated_costs_one_query(self, django_assert_num_queries):
        client = held_client()
        with django_assert_num_queries(1):
            assert self.due(client) == []

    def test_the_card_says_it(self):
        stored()
        client = held_client(assigned_on=clock.today() - 50 * DAY)
        page = browser(client.manager).get(client.get_absolute_url()).content.decode()
        assert 'id="regulation"' in page
        assert "was due" in page


class TestPages:
    def test_what_rules_what_will_and_what_did(self, head):
        stored(department=head.department, times=7)
        regulate(head, department=head.department, times=2)
        regulate(head, department=head.department, times=3, since=clock.today() + 9 * DAY)
        page = browser(head).get(reverse("regulation-list")).content.decode()
        assert [words in page for words in ("7 times", "2 times", "3 times", "Withdraw")] == [True] * 4
        seller = browser(ManagerFactory()).get(reverse("regulation-list")).content.decode()
        assert "Withdraw" not in seller
        assert str(head) not in seller

    def test_what_of_the_past_was_set_right(self, head):
        stored(department=head.department, times=7)
        admin = ManagerFactory(is_staff=True, last_name="Corrector")
        page = reverse("regulation-list")
        assert "Corrections" not in browser(head).get(page).content.decode()
        regulate(admin, department=head.department, times=5, since=clock.today() - 9 * DAY)
        regulate(head, department=head.department, kind=kind("meeting"))  # of today: no correction
        shown = browser(head).get(page).content.decode()
        assert shown.count("Corrections of the past") == 1
        assert "set to 5 times a month" in shown
        assert "Corrector" not in browser(ManagerFactory()).get(page).content.decode()

    def test_it_is_set_on_the_page(self, head):
        data = {"department": head.department.pk, "kind": kind("meeting").pk, "times": 1, "per": "quarter"}
        data["since"] = clock.today().isoformat()
        answer = browser(head).post(reverse("regulation-create"), data)
        assert answer.status_code == 302
        assert str(Regulation.objects.get()).endswith("Meeting: 1 time a quarter")

    def test_what_is_refused_stands_at_its_field(self, head):
        data = {"department": head.department.pk, "times": 1, "per": "quarter"}
        data["since"] = (clock.today() - DAY).isoformat()
        answer = browser(head).post(reverse("regulation-create"), data)
        assert answer.status_code == 422
        assert "stays as it was" in answer.content.decode()

    @pytest.mark.parametrize("like", ["x", "0", "9" * 30])
    def test_nonsense_is_no_error(self, head, like):
        answer = browser(head).get(reverse("regulation-create"), {"like": like})
        assert answer.status_code in (200, 404)

    def test_a_form_like_another_row(self, head):
        row = stored(department=head.department, category="A", times=5)
        page = browser(head).get(reverse("regulation-create"), {"like": row.pk}).content.decode()
        assert 'value="5"' in page
