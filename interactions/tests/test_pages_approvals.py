"""The queue of back-dated contacts: who sees what, and deciding one by one or many at once."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import RuleSetting
from clients.tests.factories import held_client
from clients.tests.pages import browser, company  # noqa: F401 - fixture
from clients.zoning import redate
from crm import clock
from interactions.models import Event
from interactions.rulebook import BACKDATING
from interactions.services import decide_backdating
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LIST, DECIDE = reverse("approval-list"), reverse("approval-decide")


@pytest.fixture(autouse=True)
def _noon(time_machine) -> None:
    time_machine.move_to(clock.at(dt.date(2026, 5, 13)), tick=False)


@pytest.fixture
def late(company):  # noqa: F811
    """Two contacts with Anna's clients that wait, one with a stranger's."""
    red = held_client(company.anna, name="Zapad", assigned_on=clock.today() - dt.timedelta(days=175))
    stranger = held_client(company.petr, name="Yug")
    return [
        event(client, occurred_at=clock.now() - dt.timedelta(days=9), subject=subject)
        for client, subject in ((company.client, "Forgotten"), (red, "Remembered"), (stranger, "Strange"))
    ]


def rows(who, **query) -> list[Event]:
    return list(browser(who).get(LIST, query).context["page"])


def decided(events) -> list[str]:
    return list(
        Event.objects.filter(pk__in=[each.pk for each in events]).order_by("pk").values_list("approval", flat=True)
    )


def test_the_head_sees_those_of_his_people_who_leaves_first_on_top(company, late):  # noqa: F811
    assert rows(company.head) == [late[1], late[0]]
    assert rows(company.other_head) == [late[2]]
    assert rows(company.director) == [late[1], late[0], late[2]]


def test_a_salesperson_sees_how_his_own_stand_and_decides_nothing(company, late):  # noqa: F811
    page = browser(company.anna).get(LIST)
    assert set(page.context["page"]) == {late[0], late[1]}
    assert 'value="approve"' not in page.content.decode()
    assert rows(company.boris) == []
    assert browser(company.anna).post(DECIDE, {"decision": "approve", "events": [late[0].pk]}).status_code == 403
    decide_backdating(event=late[0], by=company.head, approve=False)
    assert rows(company.anna) == [late[1]]
    assert rows(company.anna, status="rejected") == [late[0]]
    assert "Igor Golovin" in browser(company.anna).get(LIST, {"status": "rejected"}).content.decode()


def test_the_row_says_what_approving_does(company, late):  # noqa: F811
    redate([late[1].client_id], today=clock.today())
    text = browser(company.head).get(LIST).content.decode()
    assert "would turn the client green" in text
    assert "changes nothing: the manager got the client later" in text
    assert "9 days late" in text


def test_one_click_decides_and_the_list_reads_itself_anew(company, late):  # noqa: F811
    answer = browser(company.head).post(
        reverse("event-approve", args=[late[1].pk]), {"decision": "approve"}, headers=HTMX
    )
    assert answer["HX-Trigger"] == "list-refresh"
    assert "Approved: the contact counts." in answer.content.decode()
    late[1].client.refresh_from_db()
    assert late[1].client.zone == "green"
    assert rows(company.head) == [late[0]]


@pytest.mark.parametrize(("decision", "outcome"), [("approve", "approved"), ("reject", "rejected")])
def test_many_are_decided_at_once(company, late, decision, outcome):  # noqa: F811
    page = browser(company.head)
    answer = page.post(DECIDE, {"decision": decision, "events": [each.pk for each in late]}, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "list-refresh")
    # A stranger's is none of his; the words say that not all were his to decide.
    assert decided(late) == [outcome, outcome, "pending"]
    assert "2 dates" in answer.content.decode()


def test_a_plain_form_goes_back_to_the_list(company, late):  # noqa: F811
    answer = browser(company.head).post(DECIDE, {"decision": "approve", "events": [late[0].pk], "next": LIST})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert decided(late)[0] == "approved"


@pytest.mark.parametrize("events", [[], ["x"], ["9" * 30]])
def test_nothing_marked_is_said_so(company, late, events):  # noqa: F811
    answer = browser(company.head).post(DECIDE, {"decision": "approve", "events": events}, headers=HTMX)
    assert answer.status_code == 422
    assert "Mark those" in answer.content.decode()


def test_another_word_than_yes_or_no_is_no_address(company, late):  # noqa: F811
    answer = browser(company.head).post(DECIDE, {"decision": "maybe", "events": [late[0].pk]})
    assert answer.status_code == 404


def test_filters(company, late):  # noqa: F811
    assert rows(company.director, q="zapad") == [late[1]]
    assert rows(company.director, q="forgot") == [late[0]]
    assert rows(company.director, author=company.petr.pk) == [late[2]]
    people = browser(company.head).get(LIST).context["filter"].form.fields["author"].queryset
    assert list(people) == [company.anna]


def test_my_day_counts_what_waits(company, late):  # noqa: F811
    for days in range(10, 20):
        event(company.client, occurred_at=clock.now() - dt.timedelta(days=days))
    page = browser(company.head).get("/")
    assert page.context["waiting_count"] == 12
    assert LIST in page.content.decode()


def test_the_page_of_the_event_says_what_approving_does_and_who_decided(company, late):  # noqa: F811
    url = late[1].get_absolute_url()
    assert "If approved: would turn the client green" in browser(company.head).get(url).content.decode()
    assert "If approved" not in browser(company.anna).get(url).content.decode()
    decide_backdating(event=late[1], by=company.head, approve=False)
    text = browser(company.anna).get(url).content.decode()
    assert "was rejected by" in text
    assert "Igor Golovin" in text


@pytest.mark.parametrize(("approve", "words"), [(True, "date approved by"), (False, "date rejected by")])
def test_the_card_says_who_decided(company, late, approve, words):  # noqa: F811
    decide_backdating(event=late[0], by=company.head, approve=approve)
    assert f"{words} Igor Golovin" in browser(company.anna).get(company.client.get_absolute_url()).content.decode()


def test_forms_and_answers_name_the_number_in_force(company):  # noqa: F811
    RuleSetting.objects.create(key=BACKDATING, value=5)
    url = reverse("contact-register", args=[company.client.pk])
    anna = browser(company.anna)
    assert "More than 5 days back" in anna.get(url).content.decode()
    assert "More than" not in browser(company.head).get(url).content.decode()
    kind = Event._meta.get_field("kind").related_model.objects.get(code="call_out")
    moment = (clock.now() - dt.timedelta(days=6)).strftime("%Y-%m-%dT%H:%M")
    answer = anna.post(url, {"kind": kind.pk, "occurred_at": moment}, headers=HTMX)
    assert "more than 5 days back" in answer.content.decode()
    assert "more than 5 days back" in anna.get(LIST).content.decode()
    RuleSetting.objects.update(is_on=False)
    assert "days back" not in anna.get(url).content.decode()
    assert "switched off" in anna.get(LIST).content.decode()


def test_the_queue_asks_no_more_often_for_more_rows(company, late):  # noqa: F811
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page = browser(company.head)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page.get(LIST)
        return len(queries)

    asked()  # warms the caches
    few = asked()
    for days in range(10, 16):
        event(held_client(company.anna), occurred_at=clock.now() - dt.timedelta(days=days))
    assert asked() == few
