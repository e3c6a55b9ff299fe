"""When a plan may lie: the days behind the quick buttons, and the same time of day on another day."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.days_off import days_off
from clients.models import Manager
from interactions.rules.workdays import FURTHEST, quick_day

_HALF_HOUR = dt.timedelta(minutes=30)

#: What a plan may be put off to, and when the next step may be. Words beside the day they mean.
LATER = ("tomorrow", "monday", "week")
NEXT = ("tomorrow", "three_days", "week", "month")
WORDS: dict[str, str | Promise] = {
    "tomorrow": _("Tomorrow"),
    "three_days": _("In 3 days"),
    "monday": _("On Monday"),
    "week": _("In a week"),
    "month": _("In a month"),
}


@dataclass(frozen=True, slots=True)
class QuickDay:
    """A day one click away."""

    key: str
    words: str | Promise
    day: dt.date


def read_days_off(reader: Manager, today: dt.date) -> frozenset[dt.date]:
    """The holidays and absences that quick choices of ``reader`` made on ``today`` skip. One query."""
    return days_off(reader, today, today + FURTHEST)


def quick_days(keys: Iterable[str], *, today: dt.date, off: Collection[dt.date]) -> list[QuickDay]:
    """The days behind these buttons: weekends, holidays and one's own absences are skipped. A Monday that another
    button means too is not offered twice."""
    days = {key: quick_day(key, today, off) for key in keys}
    twice = [day for key, day in days.items() if key != "monday"]
    return [QuickDay(key, WORDS[key], day) for key, day in days.items() if key != "monday" or day not in twice]


def quick_days_of(reader: Manager, keys: Iterable[str]) -> list[QuickDay]:
    """The same for a reader's present day. One query."""
    today = timezone.localdate()
    return quick_days(keys, today=today, off=read_days_off(reader, today))


def at_time_of(moment: dt.datetime, day: dt.date, *, now: dt.datetime) -> dt.datetime:
    """The time of day of ``moment`` on another day, where the reader is. Where that has passed today already: the next
    half hour."""
    wanted = timezone.make_aware(dt.datetime.combine(day, timezone.localtime(moment).time()))
    return max(wanted, _next_half_hour(now)) if day == timezone.localdate(now) else wanted


def _next_half_hour(moment: dt.datetime) -> dt.datetime:
    past = moment.replace(second=0, microsecond=0, minute=moment.minute // 30 * 30)
    return past + _HALF_HOUR
