"""The pages of recurring events: planned as one, made of a plan, changed, stopped."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.tests.pages import browser
from crm import clock
from interactions import recurring, selectors
from interactions.models import Agreement, Event, EventSeries, EventStatus
from interactions.services import finish_event
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db
NOW = clock.at(dt.date(2026, 5, 11))
DAY = dt.timedelta(days=1)
STRANGERS = ["petr", "other_head"]


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def plan(company):
    return event(company.client, status=EventStatus.PLANNED, occurred_at=NOW + DAY, subject="Budget")


@pytest.fixture
def series(plan):
    return recurring.repeat(event=plan, series=EventSeries(), zone="Europe/Moscow", by=plan.responsible).series


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def path(name, of):
    return reverse(f"event-{name}", args=[of.pk])


def full(**changes):
    first = {"kind": kind().pk, "status": "planned", "occurred_at": local(NOW + DAY), "subject": "Budget", "text": ""}
    return {**first, "responsible": changes.pop("who").pk, **changes}


RULE = {"frequency": "weekly", "interval": "2", "weekdays": ["2", "5"], "off_days": "shift"}


def test_a_plan_may_recur_from_the_start(company):
    anna, new = browser(company.anna), reverse("event-create")
    url = f"{new}?client={company.client.pk}&status=planned"
    assert 'name="frequency"' in anna.get(url).content.decode()
    answer = anna.post(url, full(who=company.anna, **RULE, count="3"), follow=True)
    assert [(clock.local_date(row.occurred_at) - NOW.date()).days for row in Event.objects.order_by("occurred_at")] == [
        1, 4, 15,
    ]  # fmt: skip
    page = answer.content.decode()
    assert "2 more are planned" in page
    assert "every 2 weeks on Tue, Fri, 3 times" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"status": "done", "occurred_at": local(NOW - DAY)}, "frequency"),
        ({"until": "2026-05-01"}, "until"),
        ({"until": "2026-06-01", "count": "3"}, "count"),
        ({"interval": "0"}, "interval"),
        ({"weekdays": ["9"]}, "weekdays"),
    ],
)
def test_a_wrong_rule_is_said_beside_its_field(company, wrong, field):
    url = f"{reverse('event-create')}?client={company.client.pk}&status=planned"
    answer = browser(company.anna).post(url, full(who=company.anna, **{**RULE, **wrong}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert 'value="Budget"' in answer.content.decode()
    assert not Event.objects.exists()


def test_a_plan_is_made_to_recur(company, plan):
    anna = browser(company.anna)
    assert anna.get(path("repeat", plan)).context["form"]["weekdays"].value() == ["2"]
    answer = anna.post(path("repeat", plan), {"frequency": "monthly", "by_weekday": "on", "off_days": "skip"})
    assert answer.status_code == 302
    plan.refresh_from_db()
    assert (plan.series.frequency, plan.series.by_weekday, plan.series.off_days) == ("monthly", True, "skip")
    assert plan.series.events.count() == 3
    page = anna.get(plan.get_absolute_url()).content.decode()
    assert "every month on the same weekday" in page
    assert path("repeat", plan) not in page
    assert anna.post(path("repeat", plan), {"frequency": "daily"}).status_code == 422


def test_this_and_all_that_follow(company, series):
    second = series.events.order_by("occurred_at")[1]
    anna = browser(company.anna)
    form = anna.get(path("following", second)).context["form"]
    assert (form["subject"].value(), form["frequency"].value()) == ("Budget", "weekly")
    data = full(who=company.anna, occurred_at=local(second.occurred_at), subject="Contract", frequency="daily")
    answer = anna.post(path("following", second), {**data, "off_days": "skip"}, follow=True)
    assert answer.redirect_chain
    rows = list(series.events.order_by("occurred_at"))
    assert [row.subject for row in rows[:3]] == ["Budget", "Contract", "Contract"]
    assert rows[2].occurred_at == rows[1].occurred_at + DAY


def test_this_one_only_is_an_ordinary_edit(company, series):
    second = series.events.order_by("occurred_at")[1]
    assert path("following", second) in browser(company.anna).get(path("update", second)).content.decode()
    browser(company.anna).post(
        path("update", second), full(who=company.anna, subject="Only now", occurred_at=local(second.occurred_at))
    )
    assert list(series.events.order_by("occurred_at").values_list("subject", flat=True))[:3] == [
        "Budget", "Only now", "Budget",
    ]  # fmt: skip


@pytest.mark.parametrize(("data", "left"), [({}, 2), ({"with_this": "1"}, 1)])
def test_it_stops(company, series, data, left):
    second = series.events.order_by("occurred_at")[1]
    assert browser(company.anna).post(path("stop", second), data).status_code == 302
    assert series.events.planned().count() == left
    page = browser(company.anna).get(second.get_absolute_url()).content.decode()
    assert "stopped on" in page
    assert path("stop", second) not in page


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("name", ["repeat", "following", "stop"])
def test_strangers_do_not_know_of_it(company, series, who, name):
    for method in ("get", "post") if name != "stop" else ("post",):
        assert getattr(browser(getattr(company, who)), method)(path(name, series.events.first())).status_code == 404
    assert series.events.planned().count() == 13


def test_what_does_not_recur_has_nothing_that_follows(company, plan):
    assert browser(company.anna).get(path("following", plan)).status_code == 404
    assert browser(company.anna).post(path("stop", plan)).status_code == 302  # told, back
    plan.refresh_from_db()
    assert plan.status == EventStatus.PLANNED


# --- on the card ------------------------------------------------------------------------------------------------------
def on_card(series):
    """The plans of a series among the next steps and in the history of its client's card."""
    history = selectors.history(series.client, series.responsible)
    return [
        [clock.local_date(row.occurred_at) for row in rows] for rows in (selectors.next_steps(series.client), history)
    ]


def test_the_nearest_plan_stands_for_those_that_follow(series):
    first, second = series.events.order_by("occurred_at")[:2]
    tomorrow, in_a_week = (clock.local_date(each.occurred_at) for each in (first, second))
    assert on_card(series) == [[tomorrow], [tomorrow]]
    finish_event(event=first, by=series.author, occurred_at=NOW)
    series.client = type(series.client).objects.get(pk=series.client_id)
    assert on_card(series) == [[in_a_week], [in_a_week, NOW.date()]]


def test_a_later_one_with_an_agreement_is_shown(series):
    third = series.events.order_by("occurred_at")[2]
    Agreement.objects.create(event=third, text="Bring the contract")
    assert clock.local_date(third.occurred_at) in on_card(series)[1]
