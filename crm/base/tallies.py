"""What the nights counted: clients by manager and colour, waiting clients by department, what each night did."""

from array import array
from itertools import accumulate

from crm.base.days import NIGHTS, TODAY

#: A difference for every night that is told, and one for the end.
_WIDTH = TODAY - NIGHTS + 2
COLOURS = 3
#: What a run counts.
YELLOW, RED, LEFT, WARNED = range(4)
_RUNS = TODAY - NIGHTS + 1


class Tallies:
    """Counts as differences from night to night; those of several workers are added up."""

    def __init__(self, managers: int, departments: int) -> None:
        self.held = array("i", bytes(4 * (managers + 1) * COLOURS * _WIDTH))
        self.waiting = array("i", bytes(4 * (departments + 1) * _WIDTH))
        self.runs = array("i", bytes(4 * 4 * _RUNS))

    def stay(self, manager: int, colour: int, first: int, until: int) -> None:
        """A manager's client is counted in a colour from the night ``first`` to the one before ``until``."""
        if until > NIGHTS and first < until:
            at = (manager * COLOURS + colour) * _WIDTH - NIGHTS
            self.held[at + (first if first > NIGHTS else NIGHTS)] += 1
            self.held[at + until] -= 1

    def wait(self, department: int, first: int, until: int) -> None:
        """A client of the exchange, under the department of its last manager."""
        if until > NIGHTS and first < until:
            at = department * _WIDTH - NIGHTS
            self.waiting[at + (first if first > NIGHTS else NIGHTS)] += 1
            self.waiting[at + until] -= 1

    def did(self, what: int, night: int) -> None:
        if night >= NIGHTS:
            self.runs[what * _RUNS + night - NIGHTS] += 1

    def done(self, what: int, night: int) -> int:
        """How often the run of a night did something."""
        return self.runs[what * _RUNS + night - NIGHTS]

    def add(self, other: "Tallies") -> None:
        for mine, theirs in ((self.held, other.held), (self.waiting, other.waiting), (self.runs, other.runs)):
            for at, number in enumerate(theirs):
                if number:
                    mine[at] += number

    def held_by_night(self, manager: int) -> list[tuple[int, ...]]:
        """Green, yellow and red of a manager, night by night from ``NIGHTS`` on."""
        colours = [self._sums(self.held, manager * COLOURS + colour) for colour in range(COLOURS)]
        return list(zip(*colours, strict=True))

    def waiting_by_night(self, department: int) -> list[int]:
        return self._sums(self.waiting, department)

    def _sums(self, counts: array, row: int) -> list[int]:
        return list(accumulate(counts[row * _WIDTH : (row + 1) * _WIDTH - 1]))
