"""``manage.py zone_counts``: the company's zones day by day, as CSV."""

import argparse
import csv
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exchange.management.commands.recompute_zones import iso_date
from exchange.snapshots import counts_by_day


class Command(BaseCommand):
    help = "Print date,held,green,yellow,red,exchange from the snapshots: the state right after each night's run."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=iso_date, required=True, help="first date")
        parser.add_argument("--to", dest="last", type=iso_date, required=True, help="last date, inclusive")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["first"] > options["last"]:
            raise CommandError("--from is after --to.")
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["date", "held", "green", "yellow", "red", "exchange"])
        for day in counts_by_day(options["first"], options["last"]):
            writer.writerow([day.date, day.held, day.green, day.yellow, day.red, day.on_exchange])
