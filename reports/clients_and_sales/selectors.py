"""What the report on clients and sales shows. Its queries do not grow with clients, sales or managers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property, partial
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from clients.models import Client, OwnershipPeriod
from interactions.models import SalesPlan
from reports.clients_and_sales import words
from reports.clients_and_sales.figures import FIGURES, lost
from reports.clients_and_sales.filters import NONE, ClientsAndSalesFilter
from reports.exchange_health.figures import FIGURES as EXCHANGE
from reports.flows.keeping import What
from reports.flows.reading import LOST, ORIGIN, WHOSE, Told, answers, by_each, by_part
from reports.frame.comparing import THEN, before
from reports.frame.figures import Number, number_of_rows, summed, tally
from reports.frame.groupings import Tally, tally_each
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Line, Picture, Result, Table
from reports.frame.tree import Tree, tree
from reports.kept import reading as kept
from reports.rules import charts
from reports.rules.comparing import is_few
from reports.rules.periods import Period, parts
from reports.rules.plans import due, months, months_by_share, of_share
from reports.rules.shares import mean, percent

Numbers = Mapping[str, Number]
#: What is said of each source, region and month.
_SHORT = ("new", "taken", "lost", "won_new", "won_new_sum", "won", "won_sum")
_OF_CLIENTS = ("new", "taken", "lost", "archived")
#: There are many tables, and two of them by department: with more departments than this the lower levels are left out.
_DEPARTMENTS_SHOWN = 12
#: So many lines a page shows of each of those two, and of sources and of regions, until all are asked for; of numbers
#: with changes half as many.
_LINES_SHOWN, _ORIGINS_SHOWN = 8, 5
#: What was won from existing clients is not asked for: it is the rest.
_OF_SALES = ("won_new", "won_new_sum", "won", "won_sum", "priced")


class Counted(NamedTuple):
    """The figures of a period; what was lost also by its reason. ``by_day``: of whole parts under their first days."""

    by_whose: Tally
    by_day: Tally
    by_origin: Tally
    by_reason: Tally


#: How the figures are told of what flowed.
_TOLD = {
    "new": Told([What.NEW]),
    "taken": Told([What.TAKEN]),
    "lost": LOST,
    "won": Told([What.WON]),
    "won_sum": Told([What.WON], is_money=True),
    "won_new": Told([What.WON_NEW]),
    "won_new_sum": Told([What.WON_NEW], is_money=True),
    "priced": Told([What.PRICED]),
}


def counted(scope: Scope) -> Counted:
    """Of the whole company what is added up already; of some clients or managers their rows."""
    return _told(scope) if scope.manager_ids is None and answers(scope) else _found(scope)


def _told(scope: Scope) -> Counted:
    by_whose, by_origin = by_each(FIGURES, _TOLD, scope, [WHOSE, ORIGIN])
    starts = {part.since for part in chain(months(scope.period), parts(scope.period))}
    by_first_day, by_reason = by_part(_TOLD, scope, sorted(starts))
    # Of most who were lost somebody holds the client again.
    away = lost(scope).filter(Exists(Client.objects.filter(pk=OuterRef("client"), manager=None)))
    still_away = dict(away.values("reason").annotate(number=number_of_rows()).values_list("reason", "number"))
    for reason, numbers in by_reason.items():
        numbers["back"] = numbers["lost"] - still_away.get(reason, 0)
    return Counted(by_whose, by_first_day, by_origin, by_reason)


def _archived(scope: Scope) -> Tally:
    if answers(scope):
        return kept.tally({"archived": EXCHANGE["archived"]}, scope)
    return tally(FIGURES, scope, keys=("archived",))


def _found(scope: Scope) -> Counted:
    """One query for each set of rows on PostgreSQL: the sets are large, and each is found once."""
    groupings: list[tuple[str, ...]] = [("whose",), ("day",), ("client__source", "client__region")]
    others = tally_each(FIGURES, scope, groupings, ("new", "taken", *_OF_SALES))
    *lost, by_reason = tally_each(FIGURES, scope, [*groupings, ("reason",)], ("lost", "back"))
    by_whose, by_day, by_origin = (_together(*both) for both in zip(others, lost, strict=True))
    return Counted(by_whose, by_day, by_origin, by_reason)


def _together(*tallies: Tally) -> Tally:
    """Different figures of the same places."""
    found: Tally = defaultdict(dict)
    for each in tallies:
        for place, numbers in each.items():
            found[place].update(numbers)
    return found


def _as_then(tallies: Iterable[Tally]) -> list[Tally]:
    """The figures of the period it is compared with, under their own names."""
    return [
        {place: {f"{THEN}{key}": number for key, number in numbers.items()} for place, numbers in each.items()}
        for each in tallies
    ]


class ClientsAndSales:
    """The report for the reader and the filters of ``ask``."""

    def __init__(self, ask: Ask) -> None:
        self.ask, self.scope = ask, ask.scope
        self.filterset: ClientsAndSalesFilter = ask.filterset

    def result(self) -> Result:
        clients, sales = self._tree(_OF_CLIENTS, self._of_clients), self._sales()
        losses = self._losses()
        total = {**clients.total.cells, **sales.total.cells}
        return Result(
            scope=self.scope,
            headline=words.headline(total, self.scope.period),
            remarks=words.remarks(total, losses.lines),
            tiles=words.tiles(total),
            pictures=self._pictures(),
            tables=[
                self._table("clients", _("New and lost clients"), words.CLIENTS, clients),
                self._table("sales", _("Sales to new and to existing clients"), words.SALES, sales),
                losses,
                self._origin("sources", _("By source of the client"), "source", self.filterset.sources),
                self._origin("regions", _("By region of the client"), "region", self.filterset.regions),
                self._months(),
            ],
            compared=self.filterset.compared,
            folded=clients.folded,
        )

    def _most(self, lines: int) -> int:
        return lines // 2 if self.ask.compared else lines

    def _line(self, kind: str, name: Any, cells: Mapping[str, Cell], query: str = "", key: str = "") -> Line:
        return Line(kind, name, cells, query=f"{self.filterset.scope}{query}", key=key)

    def _cells(self, sums: Numbers, keys: Iterable[str], query: str = "") -> dict[str, Cell]:
        then = before(sums) if self.ask.compared else None
        return {
            key: Cell(sums.get(key, 0), key, query, then=None if then is None else then.get(key, 0)) for key in keys
        }

    def _then(self, value: Callable[[Numbers], Any], sums: Numbers) -> Any:
        """A value of the period it is compared with."""
        return value(before(sums)) if self.ask.compared else None

    @cached_property
    def _counted(self) -> "Counted":
        """What is shown, and what it is compared with."""
        now = counted(self.scope)
        if not self.ask.compared:
            return now
        return Counted(*(_together(*both) for both in zip(now, _as_then(counted(self.ask.compared)), strict=True)))

    # --- by department and manager ------------------------------------------------------------------------------------
    @cached_property
    def _by_manager(self) -> dict[Any, dict[str, Number]]:
        numbers = _together(self._counted.by_whose, _archived(self.scope))
        if self.ask.compared:
            numbers = _together(numbers, *_as_then([_archived(self.ask.compared)]))
        for prefix, scope in (("", self.scope), (THEN, self.ask.compared)):
            # Who has no plan has no such number: his is not nought, nobody has set it.
            for whose, amount in (self._plans(scope.period) if scope else {}).items():
                numbers.setdefault(whose, {})[f"{prefix}plan"] = amount
        return numbers

    def _tree(self, keys: Collection[str], cells: Callable[[Numbers], Mapping[str, Cell]]) -> Tree:
        """Of these figures alone: who won nothing and planned nothing has no line among the sales."""
        numbers = {
            whose: {key: number for key, number in found.items() if key.removeprefix(THEN) in keys}
            for whose, found in self._by_manager.items()
        }
        return tree(self.filterset, numbers, cells, sort=self.ask.sort, departments=_DEPARTMENTS_SHOWN)

    def _sales(self) -> Tree:
        found, month = self._tree({*_OF_SALES, "plan"}, self._of_sales), self.scope.period.since
        lines = [self._to_plans(line, month) for line in found.lines]
        return replace(found, lines=lines, total=self._to_plans(found.total, month))

    def _to_plans(self, line: Line, month: dt.date) -> Line:
        """Its plan leads to where it is set."""
        plan = line.cells["plan"]
        url = self.filterset.plans_url(month, line) if plan.value else ""
        return replace(line, cells={**line.cells, "plan": replace(plan, url=url)})

    def _table(self, key: str, title: Any, columns: Any, found: Tree) -> Table:
        note = words.NOTES[key]
        return Table(
            key, title, columns, found.lines, found.total, note=note, empty=words.NOTHING, most=self._most(_LINES_SHOWN)
        )

    def _of_clients(self, sums: Numbers) -> dict[str, Cell]:
        return self._cells(sums, _OF_CLIENTS) | self._balance(sums)

    def _balance(self, sums: Numbers) -> dict[str, Cell]:
        value = _balance(sums)
        return {"balance": Cell(value, then=self._then(_balance, sums), tone="bad" if value < 0 else "")}

    def _of_sales(self, sums: Numbers) -> dict[str, Cell]:
        cells = self._cells(sums, ("won_new", "won_new_sum", "won_sum"))
        for key, what in (("won_old", ""), ("won_old_sum", "_sum")):
            cells[key] = Cell(_rest(sums, what), key, then=self._then(partial(_rest, what=what), sums))
        plan, priced = sums.get("plan"), int(sums.get("priced", 0))
        return cells | {
            "average": Cell(_average(sums), then=self._then(_average, sums), few=bool(priced) and is_few(priced)),
            "plan": Cell(plan, then=sums.get(f"{THEN}plan")),
            "done": Cell(_done(sums), then=self._then(_done, sums)),
        }

    # --- plans --------------------------------------------------------------------------------------------------------
    def _plan_rows(self, wanted: Iterable[dt.date]) -> QuerySet[SalesPlan]:
        """The plans of some months; none where the report is about some clients only."""
        rows = SalesPlan.objects.order_by().filter(month__in=wanted)
        return rows.none() if self.filterset.has_clients_chosen else self.scope.of_ours(rows, "manager_id")

    def _plans(self, period: Period) -> dict[int, Decimal]:
        """What each manager is to win in the period: of the months at its ends a part, by days. One query."""
        shares = months_by_share(period)
        sums = {f"n_{place}": Sum("amount", filter=Q(month__in=found)) for place, found in enumerate(shares.values())}
        rows: Any = self._plan_rows(chain(*shares.values())).values("manager_id").annotate(**sums)
        return {
            row["manager_id"]: sum(
                (of_share(row[key] or Decimal(), share) for key, share in zip(sums, shares, strict=True)), Decimal()
            )
            for row in rows
        }

    @cached_property
    def _plans_by_month(self) -> dict[dt.date, Decimal]:
        wanted = [part.since.replace(day=1) for part in months(self.scope.period)]
        return dict(self._plan_rows(wanted).values_list("month").annotate(planned=Sum("amount")))

    # --- why clients were lost ----------------------------------------------------------------------------------------
    def _losses(self) -> Table:
        numbers = self._counted.by_reason
        everything = summed(numbers.values())

        def cells(found: Numbers, query: str = "") -> dict[str, Cell]:
            share = Cell(percent(found.get("lost", 0), everything.get("lost", 0)))
            return self._cells(found, ("lost", "back"), query) | {"share": share}

        return Table(
            key="losses",
            title=_("Why clients were lost"),
            columns=words.LOSSES,
            lines=[
                self._line(
                    "reason",
                    OwnershipPeriod.Lost(reason).label,
                    cells(numbers[reason], f"reason={reason}&"),
                    key=reason,
                )
                for reason in sorted(numbers, key=lambda reason: -numbers[reason].get("lost", 0))
            ],
            total=self._line("total", "", cells(everything)) if numbers else None,
            name_label=_("Reason"),
            empty=_("No client was lost."),
        )

    # --- where they came from -----------------------------------------------------------------------------------------
    def _origin(self, key: str, title: Any, name: str, entries: Mapping[int, str]) -> Table:
        found = _added_by(("source", "region").index(name), self._counted.by_origin)
        return Table(
            key=key,
            title=title,
            columns=words.ORIGINS,
            lines=[
                self._line(
                    name,
                    entries[entry] if entry else _("not said"),
                    self._of_origin(found[entry]),
                    f"{name}={entry or NONE}&",
                    str(entry or NONE),
                )
                for entry in (*entries, None)
                if any(found.get(entry, {}).values())
            ],
            total=self._line("total", "", self._of_origin(summed(found.values()))),
            name_label=words.ORIGIN_NAMES[name],
            empty=words.NOTHING,
            most=self._most(_ORIGINS_SHOWN),
        )

    def _of_origin(self, sums: Numbers) -> dict[str, Cell]:
        return self._cells(sums, _SHORT) | self._balance(sums)

    # --- month by month -----------------------------------------------------------------------------------------------
    def _in(self, part: Period) -> dict[str, Number]:
        return summed(found for day, found in self._counted.by_day.items() if day in part)

    def _months(self) -> Table:
        lines = [self._month(part) for part in months(self.scope.period)]
        return Table("months", _("Month by month"), words.MONTHS, lines, name_label=_("Month"), empty=words.NOTHING)

    def _month(self, part: Period) -> Line:
        sums, plan = self._in(part), due(self._plans_by_month, part)
        balance = _balance(sums)
        cells = {key: Cell(sums.get(key, 0), key) for key in _SHORT} | {
            "balance": Cell(balance, tone="bad" if balance < 0 else ""),
            "plan": Cell(plan),
            "done": Cell(_done({**sums, "plan": plan or 0})),
        }
        query = f"{self.filterset.scope_without_days}since={part.since}&until={part.until}&"
        line = Line("month", words.month(part.since), cells, query=query, key=f"{part.since:%Y-%m}")
        return self._to_plans(line, part.since)

    # --- pictures -----------------------------------------------------------------------------------------------------
    def _pictures(self) -> list[Picture]:
        pieces = parts(self.scope.period)
        sums = [self._in(piece) for piece in pieces]
        starts = [piece.since for piece in pieces]
        goals = [due(self._plans_by_month, piece) for piece in pieces]

        def series(key: str, label: Any, value: Callable[[Numbers], Number], tone: str) -> charts.Series:
            return charts.Series(key, str(label), [float(value(each)) for each in sums], tone)

        movement = charts.columns(
            starts,
            [
                series("new", _("New clients"), lambda each: each.get("new", 0), "accent"),
                series("lost", _("Lost to the exchange"), lambda each: each.get("lost", 0), "exchange"),
            ],
        )
        sales = charts.columns(
            starts,
            [
                series("old", _("To existing clients"), partial(_rest, what="_sum"), "accent"),
                series("new", _("To new clients"), lambda each: each.get("won_new_sum", 0), "2"),
            ],
            stacked=True,
            target=[None if goal is None else float(goal) for goal in goals],
            unit="money",
        )
        total = summed(sums)
        drawn = (
            ("movement", _("New and lost clients"), movement, words.moved(total)),
            ("sales", _("Sales to new and to existing clients"), sales, words.sold(total)),
        )
        return [
            Picture(key, title, "reports/charts/columns.html", chart, description)
            for key, title, chart, description in drawn
            if chart
        ]


def _rest(sums: Numbers, what: str = "") -> Number:
    """What was won, less what was won from new clients."""
    return sums.get(f"won{what}", 0) - sums.get(f"won_new{what}", 0)


def _balance(sums: Numbers) -> Number:
    """By how many clients there were more in hand."""
    return sums.get("new", 0) + sums.get("taken", 0) - sums.get("lost", 0)


def _average(sums: Numbers) -> float | Decimal | None:
    """What one of the sales with a sum comes to."""
    return mean(sums.get("won_sum", 0), int(sums.get("priced", 0)))


def _done(sums: Numbers) -> float | None:
    """How much of the plan was won, in per cent."""
    return percent(sums.get("won_sum", 0), sums.get("plan", 0))


def _added_by(place: int, numbers: Mapping[Any, Numbers]) -> dict[Any, dict[str, Number]]:
    """Figures by several columns, added up by one of them."""
    found: dict[Any, list[Numbers]] = defaultdict(list)
    for keys, each in numbers.items():
        found[keys[place]].append(each)
    return {key: summed(each) for key, each in found.items()}
