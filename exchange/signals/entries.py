"""When contacts came to count, and through whom: read back from the change log of events."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from interactions.models import Approval, Event, EventStatus


@dataclass(frozen=True, slots=True)
class Entry:
    """How an event came to count on the day on which it counts now.

    Attributes:
        event: its id.
        moment: when that was: registered, finished, given this date, approved.
        by: who did it (who registered it, where nobody signed in).
        was_on: on which other day it counted before.
        redated: it was done before, on another date.
        approved: the head has let it count; he has looked at it.
    """

    event: int
    moment: dt.datetime
    by: int
    was_on: dt.date | None = None
    redated: bool = False
    approved: bool = False


def entries(events: Iterable[tuple[int, dt.date, dt.datetime, int]]) -> dict[int, Entry]:
    """By event: of rows (event, the day it counts on, when it was registered, its author). One query.

    Rows that were written in bulk have no log: they came to count when they were registered.
    """
    asked = list(events)
    log = Event.history.model.objects.filter(id__in=[row[0] for row in asked]).order_by(
        "id", "history_date", "history_id"
    )
    rows = log.values("id", "history_date", "history_user_id", "counted_on", "approval", "status")
    states = {event: list(group) for event, group in groupby(rows, key=lambda row: row["id"])}
    return {
        event: _entry(event, states.get(event, []), counted_on, registered, author)
        for event, counted_on, registered, author in asked
    }


def _entry(
    event: int, states: list[dict[str, Any]], counted_on: dt.date, registered: dt.datetime, author: int
) -> Entry:
    first = len(states)
    while first and states[first - 1]["counted_on"] == counted_on:
        first -= 1
    if first in (0, len(states)):
        # It has counted so since it was registered, or was changed past the log.
        return Entry(event, registered, author)
    state, before = states[first], states[first - 1]
    return Entry(
        event,
        state["history_date"],
        state["history_user_id"] or author,
        was_on=before["counted_on"],
        redated=before["status"] == EventStatus.DONE and before["approval"] != Approval.PENDING,
        approved=before["approval"] == Approval.PENDING and state["approval"] == Approval.APPROVED,
    )


def counted_between(start: dt.datetime, end: dt.datetime, *, batch: int) -> Iterator[list[tuple[Any, ...]]]:
    """Contacts made by hand that may have come to count in [start, end), in batches of rows (event, day it counts on,
    when it was registered, author, client). Imported ones never.

    Those registered then, and those registered before that were finished or changed then.
    """
    by_hand = Event.objects.counted().by_hand().filter(external_id="")
    columns = ("pk", "counted_on", "created_at", "author_id", "client_id")
    new = by_hand.filter(created_at__gte=start, created_at__lt=end).order_by("created_at", "pk")
    yield from _batches(new.values_list(*columns), batch)
    log = Event.history.model.objects.filter(
        history_date__gte=start, history_date__lt=end, history_type="~", counted_on__isnull=False
    )
    changed = by_hand.filter(created_at__lt=start, pk__in=log.order_by().values("id")).order_by("pk")
    yield from _batches(changed.values_list(*columns), batch)


def _batches(rows: Any, batch: int) -> Iterator[list[tuple[Any, ...]]]:
    found: list[tuple[Any, ...]] = []
    for row in rows.iterator(chunk_size=batch):
        found.append(row)
        if len(found) == batch:
            yield found
            found = []
    if found:
        yield found
