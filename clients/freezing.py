"""Reading from the database on which days whose clocks stand still (the rule itself: ``rules.freezing``)."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Value
from django.utils.translation import gettext as _

from clients import rulebook
from clients.models import Absence, Client, Holiday
from clients.periods import periods
from clients.rules.freezing import Frozen, days_between, holiday_rows, stretches
from clients.rules.zones import could_be_bare
from crm.web.once import once

#: Holidays are read from so many days before the first clock date on: whether a row that began earlier is long enough
#: is decided right, as long as no company may ask for rows longer than this (the rule's maximum is 30).
_BEFORE = dt.timedelta(days=45)


class Away(NamedTuple):
    """An approved absence: its days, both included, and its kind."""

    first: dt.date
    last: dt.date
    kind: str


class FreezeBook:
    """The frozen days of every manager, as they stand in the database now."""

    def __init__(
        self,
        absences: Mapping[int, Sequence[Away]],
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
            away = (day for row in self._absences[manager_id] for day in days_between(row.first, row.last))
            self._found[manager_id] = Frozen.of([*away, *self._holidays], self._limit)
        return self._found[manager_id]

    def absences_of(self, manager_id: int | None) -> Sequence[Away]:
        """His absences that freeze, the earliest first."""
        return sorted(self._absences.get(manager_id, ())) if manager_id else ()

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
    whose = None if manager_ids is None else frozenset(manager_ids)
    return once(("frozen days", whose, after), lambda: _freeze_book(whose, after))


def _freeze_book(manager_ids: Collection[int] | None, after: dt.date | None) -> FreezeBook:
    rules = rulebook.load()
    minimum = rules[rulebook.FREEZE_HOLIDAYS]
    queries: list[QuerySet[Any, Any]] = []
    if rules.is_on(rulebook.FREEZE_ABSENCES):
        away = Absence.objects.approved()
        if manager_ids is not None:
            away = away.filter(manager__in=manager_ids)
        if after is not None:
            away = away.filter(ends_on__gt=after)
        queries.append(away.order_by().values_list("manager_id", "starts_on", "ends_on", "kind"))
    if minimum is not None:
        days_off = Holiday.objects.all()
        if after is not None:
            # Nobody's clock counts from the first days of the calendar; a date before them cannot be computed.
            days_off = days_off.filter(date__gt=max(after, dt.date.min + _BEFORE) - _BEFORE)
        days_off = days_off.annotate(nobody=Value(0, BigIntegerField()), until=F("date"), kind=Value(""))
        queries.append(days_off.order_by().values_list("nobody", "date", "until", "kind"))
    absences: dict[int, list[Away]] = {}
    holidays: list[dt.date] = []
    rows = queries[0].union(*queries[1:], all=True) if queries else ()
    for manager_id, first, last, kind in rows:
        if manager_id:
            absences.setdefault(manager_id, []).append(Away(first, last, kind))
        else:
            holidays.append(first)
    return FreezeBook(absences, holidays, minimum=minimum, limit=rules[rulebook.FREEZE_LIMIT])


@dataclass(frozen=True, slots=True)
class DaysOff:
    """A row of holidays by the names of most of its days; ``stops``: whether it is long enough to stop the clocks."""

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
            names = Counter(name for day, name in known.items() if first <= day <= last)
            stops = minimum is not None and (last - first).days + 1 >= minimum
            rows.append(DaysOff(first, last, [name for name, _days in names.most_common(2)], stops))
    return rows


def away_meanwhile() -> Exists:
    """Whether a client's lead manager is away on any day on which its clock runs: to annotate clients with."""
    return Exists(
        Absence.objects.approved().filter(
            manager=OuterRef("manager"), ends_on__gt=OuterRef("clock_date"), starts_on__lte=OuterRef("detach_on")
        )
    )


@dataclass(frozen=True, slots=True)
class StandStill:
    """On which days a client's clock stood still until today, and stands still from tomorrow until it leaves: how many
    they are, and which, in words ("vacation 3–9 Aug, holidays 1–8 Jan")."""

    days: int
    words: str
    days_ahead: int
    words_ahead: str


def stand_still(client: Client, today: dt.date) -> StandStill | None:
    """When the clock of a held client stands still; None when it never does. Two queries, and none at all for a client
    read with ``away_meanwhile`` False whose dates are whole months after its clock date: nothing can have moved them.
    """
    if client.clock_date is None or client.zone_dates is None:
        return None
    if could_be_bare(client.clock_date, client.zone_dates) and not getattr(client, "away_meanwhile", True):
        return None
    # All of them: the card's regulations of contact ask the same.
    book = freeze_book([client.manager_id] if client.manager_id else [])
    counted = book.of(client.manager_id).counted_days(client.clock_date, client.zone_dates.detach_on)
    reasons = _reasons(book, client.manager_id, counted)
    past = {day: reason for day, reason in reasons.items() if day <= today}
    ahead = {day: reason for day, reason in reasons.items() if day > today}
    return StandStill(len(past), _in_words(past), len(ahead), _in_words(ahead)) if reasons else None


def _reasons(book: FreezeBook, manager_id: int | None, counted: Sequence[dt.date]) -> dict[dt.date, str]:
    """Why each of these days is frozen: an absence before a holiday, for it is the manager's own."""
    kinds = {day: row.kind for row in book.absences_of(manager_id) for day in days_between(row.first, row.last)}
    return {day: str(Absence.Kind(kinds[day]).label) if day in kinds else _("holidays") for day in counted}


def _in_words(reasons: Mapping[dt.date, str]) -> str:
    by_reason: dict[str, list[dt.date]] = {}
    for day, reason in reasons.items():
        by_reason.setdefault(reason, []).append(day)
    return ", ".join(f"{reason} {periods(stretches(days))}" for reason, days in by_reason.items())
