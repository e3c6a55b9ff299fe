"""A company played night by night through the real services, with invariants checked after every night.

``options`` (size, seed) → ``company`` (who works there) → ``days`` (the calendar) → ``sellers``, ``tricks``,
``heads``, ``administrators`` (what people do) → ``world`` (what they share: chance, clock, counters) → ``invariants``
(what must be true) → ``summary`` (what a head would read). ``scratch`` keeps it out of the product's database.

Every choice is drawn from one ``random.Random(seed)``: the same seed on an empty database plays the same company.
"""

from exchange.simulation.days import simulate
from exchange.simulation.invariants.broken import InvariantBroken
from exchange.simulation.options import Options
from exchange.simulation.world import World

__all__ = ["InvariantBroken", "Options", "World", "simulate"]
