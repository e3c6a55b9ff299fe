"""Letters to clients: one for a day, sent once, and a contact only when they left."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from clients.models import ContactPerson, ContactPoint, Manager, Notice
from clients.outbox import LEASE, RETRIES
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    ManagerFactory,
    exchange_client,
    held_client,
)
from clients.tests.mail_server import inbox, mail_port, serving  # noqa: F401 - fixtures
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.services import return_client
from interactions import client_letters, tasks
from interactions.client_letters import GRACE, queue_letter, send_again, send_due, take_back
from interactions.models import ClientLetter, Event, EventKind

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 13)
NOON = clock.at(TODAY)


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    settings.DEFAULT_FROM_EMAIL = "Pumps Ltd <sales@pumps.example>"
    time_machine.move_to(NOON, tick=False)


def writer(**kwargs) -> Manager:
    return ManagerFactory(first_name="Anna", last_name="Petrova", email="anna@pumps.example", **kwargs)


def person_of(manager: Manager, **kwargs) -> ContactPerson:
    """A person at a client that has been left alone for months, with an address."""
    long_ago = TODAY - dt.timedelta(days=100)
    client = held_client(manager, name="Vostok", assigned_on=long_ago, today=TODAY)
    person = ContactPersonFactory(client=client, first_name="Pavel", **kwargs)
    ContactPointFactory(client=client, person=person, kind="email", value="Pavel@Vostok.example")
    return person


def queue(person: ContactPerson, *, by: Manager | None = None, key: str = "birthday-1-2026", **kwargs) -> ClientLetter:
    words = {"subject": "Happy birthday", "text": "Dear Pavel,\n\nhappy birthday!"} | kwargs
    point = ContactPoint.objects.get(person=person)
    return queue_letter(
        client=person.client, person=person, point=point, by=by or person.client.manager, key=key, **words
    )


def leave(time_machine) -> None:
    time_machine.move_to(clock.now() + GRACE, tick=False)


# --- what arrives -----------------------------------------------------------------------------------------------------
def test_a_letter_leaves_from_the_company_and_is_answered_to_who_wrote(inbox, time_machine):  # noqa: F811
    letter = queue(person_of(writer()))
    assert send_due().sent == 0, "there is time for second thoughts"
    leave(time_machine)
    assert send_due().sent == 1
    (message,) = inbox.letters
    assert inbox.to == ["pavel@vostok.example"]
    assert message["From"] == "Anna Petrova <sales@pumps.example>"
    assert message["Reply-To"] == "anna@pumps.example"
    assert message["Message-ID"] == f"<client-letter-{letter.pk}-20260513@crm.example.com>"
    assert message["Subject"] == "Happy birthday"
    assert message.get_content().splitlines() == ["Dear Pavel,", "", "happy birthday!"]
    assert message["Auto-Submitted"] is None, "a person wrote it"


def test_a_letter_that_left_is_a_contact(inbox, time_machine):  # noqa: F811
    person = person_of(writer())
    letter = queue(person)
    person.client.refresh_from_db()
    assert (person.client.zone, Event.objects.count()) == ("yellow", 0), "a letter that waits is none"
    leave(time_machine)
    tasks.send_client_letters()
    letter.refresh_from_db()
    person.client.refresh_from_db()
    assert (letter.status, letter.sent_at, letter.attempts) == ("sent", clock.now(), 1)
    event = letter.event
    assert (event.kind.code, event.status, event.counted_on) == ("letter_out", "done", TODAY)
    assert (event.subject, event.text) == (letter.subject, letter.text)
    assert (event.responsible, event.author) == (letter.by, letter.by)
    assert list(event.persons.all()) == [person]
    assert (person.client.zone, person.client.last_contact_on) == ("green", TODAY)
    assert send_due().sent == 0
    assert Event.objects.count() == 1


def test_it_counts_as_its_kind_says(inbox, time_machine):  # noqa: F811
    EventKind.objects.filter(code="letter_out").update(counts_as_contact=False)
    person = person_of(writer())
    letter = queue(person)
    leave(time_machine)
    send_due()
    letter.refresh_from_db()
    person.client.refresh_from_db()
    assert (letter.event.counted_on, person.client.zone) == (None, "yellow")


# --- what does not ----------------------------------------------------------------------------------------------------
def test_a_letter_that_never_leaves_never_counts_and_its_writer_is_told(inbox, time_machine):  # noqa: F811
    person = person_of(writer())
    letter = queue(person)
    leave(time_machine)
    inbox.always = "550 no such mailbox"
    for pause in (*RETRIES, dt.timedelta(0)):
        assert send_due().failed == 1
        time_machine.move_to(clock.now() + pause, tick=False)
    letter.refresh_from_db()
    person.client.refresh_from_db()
    assert (letter.status, letter.event, letter.sent_at) == ("failed", None, None)
    assert (person.client.zone, Event.objects.count()) == ("yellow", 0)
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient) == ("letter.failed", letter.by)
    assert queue(person).pk, "and it may be written again"


def test_who_left_the_company_writes_to_nobody(inbox, time_machine):  # noqa: F811
    letter = queue(person_of(writer()))
    Manager.objects.filter(pk=letter.by_id).update(is_active=False)
    leave(time_machine)
    assert send_due().sent == 0
    letter.refresh_from_db()
    assert letter.status == "failed"
    assert send_again(ClientLetter.objects.all()) == 0


def test_a_client_that_went_to_the_exchange_meanwhile_is_not_written_to(inbox, time_machine):  # noqa: F811
    person = person_of(writer())
    letter = queue(person)
    return_client(client_id=person.client_id, by=letter.by, reason=None)
    leave(time_machine)
    assert send_due().sent == 0
    letter.refresh_from_db()
    assert (letter.status, inbox.letters, Event.objects.count()) == ("failed", [], 0)
    assert Notice.objects.filter(kind="letter.failed", recipient=letter.by).exists()


@pytest.mark.parametrize("why", ["left", "exchange"])
def test_a_letter_a_sender_has_in_hand_is_his(inbox, time_machine, why):  # noqa: F811
    letter = queue(person_of(writer()))
    ClientLetter.objects.filter(pk=letter.pk).update(attempts=1, next_try_at=clock.now() + LEASE)
    if why == "left":
        Manager.objects.filter(pk=letter.by_id).update(is_active=False)
    else:
        return_client(client_id=letter.client_id, by=letter.by, reason=None)
    leave(time_machine)
    assert send_due().sent == 0
    letter.refresh_from_db()
    assert letter.status == "queued"


def test_a_letter_given_up_may_be_sent_again_unless_another_took_its_place(inbox, time_machine):  # noqa: F811
    person = person_of(writer())
    first = queue(person)
    ClientLetter.objects.filter(pk=first.pk).update(status="failed")
    second = queue(person)
    assert send_again(ClientLetter.objects.all()) == 0
    take_back(letter=second)
    assert send_again(ClientLetter.objects.all()) == 1
    assert send_due().sent == 1


def test_a_history_that_cannot_be_written_does_not_send_the_letter_twice(inbox, time_machine, monkeypatch):  # noqa: F811
    letter = queue(person_of(writer()))
    leave(time_machine)

    def fail(**_kwargs):
        raise RuntimeError

    monkeypatch.setattr(client_letters, "register_event", fail)
    assert send_due().sent == 1
    letter.refresh_from_db()
    assert (letter.status, letter.event) == ("sent", None)
    time_machine.move_to(clock.now() + LEASE, tick=False)
    assert send_due().sent == 0


# --- one for a day ----------------------------------------------------------------------------------------------------
def test_nobody_is_congratulated_twice_whoever_writes():
    person = person_of(writer())
    queue(person)
    colleague = ManagerFactory()
    with pytest.raises(Conflict, match="Anna Petrova has written"):
        queue(person, by=colleague)
    assert queue(person, by=colleague, key="birthday-1-2027").pk
    for _ in range(2):
        assert queue(person, key="").pk, "a letter for no day may be written any time"


def test_second_thoughts(inbox, time_machine):  # noqa: F811
    person = person_of(writer())
    take_back(letter=queue(person))
    leave(time_machine)
    assert send_due().sent == 0
    letter = queue(person)
    leave(time_machine)
    send_due()
    with pytest.raises(Conflict, match="Too late"):
        take_back(letter=letter)
    assert ClientLetter.objects.filter(pk=letter.pk).exists()


# --- what may be written at all ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("field", "value"), [("subject", " \n "), ("subject", "x" * 201), ("text", "\n")])
def test_a_letter_is_whole(field, value):
    with pytest.raises(ValidationError) as refused:
        queue(person_of(writer()), **{field: value})
    assert list(refused.value.message_dict) == [field]


def test_a_subject_is_one_line():
    assert queue(person_of(writer()), subject="Hello\r\nBcc: all@example.com").subject == "Hello Bcc: all@example.com"


def test_the_address_is_the_clients():
    person, other = person_of(writer()), person_of(writer())
    for point in (ContactPoint.objects.get(person=other), ContactPointFactory(client=person.client, person=person)):
        with pytest.raises(ValidationError) as refused:
            queue_letter(client=person.client, person=person, point=point, subject="A", text="A", by=writer())
        assert list(refused.value.message_dict) == ["to"]


def test_a_client_nobody_holds_is_not_written_to():
    client = exchange_client()
    point = ContactPointFactory(client=client, kind="email", value="a@example.com")
    with pytest.raises(DomainError, match="Nobody holds"):
        queue_letter(client=client, person=None, point=point, subject="A", text="A", by=writer())


# --- two at once ------------------------------------------------------------------------------------------------------
def together(count: int, act) -> None:
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait(timeout=10)
            act(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_letter_once_and_register_it_once(inbox, time_machine):  # noqa: F811
    people = [person_of(writer()) for _ in range(6)]
    for number, person in enumerate(people):
        queue(person, key=str(number))
    leave(time_machine)
    sent: list[int] = []
    together(4, lambda _number: sent.append(send_due().sent))
    assert sum(sent) == len(inbox.letters) == 6
    assert Event.objects.count() == ClientLetter.objects.filter(status="sent", event__isnull=False).count() == 6


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_the_same_moment_write_one_letter():
    person = person_of(writer())
    said: list[str] = []

    def write(_number: int) -> None:
        try:
            queue(person)
        except Conflict as refusal:
            said.append(str(refusal))

    together(2, write)
    assert ClientLetter.objects.count() == 1
    assert said == ["Anna Petrova has written this letter already."]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_letter_sent_twice_because_a_sender_hung_is_one_contact(inbox, time_machine):  # noqa: F811
    """Its claim ran out while it talked to the server: the second sender writes it down, the first one nothing more."""
    letter = queue(person_of(writer()))
    leave(time_machine)
    assert send_due().sent == 1
    client_letters._mark_sent(letter)
    assert Event.objects.count() == 1


# --- Django admin -----------------------------------------------------------------------------------------------------
def test_an_administrator_finds_letters_given_up_and_sends_them_again(client):
    client.force_login(ManagerFactory(is_staff=True, is_superuser=True))
    lost, waiting = queue(person_of(writer())), queue(person_of(writer()), key="")
    ClientLetter.objects.filter(pk=lost.pk).update(status="failed", last_error="550 no such mailbox")
    assert "550 no such mailbox" in client.get(f"/admin/interactions/clientletter/{lost.pk}/change/").content.decode()
    answer = client.post(
        "/admin/interactions/clientletter/",
        {"action": "send_again", "_selected_action": [lost.pk, waiting.pk]},
        follow=True,
    )
    assert "1 letter goes out within five minutes." in answer.content.decode()
    assert "1 letter was let be" in answer.content.decode()
    lost.refresh_from_db()
    assert (lost.status, lost.attempts) == ("queued", 0)
