"""A naive nightly run over plain objects, and bulk-made clients to compare the real one with."""

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field

from clients.models import Client, Manager, OwnershipPeriod
from clients.tests.naive_zones import naive_dates, naive_zone
from crm import clock


@dataclass
class Plain:
    """One client of the naive world."""

    pk: int
    manager: int | None
    clock: dt.date | None
    zone: str
    log: list[tuple[str, str, dt.date]] = field(default_factory=list)
    left_on: list[dt.date] = field(default_factory=list)

    def night(self, day: dt.date) -> None:
        """What the night of ``day`` does with this client."""
        if self.clock is None:
            return
        zone = naive_zone(self.clock, day)
        if zone == "due":
            self.left_on.append(day)
            self._turn("", day)
            self.manager = self.clock = None
        else:
            self._turn(zone, day)

    def contact(self, day: dt.date) -> None:
        """A counted contact on ``day``."""
        if self.clock is not None and day > self.clock:
            self.clock = day
            self.zone = naive_zone(day, day)

    def _turn(self, zone: str, day: dt.date) -> None:
        if zone != self.zone:
            self.log.append((self.zone, zone, day))
            self.zone = zone


def counts(world: list[Plain]) -> tuple[int, int, int, int, int]:
    """held, green, yellow, red, on the exchange."""
    zones = Counter(client.zone for client in world)
    held = zones["green"] + zones["yellow"] + zones["red"]
    return held, zones["green"], zones["yellow"], zones["red"], zones[""]


def bulk_clients(managers: list[Manager], clocks: list[dt.date], published_on: dt.date) -> list[Plain]:
    """Held clients with these clock dates, dealt out to the managers in turn, with the zones of ``published_on``."""
    rows = []
    for number, counted_from in enumerate(clocks):
        yellow_on, red_on, detach_on = naive_dates(counted_from)
        zone = naive_zone(counted_from, published_on)
        rows.append(
            Client(
                name=f"Client {number}",
                search_name=f"client {number}",
                manager=managers[number % len(managers)],
                assigned_on=counted_from,
                clock_date=counted_from,
                yellow_on=yellow_on,
                red_on=red_on,
                detach_on=detach_on,
                zone="red" if zone == "due" else zone,
            )
        )
    rows = Client.objects.bulk_create(rows, batch_size=2000)
    OwnershipPeriod.objects.bulk_create(
        [
            OwnershipPeriod(client=row, manager_id=row.manager_id, since=row.assigned_on, gained="imported")
            for row in rows
        ],
        batch_size=2000,
    )
    return [Plain(row.pk, row.manager_id, row.clock_date, row.zone) for row in rows]


def random_clocks(chance: random.Random, number: int, last: dt.date, spread: int) -> list[dt.date]:
    """Clock dates in the ``spread`` days up to ``last``, month ends more often than other days."""
    days = []
    for _ in range(number):
        day = last - dt.timedelta(days=chance.randrange(spread))
        if chance.random() < 0.3:
            day = day.replace(day=1) - dt.timedelta(days=1)
        days.append(day)
    return days


def moment(day: dt.date) -> dt.datetime:
    """When the night of ``day`` runs."""
    return clock.at(day, 1)
