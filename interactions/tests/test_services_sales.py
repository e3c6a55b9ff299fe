"""Sales processes: every counted step moves the clock, edits do not, and the stages are kept."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from clients.merging import merge_clients
from clients.models import Role
from clients.tests.factories import ManagerFactory, head_of, held_client
from clients.tests.naive_zones import naive_state
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import sales
from interactions.models import (
    Event,
    EventKind,
    LossReason,
    ProcessKind,
    ProcessLine,
    Product,
    SalesProcess,
    StageChange,
)
from interactions.rules.stages import allowed_positions, may_be_won
from interactions.stages import may_win, positions_open_to
from interactions.step_undo import take_back_move
from interactions.tests.factories import event, process
from interactions.tests.test_services_events import LONG_AGO, NOW, TODAY, days, red_client, state, transitions

pytestmark = pytest.mark.django_db


def steps(sale: SalesProcess) -> list[str]:
    return list(sale.stage_changes.order_by("pk").values_list("step", flat=True))


def stages(sale: SalesProcess) -> list:
    return list(sale.kind.stages.order_by("position"))


# --- the pure rules ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("control", "current", "allowed"),
    [
        ("manual", 20, {10, 30, 40}),
        ("manual", None, {10, 20, 30, 40}),
        ("untracked", 20, set()),
        ("untracked", None, set()),
        ("controlled", None, {10}),
        ("controlled", 10, {20}),
        ("controlled", 20, {10, 30}),
        ("controlled", 30, {10, 20, 40}),
        ("controlled", 40, {10, 20, 30}),
    ],
)
def test_where_a_sale_may_move(control, current, allowed):
    assert allowed_positions(control=control, positions=[40, 10, 30, 20], current=current) == allowed


@pytest.mark.parametrize(
    ("control", "positions", "current", "may"),
    [
        ("manual", [10, 20], 10, True),
        ("untracked", [], None, True),
        ("controlled", [10, 20], 10, False),
        ("controlled", [20, 10], 20, True),
        ("controlled", [10, 20], None, False),
        ("controlled", [], None, True),
    ],
)
def test_from_where_a_sale_may_be_won(control, positions, current, may):
    assert may_be_won(control=control, positions=positions, current=current) is may


# --- steps that count -------------------------------------------------------------------------------------------------
def test_the_shipped_kinds_of_steps_count_but_for_reopening():
    counts = dict(EventKind.objects.filter(is_system=True).values_list("code", "counts_as_contact"))
    assert counts == {
        "process_started": True,
        "process_moved": True,
        "process_won": True,
        "process_lost": True,
        "process_reopened": False,
    }


def test_starting_moving_and_closing_turn_the_client_green():
    client = red_client()
    sale = process(client, now=days(60))
    assert (sale.status, sale.stage, sale.started_on) == ("open", stages(sale)[0], days(60).date())
    assert state(client).last_contact_on == days(60).date()
    sale = sales.move_process(process=sale, stage=stages(sale)[3], by=client.manager, now=days(40))
    assert state(client).last_contact_on == days(40).date()
    # Two weeks after the last night anybody ran: the colour is published by the step itself.
    sale = sales.close_process(process=sale, won=True, by=client.manager, comment="Signed", now=NOW)
    assert (sale.status, sale.closed_on, sale.comment, sale.loss_reason) == ("won", TODAY, "Signed", None)
    assert state(client) == naive_state([TODAY], LONG_AGO, TODAY)
    assert steps(sale) == ["started", "moved", "won"]
    assert [row.counted_on for row in Event.objects.order_by("pk")] == [days(60).date(), days(40).date(), TODAY]
    # Back-dated steps were published as of then: from red to green once, and it stayed so.
    assert transitions(client)[-1][1] == "green"


def test_losing_counts_and_needs_a_reason():
    client = red_client()
    sale = process(client, now=days(2))
    with pytest.raises(ValidationError) as raised:
        sales.close_process(process=sale, won=False, by=client.manager, now=NOW)
    assert "loss_reason" in raised.value.message_dict
    assert steps(sale) == ["started"]
    reason = LossReason.objects.first()
    lost = sales.close_process(process=sale, won=False, loss_reason=reason, by=client.manager, now=NOW)
    assert (lost.status, lost.loss_reason) == ("lost", reason)
    assert state(client) == naive_state([TODAY], LONG_AGO, TODAY)


def test_a_won_sale_names_no_reason_of_loss():
    sale = process(red_client(), now=days(2))
    won = sales.close_process(
        process=sale, won=True, loss_reason=LossReason.objects.first(), by=sale.author, closed_on=TODAY, now=NOW
    )
    assert won.loss_reason is None


@pytest.mark.parametrize(
    ("closed", "field"),
    [(days(-1).date(), "closed_on"), (days(4).date(), "closed_on"), (days(-400).date(), "closed_on")],
)
def test_a_close_in_the_future_or_before_the_start_is_refused(closed, field):
    sale = process(red_client(), now=days(3))
    with pytest.raises(ValidationError) as raised:
        sales.close_process(process=sale, won=True, closed_on=closed, by=sale.author, now=NOW)
    assert field in raised.value.message_dict
    sale.refresh_from_db()
    assert sale.is_open
    assert steps(sale) == ["started"]


def test_a_close_dated_far_back_waits_for_the_head():
    client = red_client()
    sale = process(client, now=days(40))
    started = state(client)
    sales.close_process(process=sale, won=True, closed_on=days(10).date(), by=client.manager, now=NOW)
    won = Event.objects.get(kind__code="process_won")
    assert (won.approval, won.counted_on, clock.local_date(won.occurred_at)) == ("pending", None, days(10).date())
    assert state(client) == started
    from interactions.services import decide_backdating

    decide_backdating(event=won, by=ManagerFactory(role=Role.HEAD), approve=True, now=NOW)
    assert state(client) == naive_state([days(10).date()], LONG_AGO, TODAY)


def test_a_start_dated_far_back_waits_and_a_heads_counts():
    client = red_client()
    before = state(client)
    process(client, started_on=days(10).date(), now=NOW)
    assert state(client) == before
    process(client, by=head_of(client.manager.department), started_on=days(10).date(), now=NOW)
    assert state(client) == naive_state([days(10).date()], LONG_AGO, TODAY)


def test_a_start_in_the_future_is_refused():
    client = red_client()
    with pytest.raises(ValidationError) as raised:
        process(client, started_on=clock.today() + dt.timedelta(days=1))
    assert "started_on" in raised.value.message_dict
    assert not SalesProcess.objects.exists()
    assert not StageChange.objects.exists()


def test_a_start_dated_after_the_given_now_is_refused_or_does_not_count():
    client = red_client()
    before = state(client)
    process(client, started_on=days(-5).date(), now=NOW)  # a clock of the caller's, five days before the start
    assert state(client) == before


# --- the stages -------------------------------------------------------------------------------------------------------
def test_a_controlled_sale_begins_at_its_first_stage():
    first, second, *_rest = ProcessKind.objects.get(name="Large sale").stages.order_by("position")
    with pytest.raises(DomainError, match="begins at"):
        process(kind_name="Large sale", stage=second)
    assert process(kind_name="Large sale", stage=first).stage == first
    assert process(kind_name="Sale", stage=ProcessKind.objects.get(name="Sale").stages.last()).stage is not None


def test_a_stage_of_another_kind_is_refused():
    client = red_client()
    foreign = ProcessKind.objects.get(name="Large sale").stages.first()
    with pytest.raises(ValidationError) as raised:
        process(client, stage=foreign, now=NOW)
    assert "stage" in raised.value.message_dict
    sale = process(client, now=NOW)
    with pytest.raises(DomainError) as refused:
        sales.move_process(process=sale, stage=foreign, by=client.manager, now=NOW)
    assert refused.value.field == "stage"
    assert steps(sale) == ["started"]


def test_a_controlled_sale_goes_stage_by_stage_and_back():
    sale = process(red_client(), kind_name="Large sale", now=days(3))
    by, (first, second, third, last) = sale.author, stages(sale)
    assert sale.stage == first
    for stage in (third, last):
        with pytest.raises(DomainError):
            sales.move_process(process=sale, stage=stage, by=by, now=NOW)
    with pytest.raises(DomainError):
        sales.close_process(process=sale, won=True, by=by, now=NOW)
    for stage in (second, third, first, second, third, last):
        sale = sales.move_process(process=sale, stage=stage, by=by, now=NOW)
    assert may_win(sale)
    assert sales.close_process(process=sale, won=True, by=by, now=NOW).status == "won"
    assert steps(sale) == ["started", *["moved"] * 6, "won"]


def test_a_controlled_sale_may_be_lost_anywhere():
    sale = process(red_client(), kind_name="Large sale", now=days(3))
    lost = sales.close_process(process=sale, won=False, loss_reason=LossReason.objects.first(), by=sale.author, now=NOW)
    assert lost.status == "lost"


def test_an_untracked_sale_has_no_stages():
    sale = process(red_client(), kind_name="Repeat order", now=NOW)
    assert sale.stage is None
    assert positions_open_to(sale) == set()
    assert sales.close_process(process=sale, won=True, by=sale.author, now=NOW).status == "won"


def test_a_second_click_is_told_so_and_writes_nothing():
    client = red_client()
    sale = process(client, now=days(2))
    stage = stages(sale)[1]
    sales.move_process(process=sale, stage=stage, by=client.manager, now=NOW)
    with pytest.raises(Conflict):
        sales.move_process(process=sale, stage=stage, by=client.manager, now=NOW)
    sales.close_process(process=sale, won=True, by=client.manager, now=NOW)
    for again in (
        lambda: sales.close_process(process=sale, won=True, by=client.manager, now=NOW),
        lambda: sales.move_process(process=sale, stage=stages(sale)[2], by=client.manager, now=NOW),
    ):
        with pytest.raises(Conflict):
            again()
    assert steps(sale) == ["started", "moved", "won"]
    reopened = sales.reopen_process(process=sale, by=client.manager, now=NOW)
    with pytest.raises(Conflict):
        sales.reopen_process(process=reopened, by=client.manager, now=NOW)


# --- what does not count ----------------------------------------------------------------------------------------------
def test_reopening_is_no_contact_and_keeps_the_stage():
    client = red_client()
    sale = process(client, now=days(60))
    sale = sales.move_process(process=sale, stage=stages(sale)[2], by=client.manager, now=days(50))
    sale = sales.close_process(
        process=sale, won=False, loss_reason=LossReason.objects.first(), by=client.manager, now=days(45)
    )
    before = state(client)
    sale = sales.reopen_process(process=sale, by=client.manager, now=NOW)
    assert (sale.status, sale.closed_on, sale.loss_reason, sale.stage) == ("open", None, None, stages(sale)[2])
    assert state(client) == before
    assert steps(sale)[-1] == "reopened"


def test_editing_a_sale_is_no_contact_and_changes_neither_stage_nor_status():
    client = red_client()
    sale = process(client, now=days(60))
    before = state(client)
    sale.title, sale.amount = "Twenty pumps", Decimal("10.50")
    sale.status, sale.stage = "won", stages(sale)[3]
    changed = sales.change_process(process=sale, by=client.manager, now=NOW)
    changed.refresh_from_db()
    assert (changed.title, changed.status, changed.stage, changed.client) == (
        "Twenty pumps",
        "open",
        stages(sale)[0],
        client,
    )
    assert state(client) == before


def test_an_old_form_does_not_take_the_reason_of_loss_away():
    sale = process(red_client(), now=days(2))
    old = SalesProcess.objects.get(pk=sale.pk)
    reason = LossReason.objects.first()
    sales.close_process(process=sale, won=False, loss_reason=reason, by=sale.author, now=NOW)
    old.title = "Renamed"
    sales.change_process(process=old, by=sale.author, now=NOW)
    sale.refresh_from_db()
    assert (sale.title, sale.status, sale.loss_reason) == ("Renamed", "lost", reason)


def test_an_emptied_start_keeps_the_start_that_counts():
    client = red_client()
    sale = process(client, now=NOW)
    sale.started_on = None
    sales.change_process(process=sale, by=client.manager, now=NOW)
    sale.refresh_from_db()
    assert sale.started_on == TODAY
    assert state(client).last_contact_on == TODAY


def test_a_changed_start_moves_the_step_and_the_clock():
    client = red_client()
    sale = process(client, now=NOW)
    for ago, last in ((2, 2), (3, 3), (1, 1), (9, None), (0, 0)):
        sale.started_on = days(ago).date()
        sales.change_process(process=sale, by=client.manager, now=NOW)
        contacts = [] if last is None else [days(last).date()]
        assert state(client) == naive_state(contacts, LONG_AGO, TODAY)
    assert steps(sale) == ["started"]


def test_a_start_after_the_close_is_refused():
    sale = process(red_client(), now=days(3))
    sale = sales.close_process(process=sale, won=True, closed_on=days(2).date(), by=sale.author, now=NOW)
    sale.started_on = days(1).date()
    with pytest.raises(ValidationError):
        sales.change_process(process=sale, by=sale.author, now=NOW)


def test_deleting_a_sale_takes_its_steps_but_not_peoples_events():
    client = red_client()
    sale = process(client, now=days(3))
    call = event(client, process=sale, occurred_at=days(2), now=NOW)
    sales.close_process(process=sale, won=True, by=client.manager, now=NOW)
    assert state(client).last_contact_on == TODAY
    sales.delete_process(process=sale, now=NOW)
    call.refresh_from_db()
    assert call.process is None
    assert list(Event.objects.all()) == [call]
    assert not StageChange.objects.exists()
    assert state(client) == naive_state([days(2).date()], LONG_AGO, TODAY)


def test_lines_are_replaced_with_the_sale():
    sale = process(red_client(), now=NOW)
    pump, pipe = Product.objects.create(name="Pump"), Product.objects.create(name="Pipe")
    first = ProcessLine(product=pump, quantity=2, price=10)
    sales.change_process(process=sale, by=sale.author, lines=[first], now=NOW)
    second = ProcessLine(product=pipe)
    sales.change_process(process=sale, by=sale.author, lines=[second], now=NOW)
    assert [line.product for line in sale.lines.all()] == [pipe]
    with pytest.raises(ValidationError):
        sales.change_process(process=sale, by=sale.author, lines=[ProcessLine(product=pump, quantity=-1)], now=NOW)


def test_every_step_is_in_the_history_of_the_sale():
    sale = process(red_client(), now=days(3))
    sales.move_process(process=sale, stage=stages(sale)[1], by=sale.author, now=NOW)
    sales.close_process(process=sale, won=True, by=sale.author, now=NOW)
    assert list(sale.history.order_by("history_id").values_list("history_type", "status")) == [
        ("+", "open"),
        ("~", "open"),
        ("~", "won"),
    ]


# --- a merge in this very moment --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "step",
    [
        lambda sale, by: sales.move_process(process=sale, stage=stages(sale)[1], by=by),
        lambda sale, by: sales.close_process(process=sale, won=True, by=by),
        lambda sale, _by: sales.delete_process(process=sale),
        lambda sale, by: take_back_move(process=sale, step_id=sale.stage_changes.latest("pk").pk, by=by),
    ],
)
def test_a_sale_that_got_another_client_meanwhile_is_left_alone(step):
    """Whoever waited for the lock of a client that was merged away knows an old client: the clock of the one that
    stayed would not be computed."""
    anna = ManagerFactory()
    keep, drop = held_client(anna), held_client(anna)
    old = SalesProcess.objects.get(pk=process(drop).pk)
    merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=anna)
    before, there = state(keep), steps(old)
    with pytest.raises(Conflict, match="meanwhile"):
        step(old, anna)
    assert (state(keep), steps(old)) == (before, there)
