"""The list of contact persons: whose, filters, phones, who may change them."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clients.models import ContactPerson
from clients.person_filter import birthdays_between
from clients.tests.factories import ContactPersonFactory, ContactPointFactory, exchange_client, held_client
from clients.tests.pages import EMAIL, browser
from crm import clock

db = pytest.mark.django_db
URL = "person-list"


def names(user, **query):
    return {person.last_name for person in browser(user).get(reverse(URL), query).context["page"]}


@db
def test_one_sees_the_persons_of_the_clients_one_may_see(company):
    ContactPersonFactory(client=held_client(company.petr), last_name="Orlov")
    ContactPersonFactory(client=exchange_client(), last_name="Waiting")
    assert names(company.anna) == {"Zotov"}
    assert names(company.boris) == {"Zotov"}
    assert names(company.petr) == {"Orlov"}
    assert names(company.petr, whose="all") == {"Orlov", "Waiting"}
    assert names(company.head) == {"Zotov"}
    assert names(company.director) == {"Zotov", "Orlov", "Waiting"}


@db
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "zotov"}, True),
        ({"q": "vostok pavel"}, True),
        ({"q": "nobody"}, False),
        ({"position": "ДИРЕКТОР"}, True),
        ({"position": "бухгалтер"}, False),
        ({"decides": "yes"}, True),
        ({"decides": "no"}, False),
        ({"consent": "yes"}, False),
        ({"consent": "no"}, True),
        ({"active": "yes"}, True),
        ({"active": "no"}, False),
        ({"birthday": "week"}, True),
        ({"birthday": "nonsense"}, False),
    ],
)
def test_filters(company, query, found):
    person = ContactPerson.objects.get()
    person.position, person.is_decision_maker = "Технический директор", True
    soon = clock.today() + dt.timedelta(days=3)
    person.birthday = dt.date(1980, soon.month, min(soon.day, 28))
    if soon.day > 28:
        person.birthday = clock.today().replace(year=1980)
    person.save()
    assert bool(names(company.anna, **query)) is found


@given(st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2032, 12, 31)), st.integers(1, 40))
def test_birthdays_of_the_next_days_are_those_of_each_day_and_of_29_february_on_the_28th(first, days):
    asked = birthdays_between(first, days)
    found = set(dict([asked.children[0]])["birthday_md__in"])
    for offset in range(days):
        day = first + dt.timedelta(days=offset)
        assert day.month * 100 + day.day in found
    leap = any((first + dt.timedelta(days=offset)).strftime("%m%d") == "0229" for offset in range(days))
    last_of_february = any(
        (first + dt.timedelta(days=offset)).strftime("%m%d") == "0228"
        and (first + dt.timedelta(days=offset + 1)).month == 3
        for offset in range(days)
    )
    assert (229 in found) is (leap or last_of_february)


@db
def test_phones_are_links_and_those_of_the_exchange_are_hidden_until_asked_for(company):
    page = browser(company.anna).get(reverse(URL)).content.decode()
    assert 'href="tel:+79161234567"' in page
    assert EMAIL not in page  # the client's own
    waiting = ContactPersonFactory(client=exchange_client())
    ContactPointFactory(client=waiting.client, person=waiting, value="+74951234567")
    page = browser(company.petr).get(reverse(URL), {"whose": "all"}).content.decode()
    assert str(waiting) in page
    assert "4951234567" not in page.replace(" ", "").replace("-", "")


@db
def test_only_those_who_work_with_the_client_are_offered_to_change_a_person(company):
    waiting = ContactPersonFactory(client=exchange_client())
    edit = reverse("person-update", args=[waiting.pk])
    assert edit not in browser(company.petr).get(reverse(URL), {"whose": "all"}).content.decode()
    own = reverse("person-update", args=[ContactPerson.objects.get(last_name="Zotov").pk])
    assert own in browser(company.anna).get(reverse(URL)).content.decode()


@db
def test_the_number_of_queries_does_not_grow_with_rows(company):
    signed_in = browser(company.anna)

    def count():
        with CaptureQueriesContext(connection) as captured:
            signed_in.get(reverse(URL))
        return len(captured)

    count()
    before = count()
    for _number in range(9):
        person = ContactPersonFactory(client=held_client(company.anna))
        ContactPointFactory(client=person.client, person=person)
    assert count() == before


@db
def test_the_empty_list_says_what_to_do(company):
    ContactPerson.objects.all().delete()
    page = browser(company.anna).get(reverse(URL)).content.decode()
    assert "No contact persons yet" in page
    assert "Nobody fits these filters" in browser(company.anna).get(reverse(URL), {"q": "x"}).content.decode()
