"""What stands in people's calendars, as far as the reader may know of it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.translation import pgettext_lazy

from clients.models import Absence, Holiday, Manager
from clients.querysets import editable_q, visible_q
from clients.rules.freezing import days_between
from interactions.models import Event, EventStatus
from interactions.rules.calendar_grid import Stretch, clashing

#: Nothing lasts longer: what began earlier is over.
LONGEST = dt.timedelta(days=7)
#: Of a colleague's absence, to whom the reason is no concern.
AWAY = pgettext_lazy("absence", "away")


@dataclass(slots=True)
class Entry:
    """One event in a calendar. ``event`` is None where the reader may only know that the person is busy."""

    pk: int
    responsible_id: int
    start: dt.datetime
    end: dt.datetime
    #: It has an end of its own: an appointment, not something to be done about then.
    is_fixed: bool
    is_done: bool
    event: Event | None
    changed_at: dt.datetime
    may_move: bool
    clashes: bool = False

    @property
    def minutes(self) -> int:
        return int((self.end - self.start) / dt.timedelta(minutes=1))

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.start, self.end, self.is_fixed)


def end_of(event: Event) -> dt.datetime:
    """When an event ends: as it says, else as long after its start as its kind usually lasts."""
    return event.ends_at or event.occurred_at + dt.timedelta(minutes=event.kind.default_minutes)


def entries(
    reader: Manager, whose: Collection[int], since: dt.datetime, until: dt.datetime, *, planned_only: bool = False
) -> list[Entry]:
    """What these managers have planned or done between two moments, by time. One query.

    Events of clients the reader may not read come without a word. Plans nobody can carry out, and what the program
    wrote, take nobody's time.
    """
    statuses = [EventStatus.PLANNED] if planned_only else [EventStatus.PLANNED, EventStatus.DONE]
    rows = Event.objects.by_hand().in_hand().filter(responsible__in=whose, status__in=statuses)
    rows = rows.filter(occurred_at__gte=since - LONGEST, occurred_at__lt=until)
    rows = rows.annotate(may_read=_flag(visible_q(reader, "client__")), may_do=_flag(editable_q(reader, "client__")))
    found = [_entry(event) for event in rows.select_related("client", "kind").order_by("occurred_at", "pk")]
    shown = [entry for entry in found if entry.end > since or entry.start >= since]
    _mark_clashes(shown)
    return shown


def _flag(condition: Q | None) -> Case | Value:
    return Value(True) if condition is None else Case(When(condition, then=Value(True)), default=Value(False))


def _entry(event: Event) -> Entry:
    may_read: bool = event.may_read  # type: ignore[attr-defined]
    is_planned = event.status == EventStatus.PLANNED
    return Entry(
        pk=event.pk,
        responsible_id=event.responsible_id,
        start=event.occurred_at,
        end=end_of(event),
        is_fixed=event.ends_at is not None,
        is_done=not is_planned,
        event=event if may_read else None,
        changed_at=event.updated_at,
        may_move=is_planned and event.may_do,  # type: ignore[attr-defined]
    )


def _mark_clashes(found: Iterable[Entry]) -> None:
    """Plans of one person that cannot both be kept. What is done is done."""
    by_person: dict[int, list[Entry]] = defaultdict(list)
    for entry in found:
        if not entry.is_done:
            by_person[entry.responsible_id].append(entry)
    for plans in by_person.values():
        for place in clashing([entry.stretch for entry in plans]):
            plans[place].clashes = True


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Who does not work when, in words to show: the company's holidays, and for each manager his absences."""

    holidays: dict[dt.date, str] = field(default_factory=dict)
    away: dict[tuple[int, dt.date], str] = field(default_factory=dict)

    def of(self, manager: int, day: dt.date) -> str:
        """Why this manager does not work on a day; "" when neither a holiday nor an absence says so."""
        return self.away.get((manager, day)) or self.holidays.get(day, "")


def days_off(reader: Manager, whose: Collection[int], first: dt.date, last: dt.date) -> DaysOff:
    """Holidays, and the absences of these managers, from ``first`` to ``last``. Why a colleague is away is told only to
    those who may see his absence. Two queries."""
    holidays = dict(Holiday.objects.filter(date__gte=first, date__lte=last).values_list("date", "name"))
    told = Exists(Absence.objects.visible_to(reader).filter(pk=OuterRef("pk")))
    rows = Absence.objects.approved().filter(manager__in=whose, starts_on__lte=last, ends_on__gte=first)
    away = {}
    for absence in rows.annotate(is_told=told):
        words = absence.get_kind_display() if absence.is_told else AWAY  # type: ignore[attr-defined]
        for day in days_between(max(absence.starts_on, first), min(absence.ends_on, last)):
            away[absence.manager_id, day] = str(words)
    return DaysOff(holidays, away)
