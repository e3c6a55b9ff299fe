"""What is known of each manager in the period, in the one before and a year ago, and what is usual among them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

from django.db.models import Case, IntegerField, Value, When

from clients.models import OwnershipPeriod, Role
from clients.working_days import working_days
from reports.comparison.figures import FIGURES
from reports.comparison.filters import ComparisonFilter
from reports.comparison.holding import holding
from reports.comparison.indicators import DAYS, HELD, Indicator
from reports.flows.keeping import What
from reports.flows.reading import Told, by_whose
from reports.frame.figures import Figure, Number, tally
from reports.frame.scope import Scope
from reports.points.figures import earned
from reports.rules import comparing, periods
from reports.rules.periods import Period
from reports.zone_dynamics.states import first_night

NOW, BEFORE, YEAR_AGO = "now", "before", "year_ago"

#: Figures of done events, added up as they are written; and those of owners, read with the days they held clients.
_OF_EVENTS, _OF_OWNERS = {"contacts", "done", "points"}, {"came", "went", "found"}
#: Figures told of what flowed.
_TOLD = {
    "closed": Told([What.WON, What.FAILED]),
    "won": Told([What.WON]),
    "won_sum": Told([What.WON], is_money=True),
    "left_alone": Told([f"{What.LOST}{OwnershipPeriod.Lost.IDLE}"]),
}

Numbers = Mapping[str, Number]


@dataclass(frozen=True)
class Comparison:
    """Managers beside each other.

    Attributes:
        numbers: by manager, "now.contacts" → how many; only of managers who held clients then or did anything.
        known: of which of the three periods anything is known.
        over: the three periods.
        first_night: None: there was none.
        sellers: who is held against whom: salespeople. The days of heads and directors go to other work.
    """

    numbers: Mapping[int | None, Numbers]
    known: frozenset[str]
    over: Mapping[str, Period]
    first_night: dt.date | None
    sellers: frozenset[int]

    def showing(self, indicator: Indicator, numbers: Numbers, when: str = NOW) -> comparing.Showing:
        """What one or several managers showed, by their added figures."""
        return indicator.showing(numbers, f"{when}.")

    def rate(self, indicator: Indicator, numbers: Numbers, when: str = NOW) -> float | None:
        """None where nothing is known, or where they had nothing to do it with."""
        return comparing.rate(self.showing(indicator, numbers, when)) if self.knows(indicator, when) else None

    def knows(self, indicator: Indicator, when: str) -> bool:
        """Whether anything can be said of a period at all: of what nights do, nothing is known before the first one."""
        if indicator.is_of_nights and (self.first_night is None or self.over[when].since < self.first_night):
            return False
        return when in self.known

    def field(self, indicator: Indicator, when: str = NOW) -> comparing.Field:
        """All salespeople in one respect."""
        asked = indicator.key, self.over[when]  # the period before a year is that of a year ago
        if asked not in self._fields:
            shown = self.shown(indicator, when).values()
            self._fields[asked] = comparing.field([*shown], of_cases=indicator.is_of_cases, good=indicator.good)
        return self._fields[asked]

    def shown(self, indicator: Indicator, when: str = NOW) -> Mapping[int, comparing.Showing]:
        """What each salesperson of whom anything is known showed; nothing where nothing can be said of the period."""
        asked = indicator.key, when
        if asked not in self._shown:
            compared = self.sellers & self.numbers.keys() if self.knows(indicator, when) else ()
            self._shown[asked] = {key: self.showing(indicator, self.numbers[key], when) for key in compared}
        return self._shown[asked]

    def field_of(self, managers: Iterable[int], indicator: Indicator, when: str = NOW) -> comparing.Field:
        """The salespeople among these in one respect."""
        shown = self.shown(indicator, when)
        showings = [shown[key] for key in managers if key in shown]
        return comparing.field(showings, of_cases=indicator.is_of_cases, good=indicator.good)

    @cached_property
    def _shown(self) -> dict[tuple[str, str], Mapping[int, comparing.Showing]]:
        return {}

    @cached_property
    def _fields(self) -> dict[tuple[str, Period], comparing.Field]:
        return {}


def compare(filterset: ComparisonFilter) -> Comparison:
    """The figures of all who are compared, over the three periods. Its queries grow with the figures that were chosen,
    and with nothing else."""
    scope, keys = filterset.asked_of_peers, [each.pk for each in filterset.peers]
    days = filterset.days
    over = {NOW: days, BEFORE: periods.previous(days), YEAR_AGO: periods.year_ago(days)}
    figures = set[str]().union(*(each.keys for each in filterset.respects))
    different = list(dict.fromkeys(over.values()))
    of_period = {
        period: _numbers(scope.of(period), figures, keys, [*sources], is_now=period == days)
        for period, *sources in zip(different, holding(scope, different), _done(scope, different, figures), strict=True)
    }
    found: dict[int | None, dict[str, Number]] = defaultdict(dict)
    known = {NOW}
    for when, period in over.items():
        for key, numbers in of_period[period].items():
            if DAYS in numbers:
                known.add(when)
            for name, value in numbers.items():
                found[key][f"{when}.{name}"] = value
    sellers = frozenset(each.pk for each in filterset.peers if each.role == Role.SALESPERSON)
    return Comparison(dict(found), frozenset(known), over, first_night(), sellers)


def _done(scope: Scope, over: Sequence[Period], figures: set[str]) -> Iterable[Mapping[int, Numbers]]:
    """For each of the periods: what is told of done events, if anything is asked of them."""
    if figures & _OF_EVENTS:
        return earned(scope, over, with_points="points" in figures)
    return repeat({}, len(over))


def _numbers(
    scope: Scope, figures: set[str], keys: Iterable[int], sources: list[Mapping[int, Numbers]], *, is_now: bool
) -> dict[int, dict[str, Number]]:
    """Of a period, by manager: the figures, what he held (now also what came and went), and, of who did or held
    anything, his working days.

    Args:
        sources: what is known already.
    """
    if told := {key: each for key, each in _TOLD.items() if key in figures}:
        sources.append(by_whose(FIGURES, told, scope))
    if others := figures - _OF_EVENTS - _OF_OWNERS - _TOLD.keys():
        sources.append(tally(FIGURES, scope, keys=sorted(others)))
    worked = working_days(keys, scope.period.since, scope.period.until)
    telling = figures | {HELD}
    wanted = telling | {"came", "went"} if is_now else telling
    found = {}
    for key in keys:
        known = (source[key] for source in sources if key in source)
        numbers: dict[str, Number] = {name: value for each in known for name, value in each.items() if name in wanted}
        if any(numbers.get(name) for name in telling):
            numbers[DAYS] = len(worked[key])
        if any(numbers.values()):
            found[key] = numbers
    return found


def trends(scope: Scope, keys: list[int], indicator: Indicator) -> dict[int, list[float | None]]:
    """By manager: the indicator over the parts of the period, the oldest first."""
    parts = comparing.slices(scope.period)
    figures = {key: _in_parts(FIGURES[key], indicator.day, parts) for key in sorted(indicator.keys)}
    counted = tally(figures, scope, "whose", "part")
    held = holding(scope, parts) if indicator.base == HELD else []
    worked = working_days(keys, scope.period.since, scope.period.until)
    return {
        key: [
            comparing.rate(
                indicator.showing(
                    {
                        **counted.get((key, index), {}),
                        HELD: held[index].get(key, {}).get(HELD, 0) if held else 0,
                        DAYS: sum(day in part for day in worked[key]),
                    }
                )
            )
            for index, part in enumerate(parts)
        ]
        for key in keys
    }


def _in_parts(figure: Figure, day: str, parts: list[Period]) -> Figure:
    """The figure with the part of the period each of its rows lies in."""
    part = Case(
        *(When(**{f"{day}__range": (each.since, each.until)}, then=Value(index)) for index, each in enumerate(parts)),
        output_field=IntegerField(),
    )
    return Figure(figure.label, lambda scope: figure.rows(scope).annotate(part=part), figure.condition, figure.sum_of)
