"""The lines of a table by department and manager: each department with the sum of all below it, then its managers, then
its parts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clients.models import Department
from reports.frame.figures import Number, summed
from reports.frame.filters import NO_DEPARTMENT, ScopeFilter
from reports.frame.people import Reported
from reports.frame.tables import Cell, Line

#: With more managers than this a table of several departments shows these only; each opens with a click.
MANAGERS_SHOWN = 40
#: With more departments than this, without their managers, the lower levels are left out too, where nothing else is
#: said.
DEPARTMENTS_SHOWN = 30

Numbers = Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Tree:
    """Lines and their total; ``folded``: the managers are too many to be shown."""

    lines: list[Line]
    total: Line
    folded: bool


def tree(
    filterset: ScopeFilter,
    numbers: Mapping[int | None, Numbers],
    cells: Callable[[Numbers], Mapping[str, Cell]],
    *,
    sort: str = "",
    always: Iterable[int] = (),
    departments: int = DEPARTMENTS_SHOWN,
) -> Tree:
    """The table of departments and managers.

    Args:
        numbers: figures by manager; None: nobody's. They are added up for departments and the whole.
        cells: makes the cells of a line from its added figures: shares and averages are taken of sums, never averaged.
        sort: the column managers are sorted by, "-" in front for the largest first; by name without.
        always: managers with a line even when all their figures are zero.
        departments: with more of them, without their managers, the lower levels are left out.
    """
    return _Builder(filterset, numbers, cells, sort, frozenset(always), departments).build()


class _Builder:
    def __init__(
        self, filterset: ScopeFilter, numbers: Any, cells: Any, sort: str, always: frozenset[int], departments: int
    ) -> None:
        self.filterset, self.numbers, self.cells, self.sort = filterset, numbers, cells, sort
        self.most = departments
        shown = [each for each in filterset.managers if each.pk in always or self._is_alive(each.pk)]
        self.folded = len(shown) > MANAGERS_SHOWN and (filterset.is_everybody or len(filterset.shown_departments) > 1)
        self.shown: dict[int | None, list[Reported]] = defaultdict(list)
        for each in () if self.folded else shown:
            self.shown[each.department_id].append(each)

    def build(self) -> Tree:
        own = self._by_department()
        below = self._with_all_below(own)
        lines = []
        for department, level in self._departments():
            lines.append(self._department(department, below.get(department.pk, {}), level))
            lines += self._managers(department.pk, level + 1)
        homeless = [each.pk for each in self.filterset.managers if each.department_id is None]
        if any(self._is_alive(pk) for pk in (*homeless, None)):
            query = f"department={NO_DEPARTMENT}&{self.filterset.kept_in_departments}"
            lines.append(Line("department", "", self.cells(own.get(None, {})), query=query, key=NO_DEPARTMENT))
            lines += self._managers(None, 1)
        total = Line("total", "", self.cells(summed(own.values())), query=self.filterset.scope)
        return Tree(lines, total, self.folded)

    def _is_alive(self, whose: int | None) -> bool:
        return any(self.numbers.get(whose, {}).values())

    def _departments(self) -> list[tuple[Department, int]]:
        """The departments with their levels; of very many those of the upper levels, of several at least."""
        found = self.filterset.shown_departments
        levels = [department.path.count("/") for department in found]
        top, deepest = min(levels, default=0), max(levels, default=0)
        if self.folded and len(found) > self.most:
            counts = {level: sum(each <= level for each in levels) for level in sorted(set(levels))}
            several = min(level for level, count in counts.items() if count > 1)
            deepest = max((level for level, count in counts.items() if count <= self.most), default=several)
            deepest = max(deepest, several)
        return [(each, level - top) for each, level in zip(found, levels, strict=True) if level <= deepest]

    def _by_department(self) -> dict[int | None, Numbers]:
        """What the managers of each department come to, those below it left out; of None: of none, and nobody's."""
        found: dict[int | None, list[Numbers]] = defaultdict(list)
        for each in self.filterset.managers:
            if each.pk in self.numbers:
                found[each.department_id].append(self.numbers[each.pk])
        if None in self.numbers:
            found[None].append(self.numbers[None])
        return {key: summed(parts) for key, parts in found.items()}

    def _with_all_below(self, own: Mapping[int | None, Numbers]) -> dict[int, Numbers]:
        found: dict[int, list[Numbers]] = defaultdict(list)
        for department in self.filterset.departments:
            for above in department.path.strip("/").split("/") if department.pk in own else ():
                found[int(above)].append(own[department.pk])
        return {key: summed(parts) for key, parts in found.items()}

    def _department(self, department: Department, sums: Numbers, level: int) -> Line:
        query = f"department={department.pk}&{self.filterset.kept_in_departments}"
        return Line(
            "department",
            department.name,
            self.cells(sums),
            level=level,
            query=query,
            url=f"?{query}",
            key=str(department.pk),
        )

    def _managers(self, department_id: int | None, level: int) -> list[Line]:
        lines = [
            Line(
                "manager",
                str(each),
                self.cells(self.numbers.get(each.pk, {})),
                level=level,
                query=f"manager={each.pk}&{self.filterset.kept}",
                url=f"?manager={each.pk}&{self.filterset.kept}",
                key=str(each.pk),
                is_active=each.is_active,
            )
            for each in self.shown[department_id]
        ]
        return sorted_lines(lines, self.sort)


def sorted_lines(lines: Iterable[Line], sort: str) -> list[Line]:
    """Lines by a column, those of which nothing is known last; equal ones, and all without a column, by name."""
    name, reverse = sort.lstrip("-"), sort.startswith("-")
    ordered = sorted(lines, key=lambda line: str(line.name).casefold())
    if not ordered or name not in ordered[0].cells:
        return ordered[::-1] if reverse and name == "name" else ordered

    def value(line: Line) -> Any:
        return line.cells[name].value

    known = [line for line in ordered if value(line) is not None]
    unknown = [line for line in ordered if value(line) is None]
    return [*sorted(known, key=value, reverse=reverse), *unknown]
