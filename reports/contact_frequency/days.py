"""The arithmetic of the regulations (``interactions.rules.regulations``) as SQL, so that the database counts clients by
it. Days are numbers, as ``date.toordinal`` has them; stretches of days include both ends."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import Case, DateField, F, Func, IntegerField, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from clients import rulebook
from clients.models import Absence, Holiday
from clients.rules.freezing import days_between, holiday_rows
from interactions.rules.regulations import PARTS, Regulation
from reports.rules.periods import ONE_DAY

#: Holidays are read from so many days around: whether a row that sticks out is long enough is decided right.
_AROUND = dt.timedelta(days=45)

Number = Any
Numbers = tuple[Number, Number]


class DayNumber(Func):
    """A date as a number."""

    output_field = IntegerField()
    arity = 1
    template = "(%(expressions)s - DATE '0001-01-01' + 1)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) - 1721424.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


def overlap(*stretches: Numbers) -> Number:
    """How many days lie in all of these stretches."""
    firsts, lasts = [first for first, _last in stretches], [last for _first, last in stretches]
    first = Greatest(*firsts, output_field=IntegerField()) if len(firsts) > 1 else firsts[0]
    last = Least(*lasts, output_field=IntegerField()) if len(lasts) > 1 else lasts[0]
    return Greatest(Value(0), last - first + 1, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Calendar:
    """On which days nobody is asked for anything.

    Attributes:
        holidays: rows of holidays that stop the clocks, first and last day as numbers.
        absences: those that may matter; None: absences stop no clocks, or there are none.
    """

    holidays: Sequence[tuple[int, int]]
    absences: Any

    @classmethod
    def of(cls, first: dt.date, last: dt.date, rules: Any) -> Self:
        """Of these days, as the rules are set. Two queries at most."""
        minimum = rules[rulebook.FREEZE_HOLIDAYS]
        rows: list[tuple[dt.date, dt.date]] = []
        if minimum is not None:
            dates = Holiday.objects.filter(date__gt=first - _AROUND, date__lt=last + _AROUND).order_by()
            rows = holiday_rows(dates.values_list("date", flat=True), minimum)
        away = Absence.objects.approved().filter(starts_on__lte=last, ends_on__gte=first).order_by()
        counts = rules[rulebook.FREEZE_ABSENCES] is not None and away.exists()
        holidays = [(start.toordinal(), end.toordinal()) for start, end in rows if start <= last and end >= first]
        return cls(holidays, away if counts else None)

    def asking_days(self, first: str, last: str) -> Number:
        """How many of the days between two annotations (numbers of days) ask for something of ``manager``, a column of
        the same rows."""
        rows = [(Value(start), Value(end)) for start, end in self.holidays]
        days: Number = overlap((F(first), F(last)))
        for row in rows:
            days = days - overlap((F(first), F(last)), row)
        if self.absences is None:
            return days
        held, away = (OuterRef(first), OuterRef(last)), (DayNumber("starts_on"), DayNumber("ends_on"))
        excused: Number = overlap(held, away)
        for row in rows:  # a holiday of somebody who is away counts once
            excused = excused - overlap(held, away, row)
        total = self.absences.filter(manager=OuterRef("manager")).values("manager").annotate(total=Sum(excused))
        return days - Coalesce(Subquery(total.values("total"), output_field=IntegerField()), Value(0))


@dataclass(frozen=True, slots=True)
class LastDays:
    """Since which day a client has been left alone for so many days that ask for something. For all managers who were
    not away it is the same day, so that the database need not count the days of each client.

    Attributes:
        first: nobody looks farther back.
        holidays: the days of rows of holidays that stop the clocks.
        away: by manager, the days of his absences.
    """

    first: dt.date
    holidays: frozenset[dt.date]
    away: Mapping[int, frozenset[dt.date]]

    @classmethod
    def of(cls, first: dt.date, ends: Sequence[dt.date], longest: int, rules: Any) -> Self:
        """As the rules are set, for days that end on one of ``ends``, ``longest`` of them at most. Three queries at
        most."""
        calendar, last = Calendar.of(first, max(ends), rules), max(ends)
        holidays = (day for row in calendar.holidays for day in range(max(row[0], first.toordinal()), row[1] + 1))
        found = cls(first, frozenset(map(dt.date.fromordinal, holidays)), {})
        if calendar.absences is None:
            return found
        # Whose absences were over before that day is as who had none.
        lately = calendar.absences.filter(ends_on__gt=found._before(longest, min(ends), found.holidays))
        absences = calendar.absences.filter(manager__in=lately.values("manager"))
        away: dict[int, set[dt.date]] = defaultdict(set)
        for manager, starts_on, ends_on in absences.values_list("manager", "starts_on", "ends_on"):
            away[manager].update(days_between(max(starts_on, first), min(ends_on, last)))
        return replace(found, away={manager: frozenset(days) for manager, days in away.items()})

    def before(self, number: int, last: dt.date) -> Any:
        """The latest day after which, until ``last``, so many days ask; by ``manager``, a column of the same rows."""
        usual = self._before(number, last, self.holidays)
        managers: dict[dt.date, list[int]] = defaultdict(list)
        for manager, days in self.away.items():
            if any(usual < day <= last for day in days):
                managers[self._before(number, last, self.holidays | days)].append(manager)
        everybodys = Value(usual, output_field=DateField())
        if not managers:
            return everybodys
        theirs = [When(manager__in=keys, then=Value(day)) for day, keys in managers.items()]
        # Whoever was not away is told at once.
        some = Q(manager__in=[key for keys in managers.values() for key in keys])
        exceptions = Case(*theirs, output_field=DateField())
        return Case(When(some, then=exceptions), default=everybodys, output_field=DateField())

    def _before(self, number: int, last: dt.date, off: frozenset[dt.date]) -> dt.date:
        day = last
        while day > self.first:
            number -= day not in off
            day -= ONE_DAY
            if not number:
                return day
        return dt.date.min


#: Whom a regulation for everybody means. A condition that reads no column: an index may be enough.
ANYBODY = ~Q(pk__in=[])


def ruled_q(regulation: Regulation, prefix: str = "") -> Q:
    """Which clients of which managers are meant; ``prefix``: the way to the client, "client__"."""
    condition = Q()
    if regulation.category:
        condition &= Q(**{f"{prefix}category": regulation.category})
    if regulation.departments:
        path = "/" + "".join(f"{department}/" for department in regulation.departments)
        condition &= Q(manager__department__path__startswith=path)
    return condition


def by_regulation(regulations: Sequence[Regulation], value: Any, prefix: str = "") -> Case:
    """``value(regulation)``, an expression, of the one that rules: the first that means the client; null where none
    does.

    Args:
        regulations: the most specific first.
    """
    ruled = [When(ruled_q(each, prefix) or ANYBODY, then=value(each)) for each in regulations]
    return Case(*ruled, default=Value(None), output_field=IntegerField())


def contacts(parts: Number) -> Number:
    """Added parts as whole contacts, a half rounded up."""
    return (parts * 2 + PARTS) / (2 * PARTS)
