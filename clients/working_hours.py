"""When and where by the clock each manager works, and who says so."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clients import from_a_day
from clients.absences import may_decide
from clients.models import Manager, ManagerSchedule, WorkSchedule
from clients.rules.since import Changes
from crm import clock
from crm.web.errors import DomainError
from crm.web.timezones import is_known


@dataclass(frozen=True, slots=True)
class Schedules:
    """By which schedule people worked when; None: everybody who has none of his own."""

    changes: Mapping[int | None, Changes[WorkSchedule | None]]
    usual: WorkSchedule

    def of(self, manager_id: int, day: dt.date) -> WorkSchedule:
        """The schedule of a manager on a day: his own, else everybody's, else Monday to Friday, nine to six."""
        for key in (manager_id, None):
            if key in self.changes and (found := self.changes[key].on(day)):
                return found
        return self.usual


def read_schedules(managers: Iterable[Manager]) -> Schedules:
    """The schedules of these people, now and ever. One query."""
    rows = ManagerSchedule.objects.filter(Q(manager__in=[each.pk for each in managers]) | Q(manager=None))
    found: dict[int | None, list[tuple[dt.date, WorkSchedule | None]]] = defaultdict(list)
    for row in rows.select_related("schedule"):
        found[row.manager_id].append((row.since, row.schedule))
    usual = WorkSchedule(name=_("Usual"), starts_at=dt.time(9), ends_at=dt.time(18))
    return Schedules({key: Changes(changes) for key, changes in found.items()}, usual)


def set_schedule(
    *, by: Manager, manager: Manager | None, since: dt.date, schedule: WorkSchedule | None
) -> ManagerSchedule:
    """From ``since`` on a manager (None: everybody who has no other) works by this schedule; None: by everybody's.

    Raises:
        DomainError: not his manager; a day in the past, which only administrators set right.
        ValidationError: everybody's schedule is none.
    """
    _check(by, manager)
    return from_a_day.put(ManagerSchedule, by=by, since=since, values={"schedule": schedule}, manager=manager)


def schedules_set_by(by: Manager) -> QuerySet[ManagerSchedule]:
    """The rows ``by`` may take back: of the people he heads, not his own; a director's are all."""
    rows = ManagerSchedule.objects.all()
    return rows if by.sees_everything else rows.filter(manager__in=by.headed_manager_ids - {by.pk})


def schedules_read_by(by: Manager) -> QuerySet[ManagerSchedule]:
    """The rows ``by`` reads: everybody's, and those of the people whose figures he may read."""
    return ManagerSchedule.objects.filter(Q(manager=None) | Q(manager__in=Manager.objects.reported_to(by)))


def withdraw_schedule(row: ManagerSchedule, *, by: Manager) -> None:
    """Take back a schedule that has not held for a whole day.

    Raises:
        DomainError: not his manager; it has held already.
    """
    _check(by, row.manager)
    from_a_day.withdraw(row, by=by)


def _check(by: Manager, manager: Manager | None) -> None:
    if not by.sees_everything and (manager is None or not may_decide(by, manager)):
        raise DomainError(_("You set the schedules of your departments' people, not your own."), field="manager")


def zone_of(manager: Manager) -> dt.tzinfo:
    """The time zone a manager lives in: his own choice, else the company's."""
    return ZoneInfo(manager.time_zone) if is_known(manager.time_zone) else clock.company_zone()
