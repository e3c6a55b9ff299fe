"""The pages of the signals, and who never reads a word of them."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Absence, CoManager, Notice, Role
from clients.services import reassign
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.pages import browser
from crm import clock
from crm.web.errors import Conflict
from exchange.models import Signal
from exchange.services import return_client
from exchange.signals import look, mark_seen, mark_unseen
from exchange.signals.words import in_words, span
from interactions.models import Event
from interactions.sales import close_process
from interactions.services import cancel_event
from interactions.tests.factories import event, process

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 5, 13)
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


class Company:
    """Anna kept Romashka by one line, and touched twelve clients within minutes; her people around her."""

    def __init__(self, time_machine):
        self.time_machine = time_machine
        self.north, self.south = DepartmentFactory(name="North"), DepartmentFactory(name="South")
        self.anna = ManagerFactory(first_name="Anna", last_name="Ivanova", department=self.north)
        self.colleague = ManagerFactory(department=self.north)
        self.stranger = ManagerFactory(department=self.south)
        self.deputy = ManagerFactory(department=self.south)
        self.co_manager = ManagerFactory(department=self.south)
        self.head, self.other_head = head_of(self.north), head_of(self.south)
        self.director = ManagerFactory(role=Role.DIRECTOR, department=None)
        self.admin = ManagerFactory(is_staff=True, is_superuser=True, department=None)
        yesterday = TODAY - DAY
        self.at(yesterday, 12)
        self.romashka = held_client(
            self.anna, name="Romashka", assigned_on=dt.date(2025, 11, 14), today=yesterday, city="Omsk"
        )
        assert self.romashka.detach_on == TODAY + 2 * DAY
        CoManager.objects.create(client=self.romashka, manager=self.co_manager)
        self.call = event(self.romashka, text="rang them", now=clock.now())
        self.crowd = []
        for number in range(12):
            moment = self.at(yesterday, 17, 50 + number // 2)
            client = held_client(self.anna, name=f"Crowd {number}", today=yesterday)
            self.crowd.append(event(client, text="hello", now=moment))
        self.at(TODAY, 1)
        assert look() == 2
        self.line = Signal.objects.get(kind="last_minute")
        self.burst = Signal.objects.get(kind="burst")
        self.at(TODAY, 10)
        Absence.objects.create(
            manager=self.anna, deputy=self.deputy, starts_on=TODAY, ends_on=TODAY + 9 * DAY, status="approved"
        )

    def at(self, day, hour, minute=0):
        moment = clock.at(day, hour, minute)
        self.time_machine.move_to(moment, tick=False)
        return moment

    @property
    def others(self):
        """Who must never read of it."""
        return [self.anna, self.colleague, self.stranger, self.deputy, self.co_manager, self.other_head]


@pytest.fixture
def company(time_machine):
    return Company(time_machine)


def page(user, name, *args, **query):
    answer = browser(user).get(reverse(name, args=args), query)
    return answer.status_code, " ".join(answer.content.decode().split())


def post(user, name, *args, **data):
    return browser(user).post(reverse(name, args=args), data)


# --- what heads read --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["head", "director", "admin"])
def test_the_list_says_in_words_what_was_seen(company, who):
    status, text = page(getattr(company, who), "signal-list")
    assert status == 200
    assert "12 clients within 5 minutes, 12 May 17:50–17:55" in text
    assert "One line in the last days: “rang them” – Romashka, 3 days before the exchange" in text
    assert "Questions, not verdicts" in text
    assert text.count("Ivanova") >= 2


def test_a_signal_opens_its_contacts_and_what_came_after(company):
    status, text = page(company.head, "signal-detail", company.burst.pk)
    assert status == 200
    for each in company.crowd:
        assert each.get_absolute_url() in text
        assert each.client.get_absolute_url() in text
    sale = process(company.romashka, by=company.anna, amount=5000)
    close_process(process=sale, won=True, by=company.anna)
    _, text = page(company.head, "signal-detail", company.line.pk)
    for shown in ("rang them", company.call.get_absolute_url(), "Bought</dt><dd>yes", "5,000", "exchange</dt><dd>no"):
        assert shown in text, shown
    company.at(TODAY + 2 * DAY, 10)
    return_client(client_id=company.romashka.pk, by=company.head, reason=None)
    _, text = page(company.head, "signal-detail", company.line.pk)
    assert "exchange</dt><dd>yes" in text


def test_the_list_is_narrowed_down(company):
    url = reverse("signal-list")
    seen = {
        "": 2, "?kind=burst": 1, "?kind=one_sided": 0, f"?manager={company.anna.pk}": 2, "?since=2026-05-12": 2,
        "?since=2026-05-13": 0, "?until=2026-05-12": 2, "?until=2026-05-11": 0, "?seen=seen": 0, "?seen=all": 2,
        f"?manager={company.colleague.pk}": 0, "?since=nonsense": 0,
    }  # fmt: skip
    for query, number in seen.items():
        answer = browser(company.head).get(url + query)
        assert answer.context["page"].count == number, query
    mark_seen(signal=company.line, by=company.head)
    for query, number in {"": 1, "?seen=seen": 1, "?seen=all": 2}.items():
        assert browser(company.head).get(url + query).context["page"].count == number, query
    answer = browser(company.head).get(url, headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="signal-list"')


def test_an_empty_list_says_what_would_stand_here(company):
    _, text = page(company.other_head, "signal-list")
    assert "Nothing to look at" in text
    _, text = page(company.head, "signal-list", kind="one_sided")
    assert "No such signal" in text


def test_a_client_that_is_no_longer_his_is_not_named(company):
    reassign(client_id=company.romashka.pk, manager=company.stranger, by=company.director)
    for name, args in (("signal-list", ()), ("signal-detail", (company.line.pk,))):
        _, text = page(company.head, name, *args)
        assert "Romashka" not in text
        assert "rang them" not in text
        assert "a client that is no longer yours to see" in text
    assert "1 contact is with a client that is no longer yours to see" in text
    reassign(client_id=company.crowd[0].client_id, manager=company.stranger, by=company.director)
    _, text = page(company.head, "signal-detail", company.burst.pk)
    assert "Crowd 0" not in text
    assert "Crowd 1" in text


def test_contacts_that_count_no_more(company):
    cancel_event(event=company.crowd[0], by=company.anna)
    _, text = page(company.head, "signal-detail", company.burst.pk)
    assert text.count("counts no more") == 1
    cancel_event(event=company.call, by=company.anna)
    assert page(company.head, "signal-detail", company.line.pk)[0] == 404
    assert "Romashka" not in page(company.head, "signal-list")[1]


# --- looked at --------------------------------------------------------------------------------------------------------
def test_looked_at_with_a_note_and_undone(company):
    url = reverse("signal-detail", args=[company.line.pk])
    answer = browser(company.head).post(url, {"note": " Talked to Anna "}, follow=True)
    assert answer.redirect_chain == [(reverse("signal-list"), 302)]
    assert reverse("signal-unseen", args=[company.line.pk]) in answer.content.decode()  # Undo in the toast
    company.line.refresh_from_db()
    assert (company.line.seen_by, company.line.seen_at, company.line.note) == (
        company.head, clock.now(), "Talked to Anna"
    )  # fmt: skip
    _, text = page(company.director, "signal-detail", company.line.pk)
    assert "Talked to Anna" in text
    assert post(company.director, "signal-unseen", company.line.pk).status_code == 302
    company.line.refresh_from_db()
    assert (company.line.seen_by, company.line.seen_at, company.line.note) == (None, None, "")


def test_a_note_that_is_too_long_stays_in_its_field(company):
    answer = post(company.head, "signal-detail", company.line.pk, note="x" * 301)
    assert answer.status_code == 422
    assert "x" * 301 in answer.content.decode()
    assert Signal.objects.unseen().count() == 2


def test_two_heads_look_at_once(company):
    mark_seen(signal=Signal.objects.get(pk=company.line.pk), by=company.director, note="First")
    with pytest.raises(Conflict):
        mark_seen(signal=company.line, by=company.head, note="Second")
    answer = post(company.head, "signal-detail", company.line.pk, note="Second")
    assert answer.status_code == 422
    assert "Somebody has looked at it already" in answer.content.decode()
    assert Signal.objects.get(pk=company.line.pk).note == "First"
    mark_unseen(signal=company.line)
    with pytest.raises(Conflict):
        mark_unseen(signal=company.line)


def test_who_may_mark_it(company):
    for user in company.others:
        expected = 404 if user == company.other_head else 403
        assert page(user, "signal-detail", company.line.pk)[0] == expected
        for name in ("signal-detail", "signal-unseen"):
            assert post(user, name, company.line.pk).status_code == expected
    assert browser(company.head).get(reverse("signal-unseen", args=[company.line.pk])).status_code == 405
    assert page(company.head, "signal-detail", 987654321)[0] == 404
    assert Signal.objects.unseen().count() == 2


def test_nobody_reads_about_himself(company):
    of_head = Signal.objects.create(kind="burst", manager=company.head, date=TODAY, key="7", number=44)
    of_head.events.add(company.call)
    for user, status in ((company.head, 404), (company.director, 200), (company.other_head, 404)):
        assert page(user, "signal-detail", of_head.pk)[0] == status
    assert "44 clients" not in page(company.head, "signal-list")[1]
    of_admin = Signal.objects.create(kind="burst", manager=company.admin, date=TODAY, key="8", number=55)
    of_admin.events.add(company.call)
    assert page(company.admin, "signal-detail", of_admin.pk)[0] == 404
    assert page(company.director, "signal-detail", of_admin.pk)[0] == 200


# --- who never reads a word of it -------------------------------------------------------------------------------------
def test_no_page_tells_anybody_else(company):
    """Every main page as the salesperson himself, colleagues, deputy, co-manager and another head."""
    pages = [
        reverse(name)
        for name in (
            "my-day", "client-list", "event-list", "process-list", "exchange-board", "exchange-leaving", "notice-list",
            "rule-list", "preferences", "search", "absence-list", "approval-list", "client-export", "report-index",
            "report-traffic-light", "night-list",
        )
    ]  # fmt: skip
    pages += [reverse("search") + "?q=romashka"]
    pages += [
        reverse(name, args=[company.romashka.pk])
        for name in ("client-detail", "client-why", "client-history", "client-update")
    ]
    pages += [company.call.get_absolute_url(), reverse("client-detail", args=[company.crowd[0].client_id])]
    words = [
        "One line in the last days: ", "within 5 minutes", "question-diamond", 'href="/signals/', "signal-list",
        company.line.get_absolute_url(), "worth a look", "for heads only",
    ]  # fmt: skip
    for user in company.others:
        for url in pages:
            answer = browser(user).get(url)
            if answer.status_code != 200:
                continue
            text = (b"".join(answer) if answer.streaming else answer.content).decode()
            told = [word for word in words if word in text]
            if user == company.other_head:  # he has the entry of the rail, and nothing in it
                told = [word for word in told if word not in ("question-diamond", 'href="/signals/')]
                assert "sv-nav-badge" not in text.partition('href="/signals/"')[2].partition("</a>")[0]
            assert not told, (user, url, told)
        assert not Notice.objects.filter(recipient=user, kind="exchange.signals").exists()


def test_the_card_shows_them_to_heads_only_and_costs_others_nothing(company):
    _, text = page(company.head, "client-detail", company.romashka.pk)
    assert "One line in the last days" in text
    _, text = page(company.director, "client-detail", company.crowd[0].client_id)
    assert "12 clients within 5 minutes" in text
    for user in company.others:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            page(user, "client-detail", company.romashka.pk)
        asked = [query["sql"] for query in queries if "exchange_signal" in query["sql"]]
        # The number of the badge stands in the query of all small tables (``clients.page_rows``).
        assert not [sql for sql in asked if "card_table" not in sql]


def test_the_badge_counts_what_is_to_be_looked_at(company):
    _, text = page(company.head, "my-day")
    entry = text.partition('href="/signals/"')[2].partition("</a>")[0]
    assert ">2<" in entry.replace(" ", "")
    mark_seen(signal=company.line, by=company.head)
    mark_seen(signal=company.burst, by=company.head)
    _, text = page(company.head, "my-day")
    assert ">2<" not in text.partition('href="/signals/"')[2].partition("</a>")[0].replace(" ", "")


def test_the_notice_leads_the_head_to_the_list(company):
    _, text = page(company.head, "notice-list")
    assert "2 contact patterns of your people are worth a look" in text
    assert "Romashka" not in text.partition("worth a look")[2][:300]


def test_pages_cost_the_same_however_many_there_are(company):
    def cost(name, *args):
        browser(company.head).get(reverse(name, args=args))
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert page(company.head, name, *args)[0] == 200
        return len(queries)

    few = cost("signal-list"), cost("signal-detail", company.burst.pk)
    for number in range(5):
        another = Signal.objects.create(
            kind="last_minute",
            manager=company.colleague,
            client=company.crowd[number].client,
            date=TODAY,
            key=f"k{number}",
        )
        another.events.add(company.crowd[number])
    assert (cost("signal-list"), cost("signal-detail", company.burst.pk)) == few


# --- words ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "quote", "words"),
    [
        ({"leaves_on": 3}, "called", "One line in the last days: “called” – Romashka, 3 days before the exchange"),
        ({"leaves_on": 1}, "", "One line in the last days: “nothing written” – Romashka, 1 day before the exchange"),
        ({"leaves_on": 0}, None, "One line in the last days: Romashka, on the day it was due to leave"),
        ({"leaves_on": -2}, None, "One line in the last days: Romashka, 2 days after it was due to leave"),
        ({"leaves_on": None}, None, "One line in the last days: Romashka, 13 May"),
        ({"kind": "one_sided", "number": 3}, None, "Turned green 3 times in a row from our side only: Romashka"),
        ({"kind": "burst", "number": 12}, None, "12 clients within minutes, 13 May"),
    ],
)
def test_words(time_machine, facts, quote, words):
    time_machine.move_to(clock.at(TODAY), tick=False)
    days = facts.pop("leaves_on", None)
    leaves_on = None if days is None else TODAY + days * DAY
    signal = Signal(**{"kind": "last_minute", "date": TODAY, "leaves_on": leaves_on, **facts})
    assert in_words(signal, client="Romashka", quote=quote) == words


def test_a_span_of_time_in_words(time_machine):
    time_machine.move_to(clock.at(TODAY), tick=False)
    first = clock.at(TODAY, 17, 52)
    assert span(first, first + 7 * MINUTE) == "13 May 17:52–17:59"
    assert span(first, first) == "13 May 17:52"
    late = clock.at(TODAY, 23, 55)
    assert span(late, late + 10 * MINUTE) == "13 May 23:55 – 14 May 00:05"


def test_events_of_a_signal_stay_when_it_is_looked_at(company):
    before = set(Event.objects.filter(signals=company.burst))
    mark_seen(signal=company.burst, by=company.head)
    assert set(Event.objects.filter(signals=company.burst)) == before
