"""Which days a recurring event falls on. Pure: no database, no clock.

A rule *means* days ("every second Tuesday", "on the 31st"); on days off an occurrence is kept, moved to the next
working day, or left out. What a day becomes does not depend on which stretch of the calendar is looked at, so the
calendar can be filled piece by piece.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from interactions.rules.workdays import is_working, working_day_from

_DAY = dt.timedelta(days=1)
_FREQUENCIES: dict[str, Any] = {"daily": DAILY, "weekly": WEEKLY, "monthly": MONTHLY, "yearly": YEARLY}
_FEBRUARY = 2
_LAST_SAFE_DAY = 28
#: Months that are shorter get the occurrence on their last day; a fifth weekday is the last one.
_FIFTH = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """How an event recurs. The words are those of ``EventSeries``."""

    starts_on: dt.date
    frequency: str = "weekly"
    interval: int = 1
    #: 0 is Monday; weekly only. The day it begins on is one of them.
    weekdays: frozenset[int] = frozenset()
    by_weekday: bool = False
    off_days: str = "shift"
    until: dt.date | None = None
    count: int | None = None


#: How far an occurrence may have to move: no freezing absence is longer, and the holidays around it.
FURTHEST_MOVE = dt.timedelta(days=75)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """``meant_on`` is the day of the rule, ``day`` when it is to be, days off considered."""

    meant_on: dt.date
    day: dt.date


def meant_days(rule: Rule) -> Iterator[dt.date]:
    """The days the rule means, the first of them the one it begins on. Without an end they go on for ever."""
    for moment in rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=dt.datetime.combine(rule.starts_on, dt.time()),
        interval=rule.interval,
        until=dt.datetime.combine(rule.until, dt.time()) if rule.until else None,
        count=rule.count,
        **_on(rule),
    ):
        yield moment.date()


def _on(rule: Rule) -> dict[str, Any]:
    first = rule.starts_on
    match rule.frequency:
        case "weekly":
            return {"byweekday": sorted({*rule.weekdays, first.weekday()})}
        case "monthly" if rule.by_weekday:
            number = (first.day - 1) // 7 + 1
            return {"byweekday": weekday(first.weekday(), -1 if number == _FIFTH else number)}
        case "monthly":
            return _day_of_month(first.day)
        case "yearly" if (first.month, first.day) == (_FEBRUARY, 29):
            return {"bymonth": _FEBRUARY, **_day_of_month(first.day)}
    return {}


def _day_of_month(day: int) -> dict[str, Any]:
    if day <= _LAST_SAFE_DAY:
        return {"bymonthday": day}
    return {"bymonthday": range(_LAST_SAFE_DAY, day + 1), "bysetpos": -1}


def occurrences(
    rule: Rule, *, after: dt.date, through: dt.date, days_off: Collection[dt.date] = ()
) -> list[Occurrence]:
    """What the rule puts into the calendar for its days later than ``after`` up to ``through``.

    Args:
        days_off: holidays of the company and absences of the responsible, from well before ``after`` to well past
            ``through``: occurrences move on over them. Weekends need not be told.
    """
    if rule.off_days == "keep":
        return [Occurrence(day, day) for day in _between(rule, after, through)]
    if rule.off_days == "skip":
        return [Occurrence(day, day) for day in _between(rule, after, through) if is_working(day, days_off)]
    return _shifted(rule, after, through, days_off)


def _shifted(rule: Rule, after: dt.date, through: dt.date, days_off: Collection[dt.date]) -> list[Occurrence]:
    """One a day: what would move to a day that is meant itself, or has one that moved there already, is left out."""
    furthest = working_day_from(through, days_off)
    begins = after
    while begins >= rule.starts_on and not is_working(begins, days_off):
        begins -= _DAY
    meant = list(_between(rule, begins, furthest))
    taken = {day for day in meant if is_working(day, days_off)}
    found = []
    for day in meant:
        goes_to = working_day_from(day, days_off)
        if goes_to == day:
            found.append(Occurrence(day, day))
        elif goes_to not in taken:
            taken.add(goes_to)
            found.append(Occurrence(day, goes_to))
    return [each for each in found if after < each.meant_on <= through]


def _between(rule: Rule, after: dt.date, through: dt.date) -> Iterator[dt.date]:
    for day in meant_days(rule):
        if day > through:
            return
        if day > after:
            yield day


def moment_of(day: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """That time of day there, in UTC: ten o'clock stays ten o'clock when the clocks change. A time that the change
    leaves out is the one an hour later."""
    return dt.datetime.combine(day, at, tzinfo=zone).astimezone(dt.UTC)
