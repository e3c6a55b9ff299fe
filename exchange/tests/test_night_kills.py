"""``kill -9`` of the night by its full rules at ten random points over 20,000 clients, on PostgreSQL.

The night runs in a process of its own that kills itself right before its N-th statement, for ten random N over the
whole run; each time a new process starts it again, and the last one is let through. All tables must be as after an
undisturbed night from the same start.
"""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from clients.models import Absence, Client, Department, Manager, Notice
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of
from clients.tests.whole import ADDED_UP
from crm import clock
from crm.testing.worker import worker_environment
from exchange.models import (
    DetachHold,
    Detachment,
    LeavingWarning,
    NightlyRun,
    Proposal,
    Protection,
    ZoneSnapshot,
    ZoneTransition,
)
from exchange.tests.naive_night import bulk_clients, random_clocks
from exchange.tests.night_world import tune, worked_before
from interactions.models import Event, ProcessKind, SalesProcess, StageChange
from interactions.tests.factories import kind

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CLIENTS = 20_000
KILLS = 10
TODAY = dt.date(2024, 3, 12)
DAY = dt.timedelta(days=1)
#: Runs the night; kills itself before its N-th statement (0: never) and says how many it made.
PROGRAM = """
import os, signal, sys, datetime
import django
django.setup()
from django.db import connection
from crm import clock
from exchange.night import run_night

last, made = int(sys.argv[1]), 0

def count(execute, sql, params, many, context):
    global made
    made += 1
    if made == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)

day = datetime.date.fromisoformat(sys.argv[2])
with connection.execute_wrapper(count):
    run = run_night(day, moment=clock.at(day, 1), chunk=500)
print(made, run.status)
"""


def night(last: int = 0) -> "subprocess.CompletedProcess[str]":
    """The night of TODAY in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(last), str(TODAY)],
        env={**os.environ, **worker_environment()},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def make_world() -> None:
    """20,000 clients in all colours, published two months ago: about a third changes, some hundreds are due, of which
    a part is warned long ago, a part is not, and some are held by each kind of hold."""
    chance = random.Random(9)
    top = DepartmentFactory()
    head = head_of(top)
    people = [ManagerFactory(department=DepartmentFactory(parent=top)) for _ in range(20)]
    for department in Department.objects.exclude(pk=top.pk)[:5]:
        Department.objects.filter(pk=department.pk).update(head=ManagerFactory(department=department))
    Absence.objects.create(
        manager=people[0], deputy=people[1], starts_on=TODAY, ends_on=TODAY + DAY, status="approved",
        requested_by=head, decided_by=head, decided_at=clock.now(),
    )  # fmt: skip
    bulk_clients(people, random_clocks(chance, CLIENTS, TODAY - 60 * DAY, 130), TODAY - 60 * DAY)
    worked_before(TODAY - 100 * DAY)
    tune("night.breaker_clients", CLIENTS)
    near = list(Client.objects.filter(detach_on__lte=TODAY + 35 * DAY).order_by("pk"))
    assert 1000 < len(near) < 10_000
    new: dict[type, list[Any]] = {LeavingWarning: [], Protection: [], Event: [], SalesProcess: [], DetachHold: []}
    call, note, sale = kind("call_out"), kind("note"), ProcessKind.objects.get(name="Sale")
    for client in near:
        facts = {"client": client, "manager_id": client.manager_id}
        if chance.random() < 0.7:
            told_on = TODAY - chance.randrange(1, 30) * DAY
            new[LeavingWarning].append(
                LeavingWarning(
                    **facts, clock_date=client.clock_date, leaves_on=client.detach_on,
                    level=chance.choice([30, 14, 7]), warned_on=told_on,
                )
            )  # fmt: skip
        what = chance.randrange(10)
        if what in (0, 1):
            new[Protection].append(
                Protection(
                    **facts, kind=("protection", "contract")[what], reason="x", starts_on=TODAY - 9 * DAY,
                    until=TODAY + chance.randrange(20) * DAY, given_by=head,
                )
            )  # fmt: skip
        elif what == 2:
            when = clock.at(TODAY + chance.randrange(70) * DAY, 15)
            new[Event].append(
                Event(
                    client=client, kind=call, status="planned", responsible_id=client.manager_id,
                    author_id=client.manager_id, subject="Call", occurred_at=when,
                )
            )  # fmt: skip
        elif what == 3:
            new[SalesProcess].append(
                SalesProcess(
                    client=client, kind=sale, title="Pumps", responsible_id=client.manager_id,
                    author_id=client.manager_id,
                )
            )  # fmt: skip
        elif what == 4:
            new[DetachHold].append(
                DetachHold(
                    **facts, clock_date=client.clock_date, kind=chance.choice(["plan", "undo"]), source="event:0",
                    since=TODAY - 5 * DAY, until=TODAY + chance.randrange(-3, 9) * DAY,
                )
            )  # fmt: skip
    for model, rows in new.items():
        assert rows
        model._base_manager.bulk_create(rows, batch_size=2000)
    deals = list(SalesProcess.objects.order_by("pk"))
    moments = [clock.at(TODAY - chance.randrange(40, 90) * DAY) for _ in deals]
    steps = Event.objects.bulk_create(
        Event(
            client_id=deal.client_id, kind=note, status="done", responsible_id=deal.responsible_id,
            author_id=deal.responsible_id, subject="Started", occurred_at=moment,
        )
        for deal, moment in zip(deals, moments)
    )  # fmt: skip
    StageChange.objects.bulk_create(
        StageChange(process=deal, step="started", changed_by_id=deal.responsible_id, changed_at=moment, event=step)
        for deal, moment, step in zip(deals, moments, steps)
    )


#: What two equal nights number or date differently.
SKIPPED = {"id", "created_at", "updated_at", "started_at", "finished_at", "parked_at", "history_id", "history_date"}


def everything() -> dict[str, list[str]]:
    """All rows of all tables, without ids and times; of the night's rows their run's date stands for it."""
    dump = {}
    for label in ("clients", "interactions", "exchange"):
        for model in apps.get_app_config(label).get_models():
            if model._meta.label in ADDED_UP:
                continue
            fields = [field.attname for field in model._meta.concrete_fields if field.name not in SKIPPED]
            fields = [{"run_id": "run__date"}.get(name, name) for name in fields]
            dump[model._meta.label] = sorted(map(repr, model._base_manager.values_list(*fields)))
    return dump


class Start:
    """The start state, kept in a schema of its own, to begin from once more."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA kept")
            self.tables = connection.introspection.table_names(cursor)
            for table in self.tables:
                cursor.execute(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"')

    def restore(self) -> None:
        names = ", ".join(f'"{table}"' for table in self.tables)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {names}")
            for table in self.tables:
                cursor.execute(f'INSERT INTO public."{table}" SELECT * FROM kept."{table}"')
            cursor.execute("SET session_replication_role = DEFAULT")

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA kept CASCADE")


def test_a_night_killed_ten_times_ends_like_an_undisturbed_one() -> None:
    make_world()
    start = Start()
    try:
        answer = night()
        assert answer.returncode == 0, answer.stderr
        statements = int(answer.stdout.split()[0])
        undisturbed = everything()
        run = NightlyRun.objects.get(date=TODAY)
        assert run.decision == ""
        assert min(run.detached, run.warned, run.kept, run.turned_yellow, run.turned_red) > 50
        assert Proposal.objects.filter(status="done").count() == run.detached
        kinds = set(DetachHold.objects.values_list("kind", flat=True))
        assert kinds == {"protection", "contract", "process", "plan", "undo", "warning"}

        start.restore()
        assert not Detachment.objects.exists()
        chance, kills = random.Random(10), 0
        while True:
            last = chance.randrange(2, statements + 1) if kills < KILLS else 0
            answer = night(last)
            if answer.returncode == -signal.SIGKILL:
                kills += 1
                continue
            # Started again it had less to do, and was through before its N-th statement; or it was let through.
            assert (answer.returncode, answer.stdout.split()[-1]) == (0, "done"), answer.stderr
            end = everything()
            for table, rows in undisturbed.items():
                assert end[table] == rows, (table, kills)
            if kills == KILLS:
                break
            start.restore()
        for model in (ZoneTransition, LeavingWarning, Detachment, ZoneSnapshot, Manager):
            assert end[model._meta.label]
        assert not Notice.objects.exists()
    finally:
        start.drop()
