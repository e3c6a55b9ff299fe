"""Fills an empty base with the demo company."""

import datetime as dt
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from clients.models import Client
from crm import clock
from crm.demo import company
from crm.demo.desk import files
from crm.demo.logins import is_demo_company
from crm.demo.words import LANGUAGES
from crm.demo.work import work
from crm.web.demo import PASSWORD
from interactions.models import Event, SalesProcess


class Command(BaseCommand):
    help = "Fills an empty base with an invented company: people, clients, eighteen months of history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--language", choices=LANGUAGES, default=settings.DEMO_LANGUAGE, help="of names and texts (%(default)s)"
        )
        parser.add_argument("--seed", type=int, default=1, help="another number, another company (%(default)s)")
        parser.add_argument("--date", type=dt.date.fromisoformat, help="the company's today, at noon (now)")
        parser.add_argument(
            "--clients", type=int, default=1500, help="how many clients, a few more by the work itself (%(default)s)"
        )
        parser.add_argument("--if-empty", action="store_true", help="leave a base that has people or clients as it is")
        parser.add_argument("--flush", action="store_true", help="first remove an earlier demo company")
        parser.add_argument(
            "--remove-real-data", action="store_true", help="with --flush: also when the base is not the demo company"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["language"] not in LANGUAGES:  # a default is not checked by argparse
            raise CommandError(f"DEMO_LANGUAGE must be one of {', '.join(LANGUAGES)}, not {options['language']!r}.")
        if not 20 <= options["clients"] <= 20_000:
            raise CommandError("--clients must be from 20 to 20000.")
        today, now = self._moment(options["date"])
        if not options["flush"] and not company.is_empty():
            if options["if_empty"]:
                self.stdout.write("The base is not empty: no demo company is made.")
                return
            raise CommandError("The base is not empty. --flush makes the demo company anew, --if-empty leaves it be.")
        if options["flush"] and not (company.is_empty() or is_demo_company() or options["remove_real_data"]):
            raise CommandError("This is not the demo company: --flush would remove real people and clients. Stopped.")
        started = time.monotonic()
        self.stdout.write(f"Making a demo company of {options['clients']} clients ...")
        before = files.stored()
        with transaction.atomic():
            if options["flush"]:
                company.flush()
            world = company.make_company(
                language=options["language"], seed=options["seed"], today=today, now=now, size=options["clients"]
            )
            total = sum(len(rows) for rows in world.rows.values())
            with tqdm(total=total, unit=" rows", leave=False, disable=not sys.stderr.isatty()) as bar:
                company.store(world, bar.update)
            work(world)
            written = files.write(world)
        files.remove(before - written)
        self.stdout.write(
            f"{Client.objects.count()} clients, {Event.objects.count()} events, {SalesProcess.objects.count()} sales"
            f" in {time.monotonic() - started:.0f} s. Sign in as seller, head, director or admin; password: {PASSWORD}."
        )

    @staticmethod
    def _moment(date: dt.date | None) -> tuple[dt.date, dt.datetime]:
        """The company's today and its present moment: noon of a given date."""
        now = clock.now()
        if date is None:
            return clock.local_date(now), now.replace(microsecond=0)
        if date > clock.local_date(now):
            raise CommandError(f"{date} is in the future.")
        return date, min(clock.at(date), now)
