"""What the funnel shows. Its queries do not grow with sales, stages or managers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from interactions.models import ProcessStatus, Stage
from interactions.rules.funnel import Group, Pile, StageRow, funnel, pile_of
from interactions.selectors.funnel import groups_of, stays_of
from reports.frame.comparing import before, tally_both
from reports.frame.figures import Number, summed
from reports.frame.groupings import Tally, tally_each
from reports.frame.report import Ask
from reports.frame.scope import Scope
from reports.frame.tables import Cell, Column, Line, Picture, Result, Table
from reports.frame.tree import Tree, tree
from reports.rules import charts
from reports.rules.comparing import is_few
from reports.rules.shares import percent
from reports.sales_funnel import words
from reports.sales_funnel.figures import FIGURES, begun
from reports.sales_funnel.filters import NONE, FunnelFilter

_OF_BEGUN = ("begun", "begun_sum", "won", "won_sum", "lost")
_OF_NOW = ("now", "now_sum", "idle")
_AT_STAGES = (*_OF_NOW, "weighted")
WON, LOST, OPEN = ProcessStatus.WON, ProcessStatus.LOST, ProcessStatus.OPEN


@dataclass(frozen=True)
class Cohort:
    """The sales begun in a period: how far they got."""

    groups: list[Group]
    steps: list[StageRow]

    def pile(self, status: str = "", **facts: Any) -> Pile:
        """Those of a status (all without one) whose facts are these."""
        return pile_of(
            group
            for group in self.groups
            if status in ("", group.status) and all(getattr(group, name) == value for name, value in facts.items())
        )

    @cached_property
    def by_stage(self) -> Mapping[int, StageRow]:
        return {step.stage: step for step in self.steps}

    @property
    def of_last_won(self) -> float | None:
        """Which share of what came to the last stage was won; None where nothing did, or there are no stages."""
        return percent(self.pile(WON).count, self.steps[-1].came.count) if self.steps else None


def cohort(stages: Iterable[Stage], scope: Scope, *, with_stays: bool = True) -> Cohort:
    """Two queries, one without how long the sales stood."""
    rows = begun(scope)
    groups = groups_of(rows)
    steps = funnel([(each.pk, each.position) for each in stages], groups, stays_of(rows) if with_stays else {})
    return Cohort(groups, steps)


class Funnel:
    """The report for the reader and the filters of ``ask``."""

    def __init__(self, ask: Ask) -> None:
        self.ask, self.scope = ask, ask.scope
        self.filterset: FunnelFilter = ask.filterset
        self.stages = self.filterset.stages
        self.now = cohort(self.stages, self.scope)
        self.then = cohort(self.stages, ask.compared, with_stays=False) if ask.compared else None

    def result(self) -> Result:
        people = self._people()
        return Result(
            scope=self.scope,
            headline=words.headline(self.now, self.scope.period),
            remarks=words.remarks(self.now, self.then, {each.pk: each for each in self.stages}, self.filterset.reasons),
            tiles=words.tiles(people.total.cells),
            pictures=self._pictures(),
            tables=[self._stages(), self._losses(), self._standing(), self._table_of(people)],
            compared=self.filterset.compared,
            folded=people.folded,
        )

    def _cell(self, value: Callable[[Cohort], Any], figure: str = "", query: str = "") -> Cell:
        """A value of the cohort, beside that of the one it is compared with."""
        return Cell(value(self.now), figure, query, then=value(self.then) if self.then else None)

    def _line(self, kind: str, name: Any, cells: Mapping[str, Cell], key: str = "") -> Line:
        return Line(kind, name, cells, query=self.filterset.scope, key=key)

    # --- how far they got ---------------------------------------------------------------------------------------------
    def _stages(self) -> Table:
        lines = [self._stage(stage) for stage in self.stages]
        if any(self.now.pile(status, stage=None).count for status in (LOST, OPEN)):
            lines.append(self._line("stage", _("Without a stage"), self._left(f"at={NONE}&", stage=None), NONE))
        lines.append(self._won())
        return Table(
            key="stages",
            title=_("How far they got"),
            columns=words.STAGES,
            lines=lines if self.now.groups else [],
            total=self._line("total", "", self._came("begun", Cohort.pile) | self._left()),
            name_label=_("Stage"),
            note=words.STAGES_NOTE,
            empty=words.NOTHING_BEGUN,
        )

    def _stage(self, stage: Stage) -> Line:
        stay = self.now.by_stage[stage.pk].stay
        few = stay is not None and is_few(stay.count)
        cells = {
            **self._came("begun", lambda found: found.by_stage[stage.pk].came, f"reached={stage.pk}&"),
            "kept": self._cell(lambda found: _kept(found.by_stage[stage.pk])),
            **self._left(f"at={stage.pk}&", stage=stage.pk),
            "median": Cell(stay.median if stay else None, few=few),
            "mean": Cell(stay.mean if stay else None, few=few),
        }
        return self._line("stage", str(stage), cells, str(stage.pk))

    def _won(self) -> Line:
        cells = self._came("won", lambda found: found.pile(WON))
        cells["kept"] = self._cell(lambda found: found.of_last_won)
        return self._line("won", pgettext_lazy("sales", "Won"), cells)

    def _came(self, figure: str, of: Callable[[Cohort], Pile], query: str = "") -> dict[str, Cell]:
        return {
            "came": self._cell(lambda found: of(found).count, figure, query),
            "amount": self._cell(lambda found: of(found).amount, f"{figure}_sum", query),
            "of_all": self._cell(lambda found: percent(of(found).count, found.pile().count)),
        }

    def _left(self, query: str = "", **facts: int | None) -> dict[str, Cell]:
        """What was lost and what is open still: of all, or at one stage."""
        return {
            "lost": self._cell(lambda found: found.pile(LOST, **facts).count, "lost", query),
            "open": self._cell(lambda found: found.pile(OPEN, **facts).count, "open", query),
        }

    # --- where and why they were lost ---------------------------------------------------------------------------------
    def _losses(self) -> Table:
        """Reasons against stages."""
        counts = {reason: self.now.pile(LOST, reason=reason).count for reason in {g.reason for g in self.now.groups}}
        reasons = sorted((key for key, n in counts.items() if n), key=lambda key: (-counts[key], self._reason(key)))
        places: list[int | None] = [stage.pk for stage in self.stages]
        if self.now.pile(LOST, stage=None).count:
            places.append(None)
        named = {stage.pk: str(stage) for stage in self.stages}
        return Table(
            key="losses",
            title=_("Where and why they were lost"),
            columns=[
                *words.LOSSES,
                *(Column(f"at_{key or NONE}", named.get(key, _("Without a stage"))) for key in places),
            ],
            lines=[
                self._line("reason", self._reason(key), self._lost_for(places, reason=key), str(key or NONE))
                for key in reasons
            ],
            total=self._line("total", "", self._lost_for(places)) if reasons else None,
            name_label=_("Reason"),
            empty=_("None of them was lost."),
        )

    def _reason(self, key: int | None) -> str:
        return str(self.filterset.reasons[key]) if key else str(_("not said"))

    def _lost_for(self, places: list[int | None], **reason: int | None) -> dict[str, Cell]:
        """What was lost, for one reason or for any, in all and at each stage."""
        query = f"reason={reason['reason'] or NONE}&" if reason else ""
        return {
            "lost": self._cell(lambda found: found.pile(LOST, **reason).count, "lost", query),
            "share": self._cell(lambda found: percent(found.pile(LOST, **reason).count, found.pile(LOST).count)),
            "amount": self._cell(lambda found: found.pile(LOST, **reason).amount, "lost_sum", query),
            **{
                f"at_{key or NONE}": Cell(
                    self.now.pile(LOST, stage=key, **reason).count, "lost", f"{query}at={key or NONE}&"
                )
                for key in places
            },
        }

    # --- where the open ones stand now --------------------------------------------------------------------------------
    @cached_property
    def _in_hand(self) -> list[Tally]:
        """What is open now, by whose it is and by stage."""
        return tally_each(FIGURES, self.scope, [("whose",), ("stage",)], _AT_STAGES)

    def _standing(self) -> Table:
        by_stage = self._in_hand[1]
        places: list[tuple[int | None, Any]] = [(stage.pk, str(stage)) for stage in self.stages]
        if None in by_stage:
            places.append((None, _("Without a stage")))

        def line(key: int | None, name: Any) -> Line:
            cells = _standing(by_stage.get(key, {}), _AT_STAGES, f"at={key or NONE}&")
            return self._line("stage", name, cells, str(key or NONE))

        return Table(
            key="now",
            title=_("Where the open sales stand now"),
            columns=words.STANDING,
            lines=[line(*place) for place in places] if by_stage else [],
            total=self._line("total", "", _standing(summed(by_stage.values()), _AT_STAGES)),
            name_label=_("Stage"),
            note=words.STANDING_NOTE,
            empty=_("No sale of this kind is open."),
        )

    # --- whose they are -----------------------------------------------------------------------------------------------
    def _people(self) -> Tree:
        numbers = tally_both(FIGURES, self.ask, keys=_OF_BEGUN)
        for whose, found in self._in_hand[0].items():
            numbers.setdefault(whose, {}).update({key: found[key] for key in _OF_NOW})
        return tree(self.filterset, numbers, self._of_person, sort=self.ask.sort)

    def _of_person(self, sums: Mapping[str, Number]) -> dict[str, Cell]:
        then = before(sums) if self.then else None
        cells = {key: Cell(sums.get(key, 0), key, then=None if then is None else then.get(key, 0)) for key in _OF_BEGUN}
        cells["rate"] = Cell(
            _rate(sums),
            then=None if then is None else _rate(then),
            few=is_few(int(sums.get("won", 0) + sums.get("lost", 0))),
        )
        return cells | _standing(sums, _OF_NOW)

    def _table_of(self, people: Tree) -> Table:
        return Table(
            key="people",
            title=_("By department and manager"),
            columns=words.PEOPLE,
            lines=people.lines,
            total=people.total,
            empty=words.NOTHING_BEGUN,
        )

    # --- the picture --------------------------------------------------------------------------------------------------
    def _pictures(self) -> list[Picture]:
        stages = [charts.Amount(str(stage), self.now.by_stage[stage.pk].came.count) for stage in self.stages]
        everything, won = self.now.pile().count, self.now.pile(WON).count
        start = charts.Amount(str(_("Begun")), everything)
        end = charts.Amount(str(pgettext_lazy("sales", "Won")), won, tone="green")
        # What came to the first stage and what was begun is nearly always the same: said once.
        steps = [*([] if stages and stages[0].value == everything else [start]), *stages, end]
        chart = charts.funnel(steps)
        if chart is None:
            return []
        description = words.described(steps)
        return [Picture("funnel", _("From the beginning to the win"), "reports/charts/funnel.html", chart, description)]


def _standing(sums: Mapping[str, Number], keys: Iterable[str], query: str = "") -> dict[str, Cell]:
    tones = {"idle": "bad"} if sums.get("idle") else {}
    return {key: Cell(sums.get(key, 0), key, query, tone=tones.get(key, "")) for key in keys}


def _kept(step: StageRow) -> float | None:
    return percent(step.came.count, step.before.count)


def _rate(sums: Mapping[str, Number]) -> float | None:
    """How many of the sales that ended were won."""
    won = sums.get("won", 0)
    return percent(won, won + sums.get("lost", 0))
