"""Many clients within minutes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from clients.rulebook import RuleValues
from crm import clock
from exchange.claim_rulebook import SIGNAL_BURST, SIGNAL_BURST_MINUTES
from exchange.models import Signal
from exchange.rules.signals import Burst, Touch, bursts
from exchange.signals.entries import counted_between, entries

#: Events whose change log is read at once.
BATCH = 1000


def find(day: dt.date, rules: RuleValues) -> Iterator[Signal]:
    """The bursts of a day that were not known yet; those that were are brought up to date."""
    number, minutes = rules[SIGNAL_BURST], rules.number(SIGNAL_BURST_MINUTES)
    if number is None:
        return
    end = clock.day_start(day + dt.timedelta(days=1))
    # A burst that began before midnight is seen with so much of it that it meets what the day before has found.
    start = clock.day_start(day) - dt.timedelta(minutes=minutes)
    for person, touches in touches_between(start, end).items():
        for burst in bursts(touches, clients=number, minutes=minutes):
            if signal := _store(person, burst):
                yield signal


def touches_between(start: dt.datetime, end: dt.datetime) -> dict[int, list[Touch]]:
    """What came to count in [start, end), by who did it. What a head let count is his decision, no touch."""
    found: dict[int, list[Touch]] = defaultdict(list)
    for rows in counted_between(start, end, batch=BATCH):
        came = entries((event, counted_on, registered, author) for event, counted_on, registered, author, _ in rows)
        for event, *_rest, client in rows:
            entry = came[event]
            if start <= entry.moment < end and not entry.approved:
                found[entry.by].append(Touch(entry.moment, event, client))
    return found


def _store(person: int, burst: Burst) -> Signal | None:
    """Write a burst down; None when it is one that is known, with more of it or without."""
    of_him = Signal.objects.filter(kind=Signal.Kind.BURST, manager=person)
    known = of_him.filter(events__in=burst.events).order_by("pk").first() or of_him.filter(key=burst.events[0]).first()
    if known is None:
        signal = Signal.objects.create(
            kind=Signal.Kind.BURST,
            manager_id=person,
            key=str(burst.events[0]),
            date=clock.local_date(burst.first),
            number=burst.clients,
            first_at=burst.first,
            last_at=burst.last,
        )
        signal.events.set(burst.events)
        return signal
    known.events.add(*burst.events)
    known.first_at = min(known.first_at or burst.first, burst.first)
    known.last_at = max(known.last_at or burst.last, burst.last)
    known.number = known.events.order_by().values("client").distinct().count()
    known.save(update_fields=["first_at", "last_at", "number"])
    return None
