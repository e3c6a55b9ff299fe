"""Looking at the contacts of a client nobody holds: who may, how often, what is written down, who reads it."""

import csv
import datetime as dt
import io

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients import contact_privacy
from clients.contact_privacy import hidden_contacts
from clients.models import ContactPoint, RuleSetting
from clients.selectors import known_client
from clients.tests.crowd import Crowd
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from crm.web.errors import DomainError
from exchange.claim_rulebook import VIEWS_DAILY
from exchange.contact_views import NoLooksLeft, allowance, look, may_see_contacts, shown_today
from exchange.models import ContactView

pytestmark = pytest.mark.django_db
PHONE, EMAIL = "+79161112233", "buyer@volga.example"
DAY = dt.timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def department():
    return DepartmentFactory()


@pytest.fixture
def seller(department):
    return ManagerFactory(department=department)


@pytest.fixture
def head(department):
    return head_of(department)


def waiting(**kwargs):
    client = exchange_client(since=clock.now() - 3 * DAY, **kwargs)
    ContactPointFactory(client=client, value=PHONE)
    person = ContactPersonFactory(client=client)
    ContactPointFactory(client=client, person=person, value=EMAIL, kind="email")
    return client


def limit(number):
    RuleSetting.objects.create(key=VIEWS_DAILY, is_on=True, value=number)


def rows():
    return set(ContactView.objects.values_list("manager", "client", "date"))


# --- the verb ---------------------------------------------------------------------------------------------------------
def test_a_look_is_written_down_once_a_day_and_shows_for_the_rest_of_it(seller, time_machine):
    client, today = waiting(), clock.today()
    time_machine.move_to(clock.at(today, 9), tick=False)
    assert not may_see_contacts(client, seller)
    first = look(client_id=client.pk, by=seller)
    assert (first.viewed_at, first.date) == (clock.now(), today)
    time_machine.move_to(clock.at(today, 23, 59))
    assert look(client_id=client.pk, by=seller) == first
    assert rows() == {(seller.pk, client.pk, today)}
    assert may_see_contacts(client, seller)
    assert shown_today(seller, [client.pk, 0]) == {client.pk}
    time_machine.move_to(clock.at(today + DAY, 0, 0))
    assert not may_see_contacts(client, seller)
    look(client_id=client.pk, by=seller)
    assert len(rows()) == 2


def test_a_look_is_ones_own(seller):
    client, other = waiting(), ManagerFactory()
    look(client_id=client.pk, by=seller)
    assert not may_see_contacts(client, other)
    assert hidden_contacts([client], other) == {client.pk}
    assert hidden_contacts([client], seller) == set()


@pytest.mark.parametrize("make", [held_client, lambda by: UnassignedClientFactory()])
def test_what_is_not_on_the_exchange_is_not_hidden_and_not_written_down(seller, make):
    client = make(seller)
    assert may_see_contacts(client, seller)
    assert hidden_contacts([client], ManagerFactory()) == set()
    assert look(client_id=client.pk, by=seller) is None
    assert look(client_id=987654, by=seller) is None
    assert not rows()


def test_the_archived_are_hidden_too(seller):
    client = waiting()
    client.archived_at = clock.now()
    client.save()
    assert hidden_contacts([client], seller) == {client.pk}
    look(client_id=client.pk, by=seller)
    assert may_see_contacts(client, seller)


@pytest.mark.parametrize("role", ["head", "director", "admin"])
def test_heads_and_above_ask_too_and_are_not_limited(role, head):
    limit(1)
    person = {
        "head": lambda: head,
        "director": lambda: ManagerFactory(role="director"),
        "admin": lambda: ManagerFactory(is_staff=True),
    }[role]()
    clients = [waiting() for _ in range(3)]
    assert hidden_contacts(clients, person) == {client.pk for client in clients}
    for client in clients:
        look(client_id=client.pk, by=person)
    assert len(rows()) == 3
    assert allowance(person) is None


def test_the_limit_counts_clients_of_today(seller, time_machine):
    limit(2)
    today = clock.today()
    time_machine.move_to(clock.at(today, 9))
    first, second, third = (waiting() for _ in range(3))
    look(client_id=first.pk, by=seller)
    assert allowance(seller).left == 1
    look(client_id=first.pk, by=seller)
    look(client_id=second.pk, by=seller)
    with pytest.raises(NoLooksLeft, match=r"2 clients of the exchange a day\. Tomorrow you can again"):
        look(client_id=third.pk, by=seller)
    assert look(client_id=first.pk, by=seller), "what was shown stays shown"
    assert look(client_id=third.pk, by=ManagerFactory()), "the limit is each one's own"
    assert not may_see_contacts(third, seller)
    time_machine.move_to(clock.at(today + DAY, 0, 1))
    assert look(client_id=third.pk, by=seller)


def test_no_limit_where_nobody_switched_it_on(seller):
    assert allowance(seller) is None
    for _ in range(3):
        look(client_id=waiting().pk, by=seller)
    limit(1)
    assert allowance(seller).left == 0
    RuleSetting.objects.update(is_on=False)
    assert allowance(seller) is None


def test_hidden_contacts_asks_nothing_about_held_clients(seller, django_assert_num_queries):
    mine, theirs = held_client(seller), [waiting(), waiting()]
    with django_assert_num_queries(0):
        assert hidden_contacts([mine], seller) == set()
        assert may_see_contacts(mine, seller)
    with django_assert_num_queries(1):
        assert hidden_contacts([mine, *theirs], seller) == {client.pk for client in theirs}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_looks_at_once_are_one(seller):
    client = waiting()
    with Crowd(10) as crowd:
        answers = crowd.all_at_once([lambda: look(client_id=client.pk, by=seller)] * 10)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert len(rows()) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_limit_cannot_be_raced(seller):
    limit(3)
    clients = [waiting() for _ in range(10)]
    with Crowd(10) as crowd:
        answers = crowd.all_at_once([lambda pk=client.pk: look(client_id=pk, by=seller) for client in clients])
    assert len([answer for answer in answers if isinstance(answer, NoLooksLeft)]) == 7
    assert not [each for each in answers if isinstance(each, Exception) and not isinstance(each, DomainError)]
    assert len(rows()) == 3


# --- the card ---------------------------------------------------------------------------------------------------------
def card(client, of):
    return client.get(reverse("client-detail", args=[of.pk])).content.decode()


def ask(client, of, **kwargs):
    return client.post(reverse("contact-view", args=[of.pk]), **kwargs)


def test_the_card_says_how_many_there_are_and_shows_them_after_the_click(client, seller):
    of = waiting()
    client.force_login(seller)
    before = card(client, of)
    assert "916 111-22-33" not in before
    assert EMAIL not in before
    assert "tel:" not in before
    assert "1 phone, 1 e-mail address" in before
    assert "Show contacts" in before
    answer = ask(client, of)
    assert answer.status_code == 302
    assert answer["Location"] == of.get_absolute_url()
    after = card(client, of)
    assert "916 111-22-33" in after
    assert EMAIL in after
    assert f"tel:{PHONE}" in after
    assert "Show contacts" not in after
    assert "written down" in after, "the toast"


def test_with_htmx_the_boxes_are_swapped_in_place(client, seller):
    of = waiting()
    client.force_login(seller)
    answer = ask(client, of, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert '<div id="card-people"' in text
    assert 'id="card-call" class="cl-contents" hx-swap-oob="true"' in text
    assert "916 111-22-33" in text
    assert EMAIL in text
    assert "<html" not in text


def test_a_refusal_says_the_limit_and_shows_nothing(client, seller):
    limit(1)
    first, second = waiting(), waiting()
    client.force_login(seller)
    assert "Today you can look at 1 more client." in card(client, first)
    ask(client, first)
    assert "You can look at the contacts of 1 client of the exchange a day" in card(client, second)
    assert "Show contacts" not in card(client, second)
    for headers in ({}, HTMX):
        answer = ask(client, second, headers=headers)
        assert answer.status_code == (422 if headers else 302)
    assert "916 111-22-33" not in card(client, second)
    assert ContactView.objects.count() == 1


def test_a_client_without_contacts_has_nothing_to_show(client, seller):
    client.force_login(seller)
    assert "Show contacts" not in card(client, exchange_client())


def test_a_client_that_was_claimed_meanwhile_is_a_colleagues(client, seller):
    theirs, mine = held_client(ManagerFactory()), held_client(seller)
    client.force_login(seller)
    assert ask(client, theirs).status_code == 403
    assert ask(client, mine).status_code == 302
    assert not rows()


def test_one_who_may_edit_a_client_of_the_exchange_sees_and_removes_nothing_unasked(client, seller):
    of = waiting()
    boss = ManagerFactory(role="director")
    client.force_login(boss)
    person = of.persons.get()
    for url in (reverse("client-update", args=[of.pk]), reverse("person-update", args=[person.pk])):
        page = client.get(url)
        assert "hidden until you ask for them" in page.content.decode()
        form = page.context["form"]
        posted = {field.html_name: field.value() for field in form if field.value() not in (None, False)} | {
            "points-TOTAL_FORMS": "1",
            "points-INITIAL_FORMS": "0",
            "points-0-value": "+7 916 999 88 77",
        }
        assert client.post(url, posted).status_code == 302
    assert set(of.contact_points.values_list("normalized", flat=True)) == {PHONE, EMAIL, "+79169998877"}
    assert ContactPoint.objects.filter(client=of).count() == 4
    look(client_id=of.pk, by=boss)
    assert EMAIL in client.get(reverse("person-update", args=[person.pk])).content.decode()


def test_to_know_what_is_hidden_costs_one_query_of_a_client_nobody_holds(seller, monkeypatch):
    on_exchange = waiting()
    _warm = seller.deputised_manager_ids, seller.headed_manager_ids
    with CaptureQueriesContext(connection) as hiding:
        assert known_client(seller, on_exchange.pk).hides_contacts
    monkeypatch.setattr(contact_privacy, "_rules", [])
    with CaptureQueriesContext(connection) as bare:
        assert not known_client(seller, on_exchange.pk).hides_contacts
    assert len(hiding) == len(bare) + 1


@pytest.mark.parametrize(("role", "limited", "more"), [("sales", False, 0), ("sales", True, 1), ("director", True, 0)])
def test_the_card_of_a_hidden_client_asks_for_the_limit_only(client, seller, role, limited, more):
    if limited:
        limit(50)
    person = seller if role == "sales" else ManagerFactory(role="director")
    of = waiting()
    client.force_login(person)
    card(client, of)
    cache.clear()
    with CaptureQueriesContext(connection) as before:
        card(client, of)
    look(client_id=of.pk, by=person)
    cache.clear()
    with CaptureQueriesContext(connection) as after:
        card(client, of)
    assert len(before) - len(after) == more


# --- who looked at what -----------------------------------------------------------------------------------------------
LIST = "contact-view-list"


def listed(client, **query):
    return [(look.manager, look.client) for look in client.get(reverse(LIST), query).context["page"]]


def test_heads_read_their_peoples_looks_directors_all(client, seller, head):
    stranger, of = ManagerFactory(), waiting(name="Volga")
    for person in (seller, stranger, head):
        look(client_id=of.pk, by=person)
    client.force_login(head)
    assert set(listed(client)) == {(seller, of), (head, of)}
    client.force_login(ManagerFactory(role="director"))
    assert set(listed(client)) == {(seller, of), (head, of), (stranger, of)}
    client.force_login(seller)
    assert client.get(reverse(LIST)).status_code == 403


def test_the_list_is_filtered_and_says_whose_day_had_most(client, seller, head):
    other = ManagerFactory(department=seller.department)
    volga, kama, oka = (waiting(name=name) for name in ("Volga Trade", "Kama", "Oka"))
    today = clock.today()
    for of in (volga, kama, oka):
        look(client_id=of.pk, by=seller)
    look(client_id=volga.pk, by=other, now=clock.at(today - DAY, 12))
    client.force_login(head)
    assert listed(client, q="trade volga") == [(seller, volga), (other, volga)]
    assert listed(client, manager=other.pk) == [(other, volga)]
    assert listed(client, until=(today - DAY).isoformat()) == [(other, volga)]
    assert len(listed(client, since=today.isoformat())) == 3
    busiest = client.get(reverse(LIST)).context["busiest"]
    assert [(day.manager, day.date, day.clients) for day in busiest] == [(seller, today, 3), (other, today - DAY, 1)]


def test_the_list_goes_into_a_file(client, seller, head):
    look(client_id=waiting(name="Volga").pk, by=seller)
    client.force_login(head)
    answer = client.get(reverse("contact-view-export"), {"manager": seller.pk})
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["Who"], row["Client"], row["Lead manager now"]) == (str(seller), "Volga", "")


def test_the_list_does_not_ask_more_for_more_rows(client, seller, head, django_assert_max_num_queries):
    client.force_login(head)
    for _ in range(2):
        look(client_id=waiting().pk, by=seller)
    with django_assert_max_num_queries(25) as few:
        client.get(reverse(LIST))
    for _ in range(5):
        look(client_id=waiting().pk, by=ManagerFactory(department=seller.department))
    with django_assert_max_num_queries(len(few)):
        client.get(reverse(LIST))


def test_an_empty_log_says_so(client, head):
    client.force_login(head)
    assert "Nobody has looked at contacts yet" in client.get(reverse(LIST)).content.decode()
