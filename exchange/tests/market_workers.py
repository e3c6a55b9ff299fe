"""A crowd at the exchange, as a program: many processes with a connection each claim, return, register contacts,
reassign, assign and set aside, while nights run. ``python -m exchange.tests.market_workers ARGUMENTS`` (see ``main``).

All of them play the same day; a new day begins when everybody has finished what he was doing. Each writes down what was
acknowledged to him, and whatever he did not expect.
"""

import datetime as dt
import json
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

DAY = dt.timedelta(days=1)
#: Real seconds of a played day.
LENGTH = 2.5
#: The longest a person thinks before he does the next thing: fifty of them without a pause leave the night no time.
PAUSE = 2.0


class Worker:
    """One person at work. Even numbers claim, odd ones get what heads give; every fifth is a head."""

    def __init__(self, number: int, sellers: list[int], heads: list[int]) -> None:
        from clients.models import Manager

        self.chance = random.Random(number)
        self.number, self.is_head = number, number % 5 == 4
        self.sellers = sellers
        self.me = Manager.objects.get(pk=heads[number // 5 % len(heads)] if self.is_head else sellers[number])
        if self.is_head:
            deeds = [self.reassign, self.assign, self.assign, self.shelve, self.shelve, self.release, self.night]
        else:
            deeds = [self.claim, self.claim, self.give_back, self.contact, self.contact]
        #: What he does in turn.
        self.deeds = self.chance.sample(deeds, len(deeds))
        self.counts: Counter[str] = Counter()
        self.events: list[tuple[int, int]] = []
        self.claims: list[int] = []
        self.unexpected: list[str] = []

    def act(self, day: dt.date, seconds: float) -> None:
        """One thing, at a moment of the played day."""
        from django.core.exceptions import ValidationError

        from crm import clock
        from crm.web.errors import DomainError

        self.deeds.append(deed := self.deeds.pop(0))
        with clock.playing(clock.at(day, 1) + dt.timedelta(seconds=seconds)):
            try:
                done = deed(day)
                self.counts[deed.__name__ if done else f"{deed.__name__}: nothing to do"] += 1
            except (DomainError, ValidationError):
                self.counts[f"{deed.__name__}: refused"] += 1
            except Exception:
                self.unexpected.append(f"{deed.__name__}\n{traceback.format_exc()}")

    # --- what sellers do ----------------------------------------------------------------------------------------------
    def claim(self, day: dt.date) -> Any:
        from exchange import services

        # All look at the same few rows: that is where they meet.
        if self.number % 2 == 0 and (pk := self._one(self._waiting(6))):
            claim = services.claim(client_id=pk, by=self.me)
            self.claims.append(claim.pk)
            return claim
        return None

    def give_back(self, day: dt.date) -> Any:
        from exchange import services

        pk = self.chance.random() < 0.3 and self._one(self._mine())
        return pk and services.return_client(client_id=pk, by=self.me, reason=None)

    def contact(self, day: dt.date) -> Any:
        from clients.models import Client
        from crm import clock
        from interactions.models import Event, EventKind
        from interactions.services import register_event

        pk = self._one(self._mine())
        if not pk or not Client.objects.editable_by(self.me).filter(pk=pk).exists():
            return None
        call = EventKind.objects.get(code="call_out")
        event = Event(client_id=pk, kind=call, status="done", occurred_at=clock.now(), responsible=self.me)
        saved = register_event(event=event, by=self.me)
        self.events.append((saved.pk, pk))
        return saved

    # --- what heads do ------------------------------------------------------------------------------------------------
    def reassign(self, day: dt.date) -> Any:
        from clients.models import Client
        from clients.services import reassign

        receivers = self.sellers[1::2]
        rows = Client.objects.filter(manager__in=receivers).order_by("pk").values_list("pk", flat=True)
        pk = self._one(list(rows))
        return pk and reassign(client_id=pk, manager=self._receiver(), by=self.me)

    def assign(self, day: dt.date) -> Any:
        from exchange import services

        if pk := self._one(self._waiting(6)):
            claim = services.assign_from_exchange(
                client_id=pk, manager=self._receiver(), by=self.me, reason="He knows them"
            )
            self.claims.append(claim.pk)
            return claim
        return None

    def shelve(self, day: dt.date) -> Any:
        from exchange import shelving

        if not (pk := self._one(self._waiting(12))):
            return None
        if self.chance.random() < 0.5:
            return shelving.quarantine(client_id=pk, until=day + 2 * DAY, reason="They asked", by=self.me)
        return shelving.lift(client_id=pk, by=self.me)

    def release(self, day: dt.date) -> Any:
        from clients.models import Client
        from exchange import services

        pk = self._one(list(Client.objects.held().order_by("pk").values_list("pk", flat=True)))
        return pk and services.return_client(client_id=pk, by=self.me, reason=None)

    def night(self, day: dt.date) -> Any:
        from exchange.night import run_due_nights

        return self.chance.random() < 0.2 and run_due_nights(day)

    # --- whom ---------------------------------------------------------------------------------------------------------
    def _one(self, ids: list[int]) -> int | None:
        return self.chance.choice(ids) if ids else None

    def _waiting(self, number: int) -> list[int]:
        from clients.models import Client

        return list(Client.objects.on_exchange().order_by("exchange_since", "pk").values_list("pk", flat=True)[:number])

    def _mine(self) -> list[int]:
        from clients.models import Client

        return list(Client.objects.held_by(self.me).order_by("pk").values_list("pk", flat=True))

    def _receiver(self) -> Any:
        from clients.models import Manager

        return Manager.objects.get(pk=self.chance.choice(self.sellers[1::2]))


class Days:
    """The day that all play, and the gate that closes while it changes."""

    def __init__(self, people: int) -> None:
        self.number = multiprocessing.Value("i", 0)
        self.is_open = multiprocessing.Value("i", 0)
        self.is_over = multiprocessing.Value("i", 0)
        self.began = multiprocessing.Value("d", 0.0)
        self.busy = multiprocessing.Array("i", people)

    def begin(self, number: int) -> None:
        """Let nobody begin anything, wait until all have finished, and begin the next day."""
        self.is_open.value = 0
        while any(self.busy):
            time.sleep(0.005)
        self.number.value, self.began.value, self.is_open.value = number, time.time(), 1


def work(number: int, days: Days, first: dt.date, folder: Path, sellers: list[int], heads: list[int]) -> None:
    """The life of one process."""
    worker, parent = Worker(number, sellers, heads), os.getppid()
    while not days.is_over.value and os.getppid() == parent:
        days.busy[number] = 1
        if days.is_open.value:
            worker.act(first + days.number.value * DAY, time.time() - days.began.value)
        days.busy[number] = 0
        time.sleep(worker.chance.random() * PAUSE)
    report = {
        "counts": worker.counts,
        "events": worker.events,
        "claims": worker.claims,
        "unexpected": worker.unexpected,
    }
    (folder / f"{number}.json").write_text(json.dumps(report))


def main(first: str, seconds: str, people: str, folder: str, sellers: str, heads: str) -> None:
    """Play days from ``first`` on for so many real seconds; ids are lists of JSON. Exits with the worst exit code."""
    import django

    django.setup()
    # All that everybody needs is read before they part: fifty times over it would take minutes.
    import_module("crm.urls")
    for name in ("services", "shelving", "night", "inbound"):
        import_module(f"exchange.{name}")
    day, days = dt.date.fromisoformat(first), Days(int(people))
    children = []
    for number in range(int(people)):
        # Forked before there is a connection: each makes its own.
        if (child := os.fork()) == 0:
            code = 1
            try:
                work(number, days, day, Path(folder), json.loads(sellers), json.loads(heads))
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        children.append(child)
    from crm import clock
    from exchange.night import run_due_nights

    end, number = time.monotonic() + float(seconds), 0
    while time.monotonic() < end:
        days.begin(number)
        began = time.monotonic()
        with clock.playing(clock.at(day + number * DAY, 1)):
            run_due_nights(day + number * DAY)
        time.sleep(max(0.0, min(LENGTH - (time.monotonic() - began), end - time.monotonic())))
        number += 1
    days.is_over.value = 1
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(number - 1)
    sys.exit(max(map(abs, codes)))


if __name__ == "__main__":
    main(*sys.argv[1:])
