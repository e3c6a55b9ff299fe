"""From the night to the letter: who is warned by the rules reads of it under the bell and in one letter, by a real mail
server; a server that is down costs neither the night nor the notice."""

import datetime as dt

import pytest

from clients.mailing import send_due_letters
from clients.models import Client, CoManager, Letter, Notice
from clients.notices import unread_count
from clients.tasks import send_letters
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of, held_client
from clients.tests.mail_server import inbox, mail_port, serving  # noqa: F401 - fixtures
from crm import clock
from exchange.models import LeavingWarning, RunStatus
from exchange.night import run_night

pytestmark = pytest.mark.django_db

#: Assigned on 15 March, unless somebody calls it leaves on 16 September: 14 days before is 2 September.
ASSIGNED, TONIGHT = dt.date(2026, 3, 15), dt.date(2026, 9, 2)


@pytest.fixture
def people(time_machine):
    """A manager with three clients that leave in 14 days, and the head who reads of them from then on."""
    time_machine.move_to(clock.at(TONIGHT, 1), tick=False)
    department = DepartmentFactory()
    head = head_of(department, email="head@example.com", language="ru", first_name="Ирина")
    anna = ManagerFactory(department=department, email="anna@example.com", language="en", first_name="Anna")
    for name in ("Vostok", "Zapad", "Sever"):
        held_client(anna, name=name, assigned_on=ASSIGNED, today=TONIGHT - dt.timedelta(days=1))
    return anna, head


def test_the_warned_read_one_letter_each_in_their_own_language(people, inbox, time_machine):  # noqa: F811
    run = run_night(TONIGHT)
    assert run.status == RunStatus.DONE
    assert LeavingWarning.objects.count() == 3
    assert [unread_count(reader) for reader in people] == [1, 1]
    send_letters()
    assert not inbox.letters  # not at night
    time_machine.move_to(clock.at(TONIGHT, 7), tick=False)
    for _ in range(2):
        send_letters()
    assert sorted(inbox.to) == ["anna@example.com", "head@example.com"]
    by_reader = {message["To"]: message for message in inbox.letters}
    text, html = (part.get_content() for part in by_reader["anna@example.com"].iter_parts())
    for content in (text, html):
        for fact in ("Vostok", "Zapad", "Sever", "in 14 days", "https://crm.example.com/clients/", "Anna"):
            assert fact in content, fact
    assert '<html lang="en">' in html
    text, html = (part.get_content() for part in by_reader["head@example.com"].iter_parts())
    assert "Vostok" in text
    assert "сентября 2026" in text
    assert '<html lang="ru">' in html


def test_who_helps_with_a_client_is_warned_too_and_of_this_one_alone(people):
    anna, head = people
    helper, gone = ManagerFactory(), ManagerFactory(is_active=False)
    vostok, zapad = (Client.objects.get(name=name) for name in ("Vostok", "Zapad"))
    for client, manager in ((vostok, helper), (vostok, gone), (zapad, head)):
        CoManager.objects.create(client=client, manager=manager)
    run_night(TONIGHT)
    told = {notice.recipient: [row[0] for row in notice.data["clients"]] for notice in Notice.objects.all()}
    assert told.keys() == {anna, head, helper}
    assert told[helper] == [vostok.pk]
    assert len(told[anna]) == len(told[head]) == 3


def test_a_night_caught_up_at_noon_is_told_by_letter_on_the_same_day(people, inbox, time_machine):  # noqa: F811
    time_machine.move_to(clock.at(TONIGHT, 12), tick=False)
    send_letters()
    run_night(TONIGHT)
    send_letters()
    assert sorted(inbox.to) == ["anna@example.com", "head@example.com"]


def test_a_mail_server_that_is_down_loses_no_notice_and_blocks_no_night(people, mail_port, time_machine):  # noqa: F811
    assert run_night(TONIGHT).status == RunStatus.DONE
    morning = clock.at(TONIGHT, 7)
    time_machine.move_to(morning, tick=False)
    send_letters()
    assert set(Letter.objects.values_list("status", flat=True)) == {"queued"}
    assert Notice.objects.filter(read_at=None, letter__isnull=False).count() == 2
    time_machine.move_to(clock.at(TONIGHT + dt.timedelta(days=1), 1), tick=False)
    assert run_night(TONIGHT + dt.timedelta(days=1)).status == RunStatus.DONE
    with serving(mail_port) as box:
        time_machine.move_to(clock.at(TONIGHT + dt.timedelta(days=1), 2), tick=False)
        assert send_due_letters().sent == 2
    assert len(box.letters) == 2
