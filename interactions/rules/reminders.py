"""When somebody is reminded of what he has planned. Pure: no database, no clock."""

import datetime as dt

#: ``remind_before`` of an event nobody is to be reminded of.
NEVER = -1
#: A reminder that could not be told in time (the workers stood still) is told late, if what it is about is not older.
TOLD_LATE = dt.timedelta(days=1)


def due_at(
    *,
    is_planned: bool,
    occurs_at: dt.datetime,
    before: int | None,
    preference: int | None,
    now: dt.datetime,
    waiting: dt.datetime | None = None,
) -> dt.datetime | None:
    """When the reminder of an event is due; None when there is none.

    Args:
        before: minutes before the event as it says itself; ``NEVER``; None: as the responsible prefers.
        preference: the responsible's minutes; None: never.
        waiting: the reminder the event has now and that was not told yet. It stays although its moment has passed:
            whoever edits the subject meanwhile does not take it away.

    What would have been due before now is left out: whoever plans for in ten minutes needs no reminder of fifteen.
    """
    minutes = preference if before is None else before
    if not is_planned or minutes is None or minutes < 0:
        return None
    due = occurs_at - dt.timedelta(minutes=minutes)
    return due if due > now or due == waiting else None


def is_worth_telling(*, occurs_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether a reminder that is due (perhaps long since) still helps."""
    return now - occurs_at <= TOLD_LATE
