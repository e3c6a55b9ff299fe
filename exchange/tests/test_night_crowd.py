"""Twenty processes register contacts, plans and protections while the night takes clients away, on PostgreSQL.

What committed before the night came to a client wins; what comes after is told so by what it finds. Nothing is lost.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from clients.models import Client, OwnershipPeriod
from clients.tests.factories import ManagerFactory
from crm.testing.worker import worker_environment
from exchange.models import DetachHold, Detachment, LeavingWarning, NightlyRun, Protection
from exchange.tests.naive_night import bulk_clients
from exchange.tests.night_world import DAY, D, tune, worked_before
from interactions.models import Event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TODAY = D("2024-03-12")
PEOPLE = 20
#: One process is the night; the others, forked from it before it has a connection, are twenty people at work until the
#: night is done. Each writes down what it did and whether the client was held when it did so (read under its lock).
PROGRAM = """
import datetime, json, os, random, sys, time
import django
django.setup()
from django.db import connection, transaction
from clients.models import Client, Manager
from crm import clock
from crm.web.errors import Conflict
from exchange.models import NightlyRun
from exchange.night import run_night
from exchange.protections import protect
from interactions.models import Event, EventKind
from interactions.services import register_event

day, first, last, folder = datetime.date.fromisoformat(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
now = clock.at(day, 1, 30)

def act(chance, by, call):
    pk = chance.randint(first, last)
    what = chance.choice(["contact", "contact", "contact", "plan", "protection"])
    with transaction.atomic():
        if what == "protection":
            try:
                protect(client_id=pk, until=day + datetime.timedelta(days=9), reason="A tender", by=by, today=day)
            except Conflict:
                return what, pk, None
        else:
            planned = what == "plan"
            when = now + datetime.timedelta(days=3) if planned else now
            new = Event(client_id=pk, kind=call, responsible=by, occurred_at=when, subject=what,
                        status="planned" if planned else "done")
            try:
                register_event(event=new, by=by, now=now)
            except Conflict:
                # A plan with a client that has just gone; a contact is always written down.
                assert planned
                return what, pk, None
        return what, pk, Client.objects.values_list("manager_id", flat=True).get(pk=pk)

def work(number):
    chance, done = random.Random(number), []
    by, call = Manager.objects.order_by("pk")[number], EventKind.objects.get(code="call_out")
    parent = os.getppid()
    while not NightlyRun.objects.filter(date=day).exists() and os.getppid() == parent:
        time.sleep(0.05)
    while NightlyRun.objects.filter(date=day, status="running").exists() and os.getppid() == parent:
        done.append(act(chance, by, call))
        time.sleep(chance.random())
    with open(f"{folder}/{number}.json", "w") as file:
        json.dump(done, file)

children = []
for number in range(int(sys.argv[5])):
    if (child := os.fork()) == 0:
        work(number)
        os._exit(0)
    children.append(child)
run_night(day, moment=clock.at(day, 1), chunk=25)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
sys.exit(max(map(abs, codes)))
"""


def test_contacts_plans_and_protections_made_during_the_night_win(tmp_path: Path) -> None:
    chance = random.Random(3)
    people = [ManagerFactory() for _ in range(PEOPLE)]
    # Two thirds are due tonight and warned long ago, the others turn yellow or red.
    clocks = [TODAY - chance.choice([183, 190, 220, 290, 31, 32, 152]) * DAY for _ in range(1500)]
    world = bulk_clients(people, clocks, TODAY - 2 * DAY)
    worked_before(TODAY - 3 * DAY)
    tune("night.breaker_clients", len(world))
    due = Client.objects.due_on(TODAY)
    LeavingWarning.objects.bulk_create(
        LeavingWarning(
            client=client, manager=client.manager, clock_date=client.clock_date, leaves_on=TODAY, level=30,
            warned_on=TODAY - 40 * DAY,
        )
        for client in due
    )  # fmt: skip
    number_due = due.count()
    ids = [client.pk for client in world]
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(TODAY), str(min(ids)), str(max(ids)), str(tmp_path), str(PEOPLE)],
        env={**os.environ, **worker_environment()},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    run = NightlyRun.objects.get(date=TODAY)
    assert (run.status, run.decision, run.parked.count()) == ("done", "", 0)
    acts = [tuple(act) for path in tmp_path.glob("*.json") for act in json.loads(path.read_text())]
    assert len(list(tmp_path.glob("*.json"))) == PEOPLE
    number = Counter((what, held is not None) for what, _pk, held in acts)
    assert min(number["contact", True], number["contact", False], number["plan", True], number["protection", True]) > 5

    # Nothing is lost.
    made = Counter(what for what, _pk, held in acts if what == "contact" or held)
    assert Event.objects.filter(status="done").count() == made["contact"]
    assert Event.objects.filter(status="planned").count() == made["plan"]
    assert Protection.objects.count() == made["protection"]
    assert Event.objects.filter(counted_on=TODAY).count() == made["contact"]

    clients = Client.objects.in_bulk()
    taken = set(Detachment.objects.values_list("client_id", flat=True))
    assert len(taken) == Detachment.objects.count() == run.detached
    plain = {client.pk: client for client in world}
    for what, pk, held in acts:
        client = clients[pk]
        if held is None:
            # It had gone before: the contact is history, and the client stays where everybody sees it.
            assert pk in taken
            assert client.is_on_exchange
        else:
            assert pk not in taken, f"{what} came before the night, and the client was taken"
            assert client.manager_id == held == plain[pk].manager
        if what == "contact":
            assert client.last_contact_on == TODAY
            assert client.zone == ("" if held is None else "green")
    # Whom nobody thought of has left; nobody else has.
    touched = {pk for _what, pk, held in acts if held}
    assert taken == set(Detachment.objects.filter(run=run).values_list("client_id", flat=True))
    assert {pk for pk in ids if not clients[pk].is_held} == taken
    left = {client.pk for client in world if client.clock and client.clock <= TODAY - 183 * DAY}
    assert len(left) == number_due
    assert taken == left - touched
    assert not OwnershipPeriod.objects.filter(until=None, client__in=taken).exists()
    # What kept the others is written down, where the night came to it.
    kinds = dict(DetachHold.objects.filter(run=run).values_list("client_id", "kind"))
    assert set(kinds) <= touched
    assert set(kinds.values()) <= {"plan", "protection"}
    # (Some of those had a contact after all before the plan was counted.)
    assert 0 < run.kept <= len(kinds)
