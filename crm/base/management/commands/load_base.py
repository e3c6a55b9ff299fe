"""``manage.py load_base``: a large base as in life, for measuring."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm import clock
from crm.base.company import ADMIN, DIRECTOR, HEAD, PASSWORD, SELLER
from crm.base.load import Order, is_empty, load

_FEWEST_CLIENTS, _FEWEST_MANAGERS, _FEWEST_DEPARTMENTS = 100, 3, 2


class Command(BaseCommand):
    help = "Loads an empty base with a large invented company: clients, three years of events, sales, nights."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--clients", type=int, default=20_000, help="how many (%(default)s)")
        parser.add_argument("--events", type=int, help="how many, plans included (20 a client)")
        parser.add_argument("--managers", type=int, help="how many people (one for 333 clients)")
        parser.add_argument("--departments", type=int, help="how many (one for 50 people)")
        parser.add_argument("--seed", type=int, default=1, help="another number, another base (%(default)s)")
        parser.add_argument("--processes", type=int, default=2, help="that make rows, PostgreSQL only (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        clients = options["clients"]
        managers = options["managers"] or max(30, clients // 333)
        order = Order(
            clients=clients,
            events=clients * 20 if options["events"] is None else options["events"],
            managers=managers,
            departments=options["departments"] or max(3, managers // 50),
            seed=options["seed"],
            processes=max(1, options["processes"]),
        )
        self._check(order)
        started = time.monotonic()

        def say(text: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:6.1f} s  {text}")

        load(order, today=clock.today(), say=say)
        say(
            f"{order.clients} clients, {order.events} events, {order.managers} people. "
            f"Sign in as {SELLER}, {HEAD}, {DIRECTOR} or {ADMIN}; password: {PASSWORD}."
        )

    @staticmethod
    def _check(order: Order) -> None:
        if order.clients < _FEWEST_CLIENTS:
            raise CommandError(f"--clients must be {_FEWEST_CLIENTS} at least.")
        if order.events < order.clients:
            raise CommandError("--events must be as many as the clients at least.")
        if order.departments < _FEWEST_DEPARTMENTS:
            raise CommandError(f"--departments must be {_FEWEST_DEPARTMENTS} at least.")
        if order.managers < order.departments * 2 + _FEWEST_MANAGERS:
            raise CommandError("--managers: each department needs a head and two people.")
        if not is_empty():
            raise CommandError("The base is not empty: a base for measuring is loaded into a new database only.")
