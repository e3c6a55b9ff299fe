"""The counters over the list of all clients, from what is kept for the traffic light."""

import datetime as dt

from clients import rulebook
from clients.models import Manager
from clients.selectors import ZoneCounts
from reports.frame.figures import summed
from reports.frame.scope import Scope
from reports.kept.reading import numbers
from reports.rules.periods import Period
from reports.traffic_light.figures import FIGURES

#: What the list calls them, and what the traffic light does.
_NAMES = {"held": "held", "green": "green", "yellow": "yellow", "red": "red", "leaving": "leaving_7"}


def zone_counts(reader: Manager, today: dt.date) -> ZoneCounts | None:
    """What counting all held clients would say; None where it has to be done. Three queries."""
    scope = Scope(reader, today, Period(today, today), None, rules=rulebook.load())  # type: ignore[arg-type]
    found = numbers({key: FIGURES[key] for key in _NAMES.values()}, scope)
    if found is None:
        return None
    totals = summed(found.values())
    return ZoneCounts(**{name: int(totals.get(key, 0)) for name, key in _NAMES.items()})
