"""The days a base is told on: dates, moments and zone dates by a number, computed once, for millions of rows."""

import datetime as dt
from functools import cached_property

from clients.freezing import freeze_book
from clients.policies import policy_book
from clients.rules.zones import Zone, zone_dates, zone_on
from crm import clock

#: The number of today: days before are counted from long before the first event.
TODAY = 1900
#: What happened is told from here on; owners may be older.
FIRST = TODAY - 1095
#: Transitions, arrivals on the exchange and claims are told for two years, the nights themselves for 400 days.
TWO_YEARS = TODAY - 730
NIGHTS = TODAY - 399
#: The first and the last day of plans.
_PLANS_FROM, _PLANS_TO = TODAY - 7, TODAY + 45
NEVER = 1 << 30
#: Moments of a working day, from nine to six.
SLOTS = 54
_MINUTES = 10


def _utc(moment: dt.datetime) -> str:
    """As both databases read it in UTC."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


class Days:
    """Tables by the number of a day; ``TODAY`` is the company's today."""

    def __init__(self, today: dt.date) -> None:
        self.today = today
        days = [today + dt.timedelta(days=number - TODAY) for number in range(TODAY + 500)]
        self.dates = days
        self.text = [day.isoformat() for day in days]
        told = range(TODAY + 1)
        self.night = [_utc(clock.at(days[number], 1)) for number in told]
        self.morning = [_utc(clock.at(days[number], 8, 30)) for number in told]
        self.afternoon = [_utc(clock.at(days[number], 18, 30)) for number in told]
        frozen = freeze_book([], after=days[0]).of(None)
        policy = policy_book().choose((), "")
        self.policy, self._thresholds, self._frozen = policy.label, policy.thresholds, frozen
        dates = [zone_dates(days[number], policy.thresholds, frozen) for number in told]
        first = days[0]
        self.yellow = [(each.yellow_on - first).days for each in dates]
        self.red = [(each.red_on - first).days for each in dates]
        self.detach = [(each.detach_on - first).days for each in dates]
        # Work days of which things are told, up to yesterday, and the moments of each.
        self.work = [number for number in range(FIRST, TODAY) if days[number].weekday() < 5]
        self.moments = [moment for number in self.work for moment in self._moments(number)]
        #: Work days by number whose contacts leave a client green, yellow, red today.
        self.of_zone = [
            [at for at, number in enumerate(self.work) if zone_on(dates[number], today) == zone]
            for zone in (Zone.GREEN, Zone.YELLOW, Zone.RED)
        ]

        # The last contacts of those who have left since, in the last year and before.
        self.gone = [at for at, number in enumerate(self.work) if self.detach[number] < TODAY and number > FIRST + 200]

    def _moments(self, number: int) -> list[str]:
        nine = clock.at(self.dates[number], 9)
        return [_utc(nine + dt.timedelta(minutes=_MINUTES * slot)) for slot in range(SLOTS)]

    @cached_property
    def plans(self) -> list[tuple[str, str | None]]:
        """Moments of plans and when their reminders are due; of those that have passed, they were told."""
        before = dt.timedelta(minutes=15)
        found: list[tuple[str, str | None]] = []
        for number in range(_PLANS_FROM, _PLANS_TO):
            if number == TODAY or self.dates[number].weekday() > 4:
                continue
            nine = clock.at(self.dates[number], 9)
            for slot in range(0, SLOTS, 3):
                at = nine + dt.timedelta(minutes=_MINUTES * slot)
                found.append((_utc(at), _utc(at - before) if number > TODAY else None))
        return found

    def touch_due(self, number: int, days: int) -> int:
        """The last day of a first contact owed since a claim on a day."""
        since = self.dates[number]
        due = since + dt.timedelta(days=days)
        return (self._frozen.shifted(since, due) - self.dates[0]).days if self._frozen else number + days
