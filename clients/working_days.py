"""Which days are expected of whom: what he did is held against them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import BigIntegerField, DateField, Q, QuerySet, Value

from clients.models import Absence, Holiday, Manager, ManagerSchedule
from clients.rules.calendars import Worked, planned_days, worked
from clients.rules.freezing import days_between
from clients.rules.since import Changes
from crm.web.prepared import Param, Params, Prepared

#: So many people are asked for by name; of more everybody is read: naming them costs more.
_NAMED = 200


def working_days(managers: Iterable[Manager | int], first: dt.date, last: dt.date) -> dict[int, Worked]:
    """The working days of these managers (or of those with these ids) from ``first`` to ``last``, both included: the
    weekdays of the schedule each had at the time, without holidays and his approved absences, from the day he came to
    the day he left. Three queries."""
    keys = {each if isinstance(each, int) else each.pk for each in managers}
    if not keys or last < first:
        return dict.fromkeys(keys, Worked())
    holidays, away = _days_off(keys, first, last)
    planned = {key: days - holidays for key, days in _planned_days(keys, first, last).items()}
    people = _these(people=sorted(keys)) if len(keys) <= _NAMED else _everybody()
    # Of who is gone, nobody knows since when, nothing is expected.
    found = dict.fromkeys(keys, Worked())
    for key, begins, ends in people:
        if key in keys:
            here = begins if begins and begins > first else None
            gone = ends if ends and ends < last else None
            off = away.get(key, ())
            found[key] = worked(planned.get(key, planned[None]), off, works_from=here, works_until=gone)
    return found


def _planned_days(keys: set[int], first: dt.date, last: dt.date) -> dict[int | None, frozenset[dt.date]]:
    """By manager who has, or had, a schedule of his own; None: of everybody else. One query."""
    changes: dict[int | None, list[tuple[dt.date, str | None]]] = defaultdict(list)
    for manager, since, weekdays in _schedules(last=last):
        if manager is None or manager in keys:
            changes[manager].append((since, weekdays))
    everybodys = Changes(changes.pop(None, ()))
    found = {key: planned_days(first, last, Changes(own), everybodys) for key, own in changes.items()}
    return {None: planned_days(first, last, Changes(), everybodys), **found}


def _days_off(
    keys: set[int], first: dt.date, last: dt.date
) -> tuple[frozenset[dt.date], Mapping[int | None, set[dt.date]]]:
    """Holidays, and by manager the days of his approved absences. One query."""
    away: dict[int | None, set[dt.date]] = defaultdict(set)
    for manager, begins, ends in _stretches(first=first, last=last):
        if manager is None or manager in keys:
            away[manager].update(days_between(max(begins, first), min(ends, last)))
    return frozenset(away.pop(None, ())), away


# --- what is read, put into words once --------------------------------------------------------------------------------
_FIRST, _LAST = Param("first", DateField()), Param("last", DateField())


def _people() -> QuerySet:
    people = Manager.objects.filter(Q(is_active=True) | Q(works_until__isnull=False))
    return people.order_by().values_list("pk", "works_from", "works_until")


def _days_away() -> QuerySet:
    holidays = Holiday.objects.order_by().filter(date__gte=_FIRST, date__lte=_LAST)
    absences = Absence.objects.order_by().approved().filter(starts_on__lte=_LAST, ends_on__gte=_FIRST)
    nobody = Value(None, output_field=BigIntegerField())
    return holidays.values_list(nobody, "date", "date").union(
        absences.values_list("manager", "starts_on", "ends_on"), all=True
    )


_everybody = Prepared(_people)
_these = Prepared(lambda: _people().filter(pk__in=Params("people")))
_schedules = Prepared(
    lambda: ManagerSchedule.objects.filter(since__lte=_LAST).values_list("manager", "since", "schedule__weekdays")
)
_stretches = Prepared(_days_away)
