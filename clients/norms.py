"""How many points are expected of whom on which day, and who says so."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clients import from_a_day
from clients.models import Department, Manager, PointsNorm
from clients.rules.norms import expected_by_day, overlaid
from clients.rules.since import Changes
from clients.working_days import working_days
from crm.web.errors import DomainError
from crm.web.prepared import Prepared

_NOTHING: Changes[int] = Changes()
#: Where the company stands in the tree of departments: above all of them.
_COMPANY = "/"


@dataclass(frozen=True, slots=True)
class Norms:
    """The history of the norms of the company and its departments, by ``Department.path``. The value None is "as the
    department above"."""

    own: Mapping[str, Changes[int | None]]
    _ruling: dict[str, Changes[int]] = field(default_factory=dict)

    def of(self, department: Department | None) -> Changes[int]:
        """What is expected in a department; of who works in none, nothing is."""
        if department is None:
            return _NOTHING
        path = department.path
        if path not in self._ruling:
            self._ruling[path] = overlaid([self.own[each] for each in _upwards(path) if each in self.own])
        return self._ruling[path]

    def of_company(self) -> Changes[int]:
        """What is expected where no department says otherwise."""
        return overlaid([self.own[_COMPANY]] if _COMPANY in self.own else [])


def _upwards(path: str) -> Iterator[str]:
    """ "/1/7/", "/1/", "/": a department and all above it, the company last."""
    while path:
        yield path
        path = path[: path.rstrip("/").rfind("/") + 1]


def read_norms() -> Norms:
    """The norms there ever were. One query of a small table."""
    found: dict[str, list[tuple[dt.date, int | None]]] = defaultdict(list)
    for path, since, points in _all_norms():
        found[path or _COMPANY].append((since, points))
    return Norms({path: Changes(changes) for path, changes in found.items()})


_all_norms = Prepared(lambda: PointsNorm.objects.order_by("since").values_list("department__path", "since", "points"))


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected over some days.

    Attributes:
        points: by manager; those of whom nothing is expected are not there.
        days: by manager, on how many working days something is expected of him.
        by_day: of all of them on each day.
        people: of how many on each day.
    """

    points: dict[int, int]
    days: dict[int, int]
    by_day: Counter[dt.date]
    people: Counter[dt.date]


def expected(managers: Iterable[Manager], first: dt.date, last: dt.date) -> Expected:
    """What is expected of these managers from ``first`` to ``last``, both included: on each working day of theirs the
    norm their department (the one they work in today; it comes with them) had on that day. Four queries."""
    managers, norms = list(managers), read_norms()
    working = working_days([each.pk for each in managers], first, last)
    alike: dict[tuple[Department | None, frozenset[dt.date]], list[int]] = defaultdict(list)
    for manager in managers:
        alike[manager.department, working[manager.pk].planned].append(manager.pk)
    found = Expected({}, {}, Counter(), Counter())
    for (department, planned), keys in alike.items():
        by_day = dict(expected_by_day(norms.of(department), planned, first, last))
        whole = sum(by_day.values())
        _add(found, by_day, len(keys))
        for key in keys:
            missed = {day: by_day[day] for day in working[key].missed if day in by_day}
            _add(found, missed, -1)
            if len(missed) < len(by_day):
                found.points[key] = whole - sum(missed.values())
                found.days[key] = len(by_day) - len(missed)
    return found


def _add(found: Expected, by_day: Mapping[dt.date, int], people: int) -> None:
    """The same of each of so many."""
    for day, points in by_day.items():
        found.by_day[day] += points * people
        found.people[day] += people


def departments_normed_by(by: Manager) -> QuerySet[Department]:
    """For which departments ``by`` sets norms: a head for those he heads, a director for all."""
    return Department.objects.visible_to(by)


def set_norm(*, by: Manager, department: Department | None, since: dt.date, points: int | None) -> PointsNorm:
    """From ``since`` on so many points are expected in a department (None: in the company) on a working day; ``points``
    None: as in the department above.

    Raises:
        DomainError: not his department; a day in the past, which only administrators set right.
        ValidationError: the company's norm is no number.
    """
    _check(by, department)
    return from_a_day.put(PointsNorm, by=by, since=since, values={"points": points}, department=department)


def norms_set_by(by: Manager) -> QuerySet[PointsNorm]:
    """The norms ``by`` may take back: of the departments he heads; a director's are all."""
    rows = PointsNorm.objects.all()
    return rows if by.sees_everything else rows.filter(department__in=departments_normed_by(by))


def withdraw_norm(norm: PointsNorm, *, by: Manager) -> None:
    """Take back a norm that has not held for a whole day.

    Raises:
        DomainError: not his department; it has held already.
    """
    _check(by, norm.department)
    from_a_day.withdraw(norm, by=by)


def _check(by: Manager, department: Department | None) -> None:
    ours = departments_normed_by(by)
    if not by.sees_everything and (department is None or not ours.filter(pk=department.pk).exists()):
        raise DomainError(_("You set norms for the departments you head."), field="department")
