"""Reading from the database on which days whose clocks stand still (the rule itself: ``rules.freezing``)."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, F, Value

from clients import rulebook
from clients.models import Absence, Holiday
from clients.rules.freezing import Frozen, days_between, frozen_days, holiday_rows

#: Holidays are read from so many days before the first clock date on: whether a row that began earlier is long enough
#: is decided right, as long as no company may ask for rows longer than this (the rule's maximum is 30).
_BEFORE = dt.timedelta(days=45)


class FreezeBook:
    """The frozen days of every manager, as they stand in the database now."""

    def __init__(
        self,
        absences: Mapping[int, Sequence[tuple[dt.date, dt.date]]],
        holidays: Collection[dt.date],
        *,
        minimum: int | None = None,
        limit: int | None = None,
    ) -> None:
        self._absences = absences
        self._rows = [] if minimum is None else holiday_rows(holidays, minimum)
        self._limit = limit
        self._holidays = [day for first, last in self._rows for day in days_between(first, last)]
        self._nobody = Frozen.of(self._holidays, limit)
        self._found: dict[int, Frozen] = {}

    def of(self, manager_id: int | None) -> Frozen:
        """The days on which the clocks of a manager's clients stand still: the same object for the same manager."""
        if manager_id is None or manager_id not in self._absences:
            return self._nobody
        if manager_id not in self._found:
            away = frozen_days(self._absences[manager_id], (), minimum=None, limit=None)
            days = sorted({*away.days, *self._nobody.days})
            self._found[manager_id] = Frozen(tuple(days), self._limit)
        return self._found[manager_id]

    def absences_of(self, manager_id: int | None) -> Sequence[tuple[dt.date, dt.date]]:
        """First and last days of his absences that freeze."""
        return self._absences.get(manager_id, ()) if manager_id else ()

    @property
    def holiday_rows(self) -> list[tuple[dt.date, dt.date]]:
        """First and last days of the rows of holidays that freeze, ascending."""
        return self._rows


#: Nobody is ever away and nothing is celebrated.
BARE = FreezeBook({}, ())


def freeze_book(manager_ids: Collection[int] | None = None, *, after: dt.date | None = None) -> FreezeBook:
    """The frozen days of these managers (None: of all), or only those after a day. Two small queries.

    To be read after the clients were locked: then an absence approved meanwhile is either seen here, or its approval
    waits for the lock and computes the dates anew.

    Args:
        after: the earliest clock date of the clients it is read for.
    """
    rules = rulebook.load()
    minimum = rules[rulebook.FREEZE_HOLIDAYS]
    queries = []
    if rules.is_on(rulebook.FREEZE_ABSENCES):
        away = Absence.objects.approved()
        if manager_ids is not None:
            away = away.filter(manager__in=manager_ids)
        if after is not None:
            away = away.filter(ends_on__gt=after)
        queries.append(away.order_by().values_list("manager_id", "starts_on", "ends_on"))
    if minimum is not None:
        days_off = Holiday.objects.all()
        if after is not None:
            # Nobody's clock counts from the first days of the calendar; a date before them cannot be computed.
            days_off = days_off.filter(date__gt=max(after, dt.date.min + _BEFORE) - _BEFORE)
        days_off = days_off.annotate(nobody=Value(0, BigIntegerField()), until=F("date"))
        queries.append(days_off.order_by().values_list("nobody", "date", "until"))
    absences: dict[int, list[tuple[dt.date, dt.date]]] = {}
    holidays: list[dt.date] = []
    rows = queries[0].union(*queries[1:], all=True) if queries else ()
    for manager_id, first, last in rows:
        if manager_id:
            absences.setdefault(manager_id, []).append((first, last))
        else:
            holidays.append(first)
    return FreezeBook(absences, holidays, minimum=minimum, limit=rules[rulebook.FREEZE_LIMIT])


@dataclass(frozen=True, slots=True)
class DaysOff:
    """A row of holidays; ``stops``: whether it is long enough to stop the clocks."""

    first: dt.date
    last: dt.date
    names: list[str]
    stops: bool


def days_off_ahead(today: dt.date, days: int = 120) -> list[DaysOff]:
    """The rows of holidays that are under way or begin within so many days. Two queries."""
    minimum = rulebook.load()[rulebook.FREEZE_HOLIDAYS]
    known = dict(
        Holiday.objects.filter(date__gt=today - _BEFORE, date__lte=today + dt.timedelta(days=days) + _BEFORE)
        .order_by("date")
        .values_list("date", "name")
    )
    rows = []
    for first, last in holiday_rows(known, 1):
        if last >= today and first <= today + dt.timedelta(days=days):
            names = dict.fromkeys(name for day, name in known.items() if first <= day <= last)
            stops = minimum is not None and (last - first).days + 1 >= minimum
            rows.append(DaysOff(first, last, list(names), stops))
    return rows
