"""Plans, recurring events and open sales go with their client: when it changes hands they are returned or handed on,
and come back when that is undone.

A listener of ``clients.ownership``: it runs inside the transaction of the change, on locked clients, for as many as a
night takes at once; how many queries it makes does not depend on their number. Every verb of events and sales locks
the client first, so nobody writes them meanwhile.

Neither a clock nor ``counted_on`` moves by this: a plan never counts, whoever it belongs to.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from simple_history.utils import bulk_update_with_history

from clients import ownership
from clients.models import Absence, CoManager, Department, Manager, OwnershipPeriod
from clients.ownership import OwnerChange
from clients.policies import chain_of
from crm import clock
from crm.web.access import Access
from interactions.models import Event, EventSeries, EventStatus, HandOver, ProcessStatus, SalesProcess
from interactions.reminders import set_remind_at

_BATCH = 500
#: Words of the change log, which has no language: it stands in the database.
RETURNED = "returned: the client went to the exchange"
HANDED_ON = "handed over with the client"
CAME_BACK = "the hand-over of the client was undone"

_Row = TypeVar("_Row", Event, SalesProcess)
#: What is open with a client.
_Open = Event | SalesProcess | EventSeries
#: How a client that nobody held got a manager who takes over what is open. A new or an imported one brings what is its
#: manager's already.
_TAKES_OVER = {OwnershipPeriod.Gained.CLAIMED.value, OwnershipPeriod.Gained.ASSIGNED.value}


def register() -> None:
    """Called once, when the app is ready."""
    ownership.register(hand_over, bring_back)


def hand_over(changes: Sequence[OwnerChange]) -> None:
    """Return the plans of clients that went to the exchange; hand plans and open sales on with those that got another
    manager.

    * To the exchange: every plan is cancelled, whoever it belongs to, and recurring events stop. What was written on it
      stays. Sales stay open and keep their responsible until somebody claims the client.
    * From the exchange: open sales go to who claimed the client, or was given it; plans stay returned.
    * To another manager: what was the old one's, or somebody's who may not work on the client any more, becomes the new
      one's; recurring events go on with him.

    Co-managers keep their own.
    """
    gone = {change.client_id: change for change in changes if change.to_id is None}
    came = {
        change.client_id: change
        for change in changes
        if change.to_id is not None and (change.from_id is not None or change.how in _TAKES_OVER)
    }
    people = Manager.objects.in_bulk({change.by_id for change in changes if change.by_id} if gone or came else [])
    if gone:
        _stop_series(gone)
        _return_plans(gone, people)
    if came:
        _hand_on(came, people)


def _stop_series(gone: Mapping[int, OwnerChange]) -> None:
    """No more plans are put in. Stopped at the moment of the change, by which it is found when that is undone."""
    series = list(EventSeries.objects.running().filter(client__in=gone))
    for each in series:
        each.stopped_at = gone[each.client_id].moment
    if series:
        EventSeries.objects.bulk_update(series, ["stopped_at"], batch_size=_BATCH)


def _return_plans(gone: Mapping[int, OwnerChange], people: Mapping[int, Manager]) -> None:
    plans = list(Event.objects.planned().filter(client__in=gone).order_by("pk"))
    if not plans:
        return
    now = clock.now()
    Event.objects.planned().filter(pk__in=[plan.pk for plan in plans]).update(
        status=EventStatus.CANCELLED, remind_at=None, updated_at=now
    )
    rows = []
    for plan in plans:
        plan.status, plan.remind_at = EventStatus.CANCELLED, None
        rows.append(_row(gone[plan.client_id], plan, taker=None))
    _write_history(Event, plans, gone, people, RETURNED)
    _keep(rows, "event")


def _hand_on(came: Mapping[int, OwnerChange], people: Mapping[int, Manager]) -> None:
    """Plans and open sales of clients that have another manager now."""
    plans = list(Event.objects.planned().filter(client__in=came).select_related("responsible").order_by("pk"))
    sales = list(SalesProcess.objects.open().filter(client__in=came).select_related("responsible").order_by("pk"))
    series = list(EventSeries.objects.running().filter(client__in=came).select_related("responsible").order_by("pk"))
    things: list[_Open] = [*plans, *sales, *series]
    others = {
        row.responsible_id
        for row in things
        if row.responsible_id not in (came[row.client_id].from_id, came[row.client_id].to_id)
    }
    staying = _Staying(came.values(), others) if others else None
    takers = Manager.objects.in_bulk({change.to_id for change in came.values()}) if things else {}
    _hand_on_rows(Event, plans, came, people, takers, staying)
    _hand_on_rows(SalesProcess, sales, came, people, takers, staying)
    given = [each for each in series if _goes(each, came[each.client_id], staying)]
    for each in given:
        each.responsible = takers[_taker(came[each.client_id])]
    if given:
        EventSeries.objects.bulk_update(given, ["responsible"], batch_size=_BATCH)


def _hand_on_rows(
    model: type[_Row],
    found: list[_Row],
    came: Mapping[int, OwnerChange],
    people: Mapping[int, Manager],
    takers: Mapping[int, Manager],
    staying: "_Staying | None",
) -> None:
    moved: list[_Row] = []
    rows: list[HandOver] = []
    for thing in found:
        change = came[thing.client_id]
        if not _goes(thing, change, staying):
            continue
        rows.append(_row(change, thing, taker=_taker(change)))
        thing.responsible = takers[_taker(change)]
        moved.append(thing)
    if moved:
        _update(model, moved, ["responsible", *_remind(moved)])
        _write_history(model, moved, came, people, HANDED_ON)
        _keep(rows, "event" if model is Event else "process")


def _goes(thing: _Open, change: OwnerChange, staying: "_Staying | None") -> bool:
    """Whether it becomes the new manager's."""
    if thing.responsible_id in (change.to_id, change.from_id):
        return thing.responsible_id != change.to_id
    return not (staying and staying.keeps(thing, change))


def _taker(change: OwnerChange) -> int:
    assert change.to_id is not None, "who asks has looked"
    return change.to_id


class _Staying:
    """Who keeps what is his on clients that have another manager now: five small queries for a whole batch.

    Co-managers; and, where one manager handed to another, whoever may still work on the client: heads above the new
    manager, who stands in for him today, directors and administrators. What was open on a client of the exchange has no
    such owner: nobody worked on it there.
    """

    def __init__(self, changes: Iterable[OwnerChange], others: Collection[int]) -> None:
        changes = list(changes)
        clients, takers = {change.client_id for change in changes}, {change.to_id for change in changes}
        helps = CoManager.objects.filter(client__in=clients, manager__in=others, manager__is_active=True)
        self._helps = set(helps.values_list("client_id", "manager_id"))
        absences = Absence.objects.in_force().filter(manager__in=takers, deputy__in=others, deputy__is_active=True)
        self._stands_in = set(absences.values_list("manager_id", "deputy_id"))
        heads = dict(Department.objects.filter(head__in=others, head__is_active=True).values_list("pk", "head_id"))
        paths = Manager.objects.filter(pk__in=takers, department__isnull=False).values_list("pk", "department__path")
        self._leads = {
            (taker, heads[department]) for taker, path in paths for department in chain_of(path) if department in heads
        }

    def keeps(self, thing: _Open, change: OwnerChange) -> bool:
        """Whether this plan or sale stays with who has it."""
        who = thing.responsible
        if (thing.client_id, who.pk) in self._helps:
            return True
        if not who.is_active or (change.from_id is None and isinstance(thing, SalesProcess)):
            return False
        return (
            who.sees_everything
            or (change.to_id, who.pk) in self._stands_in
            or (who.access_level >= Access.HEAD and (change.to_id, who.pk) in self._leads)
        )


def bring_back(client_id: int, moment: dt.datetime) -> None:
    """The owner change of a locked client at ``moment`` was undone: what was returned or handed on then is as it was.

    What somebody has changed since (planned again, done, given to somebody else, sold) stays as he left it.
    """
    now = clock.now()
    rows = HandOver.objects.filter(client=client_id, moment=moment, undone_at=None)
    plans, sales = [], []
    for row in rows.select_related("event", "process", "from_manager").order_by("pk"):
        thing = row.event or row.process
        assert thing is not None, "a constraint says so"
        left_with = row.to_manager_id or row.from_manager_id
        if thing.client_id != client_id or thing.responsible_id != left_with:
            continue
        if isinstance(thing, SalesProcess):
            if thing.status == ProcessStatus.OPEN:
                thing.responsible = row.from_manager
                sales.append(thing)
        elif thing.status == (EventStatus.PLANNED if row.to_manager_id else EventStatus.CANCELLED):
            thing.status, thing.responsible = EventStatus.PLANNED, row.from_manager
            plans.append(thing)
    rows.update(undone_at=now)
    EventSeries.objects.filter(client=client_id, stopped_at=moment).update(stopped_at=None)
    if plans:
        _bring_series_back(plans)
        _update(Event, plans, ["status", "responsible", *_remind(plans)])
        bulk_update_with_history(plans, Event, [], batch_size=_BATCH, default_change_reason=CAME_BACK)
    if sales:
        _update(SalesProcess, sales, ["responsible"])
        bulk_update_with_history(sales, SalesProcess, [], batch_size=_BATCH, default_change_reason=CAME_BACK)


def _bring_series_back(plans: list[Event]) -> None:
    """Recurring events are the responsible's whose plans they put in."""
    owners = {plan.series_id: plan.responsible_id for plan in plans if plan.series_id}
    if owners:
        series = list(EventSeries.objects.filter(pk__in=owners))
        for each in series:
            each.responsible_id = owners[each.pk]
        EventSeries.objects.bulk_update(series, ["responsible"], batch_size=_BATCH)


def _remind(rows: Iterable[Event | SalesProcess]) -> list[str]:
    """Plans remind whoever has them now, as he prefers; the fields this sets."""
    plans = [row for row in rows if isinstance(row, Event)]
    for plan in plans:
        set_remind_at(plan)
    return ["remind_at"] if plans else []


def _row(change: OwnerChange, thing: Event | SalesProcess, *, taker: int | None) -> HandOver:
    """What becomes of a plan or a sale, before its responsible is changed."""
    return HandOver(
        client_id=change.client_id,
        moment=change.moment,
        event=thing if isinstance(thing, Event) else None,
        process=thing if isinstance(thing, SalesProcess) else None,
        from_manager_id=thing.responsible_id,
        to_manager_id=taker,
    )


def _keep(rows: list[HandOver], thing: str) -> None:
    # The same thing at the same moment: it was handed over, that was undone, and it is handed over once more.
    HandOver.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=[thing, "moment"],
        update_fields=["client", "from_manager", "to_manager", "undone_at"],
    )


def _update(model: type[_Row], rows: list[_Row], fields: list[str]) -> None:
    now = clock.now()
    for row in rows:
        row.updated_at = now
    model._default_manager.bulk_update(rows, [*fields, "updated_at"], batch_size=_BATCH)


def _write_history(
    model: type[_Row], rows: list[_Row], changes: Mapping[int, OwnerChange], people: Mapping[int, Manager], reason: str
) -> None:
    for row in rows:
        change = changes[row.client_id]
        row._history_user = people.get(change.by_id) if change.by_id else None  # type: ignore[attr-defined]
        row._change_reason = f"{reason} ({change.how})"[:100]  # type: ignore[attr-defined]
    bulk_update_with_history(rows, model, [], batch_size=_BATCH)
