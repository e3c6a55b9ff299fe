"""Finishing a plan: what came of it, what was agreed, what next, in one form."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.tests.pages import browser
from crm import clock
from interactions.models import Agreement, Event, EventStatus
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _on_a_wednesday(time_machine) -> None:
    time_machine.move_to(clock.at(dt.date(2026, 5, 13)))


@pytest.fixture
def planned(company):
    morning = clock.at(dt.date(2026, 5, 13), 10, 15)
    return event(company.client, status=EventStatus.PLANNED, occurred_at=morning, subject="Ask about the budget")


def url(of):
    return reverse("event-finish", args=[of.pk])


def agreed(*rows):
    """The rows of the form as a browser sends them: those typed, and the empty ones."""
    data = {"agreed-TOTAL_FORMS": "3", "agreed-INITIAL_FORMS": "0"}
    for number in range(3):
        side, text, due = rows[number] if number < len(rows) else ("we", "", "")
        data |= {f"agreed-{number}-side": side, f"agreed-{number}-text": text, f"agreed-{number}-due_on": due}
    return data


def test_result_agreements_and_next_step_in_one_post(company, planned):
    data = {
        "result": "They want an offer",
        "next_in": "week",
        "next_kind": kind("meeting").pk,
        "next_subject": "The offer",
        **agreed(("we", "Send the offer", "2026-05-15"), ("they", "Name the budget", "")),
    }
    answer = browser(company.anna).post(url(planned), data, headers=HTMX)
    assert answer.headers["HX-Trigger"] == "drawer-close, list-refresh"
    planned.refresh_from_db()
    assert (planned.status, planned.result) == ("done", "They want an offer")
    rows = Agreement.objects.filter(event=planned).order_by("pk").values_list("side", "text", "due_on")
    assert list(rows) == [("we", "Send the offer", dt.date(2026, 5, 15)), ("they", "Name the budget", None)]
    following = Event.objects.planned().get()
    assert (following.continues, following.subject, following.kind.code) == (planned, "The offer", "meeting")
    # A week from now, at the time of day of what was finished.
    assert timezone.localtime(following.occurred_at).strftime("%d.%m %H:%M") == "20.05 10:15"
    assert "Next: Wed 20 May, 10:15" in answer.content.decode()


@pytest.mark.parametrize(
    ("choice", "day"), [("tomorrow", "14.05"), ("three_days", "18.05"), ("week", "20.05"), ("month", "15.06")]
)
def test_quick_days_skip_the_weekend(company, planned, choice, day):
    browser(company.anna).post(url(planned), {"next_in": choice})
    assert timezone.localtime(Event.objects.planned().get().occurred_at).strftime("%d.%m") == day


def test_a_typed_moment_says_it_more_exactly(company, planned):
    browser(company.anna).post(url(planned), {"next_in": "tomorrow", "next_at": "2026-05-14T17:00"})
    assert timezone.localtime(Event.objects.planned().get().occurred_at).strftime("%d.%m %H:%M") == "14.05 17:00"


def test_what_next_is_asked_and_never_forced(company, planned):
    page = browser(company.anna)
    assert "What next, and when?" in page.get(url(planned)).content.decode()
    assert page.post(url(planned), {"next_in": "", **agreed()}).status_code == 302
    assert not Event.objects.planned().exists()
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {**agreed(("we", "", "2026-05-15"))},
        {**agreed(("we", "Send it", "0026-05-15"))},
        {**agreed(("nobody", "Send it", ""))},
        {**agreed(), "next_in": "someday"},
        {**agreed(), "next_at": "2026-05-01T10:00"},
    ],
)
def test_a_mistake_writes_nothing_and_loses_nothing(company, planned, wrong):
    data = {"result": "They want an offer", "next_subject": "The offer", "next_in": "week", **wrong}
    answer = browser(company.anna).post(url(planned), data)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "They want an offer" in text
    assert 'value="The offer"' in text
    assert "sv-field-error" in text
    assert Event.objects.get().status == "planned"
    assert not Agreement.objects.exists()


def test_the_toast_takes_back_all_of_it(company, planned):
    page = browser(company.anna)
    data = {"result": "Yes", "next_in": "tomorrow", **agreed(("we", "Send the offer", ""))}
    text = page.post(url(planned), data, follow=True).content.decode()
    ticket = text.split(f'action="/events/{planned.pk}/undo/')[1].split('"')[0]
    answer = page.post(f"/events/{planned.pk}/undo/{ticket}", follow=True)
    assert "planned as before" in answer.content.decode()
    back = Event.objects.get()
    assert (back.status, back.result, back.occurred_at) == ("planned", "", planned.occurred_at)
    assert not Agreement.objects.exists()
    # The second click is told.
    assert "changed since" in page.post(f"/events/{planned.pk}/undo/{ticket}", follow=True).content.decode()
