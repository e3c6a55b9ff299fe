"""Telling people, the counter, and what they read of it."""

import datetime as dt

import pytest

from clients import notices
from clients.models import Notice
from clients.notices import Line, NoticeKind, client_lines, mark_read, notify, unread_count
from clients.page_rows import MOST_COUNTED
from clients.tests.factories import ManagerFactory, held_client
from crm import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    """Two kinds of our own, whatever the apps declare."""
    monkeypatch.setattr(notices, "_kinds", {})
    notices.register(
        NoticeKind(
            key="leaving",
            name="Clients about to leave",
            icon="hourglass",
            words=lambda notice: f"{len(notice.data['clients'])} clients leave",
            lines=lambda some, reader: client_lines(
                some,
                reader,
                ids=lambda notice: notice.data["clients"],
                line=lambda notice, client: Line(str(client), client.get_absolute_url(), "soon", "red"),
            ),
        )
    )
    notices.register(NoticeKind(key="quiet", name="Quiet", icon="bell", words=lambda n: "Hush", by_letter=False))


def tell(*people, key="1", kind="quiet", **kwargs):
    return notify(kind=kind, recipients=[person.pk for person in people], key=key, **{"data": {}} | kwargs)


def test_everybody_is_told_once_however_often_it_is_said():
    anna, boris = ManagerFactory(), ManagerFactory()
    assert tell(anna) == 1
    assert tell(anna, boris) == 1
    assert tell(anna, boris) == 0
    assert tell(anna, key="2") == 1
    assert sorted(Notice.objects.values_list("recipient", "key")) == [
        (anna.pk, "1"),
        (anna.pk, "2"),
        (boris.pk, "1"),
    ]


def test_what_was_told_stays_as_it_was_told_first():
    anna = ManagerFactory()
    tell(anna, data={"n": 1})
    tell(anna, data={"n": 2})
    assert Notice.objects.get().data == {"n": 1}


def test_each_may_be_told_facts_of_his_own():
    anna, boris, carl = ManagerFactory(), ManagerFactory(), ManagerFactory()
    assert tell(anna, boris, carl, data={anna.pk: {"n": 1}, boris.pk: {"n": 2}}) == 2
    assert {notice.recipient_id: notice.data["n"] for notice in Notice.objects.all()} == {anna.pk: 1, boris.pk: 2}


def test_who_left_the_company_is_not_told():
    assert tell(ManagerFactory(is_active=False)) == 0
    assert notify(kind="quiet", recipients=[987654321], key="1", data={}) == 0
    assert not Notice.objects.exists()


def test_an_undeclared_kind_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        tell(ManagerFactory(), kind="nonsense")


def test_telling_many_costs_no_more_queries_than_telling_one(django_assert_num_queries):
    people = [ManagerFactory() for _ in range(12)]
    with django_assert_num_queries(3):
        assert tell(*people) == 12


def test_the_counter_counts_the_readers_own_unread_and_stops_at_a_hundred(django_assert_num_queries):
    anna, boris = ManagerFactory(), ManagerFactory()
    for number in range(3):
        tell(anna, boris, key=str(number))
    assert mark_read(anna, [Notice.objects.filter(recipient=anna).first().pk]) == 1
    with django_assert_num_queries(1):
        assert unread_count(anna) == 2
    assert unread_count(boris) == 3
    for number in range(120):
        tell(boris, key=f"more {number}")
    assert unread_count(boris) == MOST_COUNTED + 1


def test_reading_touches_only_ones_own_and_only_what_was_shown():
    anna, boris = ManagerFactory(), ManagerFactory()
    tell(anna, boris)
    of_boris = Notice.objects.get(recipient=boris)
    assert mark_read(anna, [of_boris.pk]) == 0
    seen = Notice.objects.get(recipient=anna)
    tell(anna, key="came meanwhile")
    assert mark_read(anna, up_to=seen.pk) == 1
    assert unread_count(anna) == 1
    assert mark_read(anna) == 1
    assert mark_read(anna) == 0
    assert unread_count(boris) == 1


def test_a_notice_read_stays_read_at_the_time_it_was_read_first(time_machine):
    time_machine.move_to(clock.at(dt.date(2026, 5, 13)))
    anna = ManagerFactory()
    tell(anna)
    mark_read(anna)
    first = Notice.objects.get().read_at
    time_machine.shift(3600)
    mark_read(anna)
    assert Notice.objects.get().read_at == first


def test_details_show_what_the_reader_may_see_now_and_count_the_rest(django_assert_num_queries):
    anna, boris = ManagerFactory(), ManagerFactory()
    mine, lost = held_client(anna, name="Mine"), held_client(boris, name="Lost")
    for key in ("1", "2", "3"):
        tell(anna, kind="leaving", key=key, data={"clients": [lost.pk, mine.pk]})
    some = list(Notice.objects.all())
    notices.lines(some, anna)  # what is known of the reader is asked once
    with django_assert_num_queries(1):
        details = notices.lines(some, anna)
    for notice in some:
        assert details[notice.pk] == [
            Line("Mine", mine.get_absolute_url(), "soon", "red"),
            Line("1 client is no longer yours to see"),
        ]


def test_a_notice_nobody_understands_any_more_still_has_words(caplog):
    anna = ManagerFactory()
    tell(anna, kind="leaving", data={"old": True})
    assert notices.words(Notice.objects.get()) == "Clients about to leave"
    assert "cannot be put into words" in caplog.text
    orphan = Notice(recipient=anna, kind="gone", key="1")
    assert notices.words(orphan) == "Notice"
    assert notices.lines([Notice.objects.create(recipient=anna, kind="gone", key="1")], anna)
