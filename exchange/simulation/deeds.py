"""What people do, one call of a service each: shared by those who work, cheat and lead."""

import datetime as dt
from collections.abc import Callable

from clients.models import Client, Manager
from crm.web.errors import DomainError
from exchange import services
from exchange.models import Claim, ReturnReason
from exchange.simulation.invariants.market import AtTheCounter
from exchange.simulation.world import Person, World
from interactions.models import Event, EventKind, EventStatus, LossReason, ProcessKind, SalesProcess
from interactions.sales import close_process, move_process, start_process
from interactions.services import finish_event, register_event
from interactions.stages import positions_open_to


class NotMine(DomainError):
    """What a page answers with 403."""


def kind(code: str) -> EventKind:
    """A kind of events by its code."""
    return EventKind.objects.get(code=code)


def contact(
    world: World,
    by: Manager,
    client_id: int,
    code: str = "call_out",
    *,
    what: str = "contacts",
    text: str = "",
    ago: dt.timedelta = dt.timedelta(minutes=5),
) -> Event | None:
    """Register what took place so long ago; a plan where ``ago`` is negative and ``what`` says so."""

    def act() -> Event:
        if not world.may_work_on(by, client_id):
            raise NotMine("This client is somebody else's.")
        event = Event(
            client_id=client_id,
            kind=kind(code),
            status=EventStatus.PLANNED if what == "plans" else EventStatus.DONE,
            subject=text or "What they need this month",
            text="" if text else "Talked about prices and terms of delivery; they will think it over.",
            occurred_at=world.moment - ago,
            responsible=by,
        )
        return register_event(event=event, by=by)

    return world.attempt(what, act)


def finish(world: World, by: Manager, event_id: int) -> None:
    """A planned event took place, if it may still be written down."""

    def act() -> Event:
        event = Event.objects.filter(pk=event_id).first()
        if event is None or not world.may_work_on(by, event.client_id):
            raise NotMine("This client is somebody else's.")
        return finish_event(event=event, by=by, result="They agreed")

    world.attempt("plans kept", act)


def claim(world: World, by: Manager, client_id: int, *, what: str = "claims") -> Claim | None:
    """Claim a client, and look at the moment of the claim whether it was allowed."""
    look = world.checker.look(world.day)
    counter = AtTheCounter(look, client_id, by, world.day)
    made = world.attempt(what, lambda: services.claim(client_id=client_id, by=by))
    if made:
        counter.claimed()
        world.claimed(made)
    return made


def assign(world: World, by: Manager, to: Manager, client_id: int, reason: str = "") -> Claim | None:
    """Give a client of the exchange to somebody, if need be against a rule."""
    made = world.attempt(
        "assigned", lambda: services.assign_from_exchange(client_id=client_id, manager=to, by=by, reason=reason)
    )
    if made:
        world.claimed(made)
        world.count("overrules", bool(made.overrides))
    return made


def give_back(world: World, by: Manager, client_id: int, *, what: str = "returned", comment: str = "") -> bool:
    """Return a client to the exchange, or as a head release it."""
    world.checker.befores.remember([client_id], world.day)
    reason = ReturnReason.objects.order_by("pk").first()

    def act() -> object:
        if not Client.objects.transferable_by(by).filter(pk=client_id).exists():
            raise NotMine("This client is somebody else's.")
        return services.return_client(client_id=client_id, by=by, reason=reason, comment=comment)

    return world.attempt(what, act) is not None


def sell(world: World, person: Person, by: Manager, client_id: int) -> None:
    """Begin a sale, or lead one on: to the next stage, to its end."""
    mine = SalesProcess.objects.filter(client=client_id, responsible=by, status="open").order_by("pk").first()
    if mine is None:
        _start(world, by, client_id)
    elif world.happens(0.35):
        _close(world, by, mine)
    else:
        _move(world, by, mine)


def _checked(world: World, by: Manager, client_id: int, act: Callable[[], object]) -> Callable[[], object]:
    def checked() -> object:
        if not world.may_work_on(by, client_id):
            raise NotMine("This client is somebody else's.")
        return act()

    return checked


def _start(world: World, by: Manager, client_id: int) -> None:
    kinds = list(ProcessKind.objects.order_by("pk"))
    process = SalesProcess(
        client_id=client_id, kind=world.pick(kinds), title="Order", responsible=by, amount=world.chance.randrange(9999)
    )
    world.attempt("sales", _checked(world, by, client_id, lambda: start_process(process=process, by=by)))


def _move(world: World, by: Manager, process: SalesProcess) -> None:
    open_to = sorted(positions_open_to(process))
    if open_to:
        stage = process.kind.stages.get(position=world.pick(open_to))
        move = _checked(world, by, process.client_id, lambda: move_process(process=process, stage=stage, by=by))
        world.attempt("steps of sales", move)


def _close(world: World, by: Manager, process: SalesProcess) -> None:
    won = world.happens(0.5)
    reason = None if won else LossReason.objects.order_by("pk").first()

    def act() -> SalesProcess:
        return close_process(process=process, won=won, by=by, loss_reason=reason)

    world.attempt("won" if won else "lost", _checked(world, by, process.client_id, act))
