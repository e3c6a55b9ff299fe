"""How many events each client has, and what has become of it. Decided for all at once, so that parts can be made
apart."""

import enum
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

#: Clients that are made, and written, together.
CHUNK = 1000
#: One salesperson's clients that are measured: with exactly so many events.
THOUSAND, TEN = 1, 2
#: How unlike the clients are: half of all events belong to a twelfth of them.
_SPREAD = 1.4
_MOST = 6000


class Fate(enum.IntEnum):
    """What a client is today."""

    GREEN = 0
    YELLOW = 1
    RED = 2
    EXCHANGE = 3
    QUARANTINE = 4
    ARCHIVE = 5
    UNASSIGNED = 6

    @property
    def is_held(self) -> bool:
        return self <= Fate.RED


#: Of a thousand clients. 85 % are held: 70 / 20 / 10 by colour.
_SHARES = {
    Fate.GREEN: 595,
    Fate.YELLOW: 170,
    Fate.RED: 85,
    Fate.EXCHANGE: 100,
    Fate.QUARANTINE: 10,
    Fate.ARCHIVE: 20,
    Fate.UNASSIGNED: 20,
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Clients ``first`` to ``last``, and the id their first event has."""

    number: int
    first: int
    last: int
    first_event: int


class Sizes:
    """Events and fate of every client; client ids begin at 1."""

    def __init__(self, clients: int, events: int, seed: int) -> None:
        rng = Random(f"sizes {seed} {clients} {events}")
        table = [fate for fate, share in _SHARES.items() for _ in range(share)]
        self.fates = bytearray(table[int(rng.random() * 1000)] for _ in range(clients))
        self.fates[THOUSAND - 1] = self.fates[TEN - 1] = Fate.GREEN
        weights = array(
            "d",
            (
                0.0 if fate == Fate.UNASSIGNED else math.exp(rng.gauss(0, _SPREAD)) * (0.5 if fate > Fate.RED else 1)
                for fate in self.fates
            ),
        )
        special = {THOUSAND: min(1000, events // 2), TEN: min(10, events // 4)}
        for client in special:
            weights[client - 1] = 0.0
        left = events - sum(special.values())
        scale = left / (sum(weights) or 1)
        counts = array("l", (min(_MOST, int(weight * scale + rng.random())) if weight else 0 for weight in weights))
        for client, number in special.items():
            counts[client - 1] = number
        self.counts = counts
        self._settle(rng, events)

    def _settle(self, rng: Random, events: int) -> None:
        """Rounding has left a few too many or too few."""
        wrong, clients = events - sum(self.counts), len(self.counts)
        while wrong:
            at = 2 + int(rng.random() * (clients - 2))
            if self.fates[at] == Fate.UNASSIGNED or (wrong < 0 and not self.counts[at]):
                continue
            step = 1 if wrong > 0 else -1
            self.counts[at] += step
            wrong -= step

    def chunks(self) -> Iterator[Chunk]:
        clients = len(self.counts)
        starts = list(accumulate(self.counts, initial=1))
        for number, first in enumerate(range(1, clients + 1, CHUNK)):
            yield Chunk(number, first, min(first + CHUNK - 1, clients), starts[first - 1])
