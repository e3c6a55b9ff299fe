"""Who wants to know of changed zones.

The clients app changes zones but keeps no record of it; the exchange app does, and registers its recorder here in
``AppConfig.ready()``. Recorders run in the transaction of the change.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """One change of a published zone; "" stands for "not held". ``cause`` is a value of
    ``exchange.TransitionCause``; ``policy`` the label of the zone policy behind it ("3 v2"; "" where none was)."""

    client_id: int
    manager_id: int | None
    from_zone: str
    to_zone: str
    cause: str
    date: dt.date
    policy: str = ""


Recorder = Callable[[Sequence[ZoneChange]], None]
_recorders: list[Recorder] = []


def register(recorder: Recorder) -> None:
    """Have ``recorder`` called with every batch of changes, in the same transaction."""
    if recorder not in _recorders:
        _recorders.append(recorder)


def record(changes: Sequence[ZoneChange]) -> None:
    """Tell the recorders."""
    if changes:
        for recorder in _recorders:
            recorder(changes)
