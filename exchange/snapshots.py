"""The day's snapshot: how many clients each manager holds in each zone right after the night."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, Sum

from clients.models import Client, Manager
from crm import clock
from exchange.models import NightlyRun, RunStatus, ZoneSnapshot


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The whole company on one day, right after its night."""

    date: dt.date
    held: int
    green: int
    yellow: int
    red: int
    on_exchange: int


def take_snapshot(run: NightlyRun) -> None:
    """Count the published zones and close the run. A snapshot of the same date is replaced."""
    zones = {zone: Count("pk", filter=Q(zone=zone)) for zone in ("green", "yellow", "red")}
    held = list(Client.objects.held().order_by().values("manager_id").annotate(**zones))
    departments = dict(Manager.objects.values_list("pk", "department_id"))
    waiting = list(
        Client.objects.on_exchange().order_by().values("last_manager__department_id").annotate(number=Count("pk"))
    )
    rows = [ZoneSnapshot(date=run.date, department_id=departments[row["manager_id"]], **row) for row in held]
    rows += [
        ZoneSnapshot(date=run.date, department_id=row["last_manager__department_id"], on_exchange=row["number"])
        for row in waiting
    ]
    totals = {zone: sum(row[zone] for row in held) for zone in zones}  # type: ignore[literal-required]
    # Counting takes longest, and locks nobody out: it stays outside.
    with transaction.atomic():
        ZoneSnapshot.objects.filter(date=run.date).delete()
        ZoneSnapshot.objects.bulk_create(rows, batch_size=1000)
        NightlyRun.objects.filter(pk=run.pk).update(
            **totals,
            held=sum(totals.values()),
            on_exchange=sum(row["number"] for row in waiting),
            status=RunStatus.DONE,
            finished_at=clock.now(),
        )


def counts_by_day(first: dt.date, last: dt.date) -> Iterator[DayCounts]:
    """The company's counts from the snapshots, a day at a time; days without a night are not in it.

    A night over an empty base has a run but no snapshot rows: its counts are zeros.
    """
    sums = {
        row["date"]: row
        for row in ZoneSnapshot.objects.filter(date__range=(first, last))
        .order_by()
        .values("date")
        .annotate(green=Sum("green"), yellow=Sum("yellow"), red=Sum("red"), on_exchange=Sum("on_exchange"))
    }
    nothing = {"green": 0, "yellow": 0, "red": 0, "on_exchange": 0}
    for day in (
        NightlyRun.objects.done().filter(date__range=(first, last)).order_by("date").values_list("date", flat=True)
    ):
        row = sums.get(day, nothing)
        green, yellow, red = row["green"], row["yellow"], row["red"]
        yield DayCounts(day, green + yellow + red, green, yellow, red, row["on_exchange"])
