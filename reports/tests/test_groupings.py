"""Figures grouped in several ways at once are what they are when each grouping is asked for by itself."""

import datetime as dt

import pytest
from django.db.models import F, Q

from clients.tests.factories import held_client
from clients.tests.pages import company as company
from interactions.models import ProcessKind, SalesProcess
from reports.frame.figures import Figure, Unit, by, tally
from reports.frame.groupings import tally_each
from reports.frame.scope import Scope
from reports.rules.periods import Period

pytestmark = pytest.mark.django_db
MAY = Period(dt.date(2026, 5, 1), dt.date(2026, 5, 31))


def begun(scope):
    rows = SalesProcess.objects.filter(scope.on_days("started_on"))
    return rows.annotate(whose=F("responsible_id"), day=F("started_on"))


def won(scope):
    return begun(scope).filter(status="won")


FIGURES = {
    "begun": Figure("", begun),
    "sum": Figure("", begun, sum_of="amount", unit=Unit.MONEY),
    "large": Figure("", begun, by(amount__gte=100)),
    "large_sum": Figure("", begun, by(amount__gte=100), sum_of="amount", unit=Unit.MONEY),
    "none": Figure("", begun, lambda scope: Q(pk__in=[])),
    "won": Figure("", won),
}


def test_at_once_is_as_one_by_one(company):
    kind = ProcessKind.objects.filter(stages__isnull=False).distinct().first()
    first, second = kind.stages.order_by("position")[:2]
    clients = [held_client(manager) for manager in (company.anna, company.anna, company.boris)]
    for number in range(24):
        client = clients[number % 3]
        day = dt.date(2026, 4, 28) + dt.timedelta(days=number % 9)
        is_won = number % 4 == 0
        SalesProcess.objects.create(
            client=client, kind=kind, title=f"Sale {number}", responsible=client.manager, author=company.anna,
            stage=[first, second, None][number % 3 if number % 5 else 2], amount=number * 11 if number % 7 else None,
            started_on=day, status="won" if is_won else "open", closed_on=day if is_won else None,
        )  # fmt: skip
    scope = Scope(reader=company.director, today=dt.date(2026, 5, 31), period=MAY, manager_ids=None)
    groupings = [("whose",), ("day",), ("stage", "client__region"), ("stage",)]
    found = tally_each(FIGURES, scope, groupings, list(FIGURES))
    assert found == [tally(FIGURES, scope, *columns) for columns in groupings]
    assert sum(numbers["begun"] for numbers in found[1].values()) == begun(scope).count()
    assert sum(numbers.get("won", 0) for numbers in found[0].values()) == won(scope).count() > 0
    assert not any(numbers["none"] for numbers in found[3].values())
