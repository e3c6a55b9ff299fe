"""Days that come every year: birthdays and founding days."""

import datetime as dt
from calendar import isleap


def on_year(day: dt.date, year: int) -> dt.date:
    """The day in a year; 29 February is kept on the 28th where there is none."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return dt.date(year, 2, 28)
    return day.replace(year=year)


def next_on(day: dt.date, today: dt.date) -> dt.date:
    """When it comes the next time; today, if it is today."""
    this_year = on_year(day, today.year)
    return this_year if this_year >= today else on_year(day, today.year + 1)
