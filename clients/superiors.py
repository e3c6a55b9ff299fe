"""Who is told beside a manager: the head above him, and who stands in for him."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from clients.models import Absence, Department, Manager, Role
from clients.policies import chain_of


@dataclass(frozen=True, slots=True)
class Superiors:
    """Heads by department and deputies by manager, read at once for many managers."""

    heads: Mapping[int, int]
    deputies: Mapping[int, int]

    def head_of(self, manager: Manager) -> int | None:
        """The nearest head above a manager who is not himself."""
        chain = chain_of(manager.department.path) if manager.department else ()
        found = (self.heads[pk] for pk in reversed(chain) if pk in self.heads and self.heads[pk] != manager.pk)
        return next(found, None)


def superiors(today: dt.date) -> Superiors:
    """Two small queries."""
    absences = Absence.objects.in_force(today).filter(deputy__is_active=True).order_by("-pk")
    return Superiors(
        dict(_headed().values_list("pk", "head_id")), dict(absences.values_list("manager_id", "deputy_id"))
    )


def deciders(manager: Manager) -> list[int]:
    """Who is asked about what a manager may not decide himself: the nearest head above him, else the directors."""
    chain = chain_of(manager.department.path) if manager.department else ()
    heads = dict(_headed().filter(pk__in=chain).values_list("pk", "head_id"))
    if nearest := Superiors(heads, {}).head_of(manager):
        return [nearest]
    directors = Manager.objects.filter(role=Role.DIRECTOR, is_active=True).exclude(pk=manager.pk)
    return list(directors.values_list("pk", flat=True))


def _headed() -> QuerySet[Department]:
    """Departments whose head works here and may see their clients."""
    sees = Q(head__role__in=[Role.HEAD, Role.DIRECTOR]) | Q(head__is_staff=True)
    return Department.objects.filter(sees, head__is_active=True)
