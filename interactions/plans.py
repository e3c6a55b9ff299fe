"""Sales plans: what a manager is to win in a month. Set by those above him; permission is the caller's, through
``planned_by``."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from clients.models import Manager
from crm import clock
from interactions.models import SalesPlan


def planned_by(by: Manager) -> QuerySet[Manager]:
    """Whose plans ``by`` sets: a head his people's, not his own; a director everybody's."""
    people = Manager.objects.assignable_by(by)
    return people if by.sees_everything else people.exclude(pk=by.pk)


@transaction.atomic
def set_plans(*, plans: Mapping[tuple[Manager, dt.date], Decimal | None], by: Manager) -> int:
    """Write down plans by manager and month; None takes one away. Returns how many were changed.

    What stays as it is keeps who set it and when.

    Raises:
        ValidationError: a sum is less than nothing or too long, a month is named by another day than its first.
    """
    people, months = {manager for manager, _month in plans}, {month for _manager, month in plans}
    known = SalesPlan.objects.select_for_update(of=("self",)).filter(manager__in=people, month__in=months)
    stored = {(plan.manager_id, plan.month): plan for plan in known}
    changed = 0
    for (manager, month), amount in plans.items():
        plan = stored.get((manager.pk, month))
        if amount == (plan.amount if plan else None):
            continue
        changed += 1
        if amount is None:
            assert plan is not None, "there is a sum to take away"
            plan.delete()
            continue
        plan = plan or SalesPlan(manager=manager, month=month)
        plan.amount, plan.set_by, plan.set_at = amount, by, clock.now()
        plan.full_clean()
        plan.save()
    return changed
