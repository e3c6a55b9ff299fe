"""Of which whole years, months and days a period is made up, so that little has to be added up.

A piece may also be taken away: 1 January to 21 December is the year without its last ten days.
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from reports.rules.periods import ONE_DAY, Period


class Grain(StrEnum):
    """What sums are kept of."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


class Piece(NamedTuple):
    """Days that are added (``sign`` 1) or taken away (-1): whole years, whole months, or any."""

    grain: Grain
    period: Period
    sign: int


def cover(period: Period, *, with_years: bool = True, last: dt.date = dt.date.max) -> list[Piece]:
    """The pieces that come to the period.

    Args:
        last: after this day there is nothing, and nothing has to be taken away.
    """
    ends = period.since, period.until + ONE_DAY
    months = [_nearest(day, day.replace(day=1), relativedelta(months=1)) for day in ends]
    years = [_nearest(day, day.replace(month=1), relativedelta(years=1)) for day in months]
    if not with_years:
        years = [months[0], months[0]]
    whole = [Piece(Grain.YEAR, Period(years[0], years[1] - ONE_DAY), 1)] if years[0] < years[1] else []
    pieces = [*whole, *_rest(Grain.MONTH, years, months), *_rest(Grain.DAY, months, ends)]
    return [piece for piece in pieces if piece.sign == 1 or piece.period.since <= last]


def _nearest(day: dt.date, start: dt.date, length: relativedelta) -> dt.date:
    """The start of what the day lies in or of what follows, whichever is nearer."""
    following = start + length
    return start if day - start <= following - day else following


def _rest(grain: Grain, coarse: Sequence[dt.date], fine: Sequence[dt.date]) -> list[Piece]:
    """What makes ``fine`` of what lies between ``coarse``; days where something begins each."""
    if coarse[0] == coarse[1]:
        stretches = [(fine[0], fine[1])]
    else:
        stretches = [(fine[0], coarse[0]), (coarse[1], fine[1])]
    return [
        Piece(grain, Period(min(stretch), max(stretch) - ONE_DAY), 1 if stretch[0] < stretch[1] else -1)
        for stretch in stretches
        if stretch[0] != stretch[1]
    ]
