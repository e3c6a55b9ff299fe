"""On which days a manager is not expected to work, weekends aside."""

import datetime as dt

from django.db.models import DateField, QuerySet

from clients.models import Absence, Holiday, Manager
from clients.rules.freezing import days_between
from crm.web.prepared import Param, Prepared


def days_off(manager: Manager, first: dt.date, last: dt.date) -> frozenset[dt.date]:
    """The company's holidays and the manager's own absences from ``first`` to ``last``, both included. One query."""
    stretches = _stretches(manager=manager.pk, first=first, last=last)
    return frozenset(day for begins, ends in stretches for day in days_between(max(begins, first), min(ends, last)))


def _days_away() -> QuerySet:
    first, last = Param("first", DateField()), Param("last", DateField())
    holidays = Holiday.objects.order_by().filter(date__gte=first, date__lte=last).values_list("date", "date")
    absences = Absence.objects.order_by().approved().filter(manager=Param("manager"))
    lately = absences.filter(starts_on__lte=last, ends_on__gte=first)
    return holidays.union(lately.values_list("starts_on", "ends_on"))


_stretches = Prepared(_days_away)
