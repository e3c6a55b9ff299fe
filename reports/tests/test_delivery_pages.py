"""Pages of reports that are sent regularly: made, changed, stopped, left, by whose they are."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.delivery import services
from reports.models import ReportDelivery
from reports.tests.delivering import company as company
from reports.tests.delivering import delivery_of

pytestmark = pytest.mark.django_db


def posted(**facts):
    return {"name": "Exchange on Mondays", "when": "week-1", "period": "", "has_file": "on", **facts}


def test_made_from_the_page_of_a_report(client, company):
    client.force_login(company.director)
    page = client.get(reverse("report-exchange"), {"department": company.north.pk, "period": "30"})
    link = re.search(r'href="([^"]*deliveries/new/[^"]*)"', page.content.decode())[1].replace("&amp;", "&")
    form = client.get(link)
    assert form.status_code == 200
    assert "North" in form.content.decode()
    answer = client.post(link, posted(period="30", when="month-5", recipients=[company.head.pk]))
    assert answer.status_code == 302
    delivery = ReportDelivery.objects.get()
    assert (delivery.every, delivery.day, delivery.owner) == ("month", 5, company.director)
    assert delivery.query == f"department={company.north.pk}&period=30"
    assert list(delivery.recipients.all()) == [company.head]
    assert "Exchange on Mondays" in client.get(reverse("report-deliveries")).content.decode()


def test_changed_stopped_sent_left_and_deleted(client, company):
    delivery = delivery_of(company.director, company.director, company.head)
    client.force_login(company.director)
    edit = reverse("report-delivery-update", args=[delivery.pk])
    assert 'value="Monday report"' in client.get(edit).content.decode()
    people = [company.director.pk, company.head.pk]
    assert client.post(edit, posted(name="", recipients=people)).status_code == 422
    assert client.post(edit, posted(recipients=[])).status_code == 422
    assert client.post(edit, posted(name="Renamed", when="week-3", recipients=people)).status_code == 302
    for what, is_on in (("stop", False), ("resume", True)):
        client.post(reverse(f"report-delivery-{what}", args=[delivery.pk]))
        delivery.refresh_from_db()
        assert (delivery.is_on, delivery.name) == (is_on, "Renamed")
    client.post(reverse("report-delivery-send", args=[delivery.pk]))
    assert delivery.letters.count() == 2
    client.force_login(company.head)
    assert "Renamed" in client.get(reverse("report-deliveries")).content.decode()
    client.post(reverse("report-delivery-leave", args=[delivery.pk]))
    assert list(delivery.recipients.all()) == [company.director]
    assert delivery.letters.count() == 1
    client.force_login(company.director)
    client.post(reverse("report-delivery-delete", args=[delivery.pk]))
    assert not ReportDelivery.objects.exists()


def test_the_list_asks_as_often_for_many_as_for_one(client, company, django_assert_num_queries):
    client.force_login(company.director)
    page = reverse("report-deliveries")
    services.send_now(delivery=delivery_of(company.director, company.head))
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        client.get(page)
    for number in range(3):
        mine = delivery_of(company.director, company.head, company.other, name=f"Mine {number}")
        services.send_now(delivery=mine)
    with django_assert_num_queries(len(queries)):
        client.get(page)


def test_days_and_recipients_are_said_in_words(client, company):
    company.head.email = ""
    company.head.save()
    client.force_login(company.director)
    form = client.get(reverse("report-delivery-create"), {"report": "exchange"}).content.decode()
    assert "every month on day 28" in form
    assert "every week: Sunday" in form
    assert "Head (no e-mail address)" in form


@pytest.mark.parametrize("what", ["update", "send", "stop", "resume", "delete", "leave"])
def test_what_is_anothers_is_not_there(client, company, what):
    delivery = delivery_of(company.director, company.head)
    client.force_login(company.other)
    assert client.post(reverse(f"report-delivery-{what}", args=[delivery.pk]), posted()).status_code == 404
    assert ReportDelivery.objects.get().is_on


def test_a_report_one_may_not_open_cannot_be_sent(client, company):
    client.force_login(company.seller)
    page = reverse("report-delivery-create")
    assert client.get(page, {"report": "exchange"}).status_code == 404
    assert client.get(page, {"report": "nonsense"}).status_code == 404
    assert client.get(page, {"report": "points"}).status_code == 200


def test_without_anybody_left_it_is_stopped(company):
    delivery = delivery_of(company.director, company.head)
    services.leave(delivery=delivery, recipient=company.head)
    delivery.refresh_from_db()
    assert not delivery.is_on
