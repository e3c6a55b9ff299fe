"""Reminders before planned events: when they are due is decided at write time, told by a task of every minute.

``Event.remind_at`` is NULL where there is nothing to tell, or no more; :func:`set_remind_at` is called wherever an
event is saved. A reminder is told once: it is taken by a conditional UPDATE in the transaction that tells it, and the
notice itself has a key (event and moment).
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext, gettext_lazy, ngettext

from clients.models import Manager, Notice
from clients.notices import NoticeKind, notify, register
from clients.superiors import superiors
from crm import clock
from crm.web import preferences
from crm.web.tags.times import moment
from interactions.models import Event, EventKind, EventStatus
from interactions.rules.reminders import due_at, is_worth_telling

REMINDER = "event.reminder"
#: Reminders told in one transaction, and transactions of one round: the rest waits for the next minute.
_BATCH, _BATCHES = 100, 20
#: Further ahead than this an event is told of by its time, not by the minutes left.
_MINUTES_TOLD = 90


def set_remind_at(event: Event, *, now: dt.datetime | None = None) -> None:
    """Set ``remind_at`` of an event from its status, time, and what it or its responsible asks for; without saving."""
    is_planned = event.status == EventStatus.PLANNED
    # Who is responsible is read only where it matters.
    asks_him = is_planned and event.remind_before is None
    event.remind_at = due_at(
        is_planned=is_planned,
        occurs_at=event.occurred_at,
        before=event.remind_before,
        preference=event.responsible.reminder_minutes if asks_him else None,
        now=now or clock.now(),
        waiting=event.remind_at,
    )


def register_listener() -> None:
    """Called once, when the app is ready: reminders follow the person's preference."""
    preferences.register_listener(
        lambda person, chosen: follow_preference(person) if "reminder_minutes" in chosen else None
    )


def follow_preference(manager: Manager) -> int:
    """He changed his preference: what he has planned and what does not say otherwise follows it. Returns how many."""
    now, changed = clock.now(), []
    plans = Event.objects.planned().filter(responsible=manager, remind_before=None, occurred_at__gt=now)
    with transaction.atomic():
        for plan in plans.select_for_update(of=("self",)).order_by("pk"):
            before = plan.remind_at
            plan.responsible = manager
            set_remind_at(plan, now=now)
            if plan.remind_at != before:
                changed.append(plan)
        Event.objects.bulk_update(changed, ["remind_at"], batch_size=500)
    return len(changed)


def tell_due(now: dt.datetime | None = None) -> int:
    """Tell the reminders whose moment has come, the longest waiting first; returns how many events were taken."""
    now, taken = now or clock.now(), 0
    for _round in range(_BATCHES):
        some = _tell_some(now)
        taken += some
        if some < _BATCH:
            break
    return taken


@transaction.atomic
def _tell_some(now: dt.datetime) -> int:
    """One batch. What another worker is telling in this moment is passed over, not waited for."""
    due = Event.objects.filter(remind_at__lte=now).order_by("remind_at", "pk")
    rows = list(
        due.select_for_update(skip_locked=True, of=("self",)).select_related("client", "kind", "responsible")[:_BATCH]
    )
    if rows:
        Event.objects.filter(pk__in=[row.pk for row in rows], remind_at__lte=now).update(remind_at=None)
        _tell([row for row in rows if is_worth_telling(occurs_at=row.occurred_at, now=now)], clock.local_date(now))
    return len(rows)


def _tell(events: Sequence[Event], today: dt.date) -> None:
    deputies = superiors(today).deputies if events else {}
    for event in events:
        assert event.remind_at is not None, "it was due"
        notify(
            kind=REMINDER,
            recipients=[_reader(event, deputies.get(event.responsible_id))],
            key=f"{event.pk} {event.remind_at.astimezone(dt.UTC):%Y-%m-%d %H:%M}",
            date=today,
            data={
                "client": event.client.name,
                "client_id": event.client_id,
                "kind": event.kind.name,
                "at": event.occurred_at.isoformat(),
            },
            url=event.get_absolute_url(),
        )


def _reader(event: Event, deputy: int | None) -> int:
    """Who is told: the responsible; while he is away who stands in for him, if he may see the event."""
    if deputy is None:
        return event.responsible_id
    stands_in = Manager.objects.get(pk=deputy)
    return deputy if Event.objects.visible_to(stands_in).filter(pk=event.pk).exists() else event.responsible_id


# --- in words ---------------------------------------------------------------------------------------------------------
def _words(notice: Notice) -> str:
    """ "In 15 minutes: call with X" while it is ahead and near, then with its time. The client's name everybody may
    know; the subject is read on the event's own page."""
    at = dt.datetime.fromisoformat(notice.data["at"])
    facts = {"kind": str(EventKind(name=notice.data["kind"])), "client": notice.data["client"], "when": moment(at)}
    minutes = round((at - clock.now()).total_seconds() / 60)
    if 0 < minutes <= _MINUTES_TOLD:
        words = ngettext(
            "In %(count)d minute: %(kind)s – %(client)s", "In %(count)d minutes: %(kind)s – %(client)s", minutes
        )
        return words % {"count": minutes, **facts}
    return gettext("%(when)s: %(kind)s – %(client)s") % facts


register(
    NoticeKind(
        key=REMINDER,
        name=gettext_lazy("Reminders"),
        about=gettext_lazy("Before what you have planned, and what a colleague you stand in for has."),
        icon="alarm",
        words=_words,
        by_letter=False,
        momentary=True,
        order=8,
    )
)
