"""What is asked of a report, understood a second time: whose figures, of which days."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from django.db.models import Model

from clients.models import Department, Manager
from reports.frame.tables import Line


def line_of(line: Line) -> str:
    """How the naive way names a line: "total", "manager 7"."""
    return f"{line.kind} {line.key}".strip()


@dataclass
class Asked:
    """One question.

    Attributes:
        since, until: the days, both included.
        nobodys: whether the report counts what is nobody's.
        rules: the numbers of the rules in force.
        read: what was read before; shared by all questions about one company.
    """

    reader: Manager
    query: Mapping[str, Any]
    today: dt.date
    since: dt.date
    until: dt.date
    nobodys: bool = False
    rules: Mapping[str, int | None] = field(default_factory=dict)
    read: dict[type[Model], list[Any]] = field(default_factory=dict)

    def all(self, model: type[Model]) -> list[Any]:
        """Every row there is."""
        if model not in self.read:
            self.read[model] = list(model._base_manager.order_by("pk"))
        return self.read[model]

    def during(self, day: dt.date | None) -> bool:
        """Whether a day, if there is one, lies in the period."""
        return day is not None and self.since <= day <= self.until

    def over(self, since: dt.date, until: dt.date) -> Self:
        """The same of other days."""
        return replace(self, since=since, until=until)

    @property
    def sees_all(self) -> bool:
        return self.reader.role == "director" or self.reader.is_staff

    @cached_property
    def paths(self) -> dict[int, str]:
        """Departments and where they stand in the tree."""
        return {each.pk: each.path for each in self.all(Department)}

    def _is_below(self, manager: Manager, department_id: int) -> bool:
        return manager.department_id is not None and self.paths[manager.department_id].startswith(
            self.paths[department_id]
        )

    @cached_property
    def seen(self) -> list[Manager]:
        """The managers whose figures the reader may read."""
        everybody = self.all(Manager)
        if self.sees_all:
            return everybody
        headed = [each.pk for each in self.all(Department) if each.head_id == self.reader.pk]
        if self.reader.role != "head":
            headed = []
        return [each for each in everybody if each == self.reader or any(self._is_below(each, pk) for pk in headed)]

    @cached_property
    def whose(self) -> set[int | None]:
        """Whose figures are asked for; None among them: and what is nobody's."""
        found: set[int | None] = set()
        department, manager = self.query.get("department", ""), self.query.get("manager", "")
        for each in self.seen:
            if manager and str(each.pk) != manager:
                continue
            if department == "none" and each.department_id is not None:
                continue
            if department not in ("", "none") and not self._is_below(each, int(department)):
                continue
            found.add(each.pk)
        if self.nobodys and self.sees_all and not manager and department in ("", "none"):
            found.add(None)
        return found

    @cached_property
    def departments(self) -> list[int]:
        """The departments that have a line: those the reader may see, at or below the chosen one; of one manager only
        his own."""
        found = {each.department_id for each in self.seen if each.department_id}
        if self.sees_all:
            found = set(self.paths)
        elif self.reader.role == "head":
            headed = [self.paths[each.pk] for each in self.all(Department) if each.head_id == self.reader.pk]
            found |= {pk for pk, path in self.paths.items() if any(path.startswith(top) for top in headed)}
        department, manager = self.query.get("department", ""), self.query.get("manager", "")
        if manager or department == "none":
            found = {each.department_id for each in self.seen if each.pk in self.whose and each.department_id}
        elif department:
            found = {pk for pk in found if self.paths[pk].startswith(self.paths[int(department)])}
        return sorted(found)

    def lines(self) -> list[tuple[str, set[int | None]]]:
        """The lines by department and manager, the total first, each with whom it adds up."""
        of_department = {each.pk: each.department_id for each in self.all(Manager)}
        found: list[tuple[str, set[int | None]]] = [("total", self.whose)]
        for pk in self.departments:
            path = self.paths[pk]
            inside = {each for each in self.whose if (self.paths.get(of_department.get(each)) or "").startswith(path)}
            found.append((f"department {pk}", inside))
        if homeless := {each for each in self.whose if of_department.get(each) is None}:
            found.append(("department none", homeless))
        return found + [(f"manager {pk}", {pk}) for pk in sorted(each for each in self.whose if each is not None)]
