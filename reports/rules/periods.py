"""Periods of reports: whole days, how they are named, cut into parts, and compared. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

ONE_DAY = dt.timedelta(days=1)
#: Days of the report when nobody asks for others.
USUAL_DAYS = 90
#: Longer periods than this are not drawn.
LONGEST = dt.timedelta(days=3660)
#: Up to so many days a bar is a day, up to so many a week; else a month.
_BY_DAY, _BY_WEEK = 14, 190


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both ends included."""

    since: dt.date
    until: dt.date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def __contains__(self, day: dt.date) -> bool:
        return self.since <= day <= self.until


def usual(today: dt.date) -> Period:
    """The last 90 days, today included."""
    return last_days(USUAL_DAYS, today)


def last_days(days: int, today: dt.date) -> Period:
    return Period(today - dt.timedelta(days=days - 1), today)


def named(name: str, today: dt.date) -> Period:
    """The period of a preset: "30", "90", "365" (last days), "month", "quarter", "year" (this one so far),
    "last_week" (from Monday), "last_month".

    Raises:
        KeyError: no such preset.
    """
    month = today.replace(day=1)
    match name:
        case "30" | "90" | "365":
            return last_days(int(name), today)
        case "month":
            return Period(month, today)
        case "last_week":
            monday = today - ONE_DAY * today.weekday()
            return Period(monday - ONE_DAY * 7, monday - ONE_DAY)
        case "last_month":
            return Period(month - relativedelta(months=1), month - ONE_DAY)
        case "quarter":
            return Period(month - relativedelta(months=(month.month - 1) % 3), today)
        case "year":
            return Period(month.replace(month=1), today)
    raise KeyError(name)


def parts(period: Period, by_day: int = _BY_DAY) -> list[Period]:
    """The period cut into days (up to ``by_day`` of them), calendar weeks (from Monday) or months, whichever can be
    drawn; the first and the last may be shorter. Together they are the period, and no two overlap."""
    if period.days <= by_day:
        step = "day"
    else:
        step = "week" if period.days <= _BY_WEEK else "month"
    return list(_parts(period, step))


def _parts(period: Period, step: str) -> Iterator[Period]:
    start = period.since
    while start <= period.until:
        match step:
            case "day":
                end = start
            case "week":
                end = start + dt.timedelta(days=6 - start.weekday())
            case _:
                end = start.replace(day=1) + relativedelta(months=1) - ONE_DAY
        yield Period(start, min(end, period.until))
        start = end + ONE_DAY


def previous(period: Period) -> Period:
    """The period of the same kind right before: of whole months as many whole months, else as many days. A month that
    is not over is held against the same days of the month before, so that nothing is compared with more days."""
    if period.since.day == 1:
        months = (period.until.year - period.since.year) * 12 + period.until.month - period.since.month + 1
        back = relativedelta(months=months)
        if (period.until + ONE_DAY).day == 1:
            return Period(period.since - back, period.since - ONE_DAY)
        return Period(period.since - back, period.until - back)
    length = dt.timedelta(days=period.days)
    return Period(period.since - length, period.until - length)


def year_ago(period: Period) -> Period:
    """The same dates of the year before; the end of a February stays its end."""
    year = relativedelta(years=1)
    until = period.until - year
    if (period.until + ONE_DAY).day == 1:
        until = (period.until + ONE_DAY - year) - ONE_DAY
    return Period(period.since - year, until)
