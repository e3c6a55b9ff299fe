"""What can be said of a past day from what was written down then. Pure; read from the database by ``exchange.why``.

Two questions are not answered by any one row: which contacts were known at a moment, and on which of several holds a
night relied.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exchange.rules.holding import ORDER


@dataclass(frozen=True, slots=True)
class Heard:
    """How an event stood in the base from ``at`` on, until its next state.

    Attributes:
        event: its number.
        counted_on: the day on which it counted for this client then; None: it did not (any more).
        occurred_at: decides which of several contacts of one day is named.
    """

    event: int
    at: dt.datetime
    counted_on: dt.date | None
    occurred_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Move:
    """The last counted contact changed at ``at``, because of ``event``. None: there was, or is, no contact."""

    at: dt.datetime
    event: int
    before: dt.date | None
    after: dt.date | None


class Contacts:
    """Every state of every event that ever counted for a client, in the order in which they came to be."""

    def __init__(self, states: Iterable[Heard]) -> None:
        # Sorting is stable: of several states of one moment the last written stays last.
        self.states = sorted(states, key=lambda state: state.at)

    def standing(self, moment: dt.datetime) -> dict[int, Heard]:
        """The state of each event just before ``moment``; those that were not registered yet are missing."""
        found: dict[int, Heard] = {}
        for state in self.states:
            if state.at >= moment:
                break
            found[state.event] = state
        return found

    def deciding(self, moment: dt.datetime) -> Heard | None:
        """The counted contact that was the last one just before ``moment``; None when there was none."""
        counted = [state for state in self.standing(moment).values() if state.counted_on]
        return max(counted, key=lambda state: (state.counted_on, state.occurred_at, state.event), default=None)

    def last_on(self, moment: dt.datetime) -> dt.date | None:
        """Its day."""
        found = self.deciding(moment)
        return found.counted_on if found else None

    def moves(self) -> Iterator[Move]:
        """Every change of the last counted contact, the oldest first."""
        counted: dict[int, dt.date] = {}
        last: dt.date | None = None
        for state in self.states:
            before = counted.pop(state.event, None)
            if state.counted_on:
                counted[state.event] = state.counted_on
            now = last
            if state.counted_on and (last is None or state.counted_on > last):
                now = state.counted_on
            elif before is not None and before == last and state.counted_on != last:
                now = max(counted.values(), default=None)
            if now != last:
                yield Move(state.at, state.event, last, now)
                last = now


@dataclass(frozen=True, slots=True)
class Relied:
    """A hold as a night wrote it down: it relied on it for the first time on ``since``. ``row`` is the caller's."""

    row: int
    kind: str
    source: str
    since: dt.date
    until: dt.date

    @property
    def strength(self) -> tuple[int, int, str]:
        """As the night orders holds: it relies on the smallest."""
        return ORDER.index(self.kind), -self.until.toordinal(), self.source


def relied_on(holds: Sequence[Relied], day: dt.date, over: Iterable[str] = ()) -> Relied | None:
    """On which hold of a stretch the night of ``day`` relied, if it had to hold the client.

    A night writes a hold down once. So of several that cover the day it is the strongest, except those that must have
    been over: a weaker one was written down after them, which a night does only when the stronger holds no more; the
    same source was written down anew with another end; or its source is known to be ``over``.

    Not told apart from the rows: a hold that was over for some nights and came back.
    """
    gone, standing = set(over), []
    for hold in sorted(holds, key=lambda hold: (hold.since, hold.row)):
        if hold.since > day:
            break
        standing = [
            other
            for other in standing
            if other.strength > hold.strength and (other.kind, other.source) != (hold.kind, hold.source)
        ]
        standing.append(hold)
    covering = [hold for hold in standing if hold.until >= day and (not hold.source or hold.source not in gone)]
    return min(covering, key=lambda hold: hold.strength, default=None)
