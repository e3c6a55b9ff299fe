"""A client of the exchange calls or writes: it is a contact, nobody gets the client by it, and those it concerns hear
of it at once, whichever way it was registered."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from clients.models import Client, Notice, Role
from clients.notices import kind_of, lines, words
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
from crm.web.errors import Conflict, DomainError
from exchange import inbound, shelving
from interactions import inbound as announcing
from interactions import services
from interactions.models import Event, EventKind
from interactions.tests.factories import event, kind

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
TODAY = dt.date(2026, 5, 13)
NOW = clock.at(TODAY)


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def head():
    return head_of(DepartmentFactory(), first_name="Irina", last_name="Petrova")


@pytest.fixture
def last(head):
    """Who held the client last."""
    return ManagerFactory(department=head.department)


@pytest.fixture
def waiting(last):
    return exchange_client(last, since=NOW - DAY * 10, name="Vostok")


@pytest.fixture
def answerer():
    """Somebody of another department, who took the call."""
    return ManagerFactory(first_name="Boris", last_name="Orlov")


def called(client, by, **kwargs):
    kwargs = {"kind": kind("call_in"), "subject": "Wants ten pumps", **kwargs}
    return inbound.register_inbound(client_id=client.pk, by=by, **kwargs)


def told():
    return {notice.recipient for notice in Notice.objects.filter(kind="exchange.inbound")}


# --- registering ------------------------------------------------------------------------------------------------------
def test_a_call_is_in_the_history_and_counts_but_gives_nobody_the_client(waiting, answerer):
    person = ContactPersonFactory(client=waiting)
    done = called(waiting, answerer, person=person, name=" Olga  from accounts ", subject="  Wants\nten pumps ")
    assert (done.client, done.status, done.subject) == (waiting, "done", "Wants ten pumps")
    assert (done.responsible, done.author, done.occurred_at, done.counted_on) == (answerer, answerer, NOW, TODAY)
    assert [str(row) for row in done.participants.order_by("pk")] == [str(person), "Olga from accounts"]
    found = Client.objects.get(pk=waiting.pk)
    assert (found.last_contact_on, found.manager, found.zone, found.clock_date) == (TODAY, None, "", None)
    assert found.exchange_since == waiting.exchange_since
    assert Event.objects.visible_to(ManagerFactory()).get() == done


def test_yesterdays_call_is_yesterdays(waiting, answerer):
    assert called(waiting, answerer, occurred_at=NOW - DAY).counted_on == TODAY - DAY


@pytest.mark.parametrize("code", ["call_out", "meeting", "process_won", "note"])
def test_only_what_comes_from_the_client_is_taken(code, waiting, answerer):
    with pytest.raises(DomainError) as refused:
        called(waiting, answerer, kind=kind(code))
    assert refused.value.field == "kind"


def test_what_it_wanted_must_be_said(waiting, answerer):
    with pytest.raises(DomainError) as refused:
        called(waiting, answerer, subject="  ")
    assert refused.value.field == "subject"


def test_what_is_refused_leaves_nothing(waiting, answerer):
    with pytest.raises(ValidationError):
        called(waiting, answerer, occurred_at=NOW + HOUR)
    with pytest.raises(ValidationError):
        called(waiting, answerer, person=ContactPersonFactory())
    assert not Event.objects.exists()
    assert not Notice.objects.exists()


def test_who_typed_while_another_claimed_is_told_whose_it_is(answerer):
    held = held_client(name="Vostok")
    with pytest.raises(Conflict, match=str(held.manager)):
        called(held, answerer)
    with pytest.raises(Conflict, match="does not exist"):
        inbound.register_inbound(client_id=987654321, kind=kind("call_in"), subject="x", by=answerer)


def test_it_may_call_in_quarantine_and_from_the_archive(waiting, answerer, head, last):
    shelving.quarantine(client_id=waiting.pk, until=TODAY + DAY, reason="Asked for it", by=head)
    called(waiting, answerer)
    shelving.archive(client_id=waiting.pk, reason="Closed", by=head)
    called(waiting, answerer)
    assert Notice.objects.filter(recipient=head).count() == 2


# --- who is told ------------------------------------------------------------------------------------------------------
def test_the_last_manager_and_his_head_are_told(waiting, answerer, head, last):
    ManagerFactory(role=Role.DIRECTOR)
    called(waiting, answerer)
    assert told() == {head, last}


def test_nobody_is_told_what_he_registered_himself(waiting, head, last):
    called(waiting, last)
    assert told() == {head}
    called(waiting, head)
    assert Notice.objects.filter(recipient=head).count() == 1
    assert Notice.objects.filter(recipient=last).count() == 1


def test_who_left_is_not_told(waiting, answerer, head, last):
    last.is_active = False
    last.save()
    called(waiting, answerer)
    assert told() == {head}


def test_without_a_head_the_directors_are_told(waiting, answerer, head, last):
    director, gone = ManagerFactory(role=Role.DIRECTOR), ManagerFactory(role=Role.DIRECTOR, is_active=False)
    head.is_active = False
    head.save()
    called(waiting, answerer)
    assert told() == {director, last}
    assert gone not in told()


def test_without_a_last_manager_the_directors_are_told(waiting, answerer, head):
    director = ManagerFactory(role=Role.DIRECTOR)
    Client.objects.filter(pk=waiting.pk).update(last_manager=None)
    called(waiting, answerer)
    assert told() == {director}


def test_the_last_managers_own_head_is_the_one_above_him(answerer, head):
    above = head_of(DepartmentFactory())
    head.department.parent = above.department
    head.department.save()
    called(exchange_client(head, since=NOW - DAY), answerer)
    assert told() == {head, above}


# --- which way ever ---------------------------------------------------------------------------------------------------
def test_every_way_of_registering_alerts_once(waiting, head, last):
    director = ManagerFactory(role=Role.DIRECTOR)
    done = event(waiting, by=director, code="letter_in", subject="Asks for a price list")
    assert told() == {head, last}
    assert Notice.objects.count() == 2
    done.text = "With delivery"
    services.change_event(event=done, by=director)
    done.kind = kind("message_in")
    services.change_event(event=done, by=director)
    inbound.alert(done, director)
    assert Notice.objects.count() == 2


def test_a_planned_visit_alerts_when_it_has_taken_place(waiting, head, last):
    director = ManagerFactory(role=Role.DIRECTOR)
    planned = event(waiting, by=director, code="visit_in", status="planned", occurred_at=NOW - HOUR)
    assert not told()
    services.finish_event(event=planned, by=head, result="Came for samples")
    assert told() == {last}


def test_what_becomes_incoming_alerts(waiting, head, last):
    director = ManagerFactory(role=Role.DIRECTOR)
    done = event(waiting, by=director, code="call_out")
    assert not told()
    done.kind = kind("call_in")
    services.change_event(event=done, by=director)
    assert told() == {head, last}


def test_what_was_registered_with_the_wrong_client_alerts_for_the_right_one(waiting, head, last):
    director = ManagerFactory(role=Role.DIRECTOR)
    done = event(held_client(), by=director, code="call_in")
    assert not told()
    services.move_event(event=done, client=waiting, by=director)
    assert told() == {head, last}
    other = exchange_client(last, since=NOW - DAY)
    services.move_event(event=Event.objects.get(), client=other, by=director)
    assert [notice.data["client"] for notice in Notice.objects.filter(recipient=last).order_by("pk")] == [
        waiting.pk, other.pk
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["call_out", "meeting", "note", "mailing"])
def test_what_we_do_ourselves_alerts_nobody(code, waiting):
    event(waiting, by=ManagerFactory(role=Role.DIRECTOR), code=code)
    assert not told()


@pytest.mark.parametrize("status", ["planned", "cancelled"])
def test_what_did_not_take_place_alerts_nobody(status, waiting):
    event(waiting, by=ManagerFactory(role=Role.DIRECTOR), code="call_in", status=status)
    assert not told()


@pytest.mark.parametrize("make", [held_client, UnassignedClientFactory])
def test_other_clients_alert_nobody(make):
    event(make(), by=ManagerFactory(role=Role.DIRECTOR), code="call_in")
    assert not told()


def test_a_claim_of_a_moment_ago_is_believed_not_the_old_instance(waiting, last):
    old = Client.objects.get(pk=waiting.pk)
    Client.objects.filter(pk=waiting.pk).update(exchange_since=None)
    event(old, by=ManagerFactory(role=Role.DIRECTOR), code="call_in")
    assert not told()


@pytest.mark.parametrize(("days", "tells"), [(10, True), (13, True), (14, False), (300, False)])
def test_long_before_it_came_to_the_exchange_is_history(days, tells, waiting, head, last):
    """It came ten days ago; a call of up to three days before is news: it would have stayed."""
    director = ManagerFactory(role=Role.DIRECTOR)
    event(waiting, by=director, code="call_in", occurred_at=NOW - DAY * days)
    assert bool(told()) is tells


def test_a_kind_of_ones_own_is_announced_and_the_programs_are_not(waiting):
    heard = []
    own = EventKind.objects.create(name="Message in the portal", direction="incoming")
    system = EventKind.objects.create(name="Won", direction="incoming", is_system=True)
    done = event(waiting, by=ManagerFactory(role=Role.DIRECTOR))
    listeners = announcing._listeners[:]
    try:
        announcing.register(lambda found, by: heard.append(found.kind))
        for each in (own, system):
            done.kind = each
            announcing.announce(done, by=done.author)
        # Changed words are no news; another client is.
        done.kind, stored = own, Event(client=waiting, kind=own, status="done")
        announcing.announce(done, by=done.author, stored=stored)
        assert heard == [own]
        stored.client = UnassignedClientFactory()
        announcing.announce(done, by=done.author, stored=stored)
    finally:
        announcing._listeners[:] = listeners
    assert heard == [own, own]


# --- the words --------------------------------------------------------------------------------------------------------
def test_the_words_say_who_called_when_and_what_for(waiting, answerer, head):
    called(waiting, answerer, name="Olga", occurred_at=clock.at(TODAY, 10, 42))
    notice = Notice.objects.get(recipient=head)
    assert words(notice) == (
        "Nobody holds Vostok, and it got in touch: Incoming call on 13 May, 10:42, taken by Boris Orlov"
    )
    [line] = lines([notice], head)[notice.pk]
    assert (line.text, line.url, line.note) == ("Vostok", waiting.get_absolute_url(), "Olga: Wants ten pumps")
    assert notice.url == waiting.get_absolute_url()
    found = kind_of(notice)
    assert (found.urgent, found.same_day, found.by_letter) == (True, True, True)
    with timezone.override("Asia/Vladivostok"), translation.override("ru"):
        assert "17:42" in words(notice)


def test_what_is_not_ones_to_read_any_more_is_not_told(waiting, answerer, last, head):
    called(waiting, answerer, name="Olga")
    notices = {notice.recipient: notice for notice in Notice.objects.all()}
    Client.objects.filter(pk=waiting.pk).update(exchange_since=None)
    from clients.services import attach

    attach(client_id=waiting.pk, manager=answerer, by=None, gained="claimed")
    [line] = lines([notices[last]], last)[notices[last].pk]
    assert (line.text, line.url, line.note) == ("1 client is no longer yours to see", "", "")
    for secret in ("Olga", "ten pumps"):
        assert secret not in words(notices[last])
    director = ManagerFactory(role=Role.DIRECTOR)
    [line] = lines([notices[head]], director)[notices[head].pk]
    assert line.note == "Olga: Wants ten pumps – has a lead manager now"


def test_a_client_set_aside_says_so(waiting, answerer, head):
    shelving.quarantine(client_id=waiting.pk, until=TODAY + DAY * 30, reason="Asked for it", by=head)
    called(waiting, answerer)
    notice = Notice.objects.get(recipient=head)
    assert lines([notice], head)[notice.pk][0].note == "Wants ten pumps – do not contact until 12 Jun"
    shelving.archive(client_id=waiting.pk, reason="Closed", by=head)
    assert lines([notice], head)[notice.pk][0].note == "Wants ten pumps – in the archive"


def test_many_notices_cost_as_many_queries_as_one(last, answerer, head, django_assert_num_queries):
    for _number in range(3):
        called(exchange_client(last, since=NOW - DAY), answerer)
    notices = list(Notice.objects.filter(recipient=head))
    for some in (notices[:1], notices):
        with django_assert_num_queries(1):
            lines(some, ManagerFactory.build(role=Role.DIRECTOR))


# --- for the board ----------------------------------------------------------------------------------------------------
def test_when_each_called_last(waiting, last, answerer, django_assert_num_queries):
    silent, other = exchange_client(last, since=NOW - DAY), exchange_client(last, since=NOW - DAY)
    director = ManagerFactory(role=Role.DIRECTOR)
    called(waiting, answerer, occurred_at=NOW - DAY)
    called(waiting, answerer, occurred_at=NOW - HOUR)
    called(other, answerer, occurred_at=NOW - DAY * 2)
    event(silent, by=director, code="call_out")
    event(silent, by=director, code="call_in", status="planned", occurred_at=NOW)
    ids = [waiting.pk, silent.pk, other.pk]
    with django_assert_num_queries(1):
        assert inbound.last_inbound(ids, NOW - DAY) == {waiting.pk: NOW - HOUR}
    assert inbound.last_inbound(ids, NOW - DAY * 2) == {waiting.pk: NOW - HOUR, other.pk: NOW - DAY * 2}
    assert inbound.last_inbound([silent.pk], NOW - DAY * 9) == {}
