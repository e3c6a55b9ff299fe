"""Zones: the one pure function that decides the colour of a client, and the dates it is decided by.

The rule (all dates are calendar dates of the company's time zone): from the clock date D the client gets three dates,
computed once with month-end clipping, and is on day T

* green while ``T < yellow_on``,
* yellow while ``yellow_on <= T < red_on``,
* red while ``red_on <= T < detach_on``,
* due for the exchange from ``detach_on`` on.

The ranges are half-open: there is no day without a zone and none with two. Days on which the clock stands still
(``rules.freezing``) move the dates on.
"""

import datetime as dt
import enum
from dataclasses import dataclass
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from clients.rules.freezing import NOTHING, Frozen


class Zone(enum.StrEnum):
    """The traffic light of a held client. ``DUE`` is never stored: such a client waits for the nightly run."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How long a client may be left alone, in calendar months: until yellow, until red, until it leaves.

    Raises:
        ValueError: the months do not grow, so that a zone would be empty or the order turned round.
    """

    yellow_months: int = 1
    red_months: int = 5
    detach_months: int = 6

    def __post_init__(self) -> None:
        if not 0 < self.yellow_months < self.red_months <= self.detach_months:
            raise ValueError(
                f"thresholds must grow: {self.yellow_months}, {self.red_months}, {self.detach_months} months"
            )


@dataclass(frozen=True, slots=True)
class ZoneDates:
    """The three days on which the colour of a client changes if nothing happens."""

    yellow_on: dt.date
    red_on: dt.date
    detach_on: dt.date


#: Clients that were called on the same day have the same dates; a policy re-dates all of them, day by day.
@lru_cache(maxsize=4096)
def zone_dates(clock_date: dt.date, thresholds: Thresholds, frozen: Frozen = NOTHING) -> ZoneDates:
    """The three dates counted from ``clock_date``; 31 January + 1 month is the last day of February (clipping).

    "More than six months" is six months *and one day*: the client leaves on the day after the sixth month ended.
    ``frozen`` are the days of the lead manager that do not count; without them these are the bare dates.
    """
    bare = ZoneDates(
        yellow_on=clock_date + relativedelta(months=thresholds.yellow_months),
        red_on=clock_date + relativedelta(months=thresholds.red_months),
        detach_on=clock_date + relativedelta(months=thresholds.detach_months) + dt.timedelta(days=1),
    )
    if not frozen:
        return bare
    return ZoneDates(
        yellow_on=frozen.shifted(clock_date, bare.yellow_on),
        red_on=frozen.shifted(clock_date, bare.red_on),
        detach_on=frozen.shifted(clock_date, bare.detach_on),
    )


def could_be_bare(clock_date: dt.date, dates: ZoneDates) -> bool:
    """Whether some thresholds give these dates with no day frozen: all three lie whole months after the clock date."""
    leaves = dates.detach_on - dt.timedelta(days=1)
    return all(
        date == clock_date + relativedelta(months=(date.year - clock_date.year) * 12 + date.month - clock_date.month)
        for date in (dates.yellow_on, dates.red_on, leaves)
    )


def zone_on(dates: ZoneDates, day: dt.date) -> Zone:
    """The zone on ``day`` of a client that has a manager. Lists, card, reports and the nightly run all mean this."""
    if day >= dates.detach_on:
        return Zone.DUE
    if day >= dates.red_on:
        return Zone.RED
    if day >= dates.yellow_on:
        return Zone.YELLOW
    return Zone.GREEN


def clock_date(last_contact_on: dt.date | None, assigned_on: dt.date) -> dt.date:
    """The day from which idleness is counted: the later of the last counted contact and of getting the present
    manager."""
    return assigned_on if last_contact_on is None else max(last_contact_on, assigned_on)


def next_change(dates: ZoneDates, day: dt.date) -> tuple[Zone, dt.date, int] | None:
    """What comes next and in how many days: (zone, its date, days left); None when the client is already due."""
    for zone, changes_on in ((Zone.YELLOW, dates.yellow_on), (Zone.RED, dates.red_on), (Zone.DUE, dates.detach_on)):
        if day < changes_on:
            return zone, changes_on, (changes_on - day).days
    return None
