"""``manage.py simulate``: two years of a company in minutes, with everything looked at after every night."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exchange.simulation import InvariantBroken, Options, World, scratch, simulate
from exchange.simulation.options import START, days_of
from exchange.simulation.summary import summary
from exchange.simulation.world import SimulationFailed


class Command(BaseCommand):
    help = (
        "Plays a company (managers who work, forget, fall ill, cheat, leave; heads who approve and undo) night by "
        "night through the real services, on a database of its own, and looks after every night whether everything "
        "that must be true is. Fails with the seed to see it again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--months", type=int, default=24, help="how long (24)")
        parser.add_argument("--days", type=int, help="how long in days, instead of months")
        parser.add_argument("--clients", type=int, default=2000, help="clients at the start (2000)")
        parser.add_argument("--managers", type=int, default=20, help="salespeople (20)")
        parser.add_argument("--seed", type=int, default=1, help="every chance is drawn from it (1)")
        parser.add_argument(
            "--short",
            action="store_true",
            help="as the tests play it: thresholds of 1, 2 and 3 months, rarer things happen oftener",
        )
        parser.add_argument(
            "--database", default="", help="the address of an empty database; a temporary SQLite file by default"
        )
        parser.add_argument("--keep", action="store_true", help="leave the temporary database there and say where")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["clients"] < 10 or options["managers"] < 2 or (options["days"] or options["months"]) < 1:
            raise CommandError("At least 10 clients, 2 managers and a day.")
        if not scratch.is_scratch():
            code = scratch.play_elsewhere(_arguments(options), database=options["database"], keep=bool(options["keep"]))
            if code:
                raise CommandError("The simulation failed.", returncode=code)
            return
        try:
            scratch.prepare()
        except scratch.NotEmpty as error:
            raise CommandError(str(error)) from error
        self._play(options)

    def _play(self, options: dict[str, Any]) -> None:
        began, facts = time.monotonic(), _facts(options)
        try:
            world = simulate(facts, tell=self._tell)
        except (InvariantBroken, SimulationFailed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary(world))
        self.stdout.write(f"\nEverything held in {facts.days} nights; {time.monotonic() - began:.0f} seconds.")

    def _tell(self, world: World) -> None:
        if world.day.day == 1:
            self.stderr.write(f"{world.day}: {world.counts['contacts']} contacts, {world.counts['claims']} claims")


def _facts(options: dict[str, Any]) -> Options:
    days = options["days"] or days_of(options["months"], START)
    arguments = " ".join(_arguments(options))
    sizes = {name: options[name] for name in ("seed", "clients", "managers")}
    if options["short"]:
        return Options.short(**sizes, days=days, command=f"manage.py simulate {arguments}")
    return Options(**sizes, days=days, command=f"manage.py simulate {arguments}")


def _arguments(options: dict[str, Any]) -> list[str]:
    """The command line that says the same."""
    said = []
    for name in ("days" if options["days"] else "months", "clients", "managers", "seed"):
        said += [f"--{name}", str(options[name])]
    return [*said, "--short"] if options["short"] else said
