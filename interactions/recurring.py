"""Recurring events: plans that are put into the calendar ahead of time, as ordinary planned events.

``interactions.rules.recurrence`` says which days a series means; here its occurrences are written, changed from one on,
and stopped. Each verb locks the client first, so an occurrence is never put in twice (a constraint says so, too).
Permission is the caller's; what becomes of a series whose client changes hands is said in ``interactions.handing``.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_create_with_history

from clients.days_off import days_off
from clients.models import Client, Manager
from clients.zoning import lock_clients
from crm import clock
from crm.web.errors import Conflict
from interactions import services
from interactions.models import (
    Agreement,
    Event,
    EventParticipant,
    EventSeries,
    EventStatus,
    FileLink,
    HeadComment,
)
from interactions.reminders import set_remind_at
from interactions.rules.recurrence import FURTHEST_MOVE, Rule, meant_days, moment_of, occurrences

#: So far ahead the calendar is filled, and when less than that is left it is filled again.
AHEAD, REFILL = dt.timedelta(days=90), dt.timedelta(days=60)
#: Words of the change log, which has no language.
PUT_IN = "occurrence of a recurring event"
#: An occurrence in which one of these is different has been changed by hand.
_AS_MADE = ("occurred_at", "ends_at", "kind_id", "subject", "text", "result", "responsible_id", "remind_before")


class Filled(NamedTuple):
    """A series, how many occurrences were put in, and how many stay as somebody has changed them by hand."""

    series: EventSeries
    put_in: int
    kept: int = 0


def rule_of(series: EventSeries) -> Rule:
    """The rule of a series, for ``interactions.rules.recurrence``."""
    return Rule(
        starts_on=series.starts_on,
        frequency=series.frequency,
        interval=series.interval,
        weekdays=frozenset(int(day) - 1 for day in series.weekdays),
        by_weekday=series.by_weekday,
        off_days=series.off_days,
        until=series.until,
        count=series.count,
    )


def times_left(series: EventSeries, event: Event) -> int | None:
    """How many times a series takes place from one of its occurrences on; None when it is not counted."""
    if series.count is None or event.series_on is None:
        return series.count
    return sum(day >= event.series_on for day in meant_days(rule_of(series)))


@transaction.atomic
def register(
    *,
    event: Event,
    series: EventSeries,
    zone: str,
    by: Manager,
    participants: services.Participants = services.NOBODY_ELSE,
    agreements: Sequence[Agreement] = (),
    now: dt.datetime | None = None,
) -> Filled:
    """Register a new plan that recurs; who takes part and what was agreed belongs to this first one.

    Raises:
        As ``services.register_event`` and ``repeat``.
    """
    now = now or clock.now()
    services.register_event(event=event, by=by, participants=participants, agreements=agreements, now=now)
    return repeat(event=event, series=series, zone=zone, by=by, now=now)


@transaction.atomic
def repeat(*, event: Event, series: EventSeries, zone: str, by: Manager, now: dt.datetime | None = None) -> Filled:
    """Make a planned event recur: it is the first occurrence, ``series`` says how the others follow.

    Args:
        series: a new one with its rule; the rest is taken from the event.
        zone: the time zone in which its time of day is meant.

    Raises:
        Conflict: the event is no longer planned, recurs already, or nobody holds its client.
        ValidationError: the rule is wrong.
    """
    now = now or clock.now()
    stored, clients = services.locked(event)
    _refuse(stored, clients[stored.client_id])
    if stored.series_id:
        raise Conflict(_("This event recurs already."))
    series.client, series.author, series.created_at = stored.client, by, now
    _follow(series, stored, zone)
    series.full_clean()
    series.save()
    stored.series, stored.series_on = series, series.starts_on
    stored.save()
    return Filled(series, _fill(series, by=by, now=now))


@transaction.atomic
def change_following(
    *, event: Event, series: EventSeries, zone: str, by: Manager, now: dt.datetime | None = None
) -> Filled:
    """An occurrence and all that follow it are different from now on: ``event`` and ``series`` carry what was edited.

    What follows is put in anew. An occurrence somebody has worked on (moved, agreements, participants, files) stays as
    he left it, and keeps its day.

    Raises:
        Conflict: it is no longer planned, or nobody holds its client.
        ValidationError: a field is wrong; an earlier occurrence has that day.
    """
    now = now or clock.now()
    stored, clients = services.locked(event)
    _refuse(stored, clients[stored.client_id])
    before, meant_on = _series_of(event)
    kept = _clear(before, after=meant_on)
    _follow(series, event, zone)
    series.stopped_at = None
    series.full_clean()
    series.save()
    if before.events.filter(series_on=series.starts_on).exclude(pk=event.pk).exists():
        raise ValidationError({"occurred_at": _("This recurring event takes place on that day already.")})
    event.series_on = series.starts_on
    services.change_event(event=event, by=by, now=now)
    return Filled(series, _fill(series, by=by, now=now), kept)


@transaction.atomic
def stop(*, event: Event, by: Manager, with_this: bool, now: dt.datetime | None = None) -> Filled:
    """An event recurs no more after this occurrence; ``with_this`` it does not take place either.

    Raises:
        Conflict: it does not recur.
    """
    now = now or clock.now()
    stored, _clients = services.locked(event)
    series, meant_on = _series_of(stored)
    _clear(series, after=meant_on)
    left = series.events.planned().filter(series_on__gt=meant_on)
    rows = [stored, *left] if with_this and stored.status == EventStatus.PLANNED else list(left)
    for row in rows:
        services.cancel_event(event=row, by=by, now=now)
    series.stopped_at = now
    series.save(update_fields=["stopped_at"])
    return Filled(series, 0, len(rows))


def fill_due(now: dt.datetime | None = None) -> int:
    """Fill the calendar of every series that runs low, each in its own transaction; how many events were put in."""
    now = now or clock.now()
    horizon = clock.local_date(now) + REFILL
    due = EventSeries.objects.running().filter(filled_until__lt=horizon).exclude(until__lte=F("filled_until"))
    return sum(_fill_again(pk, now) for pk in list(due.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _fill_again(pk: int, now: dt.datetime) -> int:
    series = EventSeries.objects.filter(pk=pk).first()
    if series is None:
        return 0
    client = lock_clients([series.client_id])[series.client_id]
    series = EventSeries.objects.running().select_related("responsible", "kind", "process").filter(pk=pk).first()
    if series is None or series.client_id != client.pk:
        return 0
    if not client.is_held:
        EventSeries.objects.filter(pk=pk).update(stopped_at=now)
        return 0
    if not series.responsible.is_active:
        series.responsible = Manager.objects.get(pk=client.manager_id)
        series.save(update_fields=["responsible"])
    return _fill(series, by=series.author, now=now)


def _fill(series: EventSeries, *, by: Manager, now: dt.datetime) -> int:
    """Put in what is missing; the client is locked. Days that have one already, and moments that have passed, get
    none."""
    after = series.filled_until or series.starts_on
    through = max(after, clock.local_date(now) + AHEAD)
    has = set(series.events.filter(series_on__gt=after).values_list("series_on", flat=True))
    events = [
        _occurrence(series, meant_on, at, now)
        for meant_on, at in _moments(series, after=after, through=through).items()
        if meant_on not in has and at > now
    ]
    if events:
        bulk_create_with_history(events, Event, default_user=by, default_change_reason=PUT_IN)
    series.filled_until = through
    series.save(update_fields=["filled_until"])
    return len(events)


def _occurrence(series: EventSeries, meant_on: dt.date, at: dt.datetime, now: dt.datetime) -> Event:
    event = Event(
        client_id=series.client_id,
        kind=series.kind,
        status=EventStatus.PLANNED,
        subject=series.subject,
        text=series.text,
        occurred_at=at,
        ends_at=at + dt.timedelta(minutes=series.minutes) if series.minutes else None,
        responsible=series.responsible,
        author_id=series.author_id,
        process=series.process if series.process and series.process.is_open else None,
        remind_before=series.remind_before,
        series=series,
        series_on=meant_on,
        created_at=now,
    )
    set_remind_at(event, now=now)
    return event


def _follow(series: EventSeries, event: Event, zone: str) -> None:
    """What all occurrences have from the one the series begins with."""
    local = event.occurred_at.astimezone(ZoneInfo(zone))
    series.starts_on, series.at, series.time_zone = local.date(), local.time(), zone
    series.kind, series.subject, series.text = event.kind, event.subject, event.text
    series.responsible, series.process, series.remind_before = event.responsible, event.process, event.remind_before
    length = (event.ends_at - event.occurred_at) // dt.timedelta(minutes=1) if event.ends_at else 0
    series.minutes = length or None
    series.filled_until = None


def _clear(series: EventSeries, *, after: dt.date) -> int:
    """Take out the planned occurrences later than that day which nobody has worked on; how many stay."""
    later = {event.series_on: event for event in _with_work(series.events.planned().filter(series_on__gt=after))}
    if not later:
        return 0
    moments = _moments(series, after=after, through=max(later))
    untouched = [
        later[meant_on].pk
        for meant_on, at in moments.items()
        if meant_on in later and _is_untouched(later[meant_on], _occurrence(series, meant_on, at, clock.now()))
    ]
    Event.objects.filter(pk__in=untouched).delete()
    return len(later) - len(untouched)


def _with_work(events: Any) -> Any:
    """Annotated with whether anything hangs on them."""
    work = Q(Exists(Event.objects.filter(continues=OuterRef("pk"))))
    for model in (Agreement, EventParticipant, FileLink, HeadComment):
        work |= Q(Exists(model._default_manager.filter(event=OuterRef("pk"))))
    return events.annotate(has_work=work)


def _is_untouched(event: Any, made: Event) -> bool:
    return not event.has_work and all(getattr(event, name) == getattr(made, name) for name in _AS_MADE)


def _moments(series: EventSeries, *, after: dt.date, through: dt.date) -> dict[dt.date, dt.datetime]:
    """The days the rule means in a stretch of the calendar, and the moments they become. One query."""
    off = days_off(series.responsible, after - FURTHEST_MOVE, through + FURTHEST_MOVE)
    zone = ZoneInfo(series.time_zone)
    found = occurrences(rule_of(series), after=after, through=through, days_off=off)
    return {each.meant_on: moment_of(each.day, series.at, zone) for each in found}


def _series_of(event: Event) -> tuple[EventSeries, dt.date]:
    """The series as it is stored, and the day of its rule that the event stands for."""
    series = EventSeries.objects.select_related("responsible", "kind", "process").filter(pk=event.series_id).first()
    if series is None or event.series_on is None:
        raise Conflict(_("This event does not recur."))
    return series, event.series_on


def _refuse(event: Event, client: Client) -> None:
    if event.status != EventStatus.PLANNED:
        raise Conflict(_("This event is no longer planned."))
    if not client.is_held:
        raise Conflict(_("Nobody holds this client any more: whoever claims it can plan with it."))
