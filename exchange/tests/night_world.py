"""What the tests of the night by its full rules share: days, clients that leave on one, nights in their time."""

import datetime as dt
from typing import Any

from clients.models import Client, Manager, RuleSetting
from clients.tests.factories import held_client
from clients.tests.naive_zones import naive_dates
from crm import clock
from exchange.models import DetachHold, LeavingWarning, NightlyRun, RunStatus
from exchange.night import run_night

D = dt.date.fromisoformat
DAY = dt.timedelta(days=1)
#: A Tuesday without month ends near.
TODAY = D("2026-03-10")


def on(days: int) -> dt.date:
    """The day so many days after TODAY."""
    return TODAY + days * DAY


def leaving_on(day: dt.date, manager: Manager | None = None, **kwargs: Any) -> Client:
    """A held client whose time comes on ``day`` (or soon after, where no clock ends on it); published green."""
    assigned_on = day - 215 * DAY
    while naive_dates(assigned_on)[2] < day:
        assigned_on += DAY
    client = held_client(manager, assigned_on=assigned_on, today=assigned_on, **kwargs)
    assert day <= client.detach_on <= day + 4 * DAY
    return client


def warned(client: Client, days_ago: int = 30, level: int = 30) -> Client:
    """Its manager was told so long before TODAY that it would leave."""
    LeavingWarning.objects.create(
        client=client, manager=client.manager, clock_date=client.clock_date, leaves_on=client.detach_on, level=level,
        warned_on=on(-days_ago),
    )  # fmt: skip
    return client


def tune(key: str, value: int | None) -> None:
    """Set a rule; None switches it off."""
    RuleSetting.objects.update_or_create(key=key, defaults={"is_on": value is not None, "value": value or 0})


def worked_before(day: dt.date = D("2025-12-01")) -> NightlyRun:  # noqa: B008 - a constant
    """An earlier night that found nobody due: the first run is over."""
    return NightlyRun.objects.create(date=day, status=RunStatus.DONE, finished_at=clock.at(day, 1))


class Nights:
    """Runs nights at one o'clock of their days."""

    def __init__(self, time_machine: Any) -> None:
        self.time_machine = time_machine

    def at(self, day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
        moment = clock.at(day, hour, minute)
        self.time_machine.move_to(moment, tick=False)
        return moment

    def __call__(self, days: int = 0, *, minute: int = 0, **kwargs: Any) -> NightlyRun:
        self.at(on(days), 1, minute)
        return run_night(on(days), **kwargs)

    def until(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self(number)


def told(client: Client) -> list[tuple[int, int, int]]:
    """(days before, on which day after TODAY, leaving on which day after TODAY) of a client's warnings."""
    rows = LeavingWarning.objects.filter(client=client).order_by("warned_on", "leaves_on", "-level")
    return [(row.level, (row.warned_on - TODAY).days, (row.leaves_on - TODAY).days) for row in rows]


def holds(client: Client) -> list[tuple[str, int, int]]:
    """(kind, since, until) of what the nights relied on."""
    rows = DetachHold.objects.filter(client=client).order_by("since", "until", "pk")
    return [(row.kind, (row.since - TODAY).days, (row.until - TODAY).days) for row in rows]


def left_on(client: Client) -> list[int]:
    """On which days after TODAY a client left."""
    return [(day - TODAY).days for day in client.detachments.order_by("date").values_list("date", flat=True)]
