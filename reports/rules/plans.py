"""What a plan of whole months comes to over some days. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from reports.rules.periods import ONE_DAY, Period


def months(period: Period) -> Iterator[Period]:
    """The period cut by calendar months; the first and the last may be parts of theirs."""
    start = period.since
    while start <= period.until:
        end = min(_end_of_month(start), period.until)
        yield Period(start, end)
        start = end + ONE_DAY


def share_of_month(part: Period) -> Fraction:
    """Which part of its month some days of one month are: 10 of 30 days are a third."""
    return Fraction(part.days, _end_of_month(part.since).day)


def months_by_share(period: Period) -> Mapping[Fraction, list[dt.date]]:
    """The months of a period, by their first days, under how much of them lies in it: of at most two a part only."""
    found: dict[Fraction, list[dt.date]] = defaultdict(list)
    for part in months(period):
        found[share_of_month(part)].append(part.since.replace(day=1))
    return found


def due(plans: Mapping[dt.date, Decimal], period: Period) -> Decimal | None:
    """What of the plans of months, by their first days, falls into a period, evenly by day; None without any plan
    there."""
    found = [(plans[month], part) for part in months(period) if (month := part.since.replace(day=1)) in plans]
    return sum((of_share(amount, share_of_month(part)) for amount, part in found), Decimal()) if found else None


def of_share(amount: Decimal, share: Fraction) -> Decimal:
    """A share of an amount."""
    return amount * share.numerator / share.denominator


def _end_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1) + relativedelta(months=1) - ONE_DAY
