"""Pages of setting aside and of inbound calls: who may, what stands at its field, what the card and the lists say."""

import datetime as dt

import pytest
from django.urls import reverse

from clients.models import Client, Notice, Role
from clients.tests.factories import (
    ContactPersonFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from crm import clock
from exchange import shelving
from exchange.models import Shelving
from exchange.services import claim, return_client
from interactions.models import Event
from interactions.tests.factories import kind

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 5, 13)
NOW = clock.at(TODAY)
FORMS = {
    "client-quarantine": {"until": "2026-06-30", "reason": "Asked not to be called"},
    "client-archive": {"reason": "Asked not to be called"},
}
MARKED = {"quarantine-lift": "quarantine", "archive-restore": "archive"}


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def head():
    return head_of(DepartmentFactory(), first_name="Irina", last_name="Petrova")


@pytest.fixture
def last(head):
    return ManagerFactory(department=head.department)


@pytest.fixture
def waiting(last):
    return exchange_client(last, since=NOW - DAY * 40, name="Vostok")


@pytest.fixture
def stranger():
    return ManagerFactory()


def url(name, thing):
    return reverse(name, args=[thing.pk])


def mark(client, by, how="quarantine"):
    """Set a client aside."""
    if how == "archive":
        return shelving.archive(client_id=client.pk, reason="Closed down", by=by)
    return shelving.quarantine(client_id=client.pk, until=TODAY + DAY * 30, reason="Asked for it", by=by)


def fresh(client):
    return Client.objects.get(pk=client.pk)


def toast(answer):
    return [(str(message), message.extra_tags) for message in answer.wsgi_request._messages]


# --- setting aside ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", FORMS)
def test_the_head_sets_aside_and_may_take_it_back_at_once(name, client, waiting, head):
    client.force_login(head)
    assert client.get(url(name, waiting)).status_code == 200
    answer = client.post(url(name, waiting), FORMS[name], follow=True)
    assert answer.redirect_chain[0][0] == waiting.get_absolute_url()
    row = Shelving.objects.get()
    assert (row.client, row.reason, row.made_by) == (waiting, "Asked not to be called", head)
    undo = {"client-quarantine": "quarantine-lift", "client-archive": "archive-restore"}[name]
    page = answer.content.decode()
    assert url(undo, waiting) in page
    assert "Undo" in page
    client.post(url(undo, waiting))
    found = fresh(waiting)
    assert (found.quarantine_until, found.archived_at, found.is_on_exchange) == (None, None, True)


def test_another_day_offers_no_undo(client, waiting, head):
    mark(waiting, head)
    client.force_login(head)
    form = client.get(url("client-quarantine", waiting)).content.decode()
    assert 'value="2026-06-12"' in form
    assert 'value="Asked for it"' in form
    answer = client.post(url("client-quarantine", waiting), FORMS["client-quarantine"])
    assert [extra for _text, extra in toast(answer)] == [""]
    assert fresh(waiting).quarantine_until == dt.date(2026, 6, 30)


@pytest.mark.parametrize("name", FORMS)
def test_only_who_heads_the_last_manager_decides(name, client, waiting, head, last, stranger):
    other, director = head_of(DepartmentFactory()), ManagerFactory(role=Role.DIRECTOR)
    for who, status in ((last, 403), (stranger, 403), (other, 403), (director, 200), (head, 200)):
        client.force_login(who)
        assert client.get(url(name, waiting)).status_code == status, who
        if status == 403:
            assert client.post(url(name, waiting), FORMS[name]).status_code == 403
        assert (url(name, waiting) in client.get(waiting.get_absolute_url()).content.decode()) is (status == 200)
    assert not Shelving.objects.exists()
    client.force_login(head)
    assert client.get(reverse(name, args=[987654321])).status_code == 404


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"until": "", "reason": "Vacation"}, "until", "required"),
        ({"until": "2026-05-13", "reason": "Vacation"}, "until", "after today"),
        ({"until": "2028-05-13", "reason": "Vacation"}, "until", "At most until May 13, 2027."),
        ({"until": "30226-05-13", "reason": "Vacation"}, "until", "valid date"),
        ({"until": "2926-05-13", "reason": "Vacation"}, "until", "Look at the year"),
        ({"until": "2026-06-30", "reason": "  "}, "reason", "required"),
        ({"until": "2026-06-30", "reason": "x" * 301}, "reason", "at most 300"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(data, field, words, client, waiting, head):
    client.force_login(head)
    answer = client.post(url("client-quarantine", waiting), data)
    assert answer.status_code == 422
    assert words in answer.context["form"].errors[field][0]
    assert data["reason"].strip() in answer.content.decode()
    assert fresh(waiting).quarantine_until is None


@pytest.mark.parametrize("name", FORMS)
def test_who_was_too_slow_is_told_whose_it_is(name, client, waiting, head, stranger):
    claim(client_id=waiting.pk, by=stranger)
    client.force_login(head)
    assert client.get(url(name, waiting)).status_code == 403
    answer = client.post(url(name, waiting), FORMS[name])
    assert answer.status_code == 422
    assert f"{stranger} has taken it meanwhile." in answer.content.decode()
    assert not Shelving.objects.exists()


def test_archiving_twice_is_said(client, waiting, head):
    mark(waiting, head, "archive")
    client.force_login(head)
    assert client.get(url("client-archive", waiting)).status_code == 403
    assert "archived already" in client.post(url("client-archive", waiting), {"reason": "x"}).content.decode()
    assert "bring it back first" in client.post(
        url("client-quarantine", waiting), FORMS["client-quarantine"]
    ).content.decode()  # fmt: skip
    assert Shelving.objects.count() == 1


# --- bringing back ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", MARKED)
def test_bringing_back(name, client, waiting, head, last, stranger):
    mark(waiting, head, MARKED[name])
    other = head_of(DepartmentFactory())
    for who in (last, stranger, other):
        client.force_login(who)
        assert client.post(url(name, waiting)).status_code == 403
        assert url(name, waiting) not in client.get(waiting.get_absolute_url()).content.decode()
    assert Shelving.objects.count() == 1
    client.force_login(head)
    assert client.get(url(name, waiting)).status_code == 405
    assert client.post(reverse(name, args=[987654321])).status_code == 404
    assert url(name, waiting) in client.get(waiting.get_absolute_url()).content.decode()
    assert client.post(url(name, waiting), {"next": "/exchange/archive/"})["Location"] == "/exchange/archive/"
    assert Shelving.objects.first().made_by == head
    assert fresh(waiting).is_on_exchange
    # Once more: told, not done.
    answer = client.post(url(name, waiting), follow=True)
    assert (
        "may be contacted already" if name == "quarantine-lift" else "not in the archive"
    ) in answer.content.decode()
    assert Shelving.objects.count() == 2


def test_from_a_list_of_the_exchange_one_goes_on_there(client, waiting, head):
    client.force_login(head)
    on_the_list = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/exchange/?q=v"}
    answer = client.post(url("client-quarantine", waiting), FORMS["client-quarantine"], **on_the_list)
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "drawer-close, list-refresh"
    answer = client.post(url("quarantine-lift", waiting), **on_the_list)
    assert answer["HX-Trigger"] == "drawer-close, list-refresh"
    on_the_card = {**on_the_list, "HTTP_HX_CURRENT_URL": f"http://testserver{waiting.get_absolute_url()}"}
    answer = client.post(url("client-archive", waiting), FORMS["client-archive"], **on_the_card)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, waiting.get_absolute_url())


# --- what the card says -----------------------------------------------------------------------------------------------
def test_the_card_says_until_when_why_and_by_whom(client, waiting, head, stranger):
    mark(waiting, head)
    client.force_login(stranger)
    page = client.get(waiting.get_absolute_url()).content.decode()
    assert "Do not contact until 12 Jun" in page
    assert "Asked for it · by Irina Petrova" in page
    assert "sv-zone-exchange" in page
    assert "Nobody contacts it until 12 Jun" in page


def test_a_quarantine_that_is_over_is_not_spoken_of(client, waiting, head, stranger):
    mark(waiting, head)
    Client.objects.filter(pk=waiting.pk).update(quarantine_until=TODAY - DAY)
    client.force_login(stranger)
    page = client.get(waiting.get_absolute_url()).content.decode()
    assert "Do not contact" not in page
    assert "Nobody contacts it" not in page


def test_an_archived_client_is_nowhere_said_to_be_on_the_exchange(client, waiting, head, stranger):
    mark(waiting, head, "archive")
    client.force_login(stranger)
    card = client.get(waiting.get_absolute_url()).content.decode()
    assert "Archived on 13 May" in card
    assert "Closed down · by Irina Petrova" in card
    found = client.get(reverse("search"), {"q": "Vostok"}).content.decode()
    listed = client.get(reverse("client-list"), {"whose": "all", "zone": "archived"}).content.decode()
    for page in (card, found, listed):
        assert "sv-zone-archived" in page
        assert "sv-zone-exchange" not in page
    assert "never had a lead manager" not in card
    assert reverse("claim", args=[waiting.pk]) not in card
    assert url("client-quarantine", waiting) not in card
    on_exchange = client.get(reverse("client-list"), {"whose": "all", "zone": "exchange"}).content.decode()
    assert waiting.get_absolute_url() not in on_exchange
    assert waiting.get_absolute_url() not in client.get(reverse("exchange-board")).content.decode()


def test_the_stub_of_an_archived_client_that_nobody_ever_held(client, stranger):
    hidden = UnassignedClientFactory(name="Nowhere Ltd")
    shelving.archive(client_id=hidden.pk, reason="A double", by=ManagerFactory(role=Role.DIRECTOR))
    client.force_login(stranger)
    page = client.get(hidden.get_absolute_url()).content.decode()
    assert "It is in the archive" in page
    assert "sv-zone-archived" in page
    assert "A double" not in page
    assert "Nowhere Ltd" not in client.get(reverse("exchange-shelf")).content.decode()


def test_an_archived_client_is_not_handed_over(client, waiting, head):
    director = ManagerFactory(role=Role.DIRECTOR)
    mark(waiting, head, "archive")
    client.force_login(director)
    assert reverse("client-reassign", args=[waiting.pk]) not in client.get(waiting.get_absolute_url()).content.decode()
    answer = client.post(url("client-reassign", waiting), {"manager": head.pk})
    assert answer["Location"] == waiting.get_absolute_url()
    assert fresh(waiting).manager is None


def test_a_held_client_shows_none_of_it(client, last, head):
    held = held_client(last)
    client.force_login(head)
    page = client.get(held.get_absolute_url()).content.decode()
    for name in (*FORMS, "client-inbound"):
        assert url(name, held) not in page


def test_why_on_any_day(client, last, head, time_machine):
    time_machine.move_to(NOW - DAY * 5, tick=False)
    waiting = held_client(last)
    return_client(client_id=waiting.pk, by=head, reason=None)
    time_machine.move_to(NOW, tick=False)
    mark(waiting, head)
    time_machine.move_to(NOW + DAY * 2, tick=False)
    mark(waiting, head, "archive")
    time_machine.move_to(NOW + DAY * 4, tick=False)
    shelving.restore(client_id=waiting.pk, by=head)
    time_machine.move_to(NOW + DAY * 6, tick=False)
    client.force_login(head)

    def on(days):
        page = client.get(url("client-why", waiting), {"on": (TODAY + DAY * days).isoformat()})
        return page.content.decode()

    before, aside, archived, back = on(-1), on(1), on(3), on(5)
    # The timeline of everything stands below on every day: the sentence is what differs.
    quarantine, archive = "until 12 Jun, by Irina Petrova: Asked for it", "on 15 May by Irina Petrova: Closed down"
    assert [(quarantine in page, archive in page) for page in (before, aside, archived, back)] == [
        (False, False), (True, False), (False, True), (True, False)
    ]  # fmt: skip
    assert "sv-zone-archived" in archived
    assert "Brought back from the archive" in back
    assert "On the exchange since" not in archived


# --- the list ---------------------------------------------------------------------------------------------------------
def test_the_archive_lists_who_went_why_and_offers_the_way_back(client, waiting, head, stranger, last):
    other = exchange_client(name="Zapad", since=NOW)
    aside = exchange_client(last, name="Sever", since=NOW)
    director = ManagerFactory(role=Role.DIRECTOR)
    mark(waiting, head, "archive")
    mark(other, director, "archive")
    mark(aside, head)
    client.force_login(head)
    page = client.get(reverse("exchange-shelf")).content.decode()
    assert "Vostok" in page
    assert "Zapad" in page
    assert "Sever" not in page
    assert "Closed down" in page
    assert url("archive-restore", waiting) in page
    assert url("archive-restore", other) not in page
    page = client.get(reverse("exchange-shelf"), {"kind": "quarantine"}).content.decode()
    assert "Sever" in page
    assert "Vostok" not in page
    assert url("quarantine-lift", aside) in page
    client.force_login(stranger)
    page = client.get(reverse("exchange-shelf")).content.decode()
    assert "Vostok" in page
    assert "archive-restore" not in page
    assert "/restore/" not in page


def test_the_list_is_searched_by_name_and_last_manager_and_keeps_its_tab(client, waiting, head, last):
    sever = exchange_client(name="Sever", since=NOW)
    mark(waiting, head, "archive")
    mark(sever, ManagerFactory(role=Role.DIRECTOR), "archive")
    client.force_login(head)

    def found(**query):
        return {row[0].name for row in client.get(reverse("exchange-shelf"), query).context["rows"]}

    assert found() == {"Vostok", "Sever"}
    assert found(q="vOS") == {"Vostok"}
    assert found(manager=last.pk) == {"Vostok"}
    assert found(manager=sever.last_manager_id) == {"Sever"}
    assert found(kind="quarantine", q="vos") == set()
    assert found(kind="nonsense") == {"Vostok", "Sever"}
    page = client.get(reverse("exchange-shelf"), {"kind": "quarantine", "q": "vos"}).content.decode()
    assert 'name="kind" value="quarantine"' in page
    assert "Nothing of that kind" in page


def test_the_empty_shelves_say_what_they_are_for(client, stranger):
    client.force_login(stranger)
    assert "The archive is empty" in client.get(reverse("exchange-shelf")).content.decode()
    page = client.get(reverse("exchange-shelf"), {"kind": "quarantine"}).content.decode()
    assert "Every client may be contacted" in page
    assert "sv-tabs" in page


def test_a_reason_is_text_and_never_markup(client, waiting, head):
    shelving.archive(client_id=waiting.pk, reason="<script>alert(1)</script>", by=head)
    client.force_login(head)
    for page in (waiting.get_absolute_url(), reverse("exchange-shelf")):
        assert "<script>alert" not in client.get(page).content.decode()


# --- inbound ----------------------------------------------------------------------------------------------------------
def inbound_form(**data):
    return {"kind": kind("call_in").pk, "subject": "Wants ten pumps", **data}


def test_whoever_answered_writes_it_down(client, waiting, stranger, head, last):
    person = ContactPersonFactory(client=waiting)
    client.force_login(stranger)
    assert url("client-inbound", waiting) in client.get(waiting.get_absolute_url()).content.decode()
    form = client.get(url("client-inbound", waiting))
    assert form.status_code == 200
    assert str(person) in form.content.decode()
    answer = client.post(url("client-inbound", waiting), inbound_form(person=person.pk), follow=True)
    assert answer.redirect_chain[0][0] == waiting.get_absolute_url()
    done = Event.objects.get()
    assert (done.client, done.responsible, done.subject) == (waiting, stranger, "Wants ten pumps")
    assert "Wants ten pumps" in answer.content.decode()
    assert {notice.recipient for notice in Notice.objects.all()} == {head, last}
    client.force_login(head)
    assert "Nobody holds Vostok, and it got in touch" in client.get(reverse("notice-list")).content.decode()


def test_only_kinds_in_use_that_come_from_the_client_are_offered(client, waiting, stranger):
    off = kind("message_in")
    off.is_active = False
    off.save()
    client.force_login(stranger)
    offered = {str(one) for one in client.get(url("client-inbound", waiting)).context["form"].fields["kind"].queryset}
    assert offered == {"Incoming call", "Incoming letter", "Visit of the client", "Purchase", "Complaint"}
    for code in ("message_in", "call_out", "process_won"):
        answer = client.post(url("client-inbound", waiting), inbound_form(kind=kind(code).pk))
        assert "kind" in answer.context["form"].errors
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"occurred_at": "2026-05-13T12:01"}, "occurred_at"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"person": "987654321"}, "person"),
        ({"kind": ""}, "kind"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_what_is_wrong_with_a_call_stands_at_its_field(data, field, client, waiting, stranger):
    client.force_login(stranger)
    answer = client.post(url("client-inbound", waiting), inbound_form(name="Olga") | data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Event.objects.exists()
    assert not Notice.objects.exists()


def test_anothers_person_is_no_choice(client, waiting, stranger):
    client.force_login(stranger)
    answer = client.post(url("client-inbound", waiting), inbound_form(person=ContactPersonFactory().pk))
    assert "person" in answer.context["form"].errors


def test_clients_with_a_manager_and_those_never_held_have_no_such_form(client, stranger, last):
    held = held_client(last)
    ContactPersonFactory(client=held, last_name="Secretov")
    client.force_login(stranger)
    for thing in (held, UnassignedClientFactory()):
        assert client.get(url("client-inbound", thing)).status_code == 403
    assert client.post(url("client-inbound", UnassignedClientFactory()), inbound_form()).status_code == 403
    assert client.get(reverse("client-inbound", args=[987654321])).status_code == 404
    # Who typed while another claimed keeps his words, and learns whose it is, but not who works there.
    answer = client.post(url("client-inbound", held), inbound_form(name="Olga"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{last} has this client now" in page
    assert "Wants ten pumps" in page
    assert "Secretov" not in page
    assert not Event.objects.exists()


def test_a_client_set_aside_may_call_us(client, waiting, stranger, head):
    mark(waiting, head)
    client.force_login(stranger)
    assert "Do not contact Vostok until 12 Jun" in client.get(url("client-inbound", waiting)).content.decode()
    assert client.post(url("client-inbound", waiting), inbound_form()).status_code == 302
    assert fresh(waiting).quarantine_until == TODAY + DAY * 30


def test_a_call_of_long_ago_waits_for_approval(client, waiting, stranger):
    client.force_login(stranger)
    answer = client.post(url("client-inbound", waiting), inbound_form(occurred_at="2026-05-05T10:00"))
    assert "when it is approved" in toast(answer)[0][0]
    assert Event.objects.get().counted_on is None
