"""Events and the clock: what counts, what does not, and that the clock is always read back from what is registered."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Client, Role, RuleSetting
from clients.tests.factories import (
    ContactPersonFactory,
    DepartmentFactory,
    ManagerFactory,
    UnassignedClientFactory,
    exchange_client,
    head_of,
    held_client,
)
from clients.tests.naive_zones import State, naive_state
from crm import clock
from crm.web.errors import Conflict, DomainError
from exchange.models import ZoneTransition
from interactions import recounting, services
from interactions.models import Agreement, Approval, Event, EventKind, EventStatus
from interactions.rulebook import BACKDATING
from interactions.rules.contacts import counted_on, needs_approval
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db

TODAY = dt.date(2024, 6, 14)
NOW = clock.at(TODAY)
LONG_AGO = dt.date(2023, 12, 20)  # almost half a year: red


def days(number: int) -> dt.datetime:
    """Noon so many days ago."""
    return clock.at(TODAY - dt.timedelta(days=number))


def red_client(**kwargs) -> Client:
    client = held_client(assigned_on=LONG_AGO, today=TODAY, **kwargs)
    assert client.zone == "red"
    return client


def state(client: Client) -> State:
    client.refresh_from_db()
    return State(
        client.last_contact_on, client.clock_date, client.yellow_on, client.red_on, client.detach_on, client.zone
    )


def transitions(client: Client) -> list[tuple[str, str, str]]:
    rows = ZoneTransition.objects.filter(client=client).order_by("pk")
    return list(rows.values_list("from_zone", "to_zone", "cause"))


# --- the pure rules ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("is_done", "counts", "awaits", "ago", "counted"),
    [
        (True, True, False, 0, True),
        (True, True, False, 400, True),
        (False, True, False, 0, False),
        (True, False, False, 0, False),
        (True, True, True, 0, False),
        (True, True, False, -1, False),
    ],
)
def test_what_counts(is_done, counts, awaits, ago, counted):
    day = TODAY - dt.timedelta(days=ago)
    answer = counted_on(is_done=is_done, counts_as_contact=counts, awaits_approval=awaits, occurred_on=day, today=TODAY)
    assert answer == (day if counted else None)


@pytest.mark.parametrize(("ago", "needed"), [(0, False), (3, False), (4, True), (400, True), (-1, False)])
def test_what_needs_the_head(ago, needed):
    assert needs_approval(occurred_on=TODAY - dt.timedelta(days=ago), today=TODAY, limit_days=3) is needed


@pytest.mark.parametrize(("limit", "ago", "needed"), [(0, 0, False), (0, 1, True), (10, 10, False), (10, 11, True)])
def test_the_limit_is_a_rule(limit, ago, needed):
    day = TODAY - dt.timedelta(days=ago)
    assert needs_approval(occurred_on=day, today=TODAY, limit_days=limit) is needed
    assert needs_approval(occurred_on=day, today=TODAY, limit_days=None) is False


# --- what counts ------------------------------------------------------------------------------------------------------
COUNTED = [
    "call_out", "call_in", "meeting", "visit", "visit_in", "letter_out", "letter_in", "message_out", "message_in",
    "presentation", "purchase", "complaint",
]  # fmt: skip
NOT_COUNTED = ["call_failed", "mailing", "task", "note"]


def test_every_shipped_kind_is_in_one_of_the_lists():
    assert set(COUNTED + NOT_COUNTED) == set(EventKind.objects.filter(is_system=False).values_list("code", flat=True))


@pytest.mark.parametrize("code", COUNTED)
def test_a_contact_turns_the_client_green_at_once(code):
    client = red_client()
    new = event(client, code=code, now=NOW)
    assert new.counted_on == TODAY
    assert state(client) == naive_state([TODAY], LONG_AGO, TODAY)
    assert client.zone == "green"
    assert transitions(client)[-1] == ("red", "green", "contact")


@pytest.mark.parametrize("code", NOT_COUNTED)
def test_what_is_no_contact_leaves_the_clock(code):
    client = red_client()
    before, log = state(client), transitions(client)
    assert event(client, code=code, now=NOW).counted_on is None
    assert (state(client), transitions(client)) == (before, log)


@pytest.mark.parametrize("status", [EventStatus.PLANNED, EventStatus.CANCELLED])
@pytest.mark.parametrize("ago", [1, 0, -10])
def test_planned_and_cancelled_events_do_not_count(status, ago):
    client = red_client()
    before = state(client)
    new = event(client, status=status, occurred_at=days(ago), now=NOW)
    assert new.counted_on is None
    assert state(client) == before


def test_a_moment_late_in_the_evening_of_utc_counts_on_the_next_company_day():
    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    new = event(
        client,
        occurred_at=dt.datetime(2024, 6, 12, 22, 30, tzinfo=dt.UTC),
        now=NOW,
    )
    assert new.counted_on == dt.date(2024, 6, 13)
    assert state(client).last_contact_on == dt.date(2024, 6, 13)


@pytest.mark.parametrize("later", [dt.timedelta(minutes=1), dt.timedelta(days=1), dt.timedelta(days=400)])
def test_a_contact_cannot_lie_in_the_future(later):
    client = red_client()
    before = state(client)
    with pytest.raises(ValidationError) as raised:
        event(client, occurred_at=NOW + later, now=NOW)
    assert "occurred_at" in raised.value.message_dict
    assert state(client) == before
    assert not Event.objects.exists()


def test_an_end_before_the_start_is_refused_at_its_field():
    with pytest.raises(ValidationError) as raised:
        event(red_client(), occurred_at=days(1), ends_at=days(2), now=NOW)
    assert "ends_at" in raised.value.message_dict
    assert not Event.objects.exists()


def test_the_clock_is_the_maximum_and_never_the_latest_write():
    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    event(client, occurred_at=days(1), now=NOW)
    event(client, occurred_at=days(3), now=NOW)
    event(client, occurred_at=days(2), now=NOW)
    assert state(client) == naive_state([days(n).date() for n in (1, 2, 3)], LONG_AGO, TODAY)


def test_a_contact_before_the_manager_got_the_client_does_not_move_the_clock_back():
    client = held_client(assigned_on=TODAY, today=TODAY)
    event(client, occurred_at=days(2), now=NOW)
    assert state(client) == naive_state([days(2).date()], TODAY, TODAY)
    assert client.clock_date == TODAY


def test_a_contact_with_a_client_on_the_exchange_is_history_and_starts_no_clock():
    client = exchange_client()
    event(client, by=ManagerFactory(), now=NOW)
    assert state(client) == naive_state([TODAY], None, TODAY)


def test_steps_of_sales_are_not_written_by_hand():
    client = red_client()
    before = state(client)
    with pytest.raises(DomainError):
        event(client, code="process_won", now=NOW)
    assert state(client) == before
    step = process(client, now=NOW).stage_changes.get().event
    green = state(client)
    for attempt in (
        lambda: services.delete_event(event=step, now=NOW),
        lambda: services.cancel_event(event=step, by=client.manager, now=NOW),
        lambda: services.change_event(event=step, by=client.manager, now=NOW),
    ):
        with pytest.raises(DomainError):
            attempt()
    assert state(client) == green


def test_an_event_cannot_be_turned_into_a_step_of_a_sale():
    client = red_client()
    call = event(client, code="note", now=NOW)
    call.kind = kind("process_won")
    with pytest.raises(DomainError):
        services.change_event(event=call, by=client.manager, now=NOW)
    assert state(client).last_contact_on is None


# --- changing what is registered --------------------------------------------------------------------------------------
def test_finishing_a_planned_event_counts_from_when_it_took_place():
    client = red_client()
    call = event(client, status=EventStatus.PLANNED, occurred_at=days(2), now=NOW)
    done = services.finish_event(event=call, by=client.manager, result="Agreed", now=NOW)
    assert (done.status, done.result, done.counted_on) == ("done", "Agreed", days(2).date())
    assert state(client) == naive_state([days(2).date()], LONG_AGO, TODAY)
    with pytest.raises(Conflict):
        services.finish_event(event=call, by=client.manager, now=NOW)


def test_finishing_ahead_of_time_counts_now():
    client = red_client()
    call = event(client, status=EventStatus.PLANNED, occurred_at=days(-5), ends_at=days(-6), now=NOW)
    done = services.finish_event(event=call, by=client.manager, now=NOW)
    assert (done.occurred_at, done.counted_on) == (NOW, TODAY)


def test_finishing_for_a_time_after_its_end_drops_the_end():
    client = red_client()
    call = event(client, status=EventStatus.PLANNED, occurred_at=days(3), ends_at=days(2), now=NOW)
    assert services.finish_event(event=call, by=client.manager, occurred_at=days(1), now=NOW).ends_at is None


def test_finishing_in_the_future_is_refused():
    client = red_client()
    call = event(client, status=EventStatus.PLANNED, occurred_at=days(-5), now=NOW)
    with pytest.raises(ValidationError):
        services.finish_event(event=call, by=client.manager, occurred_at=days(-1), now=NOW)
    call.refresh_from_db()
    assert call.status == EventStatus.PLANNED


def test_cancelling_deleting_and_planning_again_take_the_contact_back():
    client = red_client()
    before = state(client)
    first = event(client, now=NOW)
    services.cancel_event(event=first, by=client.manager, now=NOW)
    assert state(client) == before
    assert transitions(client)[-1] == ("green", "red", "correction")
    with pytest.raises(Conflict):
        services.cancel_event(event=first, by=client.manager, now=NOW)
    second = event(client, now=NOW)
    services.delete_event(event=second, now=NOW)
    assert state(client) == before
    with pytest.raises(Conflict):
        services.delete_event(event=second, now=NOW)
    third = event(client, now=NOW)
    third.status = EventStatus.PLANNED
    services.change_event(event=third, by=client.manager, now=NOW)
    assert state(client) == before


def test_an_edited_kind_counts_or_not():
    client = red_client()
    before = state(client)
    call = event(client, now=NOW)
    call.kind = kind("note")
    services.change_event(event=call, by=client.manager, now=NOW)
    assert state(client) == before
    call.kind = kind("meeting")
    services.change_event(event=call, by=client.manager, now=NOW)
    assert state(client) == naive_state([TODAY], LONG_AGO, TODAY)


def test_a_changed_date_moves_the_clock_forward_and_back():
    client = red_client()
    call = event(client, occurred_at=days(3), now=NOW)
    for ago in (1, 2, 0):
        call.occurred_at = days(ago)
        services.change_event(event=call, by=client.manager, now=NOW)
        assert state(client) == naive_state([days(ago).date()], LONG_AGO, TODAY)


def test_moving_an_event_recomputes_both_clients():
    manager = ManagerFactory()
    source, target = red_client(manager=manager), red_client(manager=manager)
    person = ContactPersonFactory(client=source)
    sale = process(source, now=days(100))
    before = naive_state([days(100).date()], LONG_AGO, TODAY)
    call = event(source, process=sale, now=NOW)
    services.set_participants(call, services.Participants(persons=[person], names=["Ivan"]))
    call.client = target
    services.change_event(event=call, by=manager, now=NOW)
    call.refresh_from_db()
    assert call.process is None
    assert list(call.participants.values_list("name", flat=True)) == ["Ivan"]
    assert state(source) == before  # the sale's start stays
    assert state(target) == naive_state([TODAY], LONG_AGO, TODAY)


def test_an_old_instance_does_not_hide_from_the_clock_where_its_event_is_now():
    """Two people open the event; one moves it to another client, the other then deletes, cancels or decides it."""
    manager = ManagerFactory(role=Role.HEAD)
    for act in (
        lambda old: services.delete_event(event=old, now=NOW),
        lambda old: services.cancel_event(event=old, by=manager, now=NOW),
    ):
        source, target = red_client(manager=manager), red_client(manager=manager)
        before = state(target)
        call = event(source, now=NOW)
        old = Event.objects.get(pk=call.pk)
        call.client = target
        services.change_event(event=call, by=manager, now=NOW)
        assert state(target).last_contact_on == TODAY
        act(old)
        assert state(target) == before
        assert state(source) == before
    seller = ManagerFactory()
    source, target = red_client(manager=seller), red_client(manager=seller)
    call = event(source, occurred_at=days(10), now=NOW)
    old = Event.objects.get(pk=call.pk)
    call.client = target
    services.change_event(event=call, by=seller, now=NOW)
    services.decide_backdating(event=old, by=manager, approve=True, now=NOW)
    assert state(target) == naive_state([days(10).date()], LONG_AGO, TODAY)


def test_moving_an_event_leaves_its_chain_behind_editable():
    manager = ManagerFactory()
    source, target = red_client(manager=manager), red_client(manager=manager)
    first = event(source, occurred_at=days(3), now=NOW)
    second = event(source, occurred_at=days(2), continues=first, now=NOW)
    third = event(source, occurred_at=days(1), continues=second, now=NOW)
    first.refresh_from_db()
    assert {row.chain_id for row in Event.objects.all()} == {first.pk}
    first.client = target
    services.change_event(event=first, by=manager, now=NOW)
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.continues, second.chain_id, third.chain_id) == (None, second.pk, second.pk)
    for left in (second, third):
        left.subject = "Still to be edited"
        services.change_event(event=left, by=manager, now=NOW)
    first.refresh_from_db()
    assert first.chain is None


def test_an_event_of_the_middle_of_a_chain_moves_away_alone():
    manager = ManagerFactory()
    source, target = red_client(manager=manager), red_client(manager=manager)
    first = event(source, occurred_at=days(3), now=NOW)
    second = event(source, occurred_at=days(2), continues=first, now=NOW)
    third = event(source, occurred_at=days(1), continues=second, now=NOW)
    second.client = target
    services.change_event(event=second, by=manager, now=NOW)
    third.refresh_from_db()
    assert (third.continues, third.chain_id) == (first, first.pk)
    services.change_event(event=third, by=manager, now=NOW)


def test_editing_the_words_is_no_contact():
    client = red_client()
    note = event(client, code="note", now=days(2))
    before = state(client)
    note.text = "Other words"
    services.change_event(event=note, by=client.manager, now=NOW)
    services.set_agreements(note, [Agreement(text="Send the offer")])
    assert state(client) == before


def test_a_client_nobody_holds_any_more_keeps_only_its_last_contact():
    from exchange.services import return_client

    client = held_client(assigned_on=LONG_AGO, today=TODAY)
    call = event(client, occurred_at=days(1), now=NOW)
    return_client(client_id=client.pk, by=client.manager, reason=None, now=NOW)
    assert state(client) == naive_state([days(1).date()], None, TODAY)
    services.delete_event(event=call, now=NOW)
    assert state(client) == naive_state([], None, TODAY)


# --- back-dating ------------------------------------------------------------------------------------------------------
def test_three_days_back_count_at_once_and_four_wait_for_the_head():
    client = red_client()
    assert event(client, occurred_at=days(3), now=NOW).approval == Approval.NOT_NEEDED
    assert state(client) == naive_state([days(3).date()], LONG_AGO, TODAY)
    client = red_client()
    before = state(client)
    late = event(client, occurred_at=days(4), now=NOW)
    assert (late.approval, late.counted_on, late.status) == (Approval.PENDING, None, EventStatus.DONE)
    assert state(client) == before
    assert list(Event.objects.waiting_approval()) == [late]


def limit(days_back: int, *, is_on: bool = True) -> None:
    RuleSetting.objects.update_or_create(key=BACKDATING, defaults={"value": days_back, "is_on": is_on})


def test_the_limit_of_back_dating_is_the_rule_in_force():
    client = red_client()
    limit(10)
    assert event(client, occurred_at=days(10), now=NOW).approval == Approval.NOT_NEEDED
    assert event(client, occurred_at=days(11), now=NOW).approval == Approval.PENDING
    limit(0)
    assert event(client, occurred_at=days(1), now=NOW).approval == Approval.PENDING
    assert event(client, now=NOW).approval == Approval.NOT_NEEDED


def test_switched_off_any_past_date_counts_at_once():
    client = red_client()
    limit(3, is_on=False)
    assert event(client, occurred_at=days(100), now=NOW).counted_on == days(100).date()
    assert state(client) == naive_state([days(100).date()], LONG_AGO, TODAY)


def test_a_changed_limit_decides_about_nothing_that_was_registered_before():
    client = red_client()
    waits, counts = event(client, occurred_at=days(5), now=NOW), event(client, occurred_at=days(3), now=NOW)
    limit(1)
    for each in (waits, counts):
        each.text = "Other words"
        services.change_event(event=each, by=client.manager, now=NOW)
    limit(3, is_on=False)
    services.change_event(event=waits, by=client.manager, now=NOW)
    assert (waits.approval, counts.approval) == (Approval.PENDING, Approval.NOT_NEEDED)


def test_a_contact_of_today_asks_for_no_rule_and_one_of_yesterday_once():
    client = red_client()
    event(client, now=NOW)

    def asked(**kwargs: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            event(client, now=NOW, **kwargs)
        return sum(RuleSetting._meta.db_table in query["sql"] for query in queries)

    assert asked() == 0
    assert asked(occurred_at=days(1)) == 1
    assert asked(status=EventStatus.PLANNED, occurred_at=days(1)) == 0


def test_many_are_decided_at_once_and_those_decided_meanwhile_are_passed_over():
    client, head = red_client(), ManagerFactory(role=Role.HEAD)
    late = [event(client, occurred_at=days(ago), now=NOW) for ago in (30, 20, 10)]
    services.decide_backdating(event=late[2], by=head, approve=False, now=NOW)
    assert services.decide_backdatings(events=late, by=head, approve=True, now=NOW) == (2, 1)
    assert state(client) == naive_state([days(20).date()], LONG_AGO, TODAY)
    late[2].refresh_from_db()
    assert late[2].approval == Approval.REJECTED


def test_the_edge_of_back_dating_is_the_companys_midnight():
    client = red_client()
    # 21:00 UTC is midnight in Moscow: four calendar days back and one minute later three.
    edge = dt.datetime(2024, 6, 10, 21, 0, tzinfo=dt.UTC)
    assert event(client, occurred_at=edge - dt.timedelta(minutes=1), now=NOW).approval == Approval.PENDING
    assert event(client, occurred_at=edge, now=NOW).approval == Approval.NOT_NEEDED


@pytest.mark.parametrize("approve", [True, False])
def test_the_head_decides(approve):
    client = red_client()
    before = state(client)
    head = ManagerFactory(role=Role.HEAD)
    late = event(client, occurred_at=days(10), now=NOW)
    decided = services.decide_backdating(event=late, by=head, approve=approve, now=NOW)
    assert (decided.approval, decided.approved_by) == (Approval.APPROVED if approve else Approval.REJECTED, head)
    assert state(client) == (naive_state([days(10).date()], LONG_AGO, TODAY) if approve else before)
    with pytest.raises(Conflict):
        services.decide_backdating(event=late, by=head, approve=not approve, now=NOW)


@pytest.mark.parametrize("extra", [{"role": Role.HEAD}, {"role": Role.DIRECTOR}, {"is_staff": True}])
def test_a_heads_own_entry_counts_at_once(extra):
    client = red_client(manager=ManagerFactory(**extra))
    late = event(client, occurred_at=days(10), now=NOW)
    assert (late.approval, late.approved_by) == (Approval.APPROVED, client.manager)
    assert state(client) == naive_state([days(10).date()], LONG_AGO, TODAY)


def test_a_head_who_only_stands_in_for_a_colleague_of_another_department_asks_its_head():
    client = red_client()
    stranger, head = head_of(DepartmentFactory()), head_of(client.manager.department)
    late = event(client, by=stranger, occurred_at=days(10), now=NOW)
    assert (late.approval, late.counted_on) == (Approval.PENDING, None)
    assert list(head.notices.values_list("kind", flat=True)) == ["contact.waits"]
    assert event(client, by=head, occurred_at=days(10), now=NOW).approval == Approval.APPROVED


def test_an_approved_date_stays_approved_while_the_words_are_edited_by_who_read_it_before():
    client = red_client()
    late = event(client, occurred_at=days(10), now=NOW)
    read_before = Event.objects.get(pk=late.pk)
    services.decide_backdating(event=late, by=ManagerFactory(role=Role.HEAD), approve=True, now=NOW)
    read_before.text = "What we said"
    services.change_event(event=read_before, by=client.manager, now=NOW)
    late.refresh_from_db()
    assert (late.approval, late.counted_on, late.text) == (Approval.APPROVED, days(10).date(), "What we said")
    assert late.approved_by is not None
    assert state(client) == naive_state([days(10).date()], LONG_AGO, TODAY)


def test_a_rejected_date_is_not_smuggled_in_by_an_edit():
    client = red_client()
    before = state(client)
    late = event(client, occurred_at=days(10), now=NOW)
    read_before = Event.objects.get(pk=late.pk)
    services.decide_backdating(event=late, by=ManagerFactory(role=Role.HEAD), approve=False, now=NOW)
    read_before.approval = Approval.NOT_NEEDED
    for text in ("one", "two"):
        read_before.text = text
        services.change_event(event=read_before, by=client.manager, now=NOW)
    late.refresh_from_db()
    assert late.approval == Approval.REJECTED
    assert state(client) == before


def test_another_date_far_back_asks_the_head_again():
    client = red_client()
    before = state(client)
    late = event(client, occurred_at=days(10), now=NOW)
    late = services.decide_backdating(event=late, by=ManagerFactory(role=Role.HEAD), approve=True, now=NOW)
    late.occurred_at = days(9)
    services.change_event(event=late, by=client.manager, now=NOW)
    late.refresh_from_db()
    assert (late.approval, late.approved_by, late.counted_on) == (Approval.PENDING, None, None)
    assert state(client) == before


def test_moving_a_far_back_event_to_another_client_asks_the_head_again():
    manager = ManagerFactory()
    source, target = red_client(manager=manager), red_client(manager=manager)
    before = state(target)
    late = event(source, occurred_at=days(10), now=NOW)
    late = services.decide_backdating(event=late, by=ManagerFactory(role=Role.HEAD), approve=True, now=NOW)
    late.client = target
    services.change_event(event=late, by=manager, now=NOW)
    assert late.approval == Approval.PENDING
    assert (state(source), state(target)) == (before, before)


def test_an_event_registered_in_time_still_counts_when_it_is_edited_weeks_later():
    client = red_client()
    call = event(client, now=days(40))
    registered = state(client)
    call.text = "Remembered later"
    services.change_event(event=call, by=client.manager, now=NOW)
    assert call.counted_on == days(40).date()
    assert state(client) == registered


def test_a_note_of_long_ago_is_no_contact_and_asks_nobody():
    note = event(red_client(), code="note", occurred_at=days(10), now=NOW)
    assert (note.approval, note.counted_on) == (Approval.NOT_NEEDED, None)


def test_a_note_of_long_ago_turned_into_a_call_asks_the_head():
    client = red_client()
    before = state(client)
    note = event(client, code="note", now=days(40))
    note.kind = kind("call_out")
    services.change_event(event=note, by=client.manager, now=NOW)
    assert note.approval == Approval.PENDING
    assert state(client).last_contact_on is None
    assert state(client) == before


def test_finishing_a_long_planned_event_late_asks_the_head():
    client = red_client()
    call = event(client, status=EventStatus.PLANNED, occurred_at=days(10), now=days(20))
    done = services.finish_event(event=call, by=client.manager, now=NOW)
    assert done.approval == Approval.PENDING
    assert state(client).last_contact_on is None


# --- bad input --------------------------------------------------------------------------------------------------------
def test_persons_and_sales_of_another_client_are_refused_and_nothing_is_half_written():
    client, other = red_client(), red_client()
    stranger, sale = ContactPersonFactory(client=other), process(other, now=NOW)
    before = state(client)
    number = Event.objects.count()
    new = Event(client=client, kind=kind(), status="done", responsible=client.manager, occurred_at=NOW)
    with pytest.raises(ValidationError) as raised:
        services.register_event(
            event=new, by=client.manager, participants=services.Participants(persons=[stranger]), now=NOW
        )
    assert "persons" in raised.value.message_dict
    with pytest.raises(ValidationError) as raised:
        event(client, process=sale, now=NOW)
    assert "process" in raised.value.message_dict
    with pytest.raises(ValidationError) as raised:
        event(client, continues=sale.stage_changes.get().event, now=NOW)
    assert "continues" in raised.value.message_dict
    assert (Event.objects.count(), state(client)) == (number, before)


def test_participants_are_each_written_once():
    client = red_client()
    person, colleague = ContactPersonFactory(client=client), ManagerFactory()
    call = event(client, now=NOW)
    services.set_participants(
        call, services.Participants([person, person], [colleague, colleague], ["Ivan", "Ivan", "  "])
    )
    assert call.participants.count() == 3


# --- switching a kind -------------------------------------------------------------------------------------------------
def test_a_kind_that_begins_to_count_counts_for_all_its_events():
    clients = [red_client() for _ in range(3)]
    for number, client in enumerate(clients):
        event(client, code="mailing", now=days(number + 1))
        event(client, code="mailing", now=days(number + 5))
    late = event(clients[0], code="mailing", occurred_at=days(200), now=NOW)
    mailing = kind("mailing")
    mailing.counts_as_contact = True
    mailing.save()
    assert recounting.recount_kind(mailing, today=TODAY, batch=2) == 3
    for number, client in enumerate(clients):
        assert state(client) == naive_state([days(number + 1).date()], LONG_AGO, TODAY)
        assert transitions(client)[-1] == ("red", "green", "correction")
    late.refresh_from_db()
    assert late.counted_on is None
    log = ZoneTransition.objects.count()
    recounting.recount_kind(mailing, today=TODAY)
    assert ZoneTransition.objects.count() == log
    mailing.counts_as_contact = False
    mailing.save()
    recounting.recount_kind(mailing, today=TODAY)
    assert [state(client).zone for client in clients] == ["red"] * 3


# --- what is written beside -------------------------------------------------------------------------------------------
def test_every_change_of_an_event_is_in_its_history():
    client = red_client()
    call = event(client, now=NOW)
    call.text = "More"
    services.change_event(event=call, by=client.manager, now=NOW)
    services.cancel_event(event=call, by=client.manager, now=NOW)
    pk = call.pk
    services.delete_event(event=call, now=NOW)
    assert list(Event.history.filter(id=pk).order_by("history_id").values_list("history_type", "status")) == [
        ("+", "done"),
        ("~", "done"),
        ("~", "cancelled"),
        ("-", "cancelled"),
    ]


def test_the_zone_log_tells_the_whole_story():
    client = UnassignedClientFactory()
    from clients.services import attach

    manager = head_of(DepartmentFactory())
    attach(client_id=client.pk, manager=manager, by=None, gained="created", today=dt.date(2024, 1, 10))
    late = event(client, by=manager, occurred_at=clock.at(dt.date(2024, 3, 1)), now=NOW)
    event(client, by=manager, now=NOW)
    last = Event.objects.filter(counted_on=TODAY).get()
    services.delete_event(event=last, now=NOW)
    services.delete_event(event=late, now=NOW)
    assert transitions(client) == [
        ("", "green", "assignment"),
        # Published at the moment of the write; the nights between have not run.
        ("green", "yellow", "contact"),
        ("yellow", "green", "contact"),
        ("green", "yellow", "correction"),
        ("yellow", "red", "correction"),
    ]
