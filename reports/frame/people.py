"""The managers a report is about, as light as they can be: a company has thousands."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from clients.models import Department, Manager
from crm.web.text import fold

_COLUMNS = ("pk", "first_name", "last_name", "username", "is_active", "role", "works_from", "works_until")


class Reported(NamedTuple):
    """What a report has to know of a manager. A row of the model would cost ten times as much to make."""

    pk: int
    first_name: str
    last_name: str
    username: str
    is_active: bool
    role: str
    works_from: dt.date | None
    works_until: dt.date | None
    department: Department | None

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username

    def begins_with(self, words: Collection[str]) -> bool:
        """Whether each of the folded words begins one of the names."""
        names = fold(f"{self.first_name} {self.last_name} {self.username}").split()
        return all(any(name.startswith(word) for name in names) for word in words)

    @property
    def department_id(self) -> int | None:
        return self.department.pk if self.department else None


def reported_to(reader: Manager) -> tuple[list[Reported], list[Department]]:
    """Whose figures ``reader`` may read, by name; and the departments of his reports in the order of the tree: a head's
    own clients are his even where he heads another department. Three queries at most."""
    rows = list(Manager.objects.reported_to(reader).values_list(*_COLUMNS, "department"))
    theirs = Department.objects.filter(pk__in={row[-1] for row in rows} - {None})
    found = {each.pk: each for each in (Department.objects.visible_to(reader) | theirs).order_by("path")}
    return [Reported._make((*row[:-1], found.get(row[-1]))) for row in rows], list(found.values())
