"""Inquiries: somebody called, wrote or came of itself. One verb, one transaction.

Whoever answers the phone registers it, whoever's client it is: the incoming event counts at once, because the client
was talked to. What may be done with the client afterwards is decided by its manager, as always.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from clients import ownership
from clients import services as clients
from clients.models import Absence, Client, ContactPoint, Manager, OwnershipPeriod
from clients.ownership import OwnerChange
from clients.superiors import deciders
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict, DomainError
from interactions import distribution, inquiry_notices, sales, services
from interactions.models import (
    Direction,
    Event,
    EventStatus,
    Inquiry,
    ProcessKind,
    ProcessLine,
    SalesProcess,
)
from interactions.rules.distribution import Wanted

Status = Inquiry.Status


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client nobody knew: unsaved, with its phones and e-mails."""

    client: Client
    points: Sequence[ContactPoint] = ()


@transaction.atomic
def take(
    *,
    inquiry: Inquiry,
    by: Manager,
    wish: Manager | None = None,
    new: NewClient | None = None,
    caller: str = "",
    sale_kind: ProcessKind | None = None,
    now: dt.datetime | None = None,
) -> Inquiry:
    """Register an inquiry: its client (if it is new), the incoming event, to whom it goes, and a sale if one is wanted.

    Args:
        inquiry: unsaved, with kind, text and what is known; its client unless ``new`` is given.
        wish: who shall go on with it; None: whose client it is, or, where it is nobody's, who the rules choose.
        caller: who called, where he is none of the contact persons.
        sale_kind: open a sale of this kind, for whoever goes on with it.

    Raises:
        DomainError: the kind is not an incoming one; ``wish`` may not have it.
        ValidationError: a fact of the client, the event or the sale is wrong.
        Conflict: the client does not exist any more.
    """
    now = now or clock.now()
    if inquiry.kind.direction != Direction.INCOMING or inquiry.kind.is_system:
        raise DomainError(_("Choose how the client got in touch."), field="kind")
    if new is not None:
        created = clients.create_client(client=new.client, by=by, manager=None, points=new.points)
        inquiry.client = created
    inquiry.client = _locked(inquiry.client_id)
    inquiry.taken_by, inquiry.received_at = by, now
    _route(inquiry, wish=wish, is_new=new is not None, now=now)
    inquiry.event = _register(inquiry, caller=caller, now=now)
    if sale_kind is not None and inquiry.assigned_to is not None:
        _refuse_stranger(inquiry, by, is_new=new is not None)
        inquiry.process = _open_sale(inquiry, sale_kind, by=by, now=now)
    inquiry.full_clean()
    inquiry.save()
    _tell(inquiry, by=by, now=now)
    return inquiry


@transaction.atomic
def take_over(
    *, inquiry: Inquiry, by: Manager, sale_kind: ProcessKind | None = None, now: dt.datetime | None = None
) -> Inquiry:
    """``by`` goes on with an inquiry that waited; a client that nobody ever held becomes his.

    Raises:
        Conflict: it does not wait any more.
        DomainError: the client is somebody else's, on the exchange or archived; ``by`` cannot hold clients.
    """
    now = now or clock.now()
    inquiry = _open(inquiry)
    _give_client(inquiry, by, by=by, now=now)
    if not _may_work(inquiry.client, by):
        raise DomainError(_("The client is not yours to work on any more: pass the inquiry on."))
    _settle(inquiry, Status.TAKEN, now)
    inquiry.assigned_to, inquiry.assigned_at = by, inquiry.assigned_at or now
    if sale_kind is not None:
        inquiry.process = _open_sale(inquiry, sale_kind, by=by, now=now)
    inquiry.save()
    return inquiry


@transaction.atomic
def pass_on(*, inquiry: Inquiry, to: Manager | None, by: Manager, now: dt.datetime | None = None) -> Inquiry:
    """Let somebody else go on with an inquiry that waits; ``to`` None: the heads shall say who.

    Who may not work on the client gets the client with it, where ``by`` may give it away.

    Raises:
        Conflict: it does not wait any more.
        DomainError: ``to`` may not work on the client, and ``by`` may not give it to him.
    """
    now = now or clock.now()
    inquiry = _open(inquiry)
    if to is None:
        inquiry.status, inquiry.assigned_to, inquiry.assigned_at = Status.WAITING, None, None
    else:
        _give_client(inquiry, to, by=by, now=now)
        if not _may_work(inquiry.client, to):
            raise DomainError(_("%(manager)s may not work on this client.") % {"manager": to}, field="to")
        inquiry.status, inquiry.assigned_to, inquiry.assigned_at = Status.PASSED, to, now
    inquiry.rule = None
    inquiry.save()
    _tell(inquiry, by=by, now=now)
    return inquiry


@transaction.atomic
def close(*, inquiry: Inquiry, by: Manager, because: str, now: dt.datetime | None = None) -> Inquiry:
    """Nothing came of an inquiry: a wrong number, spam. The event stays: the client did call.

    Raises:
        Conflict: it does not wait any more.
        DomainError: nobody has said why.
    """
    inquiry = _open(inquiry)
    inquiry.closed_because = " ".join(because.split())[:200]
    if not inquiry.closed_because:
        raise DomainError(_("Say why."), field="because")
    _settle(inquiry, Status.CLOSED, now or clock.now())
    inquiry.save()
    return inquiry


def keeper_of(client: Client, *, today: dt.date) -> Manager | None:
    """Who answers for a held client today: its manager; his head where he has left, or is away and nobody stands in for
    him. (Whoever stands in sees what waits for him.) Three small queries."""
    manager = client.manager
    if manager is None:
        return None
    absence = Absence.objects.in_force(today).filter(manager=manager)
    is_covered = not absence.exists() or absence.filter(deputy__is_active=True).exists()
    if manager.is_active and is_covered:
        return manager
    head = Manager.objects.filter(pk__in=deciders(manager)).order_by("pk").first()
    return head or (manager if manager.is_active else None)


# --- to whom it goes --------------------------------------------------------------------------------------------------
def _route(inquiry: Inquiry, *, wish: Manager | None, is_new: bool, now: dt.datetime) -> None:
    """Set status, ``assigned_to`` and ``rule`` of a new inquiry on a locked client; give a client nobody ever held to
    whoever gets the inquiry."""
    client, by, today = inquiry.client, inquiry.taken_by, clock.local_date(now)
    inquiry.status = Status.WAITING
    if client.is_held:
        wish = wish or keeper_of(client, today=today)
        if wish is not None and not _may_work(client, wish):
            raise DomainError(_("%(manager)s may not work on this client.") % {"manager": wish}, field="wish")
    elif client.exchange_since or client.archived_at:
        # Nobody gets it by answering the phone: it is claimed, or given by a head.
        return
    else:
        if wish is not None and not _may_be_given(wish, by, is_new=is_new):
            raise DomainError(_("You may not give this client to %(manager)s.") % {"manager": wish}, field="wish")
        if wish is None and (choice := distribution.choose(wanted(inquiry), today=today)):
            inquiry.rule, wish = choice
        if wish is not None:
            _attach(inquiry, wish, by=by, now=now)
    if wish is not None:
        inquiry.assigned_to, inquiry.assigned_at = wish, now
        inquiry.status = Status.TAKEN if wish == by else Status.PASSED
        inquiry.settled_at = now if wish == by else None


def wanted(inquiry: Inquiry) -> Wanted:
    """What the distribution rules look at."""
    return Wanted(
        source=inquiry.source_id, region=inquiry.client.region_id, product=inquiry.product_id, amount=inquiry.amount
    )


def _may_be_given(manager: Manager, by: Manager, *, is_new: bool) -> bool:
    """A client nobody ever held: a head gives it to his people; who has just entered it, to himself."""
    if is_new and manager == by:
        return Manager.objects.sellers().filter(pk=by.pk).exists()
    return Manager.objects.assignable_by(by).filter(pk=manager.pk).exists()


def _may_work(client: Client, manager: Manager) -> bool:
    return manager.is_active and Client.objects.editable_by(manager).filter(pk=client.pk).exists()


def _attach(inquiry: Inquiry, manager: Manager, *, by: Manager, now: dt.datetime) -> None:
    inquiry.client = clients.attach(
        client_id=inquiry.client_id,
        manager=manager,
        by=by,
        gained=OwnershipPeriod.Gained.CREATED,
        today=clock.local_date(now),
        moment=now,
    )


def _give_client(inquiry: Inquiry, manager: Manager, *, by: Manager, now: dt.datetime) -> None:
    """Who goes on with an inquiry gets the client with it, where he may not work on it already and ``by`` may give
    it."""
    client = inquiry.client
    if not client.is_held:
        if client.exchange_since or client.archived_at:
            raise DomainError(_("Nobody holds this client: it has to be claimed or assigned first."))
        if _may_be_given(manager, by, is_new=False):
            _attach(inquiry, manager, by=by, now=now)
    elif not _may_work(client, manager):
        may_transfer = Client.objects.transferable_by(by).filter(pk=client.pk).exists()
        if may_transfer and Manager.objects.assignable_by(by).filter(pk=manager.pk).exists():
            inquiry.client = clients.reassign(
                client_id=client.pk, manager=manager, by=by, today=clock.local_date(now), moment=now
            )


def _refuse_stranger(inquiry: Inquiry, by: Manager, *, is_new: bool) -> None:
    if not is_new and not inquiry.rule and not _may_work(inquiry.client, by):
        raise DomainError(_("A sale is opened by whoever works on the client."), field="sale_kind")


# --- what it becomes --------------------------------------------------------------------------------------------------
def _register(inquiry: Inquiry, *, caller: str, now: dt.datetime) -> Event:
    """The incoming event: a contact, whoever answered."""
    subject = Truncator(_first_line(inquiry.text)).chars(255)
    caller = " ".join(caller.split())
    event = Event(
        client=inquiry.client,
        kind=inquiry.kind,
        status=EventStatus.DONE,
        subject=subject,
        text=inquiry.text if inquiry.text.strip() != subject else "",
        occurred_at=now,
        responsible=inquiry.taken_by,
    )
    who = services.Participants(
        persons=[inquiry.person] if inquiry.person else [], names=[caller] if caller and not inquiry.person else []
    )
    return services.register_event(event=event, by=inquiry.taken_by, participants=who, now=now)


def _open_sale(inquiry: Inquiry, kind: ProcessKind, *, by: Manager, now: dt.datetime) -> SalesProcess:
    product = inquiry.product
    process = SalesProcess(
        client=inquiry.client,
        kind=kind,
        title=Truncator(_first_line(inquiry.text) or str(product or kind)).chars(255),
        responsible=inquiry.assigned_to or by,
        source=inquiry.source,
        amount=inquiry.amount,
    )
    lines = [ProcessLine(product=product, price=product.price)] if product else []
    process = sales.start_process(process=process, by=by, lines=lines, now=now)
    if inquiry.event_id:
        # The talk the sale began with belongs to it.
        event = Event.objects.get(pk=inquiry.event_id)
        event.process = process
        services.change_event(event=event, by=by, now=now)
    return process


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _settle(inquiry: Inquiry, status: str, now: dt.datetime) -> None:
    inquiry.status, inquiry.settled_at = status, now


def _tell(inquiry: Inquiry, *, by: Manager, now: dt.datetime) -> None:
    """Whoever it waits for. Of a client of the exchange the listeners of ``interactions.inbound`` tell."""
    if inquiry.status == Status.PASSED:
        inquiry_notices.passed(inquiry, by=by, today=clock.local_date(now))
    elif inquiry.status == Status.WAITING and not inquiry.client.is_on_exchange:
        inquiry_notices.waits(inquiry, by=by)


def _locked(client_id: int) -> Client:
    client = lock_clients([client_id]).get(client_id)
    if client is None:
        raise Conflict(_("This client does not exist any more."))
    return client


def _open(inquiry: Inquiry) -> Inquiry:
    """The inquiry as it stands, its client locked.

    Raises:
        Conflict: somebody was quicker.
    """
    client = _locked(inquiry.client_id)
    stored = Inquiry.objects.select_related("kind", "assigned_to", "product").filter(pk=inquiry.pk).first()
    if stored is None or stored.client_id != client.pk:
        raise Conflict(_("This inquiry does not exist any more."))
    if stored.status == Status.TAKEN and stored.assigned_to:
        raise Conflict(_("%(manager)s is already working on it.") % {"manager": stored.assigned_to})
    if stored.status == Status.CLOSED:
        raise Conflict(_("This inquiry is closed already."))
    stored.client = client
    return stored


# --- its client changes hands -----------------------------------------------------------------------------------------
def follow(changes: Sequence[OwnerChange]) -> None:
    """A listener of ``clients.ownership``: what waits goes with its client. Whoever claimed a client of the exchange is
    working on what it wanted; who was given one finds it waiting for him. One query where nothing waits."""
    by_client = {change.client_id: change for change in changes}
    for inquiry in _waiting(list(by_client)):
        change = by_client[inquiry.client_id]
        if change.to_id and change.how == OwnershipPeriod.Gained.CLAIMED.value:
            inquiry.assigned_to_id, inquiry.assigned_at = change.to_id, change.moment
            _settle(inquiry, Status.TAKEN, change.moment)
            inquiry.save()
        else:
            _follow(inquiry, change.to_id, by_id=change.by_id, now=change.moment)


def bring_back(client_id: int, moment: dt.datetime) -> None:
    """The change was undone: what still waits, waits for the manager the client has now."""
    for inquiry in _waiting([client_id]):
        _follow(inquiry, inquiry.client.manager_id, by_id=None, now=moment)


def _waiting(client_ids: Sequence[int]) -> QuerySet[Inquiry]:
    return Inquiry.objects.open().filter(client__in=client_ids).select_related("client").order_by("pk")


def _follow(inquiry: Inquiry, manager_id: int | None, *, by_id: int | None, now: dt.datetime) -> None:
    if inquiry.assigned_to_id == manager_id:
        return
    inquiry.status = Status.PASSED if manager_id else Status.WAITING
    inquiry.assigned_to_id, inquiry.assigned_at, inquiry.rule = manager_id, now if manager_id else None, None
    inquiry.save()
    if manager_id and manager_id != by_id:
        by = Manager.objects.filter(pk=by_id).first()
        inquiry_notices.passed(inquiry, by=by, today=clock.local_date(now))


def register() -> None:
    """Called once, when the app is ready."""
    ownership.register(follow, bring_back)
