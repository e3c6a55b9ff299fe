"""What stands in the way of a plan: another one at the same time, a holiday, an absence. Said, never refused."""

import datetime as dt
from dataclasses import dataclass

from clients.models import Manager
from clients.working_hours import zone_of
from interactions.calendar.reading import Entry, days_off, entries
from interactions.models import Event
from interactions.rules.calendar_grid import Stretch, clash


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Other plans of the same time, as far as the reader may know of them, and why one does not work on that day."""

    plans: list[Entry]
    day_off: str

    def __bool__(self) -> bool:
        return bool(self.plans or self.day_off)


def find(
    *,
    responsible: Manager,
    start: dt.datetime,
    end: dt.datetime | None,
    usual_minutes: int,
    reader: Manager,
    exclude: int | None = None,
) -> Conflicts:
    """What a plan of ``responsible`` from ``start`` on meets with. Three queries.

    Args:
        end: its own end; None for something to be done about then, which takes ``usual_minutes``.
        exclude: the key of the event itself.
    """
    wanted = Stretch(start, end or start + dt.timedelta(minutes=usual_minutes), is_fixed=end is not None)
    found = entries(reader, [responsible.pk], wanted.start, wanted.end)
    plans = [entry for entry in found if not entry.is_done and entry.pk != exclude and clash(wanted, entry.stretch)]
    day = start.astimezone(zone_of(responsible)).date()
    return Conflicts(plans, days_off(reader, [responsible.pk], day, day).of(responsible.pk, day))


def of(event: Event, *, reader: Manager) -> Conflicts:
    """What a saved plan meets with."""
    return find(
        responsible=event.responsible,
        start=event.occurred_at,
        end=event.ends_at,
        usual_minutes=event.kind.default_minutes,
        reader=reader,
        exclude=event.pk,
    )
