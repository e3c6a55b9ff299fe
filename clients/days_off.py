"""On which days a manager is not expected to work, weekends aside."""

import datetime as dt

from clients.models import Absence, Holiday, Manager
from clients.rules.freezing import days_between


def days_off(manager: Manager, first: dt.date, last: dt.date) -> frozenset[dt.date]:
    """The company's holidays and the manager's own absences from ``first`` to ``last``, both included. One query."""
    holidays = Holiday.objects.order_by().filter(date__gte=first, date__lte=last).values_list("date", "date")
    absences = Absence.objects.order_by().approved().filter(manager=manager, starts_on__lte=last, ends_on__gte=first)
    stretches = holidays.union(absences.values_list("starts_on", "ends_on"))
    return frozenset(day for begins, ends in stretches for day in days_between(max(begins, first), min(ends, last)))
