"""Stages: their colours, how long a sale may rest there, what it needs to go on, what is planned on entering."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from clients.models import ClientKind, ContactPerson, Manager
from crm import clock
from crm.demo.desk import files
from crm.demo.work.staff import lively, person
from crm.demo.world import DAY, MINUTE, World, weekday
from interactions import sales, services, stage_approvals, stage_tasks
from interactions.models import (
    Event,
    EventStatus,
    FileLink,
    ProcessLine,
    ProcessStatus,
    SalesProcess,
    Stage,
    StageApproval,
    StageCondition,
    StageTask,
    Step,
)

#: Kind, stage -> colour, idle days.
_LOOKS = {
    ("Sale", "Inquiry"): ("grey", 10),
    ("Sale", "Needs clarified"): ("blue", 14),
    ("Sale", "Offer sent"): ("teal", 14),
    ("Sale", "Negotiation"): ("violet", 21),
    ("Sale", "Contract"): ("pink", 30),
    ("Large sale", "Qualification"): ("grey", 14),
    ("Large sale", "Presentation held"): ("blue", 21),
    ("Large sale", "Offer agreed"): ("violet", 30),
    ("Large sale", "Contract signed"): ("brown", 45),
}
_What = StageCondition.What
#: Stage of the large sale -> what it asks for: what, and the field or the kind of event.
_CONDITIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "Qualification": ((_What.FIELD, "amount"), (_What.FIELD, "client.decision_maker"), (_What.EVENT, "presentation")),
    "Presentation held": ((_What.FIELD, "lines"), (_What.FIELD, "expected_close_on"), (_What.FILE, "")),
    "Offer agreed": ((_What.FIELD, "competitors"), (_What.APPROVAL, "")),
    "Contract signed": ((_What.FIELD, "client.address"), (_What.FILE, "")),
}
#: Sales that entered their stage so many days ago have its tasks.
_FRESH = 12


def set_stages(world: World) -> None:
    """Set the stages up, then let the sales of today meet them."""
    _set_up(world)
    _large_sales(world)
    _plan_tasks(world)
    _words_of_heads(world)


def _set_up(world: World) -> None:
    kinds = {kind.pk: kind.name for kind in world.process_kinds.values()}
    for stage in Stage.objects.order_by("process_kind", "position"):
        kind = kinds[stage.process_kind_id]
        if look := _LOOKS.get((kind, stage.name)):
            stage.colour, stage.allowed_idle_days = look
            stage.save(update_fields=["colour", "allowed_idle_days"])
        if kind != "Large sale":
            continue
        for position, (what, about) in enumerate(_CONDITIONS.get(stage.name, ()), 1):
            StageCondition.objects.create(
                stage=stage,
                what=what,
                field=about if what == _What.FIELD else "",
                event_kind=world.kinds[about] if what == _What.EVENT else None,
                position=position * 10,
            )
        for position, (code, subject, days) in enumerate(world.words.work.stage_tasks.get(stage.name, ()), 1):
            StageTask.objects.create(
                stage=stage, kind=world.kinds[code], subject=subject, due_days=days, position=position * 10
            )


def _large_sales(world: World) -> None:
    """The seller of the sign-in page leads two: one cannot go on, for something is missing; one waits for the head."""
    words, rng = world.words.work, world.rng("large sales")
    seller = person(world, "seller")
    kind = world.process_kinds["Large sale"]
    dear = sorted(world.goods, key=lambda product: (-(product.price or 0), product.pk))[:3]
    clients = lively(world, "seller").filter(kind=ClientKind.COMPANY, persons__is_active=True).distinct()
    for number, (title, client) in enumerate(zip(words.large_titles, clients, strict=False)):
        # On days after it became his.
        began = min(max(clock.at(world.today - DAY * 9, 11, 20), client.created_at), world.now - MINUTE * 240)
        lines = [
            ProcessLine(product=product, quantity=Decimal(rng.randint(1, 3)), price=product.price, discount=discount)
            for product, discount in zip(dear, (0, 5, 7), strict=False)
        ]
        process = SalesProcess(
            client=client,
            kind=kind,
            title=title,
            responsible=seller,
            source=world.sources[number],
            expected_close_on=world.today + DAY * (40 - 12 * number),
        )
        with clock.playing(began):
            process = sales.start_process(process=process, by=seller, lines=lines, now=began)
        if number:
            _lead_to_the_head(world, process, seller, began)


def _lead_to_the_head(world: World, process: SalesProcess, seller: Manager, began: dt.datetime) -> None:
    """Stage by stage, with all that each of them asks for."""
    stages, words = world.stages[process.kind_id], world.words
    steps = _office_hours(world, began)
    decides = process.client.persons.filter(is_active=True).order_by("pk")
    ContactPerson.objects.filter(pk=decides[0].pk).update(is_decision_maker=True)
    shown = next(steps)
    scene = next(scene for scene in words.work.week if scene.kinds == "presentation")
    event = Event(
        client=process.client, kind=world.kinds["presentation"], status=EventStatus.DONE, subject=scene.subject,
        text=scene.text, occurred_at=shown, responsible=seller, process=process,
    )  # fmt: skip
    with clock.playing(shown):
        services.register_event(
            event=event, by=seller, now=shown, participants=services.Participants(persons=[decides[0]])
        )
    _move(process, stages[1], seller, next(steps))
    offered = next(steps)
    offer = files.keep_offer(world, process, seller, offered)
    FileLink.objects.create(attachment=offer, process=process)
    FileLink.objects.create(attachment=offer, event=event)
    _move(process, stages[2], seller, next(steps))
    asked = next(steps)
    with clock.playing(asked):
        stage_approvals.ask(process=process, by=seller, question=words.work.approval_question, now=asked)


def _office_hours(world: World, began: dt.datetime) -> Iterator[dt.datetime]:
    """Moments of working days after the beginning, in their order; less than a quarter of an hour apart when it began
    just now."""
    last = began
    for days, hour, minute in ((2, 11, 0), (2, 12, 20), (5, 15, 0), (5, 15, 10), (8, 16, 40)):
        wanted = clock.at(weekday(clock.local_date(began) + DAY * days), hour, minute)
        last = max(min(wanted, world.now - MINUTE * 2), last + MINUTE * 10)
        yield last


def _move(process: SalesProcess, stage: Stage, by: Manager, moment: dt.datetime) -> None:
    with clock.playing(moment):
        sales.move_process(process=process, stage=stage, by=by, now=moment)


def _plan_tasks(world: World) -> None:
    """What the stages ask for has been planned where a sale came there lately."""
    fresh = SalesProcess.objects.filter(
        status=ProcessStatus.OPEN, kind__name="Large sale", stage_since__gte=world.now - DAY * _FRESH
    )
    for process in fresh.select_related("client", "stage", "kind", "responsible").order_by("pk"):
        step = process.stage_changes.filter(step__in=(Step.STARTED, Step.MOVED)).order_by("changed_at", "pk").last()
        if step and process.responsible.is_active:
            with clock.playing(step.changed_at):
                stage_tasks.plan(process, step, by=process.responsible, now=step.changed_at)


def _words_of_heads(world: World) -> None:
    """Large sales that have gone beyond the offer were approved there."""
    stage = Stage.objects.get(process_kind__name="Large sale", name="Offer agreed")
    passed = SalesProcess.objects.filter(kind=stage.process_kind_id, stage__position__gt=stage.position)
    heads = {seller.manager.pk: (seller.head or seller).manager for seller in world.sellers}
    rows = []
    for process in passed.order_by("pk"):
        left = process.stage_changes.filter(from_stage=stage).order_by("changed_at").first()
        if left and process.responsible_id in heads:
            decided = left.changed_at - MINUTE * 40
            rows.append(
                StageApproval(
                    process=process, stage=stage, status=StageApproval.Status.APPROVED, asked_by=process.responsible,
                    asked_at=decided - MINUTE * 95, question=world.words.work.approval_question,
                    decided_by=heads[process.responsible_id], decided_at=decided,
                    answer=world.words.work.approval_answer,
                )
            )  # fmt: skip
    StageApproval.objects.bulk_create(rows)
