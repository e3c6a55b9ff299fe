"""Days of the year that come round: birthdays, founding days, occasions. Pure.

A day of the year is ``month * 100 + day`` (``md``), as the tables keep it. Who was born on 29 February celebrates on
the 28th in other years.
"""

import datetime as dt
from calendar import isleap

LEAP_DAY = 229
#: From this number of years on every fifth is a round one.
_FIRST_ROUND, _ROUND = 5, 5
#: Nobody is older: the year of birth is a made-up one, entered because nobody knew it.
_OLDEST = 110


def celebrated_on(md: int, year: int) -> dt.date:
    """The date of a day of the year in ``year``.

    Raises:
        ValueError: no year has such a day.
    """
    if md == LEAP_DAY and not isleap(year):
        return dt.date(year, 2, 28)
    return dt.date(year, md // 100, md % 100)


def days_within(first: dt.date, days: int) -> dict[int, dt.date]:
    """The days of the year that fall on the ``days`` dates from ``first`` on, with the date of each; across the new
    year, and with 29 February on the 28th where there is none.

    Raises:
        ValueError: more than a year, in which a day would come twice.
    """
    if days > 365:
        raise ValueError(f"a day of the year comes twice in {days} days")
    found: dict[int, dt.date] = {}
    for offset in range(days):
        day = first + dt.timedelta(days=offset)
        found[day.month * 100 + day.day] = day
        if (day.month, day.day) == (2, 28) and not isleap(day.year):
            found[LEAP_DAY] = day
    return found


def nearest(md: int, today: dt.date) -> dt.date:
    """The celebration of a day of the year that is the nearest to ``today``; of two as near the one ahead."""
    around = [celebrated_on(md, today.year + years) for years in (1, 0, -1)]
    return min(around, key=lambda day: abs(day - today))


def years_on(since: int, day: dt.date) -> int:
    """How many years it will be on ``day`` since the year ``since``; 0 when that makes no sense."""
    return max(day.year - since, 0)


def age_on(birthday: dt.date, day: dt.date) -> int:
    """How old a person is on his ``day``; 0 when nobody can be so old or is not born yet."""
    age = years_on(birthday.year, day)
    return age if age <= _OLDEST else 0


def is_round(years: int) -> bool:
    """Whether so many years are worth a word of their own: 5, 10, 15 …"""
    return years >= _FIRST_ROUND and years % _ROUND == 0
