"""Threads: an event continues another; on the card, in lists, on the event's own page."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.tests.factories import ManagerFactory, held_client
from clients.tests.pages import browser
from crm import clock
from interactions import selectors
from interactions.models import Event
from interactions.services import delete_event
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def thread(client, *days, subject="Tender"):
    """Events that continue each other, so many days ago."""
    last = None
    for number, ago in enumerate(days):
        last = event(
            client,
            by=client.manager,
            continues=last,
            occurred_at=clock.now() - ago * DAY,
            subject=f"{subject} {number}",
            code="note",
        )
    return Event.objects.get(pk=last.pk)


def history_of(client):
    return selectors.history(client, client.manager)


def shown(page):
    return [[each.subject for each in one.events] for one in page]


def test_threads_stand_by_their_latest_event():
    client = held_client()
    thread(client, 9, 1, subject="A")
    event(client, subject="Alone", occurred_at=clock.now() - 3 * DAY)
    thread(client, 8, 5, subject="B")
    assert shown(selectors.by_thread(history_of(client), 1)) == [["A 1", "A 0"], ["Alone"], ["B 1", "B 0"]]


def test_a_long_thread_shows_its_latest_and_says_how_many_there_are():
    client = held_client()
    thread(client, 9, 8, 7, 6, 5, 4)
    (only,) = selectors.by_thread(history_of(client), 1)
    assert ([each.subject for each in only.events], only.count, only.has_more) == (
        ["Tender 5", "Tender 4", "Tender 3", "Tender 2"],
        6,
        True,
    )
    assert only.head.subject == "Tender 0"


def test_pages_of_threads_hold_each_thread_once(monkeypatch):
    monkeypatch.setattr("interactions.selectors.threads._PAGE", 2)
    client = held_client()
    for ago in (9, 7, 5, 3, 1):
        thread(client, ago + 1, ago, subject=str(ago))
    pages = [selectors.by_thread(history_of(client), number) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [page.has_next for page in pages] == [True, True, False]
    assert len({one.pk for page in pages for one in page}) == 5


def test_what_is_filtered_is_grouped():
    client = held_client()
    thread(client, 9, 1)
    rows = history_of(client).filter(subject="Tender 0")
    assert shown(selectors.by_thread(rows, 1)) == [["Tender 0"]]


def test_it_costs_the_same_for_many_threads():
    client = held_client()

    def queries():
        with CaptureQueriesContext(connection) as seen:
            list(selectors.by_thread(history_of(client), 1))
        return len(seen)

    thread(client, 2, 1)
    queries()  # the manager of the client is known now
    few = queries()
    for ago in range(3, 9):
        thread(client, ago + 1, ago)
    assert queries() == few


def test_the_card_shows_its_history_by_thread(company):
    last = thread(company.client, 4, 2, 1)
    anna, card = browser(company.anna), company.client.get_absolute_url()
    assert "h-view=threads" in anna.get(card).content.decode()
    for page in (
        anna.get(card, {"h-view": "threads"}).content.decode(),
        anna.get(
            reverse("client-history", args=[company.client.pk]), {"h-view": "threads"}, headers={"HX-Request": "true"}
        ).content.decode(),
    ):
        assert 'class="in-topic"' in page
        assert f"?continues={last.pk}&amp;status=planned" in page
        assert "h-view=threads" not in page.split("in-views")[1].split("</nav>")[0]


def test_a_client_without_threads_is_not_asked_how_to_read_them(company):
    event(company.client)
    assert "in-views" not in browser(company.anna).get(company.client.get_absolute_url()).content.decode()


def test_the_list_of_one_thread(company):
    last = thread(company.client, 4, 2, 1)
    event(company.client, subject="Something else")
    anna = browser(company.anna)
    for one in (last, last.chain):
        answer = anna.get(reverse("event-list"), {"chain": one.pk})
        assert [row.subject for row in answer.context["page"]] == ["Tender 2", "Tender 1", "Tender 0"]
        assert [(str(chip.label), chip.value) for chip in answer.context["chips"]] == [("Thread", str(one))]
    # A colleague's event in the thread is shown, too.
    Event.objects.filter(pk=last.pk).update(responsible=ManagerFactory())
    assert len(anna.get(reverse("event-list"), {"chain": last.pk}).context["page"].rows) == 3


def test_a_thread_one_may_not_see_is_no_filter(company):
    last = thread(company.client, 2, 1)
    event(held_client(company.petr), subject="Mine")
    answer = browser(company.petr).get(reverse("event-list"), {"chain": last.pk})
    assert not answer.context["page"].rows
    assert str(last) not in answer.content.decode()


def test_the_page_of_an_event_shows_its_thread_and_how_to_continue_it(company):
    last = thread(company.client, 2, 1)
    page = browser(company.anna).get(last.get_absolute_url()).content.decode()
    assert f"{reverse('event-list')}?chain={last.pk}" in page
    assert "Tender 0" in page
    assert f"{reverse('event-create')}?continues={last.pk}" in page


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_thread_stays_together_when_one_of_its_events_is_deleted(place):
    client = held_client()
    thread(client, 9, 5, 1)
    gone = Event.objects.get(subject=f"Tender {place}")
    delete_event(event=gone)
    left = list(Event.objects.filter(subject__startswith="Tender").order_by("pk"))
    assert {each.chain_id for each in left} == {left[0].pk}
    assert [each.continues_id for each in left] == [None, left[0].pk]


def test_of_two_the_one_that_is_left_is_no_thread():
    client = held_client()
    last = thread(client, 5, 1)
    delete_event(event=last)
    assert client.events.get().chain is None
