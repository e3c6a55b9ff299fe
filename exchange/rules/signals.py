"""What a head is asked to look at: contacts that may have been made only to keep a client. Pure.

Three questions, never verdicts: one line in the last days before the exchange, many clients within minutes, rescued
again and again from one side.
"""

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


# --- one line in the last days ----------------------------------------------------------------------------------------
def length(*texts: str) -> int:
    """How many characters were written down; white space in a row counts once, around a text not at all."""
    return sum(len(" ".join(text.split())) for text in texts)


def in_last_days(day: dt.date, leaves_on: dt.date, last_days: int) -> bool:
    """Whether ``day`` is one of the last days of a client that leaves on ``leaves_on``; days after it are (something
    held the client)."""
    return day >= leaves_on - dt.timedelta(days=last_days)


# --- many clients within minutes --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, order=True)
class Touch:
    """A contact that came to count at ``moment``, whatever day it is dated."""

    moment: dt.datetime
    event: int
    client: int


@dataclass(frozen=True, slots=True)
class Burst:
    """Touches in a row, none of which stands outside a window with too many clients; in their order."""

    touches: tuple[Touch, ...]

    @property
    def clients(self) -> int:
        return len({touch.client for touch in self.touches})

    @property
    def events(self) -> list[int]:
        return [touch.event for touch in self.touches]

    @property
    def first(self) -> dt.datetime:
        return self.touches[0].moment

    @property
    def last(self) -> dt.datetime:
        return self.touches[-1].moment


def bursts(touches: Iterable[Touch], *, clients: int, minutes: int) -> list[Burst]:
    """The maximal runs of one person's touches, by time.

    A window is all touches from one on until ``minutes`` later, that moment included; it is full with ``clients``
    different clients. Full windows that share a touch are one burst.
    """
    row = sorted(touches)
    within = dt.timedelta(minutes=minutes)
    inside: Counter[int] = Counter()
    found: list[tuple[int, int]] = []
    end = 0
    for start, touch in enumerate(row):
        while end < len(row) and row[end].moment - touch.moment <= within:
            inside[row[end].client] += 1
            end += 1
        if len(inside) >= clients:
            if found and start < found[-1][1]:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        inside[touch.client] -= 1
        if not inside[touch.client]:
            del inside[touch.client]
    return [Burst(tuple(row[start:end])) for start, end in found]


# --- rescued again and again from one side ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rescue:
    """A client turned green again by a contact.

    Attributes:
        row: the id of its transition.
        date: when it turned green.
        contact_on: the day of the contact that did it, ``date`` or a few days before.
        manager: who held the client.
        stretch: what is the same for rescues while the client did not change hands.
    """

    row: int
    date: dt.date
    contact_on: dt.date
    manager: int
    stretch: int = 0


def one_sided_row(rescues: Sequence[Rescue], answered_on: Iterable[dt.date]) -> list[Rescue]:
    """The rescues in a row, up to the last one, in which nobody at the client took part; the earliest first.

    Args:
        rescues: of one client, the earliest first.
        answered_on: the days on which somebody at the client answered, met us, bought or promised something.
    """
    if not rescues:
        return []
    last = rescues[-1]
    days = sorted(answered_on)
    heard = bisect_right(days, last.date)
    answered = days[heard - 1] if heard else dt.date.min
    row: list[Rescue] = []
    for rescue in reversed(rescues):
        if (rescue.manager, rescue.stretch) != (last.manager, last.stretch) or rescue.contact_on <= answered:
            break
        row.append(rescue)
    return row[::-1]
