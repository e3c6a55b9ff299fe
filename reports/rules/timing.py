"""On which days a report is sent, and about which days it then tells. Pure."""

import datetime as dt

from reports.rules.periods import ONE_DAY, Period, named

WEEK, MONTH = "week", "month"
#: The last day every month has.
LAST_DAY = 28


def next_day(every: str, day: int, after: dt.date) -> dt.date:
    """The first day of sending after a day.

    Args:
        every: WEEK or MONTH.
        day: 1 (Monday) to 7 of a week, 1 to 28 of a month.
    """
    if every == WEEK:
        return after + ONE_DAY * ((day - after.isoweekday() - 1) % 7 + 1)
    if after.day < day:
        return after.replace(day=day)
    return (after.replace(day=1) + dt.timedelta(days=32)).replace(day=day)


def told_of(every: str, today: dt.date) -> Period:
    """The whole week or month before the one of ``today``."""
    return named("last_week" if every == WEEK else "last_month", today)
