"""``manage.py recompute_zones``: the nightly run by hand."""

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clients.holidays import ensure_public_holidays
from crm import clock
from exchange.models import AskReason, Decision, NightlyRun
from exchange.night import BARE, NightOrderError, nights_due, preview, run_night
from exchange.signals import look_quietly


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

        parser.add_argument(
            "--rules",
            choices=["full", "bare"],
            default="full",
            help="bare: only the thresholds; nobody is warned, nothing holds a client, nobody is asked",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = clock.today()
        day = options["date"] or today
        rules = BARE if options["rules"] == "bare" else None
        if options["dry_run"]:
            coming = preview(day, rules=rules)
            stay = f", stay although due {coming.kept}" if coming.kept else ""
            self.stdout.write(
                f"{day} (dry run): would turn yellow {coming.to_yellow}, red {coming.to_red}, "
                f"go to the exchange {coming.to_exchange}{stay}"
            )
            if coming.asks:
                reason = AskReason(coming.asks).label
                self.stdout.write(f"{day} (dry run): nobody would leave before an administrator confirms it ({reason})")
            return
        if day > today and not options["allow_future"]:
            raise CommandError(
                f"{day} has not come yet (today is {today}). Look at it with --dry-run, "
                f"or run it all the same with --allow-future."
            )
        if rules is None:
            ensure_public_holidays(today)
        try:
            for night in nights_due(day):
                self._report(run_night(night, rules=rules))
        except NightOrderError as error:
            raise CommandError(str(error)) from error
        if rules is None and day == today:
            look_quietly()

    def _report(self, run: NightlyRun) -> None:
        by_rules = "" if run.is_bare else f"; warnings {run.warned}, stay although due {run.kept}"
        self.stdout.write(
            f"{run.date}: turned yellow {run.turned_yellow}, red {run.turned_red}, "
            f"to the exchange {run.detached}; held {run.held} "
            f"(green {run.green}, yellow {run.yellow}, red {run.red}), on the exchange {run.on_exchange}{by_rules}"
        )
        if run.decision == Decision.ASKED:
            self.stdout.write(
                f"{run.date}: {run.proposed} clients would leave, nobody did ({run.get_ask_reason_display()}). "
                f"An administrator confirms or rejects it on the page of the night."
            )
        for parked in run.parked.select_related("client"):
            self.stderr.write(f"parked: {parked.client} ({parked.client_id}): {parked.error}")
        if run.error:
            self.stderr.write(run.error)
