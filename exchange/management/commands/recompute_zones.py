"""``manage.py recompute_zones``: the nightly run by hand."""

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm import clock
from exchange.night import NightOrderError, nights_due, preview, run_night


def iso_date(text: str) -> dt.date:
    """Parse an ISO date for argparse."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date of the form 2026-03-15") from error


class Command(BaseCommand):
    help = "Recompute the zones of all clients: tonight's run and every night missed before it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--date", type=iso_date, help="the night to run (default: today by the company's calendar)")
        parser.add_argument("--dry-run", action="store_true", help="only say what it would change")
        parser.add_argument(
            "--allow-future",
            action="store_true",
            help="really run a night that has not come yet (clients leave early!)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = clock.today()
        day = options["date"] or today
        if options["dry_run"]:
            coming = preview(day)
            self.stdout.write(
                f"{day} (dry run): would turn yellow {coming.to_yellow}, red {coming.to_red}, "
                f"go to the exchange {coming.to_exchange}"
            )
            return
        if day > today and not options["allow_future"]:
            raise CommandError(
                f"{day} has not come yet (today is {today}). Look at it with --dry-run, "
                f"or run it all the same with --allow-future."
            )
        try:
            for night in nights_due(day):
                run = run_night(night)
                self.stdout.write(
                    f"{run.date}: turned yellow {run.turned_yellow}, red {run.turned_red}, "
                    f"to the exchange {run.detached}; held {run.held} "
                    f"(green {run.green}, yellow {run.yellow}, red {run.red}), on the exchange {run.on_exchange}"
                )
                if run.error:
                    self.stderr.write(run.error)
        except NightOrderError as error:
            raise CommandError(str(error)) from error
