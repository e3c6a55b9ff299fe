"""A changed policy over many clients with the real worker: ``kill -9`` in the middle loses nothing."""

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

from clients.models import Client, Redating, ZonePolicy
from clients.policy_changes import PolicyChange, apply_change, basis, preview
from clients.tests.factories import ManagerFactory
from clients.tests.naive_zones import naive_dates, naive_zone
from crm import clock
from crm.testing.worker import WorkerProcess
from exchange.models import ZoneTransition
from exchange.tests.naive_night import bulk_clients, random_clocks

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

CLIENTS = 4_000
PATIENCE = 60.0
NEW = (2, 3, 4)


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
def today(settings: Any) -> dt.date:
    """The worker has the real clock. Where the company's day is about to end, the company moves to Tokyo."""
    if clock.now().astimezone(clock.company_zone()).hour == 23:
        settings.COMPANY_TIME_ZONE = "Asia/Tokyo"
    return clock.today()


def test_a_worker_killed_in_the_middle_of_a_re_dating(
    celery_workers: Callable[..., WorkerProcess], today: dt.date
) -> None:
    people = [ManagerFactory() for _ in range(5)]
    admin = ManagerFactory(is_staff=True)
    world = bulk_clients(people, random_clocks(random.Random(7), CLIENTS, today, 240), today)
    policy = ZonePolicy.objects.get(department=None, category="")
    policy.yellow_months, policy.red_months, policy.detach_months = NEW
    change = PolicyChange(save=policy)
    seen = preview(change, today=today)
    # One second instead of fifteen minutes, so that the new worker is given the killed one's task at once.
    environment = {"TASK_REDELIVERY_SECONDS": "1", "COMPANY_TIME_ZONE": django_settings.COMPANY_TIME_ZONE}
    worker = celery_workers(**environment)
    with transaction.atomic():
        # Somebody is busy with a client in the middle: the job cannot be through before it is killed.
        Client.objects.select_for_update().get(pk=world[CLIENTS // 2].pk)
        threading.Thread(target=_apply, args=(change, admin)).start()
        wait_until(lambda: Redating.objects.filter(done__gte=1000).exists(), worker)
        worker.kill()
    job = Redating.objects.get()
    assert (job.status, job.total) == ("running", CLIENTS)
    assert 1000 <= job.done <= CLIENTS // 2

    worker = celery_workers(**environment)
    wait_until(lambda: Redating.objects.filter(status="done").exists(), worker)
    job.refresh_from_db()
    assert (job.done, job.changed) == (CLIENTS, seen.changed)
    rows = {row.pk: row for row in Client.objects.all()}
    turned: Counter[tuple[int, str, str]] = Counter()
    for client in world:
        row = rows[client.pk]
        assert (row.yellow_on, row.red_on, row.detach_on) == naive_dates(client.clock, NEW)
        zone = naive_zone(client.clock, today, NEW).replace("due", "red")
        assert row.zone == zone
        if zone != client.zone:
            turned[client.pk, client.zone, zone] += 1
    policy.refresh_from_db()
    log = ZoneTransition.objects.filter(cause="policy", policy=f"{policy.pk} v2")
    assert Counter(log.values_list("client_id", "from_zone", "to_zone")) == turned
    assert ZoneTransition.objects.count() == sum(turned.values())
    assert worker.stop() == 0


def _apply(change: PolicyChange, admin: Any) -> None:
    from django.db import connection

    try:
        apply_change(change, by=admin, seen=basis())
    finally:
        connection.close()
