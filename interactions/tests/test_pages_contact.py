"""Registering a contact, and the history on the card."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.tests.factories import ContactPersonFactory, exchange_client, held_client
from clients.tests.pages import browser
from crm import clock
from interactions.models import Agreement, Event, EventStatus
from interactions.selectors import HISTORY_SIZE
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def days(n):
    return clock.now() + dt.timedelta(days=n)


@pytest.fixture
def idle(company):
    """Anna's client, left alone for a hundred days: yellow."""
    today = clock.today()
    return held_client(company.anna, name="Idle Ltd", assigned_on=today - dt.timedelta(days=100))


def register(user, client, headers=None, **data):
    data.setdefault("kind", kind().pk)
    return browser(user).post(reverse("contact-register", args=[client.pk]), data, headers=headers or {})


def test_two_clicks_make_the_client_green_at_once(company, idle):
    assert idle.zone == "yellow"
    response = register(company.anna, idle, text="Wants ten pumps")
    assert response.status_code == 302
    assert response.url == reverse("client-detail", args=[idle.pk])
    idle.refresh_from_db()
    assert idle.zone == "green"
    made = Event.objects.get(client=idle)
    assert (made.status, made.responsible, made.author) == (EventStatus.DONE, company.anna, company.anna)
    assert made.counted_on == clock.today()


def browser_text(user, url):
    return browser(user).get(url).content.decode()


def test_the_toast_says_green_and_offers_undo_and_undo_takes_everything_back(company, idle):
    page = browser(company.anna)
    url = reverse("contact-register", args=[idle.pk])
    data = {"kind": kind().pk, "next_kind": kind().pk, "next_at": local(days(2)), "next_subject": "Call again"}
    answer = page.post(url, data, headers=HTMX)
    assert answer.headers["HX-Trigger"] == "drawer-close, list-refresh"
    text = answer.content.decode()
    assert "Idle Ltd is green" in text
    undo = re.search(r'action="([^"]*/delete/[^"]*)"', text).group(1)
    assert Event.objects.filter(client=idle).count() == 2
    page.post(undo.replace("&amp;", "&"), {"next": "/clients/"})
    idle.refresh_from_db()
    assert idle.zone == "yellow"
    assert not Event.objects.filter(client=idle).exists()


def test_the_next_step_continues_the_contact(company, idle):
    register(company.anna, idle, next_at=local(days(3)), next_kind=kind("meeting").pk, next_subject="Show the drawings")
    planned = Event.objects.planned().get(client=idle)
    assert planned.continues == Event.objects.done().get(client=idle)
    assert (planned.subject, planned.kind.code, planned.responsible) == ("Show the drawings", "meeting", company.anna)


def test_persons_agreement_and_sale_are_kept(company, idle):
    person = ContactPersonFactory(client=idle)
    sale = process(idle)
    register(
        company.anna,
        idle,
        persons=[person.pk],
        process=sale.pk,
        agreement_side="they",
        agreement_text="Confirm the budget",
        agreement_due="2030-01-15",
    )
    made = Event.objects.by_hand().get(client=idle)
    assert [row.person for row in made.participants.all()] == [person]
    assert made.process == sale
    agreement = made.agreements.get()
    assert (agreement.side, agreement.text, agreement.due_on) == ("they", "Confirm the budget", dt.date(2030, 1, 15))


def test_far_back_waits_for_the_head_and_the_toast_says_so(company, idle):
    page = browser(company.anna)
    url = reverse("contact-register", args=[idle.pk])
    answer = page.post(url, {"kind": kind().pk, "occurred_at": local(days(-9))}, headers=HTMX)
    assert "when the head approves it" in answer.content.decode()
    idle.refresh_from_db()
    assert idle.zone == "yellow"


def test_on_the_card_the_page_is_read_anew(company, idle):
    url = reverse("contact-register", args=[idle.pk]) + "?reload=1"
    card = reverse("client-detail", args=[idle.pk])
    answer = browser(company.anna).post(url, {"kind": kind().pk, "next": card}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == card


@pytest.mark.parametrize("who", ["anna", "vera", "boris", "head", "director"])
def test_who_works_on_the_client_registers(company, who):
    user = getattr(company, who)
    assert browser(user).get(reverse("contact-register", args=[company.client.pk])).status_code == 200
    assert register(user, company.client).status_code == 302
    assert Event.objects.get(client=company.client).responsible == user


@pytest.mark.parametrize("who", ["petr", "other_head"])
def test_a_stranger_finds_no_form_and_may_not_post(company, who):
    user = getattr(company, who)
    assert browser(user).get(reverse("contact-register", args=[company.client.pk])).status_code == 404
    assert register(user, company.client).status_code == 403
    assert not Event.objects.exists()


def test_on_the_exchange_one_reads_but_does_not_register(company):
    waiting = exchange_client()
    assert browser(company.petr).get(reverse("contact-register", args=[waiting.pk])).status_code == 403
    assert register(company.petr, waiting).status_code == 403


def test_a_missing_client_is_404(company):
    page = browser(company.anna)
    assert page.get(reverse("contact-register", args=[999999])).status_code == 404
    assert page.post(reverse("contact-register", args=[999999])).status_code == 404


BAD = [
    ({"kind": ""}, "kind", "Say what it was"),
    ({"kind": "process_won"}, "kind", "valid choice"),
    ({"kind": "abc"}, "kind", "valid choice"),
    ({"occurred_at": "future"}, "occurred_at", "cannot lie in the future"),
    ({"occurred_at": "0226-11-01T10:00"}, "occurred_at", "Look at the year"),
    ({"occurred_at": "0001-01-01T00:00"}, "occurred_at", "Look at the year"),
    ({"occurred_at": "31.02.2017"}, "occurred_at", "valid date"),
    ({"text": "x" * 100_000}, "text", "at most 20000"),
    ({"text": "a\x00b"}, "text", "Null characters"),
    ({"subject": "x" * 300}, "subject", "at most 255"),
    ({"persons": ["stranger"]}, "persons", "not one of the available choices"),
    ({"process": "foreign"}, "process", "valid choice"),
    ({"responsible": "999999"}, "responsible", "valid choice"),
    ({"next_at": "2020-01-01T10:00"}, "next_at", "in the past"),
    ({"next_subject": "Call again"}, "next_at", "Say when"),
    ({"agreement_due": "2030-01-01"}, "agreement_text", "Say what was agreed"),
    ({"agreement_text": "x" * 600}, "agreement_text", "at most 500"),
]


@pytest.mark.parametrize(("bad", "field", "words"), BAD, ids=[f"{f}-{n}" for n, (_b, f, _w) in enumerate(BAD)])
def test_bad_input_is_told_at_the_field_and_nothing_is_written(company, idle, bad, field, words):
    bad = dict(bad)
    if bad.get("kind") == "process_won":
        bad["kind"] = kind("process_won").pk
    if bad.get("occurred_at") == "future":
        bad["occurred_at"] = local(days(2))
    if bad.get("persons"):
        bad["persons"] = [ContactPersonFactory().pk]
    if bad.get("process"):
        bad["process"] = process(held_client()).pk
    before = Event.objects.count()
    response = register(company.anna, idle, **{"text": "Typed words", **bad})
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors[field])
    assert Event.objects.count() == before
    assert not Agreement.objects.exists()
    if "text" not in bad:
        assert "Typed words" in response.content.decode()


def test_markup_in_words_is_shown_as_words(company, idle):
    register(company.anna, idle, text="<script>alert(1)</script>", subject="<b>bold</b>")
    text = browser_text(company.anna, reverse("client-detail", args=[idle.pk]))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


# --- history ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def past(company):
    """Three events of one client: a call by Anna with Pavel, a meeting by the head, an old letter."""
    client, anna = company.client, company.anna
    person = client.persons.get()
    first = event(client, now=days(-60), code="letter_out", subject="Old letter")
    event(client, by=company.head, now=days(-10), code="meeting", subject="The meeting")
    call = event(client, by=anna, now=days(-1), subject="The call", continues=first)
    call.participants.create(person=person)
    return client


def rows(user, client, **query):
    prefixed = {f"h-{key}": value for key, value in query.items()}
    answer = browser(user).get(reverse("client-history", args=[client.pk]), prefixed, headers=HTMX)
    assert answer.status_code == 200
    return [str(row) for row in answer.context["page"]]


def test_history_is_newest_first_and_filters(company, past):
    assert rows(company.anna, past) == ["The call", "The meeting", "Old letter"]
    assert rows(company.anna, past, kind=kind("meeting").pk) == ["The meeting"]
    assert rows(company.anna, past, who=company.head.pk) == ["The meeting"]
    assert rows(company.anna, past, person=past.persons.get().pk) == ["The call"]
    assert rows(company.anna, past, since=days(-15).date().isoformat()) == ["The call", "The meeting"]
    assert rows(company.anna, past, until=days(-15).date().isoformat()) == ["Old letter"]
    assert rows(company.anna, past, since="0001-01-01", until="9999-12-31") == ["The call", "The meeting", "Old letter"]
    assert rows(company.anna, past, kind="x", who="-1", since="31.02.2017") == ["The call", "The meeting", "Old letter"]


def test_history_filter_works_without_htmx_on_the_card(company, past):
    page = browser(company.anna)
    url = reverse("client-history", args=[past.pk])
    answer = page.get(url, {"h-kind": kind("meeting").pk})
    assert answer.status_code == 302
    text = page.get(answer.url).content.decode()
    assert "The meeting" in text
    assert "The call" not in text.split('id="history"')[1].split("</ol>")[0]


def test_history_shows_the_chain_and_who_took_part(company, past):
    text = browser_text(company.anna, reverse("client-detail", args=[past.pk]))
    assert "continues: Old letter" in text
    assert "continued" in text
    assert "Zotov Pavel" in text


def test_history_of_a_client_one_may_not_read_is_404(company, past):
    assert browser(company.petr).get(reverse("client-history", args=[past.pk])).status_code == 404
    assert "The call" not in browser_text(company.petr, reverse("client-detail", args=[past.pk]))


def test_history_pages_are_appended(company):
    client = company.client
    kinds = kind()
    Event.objects.bulk_create(
        Event(
            client=client,
            kind=kinds,
            status="done",
            subject=f"No {n}",
            occurred_at=days(-n - 1),
            responsible=company.anna,
            author=company.anna,
        )
        for n in range(60)
    )
    page = browser(company.anna)
    first = page.get(reverse("client-history", args=[client.pk]), headers=HTMX)
    assert len(first.context["page"].rows) == HISTORY_SIZE
    older = re.search(r'hx-get="([^"]+more=1)"', first.content.decode()).group(1).replace("&amp;", "&")
    second = page.get(older, headers=HTMX)
    assert [str(row) for row in second.context["page"]] == [f"No {n}" for n in range(HISTORY_SIZE, 2 * HISTORY_SIZE)]
    assert "<ol" not in second.content.decode()


def test_the_history_costs_the_same_whatever_it_holds(company, django_assert_max_num_queries):
    client = company.client
    page = browser(company.anna)
    url = reverse("client-history", args=[client.pk])

    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            page.get(url, headers=HTMX)
        return len(seen)

    def one(n):
        made = event(client, now=days(-n), subject=f"No {n}")
        made.participants.create(person=client.persons.get())
        made.agreements.create(text="Send it")

    for n in range(1, 4):
        one(n)
    few = queries()
    for n in range(4, 20):
        one(n)
    assert queries() == few
    # Session, user, deputies, heads, the client; the four of the history; three lists of choices is all.
    assert few <= 12


def test_after_a_contact_in_the_drawer_the_counters_over_the_list_are_right_too(company):
    late = held_client(company.anna, name="Late", assigned_on=clock.today() - dt.timedelta(days=100))
    page, url = browser(company.anna), reverse("client-list")

    def counts(answer):
        found = answer.context["counts"]
        return found.green, found.yellow

    whole = page.get(url)
    assert counts(whole) == (1, 1)
    assert "hx-swap-oob" not in whole.content.decode().split("<main")[1].split("</main")[0]
    answer = page.post(reverse("contact-register", args=[late.pk]), {"kind": kind().pk}, headers=HTMX)
    assert answer.headers["HX-Trigger"] == "drawer-close, list-refresh"
    refreshed = page.get(url, headers=HTMX)
    assert counts(refreshed) == (2, 0)
    assert '<div id="client-counts" class="cl-counts" hx-swap-oob="true">' in refreshed.content.decode()


def test_a_long_history_hides_nothing_of_what_else_the_card_shows(company):
    """The boxes beside the history follow from its first page where that is all; else they are asked for."""
    client = company.client
    event(client, by=company.boris, status=EventStatus.PLANNED, occurred_at=days(-300), subject="Forgotten call")
    old = event(client, by=company.head, occurred_at=days(-300), subject="Long ago")
    Agreement.objects.create(event=old, text="Old promise")

    def card():
        answer = browser(company.anna).get(client.get_absolute_url())
        text = answer.content.decode()
        who = text.split('name="h-who"')[1].split("</select>")[0]
        return "Forgotten call" in text, "Old promise" in text, str(company.boris) in who, str(company.head) in who

    assert card() == (True, True, True, True)
    for n in range(60):
        event(client, now=clock.now() - dt.timedelta(hours=n))
    assert card() == (True, True, True, True)
