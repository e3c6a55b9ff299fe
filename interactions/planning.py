"""When a plan may lie: the days behind the quick buttons, and the same time of day on another day."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.holidays import days_off
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


def read_days_off(today: dt.date) -> frozenset[dt.date]:
    """The company's holidays that quick choices made on ``today`` skip. One query."""
    return days_off(today, today + FURTHEST)


def quick_days(
    keys: Iterable[str], *, today: dt.date | None = None, off: Collection[dt.date] | None = None
) -> list[QuickDay]:
    """The days behind these buttons, weekends and holidays skipped. One query, unless ``off`` is known."""
    today = today or timezone.localdate()
    off = read_days_off(today) if off is None else off
    return [QuickDay(key, WORDS[key], quick_day(key, today, off)) for key in keys]


def at_time_of(moment: dt.datetime, day: dt.date, *, now: dt.datetime) -> dt.datetime:
    """The time of day of ``moment`` on another day, where the reader is. Where that has passed today already: the next
    half hour."""
    wanted = timezone.make_aware(dt.datetime.combine(day, timezone.localtime(moment).time()))
    return max(wanted, _next_half_hour(now)) if day == timezone.localdate(now) else wanted


def _next_half_hour(moment: dt.datetime) -> dt.datetime:
    past = moment.replace(second=0, microsecond=0, minute=moment.minute // 30 * 30)
    return past + _HALF_HOUR
