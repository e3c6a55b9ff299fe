"""What a stage asks for before a sale leaves it: every sort of condition, every way past it, every step counted."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from clients import attachments
from clients.bulk import jobs
from clients.models import CustomField, Holiday, Role
from clients.tests.factories import (
    ContactPersonFactory,
    ContactPointFactory,
    ManagerFactory,
    head_of,
    held_client,
    upload,
)
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import file_links, sales, services, stage_approvals, stages, step_undo
from interactions.bulk.sales import MoveToStage
from interactions.models import (
    Competitor,
    Event,
    EventKind,
    EventStatus,
    LossReason,
    PlannedTask,
    ProcessCompetitor,
    ProcessKind,
    ProcessLine,
    Product,
    SalesProcess,
    Stage,
    StageApproval,
    StageCondition,
    StageTask,
)
from interactions.stage_facts import FIELDS, is_filled
from interactions.stages import StageRefused
from interactions.tests.factories import event, kind, process

pytestmark = pytest.mark.django_db
What = StageCondition.What
#: A Wednesday.
NOW = clock.at(dt.date(2026, 3, 11), 11)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(time_machine) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def large() -> SalesProcess:
    """A sale of the controlled kind, at its first stage."""
    return process(kind_name="Large sale")


def stage(sale: SalesProcess, number: int) -> Stage:
    return sale.kind.stages.order_by("position")[number]


def ask_for(sale: SalesProcess, what: str, number: int = 0, **more) -> StageCondition:
    return StageCondition.objects.create(stage=stage(sale, number), what=what, **more)


def move(sale: SalesProcess, number: int) -> SalesProcess:
    return sales.move_process(process=sale, stage=stage(sale, number), by=sale.responsible)


def refused(sale: SalesProcess, number: int = 1) -> StageRefused:
    with pytest.raises(StageRefused) as raised:
        move(sale, number)
    sale.refresh_from_db()
    assert sale.stage == stage(sale, 0)
    return raised.value


def attach(sale: SalesProcess):
    return file_links.upload(subject=sale, upload=upload_of("offer.txt"), by=sale.responsible)


def upload_of(name: str):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, b"An offer: " + name.encode())


# --- fields -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "filled"),
    [(None, False), ("", False), ("  ", False), ("x", True), (0, False), (5, True), (False, False), (True, True)],
)
def test_what_filled_in_means(value, filled):
    assert is_filled(value) is filled


def _fill(sale: SalesProcess, key: str) -> None:
    """Write the fact ``key`` down as its form does."""
    client = sale.client
    match key:
        case "lines":
            ProcessLine.objects.create(process=sale, product=Product.objects.create(name="Pump"))
        case "competitors":
            ProcessCompetitor.objects.create(process=sale, competitor=Competitor.objects.get())
        case "client.contacts":
            ContactPointFactory(client=client, value="+79161234567")
        case "client.person":
            ContactPersonFactory(client=client)
        case "client.decision_maker":
            ContactPersonFactory(client=client, is_decision_maker=True)
        case _:
            row = client if key.startswith("client.") else sale
            field = row._meta.get_field(key.removeprefix("client."))
            if field.is_relation:
                value = field.related_model.objects.first() or field.related_model.objects.create(name="Some")
            else:
                known = {"expected_close_on": clock.today(), "amount": 5, "category": "A", "kpp": "770701001"}
                value = known.get(field.name, "7707083893")
            setattr(row, field.name, value)
            row.save()


@pytest.mark.parametrize("key", FIELDS)
def test_a_field_is_asked_for_and_filled_in_where_the_refusal_leads(large, key):
    ask_for(large, What.FIELD, field=key)
    Competitor.objects.create(name="Rival")
    error = refused(large)
    (missing,) = error.missing
    assert missing.words in error.message
    assert not missing.met
    page = Browser()
    page.force_login(large.responsible)
    address, _, field = missing.url.partition("#id_")
    answer = page.get(address)
    assert answer.status_code == 200
    assert f'id="id_{field}"' in answer.content.decode()
    _then_it_moves(large, key)


def _then_it_moves(sale: SalesProcess, key: str) -> None:
    _fill(sale, key)
    sale = SalesProcess.objects.get(pk=sale.pk)
    assert [requirement.met for requirement in stages.requirements(sale)] == [True]
    assert move(sale, 1).stage == stage(sale, 1)


def test_a_person_who_has_left_decides_nothing(large):
    ask_for(large, What.FIELD, field="client.decision_maker")
    ContactPersonFactory(client=large.client, is_decision_maker=True, is_active=False)
    refused(large)


def test_a_field_of_the_companys_own(large):
    field = CustomField.objects.create(key="tender_no", label="Tender number", type="text")
    ask_for(large, What.FIELD, field="cf_tender_no")
    assert "Tender number" in refused(large).message
    field.is_active = False
    field.save()
    # Nobody could fill it in any more.
    assert not stages.requirements(large)


# --- events -----------------------------------------------------------------------------------------------------------
def test_an_event_of_the_kind_is_done_in_this_very_sale(large):
    meeting = kind("meeting")
    ask_for(large, What.EVENT, event_kind=meeting)
    other = process(large.client, kind_name="Large sale")
    event(large.client, code="meeting")
    event(large.client, code="meeting", process=other)
    event(large.client, code="call_out", process=large)
    event(large.client, code="meeting", process=large, status=EventStatus.PLANNED, occurred_at=NOW + DAY)
    assert f"kind={meeting.pk}" in refused(large).missing[0].url
    done = event(large.client, code="meeting", process=large)
    services.cancel_event(event=done, by=large.responsible)
    refused(large)
    event(large.client, code="meeting", process=large)
    assert move(large, 1).stage == stage(large, 1)


# --- files ------------------------------------------------------------------------------------------------------------
def test_a_file_is_attached_to_this_very_sale(large):
    ask_for(large, What.FILE)
    upload(large.client, by=large.responsible)
    other = process(large.client, kind_name="Large sale")
    attach(other)
    assert refused(large).missing[0].url.endswith("#files")
    link = file_links.upload(subject=large, upload=upload_of("contract.txt"), by=large.responsible)
    attachments.delete(attachment_id=link.attachment_id, by=large.responsible)
    refused(large)
    attachments.restore(attachment_id=link.attachment_id)
    file_links.unlink(subject=large, link_id=link.pk)
    refused(large)
    file_links.link(subject=large, attachment=link.attachment)
    assert move(large, 1).stage == stage(large, 1)


def test_a_file_of_another_client_is_not_attached(large):
    foreign = upload(held_client(), by=large.responsible)
    with pytest.raises(Conflict):
        file_links.link(subject=large, attachment=foreign)


# --- the head's word --------------------------------------------------------------------------------------------------
@pytest.fixture
def head(large):
    return head_of(large.responsible.department)


def test_the_head_approves_at_the_stage_the_sale_is_at(large, head, time_machine):
    ask_for(large, What.APPROVAL)
    assert refused(large).missing[0].url.endswith("#approval")
    stage_approvals.ask(process=large, by=large.responsible, question="Credit?")
    refused(large)
    decided = stage_approvals.decide(process=large, by=head, approve=True)
    assert (decided.status, decided.question) == ("approved", "Credit?")
    moved = move(large, 1)
    # Back again: what was said then says nothing of now.
    time_machine.shift(60)
    move(moved, 0)
    refused(large)
    stage_approvals.decide(process=large, by=head, approve=True)
    assert move(large, 1).stage == stage(large, 1)


def test_a_refusal_is_no_word_to_go_on_and_may_be_asked_anew(large, head):
    ask_for(large, What.APPROVAL)
    first = stage_approvals.ask(process=large, by=large.responsible)
    with pytest.raises(Conflict):
        stage_approvals.ask(process=large, by=large.responsible)
    stage_approvals.decide(process=large, by=head, approve=False, answer="No", question_id=first.pk)
    assert refused(large).missing[0].approval.answer == "No"
    second = stage_approvals.ask(process=large, by=large.responsible)
    with pytest.raises(Conflict):
        stage_approvals.decide(process=large, by=head, approve=True, question_id=first.pk)
    stage_approvals.decide(process=large, by=head, approve=True, question_id=second.pk)
    with pytest.raises(Conflict):
        stage_approvals.decide(process=large, by=head, approve=True)
    with pytest.raises(Conflict):
        stage_approvals.ask(process=large, by=large.responsible)


def test_the_heads_word_lapses_when_the_sale_is_another_one(large, head):
    ask_for(large, What.APPROVAL)
    stage_approvals.decide(process=large, by=head, approve=True)
    large.refresh_from_db()
    large.title = "Other words"
    sales.change_process(process=large, by=large.responsible)
    assert not stages.missing(large), "what it is called changes nothing"
    large.amount = 1
    sales.change_process(process=large, by=large.responsible)
    assert refused(large).missing[0].approval.status == "lapsed"
    stage_approvals.ask(process=large, by=large.responsible)
    stage_approvals.decide(process=large, by=head, approve=True)
    line = ProcessLine(product=Product.objects.create(name="Pump"), quantity=2, price=5)
    sales.change_process(process=large, by=large.responsible, lines=[line])
    refused(large)
    stage_approvals.decide(process=large, by=head, approve=True)
    lost = sales.close_process(process=large, won=False, by=large.responsible, loss_reason=LossReason.objects.first())
    refused(sales.reopen_process(process=lost, by=head))


def test_a_question_is_taken_back_by_who_asked(large):
    ask_for(large, What.APPROVAL)
    stage_approvals.ask(process=large, by=large.responsible)
    with pytest.raises(DomainError):
        stage_approvals.withdraw(process=large, by=ManagerFactory())
    stage_approvals.withdraw(process=large, by=large.responsible)
    stage_approvals.withdraw(process=large, by=large.responsible)
    assert not StageApproval.objects.exists()


def test_a_question_waits_only_while_the_sale_stays(large, head, time_machine):
    StageCondition.objects.create(stage=stage(large, 1), what=What.APPROVAL)
    moved = move(large, 1)
    asked = stage_approvals.ask(process=moved, by=large.responsible)
    assert list(stage_approvals.waiting_for(head)) == [asked]
    assert not stage_approvals.waiting_for(large.responsible)
    time_machine.shift(60)
    moved = move(moved, 0)
    assert not stage_approvals.waiting_for(head)
    with pytest.raises(DomainError):
        stage_approvals.decide(process=moved, by=head, approve=True, question_id=asked.pk)
    moved = move(moved, 1)
    assert not stage_approvals.waiting_for(head)
    again = stage_approvals.ask(process=moved, by=large.responsible)
    assert list(stage_approvals.waiting_for(head)) == [again]


def test_where_nobody_asks_for_it_nobody_is_asked(large, head):
    with pytest.raises(DomainError):
        stage_approvals.ask(process=large, by=large.responsible)
    ask_for(large, What.APPROVAL)
    with pytest.raises(DomainError):
        stage_approvals.decide(process=large, by=head, approve=False)
    sales.close_process(process=large, won=False, by=large.responsible, loss_reason=LossReason.objects.first())
    with pytest.raises(Conflict):
        stage_approvals.ask(process=large, by=large.responsible)


# --- which moves are looked at ----------------------------------------------------------------------------------------
def test_back_and_lost_are_always_open_and_ahead_one_at_a_time(large):
    large = move(large, 1)
    ask_for(large, What.FILE, number=1)
    with pytest.raises(StageRefused) as skipped:
        move(large, 3)
    assert skipped.value.missing == []
    assert "is not next" in skipped.value.message
    assert move(large, 0).stage == stage(large, 0)
    ask_for(large, What.FILE)
    reason = LossReason.objects.first()
    assert sales.close_process(process=large, won=False, by=large.responsible, loss_reason=reason).status == "lost"


def test_won_only_from_the_last_stage_with_its_conditions(large):
    last = large.kind.stages.count() - 1
    with pytest.raises(StageRefused):
        sales.close_process(process=large, won=True, by=large.responsible)
    for number in range(1, last + 1):
        large = move(large, number)
    ask_for(large, What.FIELD, number=last, field="amount")
    with pytest.raises(StageRefused) as raised:
        sales.close_process(process=large, won=True, by=large.responsible)
    assert [missing.words for missing in raised.value.missing] == ["Amount: filled in"]
    large.amount = 10
    sales.change_process(process=large, by=large.responsible)
    assert sales.close_process(process=large, won=True, by=large.responsible).status == "won"


def test_manual_kinds_are_advised_and_untracked_ones_left_alone():
    sale = process()
    ask_for(sale, What.FIELD, field="amount")
    assert [requirement.met for requirement in stages.requirements(sale)] == [False]
    assert move(sale, 2).stage == stage(sale, 2)
    untracked = ProcessKind.objects.filter(control="untracked").first() or ProcessKind.objects.create(
        name="Interest", control="untracked"
    )
    interest = process(kind_name=untracked.name)
    assert stages.requirements(interest) == []
    assert sales.close_process(process=interest, won=True, by=interest.responsible).status == "won"


# --- no way past ------------------------------------------------------------------------------------------------------
def _by_the_page(sale, to):
    page = Browser()
    page.force_login(sale.responsible)
    page.post(reverse("process-move", args=[sale.pk]), {"stage": to.pk})


def _by_the_board(sale, to):
    page = Browser()
    page.force_login(sale.responsible)
    url = reverse("process-board-move", args=[sale.pk])
    page.post(f"{url}?kind={sale.kind_id}", {"stage": to.pk}, headers={"HX-Request": "true"})


def _by_bulk(sale, to, by=None):
    by = by or sale.responsible
    jobs.start(job=jobs.ask(action=MoveToStage(), ids=[sale.pk], by=by), asked={"stage": [str(to.pk)]})


def _by_bulk_of_a_director(sale, to):
    _by_bulk(sale, to, ManagerFactory(role=Role.DIRECTOR))


def _by_the_form(sale, to):
    page = Browser()
    page.force_login(sale.responsible)
    facts = {"title": sale.title, "kind": sale.kind_id, "stage": to.pk, "responsible": sale.responsible_id}
    page.post(reverse("process-update", args=[sale.pk]), facts | {"started_on": clock.today().isoformat()})


def _by_the_service(sale, to):
    with pytest.raises(StageRefused):
        sales.move_process(process=sale, stage=to, by=sale.responsible)


def _by_an_edit(sale, to):
    sale.stage = to
    sales.change_process(process=sale, by=sale.responsible)


def _by_an_old_copy(sale, to):
    """Whoever holds a copy of the sale at a later stage moves the sale itself."""
    sale.stage, sale.kind = stage(sale, 1), ProcessKind.objects.get(name="Sale")
    with pytest.raises(DomainError):
        sales.move_process(process=sale, stage=to, by=sale.responsible)


def _by_winning(sale, _to):
    page = Browser()
    page.force_login(sale.responsible)
    page.post(reverse("process-close", args=[sale.pk]), {"outcome": "won", "closed_on": clock.today().isoformat()})


def _by_reopening(sale, to):
    by = sale.responsible
    closed = sales.close_process(process=sale, won=False, by=by, loss_reason=LossReason.objects.first())
    closed.stage = to
    sales.reopen_process(process=closed, by=by)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    "way",
    [
        _by_the_page,
        _by_the_board,
        _by_bulk,
        _by_bulk_of_a_director,
        _by_the_form,
        _by_the_service,
        _by_an_edit,
        _by_an_old_copy,
        _by_winning,
        _by_reopening,
    ],
)
def test_no_way_leads_past_a_condition(large, way, number):
    ask_for(large, What.FILE)
    way(SalesProcess.objects.get(pk=large.pk), stage(large, number))
    large.refresh_from_db()
    assert (large.status, large.stage) == ("open", stage(large, 0))
    assert not large.stage_changes.filter(step__in=["moved", "won"]).exists()


def test_a_controlled_sale_begins_at_its_beginning():
    with pytest.raises(DomainError):
        process(kind_name="Large sale", stage=Stage.objects.filter(process_kind__name="Large sale")[2])


def test_nobody_else_writes_the_stage_of_a_sale():
    """The stage is written where the rules are asked, where a step is taken back, and where whole histories are made:
    nowhere else."""
    allowed = {
        "interactions/sales.py",
        "interactions/step_undo.py",
        "interactions/selectors/board.py",  # what it has read, on the row that is shown
        "exchange/history/writing.py",  # of a kind of its own, which may not be controlled
        "crm/demo/deals.py",
        "crm/base/lives.py",
    }
    writes = re.compile(r"\.stage(_id)? = |\bstage(_id)?=[^=].*\.update\(|\.update\([^)]*\bstage(_id)?=")
    found = set()
    for app in ("clients", "crm", "exchange", "interactions", "reports"):
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if "/tests/" not in name and "/migrations/" not in name and writes.search(path.read_text()):
                found.add(name)
    assert found <= allowed


# --- every step is in the history and in the clock --------------------------------------------------------------------
@pytest.mark.parametrize("way", [_by_the_page, _by_the_board, _by_bulk])
def test_every_step_is_in_the_log_the_history_and_the_clock(way, time_machine):
    sale = process(held_client(assigned_on=clock.today() - 200 * DAY, today=clock.today()), kind_name="Large sale")
    client, steps = sale.client, ["started"]
    for number in (1, 2, 1):
        time_machine.shift(3 * 24 * 3600)
        way(SalesProcess.objects.get(pk=sale.pk), stage(sale, number))
        steps.append("moved")
        sale.refresh_from_db()
        assert (sale.stage, sale.stage_since, sale.active_on) == (stage(sale, number), clock.now(), clock.today())
        client.refresh_from_db()
        assert client.last_contact_on == clock.today()
        assert client.zone_on(clock.today()) == "green"
    assert list(sale.stage_changes.order_by("pk").values_list("step", flat=True)) == steps
    page = Browser()
    page.force_login(sale.responsible)
    history = page.get(reverse("client-detail", args=[client.pk])).content.decode()
    for change in sale.stage_changes.select_related("event"):
        assert change.event.client_id == client.pk
        assert change.event.counted_on == clock.local_date(change.changed_at)
        assert change.event.get_absolute_url() in history or sale.get_absolute_url() in history


def test_a_refused_step_leaves_no_trace(large):
    ask_for(large, What.FILE)
    before = Event.objects.count()
    refused(large)
    assert Event.objects.count() == before
    assert large.stage_changes.count() == 1


# --- many at once -----------------------------------------------------------------------------------------------------
def test_many_are_moved_each_by_its_own_rules_and_back(large):
    ask_for(large, What.FIELD, field="amount")
    by = large.responsible
    ready = process(large.client, kind_name="Large sale", amount=5)
    other_kind = process(large.client)
    there = move(process(large.client, kind_name="Large sale", amount=5), 1)
    rows = [large, ready, other_kind, there]
    job = jobs.ask(action=MoveToStage(), ids=[row.pk for row in rows], by=by)
    job = jobs.start(job=job, asked={"stage": [str(stage(large, 1).pk)]})
    assert {answer["id"]: answer["is"] for answer in job.answers} == {
        large.pk: "no",
        ready.pk: "done",
        other_kind.pk: "no",
        there.pk: "same",
    }
    assert "Amount: filled in" in str(job.answers)
    ready.refresh_from_db()
    assert ready.stage == stage(large, 1)
    jobs.undo(job=job)
    ready.refresh_from_db()
    assert ready.stage == stage(large, 0)
    assert [change.step for change in ready.stage_changes.all()] == ["started"]


# --- taken back -------------------------------------------------------------------------------------------------------
def test_a_move_taken_back_was_never_made(time_machine):
    client = held_client(assigned_on=clock.today() - 40 * DAY, today=clock.today())
    sale = process(client, kind_name="Large sale")
    StageTask.objects.create(stage=stage(sale, 1), kind=kind(), subject="Call the buyer")
    sale.refresh_from_db()
    before = (sale.stage_id, sale.stage_since, sale.active_on, client.last_contact_on)
    time_machine.shift(24 * 3600)
    moved = move(sale, 1)
    step_undo.take_back_move(process=moved, step_id=moved.stage_changes.first().pk, by=sale.responsible)
    sale.refresh_from_db()
    client.refresh_from_db()
    assert (sale.stage_id, sale.stage_since, sale.active_on) == before[:3]
    assert client.last_contact_on == clock.today() - DAY
    assert not Event.objects.planned().exists()
    assert not PlannedTask.objects.exists()
    # The next time the stage is entered it is planned as ever.
    move(sale, 1)
    assert Event.objects.planned().count() == 1


def test_what_was_done_since_is_not_taken_back(large):
    StageTask.objects.create(stage=stage(large, 1), kind=kind(), subject="Call the buyer")
    moved = move(large, 1)
    step = moved.stage_changes.first()
    plan = Event.objects.planned().get()
    plan.subject = "Call the buyer at noon"
    services.change_event(event=plan, by=large.responsible)
    step_undo.take_back_move(process=moved, step_id=step.pk, by=large.responsible)
    assert Event.objects.planned().get() == plan
    again = move(large, 1)
    first = again.stage_changes.first()
    move(again, 2)
    with pytest.raises(Conflict):
        step_undo.take_back_move(process=large, step_id=first.pk, by=large.responsible)


def test_only_who_moved_takes_it_back_and_soon(large, time_machine):
    step = move(large, 1).stage_changes.first()
    with pytest.raises(DomainError):
        step_undo.take_back_move(process=large, step_id=step.pk, by=ManagerFactory())
    time_machine.shift(step_undo.LONGEST.total_seconds() + 1)
    with pytest.raises(Conflict):
        step_undo.take_back_move(process=large, step_id=step.pk, by=large.responsible)
    assert large.stage_changes.count() == 2


# --- tasks on entering ------------------------------------------------------------------------------------------------
def test_a_stage_plans_its_tasks_once(large, time_machine):
    Holiday.objects.create(date=dt.date(2026, 3, 13), name="Day off")
    for subject, days in (("At once", 0), ("Tomorrow", 1), ("After the holiday", 2)):
        StageTask.objects.create(stage=stage(large, 1), kind=kind("meeting"), subject=subject, due_days=days)
    move(large, 1)
    plans = {plan.subject: plan for plan in Event.objects.planned()}
    assert {subject: clock.local_date(plan.occurred_at) for subject, plan in plans.items()} == {
        "At once": dt.date(2026, 3, 11),
        "Tomorrow": dt.date(2026, 3, 12),
        "After the holiday": dt.date(2026, 3, 16),
    }
    # Ten o'clock has passed today.
    assert plans["At once"].occurred_at == NOW + dt.timedelta(minutes=30)
    assert plans["Tomorrow"].occurred_at == clock.at(dt.date(2026, 3, 12), 10)
    assert {(plan.process_id, plan.responsible_id, plan.client_id) for plan in plans.values()} == {
        (large.pk, large.responsible_id, large.client_id)
    }
    services.delete_event(event=plans["At once"])
    services.finish_event(event=plans["Tomorrow"], by=large.responsible, occurred_at=NOW)
    for number in (0, 1, 2, 1):
        time_machine.shift(60)
        move(large, number)
    assert Event.objects.exclude(kind__is_system=True).count() == 2


def test_the_first_stage_plans_its_tasks_when_the_sale_is_opened():
    first = ProcessKind.objects.get(name="Sale").stages.earliest("position")
    StageTask.objects.create(stage=first, kind=kind(), subject="Clarify the need")
    sale = process()
    assert [plan.subject for plan in sale.events.planned()] == ["Clarify the need"]


def test_tasks_are_for_who_leads_the_sale_in_his_own_day():
    client = held_client(ManagerFactory(time_zone="Asia/Vladivostok"))
    first = ProcessKind.objects.get(name="Sale").stages.earliest("position")
    StageTask.objects.create(stage=first, kind=kind(), subject="Call", due_days=1)
    head = head_of(client.manager.department)
    sale = process(client, by=head, responsible=client.manager)
    plan = sale.events.planned().get()
    assert plan.responsible == client.manager
    assert plan.occurred_at.astimezone(dt.UTC).time() == dt.time(0)


def test_a_kind_nobody_registers_is_not_planned_and_the_step_is_not_made(large):
    """A task nobody could carry out is a mistake of the settings: it is said, and nothing is half done."""
    StageTask.objects.create(stage=stage(large, 1), kind=EventKind.objects.get(code="process_won"), subject="Win")
    with pytest.raises(DomainError):
        move(large, 1)
    large.refresh_from_db()
    assert large.stage == stage(large, 0)
