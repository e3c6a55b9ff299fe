"""What a kind of events says: how long one usually takes, and how it looks to administrators."""

import datetime as dt
import json

import pytest
from django.urls import reverse

from clients.tests.factories import ManagerFactory
from clients.tests.pages import browser
from interactions import recurring
from interactions.models import EventKind, EventSeries, EventStatus
from interactions.selectors import tomorrow_morning
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db


def initial(company, query):
    page = browser(company.anna).get(f"{reverse('event-create')}?client={company.client.pk}&{query}")
    return page.context["form"].initial


def test_a_plan_is_as_long_as_its_kind_usually_takes(company):
    meeting = kind("meeting")
    EventKind.objects.filter(pk=meeting.pk).update(default_minutes=75)
    found = initial(company, f"status=planned&kind={meeting.pk}")
    assert found["ends_at"] - found["occurred_at"] == dt.timedelta(minutes=75)


def test_without_a_kind_the_first_one_is_chosen(company):
    first = EventKind.objects.choosable().first()
    found = initial(company, "status=planned")
    assert found["ends_at"] - tomorrow_morning() == dt.timedelta(minutes=first.default_minutes)


def test_a_thread_goes_on_in_its_kind(company):
    before = event(company.client, code="meeting")
    found = initial(company, f"status=planned&continues={before.pk}")
    assert found["ends_at"] - found["occurred_at"] == dt.timedelta(minutes=before.kind.default_minutes)


def test_what_is_done_has_no_end_of_its_own(company):
    assert initial(company, "").get("ends_at") is None


def test_the_form_knows_how_long_every_kind_takes(company):
    page = browser(company.anna).get(f"{reverse('event-create')}?client={company.client.pk}&status=planned")
    told = json.loads(page.context["form"].fields["kind"].widget.attrs["data-minutes"])
    assert told == {str(each.pk): each.default_minutes for each in EventKind.objects.choosable()}


@pytest.fixture
def admin():
    return browser(ManagerFactory(is_staff=True, is_superuser=True))


def test_administrators_see_the_icon_of_a_kind(admin):
    page = admin.get(reverse("admin:interactions_eventkind_changelist")).content.decode()
    assert f"bi-{kind().icon}" in page
    assert "bootstrap-icons" in page


def test_an_icon_that_does_not_exist_is_refused(admin):
    url = reverse("admin:interactions_eventkind_change", args=[kind().pk])
    form = admin.get(url).context["adminform"].form
    data = {name: "" if value is None else value for name, value in form.initial.items()}
    data |= {"icon": "no such icon", "counts_as_contact": "on", "is_active": "on"}
    answer = admin.post(url, data)
    assert answer.status_code == 200
    assert "icon" in answer.context["adminform"].form.errors


def test_administrators_see_recurring_events(admin, company):
    plan = event(company.client, status=EventStatus.PLANNED, occurred_at=tomorrow_morning(), subject="Every time")
    recurring.repeat(event=plan, series=EventSeries(count=2), zone="Europe/Moscow", by=company.anna)
    page = admin.get(reverse("admin:interactions_eventseries_changelist")).content.decode()
    assert "Every time" in page
    assert "every week, 2 times" in page
