"""Merging on the pages: choosing the other one, both side by side, and the word."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.forms import client_words
from clients.models import Client
from clients.tests.factories import UnassignedClientFactory, held_client
from clients.tests.pages import browser, company  # noqa: F401 - fixture
from crm import clock
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

ANSWER: dict[str, str] = {}


@pytest.fixture
def twin(company):  # noqa: F811
    twin = held_client(
        company.anna, name="Vostok-Stroy OOO", city="Omsk", assigned_on=clock.today() - dt.timedelta(days=40)
    )
    event(twin)
    return twin


def choose(client: Client) -> str:
    return reverse("client-merge", args=[client.pk])


def compare(client: Client, other: Client) -> str:
    return reverse("client-merge-confirm", args=[client.pk, other.pk])


def test_the_head_chooses_compares_and_merges(company, twin):  # noqa: F811
    page = browser(company.head)
    assert choose(company.client) in page.get(company.client.get_absolute_url()).content.decode()
    assert compare(company.client, twin) in page.get(choose(company.client)).content.decode()  # looks like it
    answer = page.post(choose(company.client), {"other": client_words(twin)})
    assert (answer.status_code, answer["Location"]) == (302, compare(company.client, twin))
    text = page.get(compare(company.client, twin)).content.decode()
    for words in ("Vostok Stroy", "Vostok-Stroy OOO", "Vladivostok", "Omsk"):
        assert words in text
    answer = page.post(compare(company.client, twin), {"keep": company.client.pk, **ANSWER})
    assert (answer.status_code, answer["Location"]) == (302, company.client.get_absolute_url())
    kept = Client.objects.get(pk=company.client.pk)
    assert (kept.last_contact_on, kept.city) == (clock.today(), "Vladivostok")
    assert not Client.objects.filter(pk=twin.pk).exists()
    assert page.get(compare(company.client, twin)).status_code == 404


def test_the_other_one_may_stay(company, twin):  # noqa: F811
    answer = browser(company.head).post(compare(company.client, twin), {"keep": twin.pk, **ANSWER})
    assert answer["Location"] == twin.get_absolute_url()
    assert Client.objects.get(pk=twin.pk).inn == company.client.inn


@pytest.mark.parametrize("data", [{}, {"keep": ""}, {"keep": "999999"}])
def test_nothing_happens_without_the_word(company, twin, data):  # noqa: F811
    answer = browser(company.head).post(compare(company.client, twin), data)
    assert answer.status_code == 422
    assert Client.objects.filter(pk__in=[company.client.pk, twin.pk]).count() == 2


@pytest.mark.parametrize("who", ["anna", "petr", "vera", "boris", "other_head"])
def test_others_merge_nothing(company, twin, who):  # noqa: F811
    page = browser(getattr(company, who))
    for url in (choose(company.client), compare(company.client, twin)):
        assert page.get(url).status_code == 403
        assert page.post(url, {"keep": company.client.pk, **ANSWER}).status_code == 403
    assert "Merge with another client" not in page.get(company.client.get_absolute_url()).content.decode()


def test_both_must_be_the_heads_own(company):  # noqa: F811
    stranger = held_client(company.petr, name="Secret Foods")
    page = browser(company.head)
    assert page.get(compare(company.client, stranger)).status_code == 403
    assert page.post(compare(company.client, stranger), {"keep": company.client.pk, **ANSWER}).status_code == 403
    answer = page.post(choose(company.client), {"other": client_words(stranger)})
    assert answer.status_code == 422
    assert "Secret Foods" not in page.get(choose(company.client)).content.decode()


def test_a_head_who_only_helps_with_a_client_does_not_merge_it(company):  # noqa: F811
    own = held_client(company.petr)
    company.client.co_managements.create(manager=company.other_head)
    page = browser(company.other_head)
    assert page.get(compare(own, company.client)).status_code == 403
    assert page.get(choose(company.client)).status_code == 403
    assert page.get(choose(own)).status_code == 200


def test_the_one_with_a_manager_stays(company):  # noqa: F811
    nobodys = UnassignedClientFactory(name="Vostok")
    page = browser(company.director)
    form = page.get(compare(nobodys, company.client)).context["form"]
    assert [key for key, _words in form.fields["keep"].choices] == [str(company.client.pk)]
    assert page.post(compare(nobodys, company.client), {"keep": nobodys.pk, **ANSWER}).status_code == 422
    assert page.post(compare(nobodys, company.client), {"keep": company.client.pk, **ANSWER}).status_code == 302
    assert not Client.objects.filter(pk=nobodys.pk).exists()


def test_a_client_is_not_compared_with_itself(company):  # noqa: F811
    page = browser(company.head)
    assert page.post(choose(company.client), {"other": client_words(company.client)}).status_code == 422
    url = compare(company.client, company.client)
    assert page.post(url, {"keep": company.client.pk, **ANSWER}).status_code == 422
    assert Client.objects.filter(pk=company.client.pk).exists()
