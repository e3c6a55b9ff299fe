"""Who leaves when, on pages: the same as what the nights then do; what keeps each client, and what would save it."""

import datetime as dt
import random

import pytest
from django.urls import reverse

from clients.models import Absence, Client, Role, RuleSetting
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from crm import clock
from exchange import leaving_selectors, protections
from exchange.models import DetachHold, Detachment, LeavingWarning
from exchange.night import run_night
from interactions.models import EventStatus
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)
URL = "/exchange/leaving/"


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(clock.at(TODAY))


@pytest.fixture
def head():
    return head_of(DepartmentFactory(name="North"), first_name="Anna", last_name="Zueva")


@pytest.fixture
def seller(head):
    return ManagerFactory(department=head.department, first_name="Boris", last_name="Orlov")


def held(manager, detach_in, **kwargs):
    """A client whose dates say that it leaves in so many days."""
    return leaves_in(held_client(manager, assigned_on=TODAY - DAY * 150, **kwargs), detach_in)


def leaves_in(client, days):
    """The same client with other dates."""
    begun = client.clock_date
    dates = {"yellow_on": begun + DAY, "red_on": begun + DAY * 2, "detach_on": clock.today() + DAY * days}
    Client.objects.filter(pk=client.pk).update(**dates, zone="red")
    client.refresh_from_db()
    return client


def warned(client, *, days_ago=20, **kwargs):
    """Its manager was told long enough ago: warnings keep it no more."""
    return LeavingWarning.objects.create(
        client=client, manager=client.manager, clock_date=client.clock_date, leaves_on=client.detach_on,
        warned_on=clock.today() - DAY * days_ago, **{"level": 14, **kwargs},
    )  # fmt: skip


def plan(client, days, **kwargs):
    return event(client, status=EventStatus.PLANNED, occurred_at=clock.at(clock.today() + DAY * days), **kwargs)


def rows(response):
    return [row for _manager, group in response.context["groups"] for row in group]


def names(response):
    return [row.client.name for row in rows(response)]


def look(client, user, **query):
    client.force_login(user)
    response = client.get(URL, query)
    assert response.status_code == 200
    return response


# --- the numbers agree ------------------------------------------------------------------------------------------------
def settle() -> None:
    """The first night finds nobody due: the next ones need not ask."""
    run_night(clock.today())


def random_base(chance: random.Random, head, number: int = 24) -> None:
    """Clients about to leave, with everything that may keep them."""
    people = [ManagerFactory(department=head.department) for _ in range(3)]
    today = clock.today()
    for _ in range(number):
        client = held(chance.choice(people), 1)
        if chance.random() < 0.2:
            process(client, now=clock.at(today - DAY * chance.randint(10, 70)))
            client.refresh_from_db()  # a step of a sale is a contact: a new stretch
        leaves_in(client, chance.randint(-5, 40))
        if chance.random() < 0.6:
            warned(client, days_ago=chance.randint(0, 20))
        for _ in range(chance.choice([0, 0, 0, 1, 2, 3])):
            plan(client, chance.randint(0, 70))
        if chance.random() < 0.2:
            until = today + DAY * chance.randint(1, 40)
            protections.protect(client_id=client.pk, until=until, reason="Tender", by=head)
        if chance.random() < 0.1:
            until = today + DAY * chance.randint(1, 60)
            protections.enter_contract(client_id=client.pk, until=until, reason="No. 1", by=head)
        if chance.random() < 0.1:
            begins = today - DAY * chance.randint(0, 5)
            DetachHold.objects.create(
                client=client, manager=client.manager, clock_date=client.clock_date, kind="undo", since=begins,
                until=begins + DAY * 7,
            )  # fmt: skip


def expectations(viewer) -> dict[int, dt.date]:
    found = leaving_selectors.preview(leaving_selectors.previewed_by(viewer), today=clock.today())
    return {row.client.pk: row.on for row in found.rows}


@pytest.mark.parametrize("seed", range(3))
def test_the_nights_take_exactly_whom_the_day_before_expected(seed, head, time_machine):
    chance = random.Random(seed)
    if seed == 2:
        RuleSetting.objects.create(key="warn.age_days", is_on=False, value=14)
    settle()
    random_base(chance, head)
    # Whoever was expected on a day is taken on that very day, if nobody acts: told 30 days before.
    promised = expectations(head)
    taken: dict[int, dt.date] = {}
    for number in range(40):
        tomorrow = TODAY + DAY * (number + 1)
        expected = {pk for pk, on in expectations(head).items() if on <= tomorrow}
        time_machine.move_to(clock.at(tomorrow, 1))
        run = run_night(tomorrow)
        left = set(Detachment.objects.filter(run=run).values_list("client", flat=True))
        assert left == expected, (seed, tomorrow)
        taken |= dict.fromkeys(left, tomorrow)
        time_machine.move_to(clock.at(tomorrow, 12))
    assert {pk: taken.get(pk) for pk in promised} == promised
    assert len(taken) > 10
    assert len(set(taken.values())) > 5


# --- the page ---------------------------------------------------------------------------------------------------------
def test_the_tabs_count_by_the_expected_day(client, head, seller):
    for name, days in (("Tonight", 1), ("Soon", 5), ("Later", 20), ("Far", 40)):
        warned(held(seller, days, name=name))
    page = look(client, seller, period="tomorrow")
    assert names(page) == ["Tonight"]
    assert [count for _url, _words, count, _current in page.context["tabs"]] == [1, 2, 3]
    assert names(look(client, seller)) == ["Tonight", "Soon"]
    assert names(look(client, seller, period="month")) == ["Tonight", "Soon", "Later"]
    assert names(look(client, seller, period="nonsense", page="x")) == ["Tonight", "Soon"]


def test_a_kept_client_stands_on_the_day_after_its_hold_ends_with_what_keeps_it(client, head, seller):
    kept, free = held(seller, -3, name="Kept"), held(seller, 6, name="Free")
    warned(kept), warned(free)
    plan(kept, 9)
    assert names(look(client, seller)) == ["Free"]
    page = look(client, seller, period="month")
    assert names(page) == ["Free", "Kept"]
    assert [row.outlook.on for row in rows(page)] == [TODAY + DAY * 6, TODAY + DAY * 10]
    assert "The contact planned for 22 May holds it until then: 1 of 2 in a row." in page.content.decode()


def test_who_was_not_warned_is_kept_by_that(client, head, seller):
    held(seller, -3, name="Unwarned")
    [row] = rows(look(client, seller, period="month"))
    assert row.outlook.on == TODAY + DAY * 15
    assert [keeper.kind for keeper in row.outlook.keepers] == ["warning"]
    assert row.warning is None


def test_who_was_warned_when(client, head, seller):
    told = held(seller, 3, name="Told")
    warned(told, days_ago=20)
    last = warned(told, days_ago=19, level=7, head=head)
    LeavingWarning.objects.create(
        client=told, manager=head, clock_date=told.clock_date, leaves_on=told.detach_on, level=1, warned_on=TODAY
    )  # of another manager's time
    [row] = rows(look(client, seller))
    assert row.warning == last
    assert "with the head" in look(client, seller).content.decode()


def test_what_would_save_it(client, head, seller):
    free, spent = held(seller, 3, name="Free"), held(seller, 4, name="Spent")
    for each in (free, spent):
        warned(each)
    for number in range(2):
        DetachHold.objects.create(
            client=spent, manager=seller, clock_date=spent.clock_date, kind="plan", source=f"event:{number}",
            since=TODAY - DAY * 9, until=TODAY - DAY * number,
        )  # fmt: skip
    page = look(client, seller).content.decode()
    planning = reverse("event-create") + "?client={}&amp;status=planned"
    assert reverse("contact-register", args=[free.pk]) in page
    assert planning.format(free.pk) in page
    assert planning.format(spent.pk) not in page
    assert "plans are used up" in page
    assert reverse("protection-create", args=[free.pk]) not in page
    assert reverse("protection-create", args=[free.pk]) in look(client, head).content.decode()
    RuleSetting.objects.create(key="hold.plan_days", is_on=False, value=60)
    page = look(client, seller).content.decode()
    assert planning.format(free.pk) not in page
    assert "plans are used up" not in page


def test_everybody_is_shown_whom_he_answers_for(client, head, seller):
    absent = ManagerFactory(department=DepartmentFactory())
    Absence.objects.create(manager=absent, deputy=seller, starts_on=TODAY, ends_on=TODAY)
    director = ManagerFactory(role=Role.DIRECTOR)
    for manager, name in ((seller, "Mine"), (absent, "Deputised"), (head, "Head's")):
        warned(held(manager, 3, name=name))
    assert set(names(look(client, seller))) == {"Mine", "Deputised"}
    assert set(names(look(client, head))) == {"Mine", "Head's"}
    assert set(names(look(client, director))) == {"Mine", "Deputised", "Head's"}
    assert names(look(client, ManagerFactory())) == []
    # A filter never widens what one may see.
    assert names(look(client, head, manager=absent.pk)) == []
    assert names(look(client, seller, department=absent.department_id)) == ["Mine", "Deputised"]
    assert names(look(client, director, department=absent.department_id)) == ["Deputised"]
    assert names(look(client, director, manager=seller.pk)) == ["Mine"]
    assert names(look(client, director, q="head")) == ["Head's"]


def test_a_head_reads_by_manager_and_may_read_by_day(client, head, seller):
    for manager, days, name in ((head, 2, "A"), (seller, 3, "B"), (head, 5, "C"), (seller, 6, "D")):
        warned(held(manager, days, name=name))
    page = look(client, head)
    assert [manager for manager, _rows in page.context["groups"]] == [seller, head]
    assert names(page) == ["B", "D", "A", "C"]
    assert names(look(client, head, by="day")) == ["A", "B", "C", "D"]


def test_pages_are_stable_and_the_whole_tab_is_exported(client, head, seller):
    for number in range(60):
        warned(held(seller, 3, name=f"Client {number:02}"))
    first, second = look(client, seller), look(client, seller, page=2)
    assert len(rows(first)) == 50
    assert sorted(names(first) + names(second)) == [f"Client {number:02}" for number in range(60)]
    assert names(look(client, seller, page=99)) == names(second)
    assert "Export" not in first.content.decode()
    assert client.get(reverse("exchange-leaving-csv"), {"period": "week"}).status_code == 403
    seller.may_export = True
    seller.save()
    assert "Export" in look(client, seller).content.decode()
    answer = client.get(reverse("exchange-leaving-csv"), {"period": "week"})
    lines = b"".join(answer.streaming_content).decode().strip().splitlines()
    assert len(lines) == 61
    assert "2026-05-16" in lines[1]


def test_the_number_of_queries_does_not_grow_with_the_rows(client, head, seller, django_assert_max_num_queries):
    def fill(number):
        for _ in range(number):
            each = held(seller, 3)
            warned(each)
            plan(each, 5)

    fill(2)
    look(client, head)
    with django_assert_max_num_queries(30) as few:
        client.get(URL, {"period": "month"})
    fill(20)
    with django_assert_max_num_queries(len(few)):
        client.get(URL, {"period": "month"})


def test_the_board_and_the_preview_lead_to_each_other(client, seller):
    client.force_login(seller)
    assert URL in client.get("/exchange/").content.decode()
    assert 'href="/exchange/"' in client.get(URL).content.decode()


# --- lists ------------------------------------------------------------------------------------------------------------
def test_lists_say_the_expected_day_and_what_keeps_the_client(client, head, seller):
    kept = held(seller, 3, name="Kept")
    warned(kept)
    protections.protect(client_id=kept.pk, until=TODAY + DAY * 44, reason="Tender", by=head)
    client.force_login(seller)
    page = client.get("/clients/").content.decode()
    assert "leaves in 45 days" in page
    assert "leaves in 3 days" not in page
    assert "Protected by the head until 26 Jun: Tender" in page
    assert "bi-shield" in page
    client.force_login(head)
    light = client.get(reverse("report-traffic-light-rows")).content.decode()
    assert "leaves in 45 days" in light


def test_a_client_that_is_nobodys_concern_yet_costs_no_query(client, seller, django_assert_max_num_queries):
    held_client(seller)
    client.force_login(seller)
    with django_assert_max_num_queries(30) as calm:
        client.get("/clients/")
    held(seller, 3)
    with django_assert_max_num_queries(len(calm) + 2):
        client.get("/clients/")


def test_who_plans_a_contact_reads_until_when_it_keeps_the_client(client, seller):
    from interactions.tests.factories import kind

    near, far = held(seller, 3), held(seller, 50)
    client.force_login(seller)
    for each, told in ((near, True), (far, False)):
        warned(each)
        data = {"kind": kind().pk, "status": "planned", "subject": "Call", "occurred_at": "2026-06-01T12:00"}
        data |= {"responsible": seller.pk, "rows-TOTAL_FORMS": 0, "rows-INITIAL_FORMS": 0}
        data |= {"agreements-TOTAL_FORMS": 0, "agreements-INITIAL_FORMS": 0}
        url = reverse("event-create") + f"?client={each.pk}&status=planned"
        page = client.post(url, data, follow=True)
        assert page.status_code == 200
        words = "The contact planned for 1 Jun holds it until then: 1 of 2 in a row."
        toasts = [str(message) for message in page.context["messages"]] if page.context.get("messages") else []
        assert (words in toasts) is told, toasts
