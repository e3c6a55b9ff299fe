"""What must be true of the database after every night, looked at from outside: nothing here uses the rules it checks.

The checker reads rows and remembers what it saw (the ledger, the last colour of each client, how clients were before
they left), so that it also notices what disappeared. One module per subject.
"""

import datetime as dt

from clients.models import RuleSetting
from exchange.simulation.invariants import colours, leavers, market, owners, trails
from exchange.simulation.invariants.broken import InvariantBroken, Look
from exchange.simulation.invariants.undoing import Befores
from exchange.simulation.options import Options

__all__ = ["Befores", "Checker", "InvariantBroken", "Look"]


class Checker:
    """Looks at the whole company after a night, and at single acts while they are done."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.nights = 0
        self.colours = colours.Colours()
        self.leavers = leavers.Leavers()
        self.ledger = market.Ledger()
        self.trails = trails.Trails()
        self.befores = Befores(self.look)

    def look(self, day: dt.date, *, ran: bool = True, full: bool = True) -> Look:
        """What a single check is told: which day, whether its night has run, whether to look at every row."""
        rules = {key: (is_on, value) for key, is_on, value in RuleSetting.objects.values_list("key", "is_on", "value")}
        return Look(day, ran, full, self.options.seed, self.options.repeat, rules)

    def after_night(self, day: dt.date, *, ran: bool = True, full: bool | None = None) -> None:
        """Look at everything. ``ran``: the night of this day was not missed. ``full``: at every row, also at those that
        nothing has touched since the last look; by default every ``full_every`` nights.

        Raises:
            InvariantBroken: with the seed, the day, the client and its story, and how to see it again.
        """
        if full is None:
            full = self.nights % self.options.full_every == 0
        self.nights += 1
        look = self.look(day, ran=ran, full=full)
        owners.check(look)
        self.colours.check(look)
        self.leavers.check(look)
        self.ledger.check(look)
        self.trails.check(look)
        self.befores.forget(day)
