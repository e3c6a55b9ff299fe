"""What was opened lately: noted by a POST, twenty at most, shown only while one may see it in full."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from clients.models import Client, RecentItem
from clients.recent import KEPT, note, recent_clients
from clients.tests.factories import exchange_client, held_client
from clients.tests.pages import PHONE, browser
from crm import clock

pytestmark = pytest.mark.django_db


def opened(by):
    return [client.name for client in recent_clients(by)]


def post(company, by, client=None):
    return browser(by).post(reverse("recent-note", args=[(client or company.client).pk]))


def test_the_latest_comes_first_and_each_once(company):
    other = held_client(company.anna, name="Other")
    now = clock.now()
    for minute, client in enumerate((company.client, other, company.client)):
        with time_machine.travel(now + dt.timedelta(minutes=minute)):
            note(client=client, by=company.anna)
    assert opened(company.anna) == ["Vostok Stroy", "Other"]
    assert RecentItem.objects.count() == 2


def test_the_oldest_are_forgotten(company):
    now = clock.now()
    for n in range(KEPT + 2):
        with time_machine.travel(now + dt.timedelta(minutes=n)):
            note(client=held_client(company.anna, name=f"No {n}"), by=company.anna)
    note(client=company.client, by=company.petr)
    kept = RecentItem.objects.filter(manager=company.anna)
    assert kept.count() == KEPT
    assert not kept.filter(client__name__in=["No 0", "No 1"]).exists()
    assert RecentItem.objects.filter(manager=company.petr).count() == 1


def test_what_went_to_a_colleague_is_no_longer_shown(company):
    note(client=company.client, by=company.anna)
    Client.objects.filter(pk=company.client.pk).update(manager=company.petr)
    company.anna.__dict__.pop("deputised_managers", None)
    assert opened(company.anna) == []


def test_only_those_one_works_on_where_that_is_asked(company):
    waiting = exchange_client(name="Waiting")
    for client in (company.client, waiting):
        note(client=client, by=company.anna)
    assert {client.name for client in recent_clients(company.anna)} == {"Vostok Stroy", "Waiting"}
    assert [client.name for client in recent_clients(company.anna, work_on=True)] == ["Vostok Stroy"]


def test_reading_the_card_writes_nothing_and_the_card_says_where_to_post(company):
    page = browser(company.anna).get(company.client.get_absolute_url()).content.decode()
    assert f'data-recent-note="{reverse("recent-note", args=[company.client.pk])}"' in page
    assert not RecentItem.objects.exists()
    assert post(company, company.anna).status_code == 204
    assert opened(company.anna) == ["Vostok Stroy"]


def test_who_may_not_see_the_card_notes_nothing(company):
    assert b"data-recent-note" not in browser(company.petr).get(company.client.get_absolute_url()).content
    assert post(company, company.petr).status_code == 403
    assert browser(company.petr).post(reverse("recent-note", args=[10**9])).status_code == 404
    assert not RecentItem.objects.exists()


# --- the palette ------------------------------------------------------------------------------------------------------
def palette(by, words=""):
    query = {"q": words} if words else {}
    return browser(by).get(reverse("palette"), query, headers={"HX-Request": "true"}).content.decode()


def test_before_anything_is_typed_the_palette_shows_them(company):
    assert 'role="option"' not in palette(company.anna)
    note(client=company.client, by=company.anna)
    page = palette(company.anna)
    assert "Vostok Stroy" in page
    assert f'href="tel:{PHONE}"' in page
    assert reverse("contact-register", args=[company.client.pk]) in page


def test_the_palette_shows_a_colleague_only_what_he_may_know(company):
    page = palette(company.petr, "vostok")
    assert "Vostok Stroy" in page
    assert "ask Anna Ivanova" in page
    for secret in (PHONE, "Zotov", reverse("contact-register", args=[company.client.pk])):
        assert secret not in page


def test_nothing_found_offers_to_create_it(company):
    page = palette(company.anna, "Nowhere Ltd")
    assert reverse("client-create") + "?name=Nowhere" in page
