"""When a plan is overdue: when the company's day it was planned for is over and it is not done. What was planned for an
earlier hour of today is not: nobody is late before the evening, and numbers stay while they are read."""

import datetime as dt

from django.db.models import Q

from crm import clock


def is_overdue(planned_for: dt.datetime, today: dt.date | None = None) -> bool:
    """Whether something planned for a moment, and not done, is overdue on a company day."""
    return planned_for < clock.day_start(today or clock.today())


def overdue_q(today: dt.date | None = None) -> Q:
    """The same of planned events, as a condition."""
    return Q(occurred_at__lt=clock.day_start(today or clock.today()))


def ahead_q(today: dt.date | None = None) -> Q:
    """Planned events that are not: for today or later."""
    return Q(occurred_at__gte=clock.day_start(today or clock.today()))
