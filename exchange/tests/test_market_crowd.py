"""Fifty processes at the exchange at once, with nights running, on PostgreSQL; then everything that must be true is.

For longer by hand: ``CROWD_SECONDS=120 .venv/bin/pytest exchange/tests/test_market_crowd.py``.
"""

import datetime as dt
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db.models import Count

from clients.models import Client, Department, Manager, OwnershipPeriod
from clients.tests.factories import DepartmentFactory, ManagerFactory, head_of
from clients.tests.naive_zones import naive_dates, naive_zone
from crm import clock
from crm.testing.worker import worker_environment
from exchange import services
from exchange.models import Claim, Detachment, LeavingWarning, NightlyRun, Shelving, ZoneTransition
from exchange.night import run_due_nights
from exchange.simulation import Options
from exchange.simulation.invariants import Checker
from exchange.tests.night_world import DAY, D, tune, worked_before
from interactions.models import Event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

FIRST = D("2024-06-18")
PEOPLE = 50
SECONDS = float(os.environ.get("CROWD_SECONDS", "20"))
CAP = 9


def test_fifty_people_at_the_exchange_leave_everything_true(tmp_path: Path) -> None:
    heads, sellers = _company()
    tune("night.breaker_clients", 1000)
    tune("claim.cap", CAP)
    tune("return.weekly", None)
    _clients(sellers, 6)
    given = _given_back_before(heads[0], 40)
    answer = subprocess.run(
        [
            sys.executable, "-m", "exchange.tests.market_workers", str(FIRST), str(SECONDS), str(PEOPLE), str(tmp_path),
            json.dumps([seller.pk for seller in sellers]), json.dumps([head.pk for head in heads]),
        ],
        env={**os.environ, **worker_environment()},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=SECONDS + 300,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-4000:]
    reports = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert len(reports) == PEOPLE
    # Neither a deadlock nor anything else that nobody expects.
    unexpected = [words for report in reports for words in report["unexpected"]]
    assert not unexpected, f"{len(unexpected)}: {unexpected[0]}"
    done: Counter[str] = Counter()
    for report in reports:
        done.update(report["counts"])
    print(f"{answer.stdout.strip()} days", dict(sorted(done.items())))
    for deed in ("claim", "contact", "give_back", "assign", "reassign", "release", "shelve", "claim: refused"):
        assert done[deed], done

    # What was acknowledged is there, and nothing else.
    events = {tuple(row) for report in reports for row in report["events"]}
    assert events == set(Event.objects.values_list("pk", "client_id"))
    claims = [pk for report in reports for pk in report["claims"]]
    assert sorted(claims) == list(Claim.objects.order_by("pk").values_list("pk", flat=True))
    assert len(claims) == done["claim"] + done["assign"]
    assert Shelving.objects.count() == done["shelve"]
    by_hand = Detachment.objects.filter(run=None).count()
    assert by_hand == len(given) + done["give_back"] + done["release"]
    # One stay on the exchange was ended by one claim.
    assert not Claim.objects.values("client", "exchange_since").annotate(n=Count("pk")).filter(n__gt=1).exists()
    # Those who claim got nothing from heads: nobody of them holds more than he may.
    held = Client.objects.filter(manager__in=sellers[::2]).order_by().values("manager").annotate(n=Count("pk"))
    assert max(held.values_list("n", flat=True)) <= CAP

    assert not NightlyRun.objects.exclude(status="done").exists()
    last = FIRST + int(answer.stdout) * DAY + DAY
    with clock.playing(clock.at(last, 1)):
        run_due_nights(last)
        Checker(Options(seed=0, start=last, command="the crowd")).after_night(last, full=True)


def _company() -> tuple[list[Manager], list[Manager]]:
    company = DepartmentFactory()
    departments = [Department.objects.create(name=f"Crowd {number}", parent=company) for number in range(2)]
    heads = [head_of(department) for department in departments]
    director = ManagerFactory(role="director", department=None)
    sellers = [ManagerFactory(department=departments[number % 2]) for number in range(PEOPLE)]
    return [*heads, director], sellers


def _clients(sellers: list[Manager], each: int) -> None:
    """Held clients with all the rows that the checker wants to see: of a third the time comes in these days."""
    chance, before = random.Random(5), FIRST - DAY
    rows = []
    for number in range(len(sellers) * each):
        counted_from = FIRST - chance.choice([183, 184, 185, 190, 186, 20, 30, 60, 100, 150, 150, 152]) * DAY
        yellow_on, red_on, detach_on = naive_dates(counted_from)
        zone = naive_zone(counted_from, before)
        rows.append(
            Client(
                name=f"Crowd {number}", search_name=f"crowd {number}", manager=sellers[number % len(sellers)],
                assigned_on=counted_from, clock_date=counted_from, yellow_on=yellow_on, red_on=red_on,
                detach_on=detach_on, zone="red" if zone == "due" else zone,
            )
        )  # fmt: skip
    rows = Client.objects.bulk_create(rows)
    Client.history.bulk_history_create(rows)
    OwnershipPeriod.objects.bulk_create(
        OwnershipPeriod(client=row, manager_id=row.manager_id, since=row.assigned_on, gained="created") for row in rows
    )
    ZoneTransition.objects.bulk_create(
        ZoneTransition(client=row, manager_id=row.manager_id, to_zone=row.zone, cause="assignment", date=before)
        for row in rows
    )
    LeavingWarning.objects.bulk_create(
        LeavingWarning(
            client=row, manager_id=row.manager_id, clock_date=row.clock_date, leaves_on=row.detach_on, level=30,
            warned_on=before - 30 * DAY,
        )
        for row in rows
        if row.detach_on < FIRST + 40 * DAY
    )  # fmt: skip
    worked_before(before)


def _given_back_before(head: Manager, number: int) -> list[int]:
    """Some stand on the exchange already when everybody comes."""
    ids = list(Client.objects.order_by("-detach_on", "pk").values_list("pk", flat=True)[:number])
    for seconds, pk in enumerate(ids):
        with clock.playing(clock.at(FIRST - 2 * DAY, 12) + dt.timedelta(seconds=seconds)):
            services.return_client(client_id=pk, by=head, reason=None)
    return ids
