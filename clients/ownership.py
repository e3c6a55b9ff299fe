"""Who wants to know that a client changed hands.

The clients app moves clients; what hangs on them (plans, sales) belongs to apps above it, which register here in
``AppConfig.ready()``. Listeners run in the transaction of the change, on locked clients, for many clients at once.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnerChange:
    """One client went from one manager to another, to the exchange (``to_id`` None) or from it (``from_id`` None).

    Attributes:
        how: a value of ``OwnershipPeriod.Gained`` where somebody got it from nobody, else of ``OwnershipPeriod.Lost``.
        by_id: who did it; None for the program.
        moment: names the change together with the client: what listeners did can be undone by it. For an arrival on
            the exchange it is the client's ``exchange_since``.
    """

    client_id: int
    from_id: int | None
    to_id: int | None
    how: str
    by_id: int | None
    moment: dt.datetime


Listener = Callable[[Sequence[OwnerChange]], None]
Restorer = Callable[[int, dt.datetime], None]
_listeners: list[Listener] = []
_restorers: list[Restorer] = []


def register(listener: Listener, restorer: Restorer) -> None:
    """Have ``listener`` called with every batch of changes, and ``restorer(client_id, moment)`` when one is undone."""
    if listener not in _listeners:
        _listeners.append(listener)
        _restorers.append(restorer)


def announce(changes: Sequence[OwnerChange]) -> None:
    """Tell the listeners what has changed."""
    if changes:
        for listener in _listeners:
            listener(changes)


def restore(client_id: int, moment: dt.datetime) -> None:
    """The change of this client at this moment was undone: plans and sales come back as they were."""
    for restorer in _restorers:
        restorer(client_id, moment)
