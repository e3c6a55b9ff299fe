"""``kill -9`` of the real worker in the middle of a night over 20,000 clients ends like an undisturbed run.

Compared are clients, transitions, detachments, owners, snapshot and the run's counters with a naive computation.
"""

import datetime as dt
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from clients.holidays import ensure_public_holidays
from clients.models import Client, OwnershipPeriod, Redating
from clients.tests.factories import ManagerFactory
from clients.tests.naive_zones import naive_dates
from crm import clock
from crm.testing.worker import WorkerProcess
from exchange.models import Detachment, NightlyRun, ZoneSnapshot, ZoneTransition
from exchange.rulebook import WARN_LEVELS
from exchange.tasks import nightly_run
from exchange.tests.naive_night import Plain, bulk_clients, counts, random_clocks
from exchange.tests.night_world import tune

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

CLIENTS = 20_000
PATIENCE = 90.0


def wait_until(condition: Callable[[], bool], worker: WorkerProcess) -> None:
    """Poll often until true.

    Raises:
        AssertionError: in vain; with the worker's output.
    """
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, worker.output
        pause.wait(0.005)


@pytest.fixture
def tonight(settings: Any) -> dt.date:
    """The worker has the real clock: the company's today. Where that is about to end, the company moves to Tokyo."""
    if clock.now().astimezone(clock.company_zone()).hour == 23:
        settings.COMPANY_TIME_ZONE = "Asia/Tokyo"
    return clock.today()


def twenty_thousand(tonight: dt.date) -> list[Plain]:
    """Clients of which about a third change tonight: published as of two months ago."""
    people = [ManagerFactory() for _ in range(20)]
    clocks = random_clocks(random.Random(20), CLIENTS, tonight - dt.timedelta(days=60), 180)
    return bulk_clients(people, clocks, tonight - dt.timedelta(days=60))


def thresholds_only(tonight: dt.date) -> None:
    """The night of the task by rules that a naive computation knows; the others are killed in test_night_kills."""
    ensure_public_holidays(tonight)
    Redating.objects.all().delete()
    for key in ("freeze.holiday_days", "night.first_run_dry", "night.breaker_percent", *WARN_LEVELS):
        tune(key, None)


def test_a_worker_killed_in_the_middle_of_the_night_and_started_again(
    celery_workers: Callable[..., WorkerProcess], tonight: dt.date
) -> None:
    thresholds_only(tonight)
    world = twenty_thousand(tonight)
    before = {client.pk: (client.manager, client.clock, client.zone) for client in world}
    for client in world:
        client.night(tonight)
    changing = sum(bool(client.log) for client in world)
    assert changing > 5000

    # One second instead of fifteen minutes, so that the new worker is given the killed one's task at once.
    environment = {"TASK_REDELIVERY_SECONDS": "1", "COMPANY_TIME_ZONE": django_settings.COMPANY_TIME_ZONE}
    worker = celery_workers(**environment)
    turned = [client.pk for client in world if client.log and not client.left_on]
    with transaction.atomic():
        # Somebody is busy with a client in the middle: the night cannot be through before it is killed.
        Client.objects.select_for_update().get(pk=turned[len(turned) // 2])
        nightly_run.delay()
        wait_until(lambda: ZoneTransition.objects.count() >= 1000, worker)
        worker.kill()
    done = ZoneTransition.objects.count()
    assert 1000 <= done < changing
    assert NightlyRun.objects.get().status == "running"

    worker = celery_workers(**environment)
    wait_until(lambda: NightlyRun.objects.done().exists(), worker)
    assert_undisturbed(world, before, tonight)

    # Asked for once more (the next beat, or by hand): nothing changes.
    tables = (Client, OwnershipPeriod, ZoneTransition, Detachment, ZoneSnapshot, NightlyRun)
    rows = [list(model.objects.order_by("pk").values_list()) for model in tables]
    nightly_run()
    assert [list(model.objects.order_by("pk").values_list()) for model in tables] == rows
    assert worker.stop() == 0


def assert_undisturbed(world: list[Plain], before: dict[int, tuple], tonight: dt.date) -> None:
    """Every table is what the naive night says."""
    run = NightlyRun.objects.get()
    rows = {row.pk: row for row in Client.objects.all()}
    assert len(rows) == CLIENTS
    for client in world:
        row = rows[client.pk]
        dates = naive_dates(client.clock) if client.clock else (None, None, None)
        assert (row.zone, row.manager_id, row.clock_date, row.assigned_on) == (
            client.zone,
            client.manager,
            client.clock,
            client.clock,
        )
        assert (row.yellow_on, row.red_on, row.detach_on) == dates
        assert (row.exchange_since is None) == (client.clock is not None)
        if client.clock is None:
            assert row.last_manager_id == before[client.pk][0]

    transitions = ZoneTransition.objects.values_list(
        "client_id", "manager_id", "from_zone", "to_zone", "date", "run_id"
    )
    assert Counter(transitions) == Counter(
        (client.pk, before[client.pk][0], *client.log[0], run.pk) for client in world if client.log
    )
    gone = [client for client in world if client.left_on]
    detachments = Detachment.objects.values_list("client_id", "manager_id", "clock_date", "zone", "date", "run_id")
    assert Counter(detachments) == Counter((client.pk, *before[client.pk], tonight, run.pk) for client in gone)
    ended = OwnershipPeriod.objects.exclude(until=None).values_list("client_id", "manager_id", "until", "lost")
    assert Counter(ended) == Counter((client.pk, before[client.pk][0], tonight, "idle") for client in gone)
    assert OwnershipPeriod.objects.count() == CLIENTS

    shown = ZoneSnapshot.objects.exclude(manager=None).values_list("manager_id", "green", "yellow", "red")
    held: dict[int, Counter] = {}
    for client in world:
        if client.manager:
            held.setdefault(client.manager, Counter())[client.zone] += 1
    assert set(shown) == {(pk, zones["green"], zones["yellow"], zones["red"]) for pk, zones in held.items()}
    assert (run.held, run.green, run.yellow, run.red, run.on_exchange) == counts(world)
    turned = Counter(client.log[0][1] for client in world if client.log)
    assert (run.turned_yellow, run.turned_red, run.detached) == (turned["yellow"], turned["red"], turned[""])
    assert (run.mended, run.error) == (0, "")
