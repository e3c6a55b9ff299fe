"""Spreading many plans over working days."""

import datetime as dt
from collections.abc import Collection

from interactions.rules.workdays import working_day_from

_DAY = dt.timedelta(days=1)


def days_needed(total: int, per_day: int) -> int:
    """On how many days ``total`` plans lie, with at most ``per_day`` on each."""
    return -(-total // per_day)


def working_days(first: dt.date, number: int, days_off: Collection[dt.date]) -> list[dt.date]:
    """So many working days from ``first`` on."""
    days: list[dt.date] = []
    day = first
    for _each in range(number):
        day = working_day_from(day, days_off)
        days.append(day)
        day += _DAY
    return days
